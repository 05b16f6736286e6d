#include "domain/refresh.h"

static void give_back(struct df_refresh_state *s)
{
    s->owner = DF_STR_NONE;
    s->lease_until_ms = 0;
    s->doubtful = false;
}

enum df_refresh_step df_refresh_begin(const struct df_refresh_state *s, int64_t version, struct df_str node,
                                      int64_t now_ms, int64_t lease_ms, struct df_refresh_state *ret_next)
{
    if (s->reconnect)
        return DF_REFRESH_LOST;
    if (s->version != version)
        return DF_REFRESH_DONE;
    if (s->owner.n && now_ms < s->lease_until_ms)
        return DF_REFRESH_WAIT;
    *ret_next = *s;
    ret_next->epoch = s->epoch + 1;
    ret_next->owner = node;
    ret_next->lease_until_ms = now_ms + lease_ms;
    ret_next->unanswered = true;
    ret_next->doubtful = s->unanswered;
    return DF_REFRESH_SEND;
}

bool df_refresh_begun(const struct df_refresh_state *s, const struct df_refresh_state *sent)
{
    return s->version == sent->version && s->epoch == sent->epoch && df_str_eq(s->owner, sent->owner);
}

bool df_refresh_stored(const struct df_refresh_state *s, const struct df_refresh_state *sent, bool same_pair)
{
    return s->version == sent->version + 1 && same_pair;
}

bool df_refresh_renew(const struct df_refresh_state *s, const struct df_refresh_state *sent, int64_t now_ms,
                      int64_t lease_ms, struct df_refresh_state *ret_next)
{
    if (s->version != sent->version || s->epoch != sent->epoch)
        return false;
    *ret_next = *s;
    ret_next->lease_until_ms = now_ms + lease_ms;
    return true;
}

void df_refresh_leave(const struct df_refresh_state *before, const struct df_refresh_state *sent, bool left,
                      int64_t now_ms, struct df_refresh_state *ret_next)
{
    *ret_next = *sent;
    ret_next->lease_until_ms = now_ms;
    ret_next->unanswered = left || before->unanswered;
    ret_next->doubtful = left ? sent->doubtful : before->doubtful;
}

bool df_refresh_end(const struct df_refresh_state *s, const struct df_refresh_state *before,
                    const struct df_refresh_state *sent, enum df_refresh_outcome outcome,
                    struct df_refresh_state *ret_next)
{
    if (s->version != sent->version || (outcome != DF_REFRESH_REPLACED && s->epoch != sent->epoch))
        return false;
    *ret_next = *s;
    give_back(ret_next);
    switch (outcome) {
    case DF_REFRESH_REPLACED:
        ret_next->version = s->version + 1;
        ret_next->unanswered = false;
        ret_next->reconnect = false;
        break;
    case DF_REFRESH_REFUSED:
        ret_next->reconnect = true;
        break;
    case DF_REFRESH_NOT_DONE:
        ret_next->unanswered = before->unanswered;
        break;
    case DF_REFRESH_NO_ANSWER:
        break;
    }
    return true;
}

int64_t df_pace_spacing_ms(double requests_per_s)
{
    if (!(requests_per_s > 0))
        return 0;
    double ms = 1250 / requests_per_s;
    return ms < 1 ? 1 : ms < INT32_MAX ? (int64_t)ms + (ms > (double)(int64_t)ms) : INT32_MAX;
}
