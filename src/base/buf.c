#include "base/buf.h"
#include "base/fatal.h"

#include <stdio.h>

void df_buf_init(struct df_buf *buf, struct df_arena *arena, size_t limit_bytes)
{
    *buf = (struct df_buf){.arena = arena, .limit_bytes = limit_bytes};
}

/* Room for n more bytes and the NUL, or false when that would pass the limit. */
static bool reserve(struct df_buf *buf, size_t n)
{
    if (buf->overflow || n > buf->limit_bytes - buf->n) {
        buf->overflow = true;
        return false;
    }
    size_t need = buf->n + n + 1;
    if (need <= buf->cap)
        return true;
    size_t cap = buf->cap ? buf->cap : 128;
    while (cap < need)
        cap *= 2;
    if (cap > buf->limit_bytes + 1)
        cap = buf->limit_bytes + 1;
    buf->p = df_arena_grow(buf->arena, buf->p, buf->cap, cap);
    buf->cap = cap;
    return true;
}

void df_buf_put(struct df_buf *buf, const void *bytes, size_t n)
{
    if (!reserve(buf, n))
        return;
    if (n)
        memcpy(buf->p + buf->n, bytes, n);
    buf->n += n;
    buf->p[buf->n] = '\0';
}

void df_buf_put_c(struct df_buf *buf, const char *c)
{
    df_buf_put(buf, c, strlen(c));
}

void df_buf_put_str(struct df_buf *buf, struct df_str s)
{
    df_buf_put(buf, s.p, s.n);
}

void df_buf_put_char(struct df_buf *buf, char c)
{
    if (buf->n + 2 > buf->cap || buf->overflow) {
        df_buf_put(buf, &c, 1);
        return;
    }
    buf->p[buf->n++] = c;
    buf->p[buf->n] = '\0';
}

void df_buf_put_repeat(struct df_buf *buf, char c, size_t times)
{
    if (!reserve(buf, times))
        return;
    memset(buf->p + buf->n, c, times);
    buf->n += times;
    buf->p[buf->n] = '\0';
}

void df_buf_printf(struct df_buf *buf, const char *format, ...)
{
    char small[256];
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(small, sizeof small, format, args);
    va_end(args);
    if (n >= 0 && (size_t)n < sizeof small) {
        df_buf_put(buf, small, (size_t)n);
    } else if (n < 0) {
        df_out_of_memory();
    } else if (reserve(buf, (size_t)n)) {
        vsnprintf(buf->p + buf->n, (size_t)n + 1, format, again);
        buf->n += (size_t)n;
    }
    va_end(again);
    explicit_bzero(small, sizeof small);
}

void df_buf_put_utf8(struct df_buf *buf, unsigned cp)
{
    char out[4];
    size_t n = 0;
    if (cp < 0x80) {
        out[n++] = (char)cp;
    } else if (cp < 0x800) {
        out[n++] = (char)(0xC0 | cp >> 6);
        out[n++] = (char)(0x80 | (cp & 0x3F));
    } else if (cp < 0x10000) {
        out[n++] = (char)(0xE0 | cp >> 12);
        out[n++] = (char)(0x80 | (cp >> 6 & 0x3F));
        out[n++] = (char)(0x80 | (cp & 0x3F));
    } else {
        out[n++] = (char)(0xF0 | cp >> 18);
        out[n++] = (char)(0x80 | (cp >> 12 & 0x3F));
        out[n++] = (char)(0x80 | (cp >> 6 & 0x3F));
        out[n++] = (char)(0x80 | (cp & 0x3F));
    }
    df_buf_put(buf, out, n);
}

void df_buf_cut(struct df_buf *buf, size_t n)
{
    if (n < buf->n) {
        buf->n = n;
        buf->p[n] = '\0';
    }
}

struct df_str df_buf_str(const struct df_buf *buf)
{
    return df_str_n(buf->p ? buf->p : "", buf->n);
}
