#include "app/signals.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

static const struct {
    int number;
    enum df_signal means;
} signals[] = {
    {SIGINT, DF_SIGNAL_STOP},    {SIGTERM, DF_SIGNAL_STOP},    {SIGHUP, DF_SIGNAL_RELOAD},
    {SIGUSR1, DF_SIGNAL_LOUDER}, {SIGUSR2, DF_SIGNAL_QUIETER},
};
enum { SIGNALS = sizeof signals / sizeof *signals };

static sigset_t set_of(bool stop_alone)
{
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < SIGNALS; i++)
        if (!stop_alone || signals[i].means == DF_SIGNAL_STOP)
            sigaddset(&set, signals[i].number);
    return set;
}

void df_signals_hold(void)
{
    sigset_t set = set_of(false);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
}

enum df_signal df_signals_next(unsigned timeout_ms)
{
    const struct timespec timeout = {timeout_ms / 1000, (long)(timeout_ms % 1000) * 1000000};
    sigset_t set = set_of(false), stop = set_of(true);
    int number = timeout_ms ? sigtimedwait(&set, NULL, &timeout) : sigwaitinfo(&set, NULL);
    enum df_signal means = DF_SIGNAL_NONE;
    for (size_t i = 0; i < SIGNALS; i++)
        if (signals[i].number == number)
            means = signals[i].means;
    if (means == DF_SIGNAL_STOP)
        pthread_sigmask(SIG_UNBLOCK, &stop, NULL);
    return means;
}

void df_signals_wait(void)
{
    while (df_signals_next(0) != DF_SIGNAL_STOP)
        continue;
}
