#include "domain/webhook.h"

static const char *const events_known[] = {DF_EVENT_CONNECTED, DF_EVENT_REFRESHED, DF_EVENT_FAILING, DF_EVENT_RECONNECT,
                                           DF_EVENT_DISCONNECTED};
enum { N_EVENTS = sizeof events_known / sizeof *events_known };

const char *df_delivery_status_name(enum df_delivery_status status)
{
    static const char *const names[] = {"pending", "delivered", "given_up"};
    return names[status];
}

static bool known(struct df_str event)
{
    for (size_t i = 0; i < N_EVENTS; i++)
        if (df_str_is(event, events_known[i]))
            return true;
    return false;
}

enum df_code df_webhook_events_check(const struct df_str *events, size_t n, struct df_error *err)
{
    for (size_t i = 0; i < n; i++)
        if (!known(events[i]))
            return df_fail(err, DF_ERR_INVALID,
                           "%.*s is no event. There are: " DF_EVENT_CONNECTED ", " DF_EVENT_REFRESHED
                           ", " DF_EVENT_FAILING ", " DF_EVENT_RECONNECT ", " DF_EVENT_DISCONNECTED,
                           DF_FMT(df_str_head(events[i], 64)));
    return DF_OK;
}

int64_t df_webhook_pause_ms(int64_t attempts, uint32_t random)
{
    static const int64_t pauses_s[] = {5,        30,       120,       600,       1800,      3600,     7200,
                                       3600 * 4, 3600 * 8, 3600 * 12, 3600 * 12, 3600 * 12, 3600 * 12};
    if (attempts < 1 || (size_t)attempts > sizeof pauses_s / sizeof *pauses_s)
        return attempts < 1 ? 0 : -1;
    int64_t pause = pauses_s[attempts - 1] * 1000;
    return pause - pause / 10 + (int64_t)(random % 1000) * (pause / 5) / 1000;
}
