#include "sandbox/linear.h"

enum { FILTER_DEPTH = 8 };

static bool one_of(struct df_str text, const struct df_json *list)
{
    for (struct df_json_iter it = df_json_iter(list); df_json_next(&it);)
        if (df_str_eq(df_json_str(it.value), text))
            return true;
    return false;
}

static struct df_str lower(struct df_str s, struct df_arena *arena)
{
    char *copy = df_arena_cstr(arena, s);
    for (size_t i = 0; i < s.n; i++)
        if (copy[i] >= 'A' && copy[i] <= 'Z')
            copy[i] = (char)(copy[i] - 'A' + 'a');
    return df_str_n(copy, s.n);
}

static bool compare_text(struct linear_call *call, struct df_str text, struct df_str how, const struct df_json *with)
{
    struct df_str other = df_json_str(with);
    if (df_str_is(how, "eq"))
        return df_str_eq(text, other);
    if (df_str_is(how, "neq"))
        return !df_str_eq(text, other);
    if (df_str_is(how, "in") || df_str_is(how, "nin"))
        return one_of(text, with) == df_str_is(how, "in");
    if (df_str_is(how, "eqIgnoreCase"))
        return df_str_ieq(text, other);
    if (df_str_is(how, "contains"))
        return df_str_find(text, other) >= 0;
    if (df_str_is(how, "containsIgnoreCase"))
        return df_str_find(lower(text, call->arena), lower(other, call->arena)) >= 0;
    if (df_str_is(how, "startsWith"))
        return df_str_starts(text, other);
    return df_str_is(how, "endsWith") && df_str_ends(text, other);
}

static bool compare_number(double number, struct df_str how, const struct df_json *with)
{
    double other = df_json_double(with, 0);
    if (df_str_is(how, "eq"))
        return number == other;
    if (df_str_is(how, "neq"))
        return number != other;
    if (df_str_is(how, "gt"))
        return number > other;
    if (df_str_is(how, "gte"))
        return number >= other;
    if (df_str_is(how, "lt"))
        return number < other;
    return df_str_is(how, "lte") && number <= other;
}

static bool compare(struct linear_call *call, const struct linear_value *v, const struct df_json *comparator)
{
    for (struct df_json_iter it = df_json_iter(comparator); df_json_next(&it);) {
        bool holds = v->kind == LINEAR_NUMBER || v->kind == LINEAR_BOOLEAN
                         ? compare_number(v->number, it.key, it.value)
                         : compare_text(call, v->text, it.key, it.value);
        if (!holds)
            return false;
    }
    return true;
}

static bool any_attachment(struct linear_call *call, const struct linear_node *issue, const struct df_json *filter,
                           bool wanted, int depth)
{
    for (const struct linear_node *a = call->linear->first; a; a = a->next)
        if (!a->gone && strcmp(a->type, "Attachment") == 0 && linear_ref(a, "issue") == issue &&
            linear_matches(call, a, filter, depth) == wanted)
            return true;
    return false;
}

static bool combine(struct linear_call *call, const struct linear_node *node, const struct df_json *list, bool all,
                    int depth)
{
    for (struct df_json_iter it = df_json_iter(list); df_json_next(&it);)
        if (linear_matches(call, node, it.value, depth) != all)
            return !all;
    return all;
}

static bool holds(struct linear_call *call, const struct linear_node *node, struct df_str key, const struct df_json *v,
                  int depth)
{
    if (df_str_is(key, "and") || df_str_is(key, "or"))
        return combine(call, node, v, df_str_is(key, "and"), depth);
    if (df_str_is(key, "attachments")) {
        const struct df_json *some = df_json_get(v, "some"), *every = df_json_get(v, "every");
        return (!some || any_attachment(call, node, some, true, depth)) &&
               (!every || !any_attachment(call, node, every, false, depth));
    }
    struct linear_value value = df_str_is(key, "id") ? linear_text(node->id)
                                                     : linear_prop(node, df_arena_cstr(call->arena, key));
    if (value.kind == LINEAR_NODE)
        return linear_matches(call, value.node, v, depth);
    return compare(call, &value, v);
}

bool linear_matches(struct linear_call *call, const struct linear_node *node, const struct df_json *filter, int depth)
{
    if (depth > FILTER_DEPTH)
        return false;
    for (struct df_json_iter it = df_json_iter(filter); df_json_next(&it);)
        if (!holds(call, node, it.key, it.value, depth + 1))
            return false;
    return true;
}
