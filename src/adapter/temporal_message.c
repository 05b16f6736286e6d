#include "adapter/temporal_message.h"
#include "base/json.h"

enum { PAYLOAD_METADATA = 1, PAYLOAD_DATA = 2, CAUSES = 16 };
/* temporal.api.failure.v1.Failure */
enum {
    MESSAGE = 1,
    SOURCE = 2,
    CAUSE = 4,
    APPLICATION = 5,
    TIMEOUT = 6,
    CANCELLED = 7,
    TERMINATED = 8,
    ACTIVITY = 11,
    CHILD = 12
};
enum { APPLICATION_TYPE = 1, APPLICATION_FINAL = 2, APPLICATION_NEXT = 4 };
enum { TIMEOUT_TYPE = 1, TIMEOUT_HEARTBEAT = 4 };

static void put_entry(struct df_buf *to, uint32_t number, struct df_str key, struct df_str value)
{
    size_t entry = df_pb_open(to, number);
    df_pb_put_bytes(to, 1, key);
    df_pb_put_bytes(to, 2, value);
    df_pb_close(to, entry);
}

void df_temporal_put_payload(struct df_buf *to, uint32_t number, struct df_str value)
{
    size_t payload = df_pb_open(to, number);
    put_entry(to, PAYLOAD_METADATA, DF_S("encoding"), value.n ? DF_S("json/plain") : DF_S("binary/null"));
    if (value.n)
        df_pb_put_bytes(to, PAYLOAD_DATA, value);
    df_pb_close(to, payload);
}

void df_temporal_put_payloads(struct df_buf *to, uint32_t number, struct df_str value)
{
    size_t payloads = df_pb_open(to, number);
    df_temporal_put_payload(to, 1, value);
    df_pb_close(to, payloads);
}

void df_temporal_put_text(struct df_buf *to, uint32_t number, const char *key, struct df_str text)
{
    struct df_buf json;
    struct df_json_writer w;
    df_buf_init(&json, to->arena, DF_TEMPORAL_MESSAGE_BYTES);
    df_json_writer_init(&w, &json, 0);
    df_json_put_str(&w, text);
    size_t entry = df_pb_open(to, number);
    df_pb_put_bytes(to, 1, df_str_c(key));
    df_temporal_put_payload(to, 2, df_buf_str(&json));
    df_pb_close(to, entry);
}

struct df_str df_temporal_payload(struct df_str payload)
{
    return df_pb_bytes(payload, PAYLOAD_DATA);
}

struct df_str df_temporal_payloads(struct df_str payloads)
{
    struct df_pb pb = df_pb_read(payloads);
    struct df_str first = DF_STR_NONE;
    return df_pb_next_bytes(&pb, 1, &first) ? df_temporal_payload(first) : DF_STR_NONE;
}

struct df_str df_temporal_text(struct df_str message, uint32_t number, const char *key, struct df_arena *arena)
{
    struct df_str payload;
    const struct df_json *value;
    if (!df_pb_map(message, number, df_str_c(key), &payload))
        return DF_STR_NONE;
    if (df_json_parse(arena, df_temporal_payload(payload), 0, &value, NULL) != DF_OK)
        return DF_STR_NONE;
    return df_json_str(value);
}

void df_temporal_put_execution(struct df_buf *to, uint32_t number, struct df_str id, struct df_str run_id)
{
    size_t execution = df_pb_open(to, number);
    df_pb_put_bytes(to, 1, id);
    if (run_id.n)
        df_pb_put_bytes(to, 2, run_id);
    df_pb_close(to, execution);
}

void df_temporal_put_named(struct df_buf *to, uint32_t number, struct df_str name)
{
    size_t named = df_pb_open(to, number);
    df_pb_put_bytes(to, 1, name);
    df_pb_close(to, named);
}

void df_temporal_put_failure(struct df_buf *to, uint32_t number, const struct df_temporal_failure *failure)
{
    size_t whole = df_pb_open(to, number);
    df_pb_put_bytes(to, MESSAGE, failure->sentence);
    df_pb_put_bytes(to, SOURCE, DF_S("devflow"));
    size_t info = df_pb_open(to, APPLICATION);
    df_pb_put_bytes(to, APPLICATION_TYPE, df_str_c(df_code_name(failure->code)));
    if (failure->final)
        df_pb_put_int(to, APPLICATION_FINAL, 1);
    if (failure->next_ms > 0)
        df_pb_put_ms(to, APPLICATION_NEXT, failure->next_ms);
    df_pb_close(to, info);
    df_pb_close(to, whole);
}

void df_temporal_put_called_off(struct df_buf *to, uint32_t number)
{
    size_t whole = df_pb_open(to, number);
    df_pb_put_bytes(to, MESSAGE, DF_S("it was cancelled"));
    df_pb_close(to, df_pb_open(to, CANCELLED));
    df_pb_close(to, whole);
}

static struct df_temporal_failure innermost(struct df_str failure)
{
    struct df_temporal_failure ret = {.code = DF_ERR_FAILED, .sentence = df_pb_bytes(failure, MESSAGE)};
    struct df_str application = df_pb_bytes(failure, APPLICATION);
    if (df_pb_has(failure, APPLICATION)) {
        char name[64];
        struct df_str type = df_str_head(df_pb_bytes(application, APPLICATION_TYPE), sizeof name - 1);
        if (type.n)
            memcpy(name, type.p, type.n);
        name[type.n] = '\0';
        ret.code = df_code_from_name(name);
        ret.final = df_pb_int(application, APPLICATION_FINAL) != 0;
    } else if (df_pb_has(failure, TIMEOUT)) {
        bool silent = df_pb_int(df_pb_bytes(failure, TIMEOUT), TIMEOUT_TYPE) == TIMEOUT_HEARTBEAT;
        ret.code = DF_ERR_TIMED_OUT;
        ret.sentence = silent ? DF_S("it gave no sign of life in time") : DF_S("it took longer than it may");
    } else if (df_pb_has(failure, CANCELLED) || df_pb_has(failure, TERMINATED)) {
        ret.code = DF_ERR_CANCELLED;
        ret.sentence = ret.sentence.n ? ret.sentence : DF_S("it was cancelled");
    }
    return ret;
}

struct df_temporal_failure df_temporal_failure(struct df_str failure)
{
    for (unsigned i = 0; i < CAUSES && df_pb_has(failure, CAUSE); i++) {
        if (!df_pb_has(failure, ACTIVITY) && !df_pb_has(failure, CHILD))
            break;
        failure = df_pb_bytes(failure, CAUSE);
    }
    return innermost(failure);
}
