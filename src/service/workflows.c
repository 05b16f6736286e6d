#include "service/workflows.h"

#include "base/json.h"

enum df_code df_workflows_known(const struct df_devflow *d, struct df_str name, struct df_arena *arena,
                                struct df_error *err)
{
    struct df_buf names;
    if (df_workflow_find(d->workflows, name))
        return DF_OK;
    df_buf_init(&names, arena, 4096);
    for (size_t i = 0; i < d->workflows->n_workflows; i++)
        df_buf_printf(&names, "%s%s", i ? ", " : "", d->workflows->workflows[i].name);
    return df_fail(err, DF_ERR_INVALID, "there is no workflow %.*s; there are: %s", DF_FMT(df_str_head(name, 64)),
                   names.p);
}

static struct df_str input_of(const struct df_workflow_start *start, struct df_arena *arena)
{
    struct df_buf out;
    struct df_json_writer w;
    df_buf_init(&out, arena, 16 * 1024);
    df_json_writer_init(&w, &out, 0);
    df_json_open(&w, '{');
    if (start->issue.n)
        df_json_kstr(&w, "issue", start->issue);
    df_json_close(&w, '}');
    return df_buf_str(&out);
}

/* Whoever deletes the project ends what is there by then (farewells.c); what comes later has to look itself. */
enum df_code df_workflows_launch(const struct df_devflow *d, const struct df_workflow_start *start,
                                 struct df_arena *arena, struct df_str *ret_id, bool *ret_started, struct df_error *err)
{
    struct df_project project;
    struct df_error ignored;
    struct df_str id;
    bool started;
    DF_TRY(d->engine->ops->start(d->engine, start, arena, &id, &started, err));
    enum df_code code = d->store->ops->project_find(d->store, start->project_id, arena, &project, err);
    if (code == DF_ERR_PROJECT && started)
        (void)d->engine->ops->cancel(d->engine, id, &ignored);
    if (code == DF_ERR_PROJECT)
        return code;
    if (ret_id)
        *ret_id = id;
    if (ret_started)
        *ret_started = started;
    return DF_OK;
}

enum df_code df_workflows_start(const struct df_devflow *d, const struct df_workflow_start *start,
                                struct df_arena *arena, struct df_str *ret_id, bool *ret_started, struct df_error *err)
{
    struct df_workflow_start checked = *start;
    struct df_project project;
    const struct df_json *input;
    DF_TRY(df_workflows_known(d, start->name, arena, err));
    DF_TRY(d->store->ops->project_find(d->store, start->project_id, arena, &project, err));
    if (start->input.n)
        DF_TRY(df_json_parse(arena, start->input, 0, &input, err));
    else
        checked.input = input_of(start, arena);
    checked.project_id = project.id;
    return df_workflows_launch(d, &checked, arena, ret_id, ret_started, err);
}

enum df_code df_workflows_find(const struct df_devflow *d, struct df_str project_id, struct df_str id,
                               struct df_arena *arena, struct df_workflow_run *ret, struct df_error *err)
{
    DF_TRY(d->engine->ops->find(d->engine, id, arena, ret, err));
    if (!df_str_eq(ret->project_id, project_id))
        return df_fail(err, DF_ERR_WORKFLOW, "no workflow has the id %.*s",
                       DF_FMT(df_str_head(id, DF_WORKFLOW_ID_BYTES)));
    return DF_OK;
}
