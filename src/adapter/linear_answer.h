/* What Linear's GraphQL answers mean: one request, its verdict, its data or the error in a sentence. For linear_tracker.c alone.
 * Source: linear.app/developers/graphql (errors, rate limiting); observed: RATELIMITED comes as HTTP 400, other errors also with HTTP
 * 200, and beside data. */
#ifndef DF_ADAPTER_LINEAR_ANSWER_H
#define DF_ADAPTER_LINEAR_ANSWER_H

#include "base/json.h"
#include "port/tracker.h"

/* Data that is there beside an error is taken: what was asked for is looked for in it. DF_OK with *ret NULL never occurs. */
enum df_code linear_send(const struct df_tracker_call *call, const char *document, const struct df_buf *variables,
                         const struct df_json **ret, struct df_error *err);
/* An answer read: for the fuzz target. */
enum df_code linear_answer_read(const struct df_http_answer *answer, int64_t now_ms, struct df_arena *arena,
                                const struct df_json **ret, struct df_error *err);
/* An object of variables under way. */
struct linear_variables {
    struct df_buf buf;
    struct df_json_writer w;
};
void linear_variables_open(struct linear_variables *v, struct df_arena *arena);
/* Closes them. */
const struct df_buf *linear_variables_close(struct linear_variables *v);

#endif
