#include "service/tickets.h"

#include "service/sentry_api.h"
#include "service/tokens.h"

enum { TIMEOUT_MS = 15 * 1000, BODY_LIMIT_BYTES = 8192 };

static struct df_str notes_path(const struct df_ticket *t, struct df_arena *arena)
{
    return df_arena_printf(arena, "issues/%.*s/notes/", DF_FMT(df_url_encode(t->sentry_id, arena)));
}

/* A note that names the ticket's page, by whomever. */
static bool is_there(const struct df_json *notes, struct df_str url)
{
    for (struct df_json_iter it = df_json_iter(notes); df_json_next(&it);)
        if (df_str_find(df_json_str(df_json_path(it.value, "data", "text", NULL)), url) >= 0)
            return true;
    return false;
}

static enum df_code post(struct df_sentry_api *api, struct df_str path, struct df_str text, struct df_error *err)
{
    struct df_buf body;
    struct df_json_writer w;
    struct df_http_answer answer;
    df_buf_init(&body, api->arena, BODY_LIMIT_BYTES);
    df_json_writer_init(&w, &body, 0);
    df_json_open(&w, '{');
    df_json_kstr(&w, "text", text);
    df_json_close(&w, '}');
    const struct df_http_request request = {
        .method = "POST",
        .url = df_arena_printf(api->arena, "%.*s/api/0/organizations/%.*s/%.*s", DF_FMT(api->url),
                               DF_FMT(df_url_encode(api->organization, api->arena)), DF_FMT(path)),
        .bearer = api->token.access_token,
        .body = df_secret_of(df_buf_str(&body)),
        .content_type = DF_S("application/json"),
        .timeout_ms = TIMEOUT_MS,
        .counted_as = api->provider->slug,
    };
    DF_TRY(api->d->http->ops->send(api->d->http, &request, api->arena, &answer, err));
    if (answer.status == 201 || answer.status == 200)
        return DF_OK;
    if (answer.status == 403)
        return df_fail(err, DF_ERR_PROVIDER_FORBIDDEN,
                       "Sentry asks for the scope event:write, which the connection lacks: connect again (devflow "
                       "oauth:connect sentry), or switch notes off (devflow linear:settings --note off)");
    if (answer.status == 400 && df_str_find(answer.body, DF_S("already posted")) >= 0)
        return DF_OK;
    return df_fail(err, DF_ERR_PROVIDER, "Sentry did not take the note: it answered with status %d", answer.status);
}

enum df_code df_ticket_note(const struct df_devflow *d, const struct df_ticket *t, struct df_str title,
                            struct df_arena *arena, struct df_error *err)
{
    struct df_sentry_api api;
    struct df_sentry_ask ask = {.path = notes_path(t, arena), .what = "the notes", .fleeting = true};
    DF_TRY(df_sentry_api_open(d, t->project_id, arena, &api, err));
    DF_TRY(df_sentry_api_get(&api, &ask, err)); /* which also renews a token that is refused */
    if (is_there(ask.json, t->url))
        return DF_OK;
    return post(&api, ask.path,
                df_arena_printf(arena, "%.*s issue: [%.*s](%.*s)", DF_FMT(title), DF_FMT(t->key), DF_FMT(t->url)), err);
}
