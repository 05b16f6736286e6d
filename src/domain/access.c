#include "domain/access.h"

bool df_api_key_holds(const struct df_api_key *key, int64_t now_ms)
{
    return key->revoked_ms == 0 && (key->expires_ms == 0 || now_ms < key->expires_ms);
}

static const char *const roles[] = {[DF_ROLE_ADMIN] = "admin", [DF_ROLE_PROJECT] = "project", [DF_ROLE_READ] = "read"};

const char *df_role_name(enum df_role role)
{
    return roles[role];
}

bool df_role_parse(struct df_str text, enum df_role *ret, struct df_str *ret_project)
{
    static const struct df_str project = {"project:", 8};
    *ret_project = DF_STR_NONE;
    if (df_str_starts(text, project)) {
        *ret = DF_ROLE_PROJECT;
        *ret_project = df_str_from(text, project.n);
        return ret_project->n > 0;
    }
    *ret = df_str_is(text, roles[DF_ROLE_ADMIN]) ? DF_ROLE_ADMIN : DF_ROLE_READ;
    return *ret == DF_ROLE_ADMIN || df_str_is(text, roles[DF_ROLE_READ]);
}

bool df_permissions_parse(struct df_str text, int64_t *ret)
{
    struct df_str rest = text, one;
    *ret = 0;
    while (text.n && df_str_split(&rest, ',', &one)) {
        one = df_str_trim(one);
        int64_t bit = df_str_is(one, "tokens") ? DF_MAY_TOKENS : df_str_is(one, "proxy") ? DF_MAY_PROXY : 0;
        if (!bit)
            return false;
        *ret |= bit;
    }
    return true;
}

const char *df_caller_kind_name(enum df_caller_kind kind)
{
    static const char *const names[] = {
        [DF_CALLER_NOBODY] = "nobody", [DF_CALLER_OPEN] = "open", [DF_CALLER_LOCAL] = "local", [DF_CALLER_KEY] = "key"};
    return names[kind];
}

static bool role_suffices(const struct df_caller *c, enum df_access access)
{
    switch (access) {
    case DF_ACCESS_ANY:
    case DF_ACCESS_PROJECT_READ:
        return true;
    case DF_ACCESS_PROJECT_WRITE:
        return c->role == DF_ROLE_PROJECT;
    case DF_ACCESS_READ_ALL:
        return c->role == DF_ROLE_READ;
    case DF_ACCESS_TOKENS:
        return c->permissions & DF_MAY_TOKENS;
    case DF_ACCESS_PROXY:
        return c->permissions & DF_MAY_PROXY;
    default:
        return false;
    }
}

static bool is_of_a_project(enum df_access access)
{
    return access == DF_ACCESS_PROJECT_READ || access == DF_ACCESS_PROJECT_WRITE || access == DF_ACCESS_TOKENS ||
           access == DF_ACCESS_PROXY;
}

enum df_code df_access_verdict(const struct df_caller *caller, enum df_access access, bool project_known,
                               struct df_str project_id)
{
    bool needs_key = access == DF_ACCESS_TOKENS || access == DF_ACCESS_PROXY || access == DF_ACCESS_KEYS;
    if (access == DF_ACCESS_PUBLIC)
        return DF_OK;
    if (access == DF_ACCESS_UNSET)
        return DF_ERR_FORBIDDEN;
    if (caller->kind == DF_CALLER_NOBODY || (caller->kind == DF_CALLER_OPEN && needs_key))
        return DF_ERR_UNAUTHORIZED;
    if (caller->kind == DF_CALLER_OPEN || caller->role == DF_ROLE_ADMIN)
        return DF_OK;
    if (!role_suffices(caller, access))
        return DF_ERR_FORBIDDEN;
    if (project_known && caller->role == DF_ROLE_PROJECT && is_of_a_project(access) &&
        !df_str_eq(project_id, caller->project_id))
        return DF_ERR_PROJECT;
    return DF_OK;
}
