/* The sandbox's Linear: a workspace in memory (two teams with their states, labels, issues, attachments, comments, relations,
 * documents), its GraphQL over the schema in linear.graphql, its OAuth with rotation, its errors and limits. Everything is a node
 * with named properties; what a field answers is a property, or one of the few that are worked out.
 * The caller holds the sandbox's mutex where nothing else is said. Sources: Linear's public schema (SDK 88.3.0);
 * linear.app/developers on OAuth, rate limiting and errors. */
#ifndef DF_SANDBOX_LINEAR_H
#define DF_SANDBOX_LINEAR_H

#include "sandbox/graphql_check.h"
#include "sandbox/oauth.h"

enum { LINEAR_NODES_MAX = 20000, LINEAR_DOCUMENTS_MAX = 100 };

enum linear_kind { LINEAR_NULL, LINEAR_TEXT, LINEAR_NUMBER, LINEAR_BOOLEAN, LINEAR_JSON, LINEAR_NODE, LINEAR_NODES };
struct linear_node;
struct linear_value {
    enum linear_kind kind;
    struct df_str text; /* of LINEAR_JSON: as JSON */
    double number;      /* of LINEAR_BOOLEAN: 0 or 1 */
    const struct linear_node *node;
    const struct linear_node **nodes;
    size_t n;
    bool more, before; /* of a page: there are some after it, before it */
};
struct linear_prop {
    struct df_str name;
    struct linear_value value;
    struct linear_prop *next;
};
struct linear_node {
    const char *type;
    struct df_str id;
    int64_t created_ms, updated_ms, archived_ms;
    bool gone;
    struct linear_prop *props;
    struct linear_node *next; /* in the order made */
};

struct linear_limits {
    int64_t requests, complexity, window_ms; /* in each window */
    int64_t used, spent, until_ms;
};

struct linear {
    struct df_arena *arena; /* of what stays */
    struct df_str url;      /* of its pages: "http://127.0.0.1:9009/linear" */
    struct gql_type_def *schema;
    struct sandbox_oauth oauth;
    struct df_str api_key;
    struct linear_node *first, *last;
    size_t n_nodes;
    int64_t sync_id;
    struct linear_limits limits;
    unsigned long long calls;
    struct df_str documents[LINEAR_DOCUMENTS_MAX]; /* each text that was taken, once */
    size_t n_documents;
};

extern const char df_linear_schema[]; /* linear.graphql */
extern const unsigned long df_linear_schema_n;

void linear_init(struct linear *linear, struct df_arena *arena, const struct sandbox_oauth *application,
                 int64_t now_ms);
void linear_done(struct linear *linear);

/* linear_data.c */
struct linear_node *linear_add(struct linear *linear, const char *type, struct df_str id, int64_t now_ms);
struct linear_node *linear_find(const struct linear *linear, const char *type, struct df_str id);
/* An issue by id or by what people call it, "ENG-12". */
struct linear_node *linear_issue(const struct linear *linear, struct df_str id, struct df_arena *arena);
/* LINEAR_NULL when it has none of that name. */
struct linear_value linear_prop(const struct linear_node *node, const char *name);
const struct linear_node *linear_ref(const struct linear_node *node, const char *name);
void linear_set(struct linear *linear, struct linear_node *node, const char *name, struct linear_value value);
struct linear_value linear_text(struct df_str text); /* empty: null */
struct linear_value linear_number(double number);
struct linear_value linear_boolean(bool value);
struct linear_value linear_of(const struct linear_node *node); /* NULL: null */
struct linear_value linear_json(const struct df_json *v, struct df_arena *arena);

/* Why a field has no value: Linear's code, type and sentence. */
struct linear_fault {
    const char *code, *type;
    char message[256];
};
/* One request under way. */
struct linear_call {
    struct linear *linear;
    struct df_arena *arena;
    int64_t now_ms;
    oauth_scopes scopes;
    struct linear_fault fault; /* code NULL: none */
    bool partial;              /* the next object that may be null is, and the answer says it failed */
};
enum { LINEAR_READ = 1, LINEAR_WRITE = 2, LINEAR_ISSUES_CREATE = 4, LINEAR_COMMENTS_CREATE = 8, LINEAR_ADMIN = 16 };
struct linear_value linear_fail(struct linear_call *call, const char *code, const char *type, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* linear_query.c: a field of a node; node NULL: of Query. */
struct linear_value linear_field(struct linear_call *call, const struct linear_node *node,
                                 const struct gql_field_def *field, const struct df_json *args);
struct linear_node *linear_made(struct linear_call *call, const char *type); /* of this answer alone */
void linear_put(struct linear_call *call, struct linear_node *node, const char *name, struct linear_value value);
/* linear_filter.c: whether a node is one a filter asks for. */
bool linear_matches(struct linear_call *call, const struct linear_node *node, const struct df_json *filter, int depth);
/* linear_mutation.c */
struct linear_value linear_mutate(struct linear_call *call, struct df_str name, const struct df_json *args);

#endif
