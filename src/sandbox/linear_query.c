#include "sandbox/linear.h"

#include "base/time.h"

#include <stdio.h>

enum { FIRST_DEFAULT = 50, FIRST_MAX = 250 };

struct linear_value linear_fail(struct linear_call *call, const char *code, const char *type, const char *format, ...)
{
    va_list args;
    call->fault.code = code;
    call->fault.type = type;
    va_start(args, format);
    vsnprintf(call->fault.message, sizeof call->fault.message, format, args);
    va_end(args);
    return (struct linear_value){.kind = LINEAR_NULL};
}

struct linear_node *linear_made(struct linear_call *call, const char *type)
{
    struct linear_node *node = DF_NEW(call->arena, struct linear_node);
    node->type = type;
    return node;
}

void linear_put(struct linear_call *call, struct linear_node *node, const char *name, struct linear_value value)
{
    struct linear_prop *p = DF_NEW(call->arena, struct linear_prop);
    *p = (struct linear_prop){df_str_c(name), value, node->props};
    node->props = p;
}

/* What a connection holds: nodes of that type whose property `by` is the node (NULL: all there are). */
static const struct gather {
    const char *on, *field, *type, *by;
} gathers[] = {
    {"Query", "teams", "Team", NULL},
    {"Query", "issues", "Issue", NULL},
    {"Query", "attachments", "Attachment", NULL},
    {"Query", "attachmentsForURL", "Attachment", NULL},
    {"Query", "comments", "Comment", NULL},
    {"Query", "users", "User", NULL},
    {"Query", "workflowStates", "WorkflowState", NULL},
    {"Query", "issueLabels", "IssueLabel", NULL},
    {"Query", "projects", "Project", NULL},
    {"Query", "documents", "Document", NULL},
    {"Query", "issueRelations", "IssueRelation", NULL},
    {"Organization", "teams", "Team", NULL},
    {"Team", "states", "WorkflowState", "team"},
    {"Team", "issues", "Issue", "team"},
    {"Team", "labels", "IssueLabel", "team"},
    {"Issue", "attachments", "Attachment", "issue"},
    {"Issue", "comments", "Comment", "issue"},
    {"Issue", "documents", "Document", "issue"},
    {"Issue", "relations", "IssueRelation", "issue"},
    {"Issue", "inverseRelations", "IssueRelation", "relatedIssue"},
    {"Issue", "labels", "IssueLabel", NULL},
};

static bool is_label_of(const struct linear_node *label, const struct linear_node *issue, struct df_arena *arena)
{
    const struct df_json *ids = NULL;
    (void)df_json_parse(arena, linear_prop(issue, "labelIds").text, 0, &ids, NULL);
    for (struct df_json_iter it = df_json_iter(ids); df_json_next(&it);)
        if (df_str_eq(df_json_str(it.value), label->id))
            return true;
    return false;
}

static bool belongs(struct linear_call *call, const struct gather *g, const struct linear_node *of,
                    const struct linear_node *node, const struct df_json *args)
{
    bool archived = df_json_bool(df_json_get(args, "includeArchived"), false);
    if (node->gone || strcmp(node->type, g->type) != 0 || (node->archived_ms && !archived))
        return false;
    if (g->by && linear_ref(node, g->by) != of)
        return false;
    if (strcmp(g->field, "attachmentsForURL") == 0 &&
        !df_str_eq(linear_prop(node, "url").text, df_json_get_str(args, "url")))
        return false;
    if (of && strcmp(g->field, "labels") == 0 && !g->by && !is_label_of(node, of, call->arena))
        return false;
    return linear_matches(call, node, df_json_get(args, "filter"), 0);
}

static void turn(const struct linear_node **nodes, size_t n)
{
    for (size_t i = 0; i < n / 2; i++) {
        const struct linear_node *other = nodes[n - 1 - i];
        nodes[n - 1 - i] = nodes[i];
        nodes[i] = other;
    }
}

/* Newest first, as Linear's own lists. */
static struct linear_value connection(struct linear_call *call, const struct gather *g, const struct linear_node *of,
                                      const struct df_json *args)
{
    struct linear_value v = {.kind = LINEAR_NODES,
                             .nodes = DF_NEW_ARRAY(call->arena, const struct linear_node *, call->linear->n_nodes)};
    int64_t first = df_json_int(df_json_get(args, "first"), FIRST_DEFAULT);
    struct df_str after = df_json_get_str(args, "after");
    if (first < 0 || first > FIRST_MAX)
        return linear_fail(call, "INVALID_INPUT", "invalid input", "Argument Validation Error");
    for (const struct linear_node *node = call->linear->first; node; node = node->next)
        if (belongs(call, g, of, node, args))
            v.nodes[v.n++] = node;
    turn(v.nodes, v.n);
    size_t from = 0;
    for (size_t i = 0; after.n && i < v.n; i++)
        if (df_str_eq(v.nodes[i]->id, after))
            from = i + 1;
    v.nodes += from;
    v.n -= from;
    v.before = from > 0;
    v.more = v.n > (size_t)first;
    v.n = v.more ? (size_t)first : v.n;
    return v;
}

static struct df_str identifier(struct linear_call *call, const struct linear_node *issue)
{
    return df_arena_printf(call->arena, "%.*s-%.0f", DF_FMT(linear_prop(linear_ref(issue, "team"), "key").text),
                           linear_prop(issue, "number").number);
}

static struct linear_value of_issue(struct linear_call *call, const struct linear_node *issue, struct df_str field)
{
    static const char *const labels[] = {"No priority", "Urgent", "High", "Medium", "Low"};
    struct df_str called = identifier(call, issue);
    if (df_str_is(field, "identifier"))
        return linear_text(called);
    if (df_str_is(field, "url"))
        return linear_text(
            df_arena_printf(call->arena, "%.*s/sandbox/issue/%.*s", DF_FMT(call->linear->url), DF_FMT(called)));
    if (df_str_is(field, "branchName"))
        return linear_text(df_arena_printf(call->arena, "sandbox/%.*s", DF_FMT(called)));
    int priority = (int)linear_prop(issue, "priority").number;
    return linear_text(df_str_c(labels[priority < 0 || priority > 4 ? 0 : priority]));
}

static bool is_of_issue(struct df_str field)
{
    return df_str_is(field, "identifier") || df_str_is(field, "url") || df_str_is(field, "branchName") ||
           df_str_is(field, "priorityLabel");
}

static struct linear_value time_of(struct linear_call *call, int64_t ms)
{
    return ms ? linear_text(df_time_format_ms(ms, call->arena)) : (struct linear_value){.kind = LINEAR_NULL};
}

/* What every node has. */
static bool of_any(struct linear_call *call, const struct linear_node *node, struct df_str field,
                   struct linear_value *ret)
{
    if (df_str_is(field, "id"))
        *ret = linear_text(node->id);
    else if (df_str_is(field, "createdAt"))
        *ret = time_of(call, node->created_ms);
    else if (df_str_is(field, "updatedAt"))
        *ret = time_of(call, node->updated_ms);
    else if (df_str_is(field, "archivedAt"))
        *ret = time_of(call, node->archived_ms);
    else if (df_str_is(field, "issueId"))
        *ret = linear_text(linear_ref(node, "issue") ? linear_ref(node, "issue")->id : DF_STR_NONE);
    else
        return false;
    return true;
}

static struct linear_value limit_row(struct linear_call *call, const char *type, int64_t allowed, int64_t used)
{
    const struct linear_limits *l = &call->linear->limits;
    struct linear_node *row = linear_made(call, "RateLimitResultPayload");
    linear_put(call, row, "type", linear_text(df_str_c(type)));
    linear_put(call, row, "requestedAmount", linear_number(1));
    linear_put(call, row, "allowedAmount", linear_number((double)allowed));
    linear_put(call, row, "period", linear_number((double)l->window_ms));
    linear_put(call, row, "remainingAmount", linear_number(allowed > used ? (double)(allowed - used) : 0));
    linear_put(call, row, "reset", linear_number((double)l->until_ms));
    return linear_of(row);
}

static struct linear_value rate_limits(struct linear_call *call)
{
    const struct linear_limits *l = &call->linear->limits;
    struct linear_node *payload = linear_made(call, "RateLimitPayload");
    struct linear_value rows = {
        .kind = LINEAR_NODES, .nodes = DF_NEW_ARRAY(call->arena, const struct linear_node *, 2), .n = 2};
    rows.nodes[0] = limit_row(call, "request", l->requests, l->used).node;
    rows.nodes[1] = limit_row(call, "complexity", l->complexity, l->spent).node;
    linear_put(call, payload, "kind", linear_text(DF_S("oauth")));
    linear_put(call, payload, "limits", rows);
    return linear_of(payload);
}

/* One node, by its id. */
static struct linear_value by_id(struct linear_call *call, const char *type, struct df_str id)
{
    bool issue = strcmp(type, "Issue") == 0;
    const struct linear_node *node = issue ? linear_issue(call->linear, id, call->arena)
                                           : linear_find(call->linear, type, id);
    for (const struct linear_node *t = call->linear->first; t && !node; t = t->next)
        if (!t->gone && strcmp(type, "Team") == 0 && strcmp(t->type, "Team") == 0 &&
            df_str_eq(linear_prop(t, "key").text, id))
            node = t;
    return node ? linear_of(node) : linear_fail(call, "INPUT_ERROR", "invalid input", "Entity not found: %s", type);
}

static struct linear_value at_root(struct linear_call *call, const struct gql_field_def *field,
                                   const struct df_json *args)
{
    if (df_str_is(field->name, "rateLimitStatus"))
        return rate_limits(call);
    bool viewer = df_str_is(field->name, "viewer");
    for (const struct linear_node *node = call->linear->first; node; node = node->next)
        if (strcmp(node->type, viewer ? "User" : "Organization") == 0 &&
            (viewer || df_str_is(field->name, "organization")))
            return linear_of(node);
    return by_id(call, df_arena_cstr(call->arena, field->type.name), df_json_get_str(args, "id"));
}

struct linear_value linear_field(struct linear_call *call, const struct linear_node *node,
                                 const struct gql_field_def *field, const struct df_json *args)
{
    const char *on = node ? node->type : "Query";
    struct linear_value v;
    for (size_t i = 0; i < sizeof gathers / sizeof *gathers; i++)
        if (strcmp(gathers[i].on, on) == 0 && df_str_is(field->name, gathers[i].field))
            return connection(call, &gathers[i], node, args);
    if (!node)
        return at_root(call, field, args);
    if (strcmp(on, "Issue") == 0 && is_of_issue(field->name))
        return of_issue(call, node, field->name);
    v = linear_prop(node, df_arena_cstr(call->arena, field->name));
    if (v.kind == LINEAR_NULL)
        (void)of_any(call, node, field->name, &v);
    return v;
}
