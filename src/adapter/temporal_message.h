/* Parts of Temporal's messages (temporal.api.common.v1, failure.v1) as DevFlow writes and reads them. Values are JSON texts or empty; a
 * payload of another program's making is given as its bytes. Pure; any thread. */
#ifndef DF_ADAPTER_TEMPORAL_MESSAGE_H
#define DF_ADAPTER_TEMPORAL_MESSAGE_H

#include "base/error.h"
#include "base/protobuf.h"

enum { DF_TEMPORAL_MESSAGE_BYTES = 64 * 1024 * 1024 };

/* A Payload in the field of that number. */
void df_temporal_put_payload(struct df_buf *to, uint32_t number, struct df_str value);
/* Payloads with that one, in the field of that number. */
void df_temporal_put_payloads(struct df_buf *to, uint32_t number, struct df_str value);
/* An entry of map<string, Payload>: the text as a JSON string. */
void df_temporal_put_text(struct df_buf *to, uint32_t number, const char *key, struct df_str text);
struct df_str df_temporal_payload(struct df_str payload);
/* The first of Payloads. */
struct df_str df_temporal_payloads(struct df_str payloads);
/* What df_temporal_put_text wrote; empty where there is none. */
struct df_str df_temporal_text(struct df_str message, uint32_t number, const char *key, struct df_arena *arena);

/* WorkflowExecution. run_id may be empty. */
void df_temporal_put_execution(struct df_buf *to, uint32_t number, struct df_str id, struct df_str run_id);
/* A message whose field 1 is that text: WorkflowType, TaskQueue. */
void df_temporal_put_named(struct df_buf *to, uint32_t number, struct df_str name);

struct df_temporal_failure {
    enum df_code code;
    struct df_str sentence;
    bool final;      /* no further attempt */
    int64_t next_ms; /* until the next attempt; 0: as the policy says */
};
void df_temporal_put_failure(struct df_buf *to, uint32_t number, const struct df_temporal_failure *failure);
/* The failure of what was called off and has ended. */
void df_temporal_put_called_off(struct df_buf *to, uint32_t number);
/* What a Failure comes to: the innermost cause, which is what somebody's code said. */
struct df_temporal_failure df_temporal_failure(struct df_str failure);

#endif
