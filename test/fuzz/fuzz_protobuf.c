/* Messages of any bytes: fields stay inside, what was read can be written and read again, and nothing is read past a fault. */
#include "fuzz.h"

#include "base/protobuf.h"

static void walk(struct df_str message, struct df_arena *arena, unsigned depth)
{
    struct df_pb pb = df_pb_read(message);
    struct df_pb_field field;
    struct df_buf again;
    df_buf_init(&again, arena, 1 << 20);
    while (df_pb_next(&pb, &field)) {
        fuzz_check(field.number > 0);
        if (field.wire == DF_PB_BYTES) {
            fuzz_check(field.bytes.n == 0 ||
                       (field.bytes.p >= message.p && field.bytes.p + field.bytes.n <= message.p + message.n));
            df_pb_put_bytes(&again, field.number, field.bytes);
            fuzz_check(df_str_eq(df_pb_bytes(df_buf_str(&again), field.number), field.bytes));
            if (depth < 8)
                walk(field.bytes, arena, depth + 1);
        } else if (field.wire == DF_PB_VARINT) {
            df_pb_put_int(&again, field.number, field.value);
            fuzz_check(df_pb_int(df_buf_str(&again), field.number) == field.value);
        }
        df_buf_cut(&again, 0);
    }
    fuzz_check(pb.bad || pb.rest.n == 0);
    fuzz_check(!df_pb_next(&pb, &field));
    struct df_str value;
    int64_t ms = df_pb_ms(message, 1);
    fuzz_check(ms != 1 || df_pb_has(message, 1));
    if (df_pb_map(message, 1, DF_S("encoding"), &value))
        fuzz_check(df_pb_has(message, 1));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    walk(df_str_n((const char *)data, n), arena, 0);
    return 0;
}
