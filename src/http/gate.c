#include "http/gate.h"
#include "base/json.h"
#include "http/api.h"
#include "http/audit_note.h"
#include "service/gate.h"

/* One key, however often it is given. */
struct presented {
    struct df_str key;
    bool two; /* and they are not the same */
};

static void take_key(struct presented *all, struct df_str key)
{
    if (all->key.n && key.n && !df_str_eq(all->key, key))
        all->two = true;
    if (!all->key.n)
        all->key = key;
}

static struct df_str bearer_of(struct df_str value)
{
    struct df_str scheme;
    if (!df_str_split(&value, ' ', &scheme) || !df_str_ieq(scheme, DF_S("Bearer")))
        return DF_STR_NONE;
    return df_str_trim(value);
}

static struct presented presented(const struct df_request *request)
{
    struct presented ours = {.two = false}, bearer = {.two = false};
    bool other = false;
    for (size_t i = 0; i < request->n_headers; i++) {
        const struct df_param *header = &request->headers[i];
        if (!header->name.n || !strchr("aAxX", header->name.p[0]))
            continue;
        if (df_str_ieq(header->name, DF_S("X-API-Key")))
            take_key(&ours, header->value);
        else if (df_str_ieq(header->name, DF_S("Authorization"))) {
            struct df_str key = bearer_of(header->value);
            other = other || !key.n;
            take_key(&bearer, key);
        }
    }
    /* Programs made for the provider send a token of their own through the proxy, which drops it. */
    if (!ours.key.n || request->route->access != DF_ACCESS_PROXY) {
        ours.two = ours.two || bearer.two || (ours.key.n && other);
        take_key(&ours, bearer.key);
    }
    return ours;
}

static enum df_code identify(const struct df_api *api, struct df_request *request, bool may_wait, bool *ret_wait,
                             struct df_error *err)
{
    struct df_caller *caller = DF_NEW(request->arena, struct df_caller);
    const struct presented all = presented(request);
    const struct df_gate_ask ask = {
        .presented = all.key,
        /* Whoever speaks for others from this machine is a proxy towards a network. */
        .from_here = request->peer_is_loopback && !df_request_was_passed_on(request),
        .may_wait = may_wait,
    };
    if (all.two) {
        *caller = (struct df_caller){.kind = DF_CALLER_NOBODY, .role = DF_ROLE_READ};
        request->caller = caller;
        return DF_OK;
    }
    DF_TRY(df_gate_identify(api->d->gate, &ask, request->arena, caller, ret_wait, err));
    if (!*ret_wait)
        request->caller = caller;
    return DF_OK;
}

/* What the handler will read is what is looked at here: it refuses a body that names a field twice. */
static enum df_code project_of_body(const struct df_request *request, bool required, struct df_str *ret,
                                    struct df_error *err)
{
    const struct df_json *body, *project;
    DF_TRY(df_api_json_body(request, &body, err));
    project = df_json_get(body, "projectId");
    *ret = df_json_str(project);
    if (!ret->n && (required || !df_json_is_null(project)))
        return df_fail(err, DF_ERR_INVALID, "projectId is required");
    if (!ret->n)
        *ret = request->caller->project_id;
    return DF_OK;
}

static enum df_code project_of(const struct df_request *request, struct df_str *ret, struct df_error *err)
{
    enum df_project_at at = (enum df_project_at)request->route->project_at;
    switch (at) {
    case DF_PROJECT_PATH:
        *ret = request->params[0];
        return DF_OK;
    case DF_PROJECT_QUERY:
        return df_api_required_query(request, "project", ret, err);
    case DF_PROJECT_BODY:
    case DF_PROJECT_BODY_OR_OWN:
        return project_of_body(request, at == DF_PROJECT_BODY, ret, err);
    default:
        *ret = DF_STR_NONE;
        return DF_OK;
    }
}

static enum df_code refuse(const struct df_api *api, const struct df_request *request, enum df_code code,
                           struct df_str project_id, struct df_error *err)
{
    const struct df_caller *caller = request->caller;
    struct df_str route = df_arena_printf(request->arena, "%.*s %s", DF_FMT(df_str_head(request->method, 8)),
                                          request->route->path);
    df_api_note_often(api, request, "refused", df_str_head(project_id, 63), route, code);
    if (code == DF_ERR_PROJECT) /* the words of one that is not there */
        return df_fail(err, code, "Project %.*s not found", DF_FMT(df_str_head(project_id, 64)));
    if (code == DF_ERR_FORBIDDEN)
        return df_fail(err, code, "this API key may not do that: its role is %s%s", df_role_name(caller->role),
                       request->route->access == DF_ACCESS_TOKENS  ? " without the permission tokens"
                       : request->route->access == DF_ACCESS_PROXY ? " without the permission proxy"
                                                                   : "");
    if (presented(request).two)
        return df_fail(err, code, "X-API-Key and Authorization do not agree: send one API key");
    if (presented(request).key.n)
        return df_fail(err, code, "this API key is not known, was revoked or has expired");
    if (caller->kind == DF_CALLER_OPEN)
        return df_fail(
            err, code,
            "this needs an API key on loopback too: the local one, which the commands find by themselves, or "
            "one of devflow apikey:create");
    return df_fail(err, code,
                   "an API key is needed: send it as Authorization: Bearer KEY or X-API-Key: KEY (devflow "
                   "apikey:create makes one)");
}

static bool in_body(const struct df_request *request)
{
    return request->route->project_at == DF_PROJECT_BODY || request->route->project_at == DF_PROJECT_BODY_OR_OWN;
}

static enum df_code judge(const struct df_api *api, const struct df_request *request, bool project_known,
                          struct df_error *err)
{
    enum df_access access = (enum df_access)request->route->access;
    struct df_str project_id = DF_STR_NONE;
    enum df_code code = df_access_verdict(request->caller, access, false, DF_STR_NONE);
    /* Only a key of one project makes its project matter. */
    if (code == DF_OK && project_known && request->caller->role == DF_ROLE_PROJECT) {
        DF_TRY(project_of(request, &project_id, err));
        code = df_access_verdict(request->caller, access, true, project_id);
    }
    return code == DF_OK ? DF_OK : refuse(api, request, code, project_id, err);
}

enum df_admission df_api_admit(void *app, struct df_request *request, enum df_admit_when when, struct df_error *err)
{
    const struct df_api *api = app;
    bool wait = false, whole = when != DF_ADMIT_HEAD || !in_body(request);
    if (request->route->access == DF_ACCESS_PUBLIC)
        return DF_ADMITTED;
    if (!request->caller && identify(api, request, when == DF_ADMIT_IN_POOL, &wait, err) != DF_OK)
        return DF_REFUSED;
    if (wait)
        return DF_NOT_YET;
    if (judge(api, request, whole, err) != DF_OK)
        return DF_REFUSED;
    return whole ? DF_ADMITTED : DF_NOT_YET;
}

/* A body that cannot be read names nobody: its handler will refuse it at once. */
uint64_t df_api_owner(void *app, const struct df_request *request)
{
    (void)app;
    struct df_error err;
    struct df_str owner = DF_STR_NONE;
    if (project_of(request, &owner, &err) != DF_OK || !owner.n)
        owner = df_api_own_project(request);
    return df_str_hash(owner.n ? owner : df_request_network(request));
}

struct df_str df_api_own_project(const struct df_request *request)
{
    const struct df_caller *caller = request->caller;
    return caller && caller->role == DF_ROLE_PROJECT ? caller->project_id : DF_STR_NONE;
}
