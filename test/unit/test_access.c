#include "unit.h"

#include "domain/access.h"
#include "http/api.h"
#include "http/gate.h"
#include "service/api_keys.h"

#include "unit_arena.h"

static const struct df_str SHOP = {"shop", 4}, OTHER = {"other", 5};

static const struct df_caller nobody = {.kind = DF_CALLER_NOBODY, .role = DF_ROLE_READ};
static const struct df_caller open_ = {.kind = DF_CALLER_OPEN, .role = DF_ROLE_ADMIN};
static const struct df_caller admin = {.kind = DF_CALLER_KEY, .role = DF_ROLE_ADMIN};
static const struct df_caller reader = {.kind = DF_CALLER_KEY, .role = DF_ROLE_READ};
static const struct df_caller shop = {.kind = DF_CALLER_KEY, .role = DF_ROLE_PROJECT, .project_id = {"shop", 4}};
static const struct df_caller tokens = {
    .kind = DF_CALLER_KEY, .role = DF_ROLE_PROJECT, .project_id = {"shop", 4}, .permissions = DF_MAY_TOKENS};

/* The rule, then what each caller gets for the project shop: nobody, open, admin, reader, shop, shop with tokens. */
#define OK_ DF_OK
#define NO DF_ERR_FORBIDDEN
#define KEY DF_ERR_UNAUTHORIZED
static const struct {
    enum df_access access;
    enum df_code expected[6];
} rules[] = {
    {DF_ACCESS_UNSET, {NO, NO, NO, NO, NO, NO}},
    {DF_ACCESS_PUBLIC, {OK_, OK_, OK_, OK_, OK_, OK_}},
    {DF_ACCESS_ANY, {KEY, OK_, OK_, OK_, OK_, OK_}},
    {DF_ACCESS_PROJECT_READ, {KEY, OK_, OK_, OK_, OK_, OK_}},
    {DF_ACCESS_PROJECT_WRITE, {KEY, OK_, OK_, NO, OK_, OK_}},
    {DF_ACCESS_TOKENS, {KEY, KEY, OK_, NO, NO, OK_}},
    {DF_ACCESS_PROXY, {KEY, KEY, OK_, NO, NO, NO}},
    {DF_ACCESS_READ_ALL, {KEY, OK_, OK_, OK_, NO, NO}},
    {DF_ACCESS_ADMIN, {KEY, OK_, OK_, NO, NO, NO}},
    {DF_ACCESS_KEYS, {KEY, KEY, OK_, NO, NO, NO}},
};

static void every_rule_for_every_caller(void **state)
{
    (void)state;
    const struct df_caller *callers[] = {&nobody, &open_, &admin, &reader, &shop, &tokens};
    for (size_t r = 0; r < sizeof rules / sizeof *rules; r++)
        for (size_t c = 0; c < 6; c++) {
            enum df_code code = df_access_verdict(callers[c], rules[r].access, true, SHOP);
            if (code != rules[r].expected[c])
                fail_msg("rule %d, caller %zu: %s", (int)rules[r].access, c, df_code_name(code));
        }
}

static void another_project_is_not_there(void **state)
{
    (void)state;
    const enum df_access of_project[] = {DF_ACCESS_PROJECT_READ, DF_ACCESS_PROJECT_WRITE, DF_ACCESS_TOKENS};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(df_access_verdict(&tokens, of_project[i], true, OTHER), DF_ERR_PROJECT);
        assert_int_equal(df_access_verdict(&tokens, of_project[i], true, DF_STR_NONE), DF_ERR_PROJECT);
        assert_int_equal(df_access_verdict(&tokens, of_project[i], false, DF_STR_NONE), DF_OK);
    }
    /* What the role forbids, it forbids for every project alike. */
    assert_int_equal(df_access_verdict(&shop, DF_ACCESS_TOKENS, true, OTHER), DF_ERR_FORBIDDEN);
}

static void every_route_has_a_rule_that_fits_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < df_api_n_routes; i++) {
        const struct df_route *r = &df_api_routes[i];
        bool of_project = r->access >= DF_ACCESS_PROJECT_READ && r->access <= DF_ACCESS_PROXY;
        bool in_path = strncmp(r->path, "/projects/:", 11) == 0 || strncmp(r->path, "/integrations/:", 15) == 0 ||
                       strncmp(r->path, "/proxy/:", 8) == 0;
        if (r->access == DF_ACCESS_UNSET || r->project_at == DF_PROJECT_UNSET)
            fail_msg("%s %s has no rule", r->method, r->path);
        if (of_project && r->project_at == DF_PROJECT_NOWHERE)
            fail_msg("%s %s: its rule and where it names its project do not fit", r->method, r->path);
        if (in_path != (r->project_at == DF_PROJECT_PATH))
            fail_msg("%s %s: its project is in its path, or is not", r->method, r->path);
        if (r->wait == DF_WAIT_STREAM && r->project_at != DF_PROJECT_PATH)
            fail_msg("%s %s: a stream's body comes too late to name a project", r->method, r->path);
    }
}

static void reads_roles_and_permissions(void **state)
{
    (void)state;
    enum df_role role;
    struct df_str project;
    int64_t may;
    assert_true(df_role_parse(DF_S("project:shop"), &role, &project) && role == DF_ROLE_PROJECT);
    assert_str(project, "shop");
    assert_true(df_role_parse(DF_S("admin"), &role, &project) && role == DF_ROLE_ADMIN && !project.n);
    assert_true(df_role_parse(DF_S("read"), &role, &project) && role == DF_ROLE_READ);
    const char *bad[] = {"", "project", "project:", "Admin", "read ", "admin,read"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(df_role_parse(df_str_c(bad[i]), &role, &project));
    assert_true(df_permissions_parse(DF_S("proxy, tokens"), &may) && may == (DF_MAY_TOKENS | DF_MAY_PROXY));
    assert_true(df_permissions_parse(DF_S(""), &may) && may == 0);
    assert_false(df_permissions_parse(DF_S("tokens,all"), &may));
    assert_false(df_permissions_parse(DF_S("tokens,"), &may));
}

static void keys_end(void **state)
{
    (void)state;
    struct df_api_key key = {.created_ms = 1};
    assert_true(df_api_key_holds(&key, 5));
    key.expires_ms = 5;
    assert_true(df_api_key_holds(&key, 4));
    assert_false(df_api_key_holds(&key, 5));
    key.revoked_ms = 3;
    assert_false(df_api_key_holds(&key, 4));
}

static void keys_have_a_shape(void **state)
{
    (void)state;
    struct df_str key = df_secret_reveal(df_api_key_new(DF_S("0a1b2c3d4e5f"), arena));
    assert_true(df_api_key_shape(key));
    assert_false(df_api_key_shape(df_str_n(key.p, key.n - 1)));
    assert_false(df_api_key_shape(df_arena_printf(arena, "%.*s ", (int)key.n - 1, key.p)));
    assert_false(df_api_key_shape(DF_STR_NONE));
    assert_false(df_str_eq(key, df_secret_reveal(df_api_key_new(DF_S("0a1b2c3d4e5f"), arena))));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_rule_for_every_caller),
        cmocka_unit_test(another_project_is_not_there),
        cmocka_unit_test(every_route_has_a_rule_that_fits_it),
        cmocka_unit_test(reads_roles_and_permissions),
        cmocka_unit_test(keys_end),
        cmocka_unit_test(keys_have_a_shape),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
