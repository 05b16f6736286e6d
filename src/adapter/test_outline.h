/* Tests in outline, for languages whose programs are not run here (port/test_language.h): what a language's file needs to write one.
 * Everything in the event comes from outside; it reaches a test through df_outline_put_string, df_outline_put_comment and the names of
 * df_outline_name alone, none of which can hold more than a literal, a line of comment, or a word. Pure functions, any thread. */
#ifndef DF_ADAPTER_TEST_OUTLINE_H
#define DF_ADAPTER_TEST_OUTLINE_H

#include "base/json.h"
#include "port/test_language.h"

/* How values are written. */
struct df_outline_form {
    const char *comment; /* begins a line of comment: "// " */
    const char *indent;  /* of a statement in the test */
    const char *null;
    const char *list[2], *map[2], *pair; /* "[", "]"; "{", "}"; " => " */
    const char *declare[3];  /* before a variable's name, between it and its value, after that: "Object ", " = ", ";" */
    const char *use[2];      /* around a name, where a variable must be used; NULL elsewhere */
    char interpolates;       /* the character that lets code into a string, or 0 */
    bool wide_escape;        /* \u{1f600}; else \uXXXX */
    bool pairs;              /* of surrogates for what is beyond U+FFFF; else \UXXXXXXXX */
    const char *long_suffix; /* of integers */
};

/* The call that failed: views into the job's input. */
struct df_outline {
    const struct df_test_job *job;
    const struct df_json *event, *exception, *crash,
        *values; /* values: of the crash, or of the nearest call around it that has some */
    struct df_str issue, type, value, function, module, file, reason;
    int64_t line;
};

enum df_outline_style { DF_OUTLINE_CAMEL, DF_OUTLINE_PASCAL, DF_OUTLINE_SNAKE };

/* Also makes ready the text that the test is written into. */
enum df_code df_outline_begin(const struct df_test_job *job, struct df_arena *arena, struct df_outline *ret,
                              struct df_buf *ret_text, struct df_error *err);

/* Letters, digits and, in snake case, underscores of the text, at most 60; "event" when nothing is left. Begins with a letter. */
struct df_str df_outline_name(struct df_str text, enum df_outline_style style, struct df_arena *arena);
/* What the test is called after: the issue, or the function and the begin of the event's ID. */
struct df_str df_outline_stem(const struct df_outline *o, enum df_outline_style style, struct df_arena *arena);
/* "perform_no_longer_raises_api_exception" */
struct df_str df_outline_test_name(const struct df_outline *o, enum df_outline_style style, struct df_arena *arena);

/* A literal with its quotes. */
void df_outline_put_string(struct df_buf *to, const struct df_outline_form *form, struct df_str s);
void df_outline_put_value(struct df_buf *to, const struct df_outline_form *form, const struct df_json *v,
                          struct df_arena *arena);
/* A line of comment that nothing in the text can end. */
void df_outline_put_comment(struct df_buf *to, const struct df_outline_form *form, const char *indent,
                            struct df_str text);

/* "Not verified: ...", a literal. */
void df_outline_put_reason(struct df_buf *to, const struct df_outline_form *form, const struct df_outline *o,
                           struct df_arena *arena);
/* The head of the file: which issue, where and how it was raised, release, environment, request, what went before. */
void df_outline_put_conditions(struct df_buf *to, const struct df_outline_form *form, const struct df_outline *o,
                               struct df_arena *arena);
/* The values of the call as variables, then a comment that names the call. */
void df_outline_put_call(struct df_buf *to, const struct df_outline_form *form, const struct df_outline *o,
                         struct df_arena *arena);

/* The result, as a helper's last line. */
enum df_code df_outline_answer(const struct df_outline *o, struct df_str file, const struct df_buf *text,
                               struct df_arena *arena, struct df_str *ret, struct df_error *err);

#endif
