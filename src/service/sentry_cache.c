#include "service/sentry_cache.h"

enum {
    FORM = 1,                   /* of what is sealed; another release's is not read */
    LASTING = 20,               /* times as long */
    KEPT_LIMIT_BYTES = 1 << 20, /* one answer; the largest events are read again */
};

struct head {
    int64_t fetched_ms;
    uint32_t form, url_n, link_n, spare;
};

/* A hash, for URLs hold queries. The version is another after each connecting, and each refresh. */
static struct df_str key_of(const struct df_connection *c, struct df_str url, struct df_arena *arena)
{
    struct df_str whole = df_arena_printf(arena, "%.*s %lld %.*s", DF_FMT(c->id), (long long)c->version, DF_FMT(url));
    unsigned char hash[DF_SHA256_BYTES];
    df_sha256(whole, hash);
    return df_arena_printf(arena, "sentry:%.*s", DF_FMT(df_hex(hash, sizeof hash, arena)));
}

bool df_sentry_cache_get(const struct df_devflow *d, const struct df_connection *c, struct df_str url,
                         struct df_arena *arena, struct df_sentry_kept *ret)
{
    struct df_str sealed;
    struct df_secret opened;
    struct head head;
    if (!d->contents || !d->contents->ops->get(d->contents, key_of(c, url, arena), arena, &sealed, NULL) ||
        df_unsealed(d, c->project_id, c->provider, "sentry", sealed, arena, &opened, NULL) != DF_OK)
        return false;
    struct df_str plain = df_secret_reveal(opened), rest = df_str_from(plain, sizeof head);
    if (plain.n < sizeof head)
        return false;
    memcpy(&head, plain.p, sizeof head);
    if (head.form != FORM || (uint64_t)head.url_n + head.link_n > rest.n ||
        !df_str_eq(df_str_n(rest.p, head.url_n), url))
        return false;
    *ret = (struct df_sentry_kept){.link = df_str_n(rest.p + head.url_n, head.link_n),
                                   .body = df_str_from(rest, (size_t)head.url_n + head.link_n),
                                   .fetched_ms = head.fetched_ms};
    return true;
}

void df_sentry_cache_put(const struct df_devflow *d, const struct df_connection *c, struct df_str url, bool lasting,
                         const struct df_sentry_kept *kept, struct df_arena *arena)
{
    if (!d->contents || kept->body.n > KEPT_LIMIT_BYTES)
        return;
    const struct head head = {
        .fetched_ms = kept->fetched_ms, .form = FORM, .url_n = (uint32_t)url.n, .link_n = (uint32_t)kept->link.n};
    struct df_buf plain;
    df_buf_init(&plain, arena, sizeof head + url.n + kept->link.n + kept->body.n);
    df_buf_put(&plain, &head, sizeof head);
    df_buf_put_str(&plain, url);
    df_buf_put_str(&plain, kept->link);
    df_buf_put_str(&plain, kept->body);
    if (plain.overflow)
        return;
    struct df_str sealed = df_sealed(d, c->project_id, c->provider, "sentry", df_secret_of(df_buf_str(&plain)), arena);
    d->contents->ops->put(d->contents, key_of(c, url, arena), sealed, d->contents_ms * (lasting ? LASTING : 1));
}
