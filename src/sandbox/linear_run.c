#include "sandbox/call.h"
#include "sandbox/linear_parts.h"

#include <stdio.h>

enum { COMPLEXITY_MAX = 10000, DATA_LIMIT_BYTES = 8 * 1024 * 1024 };

/* One document under way. */
struct run {
    struct sandbox_call *http;
    struct linear_call call;
    struct gql_document document;
    struct gql_request request;
    const struct gql_operation *operation;
    const struct gql_type_def *root;
    struct df_buf data;
    struct df_json_writer w; /* over data */
    struct df_str failed_at; /* the field whose fault the answer tells */
    int depth;
};

static void error_member(struct df_json_writer *w, const struct linear_fault *fault, struct df_str at, int status)
{
    bool user = strcmp(fault->code, "GRAPHQL_VALIDATION_FAILED") == 0 || strcmp(fault->type, "invalid input") == 0;
    df_json_kopen(w, "errors", '[');
    df_json_open(w, '{');
    df_json_kstr(w, "message", df_str_c(fault->message));
    if (at.n)
        df_json_kstrs(w, "path", &at, 1);
    df_json_kopen(w, "extensions", '{');
    df_json_kstr(w, "type", df_str_c(fault->type));
    df_json_kstr(w, "code", df_str_c(fault->code));
    df_json_kint(w, "statusCode", status);
    df_json_kbool(w, "userError", user);
    df_json_kstr(w, "userPresentableMessage", df_str_c(fault->message));
    df_json_close(w, '}');
    df_json_close(w, '}');
    df_json_close(w, ']');
}

void linear_refuse(struct sandbox_call *http, int status, const struct linear_fault *fault, int body_status)
{
    df_buf_cut(&http->reply->body, 0);
    df_json_writer_init(&http->w, &http->reply->body, 0);
    http->reply->status = status;
    df_json_open(&http->w, '{');
    error_member(&http->w, fault, DF_STR_NONE, body_status);
    df_json_close(&http->w, '}');
}

static void put_selections(struct run *r, const struct linear_node *node, const struct gql_type_def *type,
                           const struct gql_selection *s);

static void put_page(struct run *r, const struct linear_value *v, const struct gql_selection *s)
{
    struct linear_node *info = linear_made(&r->call, "PageInfo");
    const struct gql_type_def *type = gql_type_find(r->request.schema, DF_S("PageInfo"));
    linear_put(&r->call, info, "hasNextPage", linear_boolean(v->more));
    linear_put(&r->call, info, "hasPreviousPage", linear_boolean(v->before));
    linear_put(&r->call, info, "startCursor", linear_text(v->n ? v->nodes[0]->id : DF_STR_NONE));
    linear_put(&r->call, info, "endCursor", linear_text(v->n ? v->nodes[v->n - 1]->id : DF_STR_NONE));
    df_json_open(&r->w, '{');
    put_selections(r, info, type, s->selections);
    df_json_close(&r->w, '}');
}

static void put_nodes(struct run *r, const struct linear_value *v, const struct gql_type_def *type,
                      const struct gql_selection *s)
{
    df_json_open(&r->w, '[');
    for (size_t i = 0; i < v->n; i++) {
        df_json_open(&r->w, '{');
        put_selections(r, v->nodes[i], type, s->selections);
        df_json_close(&r->w, '}');
    }
    df_json_close(&r->w, ']');
}

static const struct gql_type_def *type_of(const struct run *r, const struct gql_type_def *on, const char *field)
{
    const struct gql_field_def *def = gql_field_find(on->fields, df_str_c(field));
    return def ? gql_type_find(r->request.schema, def->type.name) : NULL;
}

static void put_edges(struct run *r, const struct linear_value *v, const struct gql_type_def *edge,
                      const struct gql_selection *s)
{
    df_json_open(&r->w, '[');
    for (size_t i = 0; i < v->n; i++) {
        struct linear_node *made = linear_made(&r->call, "Edge");
        linear_put(&r->call, made, "cursor", linear_text(v->nodes[i]->id));
        linear_put(&r->call, made, "node", linear_of(v->nodes[i]));
        df_json_open(&r->w, '{');
        put_selections(r, made, edge, s->selections);
        df_json_close(&r->w, '}');
    }
    df_json_close(&r->w, ']');
}

/* nodes, edges and pageInfo of a connection, fragments on it taken apart. */
static void put_connection(struct run *r, const struct linear_value *v, const struct gql_type_def *type,
                           const struct gql_selection *s)
{
    for (; s; s = s->next) {
        const struct gql_fragment *f = s->kind == GQL_SPREAD ? gql_fragment_find(r->request.document, s->name) : NULL;
        if (!gql_is_wanted(&r->request, r->operation, s))
            continue;
        if (s->kind != GQL_FIELD) {
            put_connection(r, v, type, f ? f->selections : s->selections);
            continue;
        }
        df_json_key(&r->w, s->key);
        if (df_str_is(s->name, "nodes"))
            put_nodes(r, v, type_of(r, type, "nodes"), s);
        else if (df_str_is(s->name, "edges"))
            put_edges(r, v, type_of(r, type, "edges"), s);
        else if (df_str_is(s->name, "pageInfo"))
            put_page(r, v, s);
        else
            df_json_put_str(&r->w, type ? type->name : DF_STR_NONE);
    }
}

static void put_missing(struct df_json_writer *w, const struct gql_type *type)
{
    if (!type->required)
        df_json_put_null(w);
    else if (type->list) {
        df_json_open(w, '[');
        df_json_close(w, ']');
    } else if (df_str_is(type->name, "Boolean"))
        df_json_put_bool(w, false);
    else if (df_str_is(type->name, "Float") || df_str_is(type->name, "Int"))
        df_json_put_int(w, 0);
    else
        df_json_put_str(w, DF_S(""));
}

static void put_json(struct run *r, struct df_str text)
{
    const struct df_json *v = NULL;
    (void)df_json_parse(r->call.arena, text, 0, &v, NULL);
    df_json_put_value(&r->w, v);
}

static void put_value(struct run *r, const struct linear_value *v, const struct gql_field_def *field,
                      const struct gql_selection *s)
{
    const struct gql_type_def *type = gql_type_find(r->request.schema, field->type.name);
    bool object = type && type->kind == GQL_TYPE_DEF;
    if (v->kind == LINEAR_NODES && field->type.list) {
        put_nodes(r, v, type, s);
    } else if (v->kind == LINEAR_NODES || (v->kind == LINEAR_NODE && object)) {
        df_json_open(&r->w, '{');
        if (v->kind == LINEAR_NODES)
            put_connection(r, v, type, s->selections);
        else
            put_selections(r, v->node, type, s->selections);
        df_json_close(&r->w, '}');
    } else if (v->kind == LINEAR_TEXT) {
        df_json_put_str(&r->w, v->text);
    } else if (v->kind == LINEAR_NUMBER) {
        df_json_put_double(&r->w, v->number);
    } else if (v->kind == LINEAR_BOOLEAN) {
        df_json_put_bool(&r->w, v->number != 0);
    } else if (v->kind == LINEAR_JSON) {
        put_json(r, v->text);
    } else {
        put_missing(&r->w, &field->type);
    }
}

static void put_field(struct run *r, const struct linear_node *node, const struct gql_type_def *type,
                      const struct gql_selection *s)
{
    const struct gql_field_def *field = gql_field_find(type->fields, s->name);
    const struct df_json *args = gql_arguments(&r->request, r->operation, s);
    struct linear_value v;
    bool object = field && gql_type_find(r->request.schema, field->type.name) && s->selections;
    df_json_key(&r->w, s->key);
    if (!field) {
        df_json_put_str(&r->w, type->name); /* __typename */
        return;
    }
    if (r->call.partial && node && object && !field->type.required) {
        r->call.partial = false;
        v = linear_fail(&r->call, "INTERNAL_SERVER_ERROR", "internal error", "Internal server error");
    } else if (!node && df_str_is(type->name, "Mutation")) {
        v = linear_mutate(&r->call, s->name, args);
    } else {
        v = linear_field(&r->call, node, field, args);
    }
    if (r->call.fault.code && r->failed_at.n == 0)
        r->failed_at = s->key;
    put_value(r, &v, field, s);
}

static void put_selections(struct run *r, const struct linear_node *node, const struct gql_type_def *type,
                           const struct gql_selection *s)
{
    if (!type || r->depth >= GQL_DEPTH_MAX || r->data.overflow)
        return;
    r->depth++;
    for (; s; s = s->next) {
        const struct gql_fragment *f = s->kind == GQL_SPREAD ? gql_fragment_find(r->request.document, s->name) : NULL;
        if (!gql_is_wanted(&r->request, r->operation, s))
            continue;
        if (s->kind == GQL_FIELD)
            put_field(r, node, type, s);
        else
            put_selections(r, node, type, f ? f->selections : s->selections);
    }
    r->depth--;
}

static enum df_code read_body(struct run *r, const struct df_json **ret_body, struct df_str *ret_text,
                              struct df_error *err)
{
    struct df_str text = r->http->request->body;
    DF_TRY(df_json_parse(r->call.arena, text, 0, ret_body, err));
    *ret_text = df_json_get_str(*ret_body, "query");
    if (ret_text->n == 0)
        return df_fail(err, DF_ERR_INVALID, "GraphQL operations must contain a non-empty `query`.");
    return gql_document_parse(*ret_text, r->call.arena, &r->document, err);
}

static void remember(struct linear *linear, struct df_str text)
{
    for (size_t i = 0; i < linear->n_documents; i++)
        if (df_str_eq(linear->documents[i], text))
            return;
    if (linear->n_documents < LINEAR_DOCUMENTS_MAX && text.n < 16 * 1024)
        linear->documents[linear->n_documents++] = df_arena_dup(linear->arena, text);
}

static enum df_code prepare(struct run *r, struct df_error *err)
{
    const struct df_json *body;
    struct df_str text;
    struct linear *linear = r->call.linear;
    DF_TRY(read_body(r, &body, &text, err));
    r->request = (struct gql_request){linear->schema, &r->document, df_json_get(body, "variables"), r->call.arena};
    DF_TRY(gql_operation_choose(&r->document, df_json_get_str(body, "operationName"), &r->operation, err));
    DF_TRY(gql_operation_check(&r->request, r->operation, err));
    r->root = gql_type_find(linear->schema, df_str_is(r->operation->kind, "query") ? DF_S("Query") : DF_S("Mutation"));
    remember(linear, text);
    return DF_OK;
}

static void limited(struct run *r)
{
    struct linear_fault fault = {"RATELIMITED", "ratelimited",
                                 "Rate limit exceeded. Only 5000 requests are allowed per 1 hour"};
    linear_refuse(r->http, 400, &fault, 429);
}

/* False when it has answered. */
static bool may_run(struct run *r, double complexity)
{
    struct linear_limits *l = &r->call.linear->limits;
    if (l->until_ms <= r->call.now_ms) {
        l->until_ms = r->call.now_ms + l->window_ms;
        l->used = l->spent = 0;
    }
    if (complexity > COMPLEXITY_MAX) {
        struct linear_fault fault = {"INPUT_ERROR", "invalid input", "Query too complex"};
        linear_refuse(r->http, 400, &fault, 400);
        return false;
    }
    if (l->used >= l->requests || l->spent + (int64_t)complexity > l->complexity) {
        limited(r);
        return false;
    }
    l->used++;
    l->spent += (int64_t)complexity;
    return true;
}

static void header(struct run *r, const char *name, int64_t value)
{
    df_reply_header(r->http->reply, name, df_arena_printf(r->call.arena, "%lld", (long long)(value > 0 ? value : 0)));
}

static void limit_headers(struct run *r, double complexity)
{
    const struct linear_limits *l = &r->call.linear->limits;
    header(r, "X-RateLimit-Requests-Limit", l->requests);
    header(r, "X-RateLimit-Requests-Remaining", l->requests - l->used);
    header(r, "X-RateLimit-Requests-Reset", l->until_ms);
    header(r, "X-RateLimit-Complexity-Limit", l->complexity);
    header(r, "X-RateLimit-Complexity-Remaining", l->complexity - l->spent);
    header(r, "X-RateLimit-Complexity-Reset", l->until_ms);
    header(r, "X-Complexity", (int64_t)complexity);
}

static void answer(struct run *r)
{
    struct df_json_writer *w = &r->http->w;
    const struct df_json *data = NULL;
    df_buf_init(&r->data, r->call.arena, DATA_LIMIT_BYTES);
    df_json_writer_init(&r->w, &r->data, 0);
    df_json_open(&r->w, '{');
    put_selections(r, NULL, r->root, r->operation->selections);
    df_json_close(&r->w, '}');
    (void)df_json_parse(r->call.arena, df_buf_str(&r->data), 0, &data, NULL);
    bool part = r->call.fault.code && strcmp(r->call.fault.code, "INTERNAL_SERVER_ERROR") == 0;
    df_json_open(w, '{');
    if (r->call.fault.code)
        error_member(w, &r->call.fault, r->failed_at, 400);
    if (r->call.fault.code && !part)
        df_json_knull(w, "data");
    else
        df_json_kvalue(w, "data", data);
    df_json_close(w, '}');
}

static bool matches(const struct run *r, const struct sandbox_fault *fault)
{
    if (fault->place != SANDBOX_LINEAR)
        return false;
    if (!fault->field[0])
        return true;
    for (const struct gql_selection *s = r->operation ? r->operation->selections : NULL; s; s = s->next)
        if (df_str_is(s->name, fault->field))
            return true;
    return false;
}

static struct sandbox_fault take_fault(struct run *r)
{
    struct df_sandbox *sandbox = r->http->sandbox;
    for (size_t i = 0; i < sandbox->n_faults; i++)
        if (matches(r, &sandbox->faults[i]))
            return sandbox_fault_use(sandbox, i);
    return (struct sandbox_fault){.kind = SANDBOX_FAULT_NONE};
}

/* True when the fault is the whole answer. */
static bool fault_before(struct run *r, const struct sandbox_fault *fault)
{
    struct linear_fault expired = {"AUTHENTICATION_ERROR", "authentication error",
                                   "Authentication required, not authenticated"};
    if (fault->kind == SANDBOX_FAULT_RATE_LIMIT) {
        r->call.linear->limits.until_ms = r->call.now_ms + (fault->ms ? fault->ms : 1000);
        r->call.linear->limits.used = r->call.linear->limits.requests;
        limit_headers(r, 0);
        limited(r);
        return true;
    }
    if (fault->kind == SANDBOX_FAULT_STATUS && fault->status == 401) {
        linear_refuse(r->http, 401, &expired, 401);
        return true;
    }
    r->call.partial = fault->kind == SANDBOX_FAULT_PARTIAL;
    return sandbox_fault_before(r->http, fault);
}

static void serve(struct run *r, enum df_code prepared, const struct df_error *err)
{
    struct linear_fault fault = {"GRAPHQL_VALIDATION_FAILED", "graphql error", ""};
    if (prepared != DF_OK) {
        snprintf(fault.message, sizeof fault.message, "%.*s",
                 DF_FMT(df_str_head(df_str_c(err->message), sizeof fault.message - 1)));
        linear_refuse(r->http, 400, &fault, 400);
        return;
    }
    double complexity = gql_complexity(&r->request, r->operation);
    bool may = may_run(r, complexity);
    limit_headers(r, complexity);
    if (may)
        answer(r);
}

void sandbox_linear_graphql(struct sandbox_call *http)
{
    struct df_error err = {0};
    struct run *r = DF_NEW(http->arena, struct run);
    struct linear *linear = &http->sandbox->linear;
    struct linear_fault no_token = {"AUTHENTICATION_ERROR", "authentication error",
                                    "Authentication required, not authenticated"};
    r->http = http;
    pthread_mutex_lock(&http->sandbox->mutex);
    linear->calls++;
    r->call = (struct linear_call){.linear = linear, .arena = http->arena, .now_ms = http->now_ms};
    enum df_code prepared = prepare(r, &err);
    struct sandbox_fault fault = take_fault(r);
    pthread_mutex_unlock(&http->sandbox->mutex);
    if (fault_before(r, &fault))
        return;
    pthread_mutex_lock(&http->sandbox->mutex);
    r->call.now_ms = sandbox_now_ms();
    if (linear_token_scopes(http, &r->call.scopes))
        serve(r, prepared, &err);
    else
        linear_refuse(http, 401, &no_token, 401);
    pthread_mutex_unlock(&http->sandbox->mutex);
    sandbox_fault_after(http, &fault);
}
