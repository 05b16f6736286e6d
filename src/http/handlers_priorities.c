#include "http/api.h"
#include "service/priorities.h"

enum df_code df_handle_priorities(void *app, const struct df_request *request, struct df_reply *reply,
                                  struct df_error *err)
{
    const struct df_api *api = app;
    struct df_issue_query query = {
        .query = df_request_query(request, "query"),
        .query_given = df_params_find(request->query, request->n_query, "query") != NULL,
    };
    struct df_priorities list;
    DF_TRY(df_api_query_int(request, "limit", &query.limit, err));
    DF_TRY(df_project_priorities(api->d, request->params[0], &query, request->arena, &list, err));
    struct df_json_writer w = df_api_json(reply);
    df_priorities_json(&list, &w);
    return DF_OK;
}
