#include "unit.h"

#include "domain/scrub_rules.h"
#include "fixture.h"

#include "unit_arena.h" /* last: its `arena` would shadow parameters in the headers */

struct item {
    const char *text, *expected;
};

/* Invented secrets only. Prefixed tokens are put together from two parts, so that scanners of repositories stay quiet. */
static const struct item secrets[] = {
    {"D(a=1, password='hunter2')", "D(a=1, password='[scrubbed:password]')"},
    {"{'password': 'x'}", "{'password': '[scrubbed:password]'}"},
    {"{\"db_password\": \"x y\", \"n\": 1}", "{\"db_password\": \"[scrubbed:password]\", \"n\": 1}"},
    {"{\\\"passwd\\\":\\\"x\\\",\\\"n\\\":1}", "{\\\"passwd\\\":\\\"[scrubbed:password]\\\",\\\"n\\\":1}"},
    {"{:password=>\"x\", :n=>1}", "{:password=>\"[scrubbed:password]\", :n=>1}"},
    {"[password] => hunter2", "[password] => [scrubbed:password]"},
    {"<password>x</password>", "<password>[scrubbed:password]</password>"},
    {"password=hunter2&user=bob", "password=[scrubbed:password]&user=bob"},
    {"password: hunter2", "password: [scrubbed:password]"},
    {"U(password='it\\'s', n=1)", "U(password='[scrubbed:password]', n=1)"},
    {"U(password='cut of", "U(password='[scrubbed:password]"},
    {"passphrase=b'x1'", "passphrase=b'[scrubbed:password]'"},
    {"dbPassword=\"a\"", "dbPassword=\"[scrubbed:password]\""},
    {"https://x.test/a?token=abc&page=2", "https://x.test/a?token=[scrubbed:token]&page=2"},
    {"https://x.test/a?key=abcdef", "https://x.test/a?key=[scrubbed:api-key]"},
    {"/login?access_token=abc&x=1", "/login?access_token=[scrubbed:token]&x=1"},
    {"X-Api-Key: k3y", "X-Api-Key: [scrubbed:api-key]"},
    {"apiKey='k'", "apiKey='[scrubbed:api-key]'"},
    {"Authorization: Bearer abcdefgh", "Authorization: [scrubbed:authorization]"},
    {"authorization='Basic dTpw'", "authorization='[scrubbed:authorization]'"},
    {"sent Bearer abc123def456 to", "sent Bearer [scrubbed:authorization] to"},
    {"sent Basic dXNlcjpwYXNz to", "sent Basic [scrubbed:authorization] to"},
    {"Cookie: sessionid=s3cr3t; theme=dark", "Cookie: [scrubbed:cookie]"},
    {"PHPSESSID=abc123; a=b", "PHPSESSID=[scrubbed:session]; a=b"},
    {"csrfmiddlewaretoken=abc", "csrfmiddlewaretoken=[scrubbed:csrf]"},
    {"client_secret=\"x\"", "client_secret=\"[scrubbed:secret]\""},
    {"otp=123456", "otp=[scrubbed:otp]"},
    {"cvv: '123'", "cvv: '[scrubbed:card]'"},
    {"postgres://u:p@db:5432/x", "postgres://[scrubbed:url-credentials]@db:5432/x"},
    {"https://abc@o1.ingest.sentry.io/2", "https://[scrubbed:url-credentials]@o1.ingest.sentry.io/2"},
    {"jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl.", "jwt [scrubbed:jwt]."},
    {"k -----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY----- e", "k [scrubbed:private-key] e"},
    {"-----BEGIN PRIVATE KEY-----\\nMIIE", "[scrubbed:private-key]"},
    {"use gh"
     "p_0123456789abcdefghijABCDEFGHIJ012345.",
     "use [scrubbed:github-token]."},
    {"github"
     "_pat_0123456789abcdefghijABCD_EFGHIJ012345",
     "[scrubbed:github-token]"},
    {"gl"
     "pat-0123456789abcdefghij",
     "[scrubbed:gitlab-token]"},
    {"xox"
     "b-123456789012-abcdefghijkl",
     "[scrubbed:slack-token]"},
    {"sk"
     "_live_0123456789abcdefghij",
     "[scrubbed:stripe-key]"},
    {"id AK"
     "IAIOSFODNN7EXAMPLE,",
     "id [scrubbed:aws-key],"},
    {"AI"
     "zaSyA0123456789abcdefghijklmnopqrstuvw",
     "[scrubbed:google-key]"},
    {"sn"
     "tryu_0123456789abcdef0123456789abcdef",
     "[scrubbed:sentry-token]"},
    {"sn"
     "trys_eyJpYXQiOjE2fQ==_abc+/def",
     "[scrubbed:sentry-token]"},
    {"lin"
     "_api_0123456789abcdefghijABCDEFGHIJ",
     "[scrubbed:linear-key]"},
    {"np"
     "m_0123456789abcdefghijABCDEFGHIJ012345",
     "[scrubbed:token]"},
    {"S"
     "G.0123456789abcdefghijkl.0123456789abcdefghijklmnopqrstuvwxyzABCDEFG",
     "[scrubbed:token]"},
    {"card 4111111111111111.", "card [scrubbed:card]."},
    {"4111 1111 1111 1111", "[scrubbed:card]"},
    {"'5500-0000-0000-0004'", "'[scrubbed:card]'"},
    {"amex 378282246310005", "amex [scrubbed:card]"},
    {"378282 is no card; 3782 822463 10005 is", "378282 is no card; [scrubbed:card] is"},
    {"to DE89370400440532013000 now", "to [scrubbed:iban] now"},
    {"GB29 NWBK 6016 1331 9268 19", "[scrubbed:iban]"},
    {"ssn 123-45-6789", "ssn [scrubbed:ssn]"},
    {"mail john.doe+x@example.co.uk, ok", "mail [scrubbed:email], ok"},
    {"user%40example.com", "[scrubbed:email]"},
    {"<jane@163.com>", "<[scrubbed:email]>"},
    {"from 203.0.113.9:443", "from [scrubbed:ip]:443"},
    {"http://10.1.2.3/x", "http://[scrubbed:ip]/x"},
    {"[2001:db8::8a2e:370:7334]", "[[scrubbed:ip]]"},
    {"2001:db8:0:0:0:0:2:1", "[scrubbed:ip]"},
    {"username='bob'", "username='[scrubbed:name]'"},
    {"full_name: Ann Lee, 3", "full_name: [scrubbed:name], 3"},
    {"call +33 6 12 34 56 78 now", "call [scrubbed:phone] now"},
    {"+14155550123", "[scrubbed:phone]"},
    {"(415) 555-0123", "[scrubbed:phone]"},
    {"tel 06.12.34.56.78", "tel [scrubbed:phone]"},
    {"00:1b:44:11:3a:b7", "[scrubbed:mac]"},
    {"at 00-1B-44-11-3A-B7", "at [scrubbed:mac]"},
    {"nir 1 85 05 78 006 084 91", "nir [scrubbed:personal-id]"},
    {"cpf 529.982.247-25", "cpf [scrubbed:personal-id]"},
    {"dni 12345678Z", "dni [scrubbed:personal-id]"},
    {"RSSMRA85T10A562S", "[scrubbed:personal-id]"},
    {"/Users/ann.lee/src/a.py", "/Users/[scrubbed:name]/src/a.py"},
    {"C:\\Users\\ann\\a.cs", "C:\\Users\\[scrubbed:name]\\a.cs"},
    {"/home/ann/src/a.py", "/home/[scrubbed:name]/src/a.py"},
    {"birthdate=1990-02-17", "birthdate=[scrubbed:birth-date]"},
    {"peer (10.1.2.3)", "peer ([scrubbed:ip])"},
    {"for 2001:db8::ae38:8807:bb7: timeout", "for [scrubbed:ip]: timeout"},
    {"[\"password\"]=> string(7) \"hunter2\"", "[\"password\"]=> string(7) \"[scrubbed:password]\""},
    {"Config { pwd = letmein, n = 1 }", "Config { pwd = [scrubbed:password], n = 1 }"},
    {"https://hooks.slack.com/services/T01/B02/abc", "[scrubbed:slack-token]"},
    {"bot 123456789:AA"
     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-_",
     "bot [scrubbed:token]"},
    {"da"
     "pi0123456789abcdef0123456789abcdef",
     "[scrubbed:api-key]"},
    {"1//0gaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "[scrubbed:google-key]"},
    {"User { id: 1, password: Some(\"hunter2\") }", "User { id: 1, password: Some(\"[scrubbed:password]\") }"},
    {"User(password: Optional(\"x y\"), n: 1)", "User(password: Optional(\"[scrubbed:password]\"), n: 1)"},
    {"password=SecretStr('x')", "password=SecretStr('[scrubbed:password]')"},
    {"Login[password=Optional[hunter2]]", "Login[password=Optional[[scrubbed:password]]]"},
    {"{password=[hunter2], a=[1]}", "{password=[[scrubbed:password]], a=[1]}"},
    {"map[password:[hunter2] a:[1]]", "map[password:[[scrubbed:password]] a:[1]]"},
    {"http.Header{\"X-Api-Key\":[]string{\"k3y\"}}", "http.Header{\"X-Api-Key\":[]string{\"[scrubbed:api-key]\"}}"},
    {"Map(password -> hunter2)", "Map(password -> [scrubbed:password])"},
    {"ImmutableMultiDict([('password', 'hunter2'), ('user', 'bob')])",
     "ImmutableMultiDict([('password', '[scrubbed:password]'), ('user', 'bob')])"},
    {"[(b'password', b'hunter2')]", "[(b'password', b'[scrubbed:password]')]"},
    {"[[\"password\", \"hunter2\"], [\"a\", \"b\"]]", "[[\"password\", \"[scrubbed:password]\"], [\"a\", \"b\"]]"},
    {"{\\\"form\\\":[[\\\"password\\\",\\\"x\\\"]]}",
     "{\\\"form\\\":[[\\\"password\\\",\\\"[scrubbed:password]\\\"]]}"},
    {"['run.py', '--password', 'hunter2', '-v']", "['run.py', '--password', '[scrubbed:password]', '-v']"},
    {"run.py --password hunter2 -v", "run.py --password [scrubbed:password] -v"},
    {"run.py --api-key abc --out x", "run.py --api-key [scrubbed:api-key] --out x"},
    {"curl -sS -u ann:hunter2 https://x.test/", "curl -sS -u [scrubbed:authorization] https://x.test/"},
    {"[{'name': 'password', 'value': 'hunter2'}]", "[{'name': 'password', 'value': '[scrubbed:password]'}]"},
    {"<add key=\"ApiKey\" value=\"k\" />", "<add key=\"ApiKey\" value=\"[scrubbed:api-key]\" />"},
    {"<input name=\"csrf_token\" value=\"abc\">", "<input name=\"csrf_token\" value=\"[scrubbed:csrf]\">"},
    {"form-data; name=\"password\"\r\n\r\nhunter2\r\n--x",
     "form-data; name=\"password\"\r\n\r\n[scrubbed:password]\r\n--x"},
    {"b'form-data; name=\"password\"\\r\\n\\r\\nhunter2\\r\\n--x'",
     "b'form-data; name=\"password\"\\r\\n\\r\\n[scrubbed:password]\\r\\n--x'"},
    {"data=%7B%22password%22%3A%22hunter2%22%7D", "data=%7B%22password%22%3A%22[scrubbed:password]%22%7D"},
    {"/login?next=%2Fa%3Ftoken%3Dabc%26b%3D1", "/login?next=%2Fa%3Ftoken%3D[scrubbed:token]%26b%3D1"},
    {"user%5Bpassword%5D=hunter2&a=1", "user%5Bpassword%5D=[scrubbed:password]&a=1"},
    {"CREATE USER x IDENTIFIED BY 'hunter2'", "CREATE USER x IDENTIFIED BY '[scrubbed:password]'"},
    {"ALTER USER x WITH PASSWORD 'hunter2';", "ALTER USER x WITH PASSWORD '[scrubbed:password]';"},
    {"Config { login.password = hunter, N = 1 }", "Config { login.password = [scrubbed:password], N = 1 }"},
    {"tax_id=123456", "tax_id=[scrubbed:personal-id]"},
    {"email='zoë@exämple.de'", "email='[scrubbed:email]'"},
    {"mot_de_passe=x1", "mot_de_passe=[scrubbed:password]"},
    {"AB"
     "IAIOSFODNN7EXAMPLE",
     "[scrubbed:aws-key]"},
    {"sn"
     "yk_uat.0123456789abcdefghijABCDEFGHIJ0123",
     "[scrubbed:token]"},
    {"access-pro"
     "duction-01234567-89ab-cdef-0123-456789abcdef",
     "[scrubbed:token]"},
    {"https://api.telegram.org/bot123456789:AAHabcdefghijklmnopqrstuvwxyz012345/send",
     "https://api.telegram.org/[scrubbed:token]/send"},
    {"eyJhbGciOiJkaXIifQ..abcdefghijkl.mnop.qrst", "[scrubbed:jwt]"},
    {"Private-Lines: 1\nAAAA\nPrivate-MAC: 0123abcd\nx", "[scrubbed:private-key]\nx"},
    {"k 0123456789abcdef0123456789abcdef-01234567-89abcdef.", "k [scrubbed:api-key]."},
    {"jdbc:oracle:thin:scott/tiger@//db:1521/x", "jdbc:oracle:thin:[scrubbed:url-credentials]@//db:1521/x"},
    {"https://x.test/cb?code=a0b1c2d3e4f5g6h7i8j9k0&x=1", "https://x.test/cb?code=[scrubbed:secret]&x=1"},
    {"https://x.test/password/reset/aB3dE5gH7jK9mN1pQ3sT5v", "https://x.test/password/reset/[scrubbed:token]"},
    {"https://x.test/pay/4111111111111111/ok", "https://x.test/pay/[scrubbed:card]/ok"},
    {"4111.1111.1111.1111", "[scrubbed:card]"},
    {"DE89-3704-0044-0532-0130-00", "[scrubbed:iban]"},
    {"by 2a01::1, 2001:db8:: and", "by [scrubbed:ip], [scrubbed:ip] and"},
    {"(415)555-2671", "[scrubbed:phone]"},
    {"1-415-555-2671", "[scrubbed:phone]"},
    {"NIE X1234567L", "NIE [scrubbed:personal-id]"},
    {"BADD110313HCMLNS09", "[scrubbed:personal-id]"},
    {"/home/jdoe/shop/cart.py", "/home/[scrubbed:name]/shop/cart.py"},
    {"jörg@bücher.de", "[scrubbed:email]"},
    {"backup-gh"
     "p_0123456789abcdefghijABCDEFGHIJ012345.zip",
     "backup-[scrubbed:github-token].zip"},
    {"my_sk"
     "_live_0123456789abcdefghij",
     "my_[scrubbed:stripe-key]"},
};

/* What must stay as it is, byte for byte. */
static const char *const harmless[] = {
    "",
    "plain text",
    "9a28857d-5484-455c-b204-cdd6320a68fd",
    "9a28857d5484455cb204cdd6320a68fd",
    "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "0x7f8cdd407560",
    "<Foo object at 0x7f181f5b9fa0>",
    "devflow-demo@1.4.2",
    "left-pad@1.2.0-rc.one",
    "io.sentry.app@2.0.0+build.5",
    "1.2.3",
    "v1.2.3.4",
    "Chrome/81.0.4044.129",
    "Chrome/1.2.3.4",
    "System.Private.CoreLib, Version=4.0.0.0, Culture=neutral, PublicKeyToken=null",
    "mscorlib, Culture=neutral, PublicKeyToken=b77a5c561934e089",
    "127.0.0.1",
    "0.0.0.0",
    "::1",
    "12:34:56",
    "2026-11-22T21:31:15.303663Z",
    "1588438460487",
    "1588438460.487733",
    "140243011980160",
    "1588438460487733",
    "4111111111111112",
    "gen.py:99",
    "/srv/app/.venv/lib/python3.11/site-packages/flask/app.py",
    "C:\\Users\\app\\main.cs:line 12",
    "std::vector<int>::push_back",
    "a::b::c",
    "Foo::Bar",
    "dead::beef",
    "f32::add",
    "logo@2x.png",
    "git@github.com:a/b",
    "password=None",
    "password=''",
    "password: [Filtered]",
    "token=null",
    "secret=***",
    "password=True",
    "max_tokens=4096",
    "token_type=bearer",
    "tokens: 5",
    "Unexpected token: foo",
    "Unexpected token < in JSON at position 0",
    "Invalid password",
    "the password is wrong",
    "def f(password: str, token: Optional[str]):",
    "password=get_password()",
    "if token == other:",
    "session_timeout=30",
    "csrf_enabled: true",
    "PWD=/srv/app",
    "author=me",
    "authenticated: yes",
    "keyboard: qwerty",
    "key=value",
    "monkey: banana",
    "passenger: 3",
    "compass=north",
    "pinned=1",
    "spin: 2",
    "bearer token is missing",
    "basic authentication is required",
    "token: 12",
    "sk_0",
    "ghp_short",
    "https://x.test/a@b",
    "https://x.test/?q=a@b",
    "@app.route(\"/x\")",
    "user@localhost",
    "SELECT * FROM t WHERE id = %s",
    "AB12 3456",
    "GB00NWBK60161331926819",
    "000-12-3456",
    "2026-01-02",
    "10.4.1",
    "1.3.6.1.4.1.311",
    "[scrubbed:password]",
    "password=[scrubbed:password]",
    "eyJ",
    "eyJhbGciOiJIUzI1NiJ9",
    "-----BEGIN CERTIFICATE-----\nMIID\n-----END CERTIFICATE-----",
    "AKIA",
    "00:00:00:00:00:00",
    "10:20:30:40:50:60",
    "rails (6.1.4.1)",
    "gem rack 2.2.8.1",
    "password: required",
    "pass_rate=0.97",
    "/home/products/12",
    "GET /users/ann/orders",
    "/Users/runner/work/a.py",
    "20260102-12345678",
    "+02:00",
    "12345678A",
    "978-3-16-148410-0",
    "12 34 56 78 90",
    "x+12345678",
    "secret_of_the_kings_garden_and_other_tales_of_nights",
    "pat.js",
    "12:30:45:10",
    "pass: 12, fail: 3",
    "GPIO pin: 5",
    "iPhone: 12,1",
    "credentials: 'same-origin'",
    "credentials: include",
    "jwt: malformed",
    "cookies: disabled",
    "required: ['password', 'email']",
    "fields = ('password', 'email', 'name')",
    "use --password to give one",
    "--token is required",
    "git push -u origin main",
    "docker run -u app:app x",
    "[{'name': 'color', 'value': 'red'}]",
    "<add key=\"Mode\" value=\"dark\" />",
    "form-data; name=\"color\"\r\n\r\nred\r\n",
    "color%3Dred%26a%3D1",
    "Map(color -> red)",
    "the password -> next step",
    "password: [String]",
    "password = form.get(\"password\")",
    "password: [Filtered]",
    "sorted by 'name'",
    "{password=[], a=[1]}",
    "this.password = password;",
    "https://x.test/a?code=404&state=open",
    "https://x.test/verify/3f786850e387550fdab836ed7e6dc881de23001b",
    "https://x.test/orders/1234567890123456",
    "GET /home/about/team",
    "X1234567T",
    "fe80::1",
    "a::b",
    "the resets/aB3dE5gH7jK9mN1pQ3sT5v",
    "v1.0-rc1",
    "sl.example.test",
    "mfa.enabled",
    "npm_install_fails_when_the_registry_is_not_there",
    "test_npm_install_fails_when_the_registry_is_not_there",
    "hf_loader_of_the_company_for_all_models",
};

static void takes_out_every_secret_of_the_list(void **state)
{
    (void)state;
    size_t missed = 0, n = sizeof secrets / sizeof *secrets;
    for (size_t i = 0; i < n; i++) {
        struct df_scrub scrub = {.arena = arena};
        struct df_str out = df_scrub_text(&scrub, df_str_c(secrets[i].text));
        if (df_str_is(out, secrets[i].expected))
            continue;
        print_error("%s\n  -> %.*s\n  != %s\n", secrets[i].text, DF_FMT(out), secrets[i].expected);
        missed++;
    }
    assert_int_equal(missed, 0);
}

static void leaves_everything_else_alone(void **state)
{
    (void)state;
    size_t changed = 0;
    for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++) {
        struct df_scrub scrub = {.arena = arena};
        struct df_str text = df_str_c(harmless[i]), out = df_scrub_text(&scrub, text);
        if (out.p == text.p && out.n == text.n)
            continue;
        print_error("%s -> %.*s\n", harmless[i], DF_FMT(out));
        changed++;
    }
    assert_int_equal(changed, 0);
}

/* Scrubbing twice changes nothing more. */
static void is_stable(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++) {
        struct df_scrub scrub = {.arena = arena};
        assert_str(df_scrub_text(&scrub, df_str_c(secrets[i].expected)), secrets[i].expected);
    }
}

static void source_text_keeps_its_names(void **state)
{
    (void)state;
    struct df_scrub scrub = {.arena = arena, .source = true};
    assert_str(df_scrub_text(&scrub, DF_S("login(password=pw1, token=tok2)")), "login(password=pw1, token=tok2)");
    assert_str(df_scrub_text(&scrub, DF_S("password = \"hunter2\"")), "password = \"[scrubbed:password]\"");
    assert_str(df_scrub_text(&scrub, DF_S("password = form[\"password\"]")), "password = form[\"password\"]");
}

static void keys_decide_for_values(void **state)
{
    (void)state;
    static const char *const json =
        "{\"password\":\"x\",\"pin\":1234,\"Set-Cookie\":[\"a=b\",\"c=d\"],\"headers\":[[\"X-Api-Key\",\"k\"],[\"Host\",\"h\"]],"
        "\"token\":null,\"ok\":true,\"n\":4111111111111111,\"id\":12,\"nested\":{\"client_secret\":{\"a\":\"b\",\"n\":7}}}";
    struct df_scrub scrub = {.arena = arena};
    struct df_buf out;
    struct df_json_writer w;
    df_buf_init(&out, arena, 10000);
    df_json_writer_init(&w, &out, 0);
    df_scrub_put_json(&scrub, &w, DF_STR_NONE, fixture_parse(df_str_c(json), arena));
    assert_str(
        df_buf_str(&out),
        "{\"password\":\"[scrubbed:password]\",\"pin\":\"[scrubbed:otp number]\",\"Set-Cookie\":[\"[scrubbed:cookie]\",\"[scrubbed:cookie]\"],"
        "\"headers\":[[\"X-Api-Key\",\"[scrubbed:api-key]\"],[\"Host\",\"h\"]],\"token\":null,\"ok\":true,\"n\":\"[scrubbed:card number]\",\"id\":12,"
        "\"nested\":{\"client_secret\":{\"a\":\"[scrubbed:secret]\",\"n\":\"[scrubbed:secret number]\"}}}");
    assert_int_equal(scrub.removed[DF_SCRUB_COOKIE], 2);
    assert_int_equal(df_scrub_key(DF_S("password_reset_url")), DF_SCRUB_NONE);
    assert_int_equal(df_scrub_key(DF_S("SECRET_KEY")), DF_SCRUB_SECRET);
    assert_int_equal(df_scrub_key(DF_S("sessionId")), DF_SCRUB_SESSION);
}

static struct df_str put(struct df_scrub *scrub, const char *key, const char *json)
{
    struct df_buf out;
    struct df_json_writer w;
    df_buf_init(&out, arena, 10000);
    df_json_writer_init(&w, &out, 0);
    df_scrub_put_json(scrub, &w, df_str_c(key), fixture_parse(df_str_c(json), arena));
    return df_buf_str(&out);
}

static void people_and_keys_in_lists_go_too(void **state)
{
    (void)state;
    struct df_scrub scrub = {.arena = arena};
    assert_str(put(&scrub, "user", "{\"name\":\"Ann\",\"id\":7}"), "{\"name\":\"[scrubbed:name]\",\"id\":7}");
    assert_str(put(&scrub, "", "{\"runtime\":{\"name\":\"CPython\"}}"), "{\"runtime\":{\"name\":\"CPython\"}}");
    struct df_str lines = put(
        &scrub, "", "[\"x\",\"-----BEGIN PRIVATE KEY-----\",\"MIIEabc\",\"-----END PRIVATE KEY-----\",\"y\"]");
    assert_str(lines, "[\"x\",\"[scrubbed:private-key]\",\"[scrubbed:private-key]\",\"[scrubbed:private-key]\",\"y\"]");
    assert_str(
        put(&scrub, "", "[{\"name\":\"Authorization\",\"value\":\"x\"},{\"name\":\"Accept\",\"value\":\"y\"}]"),
        "[{\"name\":\"Authorization\",\"value\":\"[scrubbed:authorization]\"},{\"name\":\"Accept\",\"value\":\"y\"}]");
    assert_str(put(&scrub, "argv", "[\"a.py\",\"--token\",\"t0k\",\"--out\",\"x\",\"--token\",\"-v\"]"),
               "[\"a.py\",\"--token\",\"[scrubbed:token]\",\"--out\",\"x\",\"--token\",\"-v\"]");
    assert_str(put(&scrub, "", "{\"\u043F\u0430\u0440\u043E\u043B\u044C\":\"x\"}"),
               "{\"\u043F\u0430\u0440\u043E\u043B\u044C\":\"[scrubbed:password]\"}");
    scrub.code = true;
    assert_str(df_scrub_text(&scrub, DF_S("/Users/ann/a (6.1.3.1).rb")), "/Users/[scrubbed:name]/a (6.1.3.1).rb");
}

/* Four numbers under a version's name are one, elsewhere an address. */
static void versions_are_no_addresses(void **state)
{
    (void)state;
    struct df_scrub scrub = {.arena = arena};
    assert_str(put(&scrub, "app", "{\"app_version\":\"10.2.3.4\",\"osBuild\":\"10.0.9.1\",\"peer\":\"10.2.3.4\"}"),
               "{\"app_version\":\"10.2.3.4\",\"osBuild\":\"10.0.9.1\",\"peer\":\"[scrubbed:ip]\"}");
    assert_str(put(&scrub, "", "[[\"release\",\"1.2.3.4\"],[\"host\",\"1.2.3.4\"]]"),
               "[[\"release\",\"1.2.3.4\"],[\"host\",\"[scrubbed:ip]\"]]");
    assert_str(df_scrub_under(&scrub, DF_S("release"), DF_S("shop@10.2.3.4")), "shop@10.2.3.4");
    assert_str(df_scrub_under(&scrub, DF_S("x"), DF_S("shop@10.2.3.4")), "shop@[scrubbed:ip]");
    struct df_issue issue = {
        .first_release = DF_S("1.2.3.4"), .last_release = DF_S("1.2.3.5"), .title = DF_S("1.2.3.4")};
    issue = df_scrub_issue(&scrub, &issue);
    assert_str(issue.first_release, "1.2.3.4");
    assert_str(issue.title, "[scrubbed:ip]");
}

/* Under "email" an address has the mark it has anywhere else; what is none goes whole, a sentence about it stays. */
static void an_address_has_one_mark(void **state)
{
    (void)state;
    struct df_scrub scrub = {.arena = arena, .hash_key = DF_S("k")};
    struct df_str plain = df_scrub_text(&scrub, DF_S("ann@example.com"));
    assert_true(df_str_eq(df_scrub_under(&scrub, DF_S("email"), DF_S("ann@example.com")), plain));
    assert_true(df_str_ends(df_scrub_under(&scrub, DF_S("email"), DF_S("Ann <ann@example.com>")),
                            df_arena_printf(arena, "<%.*s>", DF_FMT(plain))));
    assert_true(
        df_str_starts(df_scrub_under(&scrub, DF_S("email"), DF_S("j\u00F6rg@b\u00FCcher")), DF_S("[scrubbed:email#")));
    assert_str(df_scrub_under(&scrub, DF_S("email"), DF_S("This field is required.")), "This field is required.");
}

static void a_projects_own_rules_count(void **state)
{
    (void)state;
    struct df_scrub_file file;
    struct df_error err;
    const char *text =
        "{\"keys\":{\"Dossier\":\"case\"},\"patterns\":[{\"pattern\":\"CUST-######\",\"kind\":\"customer\"},"
        "{\"pattern\":\"ord_*\",\"kind\":\"order\"}],\"allow\":[\"public_token\"],\"keep\":[\"email\"],"
        "\"projects\":{\"shop\":{\"keys\":{\"lane\":\"lane\"},\"keep\":[\"ip\"]}}}";
    assert_int_equal(df_scrub_file_parse(df_str_c(text), arena, &file, &err), DF_OK);
    assert_null(df_scrub_file_project(&file, DF_S("none")));
    struct df_scrub scrub = {.arena = arena, .rules = {&file.all, df_scrub_file_project(&file, DF_S("shop"))}};
    static const struct item items[] = {
        {"for CUST-123456, ok", "for [scrubbed:customer], ok"},
        {"CUST-12345 CUST-1234567 xCUST-123456", "CUST-12345 CUST-1234567 xCUST-123456"},
        {"ord_9af of ord_", "[scrubbed:order] of ord_"},
        {"dossier=ab1 lane=7a", "dossier=[scrubbed:case] lane=[scrubbed:lane]"},
        {"public_token=abc1 token=abc1", "public_token=abc1 token=[scrubbed:token]"},
        {"a@example.org 203.0.113.9 +33612345678", "a@example.org 203.0.113.9 [scrubbed:phone]"},
    };
    for (size_t i = 0; i < sizeof items / sizeof *items; i++)
        assert_str(df_scrub_text(&scrub, df_str_c(items[i].text)), items[i].expected);
    assert_str(
        put(&scrub, "", "{\"DOSSIER\":{\"a\":1,\"b\":\"x\"},\"email\":\"a@example.org\"}"),
        "{\"DOSSIER\":{\"a\":\"[scrubbed:case number]\",\"b\":\"[scrubbed:case]\"},\"email\":\"a@example.org\"}");
}

static void faults_in_rules_are_named(void **state)
{
    (void)state;
    static const char *const faults[][2] = {
        {"[]", "must be an object"},
        {"{\"key\":{}}", "\"key\" is no name here"},
        {"{\"keys\":[]}", "keys must be an object"},
        {"{\"keys\":{\"a\":\"A b\"}}", "a kind is"},
        {"{\"patterns\":[{\"pattern\":\"###\",\"kind\":\"x\"}]}", "4 to 64 characters"},
        {"{\"patterns\":[{\"pattern\":\"a*bcd\",\"kind\":\"x\"}]}", "a * only at its end"},
        {"{\"patterns\":[{\"pattern\":\"####\",\"kind\":\"x\"}]}", "fit too much"},
        {"{\"patterns\":[{\"pattern\":\"/abcd\",\"kind\":\"x\"}]}", "must begin with"},
        {"{\"patterns\":[{\"pattern\":\"abcd\"}]}", "each has"},
        {"{\"keep\":[\"password\"]}", "\"password\" is no kind of personal data"},
        {"{\"projects\":{\"a\":{\"projects\":{}}}}", "\"projects\" is no name here"},
        {"{", "line"},
    };
    struct df_error err;
    struct df_scrub_file file;
    struct df_scrub_rules rules;
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        assert_int_not_equal(df_scrub_file_parse(df_str_c(faults[i][0]), arena, &file, &err), DF_OK);
        if (!strstr(err.message, faults[i][1]))
            fail_msg("%s: %s", faults[i][0], err.message);
    }
    assert_int_equal(df_scrub_rules_parse_added(fixture_parse(DF_S("{\"keep\":[\"ip\"]}"), arena), arena, &rules, &err),
                     DF_ERR_INVALID);
    const char *twice = "{\"keys\":{\"a\":\"x\",\"b\":\"x\",\"c\":\"x\"},\"keys\":{\"d\":\"y\"}}";
    assert_int_equal(df_scrub_rules_parse_added(fixture_parse(df_str_c(twice), arena), arena, &rules, &err), DF_OK);
    assert_int_equal(rules.n_keys, 1);
}

/* One for each first letter, and one for each shape without a prefix. */
static const char *const tokens[] = {
    "AI"
    "zaa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1",
    "CC"
    "IPAT_a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1",
    "EZ"
    "AKa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1",
    "FL"
    "WSECK-a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1",
    "GO"
    "CSPX-a1a1a1a1a1a1a1a1a1a1",
    "HR"
    "KU-a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1",
    "NR"
    "AK-a1a1a1a1a1a1a1a1a1a1a1",
    "PM"
    "AK-a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1",
    "SG"
    ".a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1",
    "bk"
    "ua_a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1",
    "do"
    "p_v1_a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1",
    "fi"
    "gd_a1a1a1a1a1a1a1a1a1a1a1a1a1a1",
    "gh"
    "p_a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1",
    "hv"
    "s.a1a1a1a1a1a1a1a1a1a1a1a1",
    "li"
    "n_api_a1a1a1a1a1a1a1a1",
    "nt"
    "n_a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1",
    "op"
    "s_eyJa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1",
    "py"
    "pi-a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1",
    "rk"
    "_live_a1a1a1a1a1a1",
    "sk"
    "_live_a1a1a1a1a1a1",
    "ts"
    "key-a1a1a1a1a1a1a1a1a1a1a1a1a1a1",
    "wh"
    "sec_a1a1a1a1a1a1a1a1a1a1a1",
    "xo"
    "xb-a1a1a1a1a1a1a1",
    "AQ"
    ".Aba1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1",
    "IQ"
    "oJb3JpZ2lua1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1",
    "ap"
    "i_org_a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1",
    "cf"
    "ut_a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1",
    "ek"
    "_live_a1a1a1a1a1a1a1a1a1a1",
    "md"
    "b_sa_sk_a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1",
    "ve"
    "rcel_blob_rw_a1a1a1a1a1a1a1a1a1",
    "sk"
    "-0123456789abcdef0123456789abcdef",
    "oy"
    "2a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6q7r8s9t0u1v",
    "ci"
    "oA1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6",
    "a1B"
    "8Q~a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a",
    "ya"
    "29.a1a1a1a1a1a1a1a1a1a1a1",
};

static void every_first_letter_of_a_prefix_is_known(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof tokens / sizeof *tokens; i++) {
        struct df_scrub scrub = {.arena = arena};
        struct df_str out = df_scrub_text(&scrub, df_str_c(tokens[i]));
        if (!df_str_starts(out, DF_S("[scrubbed:")) || df_str_find_char(out, ']') != (long)out.n - 1)
            fail_msg("%s -> %.*s", tokens[i], DF_FMT(out));
    }
}

/* The same value has the same mark wherever it stands, with the same key; a mark before a secret hides nothing. */
static void marks_tell_equal_values(void **state)
{
    (void)state;
    struct df_scrub scrub = {.arena = arena, .hash_key = DF_S("k")}, other = {.arena = arena, .hash_key = DF_S("l")};
    struct df_str a = df_scrub_text(&scrub, DF_S("password=hunter2")), b = df_scrub_text(&scrub, DF_S("token=hunter2"));
    struct df_str c = df_scrub_text(&scrub, DF_S("password=hunter3")),
                  d = df_scrub_text(&other, DF_S("password=hunter2"));
    assert_true(df_str_starts(a, DF_S("password=[scrubbed:password#")) &&
                a.n == strlen("password=[scrubbed:password#123456]"));
    assert_true(df_str_eq(df_str_from(a, a.n - 8), df_str_from(b, b.n - 8)));
    assert_false(df_str_eq(a, c) || df_str_eq(a, d));
    assert_str(df_scrub_text(&scrub, a), a.p);
    assert_int_equal(
        df_str_find(df_scrub_under(&scrub, DF_S("password"), DF_S("[scrubbed:x] hunter2")), DF_S("hunter2")), -1);
}

static void issues_are_scrubbed_too(void **state)
{
    (void)state;
    struct df_scrub scrub = {.arena = arena};
    struct df_issue issue = {
        .id = DF_S("1"), .title = DF_S("E: password=hunter2"), .culprit = DF_S("for a@example.org")};
    issue = df_scrub_issue(&scrub, &issue);
    assert_str(issue.title, "E: password=[scrubbed:password]");
    assert_str(issue.culprit, "for [scrubbed:email]");
}

/* Repetitions that would make a scanner that looks back or ahead quadratic; the time limit of the test run judges. */
static void hostile_repetitions_take_linear_time(void **state)
{
    (void)state;
    static const char *const units[] = {
        "a://",           "a@",     "password='", "1.",    "a:",      "eyJa.",  "-----BEGIN PRIVATE KEY",
        "\\\"",           "token=", "1 ",         "AB12 ", "Bearer ", "a@b.c.", "<password>",
        "Basic aaaaaaaa", "\\",     "'",          "1:1:",  "ghp_",    "cookie:"};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        struct df_arena *own DF_ARENA_AUTO = df_arena_new();
        struct df_buf text;
        struct df_scrub scrub = {.arena = own};
        df_buf_init(&text, own, 2 << 20);
        while (text.n < 1 << 20)
            df_buf_put_c(&text, units[i]);
        df_scrub_text(&scrub, df_buf_str(&text));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_out_every_secret_of_the_list),
        cmocka_unit_test(leaves_everything_else_alone),
        cmocka_unit_test(is_stable),
        cmocka_unit_test(source_text_keeps_its_names),
        cmocka_unit_test(keys_decide_for_values),
        cmocka_unit_test(people_and_keys_in_lists_go_too),
        cmocka_unit_test(versions_are_no_addresses),
        cmocka_unit_test(an_address_has_one_mark),
        cmocka_unit_test(a_projects_own_rules_count),
        cmocka_unit_test(faults_in_rules_are_named),
        cmocka_unit_test(every_first_letter_of_a_prefix_is_known),
        cmocka_unit_test(marks_tell_equal_values),
        cmocka_unit_test(issues_are_scrubbed_too),
        cmocka_unit_test(hostile_repetitions_take_linear_time),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
