#include "service/sentry_hooks.h"

enum { SECRET_BYTES = 512, SIGNATURE_BYTES = 2 * DF_SHA256_BYTES, ID_BYTES = 16 };
#define PLACE DF_S("SENTRY")

enum df_code df_sentry_hooks_set(const struct df_devflow *d, struct df_str project_id, struct df_secret secret,
                                 struct df_arena *arena, struct df_hook_secret *ret, struct df_error *err)
{
    struct df_str text = df_str_trim(df_secret_reveal(secret));
    if (text.n == 0 || text.n > SECRET_BYTES)
        return df_fail(err, DF_ERR_INVALID,
                       "secret must be the client secret of the Sentry integration, at most %d bytes", SECRET_BYTES);
    const struct df_hook_secret s = {
        .project_id = project_id,
        .sealed_secret = df_sealed(d, project_id, PLACE, DF_SENTRY_HOOK_FIELD, df_secret_of(text), arena),
        .updated_ms = df_now_ms(d->clock),
    };
    DF_TRY(d->store->ops->hook_secret_put(d->store, &s, err));
    *ret = s;
    return DF_OK;
}

static enum df_code check_signature(const struct df_devflow *d, const struct df_hook_delivery *delivery,
                                    struct df_arena *arena, struct df_error *err)
{
    struct df_hook_secret s;
    struct df_secret secret;
    if (delivery->signature.n != SIGNATURE_BYTES)
        return df_fail(err, DF_ERR_SIGNATURE, "Sentry-Hook-Signature is missing or no signature");
    enum df_code found = d->store->ops->hook_secret_find(d->store, delivery->project_id, arena, &s, err);
    if (found == DF_OK)
        DF_TRY(df_unsealed(d, s.project_id, PLACE, DF_SENTRY_HOOK_FIELD, s.sealed_secret, arena, &secret, err));
    else if (found == DF_ERR_WEBHOOK)
        secret = df_secret_of(DF_S("no project's")); /* as long as with one, so that the time does not tell */
    else
        return found;
    if (df_sentry_hook_signed(delivery->signature, df_secret_reveal(secret), delivery->body) && found == DF_OK)
        return DF_OK;
    return df_fail(err, found == DF_OK ? DF_ERR_SIGNATURE : found,
                   "Sentry-Hook-Signature does not fit the body and the client secret of this project's Sentry "
                   "integration, or none is set: devflow webhooks:secret");
}

/* Of the project and the Request-ID, so that the same message has the same id, however often and on whatever node it comes. */
static struct df_str id_of(const struct df_hook_delivery *delivery, struct df_arena *arena)
{
    struct df_buf text;
    struct df_str named = delivery->request_id.n ? delivery->request_id : delivery->body;
    unsigned char hash[DF_SHA256_BYTES];
    df_buf_init(&text, arena, SIZE_MAX / 2);
    df_buf_printf(&text, "%zu:%.*s:%c:", delivery->project_id.n, DF_FMT(delivery->project_id),
                  delivery->request_id.n ? 'r' : 'b');
    df_buf_put_str(&text, named);
    df_sha256(df_buf_str(&text), hash);
    return df_arena_printf(arena, "in_%.*s", DF_FMT(df_hex(hash, ID_BYTES, arena)));
}

static enum df_code read_hook(const struct df_hook_delivery *delivery, struct df_arena *arena,
                              struct df_sentry_hook *ret, struct df_error *err)
{
    const struct df_json *body;
    bool mended; /* events hold NaN and halves of surrogate pairs */
    if (df_str_trim(delivery->resource).n == 0)
        return df_fail(err, DF_ERR_INVALID, "Sentry-Hook-Resource is missing");
    DF_TRY(df_json_parse_mended(arena, delivery->body, 0, &body, &mended, err));
    if (!df_sentry_hook_read(delivery->resource, body, arena, ret))
        return df_fail(err, DF_ERR_INVALID, "the body must be a JSON object");
    return DF_OK;
}

enum df_code df_sentry_hooks_take(const struct df_devflow *d, const struct df_hook_delivery *delivery,
                                  struct df_arena *arena, struct df_str *ret_id, bool *ret_new, struct df_error *err)
{
    struct df_sentry_hook hook;
    DF_TRY(check_signature(d, delivery, arena, err));
    DF_TRY(read_hook(delivery, arena, &hook, err));
    int64_t now = df_now_ms(d->clock);
    const struct df_inbox_message m = {
        .id = id_of(delivery, arena),
        .project_id = delivery->project_id,
        .resource = hook.resource,
        .action = hook.action,
        .issue = hook.facts.issue_id,
        .facts = df_issue_facts_text(&hook.facts, hook.rule, arena),
        .received_ms = now,
        .due_ms = now,
    };
    DF_TRY(d->store->ops->inbox_put(d->store, &m, ret_new, err));
    *ret_id = m.id;
    return DF_OK;
}
