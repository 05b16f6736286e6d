/* A .env file, and what it says as settings: every fault is a sentence, and no sentence shows a secret's value. Settings that name
 * files are left out, for the fuzzer would read them. */
#include "fuzz.h"

#include "adapter/database.h"
#include "app/config.h"

#include <unistd.h>

static const char *const names[] = {"OAUTH_ENCRYPTION_KEY",
                                    "OAUTH_ENCRYPTION_KEYS_PREVIOUS",
                                    "OAUTH_ENCRYPTION_KEYS_LOST",
                                    "DATABASE_URL",
                                    "DATABASE_POOL_SIZE",
                                    "REDIS_HOST",
                                    "REDIS_PORT",
                                    "REDIS_USERNAME",
                                    "REDIS_PASSWORD",
                                    "REDIS_DB",
                                    "REDIS_TLS",
                                    "CACHE_MEMORY_MB",
                                    "PORT",
                                    "API_HOST",
                                    "API_GLOBAL_PREFIX",
                                    "API_URL",
                                    "OAUTH_ALLOW_DIRECT_CALLBACK",
                                    "WEBHOOKS_ALLOW_PRIVATE",
                                    "SENTRY_REGION_URLS",
                                    "LOG_LEVEL",
                                    "LOG_FORMAT",
                                    "HTTP_HEADER_TIMEOUT",
                                    "HTTP_BODY_TIMEOUT",
                                    "HTTP_MAX_CONNECTIONS",
                                    "HTTP_MAX_CONNECTIONS_PER_ADDRESS",
                                    "SENTRY_REQUESTS_PER_S",
                                    "SENTRY_CACHE_S",
                                    "SENTRY_CACHE_MB",
                                    "SHUTDOWN_TIMEOUT",
                                    "CORS_ORIGINS",
                                    "TRUSTED_PROXIES",
                                    "TRUSTED_PROXIES_HEADER",
                                    "RATE_LIMIT",
                                    "RATE_LIMIT_OAUTH",
                                    "RATE_LIMIT_OAUTH_PER_KEY",
                                    "RATE_LIMIT_PER_KEY",
                                    NULL};
enum { SECRET_BYTES = 12 }; /* shorter ones, or ones without a tilde, may be part of any sentence */

/* In the arena: setenv would keep every value for ever. */
static struct df_str put_in_environment(const struct df_env_pair *pairs, size_t n, struct df_arena *arena)
{
    struct df_str password = DF_STR_NONE;
    char **to = DF_NEW_ARRAY(arena, char *, n + 1);
    size_t n_set = 0;
    for (size_t i = 0; i < n; i++) {
        size_t k = 0;
        while (names[k] && !df_str_is(pairs[i].name, names[k]))
            k++;
        if (!names[k] || df_str_find_char(pairs[i].value, '\0') >= 0)
            continue;
        struct df_str line = df_arena_printf(arena, "%s=%.*s", names[k], DF_FMT(pairs[i].value));
        to[n_set++] = (char *)(uintptr_t)line.p;
    }
    environ = to;
    const char *set = getenv("REDIS_PASSWORD");
    if (set)
        password = df_str_trim(df_arena_dup(arena, df_str_c(set)));
    return password.n >= SECRET_BYTES && df_str_find_char(password, '~') >= 0 ? password : DF_STR_NONE;
}

static void load(struct df_str password, struct df_arena *arena)
{
    struct df_config config;
    struct df_config_report report;
    bool good = df_config_load(arena, &config, &report);
    fuzz_check(good == (report.n_faults == 0));
    for (size_t i = 0; i < report.n_faults; i++)
        fuzz_check(report.faults[i].n > 0 && (!password.n || df_str_find(report.faults[i], password) < 0));
    for (size_t i = 0; i < report.n_settings && password.n; i++)
        if (strcmp(report.settings[i].name, "REDIS_PASSWORD") == 0)
            fuzz_check(df_str_find(report.settings[i].shown, password) < 0);
    fuzz_check(!getenv("REDIS_PASSWORD") && !getenv("OAUTH_ENCRYPTION_KEY"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    struct df_str text = df_str_n((const char *)data, n);
    struct df_env_pair *pairs;
    struct df_error err = {0};
    size_t n_pairs;
    unsigned line;
    if (df_database_url_check(text, &err) != DF_OK)
        fuzz_check(err.message[0]);
    bool whole = df_env_parse(text, arena, &pairs, &n_pairs, &line);
    fuzz_check(whole || line > 0);
    for (size_t i = 0; i < n_pairs; i++)
        fuzz_check(pairs[i].name.n > 0 && pairs[i].value.n <= n);
    char **before = environ;
    load(put_in_environment(pairs, n_pairs, arena), arena);
    environ = before;
    return 0;
}
