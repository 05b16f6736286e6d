/* The end of a process that cannot go on: one plain line on standard error, "devflow: WHY", then abort(). It is for what no
 * caller can answer: memory that the system does not give (all input is bounded where it enters, so this is the machine's
 * state, not a request's doing) and threads that cannot be started at the start. What is stored is whole at every moment
 * (transactions, files renamed into place), so the next process goes on where this one stopped. Any thread; never allocates. */
#ifndef DF_BASE_FATAL_H
#define DF_BASE_FATAL_H

/* `why` is a literal without a line break. */
void df_die(const char *why) __attribute__((noreturn));
/* df_die("out of memory"). */
void df_out_of_memory(void) __attribute__((noreturn));
/* p, or the end. */
void *df_must(void *p);

#endif
