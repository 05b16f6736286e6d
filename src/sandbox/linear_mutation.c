#include "sandbox/linear.h"

#include "base/time.h"
#include "base/url.h"

#define INVALID "INVALID_INPUT", "invalid input"
#define MISSING "INPUT_ERROR", "invalid input"

/* One mutation: what it was asked, and the payload it answers with. */
struct mutation {
    struct linear_call *call;
    const struct df_json *args, *input;
    struct df_str id; /* of the argument */
};

static bool failed(const struct mutation *m)
{
    return m->call->fault.code != NULL;
}

static struct linear_value payload(struct mutation *m, const char *type, const char *name, struct linear_value value)
{
    struct linear_node *made = linear_made(m->call, type);
    linear_put(m->call, made, "success", linear_boolean(true));
    linear_put(m->call, made, "lastSyncId", linear_number((double)m->call->linear->sync_id));
    linear_put(m->call, made, name, value);
    return linear_of(made);
}

static struct linear_node *must_find(struct mutation *m, const char *type, struct df_str id)
{
    struct linear_node *node = strcmp(type, "Issue") == 0 ? linear_issue(m->call->linear, id, m->call->arena)
                                                          : linear_find(m->call->linear, type, id);
    if (!node && !failed(m))
        linear_fail(m->call, MISSING, "Entity not found: %s", type);
    return node;
}

static bool is_uuid4(struct df_str id)
{
    for (size_t i = 0; i < id.n; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? id.p[i] != '-' : !id.p[i] || !strchr("0123456789abcdef", id.p[i]))
            return false;
    }
    return id.n == 36 && id.p[14] == '4' && strchr("89ab", id.p[19]);
}

/* The id a client chose for a new one: a UUID v4 that is not taken. */
static void check_new_id(struct mutation *m, const char *type, struct df_str id)
{
    if (id.n == 0 || failed(m))
        return;
    if (!is_uuid4(id))
        linear_fail(m->call, INVALID, "Argument Validation Error - id must be a UUID");
    else if (linear_find(m->call->linear, type, id))
        linear_fail(m->call, INVALID, "%s with this ID already exists", type);
    if (m->call->linear->n_nodes >= LINEAR_NODES_MAX && !failed(m))
        linear_fail(m->call, "USAGE_LIMIT_EXCEEDED", "usage limit exceeded", "The workspace is full");
}

static struct linear_node *add(struct mutation *m, const char *type, struct df_str id)
{
    return linear_add(m->call->linear, type, id, m->call->now_ms);
}

static void set(struct mutation *m, struct linear_node *node, const char *name, struct linear_value value)
{
    linear_set(m->call->linear, node, name, value);
    node->updated_ms = m->call->now_ms;
    m->call->linear->sync_id++;
}

/* The input's fields of those names, as they are. */
static void copy(struct mutation *m, struct linear_node *node, const char *const *names)
{
    for (; *names; names++) {
        const struct df_json *v = df_json_get(m->input, *names);
        if (!v)
            continue;
        if (df_json_is_string(v))
            set(m, node, *names, linear_text(df_json_str(v)));
        else if (df_json_is_number(v))
            set(m, node, *names, linear_number(df_json_double(v, 0)));
        else if (df_json_is_bool(v))
            set(m, node, *names, linear_boolean(df_json_bool(v, false)));
        else if (df_json_is_null(v))
            set(m, node, *names, linear_of(NULL));
        else
            set(m, node, *names, linear_json(v, m->call->arena));
    }
}

static const struct linear_node *viewer(const struct linear *linear)
{
    const struct linear_node *node = linear->first;
    while (node && strcmp(node->type, "User") != 0)
        node = node->next;
    return node;
}

static const struct linear_node *first_state(const struct linear *linear, const struct linear_node *team)
{
    for (const struct linear_node *s = linear->first; s; s = s->next)
        if (strcmp(s->type, "WorkflowState") == 0 && linear_ref(s, "team") == team &&
            df_str_is(linear_prop(s, "type").text, "backlog"))
            return s;
    return NULL;
}

static void enter_state(struct mutation *m, struct linear_node *issue, const struct linear_node *state)
{
    struct df_str type = linear_prop(state, "type").text, now = df_time_format_ms(m->call->now_ms, m->call->arena);
    set(m, issue, "state", linear_of(state));
    set(m, issue, "completedAt", linear_text(df_str_is(type, "completed") ? now : DF_STR_NONE));
    set(m, issue, "canceledAt",
        linear_text(df_str_is(type, "canceled") || df_str_is(type, "duplicate") ? now : DF_STR_NONE));
}

static void check_issue_input(struct mutation *m)
{
    const struct df_json *priority = df_json_get(m->input, "priority");
    int64_t n = df_json_int(priority, 0);
    if (!failed(m) && (n < 0 || n > 4))
        linear_fail(m->call, INVALID, "Argument Validation Error - priority must not be greater than 4");
    static const char *const lists[] = {"labelIds", "addedLabelIds"};
    for (size_t i = 0; i < 2; i++)
        for (struct df_json_iter it = df_json_iter(df_json_get(m->input, lists[i])); df_json_next(&it);)
            (void)must_find(m, "IssueLabel", df_json_str(it.value));
}

static struct linear_value issue_create(struct mutation *m)
{
    static const char *const names[] = {"title", "description", "priority", "dueDate", "estimate", "labelIds", NULL};
    struct df_str id = df_json_get_str(m->input, "id"), state_id = df_json_get_str(m->input, "stateId");
    const struct linear_node *team = must_find(m, "Team", df_json_get_str(m->input, "teamId")), *state = NULL;
    double number = 1;
    check_new_id(m, "Issue", id);
    if (!failed(m) && df_str_trim(df_json_get_str(m->input, "title")).n == 0)
        linear_fail(m->call, INVALID, "Argument Validation Error - title should not be empty");
    check_issue_input(m);
    if (!failed(m))
        state = state_id.n ? must_find(m, "WorkflowState", state_id) : first_state(m->call->linear, team);
    if (failed(m))
        return linear_of(NULL);
    for (const struct linear_node *i = m->call->linear->first; i; i = i->next)
        if (strcmp(i->type, "Issue") == 0 && linear_ref(i, "team") == team && linear_prop(i, "number").number >= number)
            number = linear_prop(i, "number").number + 1;
    struct linear_node *issue = add(m, "Issue", id);
    set(m, issue, "team", linear_of(team));
    set(m, issue, "number", linear_number(number));
    set(m, issue, "priority", linear_number(0));
    set(m, issue, "labelIds", (struct linear_value){.kind = LINEAR_JSON, .text = DF_S("[]")});
    set(m, issue, "creator", linear_of(viewer(m->call->linear)));
    enter_state(m, issue, state);
    copy(m, issue, names);
    return payload(m, "IssuePayload", "issue", linear_of(issue));
}

/* addedLabelIds and removedLabelIds, without reading before. */
static void change_labels(struct mutation *m, struct linear_node *issue)
{
    struct df_buf text;
    struct df_json_writer w;
    const struct df_json *old = NULL, *added = df_json_get(m->input, "addedLabelIds"),
                         *removed = df_json_get(m->input, "removedLabelIds");
    if (!added && !removed)
        return;
    (void)df_json_parse(m->call->arena, linear_prop(issue, "labelIds").text, 0, &old, NULL);
    df_buf_init(&text, m->call->arena, 1 << 16);
    df_json_writer_init(&w, &text, 0);
    df_json_open(&w, '[');
    for (struct df_json_iter it = df_json_iter(old); df_json_next(&it);) {
        bool drop = false;
        for (struct df_json_iter r = df_json_iter(removed); df_json_next(&r);)
            drop = drop || df_str_eq(df_json_str(r.value), df_json_str(it.value));
        for (struct df_json_iter a = df_json_iter(added); df_json_next(&a);)
            drop = drop || df_str_eq(df_json_str(a.value), df_json_str(it.value));
        if (!drop)
            df_json_put_str(&w, df_json_str(it.value));
    }
    for (struct df_json_iter it = df_json_iter(added); df_json_next(&it);)
        df_json_put_str(&w, df_json_str(it.value));
    df_json_close(&w, ']');
    set(m, issue, "labelIds", (struct linear_value){.kind = LINEAR_JSON, .text = df_buf_str(&text)});
}

static struct linear_value issue_update(struct mutation *m)
{
    static const char *const names[] = {"title", "description", "priority", "labelIds", "trashed", NULL};
    struct linear_node *issue = must_find(m, "Issue", m->id);
    struct df_str state = df_json_get_str(m->input, "stateId");
    check_issue_input(m);
    const struct linear_node *to = state.n && !failed(m) ? must_find(m, "WorkflowState", state) : NULL;
    if (failed(m))
        return linear_of(NULL);
    copy(m, issue, names);
    change_labels(m, issue);
    if (to)
        enter_state(m, issue, to);
    return payload(m, "IssuePayload", "issue", linear_of(issue));
}

static struct linear_value issue_archive(struct mutation *m)
{
    struct linear_node *issue = must_find(m, "Issue", m->id);
    if (failed(m))
        return linear_of(NULL);
    issue->archived_ms = m->call->now_ms;
    if (df_json_bool(df_json_get(m->args, "trash"), false))
        set(m, issue, "trashed", linear_boolean(true));
    return payload(m, "IssueArchivePayload", "entity", linear_of(issue));
}

static struct linear_value issue_unarchive(struct mutation *m)
{
    struct linear_node *issue = must_find(m, "Issue", m->id);
    if (failed(m))
        return linear_of(NULL);
    issue->archived_ms = 0;
    return payload(m, "IssueArchivePayload", "entity", linear_of(issue));
}

static struct linear_value issue_delete(struct mutation *m)
{
    struct linear_node *issue = must_find(m, "Issue", m->id);
    if (failed(m))
        return linear_of(NULL);
    issue->gone = true;
    return payload(m, "IssueArchivePayload", "entity", linear_of(issue));
}

static void comment_on(struct mutation *m, const struct linear_node *issue, struct df_str id, struct df_str body,
                       struct linear_node **ret)
{
    struct linear_node *comment = add(m, "Comment", id);
    set(m, comment, "body", linear_text(body));
    set(m, comment, "issue", linear_of(issue));
    set(m, comment, "user", linear_of(viewer(m->call->linear)));
    set(m, comment, "url", linear_text(m->call->linear->url));
    if (ret)
        *ret = comment;
}

/* The same URL on the same issue is the same attachment. */
static struct linear_value attach(struct mutation *m, const struct df_json *input)
{
    static const char *const names[] = {"title", "subtitle", "url", "metadata", "groupBySource", NULL};
    struct linear_node *issue = must_find(m, "Issue", df_json_get_str(input, "issueId")), *at = NULL;
    struct df_str id = df_json_get_str(input, "id"), url = df_json_get_str(input, "url");
    struct df_url parsed;
    if (!failed(m) && !df_url_parse(url, m->call->arena, &parsed))
        linear_fail(m->call, INVALID, "Argument Validation Error - url must be a URL address");
    for (struct linear_node *a = m->call->linear->first; a && !failed(m); a = a->next)
        if (!a->gone && strcmp(a->type, "Attachment") == 0 && linear_ref(a, "issue") == issue &&
            df_str_eq(linear_prop(a, "url").text, url))
            at = a;
    if (!at)
        check_new_id(m, "Attachment", id);
    if (failed(m))
        return linear_of(NULL);
    if (!at) {
        at = add(m, "Attachment", id);
        set(m, at, "issue", linear_of(issue));
        set(m, at, "creator", linear_of(viewer(m->call->linear)));
        set(m, at, "title", linear_text(url));
    }
    m->input = input;
    copy(m, at, names);
    if (df_json_get_str(input, "commentBody").n)
        comment_on(m, issue, DF_STR_NONE, df_json_get_str(input, "commentBody"), NULL);
    return payload(m, "AttachmentPayload", "attachment", linear_of(at));
}

static struct linear_value attachment_create(struct mutation *m)
{
    return attach(m, m->input);
}

static struct linear_value attachment_link(struct mutation *m)
{
    return attach(m, m->args);
}

static struct linear_value attachment_update(struct mutation *m)
{
    static const char *const names[] = {"title", "subtitle", "metadata", NULL};
    struct linear_node *at = must_find(m, "Attachment", m->id);
    if (failed(m))
        return linear_of(NULL);
    copy(m, at, names);
    return payload(m, "AttachmentPayload", "attachment", linear_of(at));
}

static struct linear_value removed(struct mutation *m, const char *type)
{
    struct linear_node *node = must_find(m, type, m->id);
    if (failed(m))
        return linear_of(NULL);
    node->gone = true;
    for (struct linear_node *i = m->call->linear->first; i; i = i->next)
        i->gone = i->gone || (strcmp(type, "Team") == 0 && linear_ref(i, "team") == node);
    return payload(m, "DeletePayload", "entityId", linear_text(node->id));
}

static struct linear_value attachment_delete(struct mutation *m)
{
    return removed(m, "Attachment");
}

static struct linear_value comment_delete(struct mutation *m)
{
    return removed(m, "Comment");
}

static struct linear_value team_delete(struct mutation *m)
{
    return removed(m, "Team");
}

static struct linear_value comment_create(struct mutation *m)
{
    struct linear_node *issue = must_find(m, "Issue", df_json_get_str(m->input, "issueId")), *comment;
    struct df_str body = df_json_get_str(m->input, "body"), id = df_json_get_str(m->input, "id");
    check_new_id(m, "Comment", id);
    if (!failed(m) && df_str_trim(body).n == 0)
        linear_fail(m->call, INVALID, "Argument Validation Error - body should not be empty");
    if (failed(m))
        return linear_of(NULL);
    comment_on(m, issue, id, body, &comment);
    return payload(m, "CommentPayload", "comment", linear_of(comment));
}

static struct linear_value comment_update(struct mutation *m)
{
    static const char *const names[] = {"body", NULL};
    struct linear_node *comment = must_find(m, "Comment", m->id);
    if (failed(m))
        return linear_of(NULL);
    copy(m, comment, names);
    return payload(m, "CommentPayload", "comment", linear_of(comment));
}

static struct linear_value relation_create(struct mutation *m)
{
    static const char *const names[] = {"type", NULL};
    struct linear_node *issue = must_find(m, "Issue", df_json_get_str(m->input, "issueId")),
                       *other = must_find(m, "Issue", df_json_get_str(m->input, "relatedIssueId"));
    check_new_id(m, "IssueRelation", df_json_get_str(m->input, "id"));
    if (failed(m))
        return linear_of(NULL);
    struct linear_node *relation = add(m, "IssueRelation", df_json_get_str(m->input, "id"));
    set(m, relation, "issue", linear_of(issue));
    set(m, relation, "relatedIssue", linear_of(other));
    copy(m, relation, names);
    return payload(m, "IssueRelationPayload", "issueRelation", linear_of(relation));
}

static struct linear_value label_create(struct mutation *m)
{
    static const char *const names[] = {"name", "color", "description", NULL};
    struct df_str name = df_json_get_str(m->input, "name");
    check_new_id(m, "IssueLabel", df_json_get_str(m->input, "id"));
    for (const struct linear_node *l = m->call->linear->first; l && !failed(m); l = l->next)
        if (!l->gone && strcmp(l->type, "IssueLabel") == 0 && df_str_ieq(linear_prop(l, "name").text, name))
            linear_fail(m->call, INVALID, "duplicate label name");
    if (failed(m))
        return linear_of(NULL);
    struct linear_node *label = add(m, "IssueLabel", df_json_get_str(m->input, "id"));
    copy(m, label, names);
    return payload(m, "IssueLabelPayload", "issueLabel", linear_of(label));
}

static struct linear_value document_create(struct mutation *m)
{
    static const char *const names[] = {"title", "content", NULL};
    static const struct {
        const char *input, *type, *name;
    } places[] = {{"issueId", "Issue", "issue"}, {"projectId", "Project", "project"}, {"teamId", "Team", "team"}};
    const struct linear_node *on[sizeof places / sizeof *places] = {NULL};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        struct df_str id = df_json_get_str(m->input, places[i].input);
        on[i] = id.n ? must_find(m, places[i].type, id) : NULL;
    }
    check_new_id(m, "Document", df_json_get_str(m->input, "id"));
    if (failed(m))
        return linear_of(NULL);
    struct linear_node *document = add(m, "Document", df_json_get_str(m->input, "id"));
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        set(m, document, places[i].name, linear_of(on[i]));
    set(m, document, "slugId", linear_text(document->id));
    set(m, document, "url", linear_text(m->call->linear->url));
    copy(m, document, names);
    return payload(m, "DocumentPayload", "document", linear_of(document));
}

static struct linear_value document_update(struct mutation *m)
{
    static const char *const names[] = {"title", "content", NULL};
    struct linear_node *document = must_find(m, "Document", m->id);
    if (failed(m))
        return linear_of(NULL);
    copy(m, document, names);
    return payload(m, "DocumentPayload", "document", linear_of(document));
}

static const struct {
    const char *name;
    struct linear_value (*run)(struct mutation *m);
    oauth_scopes scopes; /* one of them */
} mutations[] = {
    {"issueCreate", issue_create, LINEAR_ISSUES_CREATE | LINEAR_WRITE},
    {"issueUpdate", issue_update, LINEAR_WRITE},
    {"issueArchive", issue_archive, LINEAR_WRITE},
    {"issueUnarchive", issue_unarchive, LINEAR_WRITE},
    {"issueDelete", issue_delete, LINEAR_WRITE},
    {"attachmentCreate", attachment_create, LINEAR_ISSUES_CREATE | LINEAR_WRITE},
    {"attachmentLinkURL", attachment_link, LINEAR_ISSUES_CREATE | LINEAR_WRITE},
    {"attachmentUpdate", attachment_update, LINEAR_WRITE},
    {"attachmentDelete", attachment_delete, LINEAR_WRITE},
    {"commentCreate", comment_create, LINEAR_COMMENTS_CREATE | LINEAR_WRITE},
    {"commentUpdate", comment_update, LINEAR_WRITE},
    {"commentDelete", comment_delete, LINEAR_WRITE},
    {"issueRelationCreate", relation_create, LINEAR_WRITE},
    {"issueLabelCreate", label_create, LINEAR_WRITE},
    {"documentCreate", document_create, LINEAR_WRITE},
    {"documentUpdate", document_update, LINEAR_WRITE},
    {"teamDelete", team_delete, LINEAR_ADMIN},
};

struct linear_value linear_mutate(struct linear_call *call, struct df_str name, const struct df_json *args)
{
    struct mutation *m = DF_NEW(call->arena, struct mutation);
    *m = (struct mutation){call, args, df_json_get(args, "input"), df_json_get_str(args, "id")};
    for (size_t i = 0; i < sizeof mutations / sizeof *mutations; i++) {
        if (!df_str_is(name, mutations[i].name))
            continue;
        oauth_scopes needed = mutations[i].scopes | LINEAR_ADMIN;
        if (!(call->scopes & needed))
            return linear_fail(call, "FORBIDDEN", "forbidden", "Invalid scope: `%s` required",
                               needed & LINEAR_ISSUES_CREATE     ? "issues:create"
                               : needed & LINEAR_COMMENTS_CREATE ? "comments:create"
                               : needed & LINEAR_WRITE           ? "write"
                                                                 : "admin");
        return mutations[i].run(m);
    }
    return linear_fail(call, INVALID, "The sandbox does not know this mutation");
}
