/* Starting workflows and looking at them, for a project: what the engine (port/engine.h) is asked goes through here, so that a name that nobody
 * knows, a project that is not there and another project's run are the caller's error, not a parked run. */
#ifndef DF_SERVICE_WORKFLOWS_H
#define DF_SERVICE_WORKFLOWS_H

#include "port/engine.h"
#include "service/devflow.h"

/* Whether there is a workflow of that name: DF_ERR_INVALID names those there are. */
enum df_code df_workflows_known(const struct df_devflow *d, struct df_str name, struct df_arena *arena,
                                struct df_error *err);
/* start->input: JSON; empty is {}, with the issue in it where one is named. DF_ERR_INVALID names the workflows there are; DF_ERR_PROJECT,
 * DF_ERR_JSON, DF_ERR_EXISTS. *ret_id is in the arena; ret_started may be NULL. */
enum df_code df_workflows_start(const struct df_devflow *d, const struct df_workflow_start *start,
                                struct df_arena *arena, struct df_str *ret_id, bool *ret_started, struct df_error *err);
/* What has been checked before. DF_ERR_PROJECT when the project was deleted meanwhile: then nothing of it goes on. */
enum df_code df_workflows_launch(const struct df_devflow *d, const struct df_workflow_start *start,
                                 struct df_arena *arena, struct df_str *ret_id, bool *ret_started,
                                 struct df_error *err);
/* Of that project; DF_ERR_WORKFLOW for any other, whether it exists or not. */
enum df_code df_workflows_find(const struct df_devflow *d, struct df_str project_id, struct df_str id,
                               struct df_arena *arena, struct df_workflow_run *ret, struct df_error *err);

#endif
