#include "http/api.h"
#include "service/test_site.h"

/* What `devflow test:generate ISSUE` makes a test of, where the checkout is: a program may not be run here for everyone who reads. */
enum df_code df_handle_test_case(void *app, const struct df_request *request, struct df_reply *reply,
                                 struct df_error *err)
{
    const struct df_api *api = app;
    struct df_test_subject subject;
    struct df_testgen_case made;
    DF_TRY(df_test_site_case(api->d, request->params[0], request->params[1], request->arena, &made, &subject, err));
    struct df_json_writer w = df_api_json(reply);
    df_json_open(&w, '{');
    df_json_kstr(&w, "issue", subject.issue);
    df_json_kstr_or_null(&w, "platform", made.platform);
    df_json_kraw(&w, "testCase", made.json);
    df_json_close(&w, '}');
    return DF_OK;
}

static enum df_code read_timeout(const struct df_json *v, int *ret, struct df_error *err)
{
    int64_t seconds = df_json_int(v, -1);
    *ret = (int)seconds;
    return seconds >= 1 && seconds <= DF_TEST_SITE_TIMEOUT_MAX_S
               ? DF_OK
               : df_fail(err, DF_ERR_INVALID, "timeoutSeconds must be a number from 1 to %d",
                         DF_TEST_SITE_TIMEOUT_MAX_S);
}

static enum df_code read_field(const struct df_request *request, struct df_str key, const struct df_json *v,
                               struct df_test_wish *wish, struct df_error *err)
{
    if (df_str_is(key, "timeoutSeconds"))
        return read_timeout(v, &wish->timeout_s, err);
    if (df_str_is(key, "issue") && df_json_is_string(v))
        wish->issue = df_json_str(v);
    else if (df_str_is(key, "language") && df_json_is_string(v))
        wish->language = df_arena_cstr(request->arena, df_json_str(v));
    else if (df_str_is(key, "event") && df_json_is_object(v))
        wish->event = v;
    else
        return df_fail(err, DF_ERR_INVALID,
                       "the body has issue or event, and may have language and timeoutSeconds; not %.*s",
                       DF_FMT(df_str_head(key, 40)));
    return DF_OK;
}

/* {"issue": "SHOP-1A"} or {"event": {...}}, on the project's checkout. */
enum df_code df_handle_test_generate(void *app, const struct df_request *request, struct df_reply *reply,
                                     struct df_error *err)
{
    const struct df_api *api = app;
    const struct df_json *body;
    struct df_test_wish wish = {.project_id = request->params[0]};
    struct df_testgen_result result;
    DF_TRY(df_api_json_body(request, &body, err));
    if (!df_json_is_object(body))
        return df_fail(err, DF_ERR_INVALID, "the body must be an object");
    for (struct df_json_iter it = df_json_iter(body); df_json_next(&it);)
        DF_TRY(read_field(request, it.key, it.value, &wish, err));
    if ((wish.issue.n > 0) == (wish.event != NULL))
        return df_fail(err, DF_ERR_INVALID, "the body must have issue or event, not both");
    DF_TRY(df_test_site_generate(api->d, &wish, request->arena, &result, err));
    struct df_json_writer w = df_api_json(reply);
    df_testgen_put_json(&w, &result, NULL, true);
    return DF_OK;
}
