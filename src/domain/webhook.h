/* Outgoing webhooks: where a project wants to hear of its connections, and the messages on their way there. Plain data and pure
 * functions; strings are views. Times are ms since the epoch, 0 for none. */
#ifndef DF_DOMAIN_WEBHOOK_H
#define DF_DOMAIN_WEBHOOK_H

#include "base/arena.h"
#include "base/error.h"

#include <stdint.h>

/* What can be heard, as the message's `type` says it. */
#define DF_EVENT_CONNECTED "connection.connected"
#define DF_EVENT_REFRESHED "connection.refreshed"
#define DF_EVENT_FAILING "connection.failing" /* the first of a row of failed refreshes */
#define DF_EVENT_RECONNECT "connection.reconnect_needed"
#define DF_EVENT_DISCONNECTED "connection.disconnected"
#define DF_EVENT_TEST "webhook.test"

struct df_webhook {
    struct df_str id, project_id;
    struct df_str url;
    struct df_str events; /* space separated; empty: all */
    struct df_str sealed_secret, sealed_old_secret;
    int64_t old_until_ms;   /* until then messages are signed with the old secret too */
    struct df_str disabled; /* why nothing is sent any more; empty: it is */
    int64_t created_ms;
};

enum df_delivery_status { DF_DELIVERY_PENDING, DF_DELIVERY_DONE, DF_DELIVERY_GIVEN_UP };

/* One message to one endpoint: a row of the outbox. */
struct df_delivery {
    struct df_str id; /* the same for each attempt: the receiver's key against doubles */
    struct df_str webhook_id, project_id;
    struct df_str provider, connection_id, type, reason; /* empty for a test */
    struct df_str url, sealed_secret;                    /* as they were when it was written */
    int64_t created_ms;
    int64_t attempts;
    int64_t due_ms; /* 0: there will be no other attempt */
    enum df_delivery_status status;
    struct df_str error; /* of the last attempt */
    int64_t ended_ms;
};

const char *df_delivery_status_name(enum df_delivery_status status);
/* DF_ERR_INVALID names what is no event and those there are. */
enum df_code df_webhook_events_check(const struct df_str *events, size_t n, struct df_error *err);
/* How long to wait after that many attempts, spread by a tenth; -1: give up, which is after about three days. */
int64_t df_webhook_pause_ms(int64_t attempts, uint32_t random);

#endif
