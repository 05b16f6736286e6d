/* Prints how long the token of a project's connection is still valid.
 *
 *   cc resolve.c $(pkg-config --cflags --libs devflow) -o resolve
 *   ./resolve shop sentry
 */
#include <devflow.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int main(int argc, char **argv)
{
    struct devflow_resolver *resolver;
    struct devflow_token *token;
    struct devflow_error err;
    if (argc < 3 || argc > 4) {
        fprintf(stderr, "usage: resolve PROJECT PROVIDER [REJECTED]\n");
        return 2;
    }
    /* With a database named, this program is one more node on it; else it asks the API. */
    const char *database = getenv("DATABASE_URL"), *key = getenv("OAUTH_ENCRYPTION_KEY");
    enum devflow_result opened = database && key ? devflow_open_database(database, key, &resolver, &err)
                                                 : devflow_open_api(NULL, NULL, 0, &resolver, &err);
    if (opened != DEVFLOW_OK) {
        fprintf(stderr, "%s\n", err.message);
        return (int)err.result;
    }
    enum devflow_result result = argc == 4 ? devflow_resolve_newer(resolver, argv[1], argv[2], argv[3], &token, &err)
                                           : devflow_resolve_token(resolver, argv[1], argv[2], &token, &err);
    if (result == DEVFLOW_OK) {
        printf("%s token of %zu characters for \"%s\", valid for %lld s\n", token->token_type,
               strlen(token->access_token), token->scopes,
               token->expires_at_ms ? (long long)(token->expires_at_ms / 1000 - time(NULL)) : -1LL);
        devflow_token_free(token);
    } else {
        fprintf(stderr, "%s (%s)\n", err.message, err.code);
    }
    devflow_close(resolver);
    return (int)result;
}
