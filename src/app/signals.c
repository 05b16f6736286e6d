#include "app/signals.h"

#include <pthread.h>
#include <signal.h>

static sigset_t stop_set(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    return set;
}

void df_signals_hold(void)
{
    sigset_t set = stop_set();
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
}

void df_signals_wait(void)
{
    sigset_t set = stop_set();
    int number;
    sigwait(&set, &number);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}
