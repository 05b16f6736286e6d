#include "sandbox/norm.h"

#include "base/crypto.h"

enum { HASH_BYTES = 16, KEY_LIMIT_BYTES = 1024 * 1024, FINGERPRINT_MAX = 32 };

/* Parts are closed by a byte no UTF-8 text holds, so that "ab","c" and "a","bc" differ. */
static void put_part(struct df_buf *key, struct df_str part)
{
    df_buf_put_str(key, part);
    df_buf_put_char(key, (char)0xFF);
}

/* Numbers and hexadecimal ids vary from one event to the next of the same fault. */
static void put_template(struct df_buf *key, struct df_str text)
{
    bool in_number = false;
    for (size_t i = 0; i < text.n; i++) {
        bool digit = text.p[i] >= '0' && text.p[i] <= '9';
        if (!digit)
            df_buf_put_char(key, text.p[i]);
        else if (!in_number)
            df_buf_put_char(key, '#');
        in_number = digit;
    }
    df_buf_put_char(key, (char)0xFF);
}

static size_t put_frames(struct df_buf *key, struct norm_list frames, bool in_app_only, struct df_arena *arena)
{
    size_t n = 0;
    for (size_t i = 0; i < frames.n; i++) {
        const struct df_json *frame = frames.items[i];
        if (in_app_only && !df_json_bool(df_json_get(frame, "in_app"), false))
            continue;
        struct df_str place = norm_text(frame, "module", arena), function = norm_text(frame, "function", arena);
        put_part(key, place.n ? place : norm_frame_filename(frame, arena));
        put_part(key, function.n ? function : norm_text(frame, "context_line", arena));
        n++;
    }
    return n;
}

static void put_exception(struct df_buf *key, const struct df_json *exception, struct df_arena *arena)
{
    struct norm_list frames = norm_frames(df_json_get(exception, "stacktrace"), arena);
    put_part(key, norm_text(exception, "type", arena));
    if (put_frames(key, frames, true, arena) == 0 && put_frames(key, frames, false, arena) == 0)
        put_template(key, norm_text(exception, "value", arena));
}

static void put_default(struct df_buf *key, const struct norm *n)
{
    for (size_t i = 0; i < n->exceptions.n; i++)
        put_exception(key, n->exceptions.items[i], n->arena);
    if (n->exceptions.n)
        return;
    struct norm_list frames = norm_frames(norm_get(n->in, "stacktrace", "sentry.interfaces.Stacktrace"), n->arena);
    if (put_frames(key, frames, true, n->arena))
        return;
    const struct df_json *message = norm_get(n->in, "logentry", "sentry.interfaces.Message");
    message = df_json_is_null(message) ? df_json_get(n->in, "message") : message;
    struct df_str template = norm_text(message, "message", n->arena);
    put_template(key, template.n ? template : norm_message(n));
}

static bool is_default(struct df_str part)
{
    return df_str_is(part, "{{ default }}") || df_str_is(part, "{{default}}");
}

/* The SDK's own, "{{ default }}" standing for what would have been taken without it. */
static void put_fingerprint(struct df_buf *key, const struct df_json *fingerprint, const struct norm *n)
{
    struct df_json_iter it = df_json_iter(fingerprint);
    for (int i = 0; i < FINGERPRINT_MAX && df_json_next(&it); i++) {
        struct df_str part = df_json_text(it.value, n->arena);
        if (is_default(part))
            put_default(key, n);
        else
            put_part(key, part);
    }
}

struct df_str norm_hash(const struct norm *n)
{
    const struct df_json *fingerprint = df_json_get(n->in, "fingerprint");
    unsigned char digest[DF_SHA256_BYTES];
    struct df_buf key;
    df_buf_init(&key, n->arena, KEY_LIMIT_BYTES);
    if (df_json_is_array(fingerprint) && df_json_count(fingerprint))
        put_fingerprint(&key, fingerprint, n);
    else
        put_default(&key, n);
    df_sha256(df_buf_str(&key), digest);
    return df_hex(digest, HASH_BYTES, n->arena);
}
