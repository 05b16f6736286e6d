/* A cached token as another release, or a damaged cache, may hold it: the bytes are sealed in the token's place, so that they are
 * opened, and then read. */
#include "fuzz.h"

#include "adapter/memory_cache.h"
#include "provider/catalogue.h"
#include "service/connection.h"
#include "service/token_cache.h"

static int64_t now(const struct df_clock *clock)
{
    (void)clock;
    return 1764000000000;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const struct df_clock clock = {now};
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    struct df_devflow d = {.clock = &clock, .cache = df_memory_cache_new(&clock, 1 << 20), .keys = {.n = 1}};
    struct df_str project = DF_S("shop"), name = df_str_c(df_provider_sentry.name);
    struct df_str plain = df_str_n((const char *)data, n);
    struct df_str sealed = df_sealed(&d, project, name, "cache", df_secret_of(plain), arena);
    struct df_cached_token token;
    d.cache->ops->put(d.cache, df_connection_key(project, name, arena), sealed, 60000);
    if (df_token_cache_get(&d, project, &df_provider_sentry, arena, &token)) {
        struct df_str secret = df_secret_reveal(token.token.access_token);
        size_t read = token.token.token_type.n + token.token.scopes.n + token.lane.n + secret.n;
        fuzz_check(read < n && (!token.token.expires_ms || token.token.expires_ms > now(&clock)));
        volatile unsigned char sum = 0; /* each byte is there */
        for (size_t i = 0; i < secret.n; i++)
            sum = (unsigned char)(sum + (unsigned char)secret.p[i]);
    }
    d.cache->ops->free(d.cache);
    return 0;
}
