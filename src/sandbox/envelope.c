#include "sandbox/envelope.h"

#include <zlib.h>

enum { CHUNK_BYTES = 16 * 1024, HEADER_DEPTH = 16 };

static struct df_str take_line(struct df_str *rest)
{
    long at = df_str_find_char(*rest, '\n');
    struct df_str line = at < 0 ? *rest : df_str_n(rest->p, (size_t)at);
    *rest = at < 0 ? DF_STR_NONE : df_str_from(*rest, (size_t)at + 1);
    if (df_str_ends(line, DF_S("\r")))
        line.n--;
    return line;
}

static enum df_code parse_header(struct df_str line, const char *what, struct df_arena *arena,
                                 const struct df_json **ret, struct df_error *err)
{
    if (df_json_parse(arena, line, HEADER_DEPTH, ret, NULL) != DF_OK || !df_json_is_object(*ret))
        return df_fail(err, DF_ERR_INVALID, "invalid envelope: the %s header is not a JSON object", what);
    return DF_OK;
}

/* With a length the payload may hold newlines; without one it ends at the next. */
static enum df_code take_payload(struct df_str *rest, const struct df_json *header, struct df_str *ret,
                                 struct df_error *err)
{
    int64_t length = df_json_int(df_json_get(header, "length"), -1);
    if (length < 0) {
        *ret = take_line(rest);
        return DF_OK;
    }
    if ((uint64_t)length > rest->n)
        return df_fail(err, DF_ERR_INVALID, "invalid envelope: an item is shorter than its length says");
    *ret = df_str_n(rest->p, (size_t)length);
    *rest = df_str_from(*rest, (size_t)length);
    if (rest->n && rest->p[0] == '\r')
        *rest = df_str_from(*rest, 1);
    if (rest->n && rest->p[0] != '\n')
        return df_fail(err, DF_ERR_INVALID, "invalid envelope: an item is longer than its length says");
    *rest = df_str_from(*rest, 1);
    return DF_OK;
}

static enum df_code take_item(struct df_str *rest, struct df_arena *arena, struct df_envelope *envelope,
                              struct df_error *err)
{
    struct df_str line = take_line(rest);
    if (df_str_trim(line).n == 0)
        return DF_OK;
    if (envelope->n_items == DF_ENVELOPE_ITEMS_MAX)
        return df_fail(err, DF_ERR_INVALID, "invalid envelope: more than %d items", DF_ENVELOPE_ITEMS_MAX);
    const struct df_json *header;
    DF_TRY(parse_header(line, "item", arena, &header, err));
    struct df_envelope_item *item = &envelope->items[envelope->n_items];
    item->type = df_json_get_str(header, "type");
    if (item->type.n == 0)
        return df_fail(err, DF_ERR_INVALID, "invalid envelope: an item has no type");
    DF_TRY(take_payload(rest, header, &item->payload, err));
    envelope->n_items++;
    return DF_OK;
}

enum df_code df_envelope_parse(struct df_str bytes, struct df_arena *arena, struct df_envelope *ret,
                               struct df_error *err)
{
    struct df_envelope envelope = {.items = DF_NEW_ARRAY(arena, struct df_envelope_item, DF_ENVELOPE_ITEMS_MAX)};
    struct df_str rest = bytes;
    DF_TRY(parse_header(take_line(&rest), "envelope", arena, &envelope.header, err));
    while (rest.n)
        DF_TRY(take_item(&rest, arena, &envelope, err));
    *ret = envelope;
    return DF_OK;
}

enum { WINDOW_GZIP_OR_ZLIB = 15 + 32, WINDOW_RAW = -15 };

static enum df_code inflate_all(struct df_str bytes, int window, struct df_buf *out, struct df_error *err)
{
    z_stream z = {0};
    if (inflateInit2(&z, window) != Z_OK)
        return df_fail(err, DF_ERR_INTERNAL, "zlib does not start");
    z.next_in = (Bytef *)(uintptr_t)bytes.p;
    z.avail_in = (uInt)bytes.n;
    int status = Z_OK;
    while (status == Z_OK && !out->overflow) {
        unsigned char chunk[CHUNK_BYTES];
        z.next_out = chunk;
        z.avail_out = sizeof chunk;
        status = inflate(&z, Z_NO_FLUSH);
        df_buf_put(out, chunk, sizeof chunk - z.avail_out);
    }
    inflateEnd(&z);
    if (out->overflow)
        return df_fail(err, DF_ERR_TOO_LARGE, "the body is larger than %zu bytes when inflated", out->limit_bytes);
    if (status != Z_STREAM_END)
        return df_fail(err, DF_ERR_INVALID, "the compressed body is broken or cut");
    return DF_OK;
}

/* RFC 1950's two-byte header; without it "deflate" means a raw stream, as some clients send. */
static bool has_zlib_header(struct df_str bytes)
{
    if (bytes.n < 2)
        return false;
    unsigned a = (unsigned char)bytes.p[0], b = (unsigned char)bytes.p[1];
    return (a & 0x0F) == 8 && (a * 256 + b) % 31 == 0;
}

enum df_code df_envelope_decode(struct df_str bytes, struct df_str encoding, size_t limit_bytes, struct df_arena *arena,
                                struct df_str *ret, struct df_error *err)
{
    encoding = df_str_trim(encoding);
    if (encoding.n == 0 || df_str_ieq(encoding, DF_S("identity"))) {
        *ret = bytes;
        return DF_OK;
    }
    bool deflate = df_str_ieq(encoding, DF_S("deflate"));
    if (!deflate && !df_str_ieq(encoding, DF_S("gzip")))
        return df_fail(err, DF_ERR_MEDIA_TYPE, "unsupported content encoding");
    struct df_buf out;
    df_buf_init(&out, arena, limit_bytes);
    DF_TRY(inflate_all(bytes, deflate && !has_zlib_header(bytes) ? WINDOW_RAW : WINDOW_GZIP_OR_ZLIB, &out, err));
    *ret = df_buf_str(&out);
    return DF_OK;
}
