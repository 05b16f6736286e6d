#include "workflow/replay.h"
#include "workflow/step_link.h"

const struct df_workflow *df_workflow_find(const struct df_workflow_table *table, struct df_str name)
{
    for (size_t i = 0; i < table->n_workflows; i++)
        if (df_str_is(name, table->workflows[i].name))
            return &table->workflows[i];
    return NULL;
}

const struct df_workflow_step *df_workflow_step_find(const struct df_workflow_table *table, struct df_str name)
{
    for (size_t i = 0; i < table->n_steps; i++)
        if (df_str_is(name, table->steps[i].name))
            return &table->steps[i];
    return NULL;
}

bool df_step_alive(const struct df_step_call *call)
{
    return !call->link || call->link->alive(call->link);
}

bool df_step_is_final(enum df_code code)
{
    int status = df_code_http_status(code);
    return code == DF_ERR_CONFIG || code == DF_ERR_DECRYPT || (status >= 400 && status < 500 && status != 429);
}

struct df_str df_wf_step_key(struct df_str id, int64_t round, uint32_t seq, struct df_arena *arena)
{
    if (round > 1)
        return df_arena_printf(arena, "%.*s/%lld.%u", DF_FMT(id), (long long)round, seq);
    return df_arena_printf(arena, "%.*s/%u", DF_FMT(id), seq);
}

int64_t df_step_next_ms(const struct df_step_options *options, int attempt, enum df_step_retry retry,
                        const struct df_error *err, int64_t now_ms)
{
    bool final = retry == DF_RETRY_NEVER || (retry == DF_RETRY_BY_CODE && df_step_is_final(err->code));
    if (final || attempt >= options->attempts)
        return 0;
    int64_t wait_ms = options->backoff_ms;
    for (int i = 1; i < attempt && wait_ms < options->backoff_max_ms; i++)
        wait_ms *= 2;
    if (wait_ms > options->backoff_max_ms)
        wait_ms = options->backoff_max_ms;
    if (wait_ms < (int64_t)err->retry_after_s * 1000)
        wait_ms = (int64_t)err->retry_after_s * 1000;
    return now_ms + wait_ms;
}
