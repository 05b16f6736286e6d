#include "sandbox/norm.h"

/* In order: Edge and Opera also say Chrome, Chrome also says Safari. */
static const struct {
    const char *mark, *name;
    int parts; /* of the version, as ua-parser gives them */
} browsers[] = {
    {"Edg/", "Edge", 3},        {"OPR/", "Opera", 3},
    {"Firefox/", "Firefox", 2}, {"Chrome/", "Chrome", 3},
    {"Version/", "Safari", 2},  {"curl/", "curl", 3},
    {"Wget/", "Wget", 3},       {"python-requests/", "Python Requests", 2},
};

static const struct {
    const char *mark, *name, *version_after;
} systems[] = {
    {"Android", "Android", "Android "}, {"iPhone OS", "iOS", "iPhone OS "},    {"Windows NT 10.0", "Windows", NULL},
    {"Windows", "Windows", NULL},       {"Mac OS X", "Mac OS X", "Mac OS X "}, {"Ubuntu", "Ubuntu", NULL},
    {"Linux", "Linux", NULL},
};

/* The digits at the start, at most `parts` groups; '_' counts as '.', for Apple. */
static struct df_str version(struct df_str s, int parts, struct df_arena *arena)
{
    char text[32];
    size_t n = 0;
    for (size_t i = 0; i < s.n && n + 1 < sizeof text; i++) {
        bool dot = s.p[i] == '.' || s.p[i] == '_';
        if (!dot && (s.p[i] < '0' || s.p[i] > '9'))
            break;
        if (dot && --parts == 0)
            break;
        text[n++] = dot ? '.' : s.p[i];
    }
    while (n && text[n - 1] == '.')
        n--;
    return df_arena_dup(arena, df_str_n(text, n));
}

static struct df_str after(struct df_str s, const char *mark)
{
    long at = mark ? df_str_find(s, df_str_c(mark)) : -1;
    return at < 0 ? DF_STR_NONE : df_str_from(s, (size_t)at + strlen(mark));
}

void norm_agent_read(struct norm *n)
{
    struct df_str agent = norm_header(norm_request(n), "User-Agent", n->arena);
    for (size_t i = 0; i < sizeof browsers / sizeof *browsers && n->agent.browser.n == 0; i++) {
        struct df_str rest = after(agent, browsers[i].mark);
        if (rest.n == 0)
            continue;
        n->agent.browser = df_str_c(browsers[i].name);
        n->agent.browser_version = version(rest, browsers[i].parts, n->arena);
    }
    for (size_t i = 0; i < sizeof systems / sizeof *systems && n->agent.os.n == 0; i++) {
        if (df_str_find(agent, df_str_c(systems[i].mark)) < 0)
            continue;
        n->agent.os = df_str_c(systems[i].name);
        n->agent.os_version = version(after(agent, systems[i].version_after), 3, n->arena);
        if (df_str_is(df_str_c(systems[i].mark), "Windows NT 10.0"))
            n->agent.os_version = DF_S("10");
    }
}
