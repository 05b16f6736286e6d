/* What requests leave in the audit log: who asked, by the gate's word, and what came of it. */
#ifndef DF_HTTP_AUDIT_NOTE_H
#define DF_HTTP_AUDIT_NOTE_H

#include "http/api.h"

/* For the change that is named: the store writes it together with its row, or neither. Lives as long as the request. */
const struct df_devflow *df_api_noting(const struct df_api *api, const struct df_request *request, const char *action);
/* A change of what the store's transactions do not reach: written before the answer goes out. On a handler's thread. */
void df_api_note_done(const struct df_api *api, const struct df_request *request, const char *action,
                      struct df_str project_id, struct df_str target);
/* A change was tried and failed: written before the answer goes out. On a handler's thread. */
void df_api_note_failed(const struct df_api *api, const struct df_request *request, const char *action,
                        struct df_str target, enum df_code code);
/* Something that happens often: counted by the minute. Any thread, never waits. */
void df_api_note_often(const struct df_api *api, const struct df_request *request, const char *action,
                       struct df_str project_id, struct df_str target, enum df_code code);

#endif
