/* What is posted to the sandbox's Linear: a document, checked against a schema and its cost counted; and the text as a schema. */
#include "fuzz.h"

#include "sandbox/graphql_check.h"

static const char schema_text[] =
    "type Query { viewer: User! issue(id: String!): Issue! issues(first: Int, filter: F): IssueConnection! }"
    "type Mutation { issueCreate(input: I!): Issue } type User { id: ID! name: String }"
    "type Issue { id: ID! title: String parent: Issue labels: [String!]! } input F { and: [F!] eq: String n: Int }"
    "type IssueConnection { nodes: [Issue!]! } input I { title: String! kind: K labels: [String!] } enum K { a b }";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    struct df_str text = df_str_n((const char *)data, n);
    struct gql_type_def *schema = NULL, *made;
    struct gql_document document;
    const struct gql_operation *operation;
    struct df_error err;
    fuzz_check(gql_schema_parse(df_str_c(schema_text), arena, &schema, NULL) == DF_OK);
    if (gql_schema_parse(text, arena, &made, &err) != DF_OK)
        fuzz_check(err.message[0]);
    if (n > 8192 || gql_document_parse(text, arena, &document, &err) != DF_OK)
        return 0;
    const struct gql_request request = {schema, &document, NULL, arena};
    if (gql_operation_choose(&document, DF_STR_NONE, &operation, NULL) != DF_OK ||
        gql_operation_check(&request, operation, NULL) != DF_OK)
        return 0;
    fuzz_check(gql_complexity(&request, operation) > 0);
    return 0;
}
