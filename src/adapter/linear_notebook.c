#include "adapter/linear_answer.h"
#include "adapter/trackers.h"

#include "base/url.h"

/* Every document is checked against Linear's schema by test_spec_linear.py. */
#define DOCUMENT_FIELDS "id title url content issue { id } project { id } team { id }"
static const char issue_document[] =
    "query DevFlowSpecIssue($id: String!) { issue(id: $id) { id identifier url title description"
    " attachments(first: 50) { nodes { url } } } }";
static const char document_document[] = "query DevFlowSpecDocument($id: String!) { document(id: $id) { " DOCUMENT_FIELDS
                                        " } }";
static const char comment_document[] = "query DevFlowSpecComment($id: String!) { comment(id: $id) { id url body } }";
static const char document_create[] = "mutation DevFlowSpecDocumentCreate($input: DocumentCreateInput!) {"
                                      " documentCreate(input: $input) { success document { id } } }";
static const char document_update[] = "mutation DevFlowSpecDocumentUpdate($id: String!, $input: DocumentUpdateInput!) {"
                                      " documentUpdate(id: $id, input: $input) { success document { id } } }";
static const char comment_create[] = "mutation DevFlowSpecCommentCreate($input: CommentCreateInput!) {"
                                     " commentCreate(input: $input) { success comment { id } } }";
static const char comment_update[] = "mutation DevFlowSpecCommentUpdate($id: String!, $input: CommentUpdateInput!) {"
                                     " commentUpdate(id: $id, input: $input) { success comment { id } } }";

static enum df_code ask(const struct df_tracker_call *call, const char *document, struct df_str id,
                        const struct df_json **ret, struct df_error *err)
{
    struct linear_variables v;
    linear_variables_open(&v, call->arena);
    df_json_kstr(&v.w, "id", id);
    return linear_send(call, document, linear_variables_close(&v), ret, err);
}

/* https://linear.app/acme/issue/ENG-12/title gives ENG-12, .../document/title-0a1b2c3d4e5f the slug at its end. */
static struct df_str id_of(struct df_str name, bool *ret_document, bool *ret_url, struct df_arena *arena)
{
    struct df_url url;
    struct df_str rest, part, before = DF_STR_NONE;
    *ret_document = *ret_url = false;
    if (!df_url_parse(name, arena, &url))
        return name;
    *ret_url = true;
    for (rest = url.path; df_str_split(&rest, '/', &part); before = part) {
        *ret_document = df_str_is(before, "document");
        if (df_str_is(before, "issue"))
            return part;
        if (!*ret_document)
            continue;
        size_t dash = part.n;
        while (dash > 0 && part.p[dash - 1] != '-')
            dash--;
        bool uuid = part.n == 36 && part.p[8] == '-';
        return uuid ? part : df_str_from(part, dash);
    }
    return DF_STR_NONE;
}

static void read_issue(const struct df_json *v, struct df_notebook_page *ret)
{
    *ret = (struct df_notebook_page){.id = df_json_get_str(v, "id"),
                                     .at = {"issueId", df_json_get_str(v, "id")},
                                     .on_issue = true,
                                     .key = df_json_get_str(v, "identifier"),
                                     .url = df_json_get_str(v, "url"),
                                     .title = df_json_get_str(v, "title"),
                                     .text = df_json_get_str(v, "description")};
    for (struct df_json_iter it = df_json_iter(df_json_path(v, "attachments", "nodes", NULL)); df_json_next(&it);)
        if (ret->n_links < DF_NOTEBOOK_LINKS)
            ret->links[ret->n_links++] = df_json_get_str(it.value, "url");
}

/* What a document may hang on, and how DocumentCreateInput says so. */
static const char *const places[][2] = {{"issue", "issueId"}, {"project", "projectId"}, {"team", "teamId"}};

static void read_document(const struct df_json *v, struct df_notebook_page *ret)
{
    *ret = (struct df_notebook_page){.document = true,
                                     .id = df_json_get_str(v, "id"),
                                     .key = df_json_get_str(v, "title"),
                                     .url = df_json_get_str(v, "url"),
                                     .title = df_json_get_str(v, "title"),
                                     .text = df_json_get_str(v, "content")};
    for (size_t i = 0; i < sizeof places / sizeof *places && !ret->at.id.n; i++)
        ret->at = (struct df_notebook_place){places[i][1], df_json_str(df_json_path(v, places[i][0], "id", NULL))};
    ret->on_issue = ret->at.id.n && df_str_is(DF_S("issueId"), ret->at.of);
}

/* A bare id may be either's. */
static enum df_code read_page(const struct df_tracker_call *call, struct df_str name, struct df_notebook_page *ret,
                              struct df_error *err)
{
    const struct df_json *data;
    struct df_error why = {.code = DF_ERR_PROVIDER_NOT_FOUND};
    bool document, url;
    struct df_str id = id_of(name, &document, &url, call->arena);
    if (id.n == 0 || id.n > 200)
        return df_fail(err, DF_ERR_INVALID,
                       "expected an issue (ENG-12), an id, or the URL of an issue or document in Linear");
    enum df_code code = document ? DF_ERR_PROVIDER_NOT_FOUND : ask(call, issue_document, id, &data, &why);
    if (code == DF_OK && df_json_is_object(df_json_get(data, "issue"))) {
        read_issue(df_json_get(data, "issue"), ret);
        return DF_OK;
    }
    if (document || (!url && code == DF_ERR_PROVIDER_NOT_FOUND)) {
        code = ask(call, document_document, id, &data, &why);
        if (code == DF_OK && df_json_is_object(df_json_get(data, "document"))) {
            read_document(df_json_get(data, "document"), ret);
            return DF_OK;
        }
    }
    if (code == DF_OK || code == DF_ERR_PROVIDER_NOT_FOUND)
        return df_fail(err, DF_ERR_PROVIDER_NOT_FOUND, "Linear has no issue or document %.*s",
                       DF_FMT(df_str_head(id, 80)));
    *err = why;
    return code;
}

static enum df_code get(const struct df_tracker_call *call, struct df_notebook_note *note, bool *ret_found,
                        struct df_error *err)
{
    const struct df_json *data, *v;
    struct df_error why;
    enum df_code code = ask(call, note->document ? document_document : comment_document, note->id, &data, &why);
    *ret_found = false;
    if (code == DF_ERR_PROVIDER_NOT_FOUND)
        return DF_OK;
    if (code != DF_OK) {
        *err = why;
        return code;
    }
    v = df_json_get(data, note->document ? "document" : "comment");
    *ret_found = df_json_get_str(v, "id").n > 0;
    note->text = df_json_get_str(v, note->document ? "content" : "body");
    note->url = df_json_get_str(v, "url");
    return DF_OK;
}

/* An error may stand beside what was done, and an id that is taken is ours from an attempt before. */
static enum df_code create(const struct df_tracker_call *call, const struct df_notebook_note *note,
                           struct df_error *err)
{
    struct linear_variables v;
    const struct df_json *data;
    struct df_error why;
    struct df_notebook_note there = *note;
    bool found;
    linear_variables_open(&v, call->arena);
    df_json_kopen(&v.w, "input", '{');
    df_json_kstr(&v.w, "id", note->id);
    df_json_kstr(&v.w, note->at.of, note->at.id);
    if (note->document)
        df_json_kstr(&v.w, "title", note->title);
    df_json_kstr(&v.w, note->document ? "content" : "body", note->text);
    df_json_close(&v.w, '}');
    enum df_code code = linear_send(call, note->document ? document_create : comment_create, linear_variables_close(&v),
                                    &data, &why);
    if (code != DF_OK && code != DF_ERR_INVALID) {
        *err = why;
        return code;
    }
    DF_TRY(get(call, &there, &found, err));
    if (found)
        return DF_OK;
    if (code != DF_OK)
        *err = why;
    return code != DF_OK ? code : df_fail(err, DF_ERR_PROVIDER, "Linear did not take the note");
}

static enum df_code update(const struct df_tracker_call *call, const struct df_notebook_note *note,
                           struct df_error *err)
{
    struct linear_variables v;
    const struct df_json *data;
    linear_variables_open(&v, call->arena);
    df_json_kstr(&v.w, "id", note->id);
    df_json_kopen(&v.w, "input", '{');
    df_json_kstr(&v.w, note->document ? "content" : "body", note->text);
    df_json_close(&v.w, '}');
    DF_TRY(
        linear_send(call, note->document ? document_update : comment_update, linear_variables_close(&v), &data, err));
    const struct df_json *payload = df_json_get(data, note->document ? "documentUpdate" : "commentUpdate");
    return df_json_bool(df_json_get(payload, "success"), false)
               ? DF_OK
               : df_fail(err, DF_ERR_PROVIDER, "Linear did not take the note");
}

const struct df_notebook df_linear_notebook = {
    .read = read_page,
    .get = get,
    .create = create,
    .update = update,
};
