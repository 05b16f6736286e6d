/* How a client says who it is to a provider (RFC 6749 section 2.3): at the token, device and revocation endpoints. */
#ifndef DF_SERVICE_CLIENT_AUTH_H
#define DF_SERVICE_CLIENT_AUTH_H

#include "domain/endpoints.h"
#include "service/devflow.h"

/* A form request under way: its fields, and what goes into its headers. */
struct df_form {
    struct df_buf fields;
    struct df_param headers[3];
    size_t n_headers;
};

/* Accept: application/json, without which some answer a form. */
void df_form_init(struct df_form *form, struct df_arena *arena);
/* client_id and client_secret as `auth` says: in the form, or as Basic, each part form-encoded first; never both, which is an
 * error at some. Without a secret, the client ID alone. */
void df_form_put_client(struct df_form *form, enum df_client_auth auth, const struct df_oauth_app *app,
                        struct df_secret secret, struct df_arena *arena);
/* A POST of the form; what is left to say (time-out, ...) is the caller's. Borrows the form. */
struct df_http_request df_form_request(const struct df_form *form, struct df_str url);
/* The application's client secret; empty when it has none (a public client). */
enum df_code df_app_secret(const struct df_devflow *d, const struct df_oauth_app *app, struct df_arena *arena,
                           struct df_secret *ret, struct df_error *err);

#endif
