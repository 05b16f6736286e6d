/* What must be in a context, sample by sample: of every platform, in the form SDKs send and in the one Sentry's API serves (as the
 * sandbox makes it): all exceptions, the thread that crashed, every frame of the application, the last breadcrumb, the user, the
 * request, the release, entries of other kinds. The numbers are those of the samples' raw JSON, counted by other means. Sentry's own
 * samples are not ours to ship: they are read from the folder DEVFLOW_TEST_DATA names; those of test/fixtures always run. */
#include "unit.h"

#include "domain/context.h"
#include "sandbox/event.h"

#include "fixture.h"
#include "unit_arena.h" /* last: its `arena` would shadow parameters in the headers */

#include <stdio.h>
#include <stdlib.h>

struct sample {
    const char *name;
    size_t n_exceptions;
    const char *last_type;
    size_t n_threads;
    const char *crashed; /* thread id */
    size_t n_in_app, n_breadcrumbs;
    const char *last_breadcrumb, *user, *url, *release, *other; /* how they begin; "": none */
};

static const struct sample own[] = {
    {"python", 2, "CheckoutError", 0, "", 2, 2, "cart 7 loaded", "42", "https://shop.example/checkout", "shop@1.4", ""},
    {"javascript-minified", 1, "TypeError", 0, "", 3, 2, "GET /api/cart", "u-9", "https://shop.example/cart",
     "web@5f3a", ""},
    {"node", 3, "Error", 0, "", 3, 1, "job 1 started", "", "", "jobs@2", ""},
    {"react-native", 1, "Invariant Violation", 0, "", 1, 1, "Cart", "rn-1", "", "app@3.1+7", ""},
    {"java", 2, "IllegalStateException", 2, "31", 2, 0, "", "bob", "", "api@8", ""},
    {"android", 1, "NullPointerException", 2, "2", 2, 1, "onResume", "d-1", "", "com.example@2.1+21", ""},
    {"cocoa", 1, "EXC_BAD_ACCESS", 2, "0", 1, 0, "", "ios-7", "", "shop-ios@1.0", ""},
    {"native", 1, "SIGSEGV", 2, "4711", 2, 0, "", "", "", "thread_demo@1", ""},
    {"threads-only", 0, "", 2, "1", 2, 0, "", "", "", "demo@2", ""},
    {"csharp", 2, "System.InvalidOperationException", 0, "", 2, 0, "", "c-1", "http://orders.example/Place",
     "Orders@1.2", ""},
    {"unity", 1, "NullReferenceException", 0, "", 1, 2, "hit 3 enemies", "install-5d1f", "", "com.example.game@1.0.3",
     ""},
    {"go", 2, "*fmt.wrapError", 0, "", 2, 0, "", "go-1", "", "api-go@v1.2.0", ""},
    {"php", 1, "PDOException", 0, "", 1, 0, "", "cy@example.com", "https://shop.example/list", "web-php@9", ""},
    {"ruby", 1, "ZeroDivisionError", 1, "70", 1, 1, "process_action.action_controller", "", "", "rails@1", ""},
    {"elixir", 1, "FunctionClauseError", 0, "", 1, 0, "", "", "", "shop-ex@0.1", ""},
    {"message-only", 0, "", 0, "", 0, 1, "disk 7: 99 %", "", "", "ops@1", ""},
    {"csp", 0, "", 0, "", 0, 0, "", "csp-u", "https://shop.example/pay", "web@csp", "csp"},
};

/* test data of Sentry, GlitchTip, and real SDKs; see the README of the folder */
static const struct sample shared[] = {
    {"golden/api/django_template_error.json", 1, "NoReverseMatch", 0, "", 0, 0, "", "",
     "http://localhost:8001/template-error/", "", ""},
    {"golden/api/dotnet_error.json", 1, "System.NullReferenceException", 0, "", 1, 0, "", "", "http://localhost:5000/",
     "", ""},
    {"golden/api/go_file_not_found.json", 1, "*os.PathError", 0, "", 0, 0, "", "", "", "", ""},
    {"golden/api/js_error_with_context.json", 1, "Error", 0, "", 0, 4, "Error: Error with context", "1",
     "http://localhost:4201/", "", ""},
    {"golden/api/php_message_event.json", 0, "", 0, "", 0, 0, "", "", "http://localhost:8080/", "", ""},
    {"golden/api/python_zero_division.json", 1, "ZeroDivisionError", 0, "", 0, 0, "", "",
     "http://localhost:8001/divide-zero/", "", ""},
    {"golden/api/ruby_zero_division.json", 1, "ZeroDivisionError", 1, "14120", 2, 13, "render_layout.action_view", "",
     "http://localhost:3000/", "", ""},
    {"golden/api/sentry_cli_send_event_no_level.json", 0, "", 0, "", 0, 0, "", "user", "", "", ""},
    {"golden/api/very_small_event.json", 0, "", 0, "", 0, 0, "", "", "", "", ""},
    {"samples-ingest/android.json", 3, "Exception", 4, "1", 8, 0, "", "", "", "io.sentry.sample-1.0", ""},
    {"samples-ingest/aspnetcore.json", 0, "", 0, "", 5, 4,
     "Executing action method Samples.AspNetCore.Mvc.Controllers.H", "", "/Home/PostIndex", "e386dfd", ""},
    {"samples-ingest/cocoa.json", 1, "EXC_BAD_ACCESS", 10, "0", 0, 26, "Breadcrumb Tracking", "1234", "",
     "io.sentry.sentry-ios-cocoapods-1.0", ""},
    {"samples-ingest/elixir.json", 1, "exit", 0, "", 0, 0, "", "", "", "", ""},
    {"samples-ingest/empty-exception.json", 0, "", 0, "", 0, 0, "", "", "", "", ""},
    {"samples-ingest/exception-with-stack-trace-and-crashed-thread-without-stack-trace.json", 1, "ZeroDivisionError", 1,
     "13920", 2, 0, "", "", "", "", ""},
    {"samples-ingest/exceptions-and-no-threads.json", 2, "ActionView::Template::Error", 0, "", 1, 0, "", "", "", "",
     ""},
    {"samples-ingest/go-pkg-mod.json", 1, "*pq.Error", 0, "", 1, 0, "", "", "", "", ""},
    {"samples-ingest/invalid-interfaces.json", 5, "ValueError", 0, "", 0, 3, "invalid data",
     "B5849C8CC2779009ECA17792D1138D13", "", "", ""},
    {"samples-ingest/java.json", 1, "ApiException", 0, "", 3, 4, "Sidebar content not in cache, hitting API server.",
     "user@sentry.io", "http://localhost:8080/", "3.0.2", ""},
    {"samples-ingest/javascript.json", 1, "TypeError", 0, "", 3, 8,
     "div > form[name=\"post\"] > button.btn.btn-small[name=\"submit\"", "1", "", "", ""},
    {"samples-ingest/native.json", 1, "thread_demo", 0, "", 3, 3, "Creating scope token.", "", "", "", ""},
    {"samples-ingest/php.json", 1, "Exception", 0, "", 0, 0, "", "", "", "", ""},
    {"samples-ingest/pii-tooltips.json", 1, "[censored] some other data", 0, "", 0, 1, "[censored] some other data",
     "[censored] some other data", "[censored] some other data", "[censored] some other data", ""},
    {"samples-ingest/pii.json", 1, "RuntimeError", 0, "", 4, 0, "", "", "", "", ""},
    {"samples-ingest/python-formdata.json", 0, "", 0, "", 0, 0, "", "", "http://127.0.0.1:5000/", "", ""},
    {"samples-ingest/python.json", 0, "", 0, "", 0, 0, "", "", "", "", ""},
    {"samples-ingest/react-native.json", 1, "EXC_BREAKPOINT", 15, "0", 17, 0, "",
     "3" /* the user stands twice in it, the first is read */, "", "", ""},
    {"samples-ingest/ruby.json", 1, "ZeroDivisionError", 0, "", 1, 0, "", "", "", "", ""},
    {"sdk/node-async-cause-breadcrumbs.event.json", 2, "ApiError", 0, "", 9, 3, "slow upstream %dms 2315", "u_7", "",
     "devflow-node@2.0.0-beta.1+build.5", ""},
    {"sdk/node-http-server.event.json", 1, "Error", 0, "", 1, 1, "slow upstream %dms 2315", "",
     "http://127.0.0.1:33649/v1/items", "devflow-node@2.0.0-beta.1+build.5", ""},
    {"sdk/node-object-exception.event.json", 1, "Error", 0, "", 3, 1, "slow upstream %dms 2315", "", "",
     "devflow-node@2.0.0-beta.1+build.5", ""},
    {"sdk/python-chained-locals-unicode.event.json", 2, "CheckoutError", 0, "", 4, 4,
     "charging 149.97 EUR for customer Zo\u00eb M\u00fcller-\u6771\u4eac", "42", "", "devflow-demo@1.4.2", ""},
    {"sdk/python-exception-group.event.json", 3, "ExceptionGroup", 0, "", 5, 4,
     "charging 149.97 EUR for customer Zo\u00eb M\u00fcller-\u6771\u4eac", "", "", "devflow-demo@1.4.2", ""},
    {"sdk/python-flask-request.event.json", 1, "KeyError", 0, "", 1, 0, "", "", "http://localhost/api/orders/7",
     "devflow-demo@1.4.2", ""},
    {"sdk/python-message.event.json", 0, "", 1, "", 2, 4,
     "charging 149.97 EUR for customer Zo\u00eb M\u00fcller-\u6771\u4eac", "", "", "devflow-demo@1.4.2", ""},
    {"sdk/python-prompt-injection.event.json", 1, "RuntimeError", 0, "", 1, 5,
     "Order ord_77 failed for bob@example.com after 3 tries", "", "", "devflow-demo@1.4.2", ""},
};

static size_t in_app(const struct df_stacktrace *s)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++)
        n += s->frames[i].in_app == DF_YES;
    return n;
}

static size_t all_in_app(const struct df_event *e)
{
    size_t n = in_app(&e->stack);
    for (size_t i = 0; i < e->n_exceptions; i++)
        n += in_app(&e->exceptions[i].stack);
    for (size_t i = 0; i < e->n_threads; i++)
        n += in_app(&e->threads[i].stack);
    return n;
}

static void begins(const struct sample *s, const char *what, struct df_str have, const char *want)
{
    if (!df_str_starts(have, df_str_c(want)) || (have.n && !*want))
        fail_msg("%s: %s is \"%.*s\", not \"%s\"", s->name, what, DF_FMT(df_str_head(have, 80)), want);
}

static void counts(const struct sample *s, const char *what, size_t have, size_t want)
{
    if (have != want)
        fail_msg("%s: %zu %s, not %zu", s->name, have, what, want);
}

static struct df_str first_of(struct df_str a, struct df_str b)
{
    return a.n ? a : b;
}

static struct df_str crashed_thread(const struct df_event *e)
{
    for (size_t i = 0; i < e->n_threads; i++)
        if (e->threads[i].crashed)
            return e->threads[i].id;
    return DF_STR_NONE;
}

static void reads_all(const struct sample *s, const struct df_event *e)
{
    counts(s, "exceptions", e->n_exceptions, s->n_exceptions);
    counts(s, "threads", e->n_threads, s->n_threads);
    counts(s, "in-app frames", all_in_app(e), s->n_in_app);
    counts(s, "breadcrumbs", e->n_breadcrumbs, s->n_breadcrumbs);
    if (e->n_exceptions)
        begins(s, "the last exception", e->exceptions[e->n_exceptions - 1].type, s->last_type);
    begins(s, "the crashed thread", crashed_thread(e), s->crashed);
    if (e->n_breadcrumbs) {
        const struct df_breadcrumb *last = &e->breadcrumbs[e->n_breadcrumbs - 1];
        begins(s, "the last breadcrumb", first_of(last->message, last->category), s->last_breadcrumb);
    }
    begins(s, "the user", first_of(e->user.id, first_of(e->user.email, e->user.username)), s->user);
    begins(s, "the request", e->request.url, s->url);
    begins(s, "the release", e->release, s->release);
    for (size_t i = 0; *s->other && i <= e->n_others; i++) {
        if (i == e->n_others)
            fail_msg("%s: no entry %s", s->name, s->other);
        if (df_str_is(e->others[i].type, s->other))
            break;
    }
}

static const struct df_json *said_as_json(const struct df_context *c)
{
    const struct df_context_options raw = {.keep_secrets = true, .keep_personal = true};
    struct df_buf out;
    struct df_json_writer w;
    df_buf_init(&out, arena, 64u << 20);
    df_json_writer_init(&w, &out, 0);
    df_context_json(c, &raw, &w);
    const struct df_json *v = NULL;
    assert_int_equal(df_json_parse(arena, df_buf_str(&out), 200, &v, NULL), DF_OK);
    return df_json_get(v, "event");
}

/* The JSON holds what the event does: it is read back as an event is, by the names they share. */
static void says_all_as_json(const struct sample *s, const struct df_context *c)
{
    const struct df_json *v = said_as_json(c), *exceptions = df_json_get(v, "exceptions");
    size_t frames = 0;
    const struct df_json *const lists[] = {exceptions, df_json_get(v, "threads")};
    for (size_t i = 0; i < 2; i++)
        for (struct df_json_iter it = df_json_iter(lists[i]); df_json_next(&it);)
            for (struct df_json_iter f = df_json_iter(df_json_path(it.value, "stacktrace", "frames", NULL));
                 df_json_next(&f);)
                frames += df_json_bool(df_json_get(f.value, "inApp"), false);
    for (struct df_json_iter f = df_json_iter(df_json_path(v, "stacktrace", "frames", NULL)); df_json_next(&f);)
        frames += df_json_bool(df_json_get(f.value, "inApp"), false);
    counts(s, "exceptions in JSON", df_json_count(exceptions), s->n_exceptions);
    counts(s, "threads in JSON", df_json_count(df_json_get(v, "threads")), s->n_threads);
    counts(s, "in-app frames in JSON", frames, s->n_in_app);
    counts(s, "breadcrumbs in JSON", df_json_count(df_json_get(v, "breadcrumbs")), s->n_breadcrumbs);
    const struct df_json *user = df_json_get(v, "user");
    begins(s, "the user in JSON",
           first_of(df_json_get_str(user, "id"),
                    first_of(df_json_get_str(user, "email"), df_json_get_str(user, "username"))),
           s->user);
    begins(s, "the request in JSON", df_json_str(df_json_path(v, "request", "url", NULL)), s->url);
    begins(s, "the release in JSON", df_json_get_str(v, "release"), s->release);
}

static void holds(const struct sample *s, struct df_str markdown, const char *what, struct df_str text)
{
    struct df_str line = text, rest = text;
    df_str_split(&rest, '\n',
                 &line); /* an end of line is shown, not kept; so is what Markdown would take for a table */
    rest = line;
    df_str_split(&rest, '|', &line);
    line = df_str_head(line, 60);
    if (df_str_find(markdown, line) < 0)
        fail_msg("%s: the Markdown lacks %s \"%.*s\"", s->name, what, DF_FMT(line));
}

static void holds_stack(const struct sample *s, struct df_str markdown, const struct df_stacktrace *stack)
{
    for (size_t i = 0; i < stack->n; i++) {
        const struct df_frame *f = &stack->frames[i];
        if (f->in_app == DF_YES)
            holds(s, markdown, "the frame", first_of(f->function, first_of(f->filename, f->instruction_addr)));
    }
}

static void says_all_as_markdown(const struct sample *s, const struct df_context *c)
{
    const struct df_context_options raw = {.keep_secrets = true, .keep_personal = true, .preset = DF_CONTEXT_FULL};
    const struct df_event *e = c->event;
    struct df_buf out;
    df_buf_init(&out, arena, 64u << 20);
    df_context_markdown(c, &raw, &out);
    struct df_str markdown = df_buf_str(&out);
    for (size_t i = 0; i < e->n_exceptions; i++) {
        holds(s, markdown, "the exception", e->exceptions[i].type);
        holds(s, markdown, "its text", df_str_head(e->exceptions[i].value, 30));
        holds_stack(s, markdown, &e->exceptions[i].stack);
    }
    for (size_t i = 0; i < e->n_threads; i++)
        if (e->threads[i].crashed)
            holds_stack(s, markdown, &e->threads[i].stack);
    holds_stack(s, markdown, &e->stack);
    holds(s, markdown, "the crashed thread", crashed_thread(e));
    holds(s, markdown, "the last breadcrumb", df_str_c(s->last_breadcrumb));
    holds(s, markdown, "the user", df_str_c(s->user));
    holds(s, markdown, "the request", df_str_c(s->url));
    holds(s, markdown, "the release", df_str_c(s->release));
    holds(s, markdown, "the entry", df_str_c(s->other));
}

static void is_complete(const struct sample *s, const struct df_json *v)
{
    static const struct df_issue issue = {.id = {"1", 1}, .title = {"t", 1}};
    struct df_event e;
    assert_true(df_event_parse(v, arena, &e));
    const struct df_context c = {.issue = &issue, .event = &e};
    reads_all(s, &e);
    says_all_as_json(s, &c);
    says_all_as_markdown(s, &c);
}

/* As Sentry's API would serve it. */
static const struct df_json *served(const struct df_json *sent)
{
    struct df_sandbox_event event;
    const struct df_json *v = NULL;
    const struct df_sandbox_receipt receipt = {.project_id = "1",
                                               .client_ip = DF_S("127.0.0.1"),
                                               .event_id = DF_S("00000000000000000000000000000000"),
                                               .received_ms = 1763632800000,
                                               .size = 1000};
    assert_int_equal(df_sandbox_event_read(sent, &receipt, arena, &event, NULL), DF_OK);
    assert_int_equal(df_json_parse(arena, event.json, 200, &v, NULL), DF_OK);
    return v;
}

static void says_all_of_our_samples(void **state)
{
    (void)state;
    const struct df_json *all = fixture_parse(fixture_read(DF_TEST_FIXTURES "/platforms.json", arena), arena);
    assert_int_equal(df_json_count(all), sizeof own / sizeof *own);
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        const struct df_json *v = df_json_get(all, own[i].name);
        is_complete(&own[i], v);
        is_complete(&own[i], served(v));
    }
}

static void says_all_of_the_shared_samples(void **state)
{
    (void)state;
    const char *data = getenv("DEVFLOW_TEST_DATA");
    for (size_t i = 0; data && *data && i < sizeof shared / sizeof *shared; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/sentry/%s", data, shared[i].name);
        const struct df_json *v = fixture_parse(fixture_read(path, arena), arena);
        is_complete(&shared[i], v);
        if (!df_json_get(v, "entries"))
            is_complete(&shared[i], served(v));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_all_of_our_samples),
        cmocka_unit_test(says_all_of_the_shared_samples),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
