#include "service/devflow.h"
#include "port/engine.h"

enum df_code df_provider_find(const struct df_devflow *d, struct df_str name, const struct df_provider **ret,
                              struct df_error *err)
{
    char names[256] = "";
    size_t n = 0;
    for (const struct df_provider *const *p = d->providers; *p; p++) {
        if (df_str_ieq(name, df_str_c((*p)->name)) || df_str_ieq(name, df_str_c((*p)->slug))) {
            *ret = *p;
            return DF_OK;
        }
        size_t len = strlen((*p)->slug);
        if (n + len + 3 < sizeof names) {
            memcpy(names + n, n ? ", " : "", n ? 2 : 0);
            n += n ? 2 : 0;
            memcpy(names + n, (*p)->slug, len + 1);
            n += len;
        }
    }
    return df_fail(err, DF_ERR_PROVIDER_UNKNOWN, "Invalid provider %.*s. Supported: %s", DF_FMT(df_str_head(name, 32)),
                   names);
}

static struct df_str place(struct df_str project_id, struct df_str provider, const char *field, struct df_arena *arena)
{
    struct df_buf aad;
    df_buf_init(&aad, arena, 1024);
    df_buf_put_str(&aad, project_id);
    df_buf_put_char(&aad, '\0');
    df_buf_put_str(&aad, provider);
    df_buf_put_char(&aad, '\0');
    df_buf_put_c(&aad, field);
    return df_buf_str(&aad);
}

struct df_str df_sealed(const struct df_devflow *d, struct df_str project_id, struct df_str provider, const char *field,
                        struct df_secret plain, struct df_arena *arena)
{
    return df_seal(&d->keys, place(project_id, provider, field, arena), df_secret_reveal(plain), arena);
}

const char *df_sealed_field(const char *field, struct df_str row_id, struct df_arena *arena)
{
    return df_arena_printf(arena, "%s:%.*s", field, DF_FMT(row_id)).p;
}

enum df_code df_unsealed(const struct df_devflow *d, struct df_str project_id, struct df_str provider,
                         const char *field, struct df_str sealed, struct df_arena *arena, struct df_secret *ret,
                         struct df_error *err)
{
    return df_unseal(&d->keys, place(project_id, provider, field, arena), sealed, arena, ret, err);
}

const struct df_devflow *df_devflow_noting(const struct df_devflow *d, const struct df_audit_entry *entry,
                                           struct df_arena *arena)
{
    struct df_devflow *noting = DF_NEW(arena, struct df_devflow);
    *noting = *d;
    noting->store = d->store->ops->noting(d->store, entry, arena);
    if (d->engine && d->engine->ops->noting)
        noting->engine = d->engine->ops->noting(d->engine, entry, arena);
    return noting;
}
