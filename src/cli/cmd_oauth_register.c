#include "cli/api.h"
#include "cli/commands.h"
#include "cli/input.h"
#include "cli/terminal.h"

#include <stdlib.h>

enum {
    OPT_PROJECT,
    OPT_PROVIDER,
    OPT_CLIENT_ID,
    OPT_CLIENT_SECRET,
    OPT_SECRET_STDIN,
    OPT_REDIRECT_URI,
    OPT_SCOPES,
    OPT_BASE_URL,
    OPT_FILE,
    OPT_FLOW,
    OPT_PUBLIC,
};
enum { FILE_BYTES = 256 * 1024 };

/* What the request is made of: the file's object, each member of which an option may replace. */
struct registration {
    const struct df_json *file; /* NULL without --file */
    const char *project;
    struct df_str provider;
    struct df_secret secret; /* empty: the file's */
};

static enum df_code read_file(struct df_cli *cli, const char *path, const struct df_json **ret, struct df_error *err)
{
    struct df_str text = DF_STR_NONE;
    DF_TRY(df_cli_read_file(cli, path, FILE_BYTES, NULL, &text, err));
    struct df_error why;
    if (df_json_parse(cli->arena, text, 0, ret, &why) != DF_OK)
        return df_fail(err, DF_ERR_JSON, "%s: %s", path, why.message);
    if (!df_json_is_object(*ret))
        return df_fail(err, DF_ERR_INVALID, "%s does not hold a JSON object", path);
    return DF_OK;
}

/* A public client, or one of the device flow, which needs none. */
static bool has_no_secret(const struct df_cli *cli, const struct df_json *file)
{
    struct df_str flow = cli->values[OPT_FLOW] ? df_str_c(cli->values[OPT_FLOW]) : df_json_get_str(file, "flowType");
    return cli->values[OPT_PUBLIC] || df_str_is(flow, "device");
}

/* The nearest to the user wins: an option, the variable, the file, a question. */
static enum df_code find_secret(struct df_cli *cli, const struct df_json *file, struct df_secret *ret,
                                struct df_error *err)
{
    const char *option = cli->values[OPT_CLIENT_SECRET], *from_env = getenv("DEVFLOW_CLIENT_SECRET");
    bool dash = option && strcmp(option, "-") == 0;
    if (option && cli->values[OPT_SECRET_STDIN])
        return df_fail(err, DF_ERR_INVALID, "--client-secret and --client-secret-stdin exclude each other");
    if (dash || cli->values[OPT_SECRET_STDIN])
        return df_cli_secret_stdin(cli, "client secret", ret, err);
    if (option) {
        df_cli_warn(cli,
                    DF_S("other users may see arguments in ps, and the shell keeps them; "
                         "--client-secret - reads the secret from standard input, DEVFLOW_CLIENT_SECRET may hold it"));
        *ret = df_secret_of(df_str_c(option));
    } else if (from_env && *from_env) {
        *ret = df_secret_of(df_str_c(from_env));
    } else if (!df_json_get(file, "clientSecret") && !has_no_secret(cli, file) && df_term_can_ask()) {
        DF_TRY(df_term_ask_secret(cli, "Client secret (not shown):", ret, err));
    }
    return DF_OK;
}

static enum df_code check_given(struct df_cli *cli, const struct registration *r, struct df_error *err)
{
    struct df_buf missing;
    df_buf_init(&missing, cli->arena, 200);
    if (!r->provider.n)
        df_buf_put_c(&missing, " --provider");
    if (!cli->values[OPT_CLIENT_ID] && !df_json_get(r->file, "clientId"))
        df_buf_put_c(&missing, " --client-id");
    if (df_secret_is_empty(r->secret) && !df_json_get(r->file, "clientSecret") && !has_no_secret(cli, r->file))
        df_buf_put_c(&missing, " --client-secret");
    if (missing.n)
        return df_fail(err, DF_ERR_INVALID, "oauth:register still needs%s; see: devflow help oauth:register",
                       missing.p);
    return DF_OK;
}

static void put_scopes(struct df_cli *cli, struct df_json_writer *w)
{
    char *list = df_arena_cstr(cli->arena, df_str_c(cli->values[OPT_SCOPES])), *at = NULL;
    df_json_kopen(w, "scopes", '[');
    for (char *scope = strtok_r(list, ", ", &at); scope; scope = strtok_r(NULL, ", ", &at))
        df_json_put_str(w, df_str_c(scope));
    df_json_close(w, ']');
}

static void put_option(struct df_cli *cli, struct df_json_writer *w, const char *key, int place)
{
    if (cli->values[place])
        df_json_kstr(w, key, df_str_c(cli->values[place]));
}

/* Left out, it is the callback of the API that is being talked to. */
static void put_redirect_uri(struct df_cli *cli, const struct registration *r, struct df_json_writer *w)
{
    put_option(cli, w, "redirectUri", OPT_REDIRECT_URI);
    struct df_str flow = cli->values[OPT_FLOW] ? df_str_c(cli->values[OPT_FLOW]) : df_json_get_str(r->file, "flowType");
    if (cli->values[OPT_REDIRECT_URI] || df_json_get(r->file, "redirectUri") || df_str_is(flow, "device"))
        return;
    const char *provider = df_provider_path(cli, df_arena_cstr(cli->arena, r->provider));
    df_json_kstr(w, "redirectUri",
                 df_arena_printf(cli->arena, "%.*s%.*s", DF_FMT(cli->api_url),
                                 DF_FMT(df_api_path(cli, "/auth/{}/callback", provider))));
}

static bool replaced(struct df_cli *cli, const struct registration *r, struct df_str key)
{
    return df_str_is(key, "projectId") || df_str_is(key, "provider") ||
           (df_str_is(key, "clientId") && cli->values[OPT_CLIENT_ID]) ||
           (df_str_is(key, "clientSecret") && !df_secret_is_empty(r->secret)) ||
           (df_str_is(key, "redirectUri") && cli->values[OPT_REDIRECT_URI]) ||
           (df_str_is(key, "scopes") && cli->values[OPT_SCOPES]) ||
           (df_str_is(key, "flowType") && cli->values[OPT_FLOW]) ||
           (df_str_is(key, "baseUrl") && cli->values[OPT_BASE_URL]);
}

static void put_body(struct df_cli *cli, const struct registration *r, struct df_json_writer *w)
{
    struct df_str provider = r->provider;
    char *upper = df_arena_cstr(cli->arena, provider);
    for (char *p = upper; *p; p++)
        *p = *p >= 'a' && *p <= 'z' ? (char)(*p - 32) : *p;
    df_json_kstr(w, "projectId", df_str_c(r->project));
    df_json_kstr(w, "provider", df_str_c(upper));
    put_option(cli, w, "clientId", OPT_CLIENT_ID);
    if (!df_secret_is_empty(r->secret))
        df_json_kstr(w, "clientSecret", df_secret_reveal(r->secret));
    put_redirect_uri(cli, r, w);
    put_option(cli, w, "baseUrl", OPT_BASE_URL);
    if (cli->values[OPT_SCOPES])
        put_scopes(cli, w);
    for (struct df_json_iter it = df_json_iter(r->file); df_json_next(&it);)
        if (!replaced(cli, r, it.key)) {
            df_json_key(w, it.key);
            df_json_put_value(w, it.value);
        }
    if (!r->file || cli->values[OPT_FLOW])
        df_json_kstr(w, "flowType",
                     cli->values[OPT_FLOW] ? df_str_c(cli->values[OPT_FLOW]) : DF_S("authorization_code"));
}

static void print(struct df_cli *cli, const struct registration *r, const struct df_json *answer)
{
    const struct df_json *app = df_json_get(answer, "app");
    df_buf_printf(&cli->out, "%s OAuth app registered: %.*s\n", df_symbol(cli, DF_SYM_OK),
                  DF_FMT(df_provider_title(cli, r->provider)));
    df_buf_printf(&cli->out, "   Project: %s\n", r->project);
    df_buf_printf(&cli->out, "   Client ID: %.*s\n", DF_FMT(df_term_field(cli, app, "clientId")));
    struct df_str redirect_uri = df_term_field(cli, app, "redirectUri");
    if (redirect_uri.n)
        df_buf_printf(&cli->out, "   Redirect URI: %.*s\n", DF_FMT(redirect_uri));
    df_buf_printf(&cli->out, "\nNext: devflow oauth:connect %s --project %s%s\n",
                  df_provider_path(cli, df_arena_cstr(cli->arena, r->provider)), r->project,
                  df_str_is(df_json_get_str(app, "flowType"), "device") ? " --device" : "");
}

static enum df_code run(struct df_cli *cli, struct df_error *err)
{
    struct registration r = {0};
    if (cli->values[OPT_FILE])
        DF_TRY(read_file(cli, cli->values[OPT_FILE], &r.file, err));
    r.provider = cli->values[OPT_PROVIDER] ? df_str_c(cli->values[OPT_PROVIDER]) : df_json_get_str(r.file, "provider");
    DF_TRY(find_secret(cli, r.file, &r.secret, err));
    DF_TRY(check_given(cli, &r, err));
    struct df_str of_file = df_json_get_str(r.file, "projectId");
    const char *given = cli->values[OPT_PROJECT] ? cli->values[OPT_PROJECT]
                        : of_file.n              ? df_arena_cstr(cli->arena, of_file)
                                                 : NULL;
    DF_TRY(df_cli_project(cli, given, &r.project, err));
    struct df_api_body body;
    df_api_body_init(cli, &body);
    put_body(cli, &r, &body.w);
    const struct df_json *answer;
    DF_TRY(df_api_call(cli, "POST", DF_S("/auth/apps/register"), &body, &answer, err));
    if (cli->json) {
        df_api_print(cli, answer);
        return DF_OK;
    }
    for (struct df_json_iter it = df_json_iter(df_json_get(answer, "warnings")); df_json_next(&it);)
        df_cli_warn(cli, df_json_str(it.value));
    print(cli, &r, answer);
    return DF_OK;
}

const struct df_command df_cmd_oauth_register = {
    .name = "oauth:register",
    .summary = "Register an OAuth app for a project",
    .help =
        "The app is created at the provider first (Sentry: Settings, Developer Settings, OAuth Applications); its client "
        "ID and secret are registered here. Registering again replaces them.\n"
        "On a terminal, a client secret that is left out is asked for and not shown. With --file, options replace what "
        "the file says.",
    .example = "devflow oauth:register --project shop --provider sentry --client-id 00ccd86b... \\\n"
               "    --client-secret - --scopes org:read,project:read,event:read \\\n"
               "    --redirect-uri http://localhost:3001/api/v1/auth/sentry/callback < secret.txt",
    .options = {[OPT_PROJECT] = DF_OPTION_PROJECT,
                [OPT_PROVIDER] = {"provider", "PROVIDER", "sentry, linear, ...: see devflow providers:list"},
                [OPT_CLIENT_ID] = {"client-id", "ID", "the app's client ID"},
                [OPT_CLIENT_SECRET] = {"client-secret", "SECRET", "its client secret; - reads it from standard input",
                                       .secret = true},
                [OPT_SECRET_STDIN] = {"client-secret-stdin", NULL, "the same as --client-secret -"},
                [OPT_REDIRECT_URI] = {"redirect-uri", "URL",
                                      "the callback URL, exactly as the provider has it; this API's own when left out"},
                [OPT_SCOPES] = {"scopes", "A,B,C", "what to ask for; the provider's recommended scopes when left out"},
                [OPT_BASE_URL] = {"base-url", "URL",
                                  "a server of your own, or an issuer (OIDC); the provider's when left out"},
                [OPT_FLOW] = {"flow-type", "TYPE", "authorization_code, or device for the device flow alone"},
                [OPT_PUBLIC] = {"public", NULL, "the client has no secret"},
                [OPT_FILE] = {"file", "FILE", "a JSON file with these values, as the API takes them", 'f'}},
    .run = run,
};
