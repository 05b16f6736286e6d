/* Whether a document may be run against a schema (GraphQL, October 2021, section 5): fields, arguments, input fields, fragments,
 * variables and leaves; and what it costs by Linear's counting. Pure. The sentences are those GraphQL servers give. */
#ifndef DF_SANDBOX_GRAPHQL_CHECK_H
#define DF_SANDBOX_GRAPHQL_CHECK_H

#include "base/json.h"
#include "sandbox/graphql.h"

struct gql_request {
    const struct gql_type_def *schema;
    const struct gql_document *document;
    const struct df_json *variables; /* may be NULL */
    struct df_arena *arena;
};

/* The operation of that name, or the only one; DF_ERR_INVALID. */
enum df_code gql_operation_choose(const struct gql_document *document, struct df_str name,
                                  const struct gql_operation **ret, struct df_error *err);
/* DF_ERR_INVALID with the first fault. */
enum df_code gql_operation_check(const struct gql_request *request, const struct gql_operation *operation,
                                 struct df_error *err);
/* The arguments of a selection as an object, variables filled in; those not given are absent. */
const struct df_json *gql_arguments(const struct gql_request *request, const struct gql_operation *operation,
                                    const struct gql_selection *selection);
const struct gql_fragment *gql_fragment_find(const struct gql_document *document, struct df_str name);
/* False where @skip or @include says so. */
bool gql_is_wanted(const struct gql_request *request, const struct gql_operation *operation,
                   const struct gql_selection *selection);
/* 0.1 a property, 1 an object, a connection's as often as `first` says (50 unless said). */
double gql_complexity(const struct gql_request *request, const struct gql_operation *operation);

#endif
