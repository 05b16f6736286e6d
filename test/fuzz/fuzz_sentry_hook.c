/* A webhook of Sentry's: the first line is the resource, the rest the body. Whatever it holds, what is kept is short, is read back as
 * it was written, and a wrong signature is none. */
#include "fuzz.h"

#include "domain/sentry_hook.h"

static void same(struct df_str a, struct df_str b)
{
    fuzz_check(df_str_eq(a, b));
}

static void read_back(const struct df_sentry_hook *hook, struct df_arena *arena)
{
    struct df_str rule, text = df_issue_facts_text(&hook->facts, hook->rule, arena);
    struct df_issue_facts back = df_issue_facts_read(text, arena, &rule);
    fuzz_check(text.n > 1 && text.p[text.n - 1] == '}');
    fuzz_check(back.users == hook->facts.users);
    same(back.issue_id, hook->facts.issue_id);
    if (df_json_mend(text, arena).n != text.n || df_str_find_char(text, '\\') >= 0)
        return; /* bytes that no JSON holds are U+FFFD since */
    same(back.level, hook->facts.level);
    same(back.environment, hook->facts.environment);
    same(back.substatus, hook->facts.substatus);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    struct df_str body = df_str_n((const char *)data, n), resource = DF_STR_NONE, rule;
    const struct df_json *v;
    struct df_sentry_hook hook;
    bool mended;
    (void)df_issue_facts_read(body, arena, &rule);
    if (!df_str_split(&body, '\n', &resource))
        return 0;
    fuzz_check(!df_sentry_hook_signed(resource, DF_S("secret"), body));
    if (df_json_parse_mended(arena, body, 0, &v, &mended, NULL) != DF_OK ||
        !df_sentry_hook_read(resource, v, arena, &hook))
        return 0;
    unsigned long long id;
    fuzz_check(hook.resource.n <= 64 && hook.action.n <= 64 && hook.facts.release.n <= 250);
    fuzz_check(hook.facts.issue_id.n == 0 || df_str_to_u64(hook.facts.issue_id, &id));
    fuzz_check(!df_sentry_hook_is_alert(hook.resource, hook.action) || hook.action.n > 0);
    read_back(&hook, arena);
    return 0;
}
