/* Where a helper runs that executes other people's code: without network, with bounds on memory, processor time and files, and,
 * where the kernel lets users have namespaces, with nothing to write but one folder and no process to see or to signal but its
 * own. Called between fork and exec: only system calls, no memory, no locks. */
#ifndef DF_ADAPTER_TEST_CELL_H
#define DF_ADAPTER_TEST_CELL_H

#include <stdbool.h>
#include <sys/types.h>

struct df_test_cell {
    const char *folder; /* may be written */
    uid_t uid;          /* the caller's, asked for before the fork */
    gid_t gid;
    int cpu_s;
};

/* Goes on as the first process inside, while the caller waits outside for its end and ends as it did. False when the network could
 * not be taken away by any means: the child must not go on. */
bool df_test_cell_enter(const struct df_test_cell *cell);

#endif
