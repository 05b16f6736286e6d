/* Reading files and secrets without leaving copies behind: no stdio buffer keeps them. One thread. */
#ifndef DF_CLI_INPUT_H
#define DF_CLI_INPUT_H

#include "base/secret.h"
#include "cli/command.h"

/* The rest of a stream; `what` names it in errors. The caller turns the stream's buffer off first. */
enum df_code df_cli_read_all(struct df_cli *cli, FILE *stream, const char *what, size_t limit_bytes, struct df_str *ret,
                             struct df_error *err);
/* All of standard input without white space around it; `what` says what it should be ("client secret"). */
enum df_code df_cli_secret_stdin(struct df_cli *cli, const char *what, struct df_secret *ret, struct df_error *err);

#endif
