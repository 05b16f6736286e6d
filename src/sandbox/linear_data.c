#include "sandbox/linear.h"

#include "base/fatal.h"

struct linear_value linear_text(struct df_str text)
{
    return (struct linear_value){.kind = text.n ? LINEAR_TEXT : LINEAR_NULL, .text = text};
}

struct linear_value linear_number(double number)
{
    return (struct linear_value){.kind = LINEAR_NUMBER, .number = number};
}

struct linear_value linear_boolean(bool value)
{
    return (struct linear_value){.kind = LINEAR_BOOLEAN, .number = value};
}

struct linear_value linear_of(const struct linear_node *node)
{
    return (struct linear_value){.kind = node ? LINEAR_NODE : LINEAR_NULL, .node = node};
}

struct linear_value linear_json(const struct df_json *v, struct df_arena *arena)
{
    struct df_buf text;
    struct df_json_writer w;
    df_buf_init(&text, arena, 1 << 20);
    df_json_writer_init(&w, &text, 0);
    df_json_put_value(&w, v);
    return (struct linear_value){.kind = LINEAR_JSON, .text = df_buf_str(&text)};
}

struct linear_node *linear_add(struct linear *linear, const char *type, struct df_str id, int64_t now_ms)
{
    struct linear_node *node = DF_NEW(linear->arena, struct linear_node);
    node->type = type;
    node->id = id.n ? df_arena_dup(linear->arena, id) : df_random_uuid(linear->arena);
    node->created_ms = node->updated_ms = now_ms;
    *(linear->last ? &linear->last->next : &linear->first) = node;
    linear->last = node;
    linear->n_nodes++;
    linear->sync_id++;
    return node;
}

struct linear_node *linear_find(const struct linear *linear, const char *type, struct df_str id)
{
    for (struct linear_node *node = linear->first; node; node = node->next)
        if (!node->gone && strcmp(node->type, type) == 0 && df_str_eq(node->id, id))
            return node;
    return NULL;
}

struct linear_node *linear_issue(const struct linear *linear, struct df_str id, struct df_arena *arena)
{
    struct linear_node *issue = linear_find(linear, "Issue", id);
    for (struct linear_node *node = linear->first; node && !issue; node = node->next) {
        if (node->gone || strcmp(node->type, "Issue") != 0)
            continue;
        struct df_str key = linear_prop(linear_ref(node, "team"), "key").text;
        struct df_str called = df_arena_printf(arena, "%.*s-%.0f", DF_FMT(key), linear_prop(node, "number").number);
        if (df_str_ieq(called, id))
            issue = node;
    }
    return issue;
}

struct linear_value linear_prop(const struct linear_node *node, const char *name)
{
    for (const struct linear_prop *p = node ? node->props : NULL; p; p = p->next)
        if (df_str_is(p->name, name))
            return p->value;
    return (struct linear_value){.kind = LINEAR_NULL};
}

const struct linear_node *linear_ref(const struct linear_node *node, const char *name)
{
    return linear_prop(node, name).node;
}

void linear_set(struct linear *linear, struct linear_node *node, const char *name, struct linear_value value)
{
    struct linear_prop *p = node->props;
    while (p && !df_str_is(p->name, name))
        p = p->next;
    if (!p) {
        p = DF_NEW(linear->arena, struct linear_prop);
        *p = (struct linear_prop){df_arena_dup(linear->arena, df_str_c(name)), {.kind = LINEAR_NULL}, node->props};
        node->props = p;
    }
    value.text = df_arena_dup(linear->arena, value.text);
    p->value = value;
}

static void name(struct linear *linear, struct linear_node *node, const char *text)
{
    linear_set(linear, node, "name", linear_text(df_str_c(text)));
}

static void seed_states(struct linear *linear, struct linear_node *team, int64_t now_ms)
{
    static const struct {
        const char *name, *type, *color;
    } states[] = {{"Triage", "triage", "#fc7840"},     {"Backlog", "backlog", "#bec2c8"},
                  {"Todo", "unstarted", "#e2e2e2"},    {"In Progress", "started", "#f2c94c"},
                  {"In Review", "started", "#0f783c"}, {"Done", "completed", "#5e6ad2"},
                  {"Canceled", "canceled", "#95a2b3"}, {"Duplicate", "duplicate", "#95a2b3"}};
    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        struct linear_node *state = linear_add(linear, "WorkflowState", DF_STR_NONE, now_ms);
        name(linear, state, states[i].name);
        linear_set(linear, state, "type", linear_text(df_str_c(states[i].type)));
        linear_set(linear, state, "color", linear_text(df_str_c(states[i].color)));
        linear_set(linear, state, "position", linear_number((double)i));
        linear_set(linear, state, "team", linear_of(team));
    }
}

static void seed(struct linear *linear, int64_t now_ms)
{
    static const char *const teams[][2] = {{"ENG", "Engineering"}, {"OPS", "Operations"}};
    static const char *const labels[] = {"Bug", "Feature", "sentry"};
    struct linear_node *organization = linear_add(linear, "Organization", DF_STR_NONE, now_ms);
    name(linear, organization, "Sandbox");
    linear_set(linear, organization, "urlKey", linear_text(DF_S("sandbox")));
    struct linear_node *user = linear_add(linear, "User", DF_STR_NONE, now_ms);
    name(linear, user, "Sandbox User");
    linear_set(linear, user, "displayName", linear_text(DF_S("sandbox")));
    linear_set(linear, user, "email", linear_text(DF_S("user@sandbox.example")));
    linear_set(linear, user, "active", linear_boolean(true));
    linear_set(linear, user, "admin", linear_boolean(true));
    linear_set(linear, user, "isMe", linear_boolean(true));
    linear_set(linear, user, "organization", linear_of(organization));
    for (size_t i = 0; i < 2; i++) {
        struct linear_node *team = linear_add(linear, "Team", DF_STR_NONE, now_ms);
        name(linear, team, teams[i][1]);
        linear_set(linear, team, "key", linear_text(df_str_c(teams[i][0])));
        seed_states(linear, team, now_ms);
    }
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++)
        name(linear, linear_add(linear, "IssueLabel", DF_STR_NONE, now_ms), labels[i]);
    name(linear, linear_add(linear, "Project", DF_STR_NONE, now_ms), "Stability");
}

void linear_init(struct linear *linear, struct df_arena *arena, const struct sandbox_oauth *application, int64_t now_ms)
{
    enum { REQUESTS = 5000, COMPLEXITY = 3000000, WINDOW_MS = 3600 * 1000, KEY_BYTES = 20 };
    static const int64_t ttl_ms = 24 * 3600 * 1000;
    *linear = (struct linear){.arena = arena,
                              .limits = {.requests = REQUESTS, .complexity = COMPLEXITY, .window_ms = WINDOW_MS}};
    linear->oauth.client_id = application->client_id;
    linear->oauth.client_secret = application->client_secret;
    linear->oauth.ttl_ms = application->ttl_ms < ttl_ms ? application->ttl_ms : ttl_ms;
    linear->api_key = df_arena_printf(arena, "lin_api_%.*s", DF_FMT(df_random_hex(KEY_BYTES, arena)));
    sandbox_oauth_init(&linear->oauth);
    if (gql_schema_parse(df_str_n(df_linear_schema, df_linear_schema_n), arena, &linear->schema, NULL) != DF_OK)
        df_die("the schema of the sandbox's Linear does not parse");
    seed(linear, now_ms);
}

void linear_done(struct linear *linear)
{
    sandbox_oauth_done(&linear->oauth);
}
