/* The worker of ./dev bench workflow on Temporal: does workflow "bench" (N cheap steps) until SIGTERM, then prints the CPU and the largest memory
 * of the process.
 *   temporal ADDRESS */
#include "adapter/temporal_engine.h"

#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>

static enum df_code step_nothing(struct df_step_call *call, struct df_str *ret, struct df_error *err)
{
    (void)err;
    *ret = call->input;
    return DF_OK;
}

static enum df_code wf_bench(struct df_wf *wf, struct df_str input, struct df_str *ret, struct df_error *err)
{
    unsigned long long n = 0;
    df_str_to_u64(input, &n);
    for (unsigned long long i = 0; i < n; i++)
        DF_TRY(df_wf_step(wf, "nothing", DF_S("\"payload\""), NULL, ret, err));
    return DF_OK;
}

static const struct df_workflow workflows[] = {{"bench", "", wf_bench}};
static const struct df_workflow_step steps[] = {{"nothing", step_nothing}};

int main(int argc, char **argv)
{
    static const struct df_workflow_table table = {workflows, 1, steps, 1, NULL};
    struct df_temporal_settings settings = {
        .address = df_str_c(argc > 1 ? argv[1] : ""), .ns = DF_S("default"), .task_queue = DF_S("bench-c")};
    struct df_engine *engine;
    struct df_engine_worker *worker;
    struct df_error err;
    struct rusage used;
    sigset_t end;
    int got;
    sigemptyset(&end);
    sigaddset(&end, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &end, NULL);
    if (df_temporal_engine_new(&settings, &engine, &err) != DF_OK ||
        engine->ops->work(engine, &(const struct df_worker_options){.table = &table}, &worker, &err) != DF_OK) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    sigwait(&end, &got);
    getrusage(RUSAGE_SELF, &used);
    printf("{\"cpu\":%.3f,\"kb\":%ld}\n",
           (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
               (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6,
           used.ru_maxrss);
    engine->ops->stop(worker, 5000);
    engine->ops->free(engine);
    return 0;
}
