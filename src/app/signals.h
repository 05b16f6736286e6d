/* What a server is told by signals. They are held before any thread starts, so that waiting for them gets them. */
#ifndef DF_APP_SIGNALS_H
#define DF_APP_SIGNALS_H

enum df_signal {
    DF_SIGNAL_NONE,    /* none came in time */
    DF_SIGNAL_STOP,    /* SIGINT, SIGTERM; a second one ends the program at once */
    DF_SIGNAL_RELOAD,  /* SIGHUP */
    DF_SIGNAL_LOUDER,  /* SIGUSR1: a log level that says more */
    DF_SIGNAL_QUIETER, /* SIGUSR2: and less */
};

/* Call before threads are made; also lets a peer that went away be an error of its write, not the end of the program. */
void df_signals_hold(void);
/* The next one; 0 waits for as long as it takes. */
enum df_signal df_signals_next(unsigned timeout_ms);
/* The first that says stop. */
void df_signals_wait(void);

#endif
