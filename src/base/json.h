/* JSON: parsing (yyjson), tolerant readers for what others wrote, a strict binder for request bodies, and a writer.
 * Nothing else in the project sees yyjson, and nothing prints JSON by hand. Source: RFC 8259.
 * A parsed value lives in the arena given to df_json_parse, strings included; readers accept NULL and wrong types and
 * then answer "absent", so that a path of gets needs no checks between. */
#ifndef DF_BASE_JSON_H
#define DF_BASE_JSON_H

#include "base/buf.h"
#include "base/error.h"

#include <stdint.h>

struct df_json; /* any value; NULL means absent */

/* Parses text whole. DF_ERR_JSON names line, column and fault; deeper than 64 levels (depth_limit 0) is a fault too. */
enum df_code df_json_parse(struct df_arena *arena, struct df_str text, unsigned depth_limit, const struct df_json **ret,
                           struct df_error *err);

/* The same for what servers are known to send though it is no JSON: NaN and Infinity (null then), half of a surrogate pair, bytes that are not UTF-8 and bare control characters in strings, a byte order mark. Only what
 * does not parse as it is is mended, and *ret_mended tells. */
enum df_code df_json_parse_mended(struct df_arena *arena, struct df_str text, unsigned depth_limit,
                                  const struct df_json **ret, bool *ret_mended, struct df_error *err);
/* The text mended, in the arena. */
struct df_str df_json_mend(struct df_str text, struct df_arena *arena);

bool df_json_is_object(const struct df_json *v);
bool df_json_is_array(const struct df_json *v);
bool df_json_is_string(const struct df_json *v);
bool df_json_is_number(const struct df_json *v);
bool df_json_is_bool(const struct df_json *v);
/* Absent or null. */
bool df_json_is_null(const struct df_json *v);

const struct df_json *df_json_get(const struct df_json *object, const char *key);
/* Several keys deep: df_json_path(v, "links", "regionUrl", NULL). */
const struct df_json *df_json_path(const struct df_json *v, ...) __attribute__((sentinel));
/* By a JSON pointer (RFC 6901): "/data/0/id"; "" is the value itself. NULL as a pointer leads nowhere. */
const struct df_json *df_json_pointer(const struct df_json *v, const char *pointer);
const struct df_json *df_json_at(const struct df_json *array, size_t index); /* linear in index for mixed arrays */
size_t df_json_count(const struct df_json *array_or_object);

/* The string, or an empty view for any other type. */
struct df_str df_json_str(const struct df_json *v);
/* df_json_str(df_json_get(object, key)) */
struct df_str df_json_get_str(const struct df_json *object, const char *key);
/* A string as it is, a number or boolean as its text (in the arena), else empty. */
struct df_str df_json_text(const struct df_json *v, struct df_arena *arena);
/* The shortest text that reads back as the same finite number. */
struct df_str df_json_double_text(double d, struct df_arena *arena);
/* A number, or a string of digits; fallback otherwise. Fractions are cut, what does not fit is clamped. */
int64_t df_json_int(const struct df_json *v, int64_t fallback);
double df_json_double(const struct df_json *v, double fallback);
bool df_json_bool(const struct df_json *v, bool fallback);

/* for (struct df_json_iter it = df_json_iter(v); df_json_next(&it);) use it.value, and it.key for objects. */
struct df_json_iter {
    const struct df_json *value;
    struct df_str key;
    size_t index;
    const void *at;
    size_t left;
    bool object;
};
struct df_json_iter df_json_iter(const struct df_json *array_or_object);
bool df_json_next(struct df_json_iter *it);

/* Strict binding of a request body: each field's place in a struct. Every unknown, repeated, missing and mistyped field is
 * named in one DF_ERR_INVALID message. An absent or null optional field leaves its place untouched. */
enum df_json_kind { DF_JSON_STRING, DF_JSON_STRINGS, DF_JSON_INT, DF_JSON_BOOL };
struct df_str_list {
    struct df_str *items;
    size_t n;
    bool given;
};
struct df_json_field {
    const char *name;
    enum df_json_kind kind; /* struct df_str, struct df_str_list, int64_t, bool */
    bool required;          /* a required string must not be empty */
    size_t offset;
    size_t max_bytes; /* of a string, or of each of a list; 0: 2048 */
};
enum df_code df_json_bind(const struct df_json *object, const struct df_json_field *fields, size_t n_fields, void *into,
                          struct df_arena *arena, struct df_error *err);

/* Writer. Commas, quotes and escapes are its business; bytes that are not UTF-8 become U+FFFD. */
struct df_json_writer {
    struct df_buf *buf;
    unsigned indent; /* spaces a level; 0 writes one line */
    unsigned depth;
    bool comma, after_key;
};
void df_json_writer_init(struct df_json_writer *w, struct df_buf *buf, unsigned indent);
void df_json_open(struct df_json_writer *w, char bracket);  /* '{' or '[' */
void df_json_close(struct df_json_writer *w, char bracket); /* '}' or ']' */
void df_json_key(struct df_json_writer *w, struct df_str key);
void df_json_put_str(struct df_json_writer *w, struct df_str s);
void df_json_put_int(struct df_json_writer *w, int64_t v);
void df_json_put_double(struct df_json_writer *w, double v);
void df_json_put_bool(struct df_json_writer *w, bool v);
void df_json_put_null(struct df_json_writer *w);
/* A parsed value, written again whole. */
void df_json_put_value(struct df_json_writer *w, const struct df_json *v);
/* key and value in one; df_json_kstr_or_null writes null for an empty string. */
void df_json_kopen(struct df_json_writer *w, const char *key, char bracket);
void df_json_kstr(struct df_json_writer *w, const char *key, struct df_str s);
void df_json_kstr_or_null(struct df_json_writer *w, const char *key, struct df_str s);
void df_json_kint(struct df_json_writer *w, const char *key, int64_t v);
void df_json_kbool(struct df_json_writer *w, const char *key, bool v);
void df_json_knull(struct df_json_writer *w, const char *key);
void df_json_kvalue(struct df_json_writer *w, const char *key, const struct df_json *v);
/* text is one JSON value already, on one line. */
void df_json_kraw(struct df_json_writer *w, const char *key, struct df_str text);
/* ["a","b"] */
void df_json_kstrs(struct df_json_writer *w, const char *key, const struct df_str *items, size_t n);

/* Of yyjson: "0.10.0". */
const char *df_json_library_version(void);

#endif
