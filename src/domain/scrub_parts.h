/* Private to scrub*.c: what the scanner asks at each word. A word is a run of ASCII letters, digits, '_' and '-'. */
#ifndef DF_DOMAIN_SCRUB_PARTS_H
#define DF_DOMAIN_SCRUB_PARTS_H

#include "domain/scrub.h"

struct df_scrub_range {
    size_t from, to;
};

static inline bool df_scrub_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool df_scrub_is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline bool df_scrub_is_word(char c)
{
    return df_scrub_is_alpha(c) || df_scrub_is_digit(c) || c == '_' || c == '-';
}

/* The character at i, NUL outside. */
static inline char df_scrub_at(struct df_str s, size_t i)
{
    return i < s.n ? s.p[i] : '\0';
}

/* Most words of most texts: none of what follows could find anything at them. */
bool df_scrub_is_dull(struct df_str text, size_t from, size_t to);
/* Whatever there is at the word text[from, to); what stands before floor is said already. */
enum df_scrub_kind df_scrub_find_at_word(struct df_scrub *scrub, struct df_str text, size_t from, size_t to,
                                         size_t floor, struct df_scrub_range *ret);
/* Whether the rules of the project let that kind stay. */
bool df_scrub_keeps(const struct df_scrub *scrub, enum df_scrub_kind kind);

/* Secrets by their own shape: the word text[from, to) begins one. Each answers its kind and the whole range. */
enum df_scrub_kind df_scrub_find_token(struct df_str text, size_t from, size_t to, struct df_scrub_range *ret);
enum df_scrub_kind df_scrub_find_prefixed(struct df_str text, size_t from, size_t to, struct df_scrub_range *ret);
enum df_scrub_kind df_scrub_find_format(struct df_str text, size_t from, size_t to, struct df_scrub_range *ret);
enum df_scrub_kind df_scrub_find_number(struct df_str text, size_t from, size_t to, struct df_scrub_range *ret);
/* IP addresses and e-mail addresses; for the latter the word stands before the '@'. */
enum df_scrub_kind df_scrub_find_personal(struct df_str text, size_t from, size_t to, size_t floor,
                                          struct df_scrub_range *ret);
/* Phone numbers, and the ids that states give people, by their check digits. */
enum df_scrub_kind df_scrub_find_personal_number(struct df_str text, size_t from, size_t to,
                                                 struct df_scrub_range *ret);
/* A person's name in a path: /Users/NAME/, C:\\Users\\NAME, /home/NAME/src; the word is "Users" or "home". */
enum df_scrub_kind df_scrub_find_home(struct df_str text, size_t from, size_t to, struct df_scrub_range *ret);

/* The value that stands under the key text[from, to), as key=value, "key": "value", :key=>'v', <key>v</key> and their like. */
enum df_scrub_kind df_scrub_find_value(struct df_scrub *scrub, struct df_str text, size_t from, size_t to,
                                       struct df_scrub_range *ret);
/* The value that the key text[from, to) names, though it stands apart: ('password', 'x'), --password x, name="password" value="x",
 * a part of a multipart form, password%3Dx. */
enum df_scrub_kind df_scrub_find_apart(struct df_scrub *scrub, struct df_str text, size_t from, size_t to,
                                       struct df_scrub_range *ret);
/* The inside of a quoted string that begins at i, after a prefix (b''), escapes or a wrapper (Some("")). */
bool df_scrub_quoted_at(struct df_str text, size_t i, struct df_scrub_range *ret);
/* What is said of a value where it might stand: "required". */
bool df_scrub_is_remark(struct df_str word);
/* In prose only what holds digits or signs may be a secret. */
bool df_scrub_looks_made(struct df_str value);
/* What a key says, by the project's rules first. */
enum df_scrub_kind df_scrub_known_key(struct df_scrub *scrub, struct df_str key);
/* Nothing to hide: empty, None, true, [Filtered], ***; or a number where the kind is never one. */
bool df_scrub_is_placeholder(enum df_scrub_kind kind, struct df_str value);

#endif
