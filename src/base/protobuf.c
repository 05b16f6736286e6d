#include "base/protobuf.h"

struct df_pb df_pb_read(struct df_str message)
{
    return (struct df_pb){.rest = message};
}

static bool take_varint(struct df_pb *pb, uint64_t *ret)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < 10 && i < pb->rest.n; i++) {
        uint64_t byte = (unsigned char)pb->rest.p[i];
        if (i == 9 && byte > 1)
            return false;
        value |= (byte & 0x7f) << (7 * i);
        if (byte < 0x80) {
            pb->rest = df_str_from(pb->rest, i + 1);
            *ret = value;
            return true;
        }
    }
    return false;
}

static bool take_fixed(struct df_pb *pb, unsigned bytes, uint64_t *ret)
{
    if (pb->rest.n < bytes)
        return false;
    uint64_t value = 0;
    for (unsigned i = 0; i < bytes; i++)
        value |= (uint64_t)(unsigned char)pb->rest.p[i] << (8 * i);
    pb->rest = df_str_from(pb->rest, bytes);
    *ret = value;
    return true;
}

static bool take_bytes(struct df_pb *pb, struct df_str *ret)
{
    uint64_t n;
    if (!take_varint(pb, &n) || n > pb->rest.n)
        return false;
    *ret = df_str_n(pb->rest.p, (size_t)n);
    pb->rest = df_str_from(pb->rest, (size_t)n);
    return true;
}

static bool take_field(struct df_pb *pb, struct df_pb_field *ret)
{
    uint64_t tag;
    *ret = (struct df_pb_field){0};
    if (!take_varint(pb, &tag) || tag >> 3 == 0 || tag >> 3 > 0x1fffffff)
        return false;
    ret->number = (uint32_t)(tag >> 3);
    ret->wire = (enum df_pb_wire)(tag & 7);
    switch (ret->wire) {
    case DF_PB_VARINT:
        return take_varint(pb, &ret->value);
    case DF_PB_64:
        return take_fixed(pb, 8, &ret->value);
    case DF_PB_32:
        return take_fixed(pb, 4, &ret->value);
    case DF_PB_BYTES:
        return take_bytes(pb, &ret->bytes);
    }
    return false; /* groups, which proto3 does not have */
}

bool df_pb_next(struct df_pb *pb, struct df_pb_field *ret)
{
    if (pb->bad || pb->rest.n == 0)
        return false;
    pb->bad = !take_field(pb, ret);
    return !pb->bad;
}

bool df_pb_next_bytes(struct df_pb *pb, uint32_t number, struct df_str *ret)
{
    struct df_pb_field field;
    while (df_pb_next(pb, &field))
        if (field.number == number && field.wire == DF_PB_BYTES) {
            *ret = field.bytes;
            return true;
        }
    return false;
}

static bool find(struct df_str message, uint32_t number, struct df_pb_field *ret)
{
    struct df_pb pb = df_pb_read(message);
    struct df_pb_field field;
    bool found = false;
    while (df_pb_next(&pb, &field))
        if (field.number == number) {
            *ret = field;
            found = true;
        }
    return found;
}

struct df_str df_pb_bytes(struct df_str message, uint32_t number)
{
    struct df_pb_field field;
    return find(message, number, &field) ? field.bytes : DF_STR_NONE;
}

uint64_t df_pb_int(struct df_str message, uint32_t number)
{
    struct df_pb_field field;
    return find(message, number, &field) ? field.value : 0;
}

bool df_pb_has(struct df_str message, uint32_t number)
{
    struct df_pb_field field;
    return find(message, number, &field);
}

bool df_pb_map(struct df_str message, uint32_t number, struct df_str key, struct df_str *ret)
{
    struct df_pb pb = df_pb_read(message);
    struct df_str entry;
    bool found = false;
    while (df_pb_next_bytes(&pb, number, &entry))
        if (df_str_eq(df_pb_bytes(entry, 1), key)) {
            *ret = df_pb_bytes(entry, 2);
            found = true;
        }
    return found;
}

/* What does not fit, which no server sends, is cut to the largest. The nanoseconds may be any 32 bits: 2,147 ms. */
int64_t df_pb_ms(struct df_str message, uint32_t number)
{
    const int64_t most = INT64_MAX / 1000 - 3;
    struct df_str time = df_pb_bytes(message, number);
    int64_t seconds = (int64_t)df_pb_int(time, 1), nanos = (int32_t)df_pb_int(time, 2);
    if (seconds > most || seconds < -most)
        seconds = seconds < 0 ? -most : most;
    return seconds * 1000 + nanos / 1000000;
}

static void put_varint(struct df_buf *to, uint64_t value)
{
    char bytes[10];
    size_t n = 0;
    for (; value >= 0x80; value >>= 7)
        bytes[n++] = (char)(value | 0x80);
    bytes[n++] = (char)value;
    df_buf_put(to, bytes, n);
}

void df_pb_put_int(struct df_buf *to, uint32_t number, uint64_t value)
{
    put_varint(to, (uint64_t)number << 3 | DF_PB_VARINT);
    put_varint(to, value);
}

void df_pb_put_double(struct df_buf *to, uint32_t number, double value)
{
    uint64_t bits;
    char bytes[8];
    memcpy(&bits, &value, sizeof bits);
    for (unsigned i = 0; i < 8; i++)
        bytes[i] = (char)(bits >> (8 * i));
    put_varint(to, (uint64_t)number << 3 | DF_PB_64);
    df_buf_put(to, bytes, 8);
}

void df_pb_put_bytes(struct df_buf *to, uint32_t number, struct df_str bytes)
{
    put_varint(to, (uint64_t)number << 3 | DF_PB_BYTES);
    put_varint(to, bytes.n);
    df_buf_put(to, bytes.p, bytes.n);
}

void df_pb_put_ms(struct df_buf *to, uint32_t number, int64_t ms)
{
    size_t opened = df_pb_open(to, number);
    if (ms / 1000)
        df_pb_put_int(to, 1, (uint64_t)(ms / 1000));
    if (ms % 1000)
        df_pb_put_int(to, 2, (uint64_t)(ms % 1000 * 1000000));
    df_pb_close(to, opened);
}

size_t df_pb_open(struct df_buf *to, uint32_t number)
{
    put_varint(to, (uint64_t)number << 3 | DF_PB_BYTES);
    return to->n;
}

/* The length goes before what is there already, which moves by the few bytes it takes. */
void df_pb_close(struct df_buf *to, size_t opened)
{
    size_t n = to->n - opened;
    put_varint(to, n);
    if (to->overflow)
        return;
    size_t took = to->n - opened - n;
    char length[10];
    memcpy(length, to->p + opened + n, took);
    memmove(to->p + opened + took, to->p + opened, n);
    memcpy(to->p + opened, length, took);
}
