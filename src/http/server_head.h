/* What a request's head says, and whether it is one: who asks, its headers, its id, how its body is framed. For server*.c alone;
 * on the event loop. Source: RFC 9110, RFC 9112. */
#ifndef DF_HTTP_SERVER_HEAD_H
#define DF_HTTP_SERVER_HEAD_H

#include "http/server_exchange.h"

/* Fills method, headers, request id and peer; the id also where it fails. DF_ERR_INVALID. */
enum df_code df_head_take(struct df_exchange *x, const char *method, struct df_error *err);
/* Requests that two parsers could take for different ones, or end at different places, are refused (RFC 9112 section 6.3, 11.2):
 * DF_ERR_INVALID. The connection then ends with the answer. */
enum df_code df_head_check_framing(const struct df_exchange *x, const char *version, struct df_error *err);
/* DF_ERR_TOO_LARGE, DF_ERR_INVALID. */
enum df_code df_head_check_length(const struct df_exchange *x, struct df_error *err);

#endif
