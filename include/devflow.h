/* libdevflow: valid access tokens for C programs.
 *
 * A resolver hands out the access token of a project's connection to a provider, valid now: it is refreshed when it must be, once
 * for all who ask. The resolver is an interface: behind it stands a running DevFlow, over its API; or the program itself, as one
 * more node on DevFlow's database; or what a program brings for its tests.
 *
 * Threads: a resolver may be used from any number of threads at once; opening and closing is for one thread. No signal is
 * taken, nothing is logged, no global state but that of libcurl and OpenSSL. Strings are UTF-8, NUL-terminated. Memory: what a
 * function returns through `ret` is the caller's, and is given back by the function its comment names, which wipes it first. */
#ifndef DEVFLOW_H
#define DEVFLOW_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define DEVFLOW_EXPORT __attribute__((visibility("default")))
#else
#define DEVFLOW_EXPORT
#endif

/* What became of a call. The exit codes of the program `devflow` are the same numbers. */
enum devflow_result {
    DEVFLOW_OK = 0,
    DEVFLOW_FAILED = 1,       /* anything else; the message says what */
    DEVFLOW_INVALID = 2,      /* wrong arguments: repeating does not help */
    DEVFLOW_NOT_FOUND = 4,    /* no such project, application or connection */
    DEVFLOW_RECONNECT = 5,    /* a person must connect again: devflow oauth:connect */
    DEVFLOW_PROVIDER = 6,     /* the provider failed for now: try again, after retry_after_s where that is not 0 */
    DEVFLOW_UNREACHABLE = 69, /* no DevFlow answers there */
    DEVFLOW_DENIED = 77,      /* the API key is missing, does not hold, or may not do this */
    DEVFLOW_CONFIG = 78       /* wrong settings: URL, database, key */
};

/* Filled when a call does not return DEVFLOW_OK. */
struct devflow_error {
    enum devflow_result result;
    int retry_after_s;  /* 0: nothing is known */
    char code[48];      /* stable, for machines: the `code` of the API's errors */
    char message[1024]; /* one sentence for a person; holds no secret */
};

/* One access token. */
struct devflow_token {
    const char *access_token;
    const char *token_type; /* "Bearer" */
    const char *scopes;     /* space separated */
    int64_t expires_at_ms;  /* since the Unix epoch; 0: it does not expire */
};

/* The guide's ITokenResolver. Take one from a devflow_open_* function, or fill an ops table of your own. */
struct devflow_resolver {
    const struct devflow_resolver_ops *ops;
};
struct devflow_resolver_ops {
    /* rejected: NULL, or the access token that the provider refused: then a newer one is waited for. */
    enum devflow_result (*resolve)(struct devflow_resolver *resolver, const char *project_id, const char *provider,
                                   const char *rejected, struct devflow_token **ret, struct devflow_error *err);
    void (*close)(struct devflow_resolver *resolver);
};

/* Over the API of a running DevFlow. api_url: "http://localhost:3001/api/v1", NULL for the variable DEVFLOW_API_URL, else that
 * default. api_key: needs the permission `tokens` for the project; NULL for the variable DEVFLOW_API_KEY, else the user's file of
 * credentials, else towards loopback the local key of `devflow serve`, else none. timeout_ms: of a call, 0 for 90 s. Nothing is asked yet. DEVFLOW_CONFIG. err may be NULL. */
DEVFLOW_EXPORT enum devflow_result devflow_open_api(const char *api_url, const char *api_key, unsigned timeout_ms,
                                                    struct devflow_resolver **ret, struct devflow_error *err);

/* In this process: the program becomes a node on DevFlow's database and refreshes by the same lease and protocol as every other.
 * database_url: as DATABASE_URL, "postgresql://..." or "sqlite:PATH"; an SQLite file has one process at a time, so that not while
 * `devflow serve` runs on it. encryption_keys: OAUTH_ENCRYPTION_KEY, and behind commas those of OAUTH_ENCRYPTION_KEYS_PREVIOUS;
 * the caller wipes its copy. Brings the tables up to date. Providers of OAUTH_PROVIDERS_FILE are not known here, and tokens are
 * refreshed when they are asked for, not in the background. Opens connections and starts threads; closing waits at most 10 s for
 * a refresh under way. DEVFLOW_CONFIG: also when stored values need another key. */
DEVFLOW_EXPORT enum devflow_result devflow_open_database(const char *database_url, const char *encryption_keys,
                                                         struct devflow_resolver **ret, struct devflow_error *err);

/* A token that is valid now. provider: "sentry", in any case. The token is given back with devflow_token_free. */
DEVFLOW_EXPORT enum devflow_result devflow_resolve_token(struct devflow_resolver *resolver, const char *project_id,
                                                         const char *provider, struct devflow_token **ret,
                                                         struct devflow_error *err);
/* The provider answered 401 to `rejected`: waits for a newer token. However many ask at once, one refresh is sent; when a
 * newer token is there already, none. */
DEVFLOW_EXPORT enum devflow_result devflow_resolve_newer(struct devflow_resolver *resolver, const char *project_id,
                                                         const char *provider, const char *rejected,
                                                         struct devflow_token **ret, struct devflow_error *err);
/* Makes one as a resolver of your own returns it; the strings are copied. NULL when there is no memory. */
DEVFLOW_EXPORT struct devflow_token *devflow_token_new(const char *access_token, const char *token_type,
                                                       const char *scopes, int64_t expires_at_ms);
/* Wipes it; NULL is allowed. */
DEVFLOW_EXPORT void devflow_token_free(struct devflow_token *token);
/* NULL is allowed. Calls under way must have returned. */
DEVFLOW_EXPORT void devflow_close(struct devflow_resolver *resolver);

/* "0.2.0" */
DEVFLOW_EXPORT const char *devflow_version(void);

#ifdef __cplusplus
}
#endif

#endif
