#include "http/api.h"
#include "http/audit_note.h"
#include "http/gate.h"
#include "service/projects.h"

static void put_project(struct df_json_writer *w, const struct df_project *p, struct df_arena *arena)
{
    df_json_open(w, '{');
    df_json_kstr(w, "id", p->id);
    df_json_kstr(w, "name", p->name);
    df_json_kstr(w, "description", p->description);
    df_json_kstr_or_null(w, "repository", p->repository);
    df_json_kbool(w, "isActive", true);
    df_api_put_time(w, "createdAt", p->created_ms, arena);
    df_api_put_time(w, "updatedAt", p->updated_ms, arena);
    df_json_close(w, '}');
}

static enum df_code reply_project(const struct df_project *p, const struct df_request *request, struct df_reply *reply)
{
    struct df_json_writer w = df_api_json(reply);
    put_project(&w, p, request->arena);
    return DF_OK;
}

enum df_code df_handle_project_create(void *app, const struct df_request *request, struct df_reply *reply,
                                      struct df_error *err)
{
    static const struct df_json_field fields[] = {
        {"name", DF_JSON_STRING, true, offsetof(struct df_project, name), 200},
        {"id", DF_JSON_STRING, false, offsetof(struct df_project, id), 63},
        {"description", DF_JSON_STRING, false, offsetof(struct df_project, description), 4000},
        {"repository", DF_JSON_STRING, false, offsetof(struct df_project, repository), 2000},
    };
    const struct df_api *api = app;
    struct df_project p = {.created_ms = 0};
    DF_TRY(df_api_body(request, fields, sizeof fields / sizeof *fields, &p, err));
    DF_TRY(df_projects_create(df_api_noting(api, request, "project.create"), &p, request->arena, err));
    reply->status = 201;
    return reply_project(&p, request, reply);
}

/* All there are, to who may see all; a project's key sees its own. */
static enum df_code list_for(const struct df_api *api, const struct df_request *request, struct df_project **ret,
                             size_t *ret_n, struct df_error *err)
{
    const struct df_store_ops *ops = api->d->store->ops;
    struct df_str own = df_api_own_project(request);
    if (!own.n)
        return ops->project_list(api->d->store, request->arena, ret, ret_n, err);
    *ret = DF_NEW(request->arena, struct df_project);
    enum df_code code = ops->project_find(api->d->store, own, request->arena, *ret, err);
    *ret_n = code == DF_OK;
    return code == DF_ERR_PROJECT ? DF_OK : code;
}

enum df_code df_handle_project_list(void *app, const struct df_request *request, struct df_reply *reply,
                                    struct df_error *err)
{
    const struct df_api *api = app;
    struct df_project *projects;
    size_t n;
    DF_TRY(list_for(api, request, &projects, &n, err));
    struct df_json_writer w = df_api_json(reply);
    df_json_open(&w, '[');
    for (size_t i = 0; i < n; i++)
        put_project(&w, &projects[i], request->arena);
    df_json_close(&w, ']');
    return DF_OK;
}

enum df_code df_handle_project_show(void *app, const struct df_request *request, struct df_reply *reply,
                                    struct df_error *err)
{
    const struct df_api *api = app;
    struct df_project p;
    DF_TRY(api->d->store->ops->project_find(api->d->store, request->params[0], request->arena, &p, err));
    return reply_project(&p, request, reply);
}

enum df_code df_handle_project_update(void *app, const struct df_request *request, struct df_reply *reply,
                                      struct df_error *err)
{
    static const struct df_json_field fields[] = {
        {"name", DF_JSON_STRING, false, offsetof(struct df_project, name), 200},
        {"description", DF_JSON_STRING, false, offsetof(struct df_project, description), 4000},
        {"repository", DF_JSON_STRING, false, offsetof(struct df_project, repository), 2000},
    };
    const struct df_api *api = app;
    struct df_project change = {.created_ms = 0}, p;
    DF_TRY(df_api_body(request, fields, sizeof fields / sizeof *fields, &change, err));
    DF_TRY(df_projects_update(df_api_noting(api, request, "project.update"), request->params[0], &change,
                              request->arena, &p, err));
    return reply_project(&p, request, reply);
}

enum df_code df_handle_project_delete(void *app, const struct df_request *request, struct df_reply *reply,
                                      struct df_error *err)
{
    const struct df_api *api = app;
    DF_TRY(df_projects_delete(df_api_noting(api, request, "project.delete"), request->params[0], err));
    reply->status = 204;
    return DF_OK;
}
