"""The list that the scrubber is judged on: texts as errors hold them, each with one value that must go, or with none.

The values have the formats that the services and standards publish, made at random from a seed; the carriers are how languages,
logs, URLs and headers print them. A third of all pairs of a format and a carrier (or key) is set aside: it was chosen by a hash,
never by looking, and nobody tunes by it, for bench_scrub.py prints the figures of it alone, not what was missed.

    scrub_list.py            prints the two thirds that are there to be looked at, one JSON object a line
"""

import base64
import dataclasses
import hashlib
import json
import random
import string
import sys

SEED = 20261128
EACH = 3  # items of each pair

LOWER, UPPER, DIGITS = string.ascii_lowercase, string.ascii_uppercase, string.digits
ALNUM, WORD, HEX, BASE32 = LOWER + UPPER + DIGITS, LOWER + UPPER + DIGITS + "_-", DIGITS + "abcdef", UPPER + "234567"
BASE64 = ALNUM + "+/"


@dataclasses.dataclass(frozen=True)
class Item:
    sort: str  # "secret", "personal", "harmless"
    kind: str
    carrier: str
    text: str
    value: str  # what must go; empty for none

    def aside(self):
        return hashlib.sha256(f"{self.kind}|{self.carrier}".encode()).digest()[0] % 3 == 0


class Maker:
    def __init__(self, seed):
        self.r = random.Random(seed)

    def some(self, alphabet, n, most=None):
        return "".join(self.r.choice(alphabet) for _ in range(self.r.randint(n, most or n)))

    def pick(self, *of):
        return self.r.choice(of)

    def uuid(self):
        h = self.some(HEX, 32)
        return f"{h[:8]}-{h[8:12]}-4{h[13:16]}-a{h[17:20]}-{h[20:]}"

    def base64_of(self, n):
        return base64.b64encode(self.r.randbytes(n)).decode()

    def jwt(self):
        def part(v):
            return base64.urlsafe_b64encode(json.dumps(v, separators=(",", ":")).encode()).rstrip(b"=").decode()
        head = part({"alg": self.pick("HS256", "RS256", "ES256"), "typ": "JWT"})
        return f"{head}.{part({'sub': self.some(DIGITS, 9), 'iat': self.r.randrange(10**9, 2 * 10**9)})}.{self.some(WORD, 43)}"

    def pem(self, end="\n"):
        kind = self.pick("RSA PRIVATE KEY", "PRIVATE KEY", "EC PRIVATE KEY", "OPENSSH PRIVATE KEY", "ENCRYPTED PRIVATE KEY")
        body = end.join(self.some(BASE64, 64) for _ in range(self.r.randint(3, 8)))
        return f"-----BEGIN {kind}-----{end}{body}{end}-----END {kind}-----"

    def card(self):
        prefix, n = self.pick(("4", 16), ("51", 16), ("55", 16), ("2221", 16), ("2720", 16), ("34", 15), ("37", 15), ("6011", 16),
                              ("3530", 16), ("36", 14), ("62", 16), ("65", 16))
        digits = prefix + self.some(DIGITS, n - len(prefix) - 1)
        total = sum(d if i % 2 else (d * 2 - 9 if d > 4 else d * 2) for i, d in enumerate(map(int, reversed(digits))))
        digits += str(-total % 10)
        if n == 16:
            return self.pick(digits, " ".join(digits[i:i + 4] for i in range(0, 16, 4)), "-".join(digits[i:i + 4] for i in range(0, 16, 4)))
        return digits

    def iban(self):
        country, form = self.pick(("FR", "n5n5c11n2"), ("DE", "n18"), ("GB", "a4n14"), ("ES", "n20"), ("IT", "a1n10c12"), ("NL", "a4n10"),
                                  ("BE", "n12"), ("CH", "n5c12"), ("AT", "n16"), ("PL", "n24"), ("PT", "n21"), ("SE", "n20"), ("LU", "n3c13"))
        body = ""
        while form:
            kind, form = form[0], form[1:]
            size = "".join(c for c in form[:2] if c.isdigit())
            form = form[len(size):]
            body += self.some({"n": DIGITS, "a": UPPER, "c": UPPER + DIGITS}[kind], int(size))
        number = "".join(str(int(c, 36)) for c in body + country + "00")
        whole = f"{country}{98 - int(number) % 97:02}{body}"
        return self.pick(whole, " ".join(whole[i:i + 4] for i in range(0, len(whole), 4)))

    def nir(self):
        body = f"{self.pick('1', '2')}{self.r.randrange(100):02}{self.r.randint(1, 12):02}{self.r.randint(1, 95):02}" \
               f"{self.r.randint(1, 989):03}{self.r.randint(1, 999):03}"
        key = f"{97 - int(body) % 97:02}"
        return self.pick(body + key, f"{body[0]} {body[1:3]} {body[3:5]} {body[5:7]} {body[7:10]} {body[10:]} {key}")

    def cpf(self):
        d = [self.r.randrange(10) for _ in range(9)]
        for _ in range(2):
            rest = sum(v * w for v, w in zip(d, range(len(d) + 1, 1, -1), strict=True)) * 10 % 11 % 10
            d.append(rest)
        s = "".join(map(str, d))
        return f"{s[:3]}.{s[3:6]}.{s[6:9]}-{s[9:]}"

    def dni(self):
        n = self.r.randrange(10**7, 10**8)
        return f"{n}{'TRWAGMYFPDXBNJZSQVHLCKE'[n % 23]}"

    def ssn(self):
        return f"{self.r.choice([n for n in range(1, 900) if n != 666]):03}-{self.r.randint(1, 99):02}-{self.r.randint(1, 9999):04}"

    def phone(self):
        d = lambda n: self.some(DIGITS, n)  # noqa: E731
        return self.pick(f"+33 6 {d(2)} {d(2)} {d(2)} {d(2)}", f"+336{d(8)}", f"+1 (415) 555-{d(4)}", f"+1-212-555-{d(4)}", f"+4915{d(9)}",
                         f"+49 30 {d(4)} {d(4)}", f"+44 20 7946 {d(4)}", f"+4479{d(8)}", f"06 {d(2)} {d(2)} {d(2)} {d(2)}",
                         f"01.{d(2)}.{d(2)}.{d(2)}.{d(2)}", f"(415) 555-{d(4)}", f"+81 90-{d(4)}-{d(4)}")

    def email(self):
        name = self.pick("anna.schmidt", "j.doe", "marie-claire.dupont", "bob", "li_wei", "o.hara", "x1", "support+urgent", "JOHN.SMITH", "info")
        host = self.pick("example.com", "mail.example.org", "acme.co.uk", "gmail.com", "univ-lyon1.fr", "t-online.de", "company.io", "163.com")
        return f"{name}{self.some(DIGITS, 0, 3)}@{host}"

    def ipv4(self):
        return self.pick(f"203.0.113.{self.r.randrange(1, 255)}", f"{self.r.randint(11, 99)}.{self.r.randrange(256)}.{self.r.randrange(256)}.{self.r.randrange(1, 255)}",
                         f"192.168.{self.r.randrange(256)}.{self.r.randrange(1, 255)}", f"10.{self.r.randrange(256)}.{self.r.randrange(256)}.{self.r.randrange(1, 255)}")

    def ipv6(self):
        g = lambda: f"{self.r.randrange(1, 65536):x}"  # noqa: E731
        return self.pick(f"2001:db8:{g()}:{g()}:{g()}:{g()}:{g()}:{g()}", f"2a01:{g()}:{g()}::{g()}", f"2001:db8::{g()}:{g()}:{g()}", f"fe80::{g()}:{g()}:{g()}:{g()}")

    def mac(self):
        pairs = [self.some(HEX, 2) for _ in range(6)]
        return self.pick(":".join(pairs), "-".join(p.upper() for p in pairs))

    def password(self):
        return self.pick("hunter2", "Tr0ub4dor&3", "correct-horse-battery", "P@ssw0rd!", "letmein", self.some(ALNUM + "!#%*", 10, 18), self.some(LOWER, 8))

    def opaque(self):
        return self.pick(self.some(HEX, 32), self.some(ALNUM, 24, 48), self.some(WORD, 40) + "x", self.uuid())


# Secrets that say themselves what they are.
TOKENS = {
    "github": lambda m: m.pick(f"gh{m.pick('p', 'o', 'u', 's', 'r')}_" + m.some(ALNUM, 36), "github_pat_" + m.some(ALNUM, 22) + "_" + m.some(ALNUM, 59)),
    "gitlab": lambda m: m.pick("glpat-" + m.some(WORD, 20), "gldt-" + m.some(WORD, 20), "glrt-" + m.some(WORD, 20), "glptt-" + m.some(HEX, 40)),
    "slack": lambda m: m.pick(f"xoxb-{m.some(DIGITS, 12)}-{m.some(DIGITS, 12)}-{m.some(ALNUM, 24)}", f"xoxp-{m.some(DIGITS, 11)}-{m.some(DIGITS, 12)}-{m.some(DIGITS, 12)}-{m.some(HEX, 32)}",
                              f"xapp-1-A{m.some(UPPER + DIGITS, 10)}-{m.some(DIGITS, 13)}-{m.some(HEX, 64)}"),
    "slack-webhook": lambda m: f"https://hooks.slack.com/services/T{m.some(UPPER + DIGITS, 8)}/B{m.some(UPPER + DIGITS, 8)}/{m.some(ALNUM, 24)}",
    "stripe": lambda m: m.pick("sk_live_", "sk_test_", "rk_live_") + m.some(ALNUM, 24, 99),
    "stripe-webhook": lambda m: "whsec_" + m.some(ALNUM, 32),
    "aws-id": lambda m: m.pick("AKIA", "ASIA") + m.some(BASE32, 16),
    "google": lambda m: m.pick("AIza" + m.some(WORD, 35), "ya29." + m.some(WORD, 60, 120) + "x", "GOCSPX-" + m.some(WORD, 28)),
    "sentry": lambda m: m.pick("sntryu_" + m.some(HEX, 64), "sntrys_" + m.base64_of(60) + "_" + m.some(BASE64, 43)),
    "linear": lambda m: "lin_api_" + m.some(ALNUM, 40),
    "npm": lambda m: "npm_" + m.some(ALNUM, 36),
    "pypi": lambda m: "pypi-AgEIcHlwaS5vcmc" + m.some(WORD, 80, 150),
    "digitalocean": lambda m: m.pick("dop_v1_", "doo_v1_", "dor_v1_") + m.some(HEX, 64),
    "sendgrid": lambda m: "SG." + m.some(WORD, 22) + "." + m.some(WORD, 43),
    "vault": lambda m: "hvs." + m.some(WORD, 90),
    "huggingface": lambda m: "hf_" + m.some(LOWER + UPPER, 34),
    "shopify": lambda m: m.pick("shpat_", "shpss_", "shpca_", "shppa_") + m.some(HEX, 32),
    "docker": lambda m: m.pick("dckr_pat_", "dckr_oat_") + m.some(WORD, 27),
    "rubygems": lambda m: "rubygems_" + m.some(HEX, 48),
    "grafana": lambda m: m.pick("glsa_" + m.some(ALNUM, 32) + "_" + m.some(HEX, 8), "glc_" + m.base64_of(45)),
    "anthropic": lambda m: "sk-ant-api03-" + m.some(WORD, 93) + "AA",
    "openai": lambda m: m.pick("sk-proj-" + m.some(WORD, 74), "sk-" + m.some(ALNUM, 20) + "T3BlbkFJ" + m.some(ALNUM, 20), "sk-svcacct-" + m.some(WORD, 74)),
    "newrelic": lambda m: m.pick("NRAK-" + m.some(UPPER + DIGITS, 27), "NRJS-" + m.some(HEX, 19)),
    "atlassian": lambda m: m.pick("ATATT3xFfGF0" + m.some(WORD, 171) + "=" + m.some(HEX.upper(), 8), "ATBB" + m.some(ALNUM, 32)),
    "twilio": lambda m: "SK" + m.some(HEX, 32),
    "mailgun": lambda m: "key-" + m.some(HEX, 32),
    "mailchimp": lambda m: m.some(HEX, 32) + "-us" + str(m.r.randint(1, 21)),
    "telegram": lambda m: m.some(DIGITS, 9, 10) + ":AA" + m.some(WORD, 33),
    "discord": lambda m: "M" + m.some(ALNUM, 23) + "." + m.some(WORD, 6) + "." + m.some(WORD, 38),
    "discord-webhook": lambda m: f"https://discord.com/api/webhooks/{m.some(DIGITS, 18)}/{m.some(WORD, 68)}",
    "figma": lambda m: "figd_" + m.some(WORD, 40),
    "notion": lambda m: m.pick("secret_" + m.some(ALNUM, 43), "ntn_" + m.some(ALNUM, 46)),
    "databricks": lambda m: "dapi" + m.some(HEX, 32),
    "doppler": lambda m: "dp.pt." + m.some(ALNUM, 43),
    "postman": lambda m: "PMAK-" + m.some(HEX, 24) + "-" + m.some(HEX, 34),
    "airtable": lambda m: "pat" + m.some(ALNUM, 14) + "." + m.some(HEX, 64),
    "square": lambda m: m.pick("sq0atp-" + m.some(WORD, 22), "sq0csp-" + m.some(WORD, 43)),
    "terraform": lambda m: m.some(ALNUM, 14) + ".atlasv1." + m.some(WORD, 60),
    "planetscale": lambda m: "pscale_tkn_" + m.some(WORD, 43),
    "supabase": lambda m: "sbp_" + m.some(HEX, 40),
    "tailscale": lambda m: "tskey-auth-" + m.some(ALNUM, 12) + "-" + m.some(ALNUM, 32),
    "hubspot": lambda m: "pat-na1-" + m.uuid(),
    "sonar": lambda m: m.pick("sqp_", "squ_") + m.some(HEX, 40),
    "circleci": lambda m: "CCIPAT_" + m.some(ALNUM, 22) + "_" + m.some(HEX, 40),
    "groq": lambda m: "gsk_" + m.some(ALNUM, 52),
    "replicate": lambda m: "r8_" + m.some(ALNUM, 37),
    "pulumi": lambda m: "pul-" + m.some(HEX, 40),
    "brevo": lambda m: "xkeysib-" + m.some(HEX, 64) + "-" + m.some(ALNUM, 16),
    "dynatrace": lambda m: "dt0c01." + m.some(BASE32, 24) + "." + m.some(BASE32, 64),
    "openshift": lambda m: "sha256~" + m.some(WORD, 43),
    "flutterwave": lambda m: "FLWSECK-" + m.some(HEX, 32) + "-X",
    "supabase-secret": lambda m: "sb_secret_" + m.some(WORD, 31),
    "langsmith": lambda m: m.pick("lsv2_pt_", "lsv2_sk_") + m.some(HEX, 32) + "_" + m.some(HEX, 10),
    "pinecone": lambda m: "pcsk_" + m.some(ALNUM, 6) + "_" + m.some(ALNUM, 63),
    "nvidia": lambda m: "nvapi-" + m.some(WORD, 64),
    "aws-session": lambda m: m.pick("IQoJb3JpZ2luX2VjE", "FwoGZXIvYXdzE") + m.some(BASE64, 200, 400) + "==",
    "entra": lambda m: m.some(ALNUM, 3) + "8Q~" + m.some(WORD, 33) + "x",
    "deepseek": lambda m: "sk-" + m.some(HEX, 32),
    "nuget": lambda m: "oy2" + m.some(LOWER + DIGITS, 43),
    "crates": lambda m: "cioA9" + m.some(ALNUM, 29) + "z",
    "contentful": lambda m: "CFPAT-" + m.some(WORD, 43),
    "gitlab-newer": lambda m: m.pick("glrtr-", "glffct-", "glwt-") + m.some(WORD, 20),
    "stripe-newer": lambda m: m.pick("sk_org_live_", "ek_live_") + m.some(ALNUM, 30),
    "jwt": lambda m: m.jwt(),
    "private-key": lambda m: m.pem(m.pick("\n", "\\n", "\r\n")),
    "age": lambda m: "AGE-SECRET-KEY-1" + m.some("QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", 58),
    "card": lambda m: m.card(),
    "iban": lambda m: m.iban(),
}

PERSONAL = {
    "email": lambda m: m.email(),
    "ipv4": lambda m: m.ipv4(),
    "ipv6": lambda m: m.ipv6(),
    "phone": lambda m: m.phone(),
    "mac": lambda m: m.mac(),
    "ssn": lambda m: m.ssn(),
    "nir": lambda m: m.nir(),
    "cpf": lambda m: m.cpf(),
    "dni": lambda m: m.dni(),
}

# Where a value that says itself what it is may stand.
CARRIERS = [
    "{v}", "got {v} from the client", "error: {v}", "[{v}]", "({v})", "<{v}>", "value='{v}'", 'value="{v}"', "data={v}", "arg: {v}",
    "Request failed for {v}: timeout", "Item(name='tea', ref='{v}', n=3)", "{{'ref': '{v}', 'n': 1}}", '{{"ref": "{v}", "n": 1}}',
    '{{\\"ref\\":\\"{v}\\"}}', '#<Item ref: "{v}", n: 1>', "Item{{ref={v}, n=1}}", "Item {{ Ref = {v}, N = 1 }}", "&{{Ref:{v} N:1}}",
    'array(2) {{ ["ref"]=> string(9) "{v}" }}', "ref: {v}\nn: 1", "2026-11-28T10:00:00Z INFO ref={v} n=1", "<ref>{v}</ref>", "{v},", "{v}.",
    "'{v}'", "b'{v}'", "could not parse '{v}' (line 3)", "Invalid input: {v}\n  at parse (a.js:3:1)", "SELECT * FROM t WHERE ref = '{v}'",
    "ref -> {v};", "`{v}`", "first {v} second", "x|{v}|y", "Ref\t{v}\tN", "ValueError: bad ref {v!s}",
]

PASSWORD_KEYS = ["password", "passwd", "pwd", "user_password", "dbPassword", "DB_PASSWORD", "new-password", "passphrase", "mot_de_passe",
                 "Passwort", "contrasena", "smtp_pass", "PGPASSWORD", "login.password", "adminPwd", "password_confirmation", "keystorePassword"]
SECRET_KEYS = ["secret", "client_secret", "clientSecret", "SECRET_KEY", "api_key", "apiKey", "X-Api-Key", "access_token", "accessToken",
               "refresh_token", "id_token", "auth_token", "aws_secret_access_key", "AWS_SECRET_ACCESS_KEY", "AccountKey", "signing_key", "encryptionKey",
               "private_key", "session_id", "sessionid", "PHPSESSID", "JSESSIONID", "connect.sid", "csrf_token", "X-CSRF-Token", "_xsrf", "webhook_secret",
               "consumer_secret", "bot_token", "jwt", "Authorization", "X-Auth-Token", "master_key", "credentials", "otp", "DATABASE_SECRET", "appSecret",
               "x-amz-security-token", "api-token", "deploy_key", "license_key", "shared_secret", "SAS_TOKEN", "pat"]
KEYED = [
    "{k}='{v}'", "User(id=1, {k}='{v}')", "{{'{k}': '{v}', 'n': 1}}", '{{"{k}": "{v}", "n": 1}}', '{{"{k}":"{v}"}}', '{{\\"{k}\\":\\"{v}\\",\\"n\\":1}}',
    '{{:{k}=>"{v}", :n=>1}}', '{{"{k}"=>"{v}"}}', "[{k}] => {v}", '["{k}"]=> string(9) "{v}"', "{k}={v}", "{k}={v}&page=2", "https://x.example/a?{k}={v}&n=1",
    "export {k}={v}", '{k} = "{v}"', "{k}: {v}\nn: 1", '{k}: "{v}"', "<{k}>{v}</{k}>", "Config{{{k}={v}, n=1}}", "&{{{k}:{v} N:1}}", "Config {{ {k} = {v}, N = 1 }}",
    "--{k}={v}", "%{{{k}: \"{v}\"}}", "Some(Config {{ {k}: \"{v}\" }})", "failed with {k}={v}: refused", "dict({k}=u'{v}')",
    "User {{ id: 1, {k}: Some(\"{v}\") }}", 'User(id: 1, {k}: Optional("{v}"))', "{k}=SecretStr('{v}')", "MultiDict([('{k}', '{v}'), ('n', '1')])", "[(b'{k}', b'{v}')]",
    '[["{k}", "{v}"], ["n", "1"]]', "http.Header{{\"{k}\":[]string{{\"{v}\"}}}}", "['run', '--{k}', '{v}', '-n']", 'run --{k} "{v}" -n 1', "[{{'name': '{k}', 'value': '{v}'}}]",
    '<add key="{k}" value="{v}" />', 'Content-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n--x', "data=%7B%22{k}%22%3A%22{v}%22%7D",
]
NAME_KEYS = ["username", "user_name", "first_name", "lastName", "full_name", "surname", "nom_utilisateur", "display_name", "date_of_birth", "birthdate", "phone_number", "telephone",
             "street_address", "home_address", "postal_address"]
NAMES = ["Ann Lee", "jdupont", "María García", "Müller", "o'neil77", "Zoë", "1990-02-17", "12 Main Street"]

OTHER = {
    "bearer": (["Authorization: Bearer {v}", "sent Bearer {v} to the API", "curl -H 'Authorization: Bearer {v}'", "{{'Authorization': 'Bearer {v}'}}", "authorization: bearer {v}"],
               lambda m: m.pick(m.some(WORD, 40) + "1x", m.some(HEX, 64))),
    "basic": (["Authorization: Basic {v}", "sent Basic {v} again", "{{'authorization': 'Basic {v}'}}", 'header "Proxy-Authorization: Basic {v}"'],
              lambda m: base64.b64encode(f"{m.some(LOWER, 5)}:{m.password()}xyz".encode()).decode()),
    "url": (["postgres://{v}@db.internal:5432/shop", "redis://{v}@cache:6379/0", "cannot reach https://{v}@api.example/v1", "dsn='mysql://{v}@10/x'", "amqp://{v}@mq/%2f",
             "mongodb+srv://{v}@cluster0.example.net/test?retryWrites=true", "clone of https://{v}@git.example/a.git failed"],
            lambda m: m.pick(f"admin:{m.some(ALNUM, 12)}", f":{m.some(ALNUM, 20)}", f"u:{m.some(ALNUM, 6)}%40{m.some(ALNUM, 6)}")),
    "cookie": (["Cookie: {v}", "Set-Cookie: {v}", "{{'Cookie': '{v}'}}", '["Cookie", "{v}"]'], lambda m: f"sid={m.some(ALNUM, 24)}; theme={m.some(LOWER, 6)}"),
    "signed-url": (["https://b.s3.amazonaws.com/k?X-Amz-Expires=60&X-Amz-Signature={v}", "https://a.blob.core.windows.net/c?sv=2022-11-02&se=2026-01-01&sig={v}",
                    "https://storage.googleapis.com/b/o?X-Goog-Signature={v}&x=1"], lambda m: m.some(HEX, 64)),
    "azure": (["DefaultEndpointsProtocol=https;AccountName=x;AccountKey={v};EndpointSuffix=core.windows.net", "Endpoint=sb://x.servicebus.windows.net/;SharedAccessKey={v}"],
              lambda m: m.base64_of(64)),
    "connection-string": (["Server=db;Database=x;User Id=sa;Password={v};", "host=db user=x password={v} dbname=y", "jdbc:postgresql://db/x?user=a&password={v}"],
                          lambda m: m.some(ALNUM, 12)),
}

# What stays, byte for byte: what errors are full of and looks like something.
HARMLESS = {
    "uuid": lambda m: m.uuid(),
    "hash": lambda m: m.pick(m.some(HEX, 32), m.some(HEX, 40), m.some(HEX, 64), "sha256:" + m.some(HEX, 64), "sha512-" + m.base64_of(64)),
    "address": lambda m: m.pick(f"0x{m.some(HEX, 12)}", f"<Order object at 0x{m.some(HEX, 12)}>", f"#<Order:0x{m.some(HEX, 16)}>", f"com.acme.Order@{m.some(HEX, 8)}"),
    "version": lambda m: m.pick("1.2.3", "v4.18.2", "3.11.2-rc.1", "shop@1.4.2+7f3a", f"Chrome/{m.r.randint(60, 140)}.0.{m.r.randint(1000, 9999)}.{m.r.randint(1, 200)}", "Version=4.0.0.0",
                                f"rails ({m.r.randint(4, 8)}.{m.r.randint(0, 3)}.{m.r.randint(0, 9)}.{m.r.randint(1, 9)})", f"activerecord-{m.r.randint(4, 8)}.1.{m.r.randint(0, 9)}.2",
                                f"gem rack {m.r.randint(2, 3)}.{m.r.randint(0, 9)}.{m.r.randint(0, 9)}.1", f"Mozilla/5.0 Safari/605.1.15 Edg/1{m.some(DIGITS, 2)}.0.0.{m.r.randint(1, 9)}"),
    "time": lambda m: m.pick(f"2026-11-{m.r.randint(10, 28)} 10:{m.r.randint(10, 59)}:07", f"2026-11-{m.r.randint(10, 28)}T10:00:00.{m.some(DIGITS, 6)}Z", f"17{m.some(DIGITS, 8)}", f"17{m.some(DIGITS, 11)}",
                             f"10:{m.r.randint(10, 59)}:07.{m.some(DIGITS, 3)}", f"{m.r.randint(10, 28)}/11/2026", f"2026-11-{m.r.randint(10, 28)}", f"[{m.r.randint(10, 28)}/Nov/2026:10:00:07 +0000]"),
    "number": lambda m: m.pick(m.some("123456789", 1) + m.some(DIGITS, 0, 17), f"{m.some('123456789', 1)}.{m.some(DIGITS, 1, 15)}", f"-{m.some('123456789', 3)}", f"{m.some('123456789', 1)},{m.some(DIGITS, 3)}", f"{m.some('123456789', 2)}%",
                               f"{m.some('123456789', 1)}.{m.some(DIGITS, 3)}e-{m.some('123456789', 1)}", f"#{m.some('123456789', 5)}", f"{m.some('123456789', 3)}x{m.some('123456789', 3)}"),
    "code": lambda m: m.pick("std::vector<int>::push_back", "Foo::Bar#baz", "a::b::c", "app.models.Order.save", "handlePress(event)", "if (token == null) return;", "password = form.get('password')", "def login(self, password):",
                             "token = get_token()", "user.email", "const secret = process.env.SECRET", "self.session.query(Order)", "@app.route('/pay')", "fn main() -> Result<(), Error>", "getToken(): string | undefined",
                             "raise ValueError(f'bad key {key}')", "public string Password { get; set; }", "settings.SECRET_KEY", "$this->auth->token", "let api_key: Option<String> = None;"),
    "prose": lambda m: m.pick("Invalid password", "the token has expired", "Unexpected token < in JSON at position 0", "secret not found in namespace default", "password must be at least 8 characters", "Missing required header: Authorization",
                              "basic authentication is required", "bearer token is missing", "session expired after 30 minutes", "API key is required", "cookie disabled", "no such key: price", "Cannot read properties of undefined (reading 'token')",
                              "authentication failed for user", "csrf token mismatch", "login with username and password", "pin the version", "passed: 12, failed: 3", "access denied to key", "private key file not found"),
    "path": lambda m: m.pick(f"/srv/app/.venv/lib/python3.{m.r.randint(8, 13)}/site-packages/flask/app.py", "C:\\app\\src\\Main.cs:line 12", "webpack:///./src/index.js:12:34", "app:///main.jsbundle:1:48291", "node_modules/@babel/core/lib/index.js", "../a/b.rb:12:in `call'",
                             "https://cdn.example/assets/app.3f2a91bc.js:1:2345", "file:///var/task/index.mjs", "/usr/lib/x86_64-linux-gnu/libc.so.6", "jar:file:/app.jar!/BOOT-INF/classes!/", "s3://bucket/key/part-0001.parquet", "logo@2x.png", "~/.config/app/config.toml"),
    "host": lambda m: m.pick("localhost:8080", "127.0.0.1:5432", "db.internal:5432", "https://api.example.com/v1/orders?page=2&sort=asc", "redis://cache:6379/0", "postgres://db/shop", "git@github.com:acme/shop", "::1", "0.0.0.0", "user@localhost"),
    "setting": lambda m: m.pick("token_type=bearer", "max_tokens=4096", "session_timeout=30", "password_min_length=8", "csrf_enabled=true", "auth_method=oauth", "key=price", "api_key=None", "password=''", "secret=***", "token: null", "cookie_domain=.example.com",
                                "pass_rate=0.97", "tokens: 512", "access_token_expires_in=3600", "password: [Filtered]", "secret_name=db-creds", "author=me", "keyboard=qwerty", "compass: north", "primary_key=id", "sort_key=created", "cache_key=orders:17", "public_key_id=42"),
    "id": lambda m: m.pick(f"ord_{m.some(ALNUM, 10)}", f"SHOP-{m.some(DIGITS, 3)}", f"req-{m.some(HEX, 12)}", f"trace={m.some(HEX, 32)}", f"span_id={m.some(HEX, 16)}", f"i-0{m.some(HEX, 16)}", f"arn:aws:iam::{m.some(DIGITS, 12)}:role/x", f"pod/web-{m.some(HEX, 10)}-{m.some(LOWER, 5)}",
                           f"ISBN 978-{m.some(DIGITS, 10)}", f"job {m.some(DIGITS, 12)}", f"oid 1.3.6.1.4.1.{m.some(DIGITS, 5)}", f"EAN {m.some(DIGITS, 13)}", f"urn:uuid:{m.uuid()}", f"pk_live_{m.some(ALNUM, 24)}"),
    "data": lambda m: m.pick("data:image/png;base64," + m.base64_of(60), "[1, 2, 3, 4, 5, 6, 7, 8]", "rgb(12, 34, 56)", "#ff00aa", "(48.8566, 2.3522)", "1 2 3 4 5 6 7 8 9 10", "00 01 02 03 0a 0b", "M10 20L30 40 50 60", "10 20 30 40 50", "a1-b2-c3-d4", "0 0 1 1 *"),
}


def each(maker, values, carriers, sort):
    for kind, make in values.items():
        for carrier in carriers:
            for _ in range(EACH):
                value = make(maker)
                yield Item(sort, kind, carrier, carrier.format(v=value), value)


def keyed(maker, keys, make, kind, sort):
    for number, key in enumerate(keys):
        for carrier in KEYED[number % 3::3] + KEYED[(number + 1) % 3::3]:
            value = make(maker)
            yield Item(sort, kind, f"{key}|{carrier}", carrier.format(k=key, v=value), value)


def harmless(maker):
    for kind, make in HARMLESS.items():
        for carrier in CARRIERS:
            for _ in range(EACH * 2):
                text = carrier.format(v=make(maker)) if kind not in ("code", "prose", "setting") or carrier.startswith("{v}") else make(maker)
                yield Item("harmless", kind, f"{carrier}", text, "")


def items():
    maker = Maker(SEED)
    yield from each(maker, TOKENS, CARRIERS, "secret")
    yield from each(maker, PERSONAL, CARRIERS, "personal")
    yield from keyed(maker, PASSWORD_KEYS, Maker.password, "password", "secret")
    yield from keyed(maker, SECRET_KEYS, Maker.opaque, "keyed", "secret")
    yield from keyed(maker, NAME_KEYS, lambda m: m.pick(*NAMES), "name", "personal")
    for kind, (carriers, make) in OTHER.items():
        yield from each(maker, {kind: make}, carriers, "secret")
        yield from each(maker, {kind: make}, carriers, "secret")
    yield from harmless(maker)


if __name__ == "__main__":
    sys.exit(max((print(json.dumps(dataclasses.asdict(item))) or 0) for item in items() if not item.aside()))
