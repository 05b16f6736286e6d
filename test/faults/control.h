/* What a test and the faults in a process share: a file that both have mapped. test/whole/faults.py writes it, knows the
 * layout, and names it in DEVFLOW_FAULTS. Sizes and offsets are the same on every machine. */
#ifndef FAULTS_CONTROL_H
#define FAULTS_CONTROL_H

#include <stdatomic.h>
#include <stdint.h>

enum { FAULTS_STEP_BYTES = 32, FAULTS_STEPS = 1000 };

/* What fails. */
enum {
    FAULTS_MEMORY = 1, /* malloc and its like: no memory (libfaults_memory.so) */
    FAULTS_DISK,       /* what is written to files, made or renamed: no space */
    FAULTS_STORE,      /* SQLite's statements: a disk error, before anything is done */
    FAULTS_NETWORK,    /* connecting to, sending to and receiving from `fail_port`: reset */
    FAULTS_NAMES,      /* getaddrinfo: `fail_code`, after `fail_delay_ms` */
};

struct faults_control {
    _Atomic int32_t armed;   /* steps are counted while this is 1 */
    _Atomic int32_t kill_at; /* the process is killed when it is about to take this step, the first being 1; 0: never */
    _Atomic int32_t steps;   /* taken since it was armed */
    _Atomic int32_t reserved;      /* 0 */
    _Atomic int64_t clock_ahead_s; /* the real-time clock is this much ahead of the system's */
    _Atomic int32_t fail;          /* which of the above; 0: none */
    _Atomic int32_t fail_at;       /* the call of that kind that fails, the first being 1; 0: they are only counted */
    _Atomic int32_t fail_times;    /* how many fail, one after the other */
    _Atomic int32_t fail_calls;    /* made so far */
    _Atomic int32_t fail_port;
    _Atomic int32_t fail_code;
    _Atomic int32_t fail_delay_ms;
    _Atomic int32_t kill_port;                  /* while armed: killed when it is about to send there; 0: never */
    char step[FAULTS_STEPS][FAULTS_STEP_BYTES]; /* "send to 127.0.0.1:1234", "fdatasync devflow.db-wal", cut short */
};

/* NULL when the process has no such file. */
struct faults_control *faults_control(void);
/* Counts a call of that kind; true when it is to fail. */
int faults_fails(int32_t kind);
/* The same for a call on a descriptor that writes (FAULTS_DISK) or talks (FAULTS_NETWORK); errno is set. */
int faults_fails_on(int fd);
/* Whether it is a connection to that port. */
int faults_leads_to(int fd, int port);

#endif
