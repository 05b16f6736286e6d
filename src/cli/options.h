/* Takes a command line apart by the command's own table. Options stand before or after arguments, as --name VALUE,
 * --name=VALUE, -o VALUE or -oVALUE; "--" ends them. Every command also takes --json and --help. Pure but for one thing:
 * the value of an option that is secret is copied, and overwritten where it was. */
#ifndef DF_CLI_OPTIONS_H
#define DF_CLI_OPTIONS_H

#include "cli/command.h"

/* words are what follows the command's name; cli->command is set. Fills cli->values, args, n_args and json.
 * DF_ERR_INVALID for what the command does not take. With *ret_help the number of arguments is not checked. */
enum df_code df_options_parse(struct df_cli *cli, char **words, size_t n, bool *ret_help, struct df_error *err);

size_t df_options_count(const struct df_command *command);

/* The command of that name, or NULL. */
const struct df_command *df_command_find(const struct df_cli *cli, const char *name);
/* DF_ERR_INVALID: names what the user may have meant. */
enum df_code df_command_unknown(const struct df_cli *cli, const char *name, struct df_error *err);

/* Insertions, deletions, replacements and swaps of neighbours that lead from a to b; both are cut at 63 bytes. */
size_t df_edit_distance(const char *a, const char *b);
/* How far a name may be from the word and still be what was meant. */
size_t df_edit_limit(const char *word);

#endif
