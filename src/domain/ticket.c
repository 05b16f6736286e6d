#include "domain/ticket.h"

#include "base/crypto.h"
#include "base/time.h"
#include "domain/markdown.h"

enum { CAP_DEFAULT = 10 };

static const char *const priorities[DF_PRIORITIES] = {"none", "urgent", "high", "medium", "low"};

const char *df_priority_name(enum df_priority priority)
{
    return priorities[priority < DF_PRIORITIES ? priority : DF_PRIORITY_NONE];
}

bool df_priority_parse(struct df_str name, enum df_priority *ret)
{
    for (int i = DF_PRIORITY_URGENT; i < DF_PRIORITIES; i++)
        if (df_str_is(name, priorities[i])) {
            *ret = (enum df_priority)i;
            return true;
        }
    return false;
}

static bool is_restless(struct df_str substatus)
{
    return df_str_is(substatus, "escalating") || df_str_is(substatus, "regressed");
}

enum df_priority df_ticket_priority(enum df_urgency urgency)
{
    static const enum df_priority of[] = {
        [DF_URGENCY_LOW] = DF_PRIORITY_LOW,   [DF_URGENCY_MEDIUM] = DF_PRIORITY_MEDIUM,
        [DF_URGENCY_HIGH] = DF_PRIORITY_HIGH, [DF_URGENCY_URGENT] = DF_PRIORITY_URGENT,
        [DF_URGENCY_NONE] = DF_PRIORITY_NONE,
    };
    return of[urgency];
}

struct df_ticket_settings df_ticket_settings_default(struct df_str project_id)
{
    return (struct df_ticket_settings){
        .project_id = project_id, .tracker = DF_S("linear"), .threshold = DF_PRIORITY_HIGH, .daily_cap = CAP_DEFAULT};
}

const char *df_ticket_scope(const struct df_ticket_settings *s, const char *provider)
{
    if (s->note && strcmp(provider, "SENTRY") == 0)
        return "event:write";
    if (s->on_resolved.n && df_str_is(s->tracker, "linear") && strcmp(provider, "LINEAR") == 0)
        return "write";
    return NULL;
}

const char *df_ticket_state_name(enum df_ticket_state state)
{
    static const char *const names[] = {"intended", "created", "linked"};
    return names[state];
}

struct df_str df_ticket_title(const struct df_issue *issue, struct df_arena *arena)
{
    struct df_buf line, out;
    df_buf_init(&line, arena, 8192);
    df_buf_init(&out, arena, 8192);
    if (issue->short_id.n)
        df_buf_printf(&line, "%.*s ", DF_FMT(df_str_head(issue->short_id, 64)));
    struct df_str title = df_str_head(issue->title.n ? issue->title : DF_S("Sentry issue"), DF_TICKET_TITLE_BYTES);
    for (size_t i = 0; i < title.n; i++) {
        unsigned char c = (unsigned char)title.p[i];
        df_buf_put_char(&line, c < 0x20 || c == 0x7f ? ' ' : (char)c);
    }
    df_md_put_code(&out, df_buf_str(&line), line.n, 0); /* what hides or turns text round is named */
    return df_str_head(df_buf_str(&out), DF_TICKET_TITLE_BYTES);
}

static void put_count(struct df_buf *out, int64_t n, const char *what)
{
    struct df_str digits = df_arena_printf(out->arena, "%lld", (long long)(n > 0 ? n : 0));
    for (size_t i = 0; i < digits.n; i++)
        df_buf_printf(out, "%s%c", i && (digits.n - i) % 3 == 0 ? "," : "", digits.p[i]);
    df_buf_printf(out, " %s%s", what, n == 1 ? "" : "s");
}

struct df_str df_ticket_subtitle(const struct df_issue *issue, struct df_arena *arena)
{
    struct df_buf out;
    df_buf_init(&out, arena, 256);
    put_count(&out, issue->count, "event");
    df_buf_put_c(&out, ", ");
    put_count(&out, issue->user_count, "user");
    if (issue->last_seen_ms)
        df_buf_printf(&out, ", last seen %.*s", DF_FMT(df_str_head(df_time_format(issue->last_seen_ms, arena), 10)));
    return df_buf_str(&out);
}

struct df_str df_ticket_news(struct df_str old_substatus, const struct df_issue *issue, struct df_arena *arena)
{
    if (!is_restless(issue->substatus) || df_str_eq(old_substatus, issue->substatus))
        return DF_STR_NONE;
    bool regressed = df_str_is(issue->substatus, "regressed");
    return df_arena_printf(arena, "%s in Sentry: %.*s.",
                           regressed ? "This came back after it was resolved" : "This is escalating",
                           DF_FMT(df_ticket_subtitle(issue, arena)));
}

struct df_str df_ticket_comment_id(const struct df_ticket *ticket, struct df_arena *arena)
{
    unsigned char hash[DF_SHA256_BYTES];
    df_sha256(df_arena_printf(arena, "devflow comment|%.*s|%lld", DF_FMT(ticket->id), (long long)ticket->comments),
              hash);
    hash[6] = (unsigned char)((hash[6] & 0x0f) | 0x40);
    hash[8] = (unsigned char)((hash[8] & 0x3f) | 0x80);
    struct df_str hex = df_hex(hash, 16, arena);
    return df_arena_printf(arena, "%.8s-%.4s-%.4s-%.4s-%.12s", hex.p, hex.p + 8, hex.p + 12, hex.p + 16, hex.p + 20);
}
