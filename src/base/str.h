/* Counted strings: a borrowed view of bytes, not NUL-terminated unless said. Views live as long as what they point into;
 * copies live in an arena. Pure functions, any thread. */
#ifndef DF_BASE_STR_H
#define DF_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct df_str {
    const char *p;
    size_t n;
};

/* A literal as a view; the compiler refuses anything but a literal. */
#define DF_S(literal) ((struct df_str){"" literal, sizeof(literal) - 1})
#define DF_STR_NONE ((struct df_str){NULL, 0})
/* For printf's "%.*s"; views longer than INT_MAX never occur, input is bounded at the edge. */
#define DF_FMT(s) (int)(s).n, (s).n ? (s).p : ""

static inline struct df_str df_str_c(const char *c)
{
    return c ? (struct df_str){c, strlen(c)} : DF_STR_NONE;
}

static inline struct df_str df_str_n(const char *p, size_t n)
{
    return (struct df_str){p, n};
}

static inline bool df_str_eq(struct df_str a, struct df_str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool df_str_is(struct df_str a, const char *c)
{
    return df_str_eq(a, df_str_c(c));
}

/* ASCII case only, whatever the locale: header names, providers, schemes. */
bool df_str_ieq(struct df_str a, struct df_str b);
bool df_str_starts(struct df_str s, struct df_str prefix);
bool df_str_istarts(struct df_str s, struct df_str prefix);
bool df_str_ends(struct df_str s, struct df_str suffix);

/* FNV-1a: for tables of keys nobody hostile can choose freely. */
uint64_t df_str_hash(struct df_str s);

/* Index of the first occurrence, or -1. */
long df_str_find(struct df_str s, struct df_str needle);
long df_str_find_char(struct df_str s, char c);

/* By bytes, a prefix first: below, at or above 0, as qsort(3) wants it. */
int df_str_order(struct df_str a, struct df_str b);
/* From byte `from` to the end; empty when past it. */
struct df_str df_str_from(struct df_str s, size_t from);
/* How many c it begins with. */
size_t df_str_run(struct df_str s, char c);
/* At most n bytes, never cutting a UTF-8 sequence in two. */
struct df_str df_str_head(struct df_str s, size_t n);
/* Without ASCII white space at both ends. */
struct df_str df_str_trim(struct df_str s);

/* Takes the part up to `sep` off the front of *rest; false, *ret_part untouched, when *rest was already used up.
 * "a,,b" gives "a", "", "b"; "" gives one empty part, DF_STR_NONE gives none. */
bool df_str_split(struct df_str *rest, char sep, struct df_str *ret_part);

/* Decimal digits only, no sign, no overflow; false otherwise. */
bool df_str_to_u64(struct df_str s, unsigned long long *ret);

/* Length of the valid UTF-8 sequence at p (1 to 4), or 0 when there is none within n bytes (overlong and surrogates refused). */
size_t df_utf8_len(const char *p, size_t n);
/* How many bytes at its start stand in a quoted string as they are, in JSON and in the log: printable ASCII, no quote, no backslash. */
size_t df_str_plain_run(struct df_str s);
/* Decodes one valid sequence of that length. */
unsigned df_utf8_decode(const char *p, size_t len);

#endif
