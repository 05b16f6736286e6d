/* Calls DevFlow's own API, as docs/decisions/001-shape.md has it. Where nothing answers, or something else does, the error
 * is DF_ERR_UNREACHABLE and says how to start the API; an error of the API comes back as its own code and message. */
#ifndef DF_CLI_API_H
#define DF_CLI_API_H

#include "base/json.h"
#include "cli/command.h"

/* Fills each {} of the pattern with the next of the strings, percent-encoded: df_api_path(cli, "/projects/{}", id). */
struct df_str df_api_path(struct df_cli *cli, const char *pattern, ...);

/* A JSON object under way: write its members through w. */
struct df_api_body {
    struct df_buf buf;
    struct df_json_writer w;
};
void df_api_body_init(struct df_cli *cli, struct df_api_body *body);

/* body may be NULL. *ret is the answer's JSON, NULL for an empty one (204). */
enum df_code df_api_call(struct df_cli *cli, const char *method, struct df_str path, struct df_api_body *body,
                         const struct df_json **ret, struct df_error *err);
/* The same while something else may cut it short: cancelled is asked while waiting. */
enum df_code df_api_get_unless(struct df_cli *cli, struct df_str path, bool (*cancelled)(void *arg),
                               const struct df_json **ret, struct df_error *err);
enum df_code df_api_post_unless(struct df_cli *cli, struct df_str path, struct df_api_body *body,
                                bool (*cancelled)(void *arg), const struct df_json **ret, struct df_error *err);
/* An answer that is text, as it came. */
enum df_code df_api_text(struct df_cli *cli, const char *method, struct df_str path, struct df_api_body *body,
                         struct df_str *ret, struct df_error *err);

/* The value as indented JSON, appended to cli->out. */
void df_api_print(struct df_cli *cli, const struct df_json *value);

/* The project to work on: `given` (--project or an argument; may be NULL), else DEVFLOW_PROJECT, else the only one there
 * is. DF_ERR_INVALID lists them when there are several, DF_ERR_PROJECT when there is none. */
enum df_code df_cli_project(struct df_cli *cli, const char *given, const char **ret, struct df_error *err);

/* Calls a path of that project: the {} of the pattern are the project, then the command's arguments. Prints the answer where JSON is
 * asked for. body may be NULL; *ret as df_api_call has it. */
enum df_code df_cli_project_call(struct df_cli *cli, const char *given, const char *method, const char *pattern,
                                 struct df_api_body *body, const struct df_json **ret, struct df_error *err);

/* "SENTRY" as people write it: "Sentry". */
struct df_str df_provider_title(struct df_cli *cli, struct df_str provider);
/* In lower case, as paths have it. */
const char *df_provider_path(struct df_cli *cli, const char *provider);

#define DF_OPTION_PROJECT {"project", "PROJECT", "the project; else DEVFLOW_PROJECT, else the only one there is", 'p'}

#endif
