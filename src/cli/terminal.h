/* What the terminal is like, and text on it: symbols, colour, tables, questions. Whatever came from the API passes through
 * df_term_clean before it is shown, for it may hold escape sequences. One thread. */
#ifndef DF_CLI_TERMINAL_H
#define DF_CLI_TERMINAL_H

#include "base/secret.h"
#include "cli/command.h"

#include <stdint.h>

/* Takes the locale from the environment and fills cli->colour and cli->utf8. Symbols follow the locale alone, colour
 * needs a terminal (https://no-color.org). */
void df_term_init(struct df_cli *cli);

enum df_symbol { DF_SYM_OK, DF_SYM_FAILED, DF_SYM_WARNING, DF_SYM_LINK, DF_SYM_KEY, DF_SYM_BOX, DF_SYM_TICK };
/* "✅", or "[ok]" where the locale is not UTF-8. */
const char *df_symbol(const struct df_cli *cli, enum df_symbol symbol);

enum df_style { DF_STYLE_PLAIN, DF_STYLE_BOLD, DF_STYLE_DIM, DF_STYLE_RED, DF_STYLE_GREEN, DF_STYLE_YELLOW };
/* The escape sequence that starts the style (PLAIN ends one), or "" without colour. */
const char *df_style(const struct df_cli *cli, enum df_style style);

/* Without escape sequences, control characters, marks that turn the writing direction, and broken UTF-8. With keep_lines,
 * line feeds and tabs stay; else they become spaces. In the arena. */
struct df_str df_term_clean(struct df_str text, bool keep_lines, struct df_arena *arena);
/* A text of many lines: a file or a pipe gets its bytes as they are, a terminal nothing that it would obey. */
void df_term_text(struct df_cli *cli, struct df_str text);
/* A field of an object as clean text on one line; empty when it is absent. */
struct df_str df_term_field(struct df_cli *cli, const struct df_json *object, const char *key);

/* Columns the text takes. */
size_t df_term_width(struct df_str text);
/* Columns of the terminal on standard output, 0 when it is none. */
size_t df_term_columns(void);

enum { DF_TABLE_COLUMNS = 8 };
struct df_table {
    const char *heads[DF_TABLE_COLUMNS + 1]; /* ends with NULL; a head that begins with '>' aligns to the right */
    struct df_str *cells;
    size_t n_cells, cap;
};
/* As many cells as there are heads; they must be clean and outlive the table. */
void df_table_row(struct df_cli *cli, struct df_table *table, const struct df_str *cells);
/* Appends to cli->out. On a terminal the last column is cut to fit. */
void df_table_print(struct df_cli *cli, const struct df_table *table);

/* "3 h ago", "in 29 days"; empty for a time that cannot be read. */
struct df_str df_term_age(struct df_str rfc3339, struct df_arena *arena);

/* Whether a person can be asked: standard input and error are terminals. */
bool df_term_can_ask(void);
/* Asks on standard error; the answer without white space around it, perhaps empty. DF_ERR_INTERRUPTED at the end of input. */
enum df_code df_term_ask(struct df_cli *cli, const char *question, struct df_str *ret, struct df_error *err);
/* The same without showing what is typed. */
enum df_code df_term_ask_secret(struct df_cli *cli, const char *question, struct df_secret *ret, struct df_error *err);
/* "y" or "yes" goes on, all else is DF_ERR_INTERRUPTED. Where nobody can be asked, DF_ERR_INVALID says to use --yes. */
enum df_code df_term_confirm(struct df_cli *cli, const char *question, struct df_error *err);

/* Writes cli->out to standard output. DF_ERR_FAILED when that cannot be written. */
enum df_code df_cli_flush(struct df_cli *cli, struct df_error *err);
/* "devflow: warning: ..." on standard error. */
void df_cli_warn(struct df_cli *cli, struct df_str text);

#endif
