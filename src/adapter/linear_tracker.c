#include "adapter/linear_answer.h"
#include "adapter/trackers.h"

#include "base/time.h"
#include "domain/issue_ref.h"
#include "domain/sentry_host.h"

/* Every document is checked against Linear's schema by test_linear.py. */
#define ISSUE_FIELDS "id identifier url title archivedAt trashed completedAt canceledAt state { name type }"
static const char teams_document[] = "query DevFlowTeams($after: String) { teams(first: 100, after: $after) {"
                                     " nodes { id key name } pageInfo { hasNextPage endCursor } } }";
static const char find_document[] =
    "query DevFlowFind($url: String!, $bare: String!, $like: AttachmentFilter!) {"
    " whole: attachmentsForURL(url: $url, first: 25, includeArchived: true) { nodes { issue { " ISSUE_FIELDS " } } }"
    " bare: attachmentsForURL(url: $bare, first: 25, includeArchived: true) { nodes { issue { " ISSUE_FIELDS " } } }"
    " like: attachments(first: 50, includeArchived: true, filter: $like) { nodes { url issue { " ISSUE_FIELDS
    " } } } }";
static const char issue_document[] = "query DevFlowIssue($id: String!) { issue(id: $id) { " ISSUE_FIELDS " } }";
static const char labels_document[] =
    "query DevFlowLabels($names: [String!]!) { issueLabels(first: 100, filter: { name: { in: $names } }) {"
    " nodes { id name team { id } } } }";
static const char create_document[] = "mutation DevFlowCreate($input: IssueCreateInput!) {"
                                      " issueCreate(input: $input) { success issue { " ISSUE_FIELDS " } } }";
static const char link_document[] = "mutation DevFlowLink($input: AttachmentCreateInput!) {"
                                    " attachmentCreate(input: $input) { success attachment { id } } }";
static const char comment_document[] = "mutation DevFlowComment($input: CommentCreateInput!) {"
                                       " commentCreate(input: $input) { success comment { id } } }";
static const char comments_document[] = "query DevFlowCommentThere($id: String!) { comment(id: $id) { id } }";
static const char relations_document[] = "query DevFlowRelations($id: String!) { issue(id: $id) {"
                                         " relations(first: 50) { nodes { relatedIssue { id } } } } }";
static const char relate_document[] = "mutation DevFlowRelate($input: IssueRelationCreateInput!) {"
                                      " issueRelationCreate(input: $input) { success issueRelation { id } } }";
static const char states_document[] =
    "query DevFlowStates($id: String!) { issue(id: $id) { team { states(first: 100) { nodes { id name } } } } }";
static const char move_document[] = "mutation DevFlowMove($id: String!, $input: IssueUpdateInput!) {"
                                    " issueUpdate(id: $id, input: $input) { success issue { id } } }";

enum { TEAM_PAGES = 5 };

static enum df_code ask_one(const struct df_tracker_call *call, const char *document, const char *name,
                            struct df_str value, const struct df_json **ret, struct df_error *err)
{
    struct linear_variables v;
    linear_variables_open(&v, call->arena);
    df_json_kstr_or_null(&v.w, name, value);
    return linear_send(call, document, linear_variables_close(&v), ret, err);
}

static enum df_code places(const struct df_tracker_call *call, struct df_tracker_place **ret, size_t *ret_n,
                           struct df_error *err)
{
    struct df_tracker_place *found = DF_NEW_ARRAY(call->arena, struct df_tracker_place, DF_TRACKER_PLACES);
    struct df_str after = DF_STR_NONE;
    size_t n = 0;
    for (int page = 0; page < TEAM_PAGES; page++) {
        const struct df_json *data;
        DF_TRY(ask_one(call, teams_document, "after", after, &data, err));
        const struct df_json *teams = df_json_get(data, "teams");
        for (struct df_json_iter it = df_json_iter(df_json_get(teams, "nodes")); df_json_next(&it);)
            if (n < DF_TRACKER_PLACES)
                found[n++] = (struct df_tracker_place){df_json_get_str(it.value, "id"),
                                                       df_json_get_str(it.value, "key"),
                                                       df_json_get_str(it.value, "name")};
        after = df_json_str(df_json_path(teams, "pageInfo", "endCursor", NULL));
        if (after.n == 0 || !df_json_bool(df_json_path(teams, "pageInfo", "hasNextPage", NULL), false))
            break;
    }
    *ret = found;
    *ret_n = n;
    return DF_OK;
}

static int64_t time_at(const struct df_json *v, const char *key)
{
    int64_t ms = 0;
    return df_time_parse(df_json_get_str(v, key), &ms) ? ms : 0;
}

static bool read_issue(const struct df_json *v, struct df_tracker_issue *ret)
{
    struct df_str kind = df_json_str(df_json_path(v, "state", "type", NULL));
    int64_t times[] = {time_at(v, "completedAt"), time_at(v, "canceledAt"), time_at(v, "archivedAt")};
    *ret = (struct df_tracker_issue){.id = df_json_get_str(v, "id"),
                                     .key = df_json_get_str(v, "identifier"),
                                     .url = df_json_get_str(v, "url"),
                                     .title = df_json_get_str(v, "title"),
                                     .state = df_json_str(df_json_path(v, "state", "name", NULL))};
    ret->closed = df_str_is(kind, "completed") || df_str_is(kind, "canceled") || df_str_is(kind, "duplicate") ||
                  times[2] > 0 || df_json_bool(df_json_get(v, "trashed"), false);
    for (size_t i = 0; i < 3; i++)
        ret->closed_ms = times[i] > ret->closed_ms ? times[i] : ret->closed_ms;
    return ret->id.n > 0 && ret->key.n > 0;
}

/* Another page of the same issue: of one event, with what the browser's bar has after "?", under the organisation's host. */
static bool is_like(struct df_str url, const struct df_tracker_link *link, struct df_arena *arena)
{
    struct df_issue_ref there, ours;
    return df_issue_ref_parse(url, arena, &there, NULL) == DF_OK &&
           df_issue_ref_parse(link->url, arena, &ours, NULL) == DF_OK && there.kind == DF_ISSUE_REF_NUMERIC &&
           df_str_eq(there.id, link->sentry_id) &&
           (df_str_eq(there.host_origin, ours.host_origin) ||
            (df_sentry_host_is_saas(there.host_origin, arena) && df_sentry_host_is_saas(ours.host_origin, arena)));
}

static void gather(const struct df_json *list, bool closed, const struct df_tracker_link *like, struct df_arena *arena,
                   struct df_tracker_issue *to, size_t *n, size_t room)
{
    for (struct df_json_iter it = df_json_iter(df_json_get(list, "nodes")); df_json_next(&it);) {
        struct df_tracker_issue issue;
        bool known = like && !is_like(df_json_get_str(it.value, "url"), like, arena);
        if (!read_issue(df_json_get(it.value, "issue"), &issue) || issue.closed != closed)
            continue;
        for (size_t i = 0; i < *n; i++)
            known = known || df_str_eq(to[i].id, issue.id);
        if (!known && *n < room)
            to[(*n)++] = issue;
    }
}

static void put_like(struct df_json_writer *w, const struct df_tracker_link *link, struct df_arena *arena)
{
    static const char *const how[][2] = {{"endsWith", ""}, {"contains", "/"}, {"contains", "?"}, {"contains", "#"}};
    df_json_kopen(w, "like", '{');
    df_json_kopen(w, "or", '[');
    for (size_t i = 0; i < sizeof how / sizeof *how; i++) {
        df_json_open(w, '{');
        df_json_kopen(w, "url", '{');
        df_json_kstr(w, how[i][0], df_arena_printf(arena, "/issues/%.*s%s", DF_FMT(link->sentry_id), how[i][1]));
        df_json_close(w, '}');
        df_json_close(w, '}');
    }
    df_json_close(w, ']');
    df_json_close(w, '}');
}

/* With and without the slash at its end, and as another page of the issue: people paste all of them. */
static enum df_code find(const struct df_tracker_call *call, const struct df_tracker_link *link,
                         struct df_tracker_issue **ret, size_t *ret_n, struct df_error *err)
{
    enum { ROOM = 100 };
    struct linear_variables v;
    const struct df_json *data;
    bool slash = df_str_ends(link->url, DF_S("/"));
    linear_variables_open(&v, call->arena);
    df_json_kstr(&v.w, "url", slash ? link->url : df_arena_printf(call->arena, "%.*s/", DF_FMT(link->url)));
    df_json_kstr(&v.w, "bare", slash ? df_str_head(link->url, link->url.n - 1) : link->url);
    put_like(&v.w, link, call->arena);
    DF_TRY(linear_send(call, find_document, linear_variables_close(&v), &data, err));
    *ret = DF_NEW_ARRAY(call->arena, struct df_tracker_issue, ROOM);
    *ret_n = 0;
    for (int closed = 0; closed < 2; closed++) {
        gather(df_json_get(data, "whole"), closed, NULL, call->arena, *ret, ret_n, ROOM);
        gather(df_json_get(data, "bare"), closed, NULL, call->arena, *ret, ret_n, ROOM);
        gather(df_json_get(data, "like"), closed, link, call->arena, *ret, ret_n, ROOM);
    }
    return DF_OK;
}

static enum df_code get(const struct df_tracker_call *call, struct df_str id, struct df_tracker_issue *ret,
                        bool *ret_found, struct df_error *err)
{
    const struct df_json *data;
    struct df_error why;
    enum df_code code = ask_one(call, issue_document, "id", id, &data, &why);
    *ret_found = code == DF_OK && read_issue(df_json_get(data, "issue"), ret);
    if (code == DF_OK || code == DF_ERR_PROVIDER_NOT_FOUND)
        return DF_OK;
    *err = why;
    return code;
}

/* A label of the team's own goes before one of the workspace of the same name. */
static struct df_str label_id(const struct df_json *labels, struct df_str name, struct df_str team)
{
    struct df_str of_all = DF_STR_NONE;
    for (struct df_json_iter it = df_json_iter(labels); df_json_next(&it);) {
        struct df_str owner = df_json_str(df_json_path(it.value, "team", "id", NULL));
        if (!df_str_eq(df_json_get_str(it.value, "name"), name))
            continue;
        if (df_str_eq(owner, team))
            return df_json_get_str(it.value, "id");
        if (owner.n == 0)
            of_all = df_json_get_str(it.value, "id");
    }
    return of_all;
}

static enum df_code put_labels(const struct df_tracker_call *call, const struct df_tracker_draft *draft,
                               struct df_json_writer *w, struct df_error *err)
{
    struct linear_variables v;
    const struct df_json *data;
    if (draft->n_labels == 0)
        return DF_OK;
    linear_variables_open(&v, call->arena);
    df_json_kstrs(&v.w, "names", draft->labels, draft->n_labels);
    DF_TRY(linear_send(call, labels_document, linear_variables_close(&v), &data, err));
    df_json_kopen(w, "labelIds", '[');
    for (size_t i = 0; i < draft->n_labels; i++) {
        struct df_str id = label_id(df_json_path(data, "issueLabels", "nodes", NULL), draft->labels[i],
                                    draft->place_id);
        if (id.n == 0)
            return df_fail(err, DF_ERR_PROVIDER_NOT_FOUND,
                           "Linear has no label %.*s for this team: make it there, or leave it out (devflow "
                           "linear:settings --labels)",
                           DF_FMT(df_str_head(draft->labels[i], 60)));
        df_json_put_str(w, id);
    }
    df_json_close(w, ']');
    return DF_OK;
}

static enum df_code create(const struct df_tracker_call *call, const struct df_tracker_draft *draft,
                           struct df_tracker_issue *ret, struct df_error *err)
{
    struct linear_variables v;
    const struct df_json *data;
    struct df_error why;
    bool found = false;
    linear_variables_open(&v, call->arena);
    df_json_kopen(&v.w, "input", '{');
    df_json_kstr(&v.w, "id", draft->id);
    df_json_kstr(&v.w, "teamId", draft->place_id);
    df_json_kstr(&v.w, "title", draft->title);
    df_json_kstr(&v.w, "description", draft->body);
    df_json_kint(&v.w, "priority", draft->priority);
    DF_TRY(put_labels(call, draft, &v.w, err));
    df_json_close(&v.w, '}');
    enum df_code code = linear_send(call, create_document, linear_variables_close(&v), &data, &why);
    if (code == DF_OK && read_issue(df_json_path(data, "issueCreate", "issue", NULL), ret))
        return DF_OK;
    if (code == DF_OK)
        code = df_fail(&why, DF_ERR_PROVIDER, "Linear did not say what became of the new issue");
    /* That id may be there already, or the answer say less than was done. */
    if (code == DF_ERR_INVALID || code == DF_ERR_PROVIDER) {
        DF_TRY(get(call, draft->id, ret, &found, err));
        if (found)
            return DF_OK;
    }
    *err = why;
    return code;
}

static enum df_code link(const struct df_tracker_call *call, const struct df_tracker_issue *issue,
                         const struct df_tracker_link *l, struct df_error *err)
{
    struct linear_variables v;
    const struct df_json *data;
    linear_variables_open(&v, call->arena);
    df_json_kopen(&v.w, "input", '{');
    df_json_kstr(&v.w, "issueId", issue->id);
    df_json_kstr(&v.w, "url", l->url);
    df_json_kstr(&v.w, "title", l->title);
    df_json_kstr(&v.w, "subtitle", l->subtitle);
    df_json_kopen(&v.w, "metadata", '{');
    df_json_kstr(&v.w, "source", DF_S("devflow"));
    df_json_kstr(&v.w, "sentryIssueId", l->sentry_id);
    df_json_kstr(&v.w, "level", l->level);
    df_json_kint(&v.w, "events", l->events);
    df_json_kint(&v.w, "users", l->users);
    df_json_close(&v.w, '}');
    df_json_close(&v.w, '}');
    DF_TRY(linear_send(call, link_document, linear_variables_close(&v), &data, err));
    return df_json_bool(df_json_path(data, "attachmentCreate", "success", NULL), false)
               ? DF_OK
               : df_fail(err, DF_ERR_PROVIDER, "Linear did not link the issue");
}

static enum df_code comment(const struct df_tracker_call *call, const struct df_tracker_issue *issue, struct df_str id,
                            struct df_str text, struct df_error *err)
{
    struct linear_variables v;
    const struct df_json *data;
    struct df_error why;
    linear_variables_open(&v, call->arena);
    df_json_kopen(&v.w, "input", '{');
    df_json_kstr(&v.w, "id", id);
    df_json_kstr(&v.w, "issueId", issue->id);
    df_json_kstr(&v.w, "body", text);
    df_json_close(&v.w, '}');
    enum df_code code = linear_send(call, comment_document, linear_variables_close(&v), &data, &why);
    if (code == DF_OK && df_json_bool(df_json_path(data, "commentCreate", "success", NULL), false))
        return DF_OK;
    if (code == DF_OK || code == DF_ERR_INVALID)
        if (ask_one(call, comments_document, "id", id, &data, NULL) == DF_OK &&
            df_json_is_object(df_json_get(data, "comment")))
            return DF_OK;
    if (code == DF_OK)
        code = df_fail(&why, DF_ERR_PROVIDER, "Linear did not take the comment");
    *err = why;
    return code;
}

static enum df_code relate(const struct df_tracker_call *call, const struct df_tracker_issue *issue,
                           struct df_str other_id, struct df_error *err)
{
    struct linear_variables v;
    const struct df_json *data;
    DF_TRY(ask_one(call, relations_document, "id", issue->id, &data, err));
    const struct df_json *known = df_json_path(data, "issue", "relations", "nodes", NULL);
    for (struct df_json_iter it = df_json_iter(known); df_json_next(&it);)
        if (df_str_eq(df_json_str(df_json_path(it.value, "relatedIssue", "id", NULL)), other_id))
            return DF_OK;
    linear_variables_open(&v, call->arena);
    df_json_kopen(&v.w, "input", '{');
    df_json_kstr(&v.w, "issueId", issue->id);
    df_json_kstr(&v.w, "relatedIssueId", other_id);
    df_json_kstr(&v.w, "type", DF_S("related"));
    df_json_close(&v.w, '}');
    return linear_send(call, relate_document, linear_variables_close(&v), &data, err);
}

static enum df_code find_state(const struct df_tracker_call *call, const struct df_json *states, struct df_str name,
                               struct df_str *ret_id, struct df_error *err)
{
    struct df_buf names;
    df_buf_init(&names, call->arena, 64 * 1024);
    for (struct df_json_iter it = df_json_iter(states); df_json_next(&it);) {
        struct df_str known = df_json_get_str(it.value, "name");
        *ret_id = df_json_get_str(it.value, "id");
        if (df_str_ieq(known, name) && ret_id->n)
            return DF_OK;
        if (names.n < 400)
            df_buf_printf(&names, "%s%.*s", names.n ? ", " : "", DF_FMT(df_str_head(known, 60)));
    }
    return df_fail(err, DF_ERR_PROVIDER_NOT_FOUND,
                   "Linear has no state %.*s for this team, but %s (devflow linear:settings --on-resolved)",
                   DF_FMT(df_str_head(name, 60)), names.n ? names.p : "none at all");
}

static enum df_code move(const struct df_tracker_call *call, const struct df_tracker_issue *issue, struct df_str state,
                         struct df_error *err)
{
    struct linear_variables v;
    const struct df_json *data;
    struct df_str state_id;
    DF_TRY(ask_one(call, states_document, "id", issue->id, &data, err));
    DF_TRY(find_state(call, df_json_path(data, "issue", "team", "states", "nodes", NULL), state, &state_id, err));
    linear_variables_open(&v, call->arena);
    df_json_kstr(&v.w, "id", issue->id);
    df_json_kopen(&v.w, "input", '{');
    df_json_kstr(&v.w, "stateId", state_id);
    df_json_close(&v.w, '}');
    DF_TRY(linear_send(call, move_document, linear_variables_close(&v), &data, err));
    return df_json_bool(df_json_path(data, "issueUpdate", "success", NULL), false)
               ? DF_OK
               : df_fail(err, DF_ERR_PROVIDER, "Linear did not change the state");
}

const struct df_tracker df_linear_tracker = {
    .name = "linear",
    .provider = "LINEAR",
    .title = "Linear",
    .place = "team",
    .takes_id = true,
    .notebook = &df_linear_notebook,
    .places = places,
    .find = find,
    .get = get,
    .create = create,
    .link = link,
    .comment = comment,
    .move = move,
    .relate = relate,
};
