#include "http/audit_note.h"
#include "base/log.h"
#include "domain/access.h"
#include "service/audit.h"

static struct df_str actor_of(const struct df_request *request)
{
    const struct df_caller *caller = request->caller;
    if (caller && caller->kind == DF_CALLER_KEY)
        return caller->actor;
    if (caller && caller->kind != DF_CALLER_NOBODY)
        return df_str_c(df_caller_kind_name(caller->kind));
    bool of_sentry = request->route && request->route->run == df_handle_hook_take;
    return df_arena_printf(request->arena, "%s@%.*s",
                           of_sentry ? "sentry"
                           : caller  ? "nobody"
                                     : "browser",
                           DF_FMT(df_request_peer(request)));
}

static struct df_audit_entry entry_of(const struct df_request *request, const char *action, struct df_str project_id,
                                      struct df_str target, enum df_code code)
{
    return (struct df_audit_entry){.actor = actor_of(request),
                                   .action = df_str_c(action),
                                   .project_id = project_id,
                                   .target = target,
                                   .result = df_str_c(df_code_name(code)),
                                   .request_id = request->request_id};
}

const struct df_devflow *df_api_noting(const struct df_api *api, const struct df_request *request, const char *action)
{
    struct df_audit_entry *entry = DF_NEW(request->arena, struct df_audit_entry);
    *entry = entry_of(request, action, DF_STR_NONE, DF_STR_NONE, DF_OK);
    return df_devflow_noting(api->d, entry, request->arena);
}

static void record(const struct df_api *api, const struct df_audit_entry *entry)
{
    if (!df_audit_record(api->d->audit, entry))
        df_log(DF_LOG_WARN, "an entry of the audit log waits for the database", {"action", entry->action},
               {"actor", entry->actor});
}

void df_api_note_done(const struct df_api *api, const struct df_request *request, const char *action,
                      struct df_str project_id, struct df_str target)
{
    const struct df_audit_entry entry = entry_of(request, action, project_id, target, DF_OK);
    record(api, &entry);
}

void df_api_note_failed(const struct df_api *api, const struct df_request *request, const char *action,
                        struct df_str target, enum df_code code)
{
    const struct df_audit_entry entry = entry_of(request, action, DF_STR_NONE, target, code);
    record(api, &entry);
}

void df_api_note_often(const struct df_api *api, const struct df_request *request, const char *action,
                       struct df_str project_id, struct df_str target, enum df_code code)
{
    const struct df_audit_entry entry = entry_of(request, action, project_id, target, code);
    df_audit_count(api->d->audit, &entry);
}
