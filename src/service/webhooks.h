/* Outgoing webhooks: a project's endpoints, and sending the outbox's messages to them, signed as Standard Webhooks has it
 * (https://www.standardwebhooks.com): headers webhook-id, webhook-timestamp and webhook-signature, the latter "v1," and the
 * base64 HMAC-SHA-256 over "id.timestamp.body", a second one behind a space while the secret before is still good. */
#ifndef DF_SERVICE_WEBHOOKS_H
#define DF_SERVICE_WEBHOOKS_H

#include "service/devflow.h"

enum {
    DF_WEBHOOKS_MOST = 10,            /* of a project */
    DF_WEBHOOK_CLAIM_MS = 20 * 1000,  /* longer than an attempt takes */
    DF_WEBHOOK_KEPT_MS = 7 * 86400000 /* ended deliveries */
};

/* https, or http towards this machine. No events means all. *ret_secret ("whsec_...") is shown once. DF_ERR_INVALID,
 * DF_ERR_PROJECT. */
enum df_code df_webhooks_add(const struct df_devflow *d, struct df_str project_id, struct df_str url,
                             const struct df_str_list *events, struct df_arena *arena, struct df_webhook *ret,
                             struct df_secret *ret_secret, struct df_error *err);
/* A new secret; for a day messages carry the signature of the one before too. Switches a disabled endpoint on again. */
enum df_code df_webhooks_rotate(const struct df_devflow *d, struct df_str project_id, struct df_str id,
                                struct df_arena *arena, struct df_webhook *ret, struct df_secret *ret_secret,
                                struct df_error *err);
/* A message of type webhook.test, on its way when this returns. */
enum df_code df_webhooks_test(const struct df_devflow *d, struct df_str project_id, struct df_str id,
                              struct df_arena *arena, struct df_str *ret_delivery_id, struct df_error *err);

/* One attempt of a delivery claimed until then, and its outcome in the store. */
enum df_code df_webhooks_deliver(const struct df_devflow *d, struct df_delivery *delivery, int64_t claimed_until_ms,
                                 struct df_arena *arena, struct df_error *err);

#endif
