#include "sandbox/call.h"

#include "base/time.h"

static void put_note(struct sandbox_call *call, const struct sandbox_note *note)
{
    struct df_json_writer *w = &call->w;
    df_json_open(w, '{');
    df_json_kstr(w, "id", df_arena_printf(call->arena, "%llu", note->id));
    df_json_kstr(w, "type", DF_S("note"));
    sandbox_put_user(call, "user");
    df_json_knull(w, "sentry_app");
    df_json_kopen(w, "data", '{');
    df_json_kstr(w, "text", note->text);
    df_json_close(w, '}');
    df_json_kstr(w, "dateCreated", df_time_format_ms(note->created_ms, call->arena));
    df_json_close(w, '}');
}

void sandbox_api_notes(struct sandbox_call *call)
{
    const struct sandbox_issue *issue = sandbox_organization(call, 0) ? sandbox_issue_of(call, 1, true) : NULL;
    struct sandbox_slice slice;
    if (!issue || !sandbox_paginate(call, issue->n_notes, 100, &slice))
        return;
    df_json_open(&call->w, '[');
    for (size_t i = slice.from; i < slice.to; i++)
        put_note(call, &issue->notes[issue->n_notes - 1 - i]);
    df_json_close(&call->w, ']');
}

void sandbox_api_notes_post(struct sandbox_call *call)
{
    struct sandbox_issue *issue = sandbox_organization(call, 0) ? sandbox_issue_of(call, 1, true) : NULL;
    const struct df_json *body = NULL;
    if (!issue)
        return;
    df_json_parse(call->arena, call->request->body, 0, &body, NULL);
    struct df_str text = df_str_trim(df_json_get_str(body, "text"));
    if (text.n == 0) {
        struct df_str missing = DF_S("This field is required.");
        call->reply->status = 400;
        df_json_open(&call->w, '{');
        df_json_kstrs(&call->w, "text", &missing, 1);
        df_json_close(&call->w, '}');
        return;
    }
    const struct sandbox_note *note = sandbox_issue_note(&call->sandbox->store, issue, text, call->now_ms);
    call->reply->status = note ? 201 : 400;
    if (note)
        put_note(call, note);
    else /* Sentry encodes this one twice */
        df_json_put_str(&call->w, DF_S("{\"detail\": \"You have already posted that comment.\"}"));
}
