/* The encryption keys: which the stored values need, whether this process holds them, and the rotation that seals everything
 * with the present key again, while the service runs. docs/operations.md has the order for many nodes.
 *
 * The rotation walks over all rows in batches. Each value is replaced only if it is still what was read (compare and set), so
 * that a refresh at the same moment is never overwritten; after a walk that found values of other keys, another one looks for those
 * that were written meanwhile. How far it has come is in the store, with a lease: it runs in one process at a time, and goes
 * on after a stop where it was. */
#ifndef DF_SERVICE_KEYS_H
#define DF_SERVICE_KEYS_H

#include "service/devflow.h"

/* Before anything else uses the store: DF_ERR_CONFIG names the keys that stored values need and this process does not hold, or
 * holds another of the same id. Notes the present key as used. Quick, but for the first time over a store of the first release. */
enum df_code df_keys_check(const struct df_devflow *d, struct df_error *err);

/* Notes the present key as used, should a rotation that did not know of this process have let it go. */
enum df_code df_keys_note(const struct df_devflow *d, struct df_error *err);

struct df_key_state {
    struct df_key_use use;
    bool current, held; /* held: in this process's ring */
};
/* Every key that is in use or held. Walks over all values to count them. */
enum df_code df_keys_status(const struct df_devflow *d, struct df_arena *arena, struct df_key_state **ret,
                            size_t *ret_n, struct df_error *err);

/* d->rotator; one thread, started when there is something to do. `shared`: other processes use the store too. Then another thread notes
 * this process's key every other second, and a rotation waits for that of the others before it lets a key go. */
struct df_rotator *df_rotator_new(const struct df_devflow *d, bool shared);
/* Stops between two batches; a later process goes on. */
void df_rotator_free(struct df_rotator *rotator);

/* Starts a rotation to the present key, goes on with one that was left, or joins the one that runs. DF_ERR_EXISTS when one to
 * another key runs. */
enum df_code df_keys_rotate(const struct df_devflow *d, struct df_error *err);
/* At start: goes on with a rotation to the present key that this or another process left. */
void df_keys_resume(const struct df_devflow *d);
/* *ret_stalled: it should run, and no one has renewed its lease. */
enum df_code df_keys_rotation(const struct df_devflow *d, struct df_arena *arena, struct df_rotation *ret,
                              bool *ret_stalled, struct df_error *err);

#endif
