/* Projects: what applications and connections belong to. */
#ifndef DF_SERVICE_PROJECTS_H
#define DF_SERVICE_PROJECTS_H

#include "service/devflow.h"

/* p->id may be empty: then it is made from the name, with a suffix when that is taken. Fills ids and times of *p. */
enum df_code df_projects_create(const struct df_devflow *d, struct df_project *p, struct df_arena *arena,
                                struct df_error *err);
/* Fields that are not given keep what they hold. */
enum df_code df_projects_update(const struct df_devflow *d, struct df_str id, const struct df_project *change,
                                struct df_arena *arena, struct df_project *ret, struct df_error *err);
/* With its apps, connections and cached tokens. */
enum df_code df_projects_delete(const struct df_devflow *d, struct df_str id, struct df_error *err);

#endif
