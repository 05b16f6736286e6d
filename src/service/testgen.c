#include "service/testgen.h"

enum { TEXT_LIMIT_BYTES = 4 << 20, RESULT_DEPTH = 32 };

enum df_code df_testgen_case_make(const struct df_event *event, const struct df_test_subject *subject,
                                  struct df_scrub *scrub, struct df_testgen_case *ret, struct df_error *err)
{
    struct df_buf out;
    struct df_json_writer w;
    df_buf_init(&out, scrub->arena, DF_TEST_CASE_BYTES);
    df_json_writer_init(&w, &out, 0);
    if (!df_test_case_write(event, subject, scrub, &w))
        return df_fail(err, DF_ERR_INVALID,
                       "the event has no exception with a frame of the program: there is no call to repeat");
    if (out.overflow)
        return df_fail(err, DF_ERR_TOO_LARGE, "the event is larger than %d MiB", DF_TEST_CASE_BYTES >> 20);
    *ret = (struct df_testgen_case){df_buf_str(&out), event->platform};
    return DF_OK;
}

static enum df_code choose_language(struct df_test_lab *lab, const struct df_testgen_request *request,
                                    const struct df_test_language **ret, struct df_error *err)
{
    struct df_str name = request->language ? df_str_c(request->language) : request->test_case.platform;
    *ret = lab->ops->language(name);
    if (*ret)
        return DF_OK;
    if (name.n == 0)
        return df_fail(err, DF_ERR_INVALID, "the event does not say its platform: name the language");
    return df_fail(err, DF_ERR_INVALID,
                   "no tests can be generated in \"%.*s\" yet: python, node, java, go, ruby and php can",
                   DF_FMT(df_str_head(name, 40)));
}

static struct df_str make_input(const struct df_testgen_request *request, struct df_arena *arena)
{
    enum { MORE_BYTES = 64 * 1024 };
    struct df_buf input;
    struct df_json_writer w;
    df_buf_init(&input, arena, (size_t)DF_TEST_CASE_BYTES + MORE_BYTES);
    df_json_writer_init(&w, &input, 0);
    df_json_open(&w, '{');
    df_json_kstr(&w, "source", df_str_c(request->source));
    df_json_kstr(&w, "out", df_str_c(request->out));
    df_json_kint(&w, "deadline_s", request->timeout_s);
    df_json_kraw(&w, "event", request->test_case.json);
    df_json_close(&w, '}');
    return df_buf_str(&input);
}

static enum df_code read_result(struct df_str line, struct df_arena *arena, struct df_testgen_result *ret,
                                struct df_error *err)
{
    const struct df_json *v;
    struct df_error fault;
    if (df_json_parse(arena, line, RESULT_DEPTH, &v, &fault) != DF_OK)
        return df_fail(err, DF_ERR_FAILED, "the helper's answer cannot be read");
    v = df_json_get(v, df_json_get(v, "result") ? "result" : "late");
    if (!v)
        return df_fail(err, DF_ERR_FAILED, "the helper's answer has no result");
    struct df_testgen_result result = {
        .reproduced = df_json_get_str(v, "status").n && df_str_is(df_json_get_str(v, "status"), "reproduced"),
        .file = df_json_get_str(v, "file"),
        .text = df_json_get_str(v, "text"),
        .function = df_json_get_str(v, "function"),
        .exception = df_json_get_str(v, "exception"),
        .reason = df_json_get_str(v, "reason"),
        .add = df_json_get(v, "add"),
        .notes = df_json_get(v, "notes"),
        .attempts = df_json_int(df_json_get(v, "attempts"), 0),
    };
    if (!df_test_name_valid(result.file) || result.text.n == 0 || result.text.n > TEXT_LIMIT_BYTES)
        return df_fail(err, DF_ERR_FAILED, "the helper's answer has no test, or a name that cannot be a file's");
    *ret = result;
    return DF_OK;
}

enum df_code df_testgen_run(struct df_test_lab *lab, const struct df_testgen_request *request, struct df_arena *arena,
                            struct df_testgen_result *ret, struct df_error *err)
{
    struct df_str line;
    struct df_test_job job = {
        .source = request->source,
        .interpreter = request->interpreter,
        .timeout_s = request->timeout_s,
        .progress = request->progress,
        .stop = request->stop,
        .arg = request->arg,
    };
    DF_TRY(choose_language(lab, request, &job.language, err));
    job.input = make_input(request, arena);
    DF_TRY(lab->ops->run(lab, &job, arena, &line, err));
    DF_TRY(read_result(line, arena, ret, err));
    ret->language = df_str_c(job.language->name);
    return DF_OK;
}

void df_testgen_put_json(struct df_json_writer *w, const struct df_testgen_result *result, const char *path,
                         bool with_text)
{
    df_json_open(w, '{');
    df_json_kstr(w, "status", result->reproduced ? DF_S("reproduced") : DF_S("not_reproduced"));
    df_json_kstr(w, "language", result->language);
    df_json_kstr(w, "file", path ? df_str_c(path) : result->file);
    df_json_kstr_or_null(w, "function", result->function);
    df_json_kstr_or_null(w, "exception", result->exception);
    df_json_kstr_or_null(w, "reason", result->reason);
    df_json_kvalue(w, "add", result->add);
    df_json_kvalue(w, "notes", result->notes);
    df_json_kint(w, "attempts", result->attempts);
    if (with_text)
        df_json_kstr(w, "text", result->text);
    df_json_close(w, '}');
}
