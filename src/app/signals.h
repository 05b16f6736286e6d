/* Stopping a server: SIGINT and SIGTERM are held before any thread starts, so that waiting for them gets them. */
#ifndef DF_APP_SIGNALS_H
#define DF_APP_SIGNALS_H

/* Call before threads are made; also lets a peer that went away be an error of its write, not the end of the program. */
void df_signals_hold(void);
/* Returns with the first; a second ends the program at once. */
void df_signals_wait(void);

#endif
