#include "http/api.h"
#include "service/scrubbing.h"
#include "service/sentry.h"
#include "service/testgen.h"

static struct df_test_subject subject_of(const struct df_context *context)
{
    const struct df_issue *issue = context->issue;
    return (struct df_test_subject){.issue = issue->short_id.n ? issue->short_id : issue->id, .url = issue->permalink};
}

/* What `devflow test:generate ISSUE` makes a test of, where the checkout is: a program may not be run here for everyone who reads. */
enum df_code df_handle_test_case(void *app, const struct df_request *request, struct df_reply *reply,
                                 struct df_error *err)
{
    const struct df_api *api = app;
    struct df_context context;
    struct df_testgen_case made;
    struct df_scrub scrub = df_scrubbing(api->d, request->params[0], request->arena);
    DF_TRY(df_sentry_extract_context(api->d, request->params[0], request->params[1], request->arena, &context, err));
    if (!context.event)
        return df_fail(err, DF_ERR_PROVIDER_NOT_FOUND, "the issue has no event to make a test of");
    const struct df_test_subject subject = subject_of(&context);
    DF_TRY(df_testgen_case_make(context.event, &subject, &scrub, &made, err));
    struct df_json_writer w = df_api_json(reply);
    df_json_open(&w, '{');
    df_json_kstr(&w, "issue", subject.issue);
    df_json_kstr_or_null(&w, "platform", made.platform);
    df_json_kraw(&w, "testCase", made.json);
    df_json_close(&w, '}');
    return DF_OK;
}
