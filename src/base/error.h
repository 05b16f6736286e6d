/* Errors: a code for the machine, a sentence for the person, handed up by the caller. Lower layers never log.
 * One table gives each code its stable machine name (`code` in the API's answers), its HTTP status and its exit code. */
#ifndef DF_BASE_ERROR_H
#define DF_BASE_ERROR_H

#include <stdint.h>

enum {
    DF_EXIT_OK = 0,
    DF_EXIT_FAILED = 1,
    DF_EXIT_USAGE = 2,
    DF_EXIT_NOT_REPRODUCED = 3,
    DF_EXIT_NOT_FOUND = 4,
    DF_EXIT_RECONNECT = 5,
    DF_EXIT_PROVIDER = 6,
    DF_EXIT_UNREACHABLE = 69,
    DF_EXIT_NO_PERMISSION = 77,
    DF_EXIT_CONFIG = 78,
    DF_EXIT_INTERRUPTED = 130,
};

/* clang-format off */
#define DF_ERROR_TABLE(X) \
    /* code                      machine name                   HTTP  exit code */ \
    X(DF_OK,                      "ok",                          200,  DF_EXIT_OK) \
    X(DF_ERR_INVALID,             "invalid_request",             400,  DF_EXIT_USAGE) \
    X(DF_ERR_JSON,                "malformed_json",              400,  DF_EXIT_USAGE) \
    X(DF_ERR_SCOPE,               "invalid_scope",               400,  DF_EXIT_USAGE) \
    X(DF_ERR_REDIRECT_URI,        "invalid_redirect_uri",        400,  DF_EXIT_USAGE) \
    X(DF_ERR_PROVIDER_UNKNOWN,    "unknown_provider",            400,  DF_EXIT_USAGE) \
    X(DF_ERR_REDIRECT_MISMATCH,   "redirect_uri_mismatch",       400,  DF_EXIT_FAILED) \
    X(DF_ERR_CLIENT_CREDENTIALS,  "invalid_client_credentials",  400,  DF_EXIT_FAILED) \
    X(DF_ERR_STATE,               "invalid_state",               400,  DF_EXIT_FAILED) \
    X(DF_ERR_UNAUTHORIZED,        "unauthorized",                401,  DF_EXIT_NO_PERMISSION) \
    X(DF_ERR_FORBIDDEN,           "forbidden",                   403,  DF_EXIT_NO_PERMISSION) \
    X(DF_ERR_SIGNATURE,           "invalid_signature",           403,  DF_EXIT_NO_PERMISSION) \
    X(DF_ERR_BROWSER,             "wrong_browser",               403,  DF_EXIT_FAILED) \
    X(DF_ERR_DENIED,              "access_denied",               403,  DF_EXIT_FAILED) \
    X(DF_ERR_HOST,                "forbidden_host",              403,  DF_EXIT_FAILED) \
    X(DF_ERR_ORIGIN,              "forbidden_origin",            403,  DF_EXIT_FAILED) \
    X(DF_ERR_ADDRESS,             "forbidden_address",           403,  DF_EXIT_FAILED) \
    X(DF_ERR_NO_ORGANIZATION,     "no_organizations",            403,  DF_EXIT_RECONNECT) \
    X(DF_ERR_PROVIDER_FORBIDDEN,  "provider_forbidden",          403,  DF_EXIT_RECONNECT) \
    X(DF_ERR_ROUTE,               "route_not_found",             404,  DF_EXIT_NOT_FOUND) \
    X(DF_ERR_PROJECT,             "project_not_found",           404,  DF_EXIT_NOT_FOUND) \
    X(DF_ERR_APP,                 "oauth_app_not_found",         404,  DF_EXIT_NOT_FOUND) \
    X(DF_ERR_API_KEY,             "api_key_not_found",           404,  DF_EXIT_NOT_FOUND) \
    X(DF_ERR_WEBHOOK,             "webhook_not_found",           404,  DF_EXIT_NOT_FOUND) \
    X(DF_ERR_CONTEXT,             "context_not_found",           404,  DF_EXIT_NOT_FOUND) \
    X(DF_ERR_SCHEDULE,            "schedule_not_found",          404,  DF_EXIT_NOT_FOUND) \
    X(DF_ERR_WORKFLOW,            "workflow_not_found",          404,  DF_EXIT_NOT_FOUND) \
    X(DF_ERR_CHECKOUT,            "checkout_not_found",          404,  DF_EXIT_NOT_FOUND) \
    X(DF_ERR_CONNECTION,          "oauth_connection_not_found",  404,  DF_EXIT_NOT_FOUND) \
    X(DF_ERR_FLOW,                "oauth_flow_not_found",        404,  DF_EXIT_NOT_FOUND) \
    X(DF_ERR_PROVIDER_NOT_FOUND,  "provider_not_found",          404,  DF_EXIT_NOT_FOUND) \
    X(DF_ERR_METHOD,              "method_not_allowed",          405,  DF_EXIT_USAGE) \
    X(DF_ERR_EXISTS,              "already_exists",              409,  DF_EXIT_USAGE) \
    X(DF_ERR_RECONNECT,           "reconnect_required",          409,  DF_EXIT_RECONNECT) \
    X(DF_ERR_ENDED,               "workflow_ended",              409,  DF_EXIT_FAILED) \
    X(DF_ERR_CANCELLED,           "cancelled",                   409,  DF_EXIT_FAILED) \
    X(DF_ERR_TOO_LARGE,           "body_too_large",              413,  DF_EXIT_USAGE) \
    X(DF_ERR_MEDIA_TYPE,          "unsupported_media_type",      415,  DF_EXIT_USAGE) \
    X(DF_ERR_NOT_REPRODUCED,      "not_reproduced",              422,  DF_EXIT_NOT_REPRODUCED) \
    X(DF_ERR_RATE_LIMITED,        "provider_rate_limited",       429,  DF_EXIT_PROVIDER) \
    X(DF_ERR_JUST_REFRESHED,      "token_just_refreshed",        429,  DF_EXIT_PROVIDER) \
    X(DF_ERR_TOO_MANY,            "rate_limited",                429,  DF_EXIT_FAILED) \
    X(DF_ERR_INTERNAL,            "internal_error",              500,  DF_EXIT_FAILED) \
    X(DF_ERR_STORE,               "storage_failed",              500,  DF_EXIT_FAILED) \
    X(DF_ERR_DECRYPT,             "decryption_failed",           500,  DF_EXIT_FAILED) \
    X(DF_ERR_PROVIDER,            "provider_error",              502,  DF_EXIT_PROVIDER) \
    X(DF_ERR_BUSY,                "busy",                        503,  DF_EXIT_FAILED) \
    X(DF_ERR_PROVIDER_TIMEOUT,    "provider_timeout",            504,  DF_EXIT_PROVIDER) \
    X(DF_ERR_TIMED_OUT,           "timed_out",                   504,  DF_EXIT_FAILED) \
    X(DF_ERR_FAILED,              "failed",                      500,  DF_EXIT_FAILED) \
    X(DF_ERR_UNREACHABLE,         "api_unreachable",             503,  DF_EXIT_UNREACHABLE) \
    X(DF_ERR_ENGINE,              "workflow_engine_failed",      503,  DF_EXIT_UNREACHABLE) \
    X(DF_ERR_CONFIG,              "wrong_configuration",         500,  DF_EXIT_CONFIG) \
    X(DF_ERR_INTERRUPTED,         "interrupted",                 500,  DF_EXIT_INTERRUPTED)
/* clang-format on */

#define DF_ERROR_ENUM(id, name, http, exit_code) id,
enum df_code { DF_ERROR_TABLE(DF_ERROR_ENUM) DF_ERROR_CODES };
#undef DF_ERROR_ENUM

struct df_error {
    enum df_code code;
    int retry_after_s; /* 0 when nothing is known */
    char message[1024];
};

/* Fills *err with a printf-formatted sentence (cut to fit, UTF-8 kept whole, control characters replaced); err may be NULL. */
void df_fail_at(struct df_error *err, enum df_code code, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* An expression whose value is the code: return df_fail(err, DF_ERR_INVALID, "..."); */
#define df_fail(err, code, ...) (df_fail_at((err), (code), __VA_ARGS__), (code))

/* The only control-flow macro: hands an error up. */
#define DF_TRY(call)                        \
    do {                                    \
        enum df_code df_try_code_ = (call); \
        if (df_try_code_ != DF_OK)          \
            return df_try_code_;            \
    } while (0)

const char *df_code_name(enum df_code code);
int df_code_http_status(enum df_code code);
int df_code_exit(enum df_code code);
/* The code of that machine name, or DF_ERR_FAILED: how the CLI reads the API's answers. */
enum df_code df_code_from_name(const char *name);

#endif
