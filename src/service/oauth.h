/* OAuth connections: registering a project's application, authorizing (RFC 6749 section 4.1 with PKCE, RFC 7636), the
 * callback, disconnecting. The guide's words: authorize, handle_callback, get_user_info. */
#ifndef DF_SERVICE_OAUTH_H
#define DF_SERVICE_OAUTH_H

#include "service/devflow.h"
#include "service/revocation.h"

enum { DF_FLOW_TTL_MS = 10 * 60 * 1000 };

struct df_warnings {
    struct df_str items[8];
    size_t n;
};

struct df_app_registration {
    struct df_str project_id, provider, client_id;
    struct df_secret client_secret;
    struct df_str redirect_uri;
    struct df_str_list scopes; /* not given: the provider's recommended ones */
    struct df_str flow_type, base_url, name, description;
};

/* Registers, or replaces what was registered; the secret is sealed. *ret is the app as stored. */
enum df_code df_oauth_register(const struct df_devflow *d, const struct df_app_registration *r, struct df_arena *arena,
                               struct df_oauth_app *ret, struct df_warnings *ret_warnings, struct df_error *err);
/* With its connection and cached token. */
enum df_code df_oauth_unregister(const struct df_devflow *d, struct df_str project_id,
                                 const struct df_provider *provider, struct df_error *err);

struct df_authorization {
    struct df_str auth_url;  /* the provider's */
    struct df_str start_url; /* ours: binds the browser, then goes there */
    struct df_str flow_id;
    int64_t expires_ms;
    struct df_warnings warnings;
};

/* Begins an authorization. The provider is asked once whether it knows the client and the redirect URI, before a browser is
 * opened: DF_ERR_REDIRECT_MISMATCH, DF_ERR_CLIENT_CREDENTIALS, DF_ERR_SCOPE. scopes may be NULL. */
enum df_code df_oauth_authorize(const struct df_devflow *d, struct df_str project_id,
                                const struct df_provider *provider, const struct df_str_list *scopes,
                                struct df_str organization, struct df_arena *arena, struct df_authorization *ret,
                                struct df_error *err);

/* A browser opened startUrl: the flow is bound to the returned cookie value, which goes with the redirect to *ret_url. */
enum df_code df_oauth_start(const struct df_devflow *d, const struct df_provider *provider, struct df_str flow_id,
                            struct df_arena *arena, struct df_str *ret_url, struct df_secret *ret_cookie,
                            struct df_error *err);
/* The name of that cookie for a flow; longer than any other cookie of ours, so that tabs do not disturb one another. */
struct df_str df_oauth_cookie_name(struct df_str flow_id, struct df_arena *arena);

struct df_callback {
    struct df_str state;
    struct df_secret code;
    struct df_str error; /* the provider's error name */
    struct df_str iss;   /* RFC 9207; may be empty */
    bool from_loopback;  /* the browser is on this machine */
    /* The cookie of that name, or empty. */
    struct df_str (*cookie)(const void *arg, struct df_str name);
    const void *cookie_arg;
};

/* The provider sent the browser back: of any number of calls with one state, one exchanges the code. *ret is the connection
 * as stored. Whatever the outcome, it is noted in the flow, for who waits for it. */
enum df_code df_oauth_handle_callback(const struct df_devflow *d, const struct df_provider *provider,
                                      const struct df_callback *callback, struct df_arena *arena,
                                      struct df_connection *ret, struct df_error *err);

/* How an authorization stands; the status "expired" is not stored, it follows from the time. */
enum df_code df_oauth_flow(const struct df_devflow *d, struct df_str flow_id, struct df_arena *arena,
                           struct df_oauth_flow *ret, bool *ret_expired, struct df_error *err);

struct df_disconnection {
    enum df_revoked outcome;
    struct df_str why; /* when the provider was told and did not say that it is done */
    struct df_str
        revoke_url; /* the page where the user withdraws the permission; empty when it is done, or there is none */
    bool was_static;
};

/* Wipes the tokens here, then takes them back at the provider where it has a way to. */
enum df_code df_oauth_disconnect(const struct df_devflow *d, struct df_str project_id,
                                 const struct df_provider *provider, struct df_arena *arena,
                                 struct df_disconnection *ret, struct df_error *err);

/* Those asked for, else the application's and those of functions that are switched on (domain/ticket.h), checked. */
enum df_code df_oauth_choose_scopes(const struct df_devflow *d, const struct df_provider *provider,
                                    const struct df_oauth_app *app, const struct df_str_list *asked,
                                    struct df_arena *arena, struct df_str *ret, struct df_warnings *warnings,
                                    struct df_error *err);

struct df_device_authorization {
    struct df_str flow_id, user_code, verification_uri, verification_uri_complete; /* the last may be empty */
    int64_t interval_s, expires_ms;
    struct df_warnings warnings;
};

/* Begins a device flow (RFC 8628). The device code stays here, sealed. scopes may be NULL. */
enum df_code df_oauth_device_begin(const struct df_devflow *d, struct df_str project_id,
                                   const struct df_provider *provider, const struct df_str_list *scopes,
                                   struct df_str organization, struct df_arena *arena,
                                   struct df_device_authorization *ret, struct df_error *err);
/* Asks the provider whether the user has decided, if it is time to: however often this is called, by however many, it is asked
 * no more often than it wants to be. *ret is the flow; *ret_connection is filled when this very call completed it. The flow's
 * own failures are in the flow, not in the result. */
enum df_code df_oauth_device_poll(const struct df_devflow *d, struct df_str project_id,
                                  const struct df_provider *provider, struct df_str flow_id, struct df_arena *arena,
                                  struct df_oauth_flow *ret, struct df_connection *ret_connection,
                                  struct df_error *err);

#endif
