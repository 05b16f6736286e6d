/* Header values of a request: cookies, the trace context, what is put into an answer, and the lines of a provider's answer. Each line
 * of the input is a value. */
#include "fuzz.h"

#include "adapter/curl_parts.h"
#include "base/trace.h"
#include "http/server.h"

static void cookie(struct df_str value)
{
    struct df_param header = {DF_S("cookie"), value};
    const struct df_request request = {.headers = &header, .n_headers = 1};
    struct df_str found = df_request_cookie(&request, DF_S("devflow_flow"));
    fuzz_check(found.n <= value.n && !memchr(found.p ? found.p : "", ';', found.n));
}

static void trace(struct df_str parent, struct df_str state)
{
    const struct df_trace t = df_trace_read(DF_S("id"), parent, state);
    fuzz_check(t.parent.n == 0 || t.parent.n == DF_TRACE_PARENT_BYTES);
    fuzz_check(t.state.n <= DF_TRACE_STATE_BYTES && (t.parent.n || !t.state.n));
    for (size_t i = 0; i < t.state.n; i++)
        fuzz_check((t.state.p[i] >= ' ' && t.state.p[i] < 0x7F) || t.state.p[i] == '\t');
    struct df_str id = df_trace_id(&t);
    fuzz_check(id.n == (t.parent.n ? DF_TRACE_ID_BYTES : 0));
}

static void reply(struct df_str value, struct df_arena *arena)
{
    struct df_reply reply = {0};
    df_buf_init(&reply.body, arena, 1);
    df_reply_header(&reply, "Location", value);
    for (size_t i = 0; i < reply.n_headers; i++)
        fuzz_check(strcspn(reply.headers[i].value.p, "\r\n") == reply.headers[i].value.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    struct df_str rest = df_str_n((const char *)data, n), line, before = DF_STR_NONE;
    struct df_curl_head head = df_curl_head_new(arena);
    bool more = true;
    while (df_str_split(&rest, '\n', &line)) {
        cookie(line);
        trace(before, line);
        reply(line, arena);
        more = more && df_curl_head_line(&head, line);
        before = line;
    }
    reply(df_str_n((const char *)data, n), arena);
    const struct df_http_answer answer = {200, DF_STR_NONE, head.headers, head.n_headers};
    fuzz_check(df_http_header(&answer, "Retry-After").n <= n);
    return 0;
}
