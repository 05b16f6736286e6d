#include "base/json.h"

/* The code unit of a \\uXXXX at p, or -1. */
static int unit_at(const char *p, size_t n)
{
    int unit = 0;
    if (n < 6 || p[0] != '\\' || p[1] != 'u')
        return -1;
    for (int i = 2; i < 6; i++) {
        char c = p[i];
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (digit < 0)
            return -1;
        unit = unit * 16 + digit;
    }
    return unit;
}

static bool is_high(int unit)
{
    return unit >= 0xD800 && unit <= 0xDBFF;
}

static bool is_low(int unit)
{
    return unit >= 0xDC00 && unit <= 0xDFFF;
}

/* An escape in a string; how many bytes it takes. Half of a pair becomes U+FFFD. */
static size_t mend_escape(char *p, size_t n)
{
    int unit = unit_at(p, n);
    if (is_high(unit) && is_low(unit_at(p + 6, n - 6)))
        return 12;
    static const char replacement[4] = {'f', 'f', 'f', 'd'};
    if (is_high(unit) || is_low(unit))
        memcpy(p + 2, replacement, sizeof replacement);
    if (unit >= 0)
        return 6;
    return n < 2 ? n : 2;
}

/* Anything else in a string. */
static size_t mend_bytes(char *p, size_t n)
{
    size_t len = df_utf8_len(p, n);
    if (len == 0)
        *p = '?';
    else if ((unsigned char)*p < ' ')
        *p = ' ';
    return len ? len : 1;
}

/* A word outside of strings that some servers write for a number that is none; how long it is, 0: it is not one. */
static size_t no_number(const char *p, size_t n)
{
    static const char *const words[] = {"NaN", "-NaN", "Infinity", "-Infinity", "-nan", "nan", "inf", "-inf"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (df_str_starts(df_str_n(p, n), df_str_c(words[i])))
            return strlen(words[i]);
    return 0;
}

/* What is outside of strings, up to the next quote, goes over as it is, but for those words. */
static size_t mend_between(const char *p, size_t n, struct df_buf *out)
{
    size_t i = 0, from = 0;
    while (i < n && p[i] != '"') {
        size_t word = strchr("-NnIi", p[i]) && p[i] ? no_number(p + i, n - i) : 0;
        if (word == 0) {
            i++;
            continue;
        }
        df_buf_put(out, p + from, i - from);
        df_buf_put_c(out, "null");
        from = i += word;
    }
    df_buf_put(out, p + from, i - from);
    return i;
}

/* A string from behind its quote to behind its end; mended in place, then copied. */
static size_t mend_string(char *p, size_t n, struct df_buf *out)
{
    size_t i = 0;
    while (i < n && p[i] != '"')
        i += p[i] == '\\' ? mend_escape(p + i, n - i) : mend_bytes(p + i, n - i);
    i += i < n;
    df_buf_put(out, p, i);
    return i;
}

struct df_str df_json_mend(struct df_str text, struct df_arena *arena)
{
    struct df_str from = df_str_starts(text, DF_S("\xEF\xBB\xBF")) ? df_str_from(text, 3) : text;
    char *p = df_arena_cstr(arena, from);
    struct df_buf out;
    df_buf_init(&out, arena, from.n * 2 + 1); /* "NaN," grows by one byte, no word by more */
    for (size_t i = 0; i < from.n;) {
        i += mend_between(p + i, from.n - i, &out);
        if (i < from.n)
            df_buf_put_char(&out, p[i++]);
        i += mend_string(p + i, from.n - i, &out);
    }
    return df_buf_str(&out);
}
