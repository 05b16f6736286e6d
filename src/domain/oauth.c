#include "domain/oauth.h"

enum {
    REFRESH_BEFORE_MS = 5 * 60 * 1000,
    DAY_MS = 24 * 3600 * 1000,
    PAUSE_MIN_MS = 5 * 1000,
    PAUSE_MAX_MS = 3600 * 1000,
    ID_MAX = 63,
};

const char *df_flow_status_name(enum df_flow_status status)
{
    static const char *const names[] = {"pending", "exchanging", "completed", "failed"};
    return names[status];
}

enum df_connection_status df_connection_status(const struct df_connection *c, int64_t now_ms)
{
    bool expired = c->expires_ms && now_ms >= c->expires_ms;
    if (c->reconnect || (expired && c->sealed_refresh_token.n == 0))
        return DF_RECONNECT;
    bool under_way = c->lease_owner.n && now_ms < c->lease_until_ms;
    if (c->unanswered && (c->doubtful || !under_way))
        return DF_EXPIRED;
    return expired && c->failure_reason.n ? DF_EXPIRED : DF_CONNECTED;
}

struct df_refresh_state df_connection_refresh_state(const struct df_connection *c)
{
    return (struct df_refresh_state){
        .version = c->version,
        .epoch = c->epoch,
        .owner = c->lease_owner,
        .lease_until_ms = c->lease_until_ms,
        .unanswered = c->unanswered,
        .doubtful = c->doubtful,
        .reconnect = c->reconnect,
    };
}

void df_connection_set_refresh_state(struct df_connection *c, const struct df_refresh_state *s)
{
    c->epoch = s->epoch;
    c->lease_owner = s->owner;
    c->lease_until_ms = s->lease_until_ms;
    c->unanswered = s->unanswered;
    c->doubtful = s->doubtful;
    c->reconnect = s->reconnect;
}

const char *df_connection_status_name(enum df_connection_status status)
{
    static const char *const names[] = {"connected", "expired", "reconnect"};
    return names[status];
}

int64_t df_connection_refresh_at_ms(const struct df_connection *c)
{
    if (c->expires_ms == 0)
        return INT64_MAX;
    int64_t life = c->expires_ms - c->obtained_ms;
    int64_t before = life > 0 && life / 2 < REFRESH_BEFORE_MS ? life / 2 : REFRESH_BEFORE_MS;
    return c->expires_ms - before;
}

int64_t df_connection_due_ms(const struct df_connection *c, int64_t refresh_ttl_s, uint32_t random)
{
    int64_t life = c->expires_ms - c->obtained_ms, refresh_at = df_connection_refresh_at_ms(c);
    if (c->expires_ms == 0 || c->sealed_refresh_token.n == 0)
        return 0;
    if (refresh_ttl_s && refresh_ttl_s * 1000 < life)
        life = refresh_ttl_s * 1000;
    if (life >= DAY_MS)
        return c->obtained_ms + life / 3 * 2 - (int64_t)(random % 1000) * (life / 20) / 1000;
    int64_t spread = (refresh_at - c->obtained_ms) / 10;
    return refresh_at - (spread > 0 ? (int64_t)(random % 1000) * spread / 1000 : 0);
}

int64_t df_refresh_pause_ms(int64_t failures, uint32_t random)
{
    int64_t pause = failures > 10 ? PAUSE_MAX_MS : (int64_t)PAUSE_MIN_MS << (failures > 0 ? failures - 1 : 0);
    pause = pause < PAUSE_MAX_MS ? pause : PAUSE_MAX_MS;
    return pause - pause / 4 + (int64_t)(random % 1000) * (pause / 2) / 1000;
}

static bool id_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool df_project_id_valid(struct df_str id)
{
    if (id.n == 0 || id.n > ID_MAX || !id_start(id.p[0]))
        return false;
    for (size_t i = 1; i < id.n; i++)
        if (!id_start(id.p[i]) && !strchr("._-", id.p[i]))
            return false;
    return true;
}

struct df_str df_project_id_from_name(struct df_str name, struct df_arena *arena)
{
    struct df_buf id;
    df_buf_init(&id, arena, ID_MAX);
    for (size_t i = 0; i < name.n && id.n < ID_MAX; i++) {
        char c = name.p[i] >= 'A' && name.p[i] <= 'Z' ? (char)(name.p[i] + 32) : name.p[i];
        if (id_start(c))
            df_buf_put_char(&id, c);
        else if (id.n && id.p[id.n - 1] != '-')
            df_buf_put_char(&id, '-');
    }
    while (id.n && id.p[id.n - 1] == '-')
        df_buf_cut(&id, id.n - 1);
    return df_buf_str(&id);
}
