#include "sandbox/graphql.h"
#include "sandbox/graphql_lexer.h"

/* A failure is kept in `code`; from then on nothing is taken any more, so that callers check once, at the end. */
struct parser {
    struct df_arena *arena;
    struct gql_lexer lexer;
    struct gql_token token; /* the one looked at */
    size_t n_tokens;
    int depth;
    enum df_code code;
    struct df_error *err;
};

static void fail(struct parser *p)
{
    if (p->code != DF_OK)
        return;
    p->code = p->token.kind == GQL_T_END ? df_fail(p->err, DF_ERR_INVALID, "Syntax Error: Unexpected <EOF>.")
                                         : df_fail(p->err, DF_ERR_INVALID, "Syntax Error: Unexpected \"%.*s\".",
                                                   DF_FMT(df_str_head(p->token.text, 40)));
    p->token = (struct gql_token){GQL_T_END, DF_STR_NONE};
    p->lexer.rest = DF_STR_NONE;
}

static void next(struct parser *p)
{
    if (p->code != DF_OK)
        return;
    p->token = gql_lex(&p->lexer);
    if (p->token.kind == GQL_T_BAD || ++p->n_tokens > GQL_TOKENS_MAX)
        fail(p);
}

static bool at(const struct parser *p, const char *punctuator)
{
    return p->code == DF_OK && p->token.kind == GQL_T_PUNCTUATOR && df_str_is(p->token.text, punctuator);
}

static bool at_name(const struct parser *p, const char *name)
{
    return p->code == DF_OK && p->token.kind == GQL_T_NAME && df_str_is(p->token.text, name);
}

static bool take(struct parser *p, const char *punctuator)
{
    bool here = at(p, punctuator);
    if (here)
        next(p);
    return here;
}

static void expect(struct parser *p, const char *punctuator)
{
    if (!take(p, punctuator))
        fail(p);
}

static struct df_str name(struct parser *p)
{
    struct df_str text = p->token.text;
    if (p->token.kind != GQL_T_NAME)
        fail(p);
    next(p);
    return text;
}

static bool deeper(struct parser *p)
{
    if (++p->depth > GQL_DEPTH_MAX)
        fail(p);
    return p->code == DF_OK;
}

static struct gql_value value(struct parser *p);

/* Up to the closing bracket; with names, each "name: value". */
static struct gql_arg *items(struct parser *p, const char *end, bool names)
{
    struct gql_arg *first = NULL, **last = &first;
    while (p->code == DF_OK && !take(p, end)) {
        struct gql_arg *arg = DF_NEW(p->arena, struct gql_arg);
        if (names) {
            arg->name = name(p);
            expect(p, ":");
        }
        arg->value = value(p);
        *last = arg;
        last = &arg->next;
    }
    return first;
}

static struct gql_value scalar(struct parser *p)
{
    struct gql_value v = {.text = p->token.text};
    switch (p->token.kind) {
    case GQL_T_INT:
        v.kind = GQL_INT;
        break;
    case GQL_T_FLOAT:
        v.kind = GQL_FLOAT;
        break;
    case GQL_T_STRING:
        v.kind = GQL_STRING;
        break;
    case GQL_T_NAME:
        v.kind = df_str_is(v.text, "true") || df_str_is(v.text, "false") ? GQL_BOOLEAN
                 : df_str_is(v.text, "null")                             ? GQL_NULL
                                                                         : GQL_ENUM;
        break;
    default:
        fail(p);
    }
    next(p);
    return v;
}

static struct gql_value value(struct parser *p)
{
    struct gql_value v = {.kind = GQL_NULL};
    if (deeper(p)) {
        if (take(p, "$"))
            v = (struct gql_value){GQL_VARIABLE, name(p), NULL};
        else if (take(p, "["))
            v = (struct gql_value){GQL_LIST, DF_STR_NONE, items(p, "]", false)};
        else if (take(p, "{"))
            v = (struct gql_value){GQL_OBJECT, DF_STR_NONE, items(p, "}", true)};
        else
            v = scalar(p);
    }
    p->depth--;
    return v;
}

static struct gql_type type(struct parser *p)
{
    struct gql_type t = {.list = take(p, "[")};
    t.name = name(p);
    if (t.list) {
        t.items_required = take(p, "!");
        expect(p, "]");
    }
    t.required = take(p, "!");
    return t;
}

static struct gql_directive *directives(struct parser *p)
{
    struct gql_directive *first = NULL, **last = &first;
    while (take(p, "@")) {
        struct gql_directive *d = DF_NEW(p->arena, struct gql_directive);
        d->name = name(p);
        if (take(p, "("))
            d->args = items(p, ")", true);
        *last = d;
        last = &d->next;
    }
    return first;
}

static struct gql_selection *selections(struct parser *p);

static void spread(struct parser *p, struct gql_selection *s)
{
    s->kind = GQL_SPREAD;
    if (p->token.kind == GQL_T_NAME && !at_name(p, "on")) {
        s->name = name(p);
        s->directives = directives(p);
        return;
    }
    s->kind = GQL_INLINE;
    if (at_name(p, "on")) {
        next(p);
        s->name = name(p);
    }
    s->directives = directives(p);
    s->selections = selections(p);
}

static void field(struct parser *p, struct gql_selection *s)
{
    s->kind = GQL_FIELD;
    s->name = s->key = name(p);
    if (take(p, ":"))
        s->name = name(p);
    if (take(p, "("))
        s->args = items(p, ")", true);
    s->directives = directives(p);
    if (at(p, "{"))
        s->selections = selections(p);
}

static struct gql_selection *selections(struct parser *p)
{
    struct gql_selection *first = NULL, **last = &first;
    expect(p, "{");
    if (at(p, "}"))
        fail(p);
    if (deeper(p))
        while (p->code == DF_OK && !take(p, "}")) {
            struct gql_selection *s = DF_NEW(p->arena, struct gql_selection);
            (take(p, "...") ? spread : field)(p, s);
            *last = s;
            last = &s->next;
        }
    p->depth--;
    return first;
}

static struct gql_variable *variables(struct parser *p)
{
    struct gql_variable *first = NULL, **last = &first;
    if (!take(p, "("))
        return NULL;
    while (p->code == DF_OK && !take(p, ")")) {
        struct gql_variable *v = DF_NEW(p->arena, struct gql_variable);
        expect(p, "$");
        v->name = name(p);
        expect(p, ":");
        v->type = type(p);
        v->has_initial = take(p, "=");
        if (v->has_initial)
            v->initial = value(p);
        (void)directives(p);
        *last = v;
        last = &v->next;
    }
    return first;
}

static struct gql_operation *operation(struct parser *p)
{
    struct gql_operation *o = DF_NEW(p->arena, struct gql_operation);
    o->kind = DF_S("query");
    if (!at(p, "{")) {
        if (!at_name(p, "query") && !at_name(p, "mutation") && !at_name(p, "subscription"))
            fail(p);
        o->kind = name(p);
        if (p->token.kind == GQL_T_NAME)
            o->name = name(p);
        o->variables = variables(p);
        (void)directives(p);
    }
    o->selections = selections(p);
    return o;
}

static struct gql_fragment *fragment(struct parser *p)
{
    struct gql_fragment *f = DF_NEW(p->arena, struct gql_fragment);
    next(p);
    f->name = name(p);
    if (!at_name(p, "on"))
        fail(p);
    next(p);
    f->on = name(p);
    (void)directives(p);
    f->selections = selections(p);
    return f;
}

static struct parser begin(struct df_str text, struct df_arena *arena, struct df_error *err)
{
    struct parser p = {.arena = arena, .lexer = {arena, text}, .err = err};
    next(&p);
    return p;
}

enum df_code gql_document_parse(struct df_str text, struct df_arena *arena, struct gql_document *ret,
                                struct df_error *err)
{
    struct parser p = begin(text, arena, err);
    struct gql_document doc = {NULL, NULL};
    struct gql_operation **last_operation = &doc.operations;
    struct gql_fragment **last_fragment = &doc.fragments;
    if (p.token.kind == GQL_T_END)
        fail(&p);
    while (p.code == DF_OK && p.token.kind != GQL_T_END)
        if (at_name(&p, "fragment")) {
            *last_fragment = fragment(&p);
            last_fragment = &(*last_fragment)->next;
        } else {
            *last_operation = operation(&p);
            last_operation = &(*last_operation)->next;
        }
    if (p.code == DF_OK)
        *ret = doc;
    return p.code;
}

static struct gql_field_def *field_defs(struct parser *p, const char *end, enum gql_kind kind)
{
    struct gql_field_def *first = NULL, **last = &first;
    while (p->code == DF_OK && !take(p, end)) {
        struct gql_field_def *f = DF_NEW(p->arena, struct gql_field_def);
        f->name = name(p);
        if (kind == GQL_TYPE_DEF && take(p, "("))
            f->args = field_defs(p, ")", GQL_INPUT_DEF);
        if (kind != GQL_ENUM_DEF) {
            expect(p, ":");
            f->type = type(p);
        }
        if (take(p, "="))
            (void)value(p);
        (void)directives(p);
        *last = f;
        last = &f->next;
    }
    return first;
}

static struct gql_type_def *type_def(struct parser *p)
{
    static const char *const words[] = {
        [GQL_SCALAR_DEF] = "scalar", [GQL_TYPE_DEF] = "type", [GQL_INPUT_DEF] = "input", [GQL_ENUM_DEF] = "enum"};
    struct gql_type_def *t = DF_NEW(p->arena, struct gql_type_def);
    int kind = 0;
    while (kind < 4 && !at_name(p, words[kind]))
        kind++;
    if (kind == 4) {
        fail(p);
        return t;
    }
    next(p);
    t->kind = (enum gql_kind)kind;
    t->name = name(p);
    if (t->kind != GQL_SCALAR_DEF) {
        expect(p, "{");
        t->fields = field_defs(p, "}", t->kind);
    }
    return t;
}

enum df_code gql_schema_parse(struct df_str text, struct df_arena *arena, struct gql_type_def **ret,
                              struct df_error *err)
{
    struct parser p = begin(text, arena, err);
    struct gql_type_def *first = NULL, **last = &first;
    while (p.code == DF_OK && p.token.kind != GQL_T_END) {
        *last = type_def(&p);
        last = &(*last)->next;
    }
    if (p.code == DF_OK)
        *ret = first;
    return p.code;
}

const struct gql_type_def *gql_type_find(const struct gql_type_def *schema, struct df_str wanted)
{
    while (schema && !df_str_eq(schema->name, wanted))
        schema = schema->next;
    return schema;
}

const struct gql_field_def *gql_field_find(const struct gql_field_def *fields, struct df_str wanted)
{
    while (fields && !df_str_eq(fields->name, wanted))
        fields = fields->next;
    return fields;
}
