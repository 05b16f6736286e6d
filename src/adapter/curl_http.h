/* Adapter of port/http_client.h over libcurl. Handles, and with them open connections, are kept and used again by any
 * thread; a handle is emptied after each exchange, so that no token stays in it. libcurl starts with the first request,
 * not with the program. What may not be sent twice (all but GET and HEAD) gets a connection of its own, for libcurl
 * quietly repeats a request that an old connection lost, and a rotated refresh token must not be spent twice. */
#ifndef DF_ADAPTER_CURL_HTTP_H
#define DF_ADAPTER_CURL_HTTP_H

#include "port/http_client.h"

/* Never NULL; free it with client->ops->free(client). user_agent is copied. */
struct df_http_client *df_curl_http_new(const char *user_agent);
/* Of the library: "7.88.1". */
const char *df_curl_http_version(void);

#endif
