/* What a test and the faults in a process share: a file that both have mapped. test/whole/faults.py writes it, knows the
 * layout, and names it in DEVFLOW_FAULTS. Sizes and offsets are the same on every machine. */
#ifndef FAULTS_CONTROL_H
#define FAULTS_CONTROL_H

#include <stdatomic.h>
#include <stdint.h>

enum { FAULTS_STEP_BYTES = 32, FAULTS_STEPS = 1000 };

struct faults_control {
    _Atomic int32_t armed;   /* steps are counted while this is 1 */
    _Atomic int32_t kill_at; /* the process is killed when it is about to take this step, the first being 1; 0: never */
    _Atomic int32_t steps;   /* taken since it was armed */
    _Atomic int32_t reserved;                   /* 0 */
    _Atomic int64_t clock_ahead_s;              /* the real-time clock is this much ahead of the system's */
    char step[FAULTS_STEPS][FAULTS_STEP_BYTES]; /* "send to 127.0.0.1:1234", "fdatasync devflow.db-wal", cut short */
};

/* NULL when the process has no such file. */
struct faults_control *faults_control(void);

#endif
