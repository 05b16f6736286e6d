#include "domain/audit.h"
#include "base/buf.h"

#include <stdio.h>

enum { FIELDS_BYTES = 64 * 1024 };

static void put_text(struct df_buf *out, struct df_str text)
{
    df_buf_printf(out, "%zu:", text.n);
    df_buf_put_str(out, text);
    df_buf_put_char(out, ',');
}

static void put_number(struct df_buf *out, int64_t n)
{
    char digits[24];
    int len = snprintf(digits, sizeof digits, "%lld", (long long)n);
    put_text(out, df_str_n(digits, (size_t)len));
}

void df_audit_put_text(char *to, size_t room, struct df_str text)
{
    size_t n = text.n < room - 1 ? text.n : room - 1;
    for (size_t i = 0; i < n; i++)
        to[i] = text.p[i] >= ' ' && text.p[i] < 0x7F ? text.p[i] : '?';
    to[n] = '\0';
}

static struct df_str tidy(struct df_str text, size_t room, struct df_arena *arena)
{
    char *to = df_arena_alloc(arena, room);
    df_audit_put_text(to, room, text);
    return df_str_c(to);
}

struct df_audit_entry df_audit_tidy(const struct df_audit_entry *entry, struct df_arena *arena)
{
    struct df_audit_entry e = *entry;
    e.actor = tidy(e.actor, DF_AUDIT_ACTOR_ROOM, arena);
    e.action = tidy(e.action, DF_AUDIT_ACTION_ROOM, arena);
    e.project_id = tidy(e.project_id, DF_AUDIT_PROJECT_ROOM, arena);
    e.target = tidy(e.target, DF_AUDIT_TARGET_ROOM, arena);
    e.result = tidy(e.result, DF_AUDIT_RESULT_ROOM, arena);
    e.request_id = tidy(e.request_id, DF_AUDIT_REQUEST_ROOM, arena);
    return e;
}

void df_audit_hash(const unsigned char *previous, const struct df_audit_entry *e, unsigned char ret[DF_SHA256_BYTES])
{
    struct df_arena *scratch DF_ARENA_AUTO = df_arena_new();
    struct df_buf out;
    df_buf_init(&out, scratch, FIELDS_BYTES);
    df_buf_put(&out, previous, DF_SHA256_BYTES);
    put_number(&out, e->seq);
    put_number(&out, e->at_ms);
    put_text(&out, e->actor);
    put_text(&out, e->action);
    put_text(&out, e->project_id);
    put_text(&out, e->target);
    put_text(&out, e->result);
    put_text(&out, e->request_id);
    put_number(&out, e->count);
    df_sha256(df_buf_str(&out), ret);
}

enum df_code df_audit_check_row(struct df_audit_check *check, const struct df_audit_entry *e, struct df_error *err)
{
    unsigned char hash[DF_SHA256_BYTES];
    if (e->seq > check->seq + 1)
        return df_fail(err, DF_ERR_FAILED, "the audit log is broken: rows %lld to %lld were removed",
                       (long long)check->seq + 1, (long long)e->seq - 1);
    df_audit_hash(check->hash, e, hash);
    if (e->seq != check->seq + 1 || e->hash.n != DF_SHA256_BYTES || memcmp(hash, e->hash.p, sizeof hash) != 0)
        return df_fail(err, DF_ERR_FAILED,
                       "the audit log is broken at row %lld: it was changed, or stands in another's place",
                       (long long)e->seq);
    if (e->seq == check->anchor_seq && memcmp(hash, check->anchor_hash, sizeof hash) != 0)
        return df_fail(err, DF_ERR_FAILED,
                       "the audit log is another one: row %lld has not the hash that is known of it, so rows up to it "
                       "were written anew",
                       (long long)e->seq);
    check->seq = e->seq;
    memcpy(check->hash, hash, sizeof hash);
    return DF_OK;
}

enum df_code df_audit_check_end(const struct df_audit_check *check, struct df_error *err)
{
    if (check->pruned && check->anchor_seq && check->anchor_seq < check->first_seq)
        return df_fail(err, DF_ERR_FAILED,
                       "row %lld is no longer in the audit log, which begins after row %lld: give a later head, or the "
                       "one of that row",
                       (long long)check->anchor_seq, (long long)check->first_seq);
    return check->anchor_seq <= check->seq
               ? DF_OK
               : df_fail(err, DF_ERR_FAILED, "the audit log is cut: it ends at row %lld, and row %lld is known",
                         (long long)check->seq, (long long)check->anchor_seq);
}

static int digit_of(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool df_audit_anchor_parse(struct df_str text, struct df_audit_check *ret)
{
    unsigned long long seq;
    struct df_str hex = text, number = text;
    if (!df_str_split(&hex, ':', &number) || !df_str_to_u64(number, &seq) || seq == 0 || seq > INT64_MAX ||
        hex.n != 2 * (size_t)DF_SHA256_BYTES)
        return false;
    for (size_t i = 0; i < DF_SHA256_BYTES; i++) {
        int high = digit_of(hex.p[2 * i]), low = digit_of(hex.p[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        ret->anchor_hash[i] = (unsigned char)(high << 4 | low);
    }
    ret->anchor_seq = (int64_t)seq;
    return true;
}

struct df_str df_audit_anchor_text(int64_t seq, const unsigned char hash[DF_SHA256_BYTES], struct df_arena *arena)
{
    return df_arena_printf(arena, "%lld:%s", (long long)seq, df_hex(hash, DF_SHA256_BYTES, arena).p);
}

bool df_audit_pruned(const struct df_audit_entry *entry, int64_t first_seq, struct df_audit_check *check)
{
    struct df_audit_check last;
    if (!df_str_is(entry->action, DF_AUDIT_PRUNE) || !df_audit_anchor_parse(entry->target, &last) ||
        last.anchor_seq != first_seq - 1)
        return false;
    check->pruned = true;
    check->seq = check->first_seq = last.anchor_seq;
    memcpy(check->hash, last.anchor_hash, sizeof check->hash);
    return true;
}
