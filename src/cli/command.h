/* A command is one file and one row: name, help, options and what runs, together (as tmux has it). The table of all is in
 * src/app/main.c; help, completions and the man page are made from it, so a new command appears everywhere at once. */
#ifndef DF_CLI_COMMAND_H
#define DF_CLI_COMMAND_H

#include "base/buf.h"
#include "base/error.h"
#include "base/secret.h"
#include "port/http_client.h"

#include <stdio.h>

enum { DF_CLI_OPTIONS = 16 };

struct df_option {
    const char *name;  /* "client-id": --client-id VALUE or --client-id=VALUE */
    const char *value; /* "ID", as help shows it; NULL for a switch */
    const char *help;
    char letter; /* 'o' for -o, or 0 */
    bool secret; /* its value is taken out of argv at once, where ps would show it */
};

struct df_command;
struct df_json;

/* Commands under one heading of the help. */
struct df_command_group {
    const char *title;
    const struct df_command *commands[12]; /* ends with NULL */
};

struct df_cli {
    struct df_arena *arena;
    const struct df_command *command;
    const char *values[DF_CLI_OPTIONS]; /* by the option's place; a switch that is set has "" */
    const char **args;                  /* positional */
    size_t n_args;
    bool json;         /* --json, which every command takes */
    bool colour, utf8; /* of standard output */
    struct df_http_client *http;
    struct df_secret api_key; /* DEVFLOW_API_KEY, taken out of the environment; may be empty */
    struct df_str api_url;    /* DEVFLOW_API_URL or http://localhost:3001/api/v1, no trailing slash */
    struct df_buf out;        /* what goes to standard output; written when the command ends, or by df_cli_flush */
    const struct df_json *api_error; /* the API's own words for the last call that failed */
    const struct df_command_group *groups;
    size_t n_groups;
};

struct df_command {
    const char *name; /* "oauth:connect" */
    const char *args; /* "PROVIDER", as usage shows them; NULL for none */
    size_t min_args, max_args;
    const char *summary;                      /* one line */
    const char *help;                         /* more, in plain paragraphs; may be NULL */
    const char *example;                      /* a command line that works */
    struct df_option options[DF_CLI_OPTIONS]; /* ends with a NULL name */
    /* Prints its result on standard output (cli->out); on failure returns the code and fills *err. An empty message
     * means that the output has said it all. */
    enum df_code (*run)(struct df_cli *cli, struct df_error *err);
};

#endif
