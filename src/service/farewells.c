#include "service/farewells.h"
#include "port/engine.h"

/* Who was starting a workflow when the project went looks again himself (workflows.c); an engine's lists may be behind for a moment. */
enum { SECOND_LOOK_MS = 30 * 1000, FIRST_PAUSE_MS = 500, LONGEST_PAUSE_MS = 3600 * 1000, DOUBLINGS = 13 };

static int64_t pause_ms(int64_t attempts)
{
    int64_t ms = (int64_t)FIRST_PAUSE_MS << (attempts < DOUBLINGS ? attempts : DOUBLINGS);
    return ms < LONGEST_PAUSE_MS ? ms : LONGEST_PAUSE_MS;
}

/* All of that id, but for those of a project that got it since. */
static enum df_code leave(const struct df_devflow *d, struct df_str project_id, size_t *left, struct df_error *err)
{
    struct df_arena *scratch DF_ARENA_AUTO = df_arena_new();
    struct df_project heir;
    int64_t before_ms = df_now_ms(d->clock);
    enum df_code code = d->store->ops->project_find(d->store, project_id, scratch, &heir, err);
    if (code != DF_OK && code != DF_ERR_PROJECT)
        return code;
    if (code == DF_OK)
        before_ms = heir.created_ms;
    return d->engine->ops->leave_project(d->engine, project_id, before_ms, left, err);
}

enum df_code df_farewell_work(const struct df_devflow *d, struct df_farewell *f, int64_t claimed_until_ms,
                              size_t *ret_left, struct df_error *err)
{
    size_t left = 0;
    struct df_error not_stored;
    int64_t last_ms = f->deleted_ms + SECOND_LOOK_MS;
    enum df_code code = leave(d, f->project_id, &left, err);
    int64_t now_ms = df_now_ms(d->clock);
    f->due_ms = now_ms + pause_ms(f->attempts++);
    if (code == DF_OK && left == 0)
        f->due_ms = now_ms < last_ms ? last_ms : 0;
    enum df_code stored = d->store->ops->farewell_end(d->store, f, claimed_until_ms, &not_stored);
    if (code == DF_OK && stored != DF_OK)
        return df_fail(err, stored, "%s", not_stored.message);
    *ret_left = left;
    return code;
}
