#include "service/test_site.h"

#include "domain/markdown.h"
#include "service/scrubbing.h"
#include "service/sentry.h"
#include "service/tickets.h"
#include "service/tracker_line.h"

enum { TICKETS_LOOKED_AT = 500, COMMENT_BYTES = 60 * 1024, NAME_BYTES = 200 };

static const char *checkout_of(const struct df_test_site *site, struct df_str project_id)
{
    for (size_t i = 0; site && i < site->n_checkouts; i++)
        if (df_str_eq(site->checkouts[i].project_id, project_id))
            return site->checkouts[i].folder;
    return NULL;
}

enum df_code df_test_site_case(const struct df_devflow *d, struct df_str project_id, struct df_str issue,
                               struct df_arena *arena, struct df_testgen_case *ret, struct df_test_subject *ret_subject,
                               struct df_error *err)
{
    struct df_context context;
    struct df_scrub scrub = df_scrubbing(d, project_id, arena);
    DF_TRY(df_sentry_extract_context(d, project_id, issue, arena, &context, err));
    if (!context.event)
        return df_fail(err, DF_ERR_PROVIDER_NOT_FOUND, "the issue has no event to make a test of");
    const struct df_issue *found = context.issue;
    *ret_subject = (struct df_test_subject){
        .issue = found->short_id.n ? found->short_id : found->id, .url = found->permalink, .id = found->id};
    return df_testgen_case_make(context.event, ret_subject, &scrub, ret, err);
}

static enum df_code case_of(const struct df_devflow *d, const struct df_test_wish *wish, struct df_arena *arena,
                            struct df_testgen_case *ret, struct df_test_subject *ret_subject, struct df_error *err)
{
    struct df_event event;
    struct df_scrub scrub = df_scrubbing(d, wish->project_id, arena);
    *ret_subject = (struct df_test_subject){.issue = DF_STR_NONE};
    if (!wish->event)
        return df_test_site_case(d, wish->project_id, wish->issue, arena, ret, ret_subject, err);
    if (!df_event_parse(wish->event, arena, &event))
        return df_fail(err, DF_ERR_INVALID, "event must be an object");
    return df_testgen_case_make(&event, ret_subject, &scrub, ret, err);
}

/* Where specifications find it. One that is too long is kept by its name. */
static enum df_code keep(const struct df_devflow *d, const struct df_test_wish *wish,
                         const struct df_test_subject *subject, const struct df_testgen_result *r, struct df_error *err)
{
    const struct df_stored_test test = {
        .project_id = wish->project_id,
        .sentry_id = subject->id,
        .reproduced = r->reproduced,
        .language = r->language,
        .file = r->file,
        .function = df_str_head(r->function, NAME_BYTES),
        .exception = df_str_head(r->exception, NAME_BYTES),
        .reason = df_str_head(r->reason, DF_STORED_TEST_BYTES),
        .text = r->reproduced && r->text.n <= DF_STORED_TEST_BYTES ? r->text : DF_STR_NONE,
        .made_ms = df_now_ms(d->clock),
    };
    return subject->id.n ? d->store->ops->test_put(d->store, &test, err) : DF_OK;
}

/* Taken before Sentry is asked: who is told to wait has cost nothing. */
enum df_code df_test_site_generate(const struct df_devflow *d, const struct df_test_wish *wish, struct df_arena *arena,
                                   struct df_testgen_result *ret, struct df_error *err)
{
    struct df_project project;
    struct df_test_site *site = d->test_site;
    DF_TRY(d->store->ops->project_find(d->store, wish->project_id, arena, &project, err));
    struct df_testgen_request request = {.source = checkout_of(site, wish->project_id),
                                         .out = "",
                                         .language = wish->language,
                                         .timeout_s = wish->timeout_s ? wish->timeout_s : DF_TESTGEN_TIMEOUT_S};
    if (!request.source)
        return df_fail(err, DF_ERR_CHECKOUT,
                       "there is no checkout of this project where the service runs: name it in TEST_CHECKOUTS, or run "
                       "devflow test:generate where there is one");
    if (atomic_flag_test_and_set(&site->busy)) {
        if (err)
            err->retry_after_s = DF_TEST_SITE_RETRY_S;
        return df_fail(err, DF_ERR_BUSY, "another test is being made");
    }
    struct df_test_subject subject;
    enum df_code code = case_of(d, wish, arena, &request.test_case, &subject, err);
    if (code == DF_OK)
        code = df_testgen_run(site->lab, &request, arena, ret, err);
    atomic_flag_clear(&site->busy);
    DF_TRY(code);
    ret->issue_id = subject.id;
    return keep(d, wish, &subject, ret, err);
}

static bool is_of(const struct df_ticket *t, struct df_str issue)
{
    return t->ref.n &&
           (df_str_ieq(t->short_id, issue) || df_str_eq(t->sentry_id, issue) || df_str_eq(t->sentry, issue));
}

/* The newest one: of several, the others are closed. */
static enum df_code find_ticket(const struct df_devflow *d, struct df_str project_id, struct df_str issue,
                                struct df_arena *arena, struct df_ticket *ret, bool *ret_found, struct df_error *err)
{
    struct df_ticket *tickets;
    size_t n;
    *ret_found = false;
    DF_TRY(d->store->ops->ticket_list(d->store, project_id, TICKETS_LOOKED_AT, arena, &tickets, &n, err));
    for (size_t i = 0; i < n; i++)
        if (is_of(&tickets[i], issue) && (!*ret_found || tickets[i].created_ms > ret->created_ms)) {
            *ret = tickets[i];
            *ret_found = true;
        }
    return DF_OK;
}

static struct df_str comment_text(const struct df_testgen_result *result, struct df_arena *arena)
{
    struct df_buf out;
    df_buf_init(&out, arena, COMMENT_BYTES * 4);
    df_buf_put_c(&out, "A regression test of this error, which fails as long as the error is there: ");
    df_md_put_span(&out, result->file, NAME_BYTES);
    df_buf_put_c(&out, "\n\n");
    df_md_put_block(&out, result->language, result->text, COMMENT_BYTES);
    df_buf_put_char(&out, '\n');
    return df_buf_str(&out);
}

enum df_code df_test_site_attach(const struct df_devflow *d, struct df_str project_id, struct df_str issue,
                                 const struct df_testgen_result *result, struct df_arena *arena, struct df_ticket *ret,
                                 bool *ret_found, struct df_error *err)
{
    enum { COMMENT_OF_TEST = -1 }; /* the others are counted from 0 */
    struct df_tracker_wire wire;
    DF_TRY(find_ticket(d, project_id, issue, arena, ret, ret_found, err));
    if (!*ret_found)
        return DF_OK;
    const struct df_tracker *tracker;
    if (df_tracker_find(d, ret->tracker, &tracker, NULL) != DF_OK)
        return df_fail(err, DF_ERR_INVALID, "the tracker of the issue is not known any more");
    DF_TRY(df_tracker_wire_open(d, project_id, tracker, arena, &wire, err));
    struct df_tracker_call call = {.line = &wire.line, .arena = arena, .now_ms = df_now_ms(d->clock)};
    const struct df_tracker_issue there = {.id = ret->ref, .key = ret->key, .url = ret->url, .title = ret->title};
    struct df_ticket numbered = *ret;
    numbered.comments = COMMENT_OF_TEST;
    return tracker->comment(&call, &there, df_ticket_comment_id(&numbered, arena), comment_text(result, arena), err);
}
