/* What a caller who asks for an access token gets, told from the stored connection alone: the token at once, the next one after
 * a refresh, or the reason why there is none. Pure. */
#ifndef DF_DOMAIN_TOKEN_VERDICT_H
#define DF_DOMAIN_TOKEN_VERDICT_H

#include "domain/oauth.h"

struct df_token_ask {
    bool refused; /* the caller saw the stored access token refused */
    bool forced;  /* wants a new one whatever the expiry */
};

enum df_token_verdict {
    DF_TOKEN_SERVE,
    DF_TOKEN_SERVE_AND_REFRESH, /* valid, and its time has come: the refresh goes on behind */
    DF_TOKEN_WAIT,              /* for the refresh of this version, which begins if none is under way */
    DF_TOKEN_RECONNECT,         /* only the user can mend it */
    DF_TOKEN_NO_REFRESH,        /* a refresh was asked for, and there is no refresh token */
    DF_TOKEN_APP_FAULT,         /* the provider does not know the application; tried again at app->fault_retry_ms */
    DF_TOKEN_BACKING_OFF,       /* the last refresh failed for now; tried again at c->due_ms */
    DF_TOKEN_JUST_REFRESHED,    /* refused, but obtained by a refresh a moment ago; see df_token_settled_ms */
};

enum df_token_verdict df_token_verdict(const struct df_connection *c, const struct df_oauth_app *app,
                                       const struct df_token_ask *ask, int64_t now_ms);
/* From when on a token may be refreshed for having been refused: who repeats the current one gets no more than one refresh in
 * that time. */
int64_t df_token_settled_ms(const struct df_connection *c);
/* From when on a caller who is served this token sets off a refresh behind; INT64_MAX: never. */
int64_t df_token_refresh_behind_ms(const struct df_connection *c, const struct df_oauth_app *app, int64_t now_ms);

#endif
