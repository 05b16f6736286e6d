/* Ctrl-C and SIGTERM for a command that must first finish a piece of its work, or take it back: they stay blocked and are asked
 * about between the pieces; no handler is needed, and nothing for one to share. The main thread, before others start. */
#ifndef DF_CLI_INTERRUPT_H
#define DF_CLI_INTERRUPT_H

#include <signal.h>
#include <stdbool.h>

/* hangup_too: a terminal that goes away is held as well. What was blocked before goes to ret_before, which may be NULL. */
void df_interrupt_hold(bool hangup_too, sigset_t *ret_before);
/* Whether one came. arg is not looked at: this serves as a callback, too. */
bool df_interrupt_came(void *arg);
/* Forgets those that came, which would else end the program now, and blocks what was blocked before. */
void df_interrupt_release(const sigset_t *before);

#endif
