#include "service/enrich_page.h"
#include "service/sentry.h"
#include "service/tickets.h"
#include "service/tracker_line.h"

enum { NOTE_BYTES = 200 * 1024, TITLE_BYTES = 200 };

struct paging {
    const struct df_devflow *d;
    const struct df_page_wish *wish;
    struct df_arena *arena;
    struct df_page_result *result;
    const struct df_notebook *notebook;
    struct df_tracker_wire wire;
    struct df_tracker_call call;
    struct df_spec_note row;
    struct df_notebook_note note;
};

const char *df_page_outcome_name(enum df_page_outcome outcome)
{
    static const char *const names[] = {"nothing", "created", "updated",      "unchanged",
                                        "edited",  "removed", "would_create", "would_update"};
    return names[outcome];
}

/* The first that holds specifications. */
static const struct df_tracker *tracker_of(const struct df_devflow *d)
{
    for (const struct df_tracker *const *t = d->trackers; t && *t; t++)
        if ((*t)->notebook)
            return *t;
    return NULL;
}

static enum df_code open_line(const struct df_devflow *d, struct df_str project_id, struct df_arena *arena,
                              struct df_tracker_wire *wire, struct df_tracker_call *call, const struct df_tracker **ret,
                              struct df_error *err)
{
    const struct df_tracker *tracker = tracker_of(d);
    if (!tracker)
        return df_fail(err, DF_ERR_INTERNAL, "no tracker holds specifications");
    DF_TRY(df_tracker_wire_open(d, project_id, tracker, arena, wire, err));
    *call = (struct df_tracker_call){&wire->line, arena, DF_STR_NONE, df_now_ms(d->clock)};
    *ret = tracker;
    return DF_OK;
}

/* The page as one text: what is attached stands at its end. */
static struct df_str whole_text(const struct paging *p)
{
    const struct df_notebook_page *page = &p->result->page;
    struct df_buf out;
    df_buf_init(&out, p->arena, DF_SPEC_TEXT_BYTES);
    df_buf_put_str(&out, df_str_head(page->text, DF_SPEC_TEXT_BYTES / 2));
    for (size_t i = 0; i < page->n_links; i++) {
        df_buf_put_c(&out, "\n\n");
        df_buf_put_str(&out, page->links[i]);
    }
    return df_buf_str(&out);
}

/* The blocks one after the other, without the comments that a tracker would show or lose. */
static enum df_code make_text(struct paging *p, struct df_error *err)
{
    struct df_buf out;
    const struct df_enrich_wish wish = {.project_id = p->wish->project_id,
                                        .text = whole_text(p),
                                        .issues = p->wish->issues,
                                        .n_issues = p->wish->n_issues,
                                        .bodies = true,
                                        .no_tests = p->wish->no_tests};
    struct df_enrich_result *r = &p->result->enriched;
    DF_TRY(df_enrich(p->d, &wish, p->arena, r, err));
    df_buf_init(&out, p->arena, NOTE_BYTES);
    for (size_t i = 0; i < r->n; i++) {
        if (r->issues[i].outcome == DF_ENRICH_FAILED)
            return df_fail(err, r->issues[i].code, "%.*s: %.*s", DF_FMT(df_str_head(r->issues[i].named, 100)),
                           DF_FMT(r->issues[i].message));
        if (out.n + r->issues[i].body.n < NOTE_BYTES && r->issues[i].body.n) {
            df_buf_put_c(&out, out.n ? "\n" : "");
            df_buf_put_str(&out, r->issues[i].body);
        }
    }
    p->result->text = df_buf_str(&out);
    return DF_OK;
}

/* Line ends and white space at the ends are the tracker's business. */
static struct df_str hash_of(struct df_str text, struct df_arena *arena)
{
    return df_hex(df_sha256_of(df_str_trim(text), arena).p, DF_SHA256_BYTES, arena);
}

static struct df_str shown(const struct paging *p)
{
    const struct df_enrich_result *r = &p->result->enriched;
    struct df_buf out;
    df_buf_init(&out, p->arena, NOTE_BYTES);
    for (size_t i = 0; i < r->n; i++)
        if (r->issues[i].body.n)
            df_buf_printf(&out, "%s%.*s,", out.n ? "" : ",", DF_FMT(r->issues[i].issue_id));
    return df_buf_str(&out);
}

/* What is there now is what it will be compared with. */
static enum df_code remember(struct paging *p, struct df_str sent, struct df_error *err)
{
    struct df_notebook_note there = p->note;
    struct df_str before = p->row.id;
    bool found;
    DF_TRY(p->notebook->get(&p->call, &there, &found, err));
    if (!found)
        return df_fail(err, DF_ERR_PROVIDER, "the note is not there after it was made; try again");
    p->row.id = p->note.id;
    p->row.sent = sent;
    p->row.kept = hash_of(there.text, p->arena);
    p->row.issues = shown(p);
    p->row.updated_ms = df_now_ms(p->d->clock);
    p->result->note_url = there.url;
    return p->d->store->ops->spec_note_set(p->d->store, &p->row, before, err);
}

static enum df_code create(struct paging *p, struct df_str sent, struct df_error *err)
{
    p->result->outcome = p->wish->dry_run ? DF_PAGE_WOULD_CREATE : DF_PAGE_CREATED;
    if (p->wish->dry_run)
        return DF_OK;
    DF_TRY(p->notebook->create(&p->call, &p->note, err));
    return remember(p, sent, err);
}

static enum df_code update(struct paging *p, struct df_str sent, struct df_error *err)
{
    p->result->outcome = p->wish->dry_run ? DF_PAGE_WOULD_UPDATE : DF_PAGE_UPDATED;
    if (p->wish->dry_run)
        return DF_OK;
    DF_TRY(p->notebook->update(&p->call, &p->note, err));
    return remember(p, sent, err);
}

/* Another id for one that was removed, on disk before it is made. */
static enum df_code begin_anew(struct paging *p, struct df_error *err)
{
    struct df_str before = p->row.id;
    p->row.id = p->note.id = df_random_uuid(p->arena);
    p->row.sent = p->row.kept = DF_STR_NONE;
    return p->d->store->ops->spec_note_set(p->d->store, &p->row, before, err);
}

static enum df_code put_note(struct paging *p, struct df_error *err)
{
    struct df_str sent = hash_of(p->result->text, p->arena);
    struct df_notebook_note there = p->note;
    bool found = false, known = p->row.kept.n > 0;
    if (p->row.id.n)
        DF_TRY(p->notebook->get(&p->call, &there, &found, err));
    p->result->note_url = there.url;
    if (!found && known && !p->wish->force) {
        p->result->outcome = DF_PAGE_REMOVED;
        return DF_OK;
    }
    if (!found && known && !p->wish->dry_run)
        DF_TRY(begin_anew(p, err));
    if (!found)
        return create(p, sent, err);
    bool edited = known && !df_str_eq(p->row.kept, hash_of(there.text, p->arena));
    if (edited && !p->wish->force) {
        p->result->outcome = DF_PAGE_EDITED;
        return DF_OK;
    }
    if (!edited && df_str_eq(p->row.sent, sent)) {
        p->result->outcome = DF_PAGE_UNCHANGED;
        if (p->wish->dry_run || df_str_eq(p->row.issues, shown(p)))
            return DF_OK;
        p->row.issues = shown(p); /* it was written before that was noted */
        return p->d->store->ops->spec_note_set(p->d->store, &p->row, p->row.id, err);
    }
    return update(p, sent, err);
}

static enum df_code claim(struct paging *p, struct df_error *err)
{
    const struct df_store_ops *ops = p->d->store->ops;
    const struct df_notebook_page *page = &p->result->page;
    bool found;
    p->row = (struct df_spec_note){.project_id = p->wish->project_id,
                                   .page_id = page->id,
                                   .document = !p->wish->comment,
                                   .id = p->wish->dry_run ? DF_STR_NONE : df_random_uuid(p->arena),
                                   .updated_ms = df_now_ms(p->d->clock)};
    DF_TRY(p->wish->dry_run ? ops->spec_note_find(p->d->store, &p->row, p->arena, &found, err)
                            : ops->spec_note_claim(p->d->store, &p->row, p->arena, err));
    p->note = (struct df_notebook_note){
        .document = !p->wish->comment,
        .id = p->row.id,
        .at = page->at,
        .title = df_arena_printf(p->arena, "%.*s: what Sentry knows", DF_FMT(df_str_head(page->key, TITLE_BYTES))),
        .text = p->result->text};
    return DF_OK;
}

enum df_code df_enrich_page(const struct df_devflow *d, const struct df_page_wish *wish, struct df_arena *arena,
                            struct df_page_result *ret, struct df_error *err)
{
    struct paging p = {.d = d, .wish = wish, .arena = arena, .result = ret};
    *ret = (struct df_page_result){.outcome = DF_PAGE_NOTHING};
    const struct df_tracker *tracker;
    DF_TRY(open_line(d, wish->project_id, arena, &p.wire, &p.call, &tracker, err));
    p.notebook = tracker->notebook;
    DF_TRY(p.notebook->read(&p.call, wish->page, &ret->page, err));
    if (ret->page.at.id.n == 0)
        return df_fail(err, DF_ERR_INVALID,
                       "this document hangs on no issue, project or team, so there is no place for a note");
    if (wish->comment && !ret->page.on_issue)
        return df_fail(err, DF_ERR_INVALID,
                       "this document hangs on no issue that could be commented on; a document can stand beside it");
    DF_TRY(make_text(&p, err));
    if (ret->text.n == 0)
        return DF_OK;
    DF_TRY(claim(&p, err));
    return put_note(&p, err);
}

enum df_code df_enrich_pages_noting(const struct df_devflow *d, struct df_str project_id, struct df_str issue_id,
                                    struct df_arena *arena, struct df_page_wish *ret, size_t n, size_t *ret_n,
                                    struct df_error *err)
{
    struct df_spec_note *notes;
    if (!df_spec_id_valid(issue_id))
        return df_fail(err, DF_ERR_INVALID, "an issue's number is wanted");
    DF_TRY(d->store->ops->spec_note_list(d->store, project_id, issue_id, (int)n, arena, &notes, ret_n, err));
    for (size_t i = 0; i < *ret_n; i++) {
        struct df_str *issues = DF_NEW_ARRAY(arena, struct df_str, DF_ENRICH_ISSUES), rest = notes[i].issues, one;
        ret[i] = (struct df_page_wish){
            .project_id = project_id, .page = notes[i].page_id, .issues = issues, .comment = !notes[i].document};
        while (ret[i].n_issues < DF_ENRICH_ISSUES && df_str_split(&rest, ',', &one))
            if (one.n)
                issues[ret[i].n_issues++] = one;
    }
    return DF_OK;
}

enum df_code df_enrich_pages_of(const struct df_devflow *d, struct df_str project_id, struct df_str issue,
                                struct df_arena *arena, struct df_str *ret, size_t n, size_t *ret_n,
                                struct df_error *err)
{
    struct df_context context;
    struct df_tracker_wire wire;
    struct df_tracker_call call;
    struct df_tracker_issue *found;
    const struct df_tracker *tracker;
    size_t n_found;
    DF_TRY(df_sentry_extract_context(d, project_id, issue, arena, &context, err));
    DF_TRY(open_line(d, project_id, arena, &wire, &call, &tracker, err));
    const struct df_tracker_link link = {.sentry_id = context.issue->id, .url = df_ticket_sentry_url(&context, arena)};
    DF_TRY(tracker->find(&call, &link, &found, &n_found, err));
    *ret_n = 0;
    for (size_t i = 0; i < n_found && *ret_n < n; i++)
        if (!found[i].closed)
            ret[(*ret_n)++] = found[i].id;
    return DF_OK;
}
