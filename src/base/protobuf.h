/* Protocol Buffers' wire format, read and written by field number (protobuf.dev, "Encoding"): a message is bytes, and whoever looks
 * into it knows its .proto. Reading is of bytes nobody vouches for: every length is checked, and a message that ends in the middle or has
 * what proto3 does not is `bad` from there on. Pure; any thread. */
#ifndef DF_BASE_PROTOBUF_H
#define DF_BASE_PROTOBUF_H

#include "base/buf.h"

enum df_pb_wire { DF_PB_VARINT = 0, DF_PB_64 = 1, DF_PB_BYTES = 2, DF_PB_32 = 5 };

struct df_pb {
    struct df_str rest;
    bool bad;
};
struct df_pb_field {
    uint32_t number;
    enum df_pb_wire wire;
    uint64_t value;      /* of all but DF_PB_BYTES */
    struct df_str bytes; /* of DF_PB_BYTES: a view */
};

struct df_pb df_pb_read(struct df_str message);
/* The next field; false at the end, and where the message is bad. */
bool df_pb_next(struct df_pb *pb, struct df_pb_field *ret);
/* The next field of that number and of type DF_PB_BYTES: the elements of a repeated one. */
bool df_pb_next_bytes(struct df_pb *pb, uint32_t number, struct df_str *ret);

/* The last field of that number in the message, as proto3 says; empty or 0 without one. */
struct df_str df_pb_bytes(struct df_str message, uint32_t number);
uint64_t df_pb_int(struct df_str message, uint32_t number);
/* Whether it is there at all: an empty message differs from none. */
bool df_pb_has(struct df_str message, uint32_t number);
/* The value of that key in the map<string, ...> of that number. */
bool df_pb_map(struct df_str message, uint32_t number, struct df_str key, struct df_str *ret);
/* google.protobuf.Timestamp or Duration in the field of that number, in ms; 0 without one. */
int64_t df_pb_ms(struct df_str message, uint32_t number);

/* Appending to a message. Zero and empty are proto3's defaults and need no field; these write them all the same. */
void df_pb_put_int(struct df_buf *to, uint32_t number, uint64_t value);
void df_pb_put_double(struct df_buf *to, uint32_t number, double value);
void df_pb_put_bytes(struct df_buf *to, uint32_t number, struct df_str bytes);
/* As a Timestamp or Duration. */
void df_pb_put_ms(struct df_buf *to, uint32_t number, int64_t ms);
/* A message in a field: what is appended between open and close is its. */
size_t df_pb_open(struct df_buf *to, uint32_t number);
void df_pb_close(struct df_buf *to, size_t opened);

#endif
