#include "http/api.h"
#include "http/audit_note.h"
#include "service/keys.h"

static void put_rotation(struct df_json_writer *w, const struct df_rotation *r, bool stalled, struct df_arena *arena)
{
    static const char *const names[] = {"none", "running", "done", "failed"};
    struct df_str freed = r->freed, id;
    df_json_kstr(w, "state", df_str_c(stalled ? "stalled" : names[r->state]));
    df_json_kstr_or_null(w, "to", r->to_id.n ? df_hex(r->to_id.p, r->to_id.n, arena) : DF_STR_NONE);
    df_json_kint(w, "done", r->done);
    df_json_kint(w, "total", r->total);
    df_json_kint(w, "passes", r->passes);
    df_json_kopen(w, "freed", '[');
    while (freed.n && df_str_split(&freed, ',', &id))
        df_json_put_str(w, id);
    df_json_close(w, ']');
    df_json_kstr_or_null(w, "message", r->message);
    df_api_put_time(w, "startedAt", r->started_ms, arena);
    df_api_put_time(w, "updatedAt", r->updated_ms, arena);
}

enum df_code df_handle_keys(void *app, const struct df_request *request, struct df_reply *reply, struct df_error *err)
{
    const struct df_api *api = app;
    struct df_arena *arena = request->arena;
    struct df_key_state *keys;
    struct df_rotation rotation;
    size_t n;
    bool stalled;
    DF_TRY(df_keys_status(api->d, arena, &keys, &n, err));
    DF_TRY(df_keys_rotation(api->d, arena, &rotation, &stalled, err));
    struct df_json_writer w = df_api_json(reply);
    df_json_open(&w, '{');
    df_json_kopen(&w, "keys", '[');
    for (size_t i = 0; i < n; i++) {
        df_json_open(&w, '{');
        df_json_kstr(&w, "id", df_hex(keys[i].use.id.p, keys[i].use.id.n, arena));
        df_json_kbool(&w, "current", keys[i].current);
        df_json_kbool(&w, "held", keys[i].held);
        df_json_kint(&w, "values", keys[i].use.values);
        df_api_put_time(&w, "firstUsedAt", keys[i].use.first_used_ms, arena);
        df_json_close(&w, '}');
    }
    df_json_close(&w, ']');
    df_json_kopen(&w, "rotation", '{');
    put_rotation(&w, &rotation, stalled, arena);
    df_json_close(&w, '}');
    df_json_close(&w, '}');
    return DF_OK;
}

enum df_code df_handle_key_rotation(void *app, const struct df_request *request, struct df_reply *reply,
                                    struct df_error *err)
{
    const struct df_api *api = app;
    struct df_rotation rotation;
    bool stalled;
    DF_TRY(df_keys_rotation(api->d, request->arena, &rotation, &stalled, err));
    struct df_json_writer w = df_api_json(reply);
    df_json_open(&w, '{');
    put_rotation(&w, &rotation, stalled, request->arena);
    df_json_close(&w, '}');
    return DF_OK;
}

enum df_code df_handle_key_rotate(void *app, const struct df_request *request, struct df_reply *reply,
                                  struct df_error *err)
{
    const struct df_api *api = app;
    DF_TRY(df_keys_rotate(df_api_noting(api, request, "encryption_key.rotate"), err));
    reply->status = 202;
    return df_handle_key_rotation(app, request, reply, err);
}
