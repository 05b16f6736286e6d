/* Where a server says its OAuth endpoints are: RFC 8414, else OpenID Connect Discovery 1.0. What is found is kept with the
 * application as JSON, so that nothing depends on the document later. */
#ifndef DF_SERVICE_DISCOVERY_H
#define DF_SERVICE_DISCOVERY_H

#include "domain/endpoints.h"
#include "service/devflow.h"

/* Asks the issuer. DF_ERR_PROVIDER says what is missing or wrong in its answer. */
enum df_code df_discover(const struct df_devflow *d, struct df_str issuer, struct df_arena *arena,
                         struct df_str *ret_json, struct df_error *err);
/* Reads a metadata document; pure, for the fuzz target. The issuer in it must be the one asked (a trailing slash apart), the
 * endpoints https (http on loopback when the issuer is), without user or fragment. */
enum df_code df_discovery_read(struct df_str issuer, struct df_str body, struct df_arena *arena,
                               struct df_str *ret_json, struct df_error *err);
/* The URL of the document: the well-known part goes between host and path (RFC 8414 section 3.1). */
struct df_str df_discovery_url(struct df_str issuer, struct df_arena *arena);
/* What was kept, over what is there already. */
void df_discovery_apply(struct df_str json, struct df_arena *arena, struct df_endpoints *endpoints);

#endif
