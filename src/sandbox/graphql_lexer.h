/* Tokens of GraphQL, for the parser alone: names, numbers, strings (undone to UTF-8), punctuation. Commas, comments and white space
 * are nothing. Source: GraphQL, October 2021, section 2.1. */
#ifndef DF_SANDBOX_GRAPHQL_LEXER_H
#define DF_SANDBOX_GRAPHQL_LEXER_H

#include "base/arena.h"

enum gql_token_kind { GQL_T_END, GQL_T_NAME, GQL_T_INT, GQL_T_FLOAT, GQL_T_STRING, GQL_T_PUNCTUATOR, GQL_T_BAD };
struct gql_token {
    enum gql_token_kind kind;
    struct df_str text; /* of a string: what it says */
};
struct gql_lexer {
    struct df_arena *arena;
    struct df_str rest;
};
/* The next token off the front. */
struct gql_token gql_lex(struct gql_lexer *lexer);

#endif
