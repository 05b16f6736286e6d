#include "domain/scopes.h"
#include "base/buf.h"

enum { SCOPES_BYTES = 64 * 1024 };

static size_t list_length(const char *const *list)
{
    size_t n = 0;
    while (list && list[n])
        n++;
    return n;
}

static bool list_has(const char *const *list, struct df_str item)
{
    for (; list && *list; list++)
        if (df_str_is(item, *list))
            return true;
    return false;
}

struct df_str df_scopes_join(const struct df_str *items, size_t n, struct df_arena *arena)
{
    struct df_buf out;
    df_buf_init(&out, arena, SCOPES_BYTES);
    for (size_t i = 0; i < n; i++) {
        struct df_str item = df_str_trim(items[i]);
        if (item.n == 0 || df_scopes_has(df_buf_str(&out), item))
            continue;
        df_buf_put_c(&out, out.n ? " " : "");
        df_buf_put_str(&out, item);
    }
    return df_buf_str(&out);
}

struct df_str df_scopes_from_list(const char *const *list, struct df_arena *arena)
{
    size_t n = list_length(list);
    struct df_str *items = DF_NEW_ARRAY(arena, struct df_str, n + 1);
    for (size_t i = 0; i < n; i++)
        items[i] = df_str_c(list[i]);
    return df_scopes_join(items, n, arena);
}

size_t df_scopes_split(struct df_str scopes, struct df_arena *arena, struct df_str **ret)
{
    size_t n = 0, most = 1;
    for (size_t i = 0; i < scopes.n; i++)
        most += scopes.p[i] == ' ' || scopes.p[i] == ',';
    struct df_str *items = DF_NEW_ARRAY(arena, struct df_str, most);
    for (size_t from = 0, i = 0; i <= scopes.n; i++) {
        if (i < scopes.n && scopes.p[i] != ' ' && scopes.p[i] != ',')
            continue;
        if (i > from)
            items[n++] = df_str_n(scopes.p + from, i - from);
        from = i + 1;
    }
    *ret = items;
    return n;
}

struct df_str df_scopes_ordered_like(struct df_str scopes, struct df_str order, struct df_arena *arena)
{
    struct df_str *wanted, *given, *all;
    size_t n_wanted = df_scopes_split(order, arena, &wanted), n_given = df_scopes_split(scopes, arena, &given), n = 0;
    all = DF_NEW_ARRAY(arena, struct df_str, n_wanted + n_given + 1);
    for (size_t i = 0; i < n_wanted; i++)
        if (df_scopes_has(scopes, wanted[i]))
            all[n++] = wanted[i];
    memcpy(all + n, given, n_given * sizeof *given);
    return df_scopes_join(all, n + n_given, arena);
}

bool df_scopes_has(struct df_str scopes, struct df_str scope)
{
    struct df_str rest = scopes, item;
    while (df_str_split(&rest, ' ', &item))
        if (item.n && df_str_eq(item, scope))
            return true;
    return false;
}

static const char *hint_for(const struct df_scope_rules *rules, struct df_str scope)
{
    for (const struct df_scope_hint *h = rules->hints; h && h->scope; h++)
        if (df_str_is(scope, h->scope))
            return h->instead;
    return NULL;
}

/* RFC 6749: any printable character but space, '"' and '\'. */
static bool well_formed(struct df_str scope)
{
    for (size_t i = 0; i < scope.n; i++)
        if (scope.p[i] <= ' ' || scope.p[i] > '~' || scope.p[i] == '"' || scope.p[i] == '\\')
            return false;
    return scope.n <= 128;
}

enum df_code df_scopes_check(const struct df_scope_rules *rules, const char *provider, struct df_str scopes,
                             struct df_error *err)
{
    struct df_arena *scratch DF_ARENA_AUTO = df_arena_new();
    struct df_buf text;
    df_buf_init(&text, scratch, sizeof err->message);
    struct df_str rest = scopes, item;
    while (df_str_split(&rest, ' ', &item)) {
        const char *instead = hint_for(rules, item);
        bool known = !rules->known || list_has(rules->known, item) || (rules->more && !instead);
        if (item.n == 0 || (well_formed(item) && known))
            continue;
        df_buf_printf(&text, "%s%s has no scope %.*s", text.n ? "; " : "", provider, DF_FMT(df_str_head(item, 64)));
        if (instead)
            df_buf_printf(&text, ": use %s", instead);
    }
    if (text.overflow)
        return df_fail(err, DF_ERR_SCOPE, "%s does not know many of these scopes", provider);
    return text.n ? df_fail(err, DF_ERR_SCOPE, "%.*s", DF_FMT(df_buf_str(&text))) : DF_OK;
}

size_t df_scopes_warnings(const struct df_scope_rules *rules, struct df_str scopes, struct df_arena *arena,
                          struct df_str **ret)
{
    size_t n = 0, most = list_length(rules->minimal);
    *ret = DF_NEW_ARRAY(arena, struct df_str, most + 1);
    for (size_t i = 0; i < most; i++)
        if (!df_scopes_has(scopes, df_str_c(rules->minimal[i])))
            (*ret)[n++] = df_arena_printf(arena, "without the scope %s %s", rules->minimal[i], rules->minimal_use[i]);
    return n;
}

size_t df_scopes_unknown(const struct df_scope_rules *rules, struct df_str scopes, struct df_arena *arena,
                         struct df_str **ret)
{
    struct df_str *asked;
    size_t n = 0, n_asked = df_scopes_split(scopes, arena, &asked);
    *ret = DF_NEW_ARRAY(arena, struct df_str, n_asked + 1);
    for (size_t i = 0; i < n_asked && rules->more; i++)
        if (!list_has(rules->known, asked[i]))
            (*ret)[n++] = df_arena_printf(arena, "the scope %.*s is not one DevFlow knows; the provider decides",
                                          DF_FMT(df_str_head(asked[i], 64)));
    return n;
}
