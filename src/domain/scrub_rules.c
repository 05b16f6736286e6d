#include "domain/scrub_rules.h"

#include "domain/scrub_parts.h"

enum { KIND_BYTES = 32, PATTERN_MIN = 4 };

/* Which names an object may have. */
struct form {
    bool keep, projects;
};

static bool is_kind(struct df_str s)
{
    if (s.n == 0 || s.n > KIND_BYTES)
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (!(s.p[i] >= 'a' && s.p[i] <= 'z') && !df_scrub_is_digit(s.p[i]) && s.p[i] != '-')
            return false;
    return true;
}

static enum df_code check_kind(struct df_str kind, const char *where, struct df_error *err)
{
    if (!is_kind(kind))
        return df_fail(err, DF_ERR_INVALID, "scrub rules: %s: a kind is 1 to %d lower-case letters, digits and hyphens",
                       where, KIND_BYTES);
    return DF_OK;
}

/* A pattern must begin as a word does, for only there it is looked for, and hold enough to mean something. */
static enum df_code check_pattern(struct df_str p, struct df_error *err)
{
    size_t wild = 0;
    for (size_t i = 0; i < p.n; i++)
        wild += p.p[i] == '#' || p.p[i] == '?' || p.p[i] == '*';
    long star = df_str_find_char(p, '*');
    if (p.n < PATTERN_MIN || p.n > DF_SCRUB_PATTERN_BYTES || (star >= 0 && (size_t)star + 1 != p.n))
        return df_fail(err, DF_ERR_INVALID,
                       "scrub rules: pattern \"%.*s\": it has %d to %d characters, and a * only at its end",
                       DF_FMT(df_str_head(p, 80)), PATTERN_MIN, DF_SCRUB_PATTERN_BYTES);
    if (!df_scrub_is_word(p.p[0]) && p.p[0] != '#' && p.p[0] != '?')
        return df_fail(err, DF_ERR_INVALID,
                       "scrub rules: pattern \"%.*s\": it must begin with a letter, a digit, # or ?",
                       DF_FMT(df_str_head(p, 80)));
    if (wild == p.n && p.n < 8)
        return df_fail(err, DF_ERR_INVALID, "scrub rules: pattern \"%.*s\" would fit too much: say more of it",
                       DF_FMT(df_str_head(p, 80)));
    return DF_OK;
}

static enum df_code expect(const struct df_json *v, bool object, const char *name, struct df_error *err)
{
    if (object ? !df_json_is_object(v) : !df_json_is_array(v))
        return df_fail(err, DF_ERR_INVALID, "scrub rules: %s must be %s", name, object ? "an object" : "a list");
    if (df_json_count(v) > DF_SCRUB_RULES_MAX)
        return df_fail(err, DF_ERR_INVALID, "scrub rules: %s has more than %d entries", name, DF_SCRUB_RULES_MAX);
    return DF_OK;
}

/* {"tenant_code": "tenant"} */
static enum df_code parse_keys(const struct df_json *v, struct df_arena *arena, struct df_scrub_rules *ret,
                               struct df_error *err)
{
    DF_TRY(expect(v, true, "keys", err));
    ret->n_keys = 0; /* the name may stand twice */
    ret->keys = DF_NEW_ARRAY(arena, struct df_scrub_rule, df_json_count(v) + 1);
    for (struct df_json_iter it = df_json_iter(v); df_json_next(&it);) {
        struct df_str kind = df_json_str(it.value);
        if (it.key.n == 0)
            return df_fail(err, DF_ERR_INVALID, "scrub rules: keys: a key is empty");
        DF_TRY(check_kind(kind, "keys", err));
        ret->keys[ret->n_keys++] = (struct df_scrub_rule){kind, it.key};
    }
    return DF_OK;
}

/* [{"pattern": "CUST-######", "kind": "customer"}] */
static enum df_code parse_patterns(const struct df_json *v, struct df_arena *arena, struct df_scrub_rules *ret,
                                   struct df_error *err)
{
    DF_TRY(expect(v, false, "patterns", err));
    ret->n_patterns = 0;
    ret->patterns = DF_NEW_ARRAY(arena, struct df_scrub_rule, df_json_count(v) + 1);
    for (struct df_json_iter it = df_json_iter(v); df_json_next(&it);) {
        struct df_str pattern = df_json_get_str(it.value, "pattern"), kind = df_json_get_str(it.value, "kind");
        if (df_json_count(it.value) != 2 || pattern.n == 0)
            return df_fail(err, DF_ERR_INVALID,
                           "scrub rules: patterns: each has \"pattern\" and \"kind\", and no more");
        DF_TRY(check_kind(kind, "patterns", err));
        DF_TRY(check_pattern(pattern, err));
        ret->patterns[ret->n_patterns++] = (struct df_scrub_rule){kind, pattern};
    }
    return DF_OK;
}

static enum df_code parse_allowed(const struct df_json *v, struct df_arena *arena, struct df_scrub_rules *ret,
                                  struct df_error *err)
{
    DF_TRY(expect(v, false, "allow", err));
    ret->n_allowed = 0;
    ret->allowed = DF_NEW_ARRAY(arena, struct df_str, df_json_count(v) + 1);
    for (struct df_json_iter it = df_json_iter(v); df_json_next(&it);) {
        if (df_json_str(it.value).n == 0)
            return df_fail(err, DF_ERR_INVALID, "scrub rules: allow is a list of keys");
        ret->allowed[ret->n_allowed++] = df_json_str(it.value);
    }
    return DF_OK;
}

static enum df_code parse_keep(const struct df_json *v, struct df_scrub_rules *ret, struct df_error *err)
{
    DF_TRY(expect(v, false, "keep", err));
    for (struct df_json_iter it = df_json_iter(v); df_json_next(&it);) {
        size_t kind = 1;
        while (kind < DF_SCRUB_KINDS &&
               !(df_scrub_kind_is_personal((enum df_scrub_kind)kind) &&
                 df_str_is(df_json_str(it.value), df_scrub_kind_name((enum df_scrub_kind)kind))))
            kind++;
        if (kind == DF_SCRUB_KINDS)
            return df_fail(err, DF_ERR_INVALID,
                           "scrub rules: keep: \"%.*s\" is no kind of personal data; they are email, phone, mac, "
                           "personal-id, birth-date, postal-address, ip and name",
                           DF_FMT(df_str_head(df_json_str(it.value), 40)));
        ret->keeps[kind] = true;
    }
    return DF_OK;
}

static enum df_code parse_rules(const struct df_json *v, struct form form, struct df_arena *arena,
                                struct df_scrub_rules *ret, struct df_error *err)
{
    if (!df_json_is_object(v))
        return df_fail(err, DF_ERR_INVALID, "scrub rules must be an object");
    for (struct df_json_iter it = df_json_iter(v); df_json_next(&it);) {
        if (df_str_is(it.key, "keys"))
            DF_TRY(parse_keys(it.value, arena, ret, err));
        else if (df_str_is(it.key, "patterns"))
            DF_TRY(parse_patterns(it.value, arena, ret, err));
        else if (form.keep && df_str_is(it.key, "allow"))
            DF_TRY(parse_allowed(it.value, arena, ret, err));
        else if (form.keep && df_str_is(it.key, "keep"))
            DF_TRY(parse_keep(it.value, ret, err));
        else if (!form.keep && (df_str_is(it.key, "keep") || df_str_is(it.key, "allow")))
            return df_fail(
                err, DF_ERR_INVALID,
                "scrub rules: what may stay is for the server to say: put \"%.*s\" into its SCRUB_RULES_FILE",
                DF_FMT(it.key));
        else if (!(form.projects && df_str_is(it.key, "projects")) && !df_str_is(it.key, "$schema"))
            return df_fail(err, DF_ERR_INVALID, "scrub rules: \"%.*s\" is no name here; there are keys, patterns%s%s",
                           DF_FMT(df_str_head(it.key, 40)), form.keep ? ", allow, keep" : "",
                           form.projects ? ", projects" : "");
    }
    return DF_OK;
}

enum df_code df_scrub_file_parse(struct df_str text, struct df_arena *arena, struct df_scrub_file *ret,
                                 struct df_error *err)
{
    const struct df_json *v;
    struct df_scrub_file file = {0};
    DF_TRY(df_json_parse(arena, text, 0, &v, err));
    DF_TRY(parse_rules(v, (struct form){.keep = true, .projects = true}, arena, &file.all, err));
    const struct df_json *projects = df_json_get(v, "projects");
    if (projects)
        DF_TRY(expect(projects, true, "projects", err));
    file.projects = DF_NEW_ARRAY(arena, struct df_scrub_project, df_json_count(projects) + 1);
    for (struct df_json_iter it = df_json_iter(projects); df_json_next(&it);) {
        struct df_scrub_project *project = &file.projects[file.n_projects++];
        project->id = it.key;
        DF_TRY(parse_rules(it.value, (struct form){.keep = true}, arena, &project->rules, err));
    }
    *ret = file;
    return DF_OK;
}

enum df_code df_scrub_rules_parse_added(const struct df_json *v, struct df_arena *arena, struct df_scrub_rules *ret,
                                        struct df_error *err)
{
    struct df_scrub_rules rules = {0};
    DF_TRY(parse_rules(v, (struct form){.keep = false}, arena, &rules, err));
    *ret = rules;
    return DF_OK;
}

const struct df_scrub_rules *df_scrub_file_project(const struct df_scrub_file *file, struct df_str project_id)
{
    for (size_t i = 0; file && i < file->n_projects; i++)
        if (df_str_eq(file->projects[i].id, project_id))
            return &file->projects[i].rules;
    return NULL;
}

const struct df_scrub_rule *df_scrub_rules_key(const struct df_scrub_rules *rules, struct df_str key)
{
    for (size_t i = 0; i < rules->n_keys; i++)
        if (df_str_ieq(rules->keys[i].text, key))
            return &rules->keys[i];
    return NULL;
}

bool df_scrub_rules_allow(const struct df_scrub_rules *rules, struct df_str key)
{
    for (size_t i = 0; i < rules->n_allowed; i++)
        if (df_str_ieq(rules->allowed[i], key))
            return true;
    return false;
}

/* Where it ends, or 0. */
static size_t pattern_end(struct df_str pattern, struct df_str text, size_t from)
{
    size_t i = from;
    for (size_t k = 0; k < pattern.n; k++) {
        char c = df_scrub_at(text, i), want = pattern.p[k];
        if (want == '*') {
            if (!df_scrub_is_word(c))
                return 0;
            while (df_scrub_is_word(df_scrub_at(text, i)))
                i++;
            return i;
        }
        if (i >= text.n || (want == '#' ? !df_scrub_is_digit(c) : want == '?' ? !df_scrub_is_alpha(c) : c != want))
            return 0;
        i++;
    }
    return df_scrub_is_word(df_scrub_at(text, i)) ? 0 : i;
}

const struct df_scrub_rule *df_scrub_rules_pattern(const struct df_scrub_rules *rules, struct df_str text, size_t from,
                                                   size_t *ret_to)
{
    for (size_t i = 0; i < rules->n_patterns; i++) {
        size_t end = pattern_end(rules->patterns[i].text, text, from);
        if (end > 0) {
            *ret_to = end;
            return &rules->patterns[i];
        }
    }
    return NULL;
}
