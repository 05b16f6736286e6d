#include "lib/lib.h"
#include "base/version.h"

#include <stdio.h>
#include <stdlib.h>

enum devflow_result df_lib_fail(const struct df_error *why, struct devflow_error *err)
{
    enum devflow_result result = DEVFLOW_FAILED;
    switch (df_code_exit(why->code)) {
    case DF_EXIT_USAGE:
        result = DEVFLOW_INVALID;
        break;
    case DF_EXIT_NOT_FOUND:
        result = DEVFLOW_NOT_FOUND;
        break;
    case DF_EXIT_RECONNECT:
        result = DEVFLOW_RECONNECT;
        break;
    case DF_EXIT_PROVIDER:
        result = DEVFLOW_PROVIDER;
        break;
    case DF_EXIT_UNREACHABLE:
        result = DEVFLOW_UNREACHABLE;
        break;
    case DF_EXIT_NO_PERMISSION:
        result = DEVFLOW_DENIED;
        break;
    case DF_EXIT_CONFIG:
        result = DEVFLOW_CONFIG;
        break;
    default:
        break;
    }
    if (err) {
        *err = (struct devflow_error){.result = result, .retry_after_s = why->retry_after_s};
        snprintf(err->code, sizeof err->code, "%s", df_code_name(why->code));
        snprintf(err->message, sizeof err->message, "%s", why->message);
    }
    return result;
}

/* One block, so that wiping it is one call: the struct, then its strings. */
struct token_block {
    struct devflow_token token;
    size_t n;
    char strings[];
};

static struct devflow_token *make_token(struct df_str access, struct df_str type, struct df_str scopes,
                                        int64_t expires_ms)
{
    size_t n = access.n + type.n + scopes.n + 3;
    struct token_block *block = calloc(1, sizeof *block + n);
    if (!block)
        return NULL;
    block->n = n;
    char *at = block->strings;
    const struct df_str parts[] = {access, type, scopes};
    const char *starts[3];
    for (size_t i = 0; i < 3; i++) {
        starts[i] = at;
        memcpy(at, parts[i].n ? parts[i].p : "", parts[i].n);
        at += parts[i].n + 1;
    }
    block->token = (struct devflow_token){starts[0], starts[1], starts[2], expires_ms};
    return &block->token;
}

enum devflow_result df_lib_token(struct df_secret access_token, struct df_str type, struct df_str scopes,
                                 int64_t expires_ms, struct devflow_token **ret, struct devflow_error *err)
{
    struct devflow_token *token = make_token(df_secret_reveal(access_token), type, scopes, expires_ms);
    if (!token) {
        struct df_error why;
        df_fail_at(&why, DF_ERR_FAILED, "there is no memory for the token");
        return df_lib_fail(&why, err);
    }
    *ret = token;
    return DEVFLOW_OK;
}

struct devflow_token *devflow_token_new(const char *access_token, const char *token_type, const char *scopes,
                                        int64_t expires_at_ms)
{
    return make_token(df_str_c(access_token), df_str_c(token_type ? token_type : "Bearer"),
                      df_str_c(scopes ? scopes : ""), expires_at_ms);
}

void devflow_token_free(struct devflow_token *token)
{
    if (!token)
        return;
    struct token_block *block = (struct token_block *)token;
    explicit_bzero(block, sizeof *block + block->n);
    free(block);
}

static enum devflow_result resolve(struct devflow_resolver *resolver, const char *project_id, const char *provider,
                                   const char *rejected, struct devflow_token **ret, struct devflow_error *err)
{
    if (resolver && project_id && *project_id && provider && *provider && ret)
        return resolver->ops->resolve(resolver, project_id, provider, rejected, ret, err);
    struct df_error why;
    df_fail_at(&why, DF_ERR_INVALID, "a resolver, a project, a provider and a place for the token are needed");
    return df_lib_fail(&why, err);
}

enum devflow_result devflow_resolve_token(struct devflow_resolver *resolver, const char *project_id,
                                          const char *provider, struct devflow_token **ret, struct devflow_error *err)
{
    return resolve(resolver, project_id, provider, NULL, ret, err);
}

enum devflow_result devflow_resolve_newer(struct devflow_resolver *resolver, const char *project_id,
                                          const char *provider, const char *rejected, struct devflow_token **ret,
                                          struct devflow_error *err)
{
    return resolve(resolver, project_id, provider, rejected && *rejected ? rejected : NULL, ret, err);
}

void devflow_close(struct devflow_resolver *resolver)
{
    if (resolver)
        resolver->ops->close(resolver);
}

const char *devflow_version(void)
{
    return DF_VERSION;
}
