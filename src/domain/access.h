/* Who may do what: API keys, who presents one, and what a route asks of them. Plain data and one pure decision; who presents
 * what is found out by service/gate.h, and where a request names its project by http/gate.c. Times are ms since the epoch, 0 for
 * none. Decision: docs/decisions/006-access.md. */
#ifndef DF_DOMAIN_ACCESS_H
#define DF_DOMAIN_ACCESS_H

#include "base/error.h"
#include "base/str.h"

#include <stdint.h>

enum df_role {
    DF_ROLE_ADMIN,   /* everything */
    DF_ROLE_PROJECT, /* reads and writes one project, and sees no other */
    DF_ROLE_READ,    /* reads every project, writes none */
};
/* What a key of another role than admin may do only where it was said. */
enum df_permission { DF_MAY_TOKENS = 1, DF_MAY_PROXY = 2 };

struct df_api_key {
    struct df_str id;   /* "0a1b2c3d4e5f": no secret */
    struct df_str hash; /* SHA-256 of the key: 256 random bits need no slow hash */
    struct df_str name; /* the user's words; may be empty */
    enum df_role role;
    struct df_str project_id; /* of DF_ROLE_PROJECT, else empty */
    int64_t permissions;      /* of enum df_permission */
    int64_t created_ms, expires_ms, revoked_ms;
    int64_t last_used_ms; /* to the minute */
};

bool df_api_key_holds(const struct df_api_key *key, int64_t now_ms);
/* "admin", "project:ID" or "read"; *ret_project is a view into the text. False for anything else. */
bool df_role_parse(struct df_str text, enum df_role *ret, struct df_str *ret_project);
const char *df_role_name(enum df_role role); /* "admin", "project", "read" */
/* "tokens,proxy", in any order, or empty; false for anything else. */
bool df_permissions_parse(struct df_str text, int64_t *ret);

enum df_caller_kind {
    DF_CALLER_NOBODY, /* no key, where one is needed */
    DF_CALLER_OPEN,   /* no key, while none was ever made, on loopback: all but what hands out tokens or makes keys */
    DF_CALLER_LOCAL,  /* the key that `devflow serve` wrote for the user of this machine */
    DF_CALLER_KEY,
};
struct df_caller {
    enum df_caller_kind kind;
    enum df_role role;
    int64_t permissions;
    struct df_str id;         /* the key's, "local", or empty */
    struct df_str project_id; /* of DF_ROLE_PROJECT */
    struct df_str actor;      /* "key:ID", as the audit log names it; of DF_CALLER_KEY */
};
/* "key", "local", "open" or "nobody". */
const char *df_caller_kind_name(enum df_caller_kind kind);

/* What a route asks for. Each row of the API's table has one. */
enum df_access {
    DF_ACCESS_UNSET,         /* refused: a row without a rule lets nobody in */
    DF_ACCESS_PUBLIC,        /* nothing; what authority it needs, the request brings itself */
    DF_ACCESS_ANY,           /* any key; what is shown depends on it */
    DF_ACCESS_PROJECT_READ,  /* to read the project */
    DF_ACCESS_PROJECT_WRITE, /* to change it */
    DF_ACCESS_TOKENS,        /* the permission `tokens`, for the project; never without a key */
    DF_ACCESS_PROXY,         /* the permission `proxy`, likewise */
    DF_ACCESS_READ_ALL,      /* to read what concerns every project */
    DF_ACCESS_ADMIN,
    DF_ACCESS_KEYS, /* admin, and never without a key */
};

/* DF_OK, DF_ERR_UNAUTHORIZED, DF_ERR_FORBIDDEN by what the caller is alone, whatever the project; DF_ERR_PROJECT for a project
 * that is not the caller's, the same whether it exists or not. `project_known`: whether the request has named it yet. */
enum df_code df_access_verdict(const struct df_caller *caller, enum df_access access, bool project_known,
                               struct df_str project_id);

#endif
