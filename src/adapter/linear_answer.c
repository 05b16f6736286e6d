#include "adapter/linear_answer.h"

#include "domain/rate_reset.h"

enum { BODY_LIMIT_BYTES = 1024 * 1024, SAID_BYTES = 200, WAIT_DEFAULT_S = 60 };

void linear_variables_open(struct linear_variables *v, struct df_arena *arena)
{
    df_buf_init(&v->buf, arena, BODY_LIMIT_BYTES);
    df_json_writer_init(&v->w, &v->buf, 0);
    df_json_open(&v->w, '{');
}

const struct df_buf *linear_variables_close(struct linear_variables *v)
{
    df_json_close(&v->w, '}');
    return &v->buf;
}

static const struct df_json *parsed(const struct df_http_answer *answer, struct df_arena *arena)
{
    const struct df_json *v = NULL;
    bool mended;
    (void)df_json_parse_mended(arena, answer->body, 64, &v, &mended, NULL);
    return v;
}

/* The first error's code; empty where there is none. */
static struct df_str code_of(const struct df_json *answer)
{
    return df_json_str(df_json_path(df_json_at(df_json_get(answer, "errors"), 0), "extensions", "code", NULL));
}

static enum df_tracker_verdict judge(const struct df_http_answer *answer, struct df_arena *arena)
{
    struct df_str code = code_of(parsed(answer, arena));
    if (answer->status == 429 || df_str_is(code, "RATELIMITED"))
        return DF_TRACKER_LIMITED;
    bool refused = answer->status == 401 || df_str_is(code, "AUTHENTICATION_ERROR");
    return refused ? DF_TRACKER_TOKEN_REFUSED : DF_TRACKER_FINE;
}

/* The window that is used up says when it ends; those of requests and of complexity differ. */
static int wait_s(const struct df_http_answer *answer, int64_t now_ms)
{
    static const char *const resets[][2] = {
        {"X-RateLimit-Requests-Remaining", "X-RateLimit-Requests-Reset"},
        {"X-RateLimit-Complexity-Remaining", "X-RateLimit-Complexity-Reset"},
        {"X-RateLimit-Endpoint-Requests-Remaining", "X-RateLimit-Endpoint-Requests-Reset"},
    };
    int64_t until = df_rate_reset_ms(df_http_header(answer, "Retry-After"), now_ms);
    for (size_t i = 0; i < sizeof resets / sizeof *resets; i++)
        if (df_str_is(df_http_header(answer, resets[i][0]), "0")) {
            int64_t at = df_rate_reset_ms(df_http_header(answer, resets[i][1]), now_ms);
            until = at > until ? at : until;
        }
    return until > now_ms ? (int)((until - now_ms + 999) / 1000) : WAIT_DEFAULT_S;
}

static enum df_code limited(const struct df_http_answer *answer, int64_t now_ms, struct df_error *err)
{
    int seconds = wait_s(answer, now_ms);
    bool complexity = df_str_is(df_http_header(answer, "X-RateLimit-Complexity-Remaining"), "0");
    df_fail_at(err, DF_ERR_RATE_LIMITED, "Linear's limit of %s is used up; try again in %d s",
               complexity ? "complexity" : "requests", seconds);
    if (err)
        err->retry_after_s = seconds;
    return DF_ERR_RATE_LIMITED;
}

static enum df_code token_refused(struct df_error *err)
{
    return df_fail(
        err, DF_ERR_RECONNECT,
        "Linear does not take this connection's token any more: connect again (devflow oauth:connect linear)");
}

static enum df_code refusal(const struct df_json *answer, struct df_error *err)
{
    const struct df_json *first = df_json_at(df_json_get(answer, "errors"), 0);
    struct df_str code = code_of(answer),
                  said = df_json_str(df_json_path(first, "extensions", "userPresentableMessage", NULL));
    said = df_str_head(said.n ? said : df_json_get_str(first, "message"), SAID_BYTES);
    if (df_str_is(code, "AUTHENTICATION_ERROR"))
        return token_refused(err);
    if (df_str_is(code, "FORBIDDEN"))
        return df_fail(err, DF_ERR_PROVIDER_FORBIDDEN,
                       "Linear does not allow this with the scopes of the connection: %.*s", DF_FMT(said));
    if (df_str_starts(df_json_get_str(first, "message"), DF_S("Entity not found")))
        return df_fail(err, DF_ERR_PROVIDER_NOT_FOUND, "Linear answers: %.*s", DF_FMT(said));
    bool invalid = df_str_is(code, "INVALID_INPUT") || df_str_is(code, "INPUT_ERROR") ||
                   df_str_is(code, "GRAPHQL_VALIDATION_FAILED");
    return df_fail(err, invalid ? DF_ERR_INVALID : DF_ERR_PROVIDER, "Linear answers: %.*s", DF_FMT(said));
}

enum df_code linear_answer_read(const struct df_http_answer *answer, int64_t now_ms, struct df_arena *arena,
                                const struct df_json **ret, struct df_error *err)
{
    const struct df_json *v = parsed(answer, arena);
    const struct df_json *data = df_json_get(v, "data");
    enum df_tracker_verdict verdict = judge(answer, arena);
    if (verdict == DF_TRACKER_LIMITED)
        return limited(answer, now_ms, err);
    if (df_json_is_object(data) && answer->status == 200) {
        *ret = data;
        return DF_OK;
    }
    if (df_json_count(df_json_get(v, "errors")) > 0)
        return refusal(v, err);
    if (verdict == DF_TRACKER_TOKEN_REFUSED)
        return token_refused(err);
    return df_fail(err, DF_ERR_PROVIDER, "Linear answered with status %d and no data", answer->status);
}

enum df_code linear_send(const struct df_tracker_call *call, const char *document, const struct df_buf *variables,
                         const struct df_json **ret, struct df_error *err)
{
    struct df_buf body;
    struct df_json_writer w;
    struct df_http_answer answer;
    const struct df_json *given = NULL;
    df_buf_init(&body, call->arena, BODY_LIMIT_BYTES);
    df_json_writer_init(&w, &body, 0);
    if (variables)
        DF_TRY(df_json_parse(call->arena, df_buf_str(variables), 0, &given, err));
    df_json_open(&w, '{');
    df_json_kstr(&w, "query", df_str_c(document));
    if (given)
        df_json_kvalue(&w, "variables", given);
    df_json_close(&w, '}');
    if (body.overflow)
        return df_fail(err, DF_ERR_INVALID, "what is to be sent to Linear is too large");
    const struct df_tracker_ask ask = {"POST", DF_S("/graphql"), df_buf_str(&body), judge};
    DF_TRY(call->line->send(call->line, &ask, call->arena, &answer, err));
    return linear_answer_read(&answer, call->now_ms, call->arena, ret, err);
}
