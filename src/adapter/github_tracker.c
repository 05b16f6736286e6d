#include "adapter/trackers.h"

#include "base/time.h"
#include "base/url.h"
#include "domain/rate_reset.h"

/* GitHub has no attachments: the issue's text carries a block of ours between two marks, and a label makes it findable at once, which
 * the search is not. */
#define LABEL "devflow-sentry"
#define END_MARK "<!-- /devflow:sentry -->"

enum { BODY_LIMIT_BYTES = 256 * 1024, PAGES = 10, PER_PAGE = 100, SAID_BYTES = 200, WAIT_DEFAULT_S = 60 };

static enum df_tracker_verdict judge(const struct df_http_answer *answer, struct df_arena *arena)
{
    (void)arena;
    /* A 503 of GitHub is its own trouble, whoever asks. */
    if (answer->status != 503 && df_rate_limits(answer->status, answer->headers, answer->n_headers, NULL))
        return DF_TRACKER_LIMITED;
    return answer->status == 401 ? DF_TRACKER_TOKEN_REFUSED : DF_TRACKER_FINE;
}

static enum df_code limited(const struct df_tracker_call *call, const struct df_http_answer *answer,
                            struct df_error *err)
{
    int64_t until = df_rate_reset_ms(df_http_header(answer, "Retry-After"), call->now_ms);
    if (until == 0)
        until = df_rate_reset_ms(df_http_header(answer, "X-RateLimit-Reset"), call->now_ms);
    int seconds = until > call->now_ms ? (int)((until - call->now_ms + 999) / 1000) : WAIT_DEFAULT_S;
    df_fail_at(err, DF_ERR_RATE_LIMITED, "GitHub limits the rate of this connection; try again in %d s", seconds);
    if (err)
        err->retry_after_s = seconds;
    return DF_ERR_RATE_LIMITED;
}

static enum df_code refusal(const struct df_tracker_call *call, const struct df_http_answer *answer,
                            const struct df_json *v, struct df_error *err)
{
    struct df_str said = df_str_head(df_json_get_str(v, "message"), SAID_BYTES);
    if (judge(answer, call->arena) == DF_TRACKER_LIMITED)
        return limited(call, answer, err);
    switch (answer->status) {
    case 401:
        return df_fail(err, DF_ERR_RECONNECT, "GitHub does not take this connection's token any more: connect again");
    case 403:
        return df_fail(err, DF_ERR_PROVIDER_FORBIDDEN, "GitHub does not allow this: %.*s", DF_FMT(said));
    case 404:
        return df_fail(err, DF_ERR_PROVIDER_NOT_FOUND,
                       "GitHub does not have it, or does not show it to this connection: %.*s", DF_FMT(call->place));
    case 410:
        return df_fail(err, DF_ERR_PROVIDER_NOT_FOUND, "issues are switched off, or this one was deleted: %.*s",
                       DF_FMT(call->place));
    case 422:
        return df_fail(err, DF_ERR_INVALID, "GitHub answers: %.*s", DF_FMT(said));
    default:
        return df_fail(err, DF_ERR_PROVIDER, "GitHub answered with status %d", answer->status);
    }
}

static enum df_code ask(const struct df_tracker_call *call, const char *method, struct df_str path, struct df_str body,
                        const struct df_json **ret, struct df_error *err)
{
    struct df_http_answer answer;
    bool mended;
    const struct df_tracker_ask one = {
        method, df_arena_printf(call->arena, "/repos/%.*s%.*s", DF_FMT(call->place), DF_FMT(path)), body, judge};
    *ret = NULL;
    DF_TRY(call->line->send(call->line, &one, call->arena, &answer, err));
    enum df_code code = df_json_parse_mended(call->arena, answer.body, 64, ret, &mended, NULL);
    if (answer.status < 200 || answer.status > 299)
        return refusal(call, &answer, *ret, err);
    return code == DF_OK ? DF_OK : df_fail(err, DF_ERR_PROVIDER, "GitHub's answer is no JSON, or was cut short");
}

static bool is_name(struct df_str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr("-_.", c))))
            return false;
    }
    return s.n > 0 && s.n <= 100 && !df_str_is(s, ".") && !df_str_is(s, "..");
}

/* The repository of the settings, looked at: one that was removed or renamed is told here. */
static enum df_code places(const struct df_tracker_call *call, struct df_tracker_place **ret, size_t *ret_n,
                           struct df_error *err)
{
    const struct df_json *v;
    struct df_str name = call->place, owner = DF_STR_NONE;
    *ret_n = 0;
    *ret = DF_NEW(call->arena, struct df_tracker_place);
    df_str_split(&name, '/', &owner);
    if (call->place.n == 0)
        return DF_OK;
    if (!is_name(owner) || !is_name(name))
        return df_fail(err, DF_ERR_INVALID, "the repository must be OWNER/REPOSITORY");
    DF_TRY(ask(call, "GET", DF_S(""), DF_STR_NONE, &v, err));
    **ret = (struct df_tracker_place){call->place, call->place, df_json_get_str(v, "full_name")};
    *ret_n = 1;
    return DF_OK;
}

static bool read_issue(const struct df_json *v, struct df_arena *arena, struct df_tracker_issue *ret)
{
    int64_t closed = 0;
    struct df_str number = df_json_text(df_json_get(v, "number"), arena);
    if (!df_time_parse(df_json_get_str(v, "closed_at"), &closed))
        closed = 0;
    *ret = (struct df_tracker_issue){.id = number,
                                     .key = df_arena_printf(arena, "#%.*s", DF_FMT(number)),
                                     .url = df_json_get_str(v, "html_url"),
                                     .title = df_json_get_str(v, "title"),
                                     .state = df_json_get_str(v, "state"),
                                     .closed = df_str_is(df_json_get_str(v, "state"), "closed"),
                                     .closed_ms = closed};
    return number.n > 0 && !df_json_get(v, "pull_request");
}

static struct df_str mark_of(struct df_str sentry_id, struct df_arena *arena)
{
    return df_arena_printf(arena, "<!-- devflow:sentry:%.*s -->", DF_FMT(sentry_id));
}

static enum df_code find(const struct df_tracker_call *call, const struct df_tracker_link *link,
                         struct df_tracker_issue **ret, size_t *ret_n, struct df_error *err)
{
    struct df_tracker_issue *found = DF_NEW_ARRAY(call->arena, struct df_tracker_issue, PAGES * PER_PAGE), one;
    struct df_str mark = mark_of(link->sentry_id, call->arena);
    size_t n = 0;
    for (int page = 1; page <= PAGES; page++) {
        const struct df_json *list;
        DF_TRY(
            ask(call, "GET",
                df_arena_printf(call->arena, "/issues?labels=" LABEL "&state=all&per_page=%d&page=%d", PER_PAGE, page),
                DF_STR_NONE, &list, err));
        for (struct df_json_iter it = df_json_iter(list); df_json_next(&it);) {
            if (df_str_find(df_json_get_str(it.value, "body"), mark) < 0 || !read_issue(it.value, call->arena, &one))
                continue;
            found[n++] = one;
            if (!one.closed) { /* the open one goes first */
                found[n - 1] = found[0];
                found[0] = one;
            }
        }
        if (df_json_count(list) < PER_PAGE)
            break;
    }
    *ret = found;
    *ret_n = n;
    return DF_OK;
}

static enum df_code get_json(const struct df_tracker_call *call, struct df_str id, const struct df_json **ret,
                             struct df_error *err)
{
    return ask(call, "GET", df_arena_printf(call->arena, "/issues/%.*s", DF_FMT(df_url_encode(id, call->arena))),
               DF_STR_NONE, ret, err);
}

static enum df_code get(const struct df_tracker_call *call, struct df_str id, struct df_tracker_issue *ret,
                        bool *ret_found, struct df_error *err)
{
    const struct df_json *v;
    struct df_error why;
    enum df_code code = get_json(call, id, &v, &why);
    *ret_found = code == DF_OK && read_issue(v, call->arena, ret);
    if (code == DF_OK || code == DF_ERR_PROVIDER_NOT_FOUND)
        return DF_OK;
    *err = why;
    return code;
}

struct body {
    struct df_buf buf;
    struct df_json_writer w;
};

static void body_open(struct body *b, struct df_arena *arena)
{
    df_buf_init(&b->buf, arena, BODY_LIMIT_BYTES);
    df_json_writer_init(&b->w, &b->buf, 0);
    df_json_open(&b->w, '{');
}

static struct df_str body_close(struct body *b)
{
    df_json_close(&b->w, '}');
    return df_buf_str(&b->buf);
}

static enum df_code create(const struct df_tracker_call *call, const struct df_tracker_draft *draft,
                           struct df_tracker_issue *ret, struct df_error *err)
{
    struct body b;
    const struct df_json *v;
    body_open(&b, call->arena);
    df_json_kstr(&b.w, "title", draft->title);
    df_json_kstr(&b.w, "body",
                 df_arena_printf(call->arena, "%.*s\n\n%.*s\n" END_MARK "\n", DF_FMT(draft->body),
                                 DF_FMT(mark_of(draft->sentry_id, call->arena))));
    df_json_kopen(&b.w, "labels", '[');
    df_json_put_str(&b.w, DF_S(LABEL));
    for (size_t i = 0; i < draft->n_labels; i++)
        df_json_put_str(&b.w, draft->labels[i]);
    df_json_close(&b.w, ']');
    DF_TRY(ask(call, "POST", DF_S("/issues"), body_close(&b), &v, err));
    return read_issue(v, call->arena, ret)
               ? DF_OK
               : df_fail(err, DF_ERR_PROVIDER, "GitHub did not say what became of the new issue");
}

/* The text with our block anew; what stands around it stays byte for byte. */
static struct df_str with_block(struct df_str text, const struct df_tracker_link *link, struct df_arena *arena)
{
    struct df_str mark = mark_of(link->sentry_id, arena), before = text, after = DF_STR_NONE;
    long at = df_str_find(text, mark);
    if (at >= 0) {
        struct df_str rest = df_str_from(text, (size_t)at + mark.n);
        long end = df_str_find(rest, DF_S(END_MARK));
        before = df_str_n(text.p, (size_t)at);
        after = end < 0 ? rest : df_str_from(rest, (size_t)end + sizeof END_MARK - 1);
    }
    return df_arena_printf(arena, "%.*s%s%.*s\n[Sentry](%.*s): %.*s\n" END_MARK "%.*s", DF_FMT(before),
                           at < 0 ? "\n\n" : "", DF_FMT(mark), DF_FMT(link->url), DF_FMT(link->subtitle),
                           DF_FMT(after));
}

static enum df_code add_label(const struct df_tracker_call *call, const struct df_tracker_issue *issue,
                              const struct df_json *known, struct df_error *err)
{
    struct body b;
    const struct df_json *v;
    for (struct df_json_iter it = df_json_iter(df_json_get(known, "labels")); df_json_next(&it);)
        if (df_str_is(df_json_get_str(it.value, "name"), LABEL))
            return DF_OK;
    body_open(&b, call->arena);
    df_json_kopen(&b.w, "labels", '[');
    df_json_put_str(&b.w, DF_S(LABEL));
    df_json_close(&b.w, ']');
    return ask(call, "POST", df_arena_printf(call->arena, "/issues/%.*s/labels", DF_FMT(issue->id)), body_close(&b), &v,
               err);
}

static enum df_code link(const struct df_tracker_call *call, const struct df_tracker_issue *issue,
                         const struct df_tracker_link *l, struct df_error *err)
{
    struct body b;
    const struct df_json *v, *done;
    DF_TRY(get_json(call, issue->id, &v, err));
    struct df_str old = df_json_get_str(v, "body"), text = with_block(old, l, call->arena);
    DF_TRY(add_label(call, issue, v, err));
    if (df_str_eq(old, text))
        return DF_OK;
    body_open(&b, call->arena);
    df_json_kstr(&b.w, "body", text);
    return ask(call, "PATCH", df_arena_printf(call->arena, "/issues/%.*s", DF_FMT(issue->id)), body_close(&b), &done,
               err);
}

/* A mark in the comment tells that it is there already. */
static enum df_code comment(const struct df_tracker_call *call, const struct df_tracker_issue *issue, struct df_str id,
                            struct df_str text, struct df_error *err)
{
    struct body b;
    const struct df_json *list, *done;
    struct df_str mark = df_arena_printf(call->arena, "<!-- devflow:comment:%.*s -->", DF_FMT(id));
    struct df_str path = df_arena_printf(call->arena, "/issues/%.*s/comments", DF_FMT(issue->id));
    for (int page = 1; page <= PAGES; page++) {
        DF_TRY(ask(call, "GET", df_arena_printf(call->arena, "%.*s?per_page=%d&page=%d", DF_FMT(path), PER_PAGE, page),
                   DF_STR_NONE, &list, err));
        for (struct df_json_iter it = df_json_iter(list); df_json_next(&it);)
            if (df_str_find(df_json_get_str(it.value, "body"), mark) >= 0)
                return DF_OK;
        if (df_json_count(list) < PER_PAGE)
            break;
    }
    body_open(&b, call->arena);
    df_json_kstr(&b.w, "body", df_arena_printf(call->arena, "%.*s\n\n%.*s", DF_FMT(text), DF_FMT(mark)));
    return ask(call, "POST", path, body_close(&b), &done, err);
}

/* "#12" in a comment makes GitHub show each on the other's page. */
static enum df_code relate(const struct df_tracker_call *call, const struct df_tracker_issue *issue,
                           struct df_str other_id, struct df_error *err)
{
    return comment(call, issue, df_arena_printf(call->arena, "related-%.*s", DF_FMT(other_id)),
                   df_arena_printf(call->arena, "Goes on from #%.*s, which is closed.", DF_FMT(other_id)), err);
}

/* The one state there is beside open: the settings take no other. */
static enum df_code move(const struct df_tracker_call *call, const struct df_tracker_issue *issue, struct df_str state,
                         struct df_error *err)
{
    struct body b;
    const struct df_json *done;
    body_open(&b, call->arena);
    df_json_kstr(&b.w, "state", state);
    df_json_kstr(&b.w, "state_reason", DF_S("completed"));
    return ask(call, "PATCH", df_arena_printf(call->arena, "/issues/%.*s", DF_FMT(issue->id)), body_close(&b), &done,
               err);
}

#define GITHUB                                                                                         \
    .place = "repository", .places = places, .find = find, .get = get, .create = create, .link = link, \
    .comment = comment, .move = move, .relate = relate

const struct df_tracker df_github_tracker = {.name = "github", .provider = "GITHUB", .title = "GitHub", GITHUB};
const struct df_tracker df_github_issues_tracker = {
    .name = "github-issues", .provider = "GITHUB_ISSUES", .title = "GitHub", GITHUB};

const struct df_tracker *const df_trackers[] = {&df_linear_tracker, &df_github_tracker, &df_github_issues_tracker,
                                                NULL};
