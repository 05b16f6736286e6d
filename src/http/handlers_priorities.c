#include "http/api.h"
#include "http/audit_note.h"
#include "service/priorities.h"

enum df_code df_handle_priorities(void *app, const struct df_request *request, struct df_reply *reply,
                                  struct df_error *err)
{
    const struct df_api *api = app;
    struct df_issue_query query = {
        .query = df_request_query(request, "query"),
        .query_given = df_request_query_given(request, "query") != NULL,
    };
    struct df_priorities list;
    DF_TRY(df_api_query_int(request, "limit", &query.limit, err));
    const struct df_str *given = df_request_query_given(request, "compare");
    struct df_str compare = given ? *given : DF_S("false");
    if (!df_str_is(compare, "true") && !df_str_is(compare, "false"))
        return df_fail(err, DF_ERR_INVALID, "compare must be true or false");
    DF_TRY(df_project_priorities(api->d, request->params[0], &query, df_str_is(compare, "true"), request->arena, &list,
                                 err));
    struct df_json_writer w = df_api_json(reply);
    df_priorities_json(&list, &w);
    return DF_OK;
}

static enum df_code put_weights(struct df_reply *reply, const struct df_urgency_weights *weights)
{
    struct df_json_writer w = df_api_json(reply);
    df_json_open(&w, '{');
    df_json_key(&w, DF_S("weights"));
    df_urgency_weights_json(weights, &w);
    df_json_close(&w, '}');
    return DF_OK;
}

enum df_code df_handle_priority_weights(void *app, const struct df_request *request, struct df_reply *reply,
                                        struct df_error *err)
{
    const struct df_api *api = app;
    struct df_urgency_weights weights;
    DF_TRY(api->d->store->ops->priority_weights_get(api->d->store, request->params[0], request->arena, &weights, err));
    return put_weights(reply, &weights);
}

/* {"weights": {"users": 40}, "reset": true} */
enum df_code df_handle_priority_configure(void *app, const struct df_request *request, struct df_reply *reply,
                                          struct df_error *err)
{
    const struct df_api *api = app;
    const struct df_json *body;
    struct df_urgency_weights weights;
    DF_TRY(df_api_json_body(request, &body, err));
    for (struct df_json_iter it = df_json_iter(body); df_json_next(&it);)
        if (!it.object || (!df_str_is(it.key, "weights") && !df_str_is(it.key, "reset")))
            return df_fail(err, DF_ERR_INVALID, "the body has weights and reset alone");
    const struct df_json *given = df_json_get(body, "weights"), *reset = df_json_get(body, "reset");
    if (!df_json_is_object(body) || (given && !df_json_is_object(given)) || (reset && !df_json_is_bool(reset)))
        return df_fail(err, DF_ERR_INVALID, "weights must be an object, reset true or false");
    DF_TRY(df_priorities_configure(df_api_noting(api, request, "priorities.settings"), request->params[0], given,
                                   df_json_bool(reset, false), request->arena, &weights, err));
    return put_weights(reply, &weights);
}
