/* The command line: finds the command, takes its options apart, runs it, and turns its error into a message and an exit
 * code. The table of commands is the caller's (src/app/main.c). */
#ifndef DF_CLI_CLI_H
#define DF_CLI_CLI_H

#include "cli/command.h"

/* What the program stands on, for --version. */
struct df_library {
    const char *name, *version;
};
struct df_program {
    const struct df_command_group *groups;
    size_t n_groups;
    const struct df_library *libraries;
    size_t n_libraries;
    struct df_http_client *http; /* borrowed */
};
/* The program's exit code (base/error.h). */
int df_cli_main(const struct df_program *program, int argc, char **argv);

/* Text made from the table, appended to cli->out. */
void df_help_put_all(struct df_cli *cli);
void df_help_put_command(struct df_cli *cli, const struct df_command *command);
/* "devflow oauth:connect PROVIDER [OPTIONS]" */
struct df_str df_help_usage(struct df_cli *cli, const struct df_command *command);
/* "-o, --output FILE"; the letter's place is kept blank where there is none. */
struct df_str df_help_option(struct df_cli *cli, const struct df_option *option);
/* A roff page in the man(7) macros. */
void df_manual_put(struct df_cli *cli);
/* "bash", "zsh" or "fish"; DF_ERR_INVALID for another shell. */
enum df_code df_completion_put(struct df_cli *cli, const char *shell, struct df_error *err);

/* What help and the man page say beside the commands. */
struct df_fact {
    const char *name, *text;
};
extern const struct df_fact df_cli_environment[], df_cli_exit_codes[]; /* end with a NULL name */
extern const char df_cli_about[];

#endif
