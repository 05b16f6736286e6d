#include "adapter/temporal_parts.h"
#include "base/json.h"

/* temporal.api.enums.v1.EventType of what is told, and the field of HistoryEvent that has its attributes. */
enum { PAGE = 1000, DEFAULT_LIMIT = 1000, VALUE_BYTES = 4096 };

enum df_code temporal_each_event(struct temporal *t, struct df_str id, struct df_arena *arena,
                                 bool (*each)(struct df_str event, void *arg), void *arg, struct df_error *err)
{
    struct df_str token = DF_STR_NONE;
    do {
        struct df_str response, event;
        struct df_buf request = temporal_request(t, arena);
        df_temporal_put_execution(&request, 2, id, DF_STR_NONE);
        df_pb_put_int(&request, 3, PAGE);
        if (token.n)
            df_pb_put_bytes(&request, 4, token);
        DF_TRY(temporal_call(t, "GetWorkflowExecutionHistory", &request, TEMPORAL_CALL_MS, arena, &response, err));
        struct df_pb pb = df_pb_read(df_pb_bytes(response, 1));
        while (df_pb_next_bytes(&pb, 1, &event))
            if (!each(event, arg))
                return DF_OK;
        token = df_pb_bytes(response, 3);
    } while (token.n);
    return DF_OK;
}

struct scheduled {
    uint64_t event;
    uint32_t seq;
    struct df_str name;
};

struct telling {
    struct df_arena *arena;
    struct df_workflow_happening *items;
    size_t n, cap, limit;
    bool more;
    struct scheduled *scheduled;
    size_t n_scheduled, cap_scheduled;
};

static struct df_workflow_happening *add(struct telling *told, const char *kind)
{
    if (told->n == told->cap) {
        size_t cap = told->cap ? 2 * told->cap : 64;
        told->items = df_arena_grow(told->arena, told->items, told->cap * sizeof *told->items,
                                    cap * sizeof *told->items);
        told->cap = cap;
    }
    told->items[told->n] = (struct df_workflow_happening){.kind = kind};
    return &told->items[told->n++];
}

static uint32_t number(struct df_str text)
{
    unsigned long long n;
    return df_str_to_u64(text, &n) ? (uint32_t)n : 0;
}

static void remember(struct telling *told, uint64_t event, struct df_str seq, struct df_str name)
{
    if (told->n_scheduled == told->cap_scheduled) {
        size_t cap = told->cap_scheduled ? 2 * told->cap_scheduled : 64;
        told->scheduled = df_arena_grow(told->arena, told->scheduled, told->cap_scheduled * sizeof *told->scheduled,
                                        cap * sizeof *told->scheduled);
        told->cap_scheduled = cap;
    }
    told->scheduled[told->n_scheduled++] = (struct scheduled){event, number(seq), name};
}

static void name_by(const struct telling *told, struct df_workflow_happening *h, uint64_t event)
{
    for (size_t i = told->n_scheduled; i-- > 0;)
        if (told->scheduled[i].event == event) {
            h->seq = told->scheduled[i].seq;
            h->name = told->scheduled[i].name;
            return;
        }
}

static void fail_by(struct df_workflow_happening *h, struct df_str failure)
{
    struct df_temporal_failure read = df_temporal_failure(failure);
    h->code = read.code;
    h->value = df_str_head(read.sentence, VALUE_BYTES);
}

static struct df_str cut(struct df_str value)
{
    return df_str_head(value, VALUE_BYTES);
}

/* A local activity is a marker: "data" is JSON with its seq and type, "result" its result. */
static void tell_marker(struct telling *told, struct df_str marker)
{
    struct df_str name = df_pb_bytes(marker, 1), data = DF_STR_NONE, result = DF_STR_NONE;
    const struct df_json *json = NULL;
    if (df_pb_map(marker, 2, DF_S("data"), &data))
        (void)df_json_parse(told->arena, df_temporal_payloads(data), 0, &json, NULL);
    if (df_str_is(name, "core_patch")) {
        struct df_str id = df_json_get_str(json, "id");
        add(told, "patch")->name = id;
        return;
    }
    if (!df_str_is(name, "core_local_activity"))
        return;
    struct df_workflow_happening *h = add(told, "step");
    h->seq = number(df_json_get_str(json, "activity_id"));
    h->name = df_json_get_str(json, "activity_type");
    if (df_pb_has(marker, 5))
        fail_by(h, df_pb_bytes(marker, 5));
    else if (df_pb_map(marker, 2, DF_S("result"), &result))
        h->value = cut(df_temporal_payloads(result));
}

/* The attempts before are known from the one that began last. */
static void tell_began(struct telling *told, struct df_str began)
{
    if (df_pb_int(began, 4) < 2)
        return;
    struct df_workflow_happening *h = add(told, "attempt");
    name_by(told, h, df_pb_int(began, 1));
    fail_by(h, df_pb_bytes(began, 5));
}

static void tell_answered(struct telling *told, const char *kind, struct df_str in, uint32_t scheduled, bool failed)
{
    struct df_workflow_happening *h = add(told, kind);
    name_by(told, h, df_pb_int(in, scheduled));
    if (failed)
        fail_by(h, df_pb_bytes(in, 1));
    else
        h->value = cut(df_temporal_payloads(df_pb_bytes(in, 1)));
}

static void tell_plain(struct telling *told, const char *kind, enum df_code code, struct df_str name,
                       struct df_str value)
{
    struct df_workflow_happening *h = add(told, kind);
    h->code = code;
    h->name = name;
    h->value = cut(value);
}

static void tell_run(struct telling *told, uint64_t type, struct df_str event)
{
    switch (type) {
    case 1:
        tell_plain(told, "started", DF_OK, df_pb_bytes(df_pb_bytes(df_pb_bytes(event, 6), 1), 1),
                   df_temporal_payloads(df_pb_bytes(df_pb_bytes(event, 6), 6)));
        break;
    case 2:
        tell_plain(told, "completed", DF_OK, DF_STR_NONE, df_temporal_payloads(df_pb_bytes(df_pb_bytes(event, 7), 1)));
        break;
    case 3:
        fail_by(add(told, "failed"), df_pb_bytes(df_pb_bytes(event, 8), 1));
        break;
    case 4:
        tell_plain(told, "failed", DF_ERR_TIMED_OUT, DF_STR_NONE, DF_S("it took longer than it may"));
        break;
    case 9: /* a reset writes one too */
        if (df_pb_bytes(df_pb_bytes(event, 14), 7).n)
            tell_plain(told, "retried", DF_OK, DF_STR_NONE, DF_STR_NONE);
        else
            fail_by(add(told, "parked"), df_pb_bytes(df_pb_bytes(event, 14), 4));
        break;
    case 20:
        tell_plain(told, "cancel", DF_OK, DF_STR_NONE, DF_STR_NONE);
        break;
    case 21:
        tell_plain(told, "cancelled", DF_ERR_CANCELLED, DF_STR_NONE, DF_STR_NONE);
        break;
    case 26:
        tell_plain(told, "signal", DF_OK, df_pb_bytes(df_pb_bytes(event, 26), 1),
                   df_temporal_payloads(df_pb_bytes(df_pb_bytes(event, 26), 2)));
        break;
    case 27:
        tell_plain(told, "cancelled", DF_ERR_CANCELLED, DF_STR_NONE, df_pb_bytes(df_pb_bytes(event, 27), 1));
        break;
    case 28:
        tell_plain(told, "continued", DF_OK, DF_STR_NONE, DF_STR_NONE);
        break;
    default:
        break;
    }
}

static void tell_answer(struct telling *told, uint64_t type, struct df_str event)
{
    struct df_str in;
    switch (type) {
    case 10:
        in = df_pb_bytes(event, 15);
        remember(told, df_pb_int(event, 1), df_pb_bytes(in, 1), df_pb_bytes(df_pb_bytes(in, 2), 1));
        break;
    case 11:
        tell_began(told, df_pb_bytes(event, 16));
        break;
    case 12:
        tell_answered(told, "step", df_pb_bytes(event, 17), 2, false);
        break;
    case 13:
        tell_answered(told, "step", df_pb_bytes(event, 18), 2, true);
        break;
    case 14:
        tell_answered(told, "step", df_pb_bytes(event, 19), 2, true);
        break;
    case 18:
        add(told, "timer")->seq = number(df_pb_bytes(df_pb_bytes(event, 21), 1));
        break;
    case 25:
        tell_marker(told, df_pb_bytes(event, 25));
        break;
    case 29:
        in = df_pb_bytes(event, 34);
        remember(told, df_pb_int(event, 1), DF_STR_NONE, df_pb_bytes(df_pb_bytes(in, 3), 1));
        break;
    case 32:
        tell_answered(told, "child", df_pb_bytes(event, 37), 5, false);
        break;
    case 33:
        tell_answered(told, "child", df_pb_bytes(event, 38), 5, true);
        break;
    default:
        tell_run(told, type, event);
        break;
    }
}

static bool tell_event(struct df_str event, void *arg)
{
    struct telling *told = arg;
    size_t before = told->n;
    tell_answer(told, df_pb_int(event, 3), event);
    for (size_t i = before; i < told->n; i++)
        told->items[i].at_ms = df_pb_ms(event, 2);
    told->more = told->n > told->limit;
    return !told->more;
}

enum df_code temporal_history(struct df_engine *engine, struct df_str id, int limit, struct df_arena *arena,
                              struct df_workflow_happening **ret, size_t *ret_n, bool *ret_more, struct df_error *err)
{
    struct telling told = {.arena = arena, .limit = limit > 0 ? (size_t)limit : DEFAULT_LIMIT};
    enum df_code code = temporal_each_event((struct temporal *)engine, id, arena, tell_event, &told, err);
    if (code == DF_ERR_WORKFLOW)
        return df_fail(err, DF_ERR_WORKFLOW, "no workflow %.*s", DF_FMT(id));
    DF_TRY(code);
    *ret = told.items;
    *ret_n = told.more ? told.limit : told.n;
    *ret_more = told.more;
    return DF_OK;
}
