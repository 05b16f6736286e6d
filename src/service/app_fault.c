#include "service/app_fault.h"
#include "service/client_auth.h"

enum { PAUSE_MIN_MS = 3600 * 1000, DOUBLINGS = 4, TRIAL_MS = 60 * 1000 };

/* The same application: other projects may have registered its client ID with another secret, which works. */
static size_t same_apps(const struct df_devflow *d, const struct df_oauth_app *app, struct df_arena *arena,
                        struct df_oauth_app **ret)
{
    struct df_secret secret, other;
    size_t n, same = 0;
    if (d->store->ops->app_list_client(d->store, app, arena, ret, &n, NULL) != DF_OK ||
        df_app_secret(d, app, arena, &secret, NULL) != DF_OK)
        return 0;
    for (size_t i = 0; i < n; i++)
        if (df_app_secret(d, &(*ret)[i], arena, &other, NULL) == DF_OK &&
            df_equal_constant_time(df_secret_reveal(secret), df_secret_reveal(other)))
            (*ret)[same++] = (*ret)[i];
    return same;
}

static bool set(const struct df_devflow *d, const struct df_oauth_app *app, const struct df_oauth_app *as)
{
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    struct df_oauth_app *apps;
    bool news = false;
    size_t n = same_apps(d, app, arena, &apps);
    if (d->store->ops->app_set_fault(d->store, apps, n, as, &news, NULL) != DF_OK)
        return false;
    return news;
}

enum df_code df_app_fault_check(const struct df_devflow *d, const struct df_oauth_app *app, struct df_error *err)
{
    int64_t now = df_now_ms(d->clock);
    if (app->fault.n == 0)
        return DF_OK;
    if (now >= app->fault_retry_ms) {
        struct df_oauth_app trial = *app;
        trial.fault_retry_ms = now + TRIAL_MS;
        (void)set(d, app, &trial);
        return DF_OK;
    }
    (void)df_fail(err, DF_ERR_CLIENT_CREDENTIALS, "%.*s", DF_FMT(app->fault));
    if (err)
        err->retry_after_s = (int)((app->fault_retry_ms - now + 999) / 1000);
    return DF_ERR_CLIENT_CREDENTIALS;
}

void df_app_fault_note(const struct df_devflow *d, const struct df_oauth_app *app, struct df_str reason, bool *ret_news,
                       int64_t *ret_retry_ms)
{
    struct df_oauth_app as = *app;
    int64_t now = df_now_ms(d->clock);
    as.fault = reason;
    as.fault_ms = app->fault_ms ? app->fault_ms : now;
    as.fault_retry_ms = now + ((int64_t)PAUSE_MIN_MS << (app->fault_times < DOUBLINGS ? app->fault_times : DOUBLINGS));
    as.fault_times = app->fault_times + 1;
    *ret_retry_ms = as.fault_retry_ms;
    *ret_news = set(d, app, &as);
}

void df_app_fault_clear(const struct df_devflow *d, const struct df_oauth_app *app)
{
    struct df_oauth_app none = {.fault_ms = df_now_ms(d->clock)};
    if (app->fault.n)
        (void)set(d, app, &none);
}
