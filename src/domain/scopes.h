/* OAuth scopes (RFC 6749 section 3.3): lists, kept as one space-separated string, checked against what a provider knows. */
#ifndef DF_DOMAIN_SCOPES_H
#define DF_DOMAIN_SCOPES_H

#include "base/arena.h"
#include "base/error.h"

/* A scope that does not exist though people ask for it, and what to ask instead. */
struct df_scope_hint {
    const char *scope, *instead;
};

/* What a provider knows of scopes; lists end with NULL. */
struct df_scope_rules {
    const char *const *known;   /* NULL: any */
    const char *const *minimal; /* each with what fails without it, in `minimal_use` */
    const char *const *minimal_use;
    const char *const *recommended;
    const struct df_scope_hint *hints; /* ends with a NULL scope */
    bool more;                         /* it may know others than `known`: those are a warning, not an error */
};

/* "a b" without doubles, in the order given. */
struct df_str df_scopes_join(const struct df_str *items, size_t n, struct df_arena *arena);
struct df_str df_scopes_from_list(const char *const *list, struct df_arena *arena);
/* The items of "a b"; also of a comma-separated list, as some providers answer. */
size_t df_scopes_split(struct df_str scopes, struct df_arena *arena, struct df_str **ret);
/* The same set, those that stand in `order` first and in its order. */
struct df_str df_scopes_ordered_like(struct df_str scopes, struct df_str order, struct df_arena *arena);
bool df_scopes_has(struct df_str scopes, struct df_str scope);

/* DF_ERR_SCOPE names every scope the provider does not know, with the hint where there is one. */
enum df_code df_scopes_check(const struct df_scope_rules *rules, const char *provider, struct df_str scopes,
                             struct df_error *err);
/* One sentence for each minimal scope that is missing; returns how many. */
size_t df_scopes_warnings(const struct df_scope_rules *rules, struct df_str scopes, struct df_arena *arena,
                          struct df_str **ret);

/* One sentence for each scope that is not known where the provider may know more; returns how many. */
size_t df_scopes_unknown(const struct df_scope_rules *rules, struct df_str scopes, struct df_arena *arena,
                         struct df_str **ret);

#endif
