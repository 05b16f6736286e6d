#include "domain/sentry_hook.h"
#include "base/crypto.h"

enum { WORD_BYTES = 64, ID_BYTES = 64, RELEASE_BYTES = 250, TITLE_BYTES = 200, TEXT_BYTES = 4096 };

bool df_sentry_hook_signed(struct df_str signature, struct df_str secret, struct df_str body)
{
    struct df_arena *scratch DF_ARENA_AUTO = df_arena_new();
    unsigned char mac[DF_SHA256_BYTES];
    df_hmac_sha256(secret, body, mac);
    return df_equal_constant_time(signature, df_hex(mac, sizeof mac, scratch));
}

static struct df_str text_of(const struct df_json *v, size_t limit, struct df_arena *arena)
{
    return df_arena_dup(arena, df_str_trim(df_str_head(df_str_trim(df_json_text(v, arena)), limit)));
}

static struct df_str word(const struct df_json *object, const char *key, size_t limit, struct df_arena *arena)
{
    return text_of(df_json_get(object, key), limit, arena);
}

/* The first of two names that is there: snake_case in alerts, camelCase where the API wrote it. */
static struct df_str either(const struct df_json *object, const char *a, const char *b, size_t limit,
                            struct df_arena *arena)
{
    struct df_str text = word(object, a, limit, arena);
    return text.n ? text : word(object, b, limit, arena);
}

static bool is_number(struct df_str s)
{
    unsigned long long n;
    return df_str_to_u64(s, &n);
}

/* [["level","error"], ...], or [{"key","value"}, ...] */
static struct df_str tag(const struct df_json *event, const char *name, size_t limit, struct df_arena *arena)
{
    for (struct df_json_iter it = df_json_iter(df_json_get(event, "tags")); df_json_next(&it);) {
        bool pair = df_json_is_array(it.value);
        const struct df_json *key = pair ? df_json_at(it.value, 0) : df_json_get(it.value, "key");
        if (df_str_is(df_json_str(key), name))
            return text_of(pair ? df_json_at(it.value, 1) : df_json_get(it.value, "value"), limit, arena);
    }
    return DF_STR_NONE;
}

static struct df_str or_tag(struct df_str given, const struct df_json *event, const char *name, size_t limit,
                            struct df_arena *arena)
{
    return given.n ? given : tag(event, name, limit, arena);
}

/* ".../issues/1117540176/" */
static struct df_str id_in_url(struct df_str url, struct df_arena *arena)
{
    static const struct df_str before = {"/issues/", 8};
    long at = df_str_find(url, before);
    struct df_str rest = at < 0 ? DF_STR_NONE : df_str_from(url, (size_t)at + before.n), id = DF_STR_NONE;
    (void)df_str_split(&rest, '/', &id);
    return df_arena_dup(arena, df_str_head(id, ID_BYTES));
}

static struct df_str numeric(struct df_str id)
{
    return is_number(id) ? id : DF_STR_NONE;
}

static void read_event(const struct df_json *event, struct df_arena *arena, struct df_issue_facts *ret)
{
    struct df_str id = numeric(either(event, "issue_id", "groupID", ID_BYTES, arena));
    const struct df_json *release = df_json_get(event, "release");
    ret->issue_id = id.n ? id : numeric(id_in_url(df_json_get_str(event, "issue_url"), arena));
    ret->event_id = either(event, "event_id", "eventID", ID_BYTES, arena);
    ret->level = or_tag(word(event, "level", WORD_BYTES, arena), event, "level", WORD_BYTES, arena);
    ret->environment = or_tag(word(event, "environment", WORD_BYTES, arena), event, "environment", WORD_BYTES, arena);
    ret->release = df_json_is_object(release) ? word(release, "version", RELEASE_BYTES, arena)
                                              : text_of(release, RELEASE_BYTES, arena);
    ret->release = or_tag(ret->release, event, "release", RELEASE_BYTES, arena);
    ret->release = or_tag(ret->release, event, "sentry:release", RELEASE_BYTES, arena);
}

static void read_issue(const struct df_json *issue, struct df_arena *arena, struct df_issue_facts *ret)
{
    ret->issue_id = numeric(word(issue, "id", ID_BYTES, arena));
    ret->short_id = either(issue, "shortId", "short_id", ID_BYTES, arena);
    ret->level = word(issue, "level", WORD_BYTES, arena);
    ret->substatus = word(issue, "substatus", WORD_BYTES, arena);
    ret->project_slug = word(df_json_get(issue, "project"), "slug", WORD_BYTES, arena);
    ret->users = df_json_int(df_json_get(issue, "userCount"), -1);
}

bool df_sentry_hook_read(struct df_str resource, const struct df_json *body, struct df_arena *arena,
                         struct df_sentry_hook *ret)
{
    if (!df_json_is_object(body))
        return false;
    const struct df_json *data = df_json_get(body, "data"), *issue = df_json_get(data, "issue"),
                         *event = df_json_get(data, "event"), *error = df_json_get(data, "error");
    struct df_sentry_hook hook = {
        .resource = df_arena_dup(arena, df_str_head(df_str_trim(resource), WORD_BYTES)),
        .action = word(body, "action", WORD_BYTES, arena),
        .rule = either(df_json_get(data, "issue_alert"), "title", "name", TITLE_BYTES, arena),
        .facts = {.users = -1},
    };
    if (!hook.rule.n)
        hook.rule = word(data, "triggered_rule", TITLE_BYTES, arena);
    if (df_json_is_object(issue))
        read_issue(issue, arena, &hook.facts);
    else if (df_json_is_object(event) || df_json_is_object(error))
        read_event(df_json_is_object(event) ? event : error, arena, &hook.facts);
    else /* a comment names its issue alone */
        hook.facts.issue_id = numeric(word(data, "issue_id", ID_BYTES, arena));
    if (hook.facts.users < -1)
        hook.facts.users = -1;
    *ret = hook;
    return true;
}

bool df_sentry_hook_is_alert(struct df_str resource, struct df_str action)
{
    if (df_str_is(resource, "event_alert"))
        return df_str_is(action, "triggered");
    return df_str_is(resource, "issue") && (df_str_is(action, "created") || df_str_is(action, "unresolved"));
}

static const struct fact {
    const char *name;
    size_t at, limit;
} facts_fields[] = {
    {"issue", offsetof(struct df_issue_facts, issue_id), ID_BYTES},
    {"shortId", offsetof(struct df_issue_facts, short_id), ID_BYTES},
    {"event", offsetof(struct df_issue_facts, event_id), ID_BYTES},
    {"level", offsetof(struct df_issue_facts, level), WORD_BYTES},
    {"environment", offsetof(struct df_issue_facts, environment), WORD_BYTES},
    {"release", offsetof(struct df_issue_facts, release), RELEASE_BYTES},
    {"substatus", offsetof(struct df_issue_facts, substatus), WORD_BYTES},
    {"project", offsetof(struct df_issue_facts, project_slug), WORD_BYTES},
};
enum { FACTS = sizeof facts_fields / sizeof *facts_fields };

static struct df_str *field_of(struct df_issue_facts *facts, const struct fact *f)
{
    return (struct df_str *)((char *)facts + f->at);
}

struct df_str df_issue_facts_text(const struct df_issue_facts *facts, struct df_str rule, struct df_arena *arena)
{
    struct df_issue_facts copy = *facts;
    struct df_buf buf;
    struct df_json_writer w;
    df_buf_init(&buf, arena, TEXT_BYTES * 4);
    df_json_writer_init(&w, &buf, 0);
    df_json_open(&w, '{');
    for (size_t i = 0; i < FACTS; i++)
        if (field_of(&copy, &facts_fields[i])->n)
            df_json_kstr(&w, facts_fields[i].name, *field_of(&copy, &facts_fields[i]));
    if (facts->users >= 0)
        df_json_kint(&w, "users", facts->users);
    if (rule.n)
        df_json_kstr(&w, "rule", rule);
    df_json_close(&w, '}');
    return df_buf_str(&buf);
}

struct df_issue_facts df_issue_facts_read(struct df_str text, struct df_arena *arena, struct df_str *ret_rule)
{
    const struct df_json *v;
    struct df_issue_facts facts = {.users = -1};
    *ret_rule = DF_STR_NONE;
    if (df_json_parse(arena, text, 0, &v, NULL) != DF_OK)
        return facts;
    for (size_t i = 0; i < FACTS; i++)
        *field_of(&facts, &facts_fields[i]) = word(v, facts_fields[i].name, facts_fields[i].limit, arena);
    facts.users = df_json_int(df_json_get(v, "users"), -1);
    *ret_rule = word(v, "rule", TITLE_BYTES, arena);
    return facts;
}
