/* The audit log: who did what, to which project, with what result. Rows are a chain: each one's hash is over the one before and its
 * own fields, so that a changed, removed or reordered row shows. The format, for anyone who wants to check it:
 *
 *   hash(n) = SHA-256( hash(n-1) | field | field | ... ),  hash(0) = 32 zero bytes
 *   field   = length in bytes, in decimal, ":", the text, ","            (a netstring)
 *   fields  = seq, at_ms, actor, action, project, target, result, request_id, count; numbers in decimal
 *
 * Text is printable ASCII. Pure functions. */
#ifndef DF_DOMAIN_AUDIT_H
#define DF_DOMAIN_AUDIT_H

#include "base/crypto.h"

/* What of each text is kept, with its ending NUL. */
enum {
    DF_AUDIT_ACTOR_ROOM = 64,
    DF_AUDIT_ACTION_ROOM = 32,
    DF_AUDIT_PROJECT_ROOM = 64,
    DF_AUDIT_TARGET_ROOM = 96,
    DF_AUDIT_RESULT_ROOM = 40,
    DF_AUDIT_REQUEST_ROOM = 65,
};

struct df_audit_entry {
    int64_t seq;              /* 1, 2, 3, ...: given by the store */
    int64_t at_ms;            /* since the epoch; of what is counted, the minute's beginning */
    struct df_str actor;      /* "key:ID", "local", "open", "nobody@ADDRESS", "cli" */
    struct df_str action;     /* "app.register", "token.handed_out", ... */
    struct df_str project_id; /* may be empty */
    struct df_str target;     /* a provider, a key's id, a route */
    struct df_str result;     /* "ok", or the code of an error */
    struct df_str request_id; /* of the first, where it is a count */
    int64_t count;
    struct df_str hash; /* 32 bytes: given by the store */
};

/* The action of the row that stands for rows which were removed from the front; its target is the last of them, as "SEQ:HEX". */
#define DF_AUDIT_PRUNE "audit.prune"

/* Printable ASCII, other characters as '?', cut to the room. */
void df_audit_put_text(char *to, size_t room, struct df_str text);
/* The entry with all its texts like that. */
struct df_audit_entry df_audit_tidy(const struct df_audit_entry *entry, struct df_arena *arena);

/* What follows `previous` (DF_SHA256_BYTES). */
void df_audit_hash(const unsigned char *previous, const struct df_audit_entry *entry,
                   unsigned char ret[DF_SHA256_BYTES]);

/* Checks rows in their order, as many calls as there are pages. */
struct df_audit_check {
    int64_t seq; /* the last row seen; at first, the last that was pruned (df_audit_pruned) */
    unsigned char hash[DF_SHA256_BYTES];
    bool pruned; /* all before, up to and with first_seq */
    int64_t first_seq;
    int64_t anchor_seq; /* a row whose hash is known from elsewhere; 0: none */
    unsigned char anchor_hash[DF_SHA256_BYTES];
};
/* DF_ERR_FAILED says which row does not fit and what that means. */
enum df_code df_audit_check_row(struct df_audit_check *check, const struct df_audit_entry *entry, struct df_error *err);
/* After the last row: whether the anchor was reached. */
enum df_code df_audit_check_end(const struct df_audit_check *check, struct df_error *err);
/* "SEQ:HEX", as audit:verify prints it. */
bool df_audit_anchor_parse(struct df_str text, struct df_audit_check *ret);
struct df_str df_audit_anchor_text(int64_t seq, const unsigned char hash[DF_SHA256_BYTES], struct df_arena *arena);
/* Whether this row says that all rows before first_seq were pruned; then check is set to begin there. */
bool df_audit_pruned(const struct df_audit_entry *entry, int64_t first_seq, struct df_audit_check *check);

#endif
