#include "base/address.h"
#include "http/server.h"

struct df_str df_request_header(const struct df_request *request, const char *name)
{
    for (size_t i = 0; i < request->n_headers; i++)
        if (df_str_ieq(request->headers[i].name, df_str_c(name)))
            return request->headers[i].value;
    return DF_STR_NONE;
}

bool df_request_was_passed_on(const struct df_request *request)
{
    static const char *const names[] = {"Forwarded", "X-Real-IP", "Via"};
    for (size_t i = 0; i < request->n_headers; i++) {
        struct df_str name = request->headers[i].name;
        if (!name.n || !strchr("fFxXvV", name.p[0]))
            continue;
        if (df_str_istarts(name, DF_S("X-Forwarded-")))
            return true;
        for (size_t k = 0; k < sizeof names / sizeof *names; k++)
            if (df_str_ieq(name, df_str_c(names[k])))
                return true;
    }
    return false;
}

const struct df_str *df_request_query_given(const struct df_request *request, const char *name)
{
    const struct df_param *param = df_params_find(request->query, request->n_query, name);
    return param ? &param->value : NULL;
}

struct df_str df_request_query(const struct df_request *request, const char *name)
{
    const struct df_str *given = df_request_query_given(request, name);
    return given ? *given : DF_STR_NONE;
}

struct df_str df_request_cookie(const struct df_request *request, struct df_str name)
{
    for (size_t i = 0; i < request->n_headers; i++) {
        if (!df_str_ieq(request->headers[i].name, DF_S("Cookie")))
            continue;
        struct df_str rest = request->headers[i].value, pair;
        while (df_str_split(&rest, ';', &pair)) {
            pair = df_str_trim(pair);
            if (df_str_starts(pair, name) && pair.n > name.n && pair.p[name.n] == '=')
                return df_str_from(pair, name.n + 1);
        }
    }
    return DF_STR_NONE;
}

void df_reply_header(struct df_reply *reply, const char *name, struct df_str value)
{
    for (size_t i = 0; i < value.n; i++)
        if (value.p[i] == '\r' || value.p[i] == '\n' || value.p[i] == '\0')
            return;
    if (reply->n_headers < DF_HTTP_HEADERS)
        reply->headers[reply->n_headers++] = (struct df_param){df_str_c(name), df_arena_dup(reply->body.arena, value)};
}

struct df_str df_request_network(const struct df_request *request)
{
    static const uint8_t none[16];
    if (memcmp(request->client, none, sizeof none) == 0)
        return DF_STR_NONE;
    size_t n = df_address_bytes_are_ipv4(request->client) ? 16 : 8;
    return df_str_n((const char *)request->client, n);
}

void df_request_answer_header(struct df_request *request, const char *name, struct df_str value)
{
    if (request->n_answer_headers < DF_HTTP_ANSWER_HEADERS)
        request->answer_headers[request->n_answer_headers++] = (struct df_param){df_str_c(name), value};
}
