/* A growing buffer in an arena that declares its maximum. Appending returns nothing: going past the limit sets `overflow`,
 * which stays set, and is checked once at the end. The contents are always NUL-terminated (n does not count the NUL). */
#ifndef DF_BASE_BUF_H
#define DF_BASE_BUF_H

#include "base/arena.h"

struct df_buf {
    struct df_arena *arena;
    char *p;
    size_t n, cap, limit_bytes;
    bool overflow;
};

void df_buf_init(struct df_buf *buf, struct df_arena *arena, size_t limit_bytes);
void df_buf_put(struct df_buf *buf, const void *bytes, size_t n);
void df_buf_put_c(struct df_buf *buf, const char *c);
void df_buf_put_str(struct df_buf *buf, struct df_str s);
void df_buf_put_char(struct df_buf *buf, char c);
void df_buf_put_repeat(struct df_buf *buf, char c, size_t times);
void df_buf_printf(struct df_buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Encodes one code point as UTF-8. */
void df_buf_put_utf8(struct df_buf *buf, unsigned code_point);
/* Shortens to n bytes; overflow stays as it was. */
void df_buf_cut(struct df_buf *buf, size_t n);
/* A view of what is there, valid until the next append. */
struct df_str df_buf_str(const struct df_buf *buf);

#endif
