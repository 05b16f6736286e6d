/* Pairs of what an SDK sent and what Sentry's API served for it: every member Sentry served is compared with ours, but for
 * those of the table below, each with its reason. Sentry's own pairs are not ours to ship: they are read from the folder
 * DEVFLOW_TEST_DATA names; test/fixtures/sentry holds pairs of the sandbox's own, from real SDKs, which always run. */
#include "unit.h"

#include "base/json.h"
#include "base/time.h"
#include "sandbox/event.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#define IN_APP "entries.*.data.values.*.stacktrace.frames.*.inApp"

static const struct exception {
    const char *file; /* NULL: all */
    const char *path; /* '*' stands for one part */
    const char *reason;
} exceptions[] = {
    {NULL, "id", "a row number of the server; today's servers give the event id"},
    {NULL, "size", "counts the server's own stored form"},
    {NULL, "fingerprints", "a hash of the server's grouping algorithm; the sandbox has its own"},
    {NULL, "groupingConfig", "names the server's grouping algorithm"},
    {NULL, "groupID", "the issue is not known to the pure function; the whole-program test looks at it"},
    {NULL, "previousEventID", "as groupID"},
    {NULL, "sdk.upstream", "gone from today's servers"},
    {NULL, "contexts.trace.type", "\"default\" then, \"trace\" on today's servers"},
    {NULL, "_meta.entries", "the pairs were captured without it; the fixtures look at it"},
    {NULL, "user.ip_address", "the reporting client's address, not in what it sent"},
    {"js_error_with_context", "dateCreated", "the two halves are different events of one fault: so are the times"},
    {"js_error_with_context", "entries.1", "as dateCreated: other breadcrumbs"},
    {"js_error_with_context", "errors", "the server tried to fetch source maps"},
    {"js_error_with_context", "culprit", "made by source map processing"},
    {"js_error_with_context", "location", "as culprit"},
    {"js_error_with_context", "message", "as culprit"},
    {"js_error_with_context", "metadata", "as culprit"},
    {"js_error_with_context", "entries.*.data.values.*.stacktrace.frames.*.module", "made by source map processing"},
    {"js_error_with_context", IN_APP,
     "all frames are in-app: that server then marked none; today's keep what the SDK says"},
    {"go_file_not_found", IN_APP, "as js_error_with_context"},
    {"python_zero_division", IN_APP, "as js_error_with_context"},
    {"ruby_zero_division", "errors", "that server did not know transaction_info yet"},
    {"very_small_event", "eventID", "the two halves differ in one digit"},
    {"sentry_cli_send_event_no_level", "context.environ.XAUTHORITY", "filtered by the server's data scrubbing"},
    {"sentry_cli_send_event_no_level", "context.environ.SSH_AUTH_SOCK", "as XAUTHORITY"},
};

struct comparison {
    struct df_arena *arena;
    const char *file;
    int differences;
    bool used[sizeof exceptions / sizeof *exceptions];
};

static bool path_is(struct df_str path, const char *pattern_text)
{
    struct df_str pattern = df_str_c(pattern_text), part, want;
    for (;;) {
        bool more_path = df_str_split(&path, '.', &part), more_pattern = df_str_split(&pattern, '.', &want);
        if (!more_path || !more_pattern)
            return more_path == more_pattern;
        if (!df_str_is(want, "*") && !df_str_eq(want, part))
            return false;
    }
}

static struct df_str text_of(const struct df_json *v, struct df_arena *arena)
{
    struct df_buf buf;
    struct df_json_writer w;
    df_buf_init(&buf, arena, 1u << 20);
    df_json_writer_init(&w, &buf, 0);
    df_json_put_value(&w, v);
    return df_buf_str(&buf);
}

/* An exception counts as used only where the two do differ, so that none outlives its reason. */
static bool excepted(struct comparison *c, struct df_str path, const struct df_json *expected,
                     const struct df_json *actual)
{
    bool found = false;
    for (size_t i = 0; i < sizeof exceptions / sizeof *exceptions; i++) {
        if ((exceptions[i].file && strcmp(exceptions[i].file, c->file) != 0) || !path_is(path, exceptions[i].path))
            continue;
        found = true;
        if (!df_str_eq(text_of(expected, c->arena), text_of(actual, c->arena)))
            c->used[i] = true;
    }
    return found;
}

static void compare(struct comparison *c, struct df_str path, const struct df_json *expected,
                    const struct df_json *actual)
{
    if (excepted(c, path, expected, actual))
        return;
    bool object = df_json_is_object(expected) && df_json_is_object(actual);
    bool array = df_json_is_array(expected) && df_json_is_array(actual) &&
                 df_json_count(expected) == df_json_count(actual);
    size_t i = 0;
    for (struct df_json_iter it = df_json_iter(expected); (object || array) && df_json_next(&it); i++) {
        struct df_str key = object ? it.key : df_arena_printf(c->arena, "%zu", i);
        struct df_str below = path.n ? df_arena_printf(c->arena, "%.*s.%.*s", DF_FMT(path), DF_FMT(key)) : key;
        compare(c, below, it.value, object ? df_json_get(actual, df_arena_cstr(c->arena, key)) : df_json_at(actual, i));
    }
    if (object || array)
        return;
    struct df_str want = text_of(expected, c->arena), have = text_of(actual, c->arena);
    if (df_str_eq(want, have))
        return;
    c->differences++;
    fprintf(stderr, "%s: %.*s: %.*s is not %.*s\n", c->file, DF_FMT(path), DF_FMT(df_str_head(have, 300)),
            DF_FMT(df_str_head(want, 300)));
}

static const struct df_json *load(struct df_arena *arena, const char *folder, const char *half, const char *name,
                                  size_t *ret_size)
{
    char *path = df_arena_cstr(arena, df_arena_printf(arena, "%s/%s/%s", folder, half, name));
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    struct df_buf buf;
    char chunk[65536];
    size_t n;
    df_buf_init(&buf, arena, 16u << 20);
    while ((n = fread(chunk, 1, sizeof chunk, file)) > 0)
        df_buf_put(&buf, chunk, n);
    fclose(file);
    const struct df_json *v = NULL;
    struct df_error err;
    if (df_json_parse(arena, df_buf_str(&buf), 128, &v, &err) != DF_OK)
        fail_msg("%s: %s", path, err.message);
    *ret_size = buf.n;
    return v;
}

static const struct df_json *api_form(struct df_arena *arena, const struct df_json *in, const struct df_json *expected,
                                      size_t size)
{
    struct df_sandbox_event event;
    struct df_error err;
    struct df_sandbox_receipt receipt = {
        .client_ip = DF_S("127.0.0.1"), .event_id = DF_S("00000000000000000000000000000000"), .size = size};
    receipt.project_id = df_arena_cstr(arena, df_json_get_str(expected, "projectID"));
    assert_true(df_time_parse(df_json_get_str(expected, "dateReceived"), &receipt.received_ms));
    assert_int_equal(df_sandbox_event_read(in, &receipt, arena, &event, &err), DF_OK);
    const struct df_json *v = NULL;
    assert_int_equal(df_json_parse(arena, event.json, 128, &v, &err), DF_OK);
    return v;
}

static int compare_pair(const char *folder, const char *name, struct comparison *c)
{
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    size_t size, expected_size;
    const struct df_json *in = load(arena, folder, "ingest", name, &size);
    const struct df_json *expected = load(arena, folder, "api", name, &expected_size);
    c->arena = arena;
    c->differences = 0;
    c->file = df_arena_cstr(arena, df_str_n(name, strlen(name) - strlen(".json")));
    compare(c, DF_STR_NONE, expected, api_form(arena, in, expected, size));
    return c->differences;
}

/* Returns the number of pairs. */
static int compare_folder(const char *folder, struct comparison *c)
{
    char path[4096];
    int pairs = 0, differences = 0;
    snprintf(path, sizeof path, "%s/api", folder);
    DIR *dir = opendir(path);
    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        if (!df_str_ends(df_str_c(entry->d_name), DF_S(".json")))
            continue;
        differences += compare_pair(folder, entry->d_name, c);
        pairs++;
    }
    closedir(dir);
    assert_int_equal(differences, 0);
    return pairs;
}

static void serves_what_sentry_served(void **state)
{
    (void)state;
    const char *data = getenv("DEVFLOW_TEST_DATA");
    if (!data || !*data)
        return;
    int unused = 0;
    struct comparison c = {0};
    char folder[2048];
    snprintf(folder, sizeof folder, "%s/sentry/golden", data);
    assert_int_equal(compare_folder(folder, &c), 9);
    for (size_t i = 0; i < sizeof exceptions / sizeof *exceptions; i++)
        if (!c.used[i]) {
            fprintf(stderr, "no pair needs the exception %s %s\n", exceptions[i].file ? exceptions[i].file : "",
                    exceptions[i].path);
            unused++;
        }
    assert_int_equal(unused, 0);
}

static void serves_the_fixtures_as_before(void **state)
{
    (void)state;
    struct comparison c = {0};
    assert_true(compare_folder(DF_TEST_FIXTURES "/sentry", &c) >= 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(serves_what_sentry_served),
        cmocka_unit_test(serves_the_fixtures_as_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
