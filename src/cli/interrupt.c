#include "cli/interrupt.h"

#include <stddef.h>

void df_interrupt_hold(bool hangup_too, sigset_t *ret_before)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    if (hangup_too)
        sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, ret_before);
}

/* A hang-up that is not held does not wait: it has ended the program. */
bool df_interrupt_came(void *arg)
{
    (void)arg;
    sigset_t pending;
    sigpending(&pending);
    return sigismember(&pending, SIGINT) || sigismember(&pending, SIGTERM) || sigismember(&pending, SIGHUP);
}

void df_interrupt_release(const sigset_t *before)
{
    while (df_interrupt_came(NULL)) {
        sigset_t pending;
        int taken;
        sigpending(&pending);
        sigwait(&pending, &taken);
    }
    sigprocmask(SIG_SETMASK, before, NULL);
}
