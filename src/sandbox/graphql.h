/* GraphQL text: documents that are to be executed, and type definitions, parsed into a tree. Pure; the tree lives in the arena, its
 * strings are views into the text or copies. Bounded: GQL_DEPTH_MAX levels, GQL_TOKENS_MAX tokens; what is beyond is an error, as is
 * all that the grammar does not know. The fuzz target calls both parsers.
 * Source: GraphQL specification, October 2021, sections 2 and 3 (no interfaces, unions, extensions, descriptions of arguments). */
#ifndef DF_SANDBOX_GRAPHQL_H
#define DF_SANDBOX_GRAPHQL_H

#include "base/arena.h"
#include "base/error.h"

enum { GQL_DEPTH_MAX = 32, GQL_TOKENS_MAX = 20000 };

enum gql_value_kind {
    GQL_NULL,
    GQL_INT,
    GQL_FLOAT,
    GQL_STRING,
    GQL_BOOLEAN,
    GQL_ENUM,
    GQL_VARIABLE,
    GQL_LIST,
    GQL_OBJECT
};
struct gql_arg;
struct gql_value {
    enum gql_value_kind kind;
    struct df_str text;    /* a number, string, name or variable; "true" or "false" */
    struct gql_arg *items; /* of a list (without names) or an object */
};
struct gql_arg {
    struct df_str name;
    struct gql_value value;
    struct gql_arg *next;
};

/* [name!]! */
struct gql_type {
    struct df_str name;
    bool list, required, items_required;
};

struct gql_directive {
    struct df_str name;
    struct gql_arg *args;
    struct gql_directive *next;
};

enum gql_selection_kind { GQL_FIELD, GQL_SPREAD, GQL_INLINE };
struct gql_selection {
    enum gql_selection_kind kind;
    struct df_str name; /* the field's, the fragment's, or the type of an inline one (may be empty) */
    struct df_str key;  /* what the field is called in the answer */
    struct gql_arg *args;
    struct gql_directive *directives;
    struct gql_selection *selections;
    struct gql_selection *next;
};

struct gql_variable {
    struct df_str name;
    struct gql_type type;
    bool has_initial;
    struct gql_value initial;
    struct gql_variable *next;
};

struct gql_operation {
    struct df_str kind, name; /* "query", "mutation", "subscription" */
    struct gql_variable *variables;
    struct gql_selection *selections;
    struct gql_operation *next;
};
struct gql_fragment {
    struct df_str name, on;
    struct gql_selection *selections;
    struct gql_fragment *next;
};
struct gql_document {
    struct gql_operation *operations;
    struct gql_fragment *fragments;
};

/* DF_ERR_INVALID with the words GraphQL servers use: Syntax Error: Unexpected "}". */
enum df_code gql_document_parse(struct df_str text, struct df_arena *arena, struct gql_document *ret,
                                struct df_error *err);

enum gql_kind { GQL_SCALAR_DEF, GQL_TYPE_DEF, GQL_INPUT_DEF, GQL_ENUM_DEF };
struct gql_field_def {
    struct df_str name;
    struct gql_type type;       /* nothing for a value of an enum */
    struct gql_field_def *args; /* of a type's field */
    struct gql_field_def *next;
};
struct gql_type_def {
    enum gql_kind kind;
    struct df_str name;
    struct gql_field_def *fields;
    struct gql_type_def *next;
};
/* The definitions in the order written. */
enum df_code gql_schema_parse(struct df_str text, struct df_arena *arena, struct gql_type_def **ret,
                              struct df_error *err);

const struct gql_type_def *gql_type_find(const struct gql_type_def *schema, struct df_str name);
const struct gql_field_def *gql_field_find(const struct gql_field_def *fields, struct df_str name);

#endif
