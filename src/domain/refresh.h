/* Who may refresh a connection's tokens, and what may be concluded from an answer or its absence: the rules of
 * docs/decisions/002-one-refresh.md and 003 as pure functions over the fields of a row. The store applies what they return by
 * compare-and-set; the model in test/unit/test_refresh.c explores these very functions. Any thread. */
#ifndef DF_DOMAIN_REFRESH_H
#define DF_DOMAIN_REFRESH_H

#include "base/str.h"

#include <stdint.h>

/* The part of a connection that decides. */
struct df_refresh_state {
    int64_t version;     /* of the tokens */
    int64_t epoch;       /* the fencing version: of the lease */
    struct df_str owner; /* the node that holds the lease; empty: none */
    int64_t lease_until_ms;
    bool unanswered; /* the stored refresh token was sent, and no answer is known */
    bool doubtful;   /* it was so already when the lease was taken: the stored access token may be dead */
    bool reconnect;
};

enum df_refresh_step {
    DF_REFRESH_SEND, /* write *ret_next, then send the stored refresh token */
    DF_REFRESH_WAIT, /* another node is at it, until lease_until_ms */
    DF_REFRESH_DONE, /* other tokens than those that were to be replaced are stored */
    DF_REFRESH_LOST, /* only a person can mend this connection */
};

/* What a node may do now that is to replace the tokens of `version`, and no others. *ret_next, of SEND, is written on
 * condition that version and epoch are still those of `s`; when that fails, read again and ask again. */
enum df_refresh_step df_refresh_begin(const struct df_refresh_state *s, int64_t version, struct df_str node,
                                      int64_t now_ms, int64_t lease_ms, struct df_refresh_state *ret_next);

/* Whether the write of `sent`, whose answer was lost, was done: `s` was read after it. No one else writes that owner with that
 * epoch. */
bool df_refresh_begun(const struct df_refresh_state *s, const struct df_refresh_state *sent);

/* A longer lease for who began with `sent`; false when it was taken over. Condition: version and epoch. */
bool df_refresh_renew(const struct df_refresh_state *s, const struct df_refresh_state *sent, int64_t now_ms,
                      int64_t lease_ms, struct df_refresh_state *ret_next);

/* Who began with `sent` ends, and knows no outcome: the next one need not wait for the lease to end, and finds whose it was.
 * `left`: something of the refresh token may have gone to the provider. Condition: version and epoch. */
void df_refresh_leave(const struct df_refresh_state *before, const struct df_refresh_state *sent, bool left,
                      int64_t now_ms, struct df_refresh_state *ret_next);

enum df_refresh_outcome {
    DF_REFRESH_REPLACED,  /* a new pair came */
    DF_REFRESH_REFUSED,   /* invalid_grant */
    DF_REFRESH_NOT_DONE,  /* an answer that says the refresh token was not used */
    DF_REFRESH_NO_ANSWER, /* nothing whole came back: it may have been used */
};

/* Whether the write of a new pair, whose answer was lost, was done: `s` was read after it, and `same_pair` tells whether the
 * stored pair is the one that was to be written. */
bool df_refresh_stored(const struct df_refresh_state *s, const struct df_refresh_state *sent, bool same_pair);

/* What becomes of the stored state `s` after an outcome of the sending that `before` (as read) and `sent` (as written) began.
 * False: nothing is written, the row has moved on. Condition of the write: for a new pair the version alone, else version
 * and epoch. */
bool df_refresh_end(const struct df_refresh_state *s, const struct df_refresh_state *before,
                    const struct df_refresh_state *sent, enum df_refresh_outcome outcome,
                    struct df_refresh_state *ret_next);

/* How far apart the requests to a token endpoint that takes so many a second go out: a quarter further than that, so that those
 * the network or a busy machine delays do not make one second too full. 0: no limit is known. */
int64_t df_pace_spacing_ms(double requests_per_s);

#endif
