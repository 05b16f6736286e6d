/* An exchange whose bodies pass through in pieces: the event loop on one side, the handler's thread on the other, a bounded
 * ring of bytes each way between them. The event loop never waits: where there is nothing to do it suspends the connection,
 * and the thread resumes it. The client may go away while the handler runs; who is last frees the exchange. For server*.c
 * alone. */
#ifndef DF_HTTP_SERVER_STREAM_H
#define DF_HTTP_SERVER_STREAM_H

#include "http/server_exchange.h"

struct df_stream;

/* Copies what the request borrows of the library, which may be gone before the handler is done. */
void df_stream_open(struct df_exchange *x);
void df_stream_free(struct df_stream *stream);

/* The event loop's side. */
/* Takes what there is room for; *n becomes what is left. MHD_NO when too much came that no one wants. */
enum MHD_Result df_stream_upload(struct df_exchange *x, const char *bytes, size_t *n);
/* The request is whole. DF_STREAM_WAITS: the connection was suspended. */
enum df_stream_state { DF_STREAM_WAITS, DF_STREAM_HAS_HEAD, DF_STREAM_RETURNED };
enum df_stream_state df_stream_uploaded(struct df_exchange *x);
/* The response, once it has a head. */
struct MHD_Response *df_stream_response(struct df_exchange *x, int *ret_status);
/* The connection is over. True when the handler has returned: the caller frees the exchange. */
bool df_stream_leave(struct df_exchange *x);

/* The thread's side: the handler has returned. True when the client has left before: the caller frees the exchange. */
bool df_stream_return(struct df_exchange *x, bool whole);
/* Whether the answer's head has been given. */
bool df_stream_started(struct df_exchange *x);

#endif
