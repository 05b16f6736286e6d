/* One connection to a Redis server, for redis_cache.c: connecting with AUTH and SELECT, and commands whose answers come before a
 * deadline or not at all. hiredis is seen in redis_link.c and redis_tls.c alone. One thread at a time for a link.
 * Source: https://redis.io/docs/latest/develop/reference/protocol-spec/ (RESP2). */
#ifndef DF_ADAPTER_REDIS_LINK_H
#define DF_ADAPTER_REDIS_LINK_H

#include "base/arena.h"
#include "base/error.h"
#include "base/secret.h"

#include <stdint.h>

struct df_redis_settings {
    struct df_str host; /* a name or an address */
    int port;
    struct df_str username;    /* Redis 6 ACL; empty: the default user */
    struct df_secret password; /* empty: none is sent */
    int database;
    bool tls; /* only where df_redis_has_tls() */
};

struct df_redis_link;

enum df_redis_kind { DF_REDIS_NIL, DF_REDIS_BYTES, DF_REDIS_INTEGER, DF_REDIS_STATUS, DF_REDIS_ERROR };

struct df_redis_answer {
    enum df_redis_kind kind;
    struct df_str bytes; /* in the arena; of an error, its first word alone: "READONLY" */
    int64_t integer;
};

bool df_redis_has_tls(void);
/* How the server is named in sentences: "Redis at host:port". */
struct df_str df_redis_name(const struct df_redis_settings *settings, struct df_arena *arena);

/* DF_ERR_FAILED with one sentence of ours: not reached, password refused, no such database. */
enum df_code df_redis_link_open(const struct df_redis_settings *settings, struct df_redis_link **ret,
                                struct df_error *err);
/* Sends n_commands (each `argc` parts of argv, one after the other) in one piece and reads as many answers, all within the
 * deadline. On DF_ERR_FAILED the link is of no more use; an answer that is an error of Redis is DF_OK.
 * *ret_lost tells that the server had closed the link, as one that restarted has. */
struct df_redis_command {
    struct df_str argv[8];
    size_t argc;
};
enum df_code df_redis_link_ask(struct df_redis_link *link, const struct df_redis_command *commands, size_t n_commands,
                               struct df_arena *arena, struct df_redis_answer *ret, bool *ret_lost,
                               struct df_error *err);
void df_redis_link_close(struct df_redis_link *link);

/* What an error of Redis means for people: "is read-only", "is out of memory", ... */
const char *df_redis_error_meaning(struct df_str word);

/* Of hiredis, as it was built with: "0.14.1". */
const char *df_redis_library_version(void);

#endif
