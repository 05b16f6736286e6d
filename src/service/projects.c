#include "service/projects.h"
#include "base/url.h"
#include "service/token_cache.h"

enum { ID_ATTEMPTS = 5, SUFFIX_BYTES = 2, STEM_MAX = 56 };

static enum df_code check(const struct df_project *p, struct df_arena *arena, struct df_error *err)
{
    struct df_url url;
    if (df_str_trim(p->name).n == 0)
        return df_fail(err, DF_ERR_INVALID, "name must not be empty");
    if (p->repository.n && !df_url_parse(p->repository, arena, &url))
        return df_fail(err, DF_ERR_INVALID, "repository must be a URL, such as https://github.com/acme/shop");
    if (p->id.n && !df_project_id_valid(p->id))
        return df_fail(err, DF_ERR_INVALID,
                       "id must be 1 to 63 of a-z, 0-9, '.', '_' and '-', the first a letter or digit");
    return DF_OK;
}

enum df_code df_projects_create(const struct df_devflow *d, struct df_project *p, struct df_arena *arena,
                                struct df_error *err)
{
    DF_TRY(check(p, arena, err));
    p->created_ms = p->updated_ms = df_now_ms(d->clock);
    if (p->id.n)
        return d->store->ops->project_create(d->store, p, err);
    struct df_str stem = df_str_head(df_project_id_from_name(p->name, arena), STEM_MAX);
    if (stem.n == 0)
        stem = DF_S("project");
    p->id = stem;
    enum df_code code = d->store->ops->project_create(d->store, p, err);
    for (int i = 0; i < ID_ATTEMPTS && code == DF_ERR_EXISTS; i++) {
        p->id = df_arena_printf(arena, "%.*s-%s", DF_FMT(stem), df_random_hex(SUFFIX_BYTES, arena).p);
        code = d->store->ops->project_create(d->store, p, err);
    }
    return code;
}

enum df_code df_projects_update(const struct df_devflow *d, struct df_str id, const struct df_project *change,
                                struct df_arena *arena, struct df_project *ret, struct df_error *err)
{
    DF_TRY(d->store->ops->project_find(d->store, id, arena, ret, err));
    if (change->name.p)
        ret->name = change->name;
    if (change->description.p)
        ret->description = change->description;
    if (change->repository.p)
        ret->repository = change->repository;
    DF_TRY(check(ret, arena, err));
    ret->updated_ms = df_now_ms(d->clock);
    return d->store->ops->project_update(d->store, ret, err);
}

enum df_code df_projects_delete(const struct df_devflow *d, struct df_str id, struct df_error *err)
{
    DF_TRY(d->store->ops->project_delete(d->store, id, err));
    for (const struct df_provider *const *p = d->providers; *p; p++)
        df_token_cache_forget(d, id, *p);
    return DF_OK;
}
