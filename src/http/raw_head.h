/* Follows the raw bytes of a connection beside the HTTP library, which makes some malformed heads look well before anyone sees
 * them: it joins folded lines, takes a line that begins with NUL for the end of the head, and a lone LF for the end of a line.
 * This says whether a head is one that every parser must read alike (RFC 9112 sections 2.2, 3, 5 and 6), and knows where a
 * request ends, so that it looks at heads alone. After a chunked body it looks no more: the connection must then be closed.
 *
 * The bytes stay as they are, but for one case: libmicrohttpd 0.9.75 answers a Content-Length that is not a number twice. What
 * comes after such a line is spoiled, so that it refuses the head once. Pure; one thread at a time for a follower. */
#ifndef DF_HTTP_RAW_HEAD_H
#define DF_HTTP_RAW_HEAD_H

#include "base/str.h"

enum { DF_RAW_LINE_BYTES = 96 };

struct df_raw_head {
    enum { DF_RAW_BEFORE, DF_RAW_REQUEST_LINE, DF_RAW_FIELDS, DF_RAW_BODY, DF_RAW_BLIND, DF_RAW_SPOILED } state;
    const char *fault; /* what is wrong with a head, once for all; NULL: nothing */
    uint64_t body_left;
    char line[DF_RAW_LINE_BYTES]; /* the start of the line under way */
    size_t line_n;                /* all of it that has come */
    bool after_cr, has_length, has_encoding;
};

/* All zero is a follower of a new connection. */
void df_raw_head_feed(struct df_raw_head *raw, char *bytes, size_t n);

/* A field's name (RFC 9110 section 5.6.2). */
bool df_is_token(struct df_str name);

#endif
