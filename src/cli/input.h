/* Reading files and secrets without leaving copies behind: no stdio buffer keeps them. One thread. */
#ifndef DF_CLI_INPUT_H
#define DF_CLI_INPUT_H

#include "base/secret.h"
#include "cli/command.h"

#include <sys/stat.h>

/* A whole file; "-" is standard input. DF_ERR_INVALID names the file and why it cannot be had. ret_st may be NULL. */
enum df_code df_cli_read_file(struct df_cli *cli, const char *path, size_t limit_bytes, struct stat *ret_st,
                              struct df_str *ret, struct df_error *err);
/* All of standard input without white space around it; `what` says what it should be ("client secret"). */
enum df_code df_cli_secret_stdin(struct df_cli *cli, const char *what, struct df_secret *ret, struct df_error *err);

#endif
