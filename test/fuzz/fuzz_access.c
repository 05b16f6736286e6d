/* Who asks and what they may do, in words: addresses and networks, the headers of proxies, origins, roles, permissions, rates. The first
 * line is a setting, the others are header values. */
#include "fuzz.h"

#include "base/url.h"
#include "domain/access.h"
#include "domain/audit.h"
#include "domain/context.h"
#include "domain/forwarded.h"
#include "domain/token_bucket.h"
#include "http/cors.h"

enum { VALUES = 8 };

static void networks(struct df_str text, const struct df_str *values, size_t n)
{
    static const uint8_t peer[16] = {[10] = 0xFF, [11] = 0xFF, [12] = 127, [15] = 1};
    struct df_trusted_proxies proxies = {.n = 0};
    struct df_network network;
    uint8_t address[16], client[16];
    if (df_address_parse(text, address))
        fuzz_check(df_network_parse(text, &network) && df_network_has(&network, address));
    if (df_network_parse(text, &network))
        fuzz_check(network.bits <= 128 && df_network_has(&network, network.bytes));
    if (!df_trusted_proxies_parse(text, &proxies))
        return;
    fuzz_check(proxies.n <= DF_TRUSTED_PROXIES);
    for (int i = 0; i < 2; i++) {
        proxies.rfc7239 = i;
        df_forwarded_client(&proxies, peer, values, n, client);
        if (!df_is_trusted_proxy(&proxies, peer))
            fuzz_check(memcmp(client, peer, sizeof peer) == 0);
    }
}

static void origins(struct df_str text, struct df_str origin, struct df_arena *arena)
{
    struct df_str rest = text, one;
    struct df_url url;
    if (!df_cors_origins_check(text, arena))
        return;
    while (df_str_split(&rest, ',', &one))
        if (df_str_trim(one).n)
            fuzz_check(df_url_parse(df_str_trim(one), arena, &url) && !url.user.n && !url.query.n && !url.fragment.n);
    fuzz_check(!df_cors_allows(text, origin) || df_url_parse(origin, arena, &url));
    fuzz_check(!df_cors_allows(text, DF_S("*")) && !df_cors_allows(text, DF_S("null")));
}

static void words(struct df_str text)
{
    enum df_context_preset preset;
    enum df_context_lang lang;
    enum df_role role;
    struct df_audit_check anchor = {0};
    struct df_str project = DF_STR_NONE;
    struct df_rate rate;
    int64_t permissions, full_us = 0;
    if (df_role_parse(text, &role, &project))
        fuzz_check((role == DF_ROLE_PROJECT) == (project.n > 0) && df_role_name(role));
    (void)df_audit_anchor_parse(text, &anchor);
    (void)df_permissions_parse(text, &permissions);
    (void)df_context_preset_parse(text, &preset);
    (void)df_context_lang_parse(text, &lang);
    if (df_rate_parse(text, &rate) && rate.quota > 0) {
        fuzz_check(rate.window_s > 0);
        bool taken = df_bucket_take(&full_us, &rate, 1, 1764000000000000);
        fuzz_check(taken && df_bucket_wait_us(full_us, &rate, 1, 1764000000000000) >= 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    struct df_str rest = df_str_n((const char *)data, n), setting = DF_STR_NONE, values[VALUES];
    size_t n_values = 0;
    df_str_split(&rest, '\n', &setting);
    while (n_values < VALUES && df_str_split(&rest, '\n', &values[n_values]))
        n_values++;
    networks(setting, values, n_values);
    origins(setting, n_values ? values[0] : DF_STR_NONE, arena);
    words(setting);
    return 0;
}
