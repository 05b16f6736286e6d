/* The gate: who presents this key. The hashes of the keys that hold are a table in memory, so that the event loop finds the
 * caller without waiting. A change through this process is known when it returns; one through another who shares the store, by
 * the store's news within milliseconds, and should they be lost, DF_GATE_LOOK_MS later. While the store does not answer the table
 * is believed for DF_GATE_TRUST_MS, then no key but the local one is. A key not in the table is looked for in the store, so that a
 * new one works at once; a bounded number a second, so that guessers do not occupy the database. Any thread.
 *
 * When a key was last used is written a minute's precision, a batch a minute, by the same thread that looks for changes. */
#ifndef DF_SERVICE_GATE_H
#define DF_SERVICE_GATE_H

#include "base/secret.h"
#include "service/devflow.h"

struct df_gate;

enum { DF_GATE_LOOK_MS = 5 * 1000, DF_GATE_TRUST_MS = 60 * 1000 };

struct df_gate *df_gate_new(const struct df_devflow *d);
/* Reads the keys. Before the first request, and whenever they changed. */
enum df_code df_gate_load(struct df_gate *gate, struct df_error *err);
/* The key for callers on this machine's loopback; once, before the first request. */
void df_gate_set_local(struct df_gate *gate, struct df_secret key);
/* Whether a key was ever made: then everyone needs one. And whether one holds now. */
bool df_gate_any(struct df_gate *gate);
bool df_gate_holds_one(struct df_gate *gate);
/* The thread. */
void df_gate_start(struct df_gate *gate);
/* The keys have changed somewhere. Never waits. */
void df_gate_news(struct df_gate *gate);
/* Writes when keys were last used; also without a start. */
void df_gate_stop(struct df_gate *gate);
void df_gate_free(struct df_gate *gate);

struct df_gate_ask {
    struct df_str presented; /* empty: no key */
    bool from_here;          /* by a program of this machine, for itself */
    bool may_wait;           /* for the store */
};
/* *ret is the caller, DF_CALLER_NOBODY for none; its strings are in the arena. *ret_wait: only the store knows, ask again where that
 * may be waited for. DF_ERR_STORE: nobody knows. */
enum df_code df_gate_identify(struct df_gate *gate, const struct df_gate_ask *ask, struct df_arena *arena,
                              struct df_caller *ret, bool *ret_wait, struct df_error *err);

#endif
