#include "adapter/database.h"
#include "adapter/system_clock.h"
#include "app/app.h"
#include "app/settings_database.h"
#include "base/time.h"
#include "base/wait.h"
#include "cli/api.h"
#include "cli/terminal.h"
#include "domain/audit.h"
#include "service/api_keys.h"

enum { OPT_ROLE, OPT_NAME, OPT_EXPIRES, OPT_ALLOW };
enum { REVOKE_YES };
enum { ROTATE_OVERLAP };
enum { START_MS = 3000, START_PAUSE_MS = 50 };

/* The keys, wherever they are reached: on the database itself, or through the `devflow serve` that holds its file. */
struct place {
    struct df_devflow d; /* no store: through the API */
};

/* One that is starting will say in a moment where it serves. */
static bool served(struct df_str url, struct df_arena *arena, struct df_str *ret_at)
{
    int64_t until_ms = df_monotonic_ms() + START_MS;
    while (df_database_served(url, arena, ret_at)) {
        if (ret_at->n || df_monotonic_ms() >= until_ms)
            return true;
        df_sleep_ms(START_PAUSE_MS);
    }
    return false;
}

static enum df_code open_place(struct df_cli *cli, struct place *ret, struct df_error *err)
{
    struct df_str url = DF_STR_NONE, shown = DF_STR_NONE, served_at;
    *ret = (struct place){.d = {.store = NULL}};
    DF_TRY(df_settings_database(cli, &url, &shown, err));
    if (served(url, cli->arena, &served_at)) {
        if (!served_at.n)
            return df_fail(err, DF_ERR_CONFIG, "the database %.*s is in use by another devflow: wait until it is done",
                           DF_FMT(shown));
        cli->api_url = served_at;
        return DF_OK;
    }
    return df_database_open(url, 1, &ret->d.store, &ret->d.clock, err);
}

static void close_place(const struct place *place)
{
    if (place->d.store)
        place->d.store->ops->close(place->d.store);
}

/* The audit log says what a server would have said. */
static const struct df_devflow *noting(struct df_cli *cli, const struct place *place, const char *action)
{
    struct df_audit_entry *entry = DF_NEW(cli->arena, struct df_audit_entry);
    *entry = (struct df_audit_entry){.actor = DF_S("cli"), .action = df_str_c(action), .result = DF_S("ok")};
    return df_devflow_noting(&place->d, entry, cli->arena);
}

/* What the API would have answered. */
static enum df_code as_answer(struct df_cli *cli, const struct place *place, const struct df_api_key *keys, size_t n,
                              struct df_secret secret, const struct df_json **ret, struct df_error *err)
{
    struct df_buf text;
    struct df_json_writer w;
    df_buf_init(&text, cli->arena, 16 * 1024 * 1024);
    df_json_writer_init(&w, &text, 0);
    bool one = !df_secret_is_empty(secret);
    if (!one) {
        df_json_open(&w, '{');
        df_json_kopen(&w, "apiKeys", '[');
    }
    for (size_t i = 0; i < n; i++)
        df_api_put_api_key(&w, &keys[i], secret, df_now_ms(place->d.clock), cli->arena);
    if (!one) {
        df_json_close(&w, ']');
        df_json_close(&w, '}');
    }
    return df_json_parse(cli->arena, df_buf_str(&text), 0, ret, err);
}

static bool parse_duration(struct df_str text, int64_t *ret_s)
{
    static const struct {
        char unit;
        int64_t s;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
    unsigned long long n;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (text.n > 1 && text.p[text.n - 1] == units[i].unit && df_str_to_u64(df_str_n(text.p, text.n - 1), &n) &&
            n <= 100 * 366ULL * 86400 / (unsigned long long)units[i].s) {
            *ret_s = (int64_t)n * units[i].s;
            return true;
        }
    return df_str_is(text, "0") ? (*ret_s = 0, true) : false;
}

static enum df_code read_expiry(struct df_cli *cli, int64_t now_ms, int64_t *ret_ms, struct df_error *err)
{
    int64_t s;
    struct df_str text = df_str_c(cli->values[OPT_EXPIRES]);
    *ret_ms = 0;
    if (!text.n)
        return DF_OK;
    if (parse_duration(text, &s))
        *ret_ms = now_ms + s * 1000;
    else if (!df_time_parse(text.n == 10 ? df_arena_printf(cli->arena, "%.*sT00:00:00Z", DF_FMT(text)) : text, ret_ms))
        return df_fail(err, DF_ERR_INVALID,
                       "--expires \"%.40s\" is neither a time from now (90d, 12h) nor a date (2027-01-31)", text.p);
    return DF_OK;
}

static int64_t now_of(const struct place *place)
{
    return df_now_ms(place->d.store ? place->d.clock : &df_system_clock);
}

static enum df_code create_at(struct df_cli *cli, const struct place *place, const struct df_api_key_wish *wish,
                              const struct df_json **ret, struct df_error *err)
{
    struct df_api_key key;
    struct df_secret secret;
    if (place->d.store) {
        DF_TRY(df_api_keys_create(noting(cli, place, "apikey.create"), wish, cli->arena, &key, &secret, err));
        return as_answer(cli, place, &key, 1, secret, ret, err);
    }
    struct df_api_body body;
    df_api_body_init(cli, &body);
    df_json_kstr(&body.w, "role", wish->role);
    if (wish->name.n)
        df_json_kstr(&body.w, "name", wish->name);
    if (wish->expires_ms)
        df_json_kstr(&body.w, "expiresAt", df_time_format(wish->expires_ms, cli->arena));
    df_api_put_permissions(&body.w, wish->permissions);
    return df_api_call(cli, "POST", DF_S("/apikeys"), &body, ret, err);
}

static struct df_str role_text(struct df_cli *cli, const struct df_json *key)
{
    struct df_str project = df_term_field(cli, key, "projectId"), role = df_term_field(cli, key, "role");
    return project.n ? df_arena_printf(cli->arena, "%.*s:%.*s", DF_FMT(role), DF_FMT(project)) : role;
}

static void show_new(struct df_cli *cli, const struct df_json *key)
{
    if (cli->json) {
        df_api_print(cli, key);
        return;
    }
    struct df_str expires = df_term_field(cli, key, "expiresAt");
    df_buf_printf(&cli->out, "%s API key %.*s, role %.*s%s%.*s\n   Key (shown this once): %.*s\n",
                  df_symbol(cli, DF_SYM_KEY), DF_FMT(df_term_field(cli, key, "id")), DF_FMT(role_text(cli, key)),
                  expires.n ? ", until " : "", DF_FMT(expires), DF_FMT(df_term_field(cli, key, "key")));
}

static enum df_code read_wish(struct df_cli *cli, const struct place *place, struct df_api_key_wish *ret,
                              struct df_error *err)
{
    *ret = (struct df_api_key_wish){.name = df_str_c(cli->values[OPT_NAME]), .role = df_str_c(cli->values[OPT_ROLE])};
    if (!ret->role.n)
        return df_fail(err, DF_ERR_INVALID, "--role is missing: admin, project:ID or read");
    if (!df_permissions_parse(df_str_c(cli->values[OPT_ALLOW]), &ret->permissions))
        return df_fail(err, DF_ERR_INVALID, "--allow takes tokens, proxy, or both with a comma");
    return read_expiry(cli, now_of(place), &ret->expires_ms, err);
}

static enum df_code create(struct df_cli *cli, struct df_error *err)
{
    struct place place;
    struct df_api_key_wish wish;
    const struct df_json *key = NULL;
    DF_TRY(open_place(cli, &place, err));
    enum df_code code = read_wish(cli, &place, &wish, err);
    if (code == DF_OK)
        code = create_at(cli, &place, &wish, &key, err);
    close_place(&place);
    if (code == DF_OK)
        show_new(cli, key);
    return code;
}

static enum df_code list_at(struct df_cli *cli, const struct place *place, const struct df_json **ret,
                            struct df_error *err)
{
    struct df_api_key *keys;
    size_t n;
    if (!place->d.store)
        return df_api_call(cli, "GET", DF_S("/apikeys"), NULL, ret, err);
    DF_TRY(place->d.store->ops->apikey_list(place->d.store, cli->arena, &keys, &n, err));
    return as_answer(cli, place, keys, n, DF_SECRET_NONE, ret, err);
}

static struct df_str allowed(struct df_cli *cli, const struct df_json *key)
{
    struct df_buf out;
    df_buf_init(&out, cli->arena, 100);
    for (struct df_json_iter it = df_json_iter(df_json_get(key, "allow")); df_json_next(&it);)
        df_buf_printf(&out, "%s%.*s", out.n ? "," : "",
                      DF_FMT(df_term_clean(df_json_str(it.value), false, cli->arena)));
    return df_buf_str(&out);
}

static void show_list(struct df_cli *cli, const struct df_json *answer)
{
    struct df_table table = {.heads = {"ID", "ROLE", "ALLOW", "STATUS", "LAST USED", "EXPIRES", "NAME", NULL}};
    for (struct df_json_iter it = df_json_iter(df_json_get(answer, "apiKeys")); df_json_next(&it);) {
        struct df_str used = df_term_age(df_json_get_str(it.value, "lastUsedAt"), cli->arena);
        struct df_str expires = df_term_age(df_json_get_str(it.value, "expiresAt"), cli->arena);
        df_table_row(cli, &table,
                     (struct df_str[]){df_term_field(cli, it.value, "id"), role_text(cli, it.value),
                                       allowed(cli, it.value), df_term_field(cli, it.value, "status"),
                                       used.n ? used : DF_S("never"), expires.n ? expires : DF_S("never"),
                                       df_term_field(cli, it.value, "name")});
    }
    if (table.n_cells == 0)
        df_buf_put_c(&cli->out, "No API keys\nUse \"devflow apikey:create --role admin\" to make one\n");
    else
        df_table_print(cli, &table);
}

static enum df_code list(struct df_cli *cli, struct df_error *err)
{
    struct place place;
    const struct df_json *answer = NULL;
    DF_TRY(open_place(cli, &place, err));
    enum df_code code = list_at(cli, &place, &answer, err);
    close_place(&place);
    if (code == DF_OK && cli->json)
        df_api_print(cli, answer);
    else if (code == DF_OK)
        show_list(cli, answer);
    return code;
}

static enum df_code revoke(struct df_cli *cli, struct df_error *err)
{
    struct place place;
    const struct df_json *none;
    const char *id = cli->args[0];
    if (!cli->values[REVOKE_YES])
        DF_TRY(df_term_confirm(cli, df_arena_printf(cli->arena, "Revoke API key %s at once? [y/N]", id).p, err));
    DF_TRY(open_place(cli, &place, err));
    enum df_code code = place.d.store
                            ? df_api_keys_revoke(noting(cli, &place, "apikey.revoke"), df_str_c(id), err)
                            : df_api_call(cli, "DELETE", df_api_path(cli, "/apikeys/{}", id), NULL, &none, err);
    close_place(&place);
    DF_TRY(code);
    if (cli->json)
        df_buf_put_c(&cli->out, "{}\n");
    else
        df_buf_printf(&cli->out, "%s API key revoked: %s\n", df_symbol(cli, DF_SYM_OK), id);
    return DF_OK;
}

static enum df_code rotate_at(struct df_cli *cli, const struct place *place, int64_t overlap_s,
                              const struct df_json **ret, struct df_error *err)
{
    struct df_api_key key;
    struct df_secret secret;
    if (place->d.store) {
        DF_TRY(df_api_keys_rotate(noting(cli, place, "apikey.rotate"), df_str_c(cli->args[0]), overlap_s, cli->arena,
                                  &key, &secret, err));
        return as_answer(cli, place, &key, 1, secret, ret, err);
    }
    struct df_api_body body;
    df_api_body_init(cli, &body);
    df_json_kint(&body.w, "overlapSeconds", overlap_s);
    return df_api_call(cli, "POST", df_api_path(cli, "/apikeys/{}/rotate", cli->args[0]), &body, ret, err);
}

static enum df_code rotate(struct df_cli *cli, struct df_error *err)
{
    struct place place;
    const struct df_json *key = NULL;
    int64_t overlap_s = DF_API_KEY_OVERLAP_S;
    const char *given = cli->values[ROTATE_OVERLAP];
    if (given && !parse_duration(df_str_c(given), &overlap_s))
        return df_fail(err, DF_ERR_INVALID, "--overlap \"%.40s\" is no time such as 24h, 30m or 0", given);
    DF_TRY(open_place(cli, &place, err));
    enum df_code code = rotate_at(cli, &place, overlap_s, &key, err);
    close_place(&place);
    if (code == DF_OK)
        show_new(cli, key);
    return code;
}

#define WHERE                                                                                               \
    " Works on DATABASE_URL itself, also before the first start; where a running `devflow serve` holds an " \
    "SQLite file, through that server, with an admin key or its local one."
#define ONE_KEY .args = "ID", .min_args = 1, .max_args = 1

const struct df_command df_cmd_apikey_create = {
    .name = "apikey:create",
    .summary = "Make an API key",
    .help =
        "Prints the key once; the database keeps its hash alone. An admin may do everything; a key of a project reads and "
        "writes that project and sees no other; read reads all projects. Access tokens and the proxy are for an admin, and for "
        "whom --allow says." WHERE,
    .example = "devflow apikey:create --role project:shop --allow tokens --expires 90d",
    .options = {[OPT_ROLE] = {"role", "ROLE", "admin, project:ID or read"},
                [OPT_NAME] = {"name", "TEXT", "what it is for"},
                [OPT_EXPIRES] = {"expires", "WHEN", "90d, 12h or 2027-01-31 (default: never)"},
                [OPT_ALLOW] = {"allow", "WHAT", "tokens, proxy, or tokens,proxy"}},
    .run = create,
};

const struct df_command df_cmd_apikey_list = {
    .name = "apikey:list",
    .summary = "List the API keys",
    .help = "Shows their ids, never the keys; last use to the minute." WHERE,
    .example = "devflow apikey:list",
    .run = list,
};

const struct df_command df_cmd_apikey_revoke = {
    .name = "apikey:revoke",
    ONE_KEY,
    .summary = "End an API key at once",
    .help = "Asks first. Other nodes on the same PostgreSQL know within milliseconds, 5 s at the latest." WHERE,
    .example = "devflow apikey:revoke 0a1b2c3d4e5f --yes",
    .options = {[REVOKE_YES] = {"yes", NULL, "do not ask", 'y'}},
    .run = revoke,
};

const struct df_command df_cmd_apikey_rotate = {
    .name = "apikey:rotate",
    ONE_KEY,
    .summary = "Replace an API key; the old one holds a while longer",
    .help =
        "Makes a key with the same rights and lifetime and prints it once. The old one ends after the overlap." WHERE,
    .example = "devflow apikey:rotate 0a1b2c3d4e5f --overlap 24h",
    .options = {[ROTATE_OVERLAP] = {"overlap", "TIME", "how long the old key still holds (default: 24h)"}},
    .run = rotate,
};
