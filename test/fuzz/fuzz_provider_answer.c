/* What providers answer when a device flow begins, and when asked who a token speaks for: the first byte picks the provider, the
 * second the status and which of the two. */
#include "fuzz.h"

#include "provider/catalogue.h"
#include "service/device_answer.h"
#include "service/endpoints.h"

struct canned {
    struct df_http_client base;
    int status;
    struct df_str body;
};

static enum df_code give(struct df_http_client *client, const struct df_http_request *request, struct df_arena *arena,
                         struct df_http_answer *ret, struct df_error *err)
{
    const struct canned *c = (const struct canned *)client;
    (void)request;
    (void)arena;
    (void)err;
    *ret = (struct df_http_answer){.status = c->status, .body = c->body};
    return DF_OK;
}

static void who(const struct df_provider *provider, int status, struct df_str body, struct df_arena *arena)
{
    static const struct df_http_client_ops ops = {.send = give};
    struct canned client = {{&ops}, status, body};
    struct df_oauth_app app = {.base_url = DF_S("https://provider.example"), .provider = df_str_c(provider->name)};
    if (provider->discovery)
        app.endpoints = DF_S("{\"userInfo\":\"https://provider.example/me\"}");
    const struct df_endpoints at = df_endpoints_of(provider, &app, arena);
    const struct df_user_info_ask ask = {.http = &client.base,
                                         .provider = provider,
                                         .endpoints = &at,
                                         .access_token = df_secret_of(DF_S("token")),
                                         .scopes = DF_S("read:me"),
                                         .wanted = status % 2 ? DF_S("acme") : DF_STR_NONE};
    struct df_user_info info;
    struct df_error err;
    if (provider->get_user_info(&ask, arena, &info, &err) != DF_OK) {
        fuzz_check(err.message[0]);
        return;
    }
    fuzz_check(status >= 200 && status < 300);
    for (size_t i = 0; i < info.n_organizations; i++)
        fuzz_check(info.organizations[i].slug.n > 0);
}

static void device(const struct df_provider *provider, int status, struct df_str body, struct df_arena *arena)
{
    struct df_device_answer a;
    struct df_error err;
    struct df_url url;
    if (df_device_answer_read(provider, status, body, 1764000000000, arena, &a, &err) != DF_OK) {
        fuzz_check(err.message[0]);
        return;
    }
    fuzz_check(df_url_parse(a.verification_uri, arena, &url));
    fuzz_check(a.interval_s >= 1 && a.interval_s <= DF_DEVICE_INTERVAL_LIMIT_S && a.expires_ms > 1764000000000);
    fuzz_check(!memchr(a.user_code.p, 0x1B, a.user_code.n) && !memchr(a.user_code.p, '\n', a.user_code.n));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const int statuses[] = {200, 201, 400, 401, 403, 404, 429, 500};
    size_t n_rows = 0;
    if (n < 2)
        return 0;
    while (df_providers[n_rows])
        n_rows++;
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    const struct df_provider *provider = df_providers[data[0] % n_rows];
    struct df_str body = df_str_n((const char *)data + 2, n - 2);
    (data[1] & 8 ? device : who)(provider, statuses[data[1] % 8], body, arena);
    return 0;
}
