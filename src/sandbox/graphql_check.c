#include "sandbox/graphql_check.h"

enum { FIRST_DEFAULT = 50, STEPS_MAX = 5000, COST_MAX = 1000000000, ARGUMENTS_LIMIT_BYTES = 1024 * 1024 };

struct check {
    const struct gql_request *request;
    const struct gql_operation *operation;
    struct df_error *err;
    int depth, steps;
};

const struct gql_fragment *gql_fragment_find(const struct gql_document *document, struct df_str name)
{
    const struct gql_fragment *f = document->fragments;
    while (f && !df_str_eq(f->name, name))
        f = f->next;
    return f;
}

enum df_code gql_operation_choose(const struct gql_document *document, struct df_str name,
                                  const struct gql_operation **ret, struct df_error *err)
{
    const struct gql_operation *o = document->operations;
    if (!o || (name.n == 0 && o->next))
        return df_fail(err, DF_ERR_INVALID, "Must provide operation name if query contains multiple operations.");
    while (o && name.n && !df_str_eq(o->name, name))
        o = o->next;
    if (!o)
        return df_fail(err, DF_ERR_INVALID, "Unknown operation named \"%.*s\".", DF_FMT(df_str_head(name, 60)));
    *ret = o;
    return DF_OK;
}

static const struct gql_variable *variable_find(const struct gql_operation *o, struct df_str name)
{
    const struct gql_variable *v = o->variables;
    while (v && !df_str_eq(v->name, name))
        v = v->next;
    return v;
}

static bool is_builtin(struct df_str name)
{
    static const char *const names[] = {"String", "Int", "Float", "Boolean", "ID"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (df_str_is(name, names[i]))
            return true;
    return false;
}

static enum df_code wrong(const struct check *c, struct df_str type, const char *what)
{
    return df_fail(c->err, DF_ERR_INVALID, "Value for \"%.*s\" cannot represent %s.", DF_FMT(type), what);
}

static enum df_code check_json(const struct check *c, const struct gql_type *type, const struct df_json *v, int depth);

static enum df_code check_members(const struct check *c, const struct gql_field_def *defs, struct df_str type,
                                  const struct df_json *v, int depth)
{
    for (struct df_json_iter it = df_json_iter(v); df_json_next(&it);) {
        const struct gql_field_def *def = gql_field_find(defs, it.key);
        if (!def)
            return df_fail(c->err, DF_ERR_INVALID, "Field \"%.*s\" is not defined by type \"%.*s\".",
                           DF_FMT(df_str_head(it.key, 60)), DF_FMT(type));
        DF_TRY(check_json(c, &def->type, it.value, depth + 1));
    }
    for (const struct gql_field_def *def = defs; def; def = def->next)
        if (def->type.required && df_json_is_null(df_json_get(v, df_arena_cstr(c->request->arena, def->name))))
            return df_fail(c->err, DF_ERR_INVALID, "Field \"%.*s.%.*s\" of required type \"%.*s!\" was not provided.",
                           DF_FMT(type), DF_FMT(def->name), DF_FMT(def->type.name));
    return DF_OK;
}

static enum df_code check_scalar(const struct check *c, struct df_str type, const struct df_json *v)
{
    bool text = df_str_is(type, "String") || df_str_is(type, "DateTime") || df_str_is(type, "TimelessDate");
    if (text && !df_json_is_string(v))
        return wrong(c, type, "a non string value");
    if (df_str_is(type, "ID") && !df_json_is_string(v) && !df_json_is_number(v))
        return wrong(c, type, "a value that is no ID");
    if ((df_str_is(type, "Int") || df_str_is(type, "Float")) && !df_json_is_number(v))
        return wrong(c, type, "a non numeric value");
    if (df_str_is(type, "Int") && df_json_double(v, 0) != (double)df_json_int(v, 0))
        return wrong(c, type, "a non-integer value");
    if (df_str_is(type, "Boolean") && !df_json_is_bool(v))
        return wrong(c, type, "a non boolean value");
    if (df_str_is(type, "JSONObject") && !df_json_is_object(v))
        return wrong(c, type, "a value that is no object");
    return DF_OK;
}

/* A list may be given as its only item (section 3.11). */
static enum df_code check_json(const struct check *c, const struct gql_type *type, const struct df_json *v, int depth)
{
    struct gql_type item = {.name = type->name, .required = type->items_required};
    if (depth > GQL_DEPTH_MAX)
        return wrong(c, type->name, "a value so deep");
    if (df_json_is_null(v))
        return type->required ? df_fail(c->err, DF_ERR_INVALID, "Expected value of type \"%.*s!\", found null.",
                                        DF_FMT(type->name))
                              : DF_OK;
    if (type->list && df_json_is_array(v)) {
        for (struct df_json_iter it = df_json_iter(v); df_json_next(&it);)
            DF_TRY(check_json(c, &item, it.value, depth + 1));
        return DF_OK;
    }
    const struct gql_type_def *def = gql_type_find(c->request->schema, type->name);
    if (is_builtin(type->name) || (def && def->kind == GQL_SCALAR_DEF))
        return check_scalar(c, type->name, v);
    if (def && def->kind == GQL_ENUM_DEF)
        return gql_field_find(def->fields, df_json_str(v))
                   ? DF_OK
                   : df_fail(c->err, DF_ERR_INVALID, "Value \"%.*s\" does not exist in \"%.*s\" enum.",
                             DF_FMT(df_str_head(df_json_str(v), 60)), DF_FMT(type->name));
    if (!def || def->kind != GQL_INPUT_DEF)
        return df_fail(c->err, DF_ERR_INVALID, "Unknown input type \"%.*s\".", DF_FMT(df_str_head(type->name, 60)));
    if (!df_json_is_object(v))
        return wrong(c, type->name, "a value that is no object");
    return check_members(c, def->fields, type->name, v, depth);
}

static enum df_code check_variable_use(const struct check *c, const struct gql_value *v)
{
    if (v->kind == GQL_VARIABLE && !variable_find(c->operation, v->text))
        return df_fail(c->err, DF_ERR_INVALID, "Variable \"$%.*s\" is not defined.", DF_FMT(df_str_head(v->text, 60)));
    for (const struct gql_arg *item = v->items; item; item = item->next)
        DF_TRY(check_variable_use(c, &item->value));
    return DF_OK;
}

/* A variable in the place of an argument is of that argument's type, and not less strict (section 5.8.5). */
static enum df_code check_position(const struct check *c, const struct gql_arg *arg, const struct gql_field_def *def)
{
    if (arg->value.kind != GQL_VARIABLE)
        return DF_OK;
    const struct gql_variable *v = variable_find(c->operation, arg->value.text);
    bool strict = !def->type.required || v->type.required || v->has_initial;
    if (df_str_eq(v->type.name, def->type.name) && v->type.list == def->type.list && strict)
        return DF_OK;
    return df_fail(c->err, DF_ERR_INVALID,
                   "Variable \"$%.*s\" of type \"%s%.*s%s%s\" used in position expecting type \"%s%.*s%s%s\".",
                   DF_FMT(v->name), v->type.list ? "[" : "", DF_FMT(v->type.name), v->type.list ? "]" : "",
                   v->type.required ? "!" : "", def->type.list ? "[" : "", DF_FMT(def->type.name),
                   def->type.list ? "]" : "", def->type.required ? "!" : "");
}

static enum df_code check_arguments(const struct check *c, const struct gql_selection *s,
                                    const struct gql_field_def *field, struct df_str type)
{
    struct df_str place = df_arena_printf(c->request->arena, "%.*s.%.*s", DF_FMT(type), DF_FMT(s->name));
    for (const struct gql_arg *arg = s->args; arg; arg = arg->next) {
        const struct gql_field_def *def = gql_field_find(field->args, arg->name);
        if (!def)
            return df_fail(c->err, DF_ERR_INVALID, "Unknown argument \"%.*s\" on field \"%.*s\".",
                           DF_FMT(df_str_head(arg->name, 60)), DF_FMT(place));
        DF_TRY(check_variable_use(c, &arg->value));
        DF_TRY(check_position(c, arg, def));
    }
    return check_members(c, field->args, place, gql_arguments(c->request, c->operation, s), 0);
}

static enum df_code check_selections(struct check *c, const struct gql_selection *s, const struct gql_type_def *type);

static enum df_code check_field(struct check *c, const struct gql_selection *s, const struct gql_type_def *type)
{
    const struct gql_field_def *field = gql_field_find(type->fields, s->name);
    if (df_str_is(s->name, "__typename"))
        return DF_OK;
    if (!field)
        return df_fail(c->err, DF_ERR_INVALID, "Cannot query field \"%.*s\" on type \"%.*s\".",
                       DF_FMT(df_str_head(s->name, 60)), DF_FMT(type->name));
    DF_TRY(check_arguments(c, s, field, type->name));
    const struct gql_type_def *of = gql_type_find(c->request->schema, field->type.name);
    bool composite = of && of->kind == GQL_TYPE_DEF;
    if (composite && !s->selections)
        return df_fail(c->err, DF_ERR_INVALID,
                       "Field \"%.*s\" of type \"%.*s\" must have a selection of subfields. Did you mean \"%.*s { ... "
                       "}\"?",
                       DF_FMT(s->name), DF_FMT(of->name), DF_FMT(s->name));
    if (!composite && s->selections)
        return df_fail(c->err, DF_ERR_INVALID,
                       "Field \"%.*s\" must not have a selection since type \"%.*s\" has no subfields.",
                       DF_FMT(s->name), DF_FMT(field->type.name));
    return composite ? check_selections(c, s->selections, of) : DF_OK;
}

static enum df_code check_spread(struct check *c, const struct gql_selection *s, const struct gql_type_def *type)
{
    const struct gql_fragment *f = s->kind == GQL_SPREAD ? gql_fragment_find(c->request->document, s->name) : NULL;
    if (s->kind == GQL_SPREAD && !f)
        return df_fail(c->err, DF_ERR_INVALID, "Unknown fragment \"%.*s\".", DF_FMT(df_str_head(s->name, 60)));
    struct df_str on = f ? f->on : s->name;
    if (on.n && !df_str_eq(on, type->name))
        return df_fail(c->err, DF_ERR_INVALID,
                       "Fragment cannot be spread here as objects of type \"%.*s\" can never be of type \"%.*s\".",
                       DF_FMT(type->name), DF_FMT(df_str_head(on, 60)));
    return check_selections(c, f ? f->selections : s->selections, type);
}

static enum df_code check_selections(struct check *c, const struct gql_selection *s, const struct gql_type_def *type)
{
    enum df_code code = DF_OK;
    if (++c->depth > GQL_DEPTH_MAX || ++c->steps > STEPS_MAX)
        code = df_fail(c->err, DF_ERR_INVALID, "The query is nested too deeply, or a fragment spreads itself.");
    for (; s && code == DF_OK; s = s->next)
        code = s->kind == GQL_FIELD ? check_field(c, s, type) : check_spread(c, s, type);
    c->depth--;
    return code;
}

static enum df_code check_variables(const struct check *c)
{
    for (const struct gql_variable *v = c->operation->variables; v; v = v->next) {
        const struct df_json *given = df_json_get(c->request->variables, df_arena_cstr(c->request->arena, v->name));
        if (df_json_is_null(given) && v->type.required && !v->has_initial)
            return df_fail(c->err, DF_ERR_INVALID, "Variable \"$%.*s\" of required type \"%.*s!\" was not provided.",
                           DF_FMT(v->name), DF_FMT(v->type.name));
        if (given)
            DF_TRY(check_json(c, &v->type, given, 0));
    }
    return DF_OK;
}

enum df_code gql_operation_check(const struct gql_request *request, const struct gql_operation *operation,
                                 struct df_error *err)
{
    struct check c = {request, operation, err, 0, 0};
    struct df_str root = df_str_is(operation->kind, "query") ? DF_S("Query") : DF_S("Mutation");
    const struct gql_type_def *type = gql_type_find(request->schema, root);
    if (!type || df_str_is(operation->kind, "subscription"))
        return df_fail(err, DF_ERR_INVALID, "Schema is not configured to execute %.*s operation.",
                       DF_FMT(operation->kind));
    DF_TRY(check_variables(&c));
    return check_selections(&c, operation->selections, type);
}

static void put_value(struct df_json_writer *w, const struct gql_request *r, const struct gql_operation *o,
                      const struct gql_value *v);

static const struct df_json *given_for(const struct gql_request *r, const struct gql_value *v)
{
    return df_json_get(r->variables, df_arena_cstr(r->arena, v->text));
}

/* A variable that was not given is as if the argument were not there. */
static bool is_absent(const struct gql_request *r, const struct gql_operation *o, const struct gql_value *v)
{
    const struct gql_variable *def = v->kind == GQL_VARIABLE ? variable_find(o, v->text) : NULL;
    return v->kind == GQL_VARIABLE && !given_for(r, v) && (!def || !def->has_initial);
}

static void put_object(struct df_json_writer *w, const struct gql_request *r, const struct gql_operation *o,
                       const struct gql_arg *args)
{
    df_json_open(w, '{');
    for (const struct gql_arg *arg = args; arg; arg = arg->next) {
        if (is_absent(r, o, &arg->value))
            continue;
        df_json_key(w, arg->name);
        put_value(w, r, o, &arg->value);
    }
    df_json_close(w, '}');
}

static void put_list(struct df_json_writer *w, const struct gql_request *r, const struct gql_operation *o,
                     const struct gql_arg *items)
{
    df_json_open(w, '[');
    for (const struct gql_arg *item = items; item; item = item->next)
        put_value(w, r, o, &item->value);
    df_json_close(w, ']');
}

static void put_variable(struct df_json_writer *w, const struct gql_request *r, const struct gql_operation *o,
                         const struct gql_value *v)
{
    const struct df_json *given = given_for(r, v);
    const struct gql_variable *def = variable_find(o, v->text);
    if (given)
        df_json_put_value(w, given);
    else if (def && def->has_initial && def->initial.kind != GQL_VARIABLE)
        put_value(w, r, o, &def->initial);
    else
        df_json_put_null(w);
}

static void put_number(struct df_json_writer *w, const struct gql_request *r, struct df_str text)
{
    const struct df_json *number = NULL;
    (void)df_json_parse(r->arena, text, 0, &number, NULL);
    if (number)
        df_json_put_value(w, number);
    else
        df_json_put_null(w);
}

static void put_value(struct df_json_writer *w, const struct gql_request *r, const struct gql_operation *o,
                      const struct gql_value *v)
{
    switch (v->kind) {
    case GQL_OBJECT:
        put_object(w, r, o, v->items);
        break;
    case GQL_LIST:
        put_list(w, r, o, v->items);
        break;
    case GQL_VARIABLE:
        put_variable(w, r, o, v);
        break;
    case GQL_STRING:
    case GQL_ENUM:
        df_json_put_str(w, v->text);
        break;
    case GQL_BOOLEAN:
        df_json_put_bool(w, df_str_is(v->text, "true"));
        break;
    case GQL_INT:
    case GQL_FLOAT:
        put_number(w, r, v->text);
        break;
    default:
        df_json_put_null(w);
    }
}

static const struct df_json *as_json(const struct gql_request *r, const struct gql_operation *o,
                                     const struct gql_arg *args)
{
    struct df_buf text;
    struct df_json_writer w;
    const struct df_json *object = NULL;
    df_buf_init(&text, r->arena, ARGUMENTS_LIMIT_BYTES);
    df_json_writer_init(&w, &text, 0);
    put_object(&w, r, o, args);
    (void)df_json_parse(r->arena, df_buf_str(&text), 0, &object, NULL);
    return object;
}

const struct df_json *gql_arguments(const struct gql_request *request, const struct gql_operation *operation,
                                    const struct gql_selection *selection)
{
    return as_json(request, operation, selection->args);
}

bool gql_is_wanted(const struct gql_request *request, const struct gql_operation *operation,
                   const struct gql_selection *selection)
{
    for (const struct gql_directive *d = selection->directives; d; d = d->next) {
        bool skip = df_str_is(d->name, "skip"), include = df_str_is(d->name, "include");
        if ((skip || include) && df_json_bool(df_json_get(as_json(request, operation, d->args), "if"), include) == skip)
            return false;
    }
    return true;
}

static double cost(const struct gql_request *r, const struct gql_operation *o, const struct gql_selection *s,
                   const struct gql_type_def *type, int depth)
{
    double sum = 0;
    for (; s && depth < GQL_DEPTH_MAX; s = s->next) {
        const struct gql_fragment *f = s->kind == GQL_SPREAD ? gql_fragment_find(r->document, s->name) : NULL;
        const struct gql_field_def *field = s->kind == GQL_FIELD ? gql_field_find(type->fields, s->name) : NULL;
        const struct gql_type_def *of = field ? gql_type_find(r->schema, field->type.name) : NULL;
        if (s->kind != GQL_FIELD) {
            sum += cost(r, o, f ? f->selections : s->selections, type, depth + 1);
        } else if (!of || of->kind != GQL_TYPE_DEF) {
            sum += 0.1;
        } else {
            bool many = df_str_ends(of->name, DF_S("Connection"));
            double times = many ? df_json_double(df_json_get(gql_arguments(r, o, s), "first"), FIRST_DEFAULT) : 1;
            sum += 1 + (times > 0 ? times : 0) * cost(r, o, s->selections, of, depth + 1);
        }
    }
    return sum;
}

double gql_complexity(const struct gql_request *request, const struct gql_operation *operation)
{
    bool query = df_str_is(operation->kind, "query");
    const struct gql_type_def *root = gql_type_find(request->schema, query ? DF_S("Query") : DF_S("Mutation"));
    double sum = root ? cost(request, operation, operation->selections, root, 0) : 0;
    return sum < COST_MAX ? sum : COST_MAX;
}
