/* Sentry's webhooks: the secret of a project's internal integration there, and taking what it sends. A message is believed by its
 * signature alone (Sentry-Hook-Signature, over the raw body), kept once for each Request-ID, and on disk when the sender is
 * answered. Of its body only what rules ask for is kept (domain/sentry_hook.h): the rest is production's data, and is fetched from
 * Sentry when it is needed. */
#ifndef DF_SERVICE_SENTRY_HOOKS_H
#define DF_SERVICE_SENTRY_HOOKS_H

#include "domain/sentry_hook.h"
#include "service/devflow.h"

/* What the sealed secret is bound to, beside the project and SENTRY. */
#define DF_SENTRY_HOOK_FIELD "webhook_secret"

enum { DF_INBOX_KEPT_MS = 14 * 86400000 }; /* messages that have ended */

/* Sets or replaces it. DF_ERR_INVALID, DF_ERR_PROJECT. */
enum df_code df_sentry_hooks_set(const struct df_devflow *d, struct df_str project_id, struct df_secret secret,
                                 struct df_arena *arena, struct df_hook_secret *ret, struct df_error *err);

struct df_hook_delivery {
    struct df_str project_id;
    struct df_str request_id; /* Request-ID; empty: the body stands for it */
    struct df_str resource;   /* Sentry-Hook-Resource */
    struct df_str signature;  /* Sentry-Hook-Signature */
    struct df_str body;       /* raw */
};
/* Checks and stores one. *ret_new: false when it was there already. DF_ERR_WEBHOOK (no secret, or no such project), DF_ERR_SIGNATURE,
 * DF_ERR_JSON, DF_ERR_INVALID. */
enum df_code df_sentry_hooks_take(const struct df_devflow *d, const struct df_hook_delivery *delivery,
                                  struct df_arena *arena, struct df_str *ret_id, bool *ret_new, struct df_error *err);

#endif
