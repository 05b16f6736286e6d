/* The answer of GET projects/:id/priorities, shown: as a table, as JSON, one issue explained, and as a picture. The same JSON is made
 * of a file's issues (domain/priorities.h). One thread. */
#ifndef DF_CLI_BUGS_VIEW_H
#define DF_CLI_BUGS_VIEW_H

#include "base/json.h"
#include "cli/command.h"

/* compare: also where Sentry puts each. */
void df_bugs_put_table(struct df_cli *cli, const struct df_json *list, bool compare);
void df_bugs_put_json(struct df_cli *cli, const struct df_json *list, bool compare);
/* name: an ID or a short ID. DF_ERR_INVALID when it is not in the list. */
enum df_code df_bugs_explain(struct df_cli *cli, const struct df_json *list, const char *name, struct df_error *err);
/* Frequency against users, SVG, into the file, whole or not at all. */
enum df_code df_bugs_plot(struct df_cli *cli, const struct df_json *list, const char *file, struct df_error *err);

#endif
