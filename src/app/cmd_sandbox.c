#include "app/app.h"
#include "app/signals.h"
#include "base/json.h"
#include "cli/terminal.h"
#include "sandbox/sandbox.h"

enum { POST_MS = 10 * 1000 };
enum {
    PORT,
    CLIENT_ID,
    CLIENT_SECRET,
    REDIRECT_URI,
    ORG,
    PROJECT,
    ORGANIZATIONS,
    TOKEN_TTL,
    WEBHOOK_URL,
    WEBHOOK_SECRET
};

static enum df_code read_number(const char *text, const char *name, long long otherwise, long long *ret,
                                struct df_error *err)
{
    unsigned long long n;
    *ret = otherwise;
    if (!text)
        return DF_OK;
    if (!df_str_to_u64(df_str_c(text), &n) || n > INT32_MAX)
        return df_fail(err, DF_ERR_INVALID, "--%s takes a number", name);
    *ret = (long long)n;
    return DF_OK;
}

static int post(void *arg, struct df_str url, const struct df_param *headers, size_t n_headers, struct df_str body,
                struct df_arena *arena, struct df_error *err)
{
    struct df_http_client *http = arg;
    struct df_http_answer answer;
    const struct df_http_request request = {
        .method = "POST",
        .url = url,
        .headers = headers,
        .n_headers = n_headers,
        .body = df_secret_of(body),
        .content_type = DF_S("application/json"),
        .timeout_ms = POST_MS,
    };
    return http->ops->send(http, &request, arena, &answer, err) == DF_OK ? answer.status : 0;
}

static enum df_code read_config(const struct df_cli *cli, struct df_sandbox_config *ret, struct df_error *err)
{
    long long port, organizations;
    DF_TRY(read_number(cli->values[PORT], "port", DF_SANDBOX_PORT, &port, err));
    DF_TRY(read_number(cli->values[TOKEN_TTL], "token-ttl", 0, &ret->token_ttl_s, err));
    if (cli->values[TOKEN_TTL] && ret->token_ttl_s == 0)
        return df_fail(err, DF_ERR_INVALID, "--token-ttl takes a number of seconds, at least 1");
    DF_TRY(read_number(cli->values[ORGANIZATIONS], "organizations", 1, &organizations, err));
    if (organizations > 1)
        return df_fail(err, DF_ERR_INVALID, "--organizations takes 0 or 1");
    ret->no_organizations = organizations == 0;
    if (port > 65535)
        return df_fail(err, DF_ERR_INVALID, "--port takes a number up to 65535");
    ret->port = (int)port;
    ret->client_id = cli->values[CLIENT_ID];
    ret->client_secret = cli->values[CLIENT_SECRET];
    ret->redirect_uri = cli->values[REDIRECT_URI];
    ret->organization = cli->values[ORG];
    ret->project = cli->values[PROJECT];
    ret->webhook_url = cli->values[WEBHOOK_URL];
    ret->webhook_secret = cli->values[WEBHOOK_SECRET];
    ret->post = post;
    ret->post_arg = cli->http;
    return DF_OK;
}

static void show_json(struct df_cli *cli, const struct df_sandbox_facts *facts)
{
    struct df_json_writer w;
    df_json_writer_init(&w, &cli->out, 0);
    df_json_open(&w, '{');
    df_json_kstr(&w, "url", df_str_c(facts->url));
    df_json_kstr(&w, "dsn", df_str_c(facts->dsn));
    df_json_kstr(&w, "clientId", df_str_c(facts->client_id));
    df_json_kstr(&w, "clientSecret", df_str_c(facts->client_secret));
    df_json_kstr(&w, "redirectUri", df_str_c(facts->redirect_uri));
    df_json_kstr(&w, "organization", df_str_c(facts->organization));
    df_json_kstr(&w, "project", df_str_c(facts->project));
    df_json_kstr(&w, "linearUrl", df_str_c(facts->linear_url));
    df_json_kstr(&w, "linearRedirectUri", df_str_c(facts->linear_redirect_uri));
    df_json_kstr(&w, "linearApiKey", df_str_c(facts->linear_api_key));
    df_json_kstr(&w, "webhookSecret", df_str_c(facts->webhook_secret));
    df_json_close(&w, '}');
    df_buf_put_char(&cli->out, '\n');
}

static void show_text(struct df_cli *cli, const struct df_sandbox_facts *facts)
{
    df_buf_printf(&cli->out,
                  "A local Sentry is listening; it keeps everything in memory.\n\n"
                  "  URL            %s\n"
                  "  DSN            %s\n"
                  "  Client ID      %s\n"
                  "  Client secret  %s\n"
                  "  Redirect URI   %s\n"
                  "  Organization   %s\n"
                  "  Project        %s\n"
                  "  Linear         %s (callback %s)\n"
                  "  Webhook secret %s\n\n",
                  facts->url, facts->dsn, facts->client_id, facts->client_secret, facts->redirect_uri,
                  facts->organization, facts->project, facts->linear_url, facts->linear_redirect_uri,
                  facts->webhook_secret);
    df_buf_printf(&cli->out,
                  "Send it an error from any Sentry SDK: sentry_sdk.init(dsn=\"%s\")\n"
                  "Then connect a project to it:\n\n"
                  "  devflow oauth:register --project ID --provider sentry --base-url %s \\\n"
                  "    --client-id %s \\\n"
                  "    --client-secret %s \\\n"
                  "    --redirect-uri %s\n"
                  "  devflow oauth:connect sentry --project ID\n\n"
                  "Ctrl-C stops it.\n",
                  facts->dsn, facts->url, facts->client_id, facts->client_secret, facts->redirect_uri);
}

static enum df_code run(struct df_cli *cli, struct df_error *err)
{
    struct df_sandbox_config config = {0};
    struct df_sandbox *sandbox;
    DF_TRY(read_config(cli, &config, err));
    df_signals_hold();
    DF_TRY(df_sandbox_start(&config, &sandbox, err));
    struct df_sandbox_facts facts = df_sandbox_facts(sandbox);
    (cli->json ? show_json : show_text)(cli, &facts);
    enum df_code code = df_cli_flush(cli, err);
    if (code == DF_OK)
        df_signals_wait();
    df_sandbox_stop(sandbox);
    return code;
}

const struct df_command df_cmd_sandbox = {
    .name = "sandbox",
    .summary = "Run a local Sentry to develop against",
    .help =
        "Takes events from real Sentry SDKs, groups them into issues, and serves Sentry's OAuth and API on loopback, in "
        "memory. Prints its URL, DSN and OAuth application. Everything is gone when it stops.",
    .example = "devflow sandbox --port 9009",
    .options =
        {
            [PORT] = {"port", "N", "port to listen on; 0 takes a free one (default 9009)", 0},
            [CLIENT_ID] = {"client-id", "ID", "client ID of the OAuth application (default: random)", 0},
            [CLIENT_SECRET] = {"client-secret", "SECRET", "client secret (default: random)", 0, true},
            [REDIRECT_URI] = {"redirect-uri", "URI", "registered callback (default " DF_SANDBOX_REDIRECT_URI ")", 0},
            [ORG] = {"org", "SLUG", "organization (default sandbox)", 0},
            [PROJECT] = {"project", "SLUG", "project (default shop)", 0},
            [ORGANIZATIONS] = {"organizations", "N", "how many the user belongs to, 0 or 1 (default 1)", 0},
            [TOKEN_TTL] = {"token-ttl", "SECONDS", "lifetime of access tokens (default 30 days)", 0},
            [WEBHOOK_URL] = {"webhook-url", "URL", "where its internal integration sends to (default: nowhere)", 0},
            [WEBHOOK_SECRET] = {"webhook-secret", "KEY", "what it signs with (default: random)", 0, true},
        },
    .run = run,
};
