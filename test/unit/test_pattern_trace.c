#include "unit.h"

#include "domain/pattern_trace.h"
#include "fixture.h"

#include "unit_arena.h" /* last: its `arena` would shadow parameters in the headers */

struct name {
    const char *from, *to;
    bool javascript;
};

static const struct name functions[] = {
    /* Java, Kotlin, Scala */
    {"lambda$run$3", "lambda$run$#"},
    {"access$000", "access$#"},
    {"<init>", "<init>"},
    {"$anonfun$apply$12", "$anonfun$apply$#"},
    {"CGLIB$get$9", "CGLIB$get$#"},
    {"lookup2", "lookup2"},
    /* Python, Ruby, PHP, Elixir */
    {"<lambda>", "<lambda>"},
    {"<listcomp>", "<listcomp>"},
    {"block (2 levels) in index", "block  in index"},
    {"App\\Kernel::{closure}", "App\\Kernel::{}"},
    {"anonymous fn/1 in Shop.pay/2", "anonymous fn/# in Shop.pay/#"},
    /* C, C++ */
    {"std::vector<int, std::allocator<int> >::at(unsigned long) const", "std::vector::at"},
    {"ns::(anonymous namespace)::run(int)", "ns::{}::run"},
    {"Foo::operator()(int)", "Foo::operator()"},
    {"price.isra.0", "price"},
    {"price.constprop.3.cold", "price"},
    {"main [clone .part.0]", "main"},
    {"run()::{lambda(int)#1}::operator()(int) const", "run::{}::operator()"},
    {"0x7ffd10ab3c", ""},
    /* Rust, Go, Swift, Objective-C, C# */
    {"core::ops::function::FnOnce::call_once::h0123456789abcdef", "core::ops::function::FnOnce::call_once::#"},
    {"shop::run::{{closure}}", "shop::run::{}"},
    {"main.(*Cart).Total.func1.2", "main..Total.func#.#"},
    {"main.Map[...]", "main.Map"},
    {"closure #3 in Cart.total()", "closure # in Cart.total"},
    {"__33-[Cart total:]_block_invoke_2", "__#-[Cart total:]"},
    {"<Total>b__12_0", "<Total>b__#_#"},
    {"List`1.Add", "List`#.Add"},
    {"<>c__DisplayClass4_0", "<>c__DisplayClass#_#"},
    /* JavaScript */
    {"Object.total", "total", true},
    {"async total", "total", true},
    {"new Cart", "Cart", true},
    {"n.total", "total", true},
    {"Tn.total", "total", true},
    {"db.total", "db.total", false},
    {"n.", "", true},
    {"Cart.map [as each]", "Cart.map", true},
    {"<anonymous>", "", true},
    {"?", "", true},
    {"t", "", true},
    {"e2", "", true},
    {"t", "t", false},
    {"_0x3fa1b2", "_#", true},
    {"", ""},
    {"(", "("},
    {"<", "<"},
    {"a<b", "a<b"},
    {")))", ")))"},
    {"{", "{"},
};

static void names_functions_alike_from_build_to_build(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        assert_str(df_pattern_function(df_str_c(functions[i].from), functions[i].javascript, arena), functions[i].to);
}

static void names_places_alike_on_every_machine(void **state)
{
    (void)state;
    static const struct {
        const char *module, *filename, *package, *function, *place;
    } rows[] = {
        {.module = "com.shop.Cart$1", .place = "com.shop.Cart$#"},
        {.module = "com.shop.Cart$$EnhancerBySpringCGLIB$$89a44f61",
         .place = "com.shop.Cart$$EnhancerBySpringCGLIB$$#"},
        {.module = "com.shop.Cart$$Lambda$14/0x0000000800c03000", .place = "com.shop.Cart$$Lambda$#/#"},
        {.module = "com.sun.proxy.$Proxy42", .place = "com.sun.proxy.$Proxy#"},
        {.module = "jdk.internal.reflect.GeneratedMethodAccessor7",
         .place = "jdk.internal.reflect.GeneratedMethodAccessor#"},
        {.filename = "https://cdn.example/static/js/main.8f3a2c1d.chunk.js?v=12", .place = "static/js/main.#.chunk.js"},
        {.filename = "app:///dist/main.js", .place = "dist/main.js"},
        {.filename = "webpack://shop/./src/cart.ts", .place = "src/cart.ts"},
        {.filename = "/home/jo/shop/src/cart.py", .place = "src/cart.py"},
        {.filename = "C:\\build\\17\\shop\\Cart.cs", .place = "shop/Cart.cs"},
        {.filename = "/usr/lib/python3/site-packages/flask/app.py", .place = "flask/app.py"},
        {.filename = "/srv/a/node_modules/b/node_modules/c/index.js", .place = "c/index.js"},
        {.filename = "file:///srv/shop/server/index.js", .place = "server/index.js"},
        {.package = "/data/app/~~x/lib/arm64/libshop.so", .place = "libshop.so"},
        {.filename = "/build/9/run.cc", .function = "shop::run", .place = ""},
        {.filename = "/x", .place = "x"},
        {.filename = "/", .place = ""},
        {.filename = "://", .place = ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct df_frame frame = {.module = df_str_c(rows[i].module),
                                 .filename = df_str_c(rows[i].filename),
                                 .package = df_str_c(rows[i].package),
                                 .function = df_str_c(rows[i].function)};
        assert_str(df_pattern_place(&frame, arena), rows[i].place);
    }
}

static bool read_line(const char *text, struct df_pattern_trace *ret)
{
    const struct df_json *v;
    struct df_error err;
    if (df_json_parse(arena, df_str_c(text), 0, &v, &err) != DF_OK)
        fail_msg("%s", err.message);
    return df_pattern_trace_read(v, arena, ret);
}

static void reads_the_three_forms_alike(void **state)
{
    (void)state;
    static const char *const forms[] = {
        "{\"event_id\":\"a\",\"exception\":{\"values\":[{\"type\":\"ValueError\",\"value\":\"no price of 7\",\"stacktrace\":"
        "{\"frames\":[{\"module\":\"m\",\"function\":\"outer\",\"lineno\":2},{\"module\":\"m\",\"function\":\"inner\",\"lineno\":9}]}}]}}",
        "{\"eventID\":\"a\",\"entries\":[{\"type\":\"exception\",\"data\":{\"values\":[{\"type\":\"ValueError\",\"value\":\"no price of 9\","
        "\"stacktrace\":{\"frames\":[{\"module\":\"m\",\"function\":\"outer\",\"lineNo\":2},{\"module\":\"m\",\"function\":\"inner\",\"lineNo\":9}]}}]}}]}",
        "{\"id\":\"a\",\"type\":\"x.ValueError:\",\"value\":\"no price of 8\",\"frames\":[{\"module\":\"m\",\"function\":\"inner\",\"lineno\":9},"
        "{\"module\":\"m\",\"function\":\"outer\",\"lineno\":2},{\"module\":\"test\",\"function\":\"t\"}],\"frames_above_test\":2}",
        "{\"event\":{\"event_id\":\"a\",\"exception\":[{\"type\":\"ValueError\",\"value\":\"no price of\",\"stacktrace\":"
        "{\"frames\":[{\"module\":\"m\",\"function\":\"outer\",\"lineno\":2},{\"module\":\"m\",\"function\":\"inner\",\"lineno\":9}]}}]}}",
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        struct df_pattern_trace t;
        assert_true(read_line(forms[i], &t));
        assert_str(t.id, "a");
        assert_str(t.type, "ValueError");
        assert_int_equal(t.n_frames, 2);
        assert_str(t.frames[0].function, "inner");
        assert_int_equal(t.frames[0].line, 9);
        assert_str(t.frames[1].function, "outer");
        assert_int_equal(t.n_words, 3);
        assert_str(t.words[1], "price");
    }
}

static void folds_recursion(void **state)
{
    (void)state;
    struct df_pattern_trace t;
    struct df_buf text;
    df_buf_init(&text, arena, 1 << 20);
    df_buf_put_c(&text, "{\"id\":\"r\",\"type\":\"RecursionError\",\"frames\":[");
    for (size_t i = 0; i < 900; i++)
        df_buf_printf(&text, "%s{\"module\":\"m\",\"function\":\"%s\"}", i ? "," : "",
                      i % 3 ? i % 3 == 1 ? "b" : "c" : "a");
    df_buf_put_c(&text, ",{\"module\":\"m\",\"function\":\"main\"}]}");
    assert_true(read_line(text.p, &t));
    assert_int_equal(t.n_frames, 4);
    assert_str(t.frames[3].function, "main");
}

static void puts_the_root_cause_first(void **state)
{
    (void)state;
    struct df_pattern_trace t;
    assert_true(df_pattern_trace_read(fixture("chain_ingest.json", arena), arena, &t));
    struct df_event e;
    assert_true(df_event_parse(fixture("chain_ingest.json", arena), arena, &e));
    const struct df_stacktrace *root = &e.exceptions[0].stack;
    assert_str(t.frames[0].function, df_arena_cstr(arena, root->frames[root->n - 1].function));
    assert_str(t.type, df_arena_cstr(arena, e.exceptions[0].type));
}

static void leaves_out_of_a_message_what_differs_each_time(void **state)
{
    (void)state;
    struct df_pattern_trace t;
    assert_true(
        read_line("{\"type\":\"E\",\"message\":\"no price of 7 for jo@example.com at @home: x9f2 price\"}", &t));
    static const char *const words[] = {"no", "price", "of", "for", "at", "home"};
    assert_int_equal(t.n_words, sizeof words / sizeof *words);
    for (size_t i = 0; i < t.n_words; i++)
        assert_str(t.words[i], words[i]);
}

static void takes_the_crashed_thread_where_no_exception_has_a_stack(void **state)
{
    (void)state;
    struct df_pattern_trace t;
    assert_true(read_line(
        "{\"threads\":{\"values\":[{\"id\":1,\"current\":true,\"stacktrace\":{\"frames\":[{\"function\":\"wait\"}]}},"
        "{\"id\":2,\"crashed\":true,\"stacktrace\":{\"frames\":[{\"function\":\"boom\"}]}}]}}",
        &t));
    assert_int_equal(t.n_frames, 1);
    assert_str(t.frames[0].function, "boom");
}

static void refuses_what_is_no_event_and_stands_wrong_types(void **state)
{
    (void)state;
    static const char *const none[] = {
        "{}", "[]", "1", "null", "\"x\"", "{\"id\":\"a\"}", "{\"frames\":[]}", "{\"event\":{}}"};
    static const char *const odd[] = {
        "{\"type\":\"E\",\"frames\":[1,null,[],\"x\",{\"function\":7,\"module\":{},\"lineno\":\"9\"}]}",
        "{\"frames\":[{\"function\":\"f\",\"lineno\":-3},{\"lineno\":1e300}],\"causes\":7,\"frames_above_test\":\"1\"}",
        "{\"exception\":{\"values\":[null,3,{\"type\":[],\"value\":{},\"stacktrace\":[]},{\"type\":\"E\"}]}}",
        "{\"message\":\"a\\u0000b word\",\"exception\":7,\"threads\":\"x\"}",
        "{\"type\":\"E\",\"frames\":[{\"function\":\"a\\u0000b\"}],\"causes\":[null,{\"frames\":{}},{\"frames\":[{\"function\":\"r\"}]}]}",
    };
    struct df_pattern_trace t;
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_false(read_line(none[i], &t));
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
        assert_true(read_line(odd[i], &t));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_functions_alike_from_build_to_build),
        cmocka_unit_test(names_places_alike_on_every_machine),
        cmocka_unit_test(reads_the_three_forms_alike),
        cmocka_unit_test(folds_recursion),
        cmocka_unit_test(puts_the_root_cause_first),
        cmocka_unit_test(leaves_out_of_a_message_what_differs_each_time),
        cmocka_unit_test(takes_the_crashed_thread_where_no_exception_has_a_stack),
        cmocka_unit_test(refuses_what_is_no_event_and_stands_wrong_types),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
