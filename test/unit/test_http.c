#include "unit.h"

#include "app/config.h"
#include "base/log.h"
#include "http/page.h"
#include "http/router.h"

#include "unit_arena.h" /* last: its `arena` would shadow parameters in the headers */

static struct df_error err;

static const struct df_route routes[] = {
    {"GET", "/health", DF_WAIT_NOTHING, NULL, true},
    {"GET", "/a/:id", DF_WAIT_NOTHING, NULL, false},
    {"PUT", "/a/:id", DF_WAIT_NOTHING, NULL, false},
    {"POST", "/a/:id/b/:other", DF_WAIT_NOTHING, NULL, false},
};

static enum df_code find(const char *method, const char *target, struct df_request *request, struct df_str *allow)
{
    *request = (struct df_request){.arena = arena, .method = df_str_c(method), .target = df_str_c(target)};
    return df_router_find(routes, 4, "/api/v1", request, allow, &err);
}

static void finds_routes_and_their_parameters(void **state)
{
    (void)state;
    struct df_request r;
    struct df_str allow;
    assert_int_equal(find("POST", "/api/v1/a/https%3A%2F%2Fx%2F1/b/%C3%A9?q=1+2&q=3", &r, &allow), DF_OK);
    assert_ptr_equal(r.route, &routes[3]);
    assert_str(r.params[0], "https://x/1");
    assert_str(r.params[1], "\xC3\xA9");
    assert_str(df_request_query(&r, "q"), "1 2");
    assert_int_equal(df_request_query(&r, "none").n, 0);
    assert_int_equal(find("HEAD", "/api/v1/a/x", &r, &allow), DF_OK);
    assert_int_equal(find("GET", "/health", &r, &allow), DF_OK);
    assert_int_equal(find("GET", "/api/v1/health?", &r, &allow), DF_OK);
}

static void refuses_the_rest(void **state)
{
    (void)state;
    struct df_request r;
    struct df_str allow;
    const char *none[] = {"/",
                          "",
                          "*",
                          "/a/x",
                          "/api/v1",
                          "/api/v1/",
                          "/api/v1/a",
                          "/api/v1/a/",
                          "/api/v1/a/x/",
                          "/api/v1//a/x",
                          "/api/v1a/x",
                          "/api/v1/a/%zz",
                          "/api/v1/a/%00",
                          "http://localhost/health",
                          "/API/V1/a/x"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        if (find("GET", none[i], &r, &allow) != DF_ERR_ROUTE)
            fail_msg("found: %s", none[i]);
    assert_int_equal(find("DELETE", "/api/v1/a/x", &r, &allow), DF_ERR_METHOD);
    assert_str(allow, "GET, HEAD, PUT");
    assert_int_equal(find("GET", "/api/v1/a/x?%", &r, &allow), DF_ERR_INVALID);
}

static void finds_routes_that_take_any_method_and_the_rest(void **state)
{
    (void)state;
    const struct df_route any[] = {{.method = "*", .path = "/p/:id/*"}, {.method = "GET", .path = "/p/:id"}};
    struct df_str allow;
    const char *methods[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        struct df_request r = {.arena = arena, .method = df_str_c(methods[i]), .target = DF_S("/p/a%2Fb/c//%2e%zz/?%")};
        assert_int_equal(df_router_find(any, 2, "", &r, &allow, &err), DF_OK);
        assert_str(r.params[0], "a/b");
        assert_str(r.rest, "c//%2e%zz/");
    }
    struct df_request r = {.arena = arena, .method = DF_S("TRACE"), .target = DF_S("/p/a/")};
    assert_int_equal(df_router_find(any, 2, "", &r, &allow, &err), DF_ERR_METHOD);
    assert_str(allow, "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
    r = (struct df_request){.arena = arena, .method = DF_S("GET"), .target = DF_S("/p/a")};
    assert_int_equal(df_router_find(any, 2, "", &r, &allow, &err), DF_OK);
    assert_ptr_equal(r.route, &any[1]);
}

static void reads_cookies(void **state)
{
    (void)state;
    struct df_param headers[] = {{DF_S("cookie"), DF_S("ab=1; a=2 ;a=3")}, {DF_S("Cookie"), DF_S("c=")}};
    struct df_request r = {.headers = headers, .n_headers = 2};
    assert_str(df_request_cookie(&r, DF_S("a")), "2");
    assert_str(df_request_cookie(&r, DF_S("ab")), "1");
    assert_int_equal(df_request_cookie(&r, DF_S("c")).n, 0);
    assert_int_equal(df_request_cookie(&r, DF_S("b")).n, 0);
}

static void escapes_pages(void **state)
{
    (void)state;
    struct df_buf out;
    struct df_reply reply = {.status = 200};
    df_buf_init(&out, arena, 1000);
    df_html_put(&out, DF_S("<a href=\"x\" b='y'>&"));
    assert_str(df_buf_str(&out), "&lt;a href=&quot;x&quot; b=&#39;y&#39;&gt;&amp;");
    df_reply_header(&reply, "Location", DF_S("https://x/\r\nSet-Cookie: a=b"));
    assert_int_equal(reply.n_headers, 0);
}

static void reads_env_files(void **state)
{
    (void)state;
    struct df_env_pair *pairs;
    size_t n;
    unsigned line;
    assert_true(df_env_parse(DF_S("# c\n\nA=1\r\nexport B = \"x # \\\"y\\\"\\n\" # c\nC='$A'#c\nD=a b # c\nE=\nF=\"\""),
                             arena, &pairs, &n, &line));
    assert_int_equal(n, 6);
    const char *values[] = {"1", "x # \"y\"\n", "$A", "a b", "", ""};
    for (size_t i = 0; i < n; i++)
        assert_str(pairs[i].value, values[i]);
    const char *bad[] = {"A", "=1", "1A=x", "A B=1", "A=\"x", "A='x' y", "A=\"x\\"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(df_env_parse(df_str_c(bad[i]), arena, &pairs, &n, &line));
        assert_int_equal(line, 1);
    }
}

static void writes_log_lines(void **state)
{
    (void)state;
    char line[DF_LOG_LINE_BYTES], long_value[DF_LOG_LINE_BYTES];
    const struct df_log_field fields[] = {
        {"plain", DF_S("a-b")}, {NULL, DF_S("left out")}, {"odd", DF_S("a \"b\"\\\n\x7f")}, {"none", DF_STR_NONE}};
    size_t n = df_log_line(DF_LOG_WARN, "said", fields, 4, line);
    assert_str(df_str_n(line + 24, n - 24), " warn  said plain=a-b odd=\"a \\\"b\\\"\\\\\\x0a\\x7f\" none=\"\"\n");
    memset(long_value, 'x', sizeof long_value);
    const struct df_log_field too_long = {"long", df_str_n(long_value, sizeof long_value)};
    assert_int_equal(df_log_line(DF_LOG_ERROR, "said", &too_long, 1, line), DF_LOG_LINE_BYTES);
    assert_int_equal(line[DF_LOG_LINE_BYTES - 1], '\n');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_routes_and_their_parameters),
        cmocka_unit_test(refuses_the_rest),
        cmocka_unit_test(finds_routes_that_take_any_method_and_the_rest),
        cmocka_unit_test(reads_cookies),
        cmocka_unit_test(escapes_pages),
        cmocka_unit_test(reads_env_files),
        cmocka_unit_test(writes_log_lines),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
