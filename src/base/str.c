#include "base/str.h"

#include <limits.h>

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

bool df_str_ieq(struct df_str a, struct df_str b)
{
    if (a.n != b.n)
        return false;
    for (size_t i = 0; i < a.n; i++)
        if (lower(a.p[i]) != lower(b.p[i]))
            return false;
    return true;
}

bool df_str_starts(struct df_str s, struct df_str prefix)
{
    return s.n >= prefix.n && df_str_eq(df_str_n(s.p, prefix.n), prefix);
}

bool df_str_istarts(struct df_str s, struct df_str prefix)
{
    return s.n >= prefix.n && df_str_ieq(df_str_n(s.p, prefix.n), prefix);
}

bool df_str_ends(struct df_str s, struct df_str suffix)
{
    return s.n >= suffix.n && df_str_eq(df_str_n(s.p + (s.n - suffix.n), suffix.n), suffix);
}

long df_str_find(struct df_str s, struct df_str needle)
{
    if (needle.n == 0)
        return 0;
    if (needle.n > s.n)
        return -1;
    const char *at = memmem(s.p, s.n, needle.p, needle.n);
    return at ? at - s.p : -1;
}

long df_str_find_char(struct df_str s, char c)
{
    const char *at = s.n ? memchr(s.p, c, s.n) : NULL;
    return at ? at - s.p : -1;
}

int df_str_order(struct df_str a, struct df_str b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int order = n ? memcmp(a.p, b.p, n) : 0;
    return order ? order : (a.n > b.n) - (a.n < b.n);
}

struct df_str df_str_from(struct df_str s, size_t from)
{
    return from >= s.n ? DF_STR_NONE : df_str_n(s.p + from, s.n - from);
}

size_t df_str_run(struct df_str s, char c)
{
    size_t n = 0;
    while (n < s.n && s.p[n] == c)
        n++;
    return n;
}

struct df_str df_str_head(struct df_str s, size_t n)
{
    if (s.n <= n)
        return s;
    while (n > 0 && ((unsigned char)s.p[n] & 0xC0) == 0x80)
        n--;
    return df_str_n(s.p, n);
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

struct df_str df_str_trim(struct df_str s)
{
    while (s.n && is_space(s.p[0]))
        s = df_str_n(s.p + 1, s.n - 1);
    while (s.n && is_space(s.p[s.n - 1]))
        s.n--;
    return s;
}

bool df_str_split(struct df_str *rest, char sep, struct df_str *ret_part)
{
    struct df_str s = *rest; /* the caller may give one place for both */
    if (!s.p)
        return false;
    long at = df_str_find_char(s, sep);
    *rest = at < 0 ? DF_STR_NONE : df_str_n(s.p + at + 1, s.n - (size_t)at - 1);
    *ret_part = at < 0 ? s : df_str_n(s.p, (size_t)at);
    return true;
}

bool df_str_to_u64(struct df_str s, unsigned long long *ret)
{
    unsigned long long v = 0;
    if (s.n == 0)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
        unsigned d = (unsigned)(s.p[i] - '0');
        if (v > (ULLONG_MAX - d) / 10)
            return false;
        v = v * 10 + d;
    }
    *ret = v;
    return true;
}

size_t df_utf8_len(const char *p, size_t n)
{
    const unsigned char *u = (const unsigned char *)p;
    if (n == 0)
        return 0;
    if (u[0] < 0x80)
        return 1;
    size_t len = u[0] >= 0xF0 ? 4 : u[0] >= 0xE0 ? 3 : 2;
    if (u[0] < 0xC2 || u[0] > 0xF4 || n < len)
        return 0;
    for (size_t i = 1; i < len; i++)
        if ((u[i] & 0xC0) != 0x80)
            return 0;
    /* RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF. */
    if ((u[0] == 0xE0 && u[1] < 0xA0) || (u[0] == 0xED && u[1] > 0x9F) || (u[0] == 0xF0 && u[1] < 0x90) ||
        (u[0] == 0xF4 && u[1] > 0x8F))
        return 0;
    return len;
}

static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x7F && c != '"' && c != '\\';
}

/* Whether one of eight bytes is zero or has its highest bit set; it may say so of a byte of 1 behind a zero byte. */
static uint64_t zero_or_high(uint64_t x)
{
    return ((x - 0x0101010101010101U) | x) & 0x8080808080808080U;
}

size_t df_str_plain_run(struct df_str s)
{
    const uint64_t each = 0x0101010101010101U;
    size_t n = 0;
    for (uint64_t x; n + sizeof x <= s.n; n += sizeof x) {
        memcpy(&x, s.p + n, sizeof x);
        uint64_t low = x - 0x20 * each; /* the highest bit is set where a byte is below a space */
        if (((low | x | (x + each)) & 0x80 * each) || zero_or_high(x ^ '"' * each) || zero_or_high(x ^ '\\' * each))
            break;
    }
    while (n < s.n && is_plain((unsigned char)s.p[n]))
        n++;
    return n;
}

unsigned df_utf8_decode(const char *p, size_t len)
{
    const unsigned char *u = (const unsigned char *)p;
    switch (len) {
    case 1:
        return u[0];
    case 2:
        return (u[0] & 0x1FU) << 6 | (u[1] & 0x3FU);
    case 3:
        return (u[0] & 0x0FU) << 12 | (u[1] & 0x3FU) << 6 | (u[2] & 0x3FU);
    default:
        return (u[0] & 0x07U) << 18 | (u[1] & 0x3FU) << 12 | (u[2] & 0x3FU) << 6 | (u[3] & 0x3FU);
    }
}

uint64_t df_str_hash(struct df_str s)
{
    uint64_t h = 0xcbf29ce484222325U;
    for (size_t i = 0; i < s.n; i++)
        h = (h ^ (unsigned char)s.p[i]) * 0x100000001b3U;
    return h;
}
