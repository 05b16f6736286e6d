#include "app/config.h"
#include "base/buf.h"

static bool is_name(struct df_str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
        if (!letter && (i == 0 || c < '0' || c > '9'))
            return false;
    }
    return s.n > 0;
}

/* The text between the quote at the start and its partner; "\n", "\"" and "\\" are understood within double quotes. */
static bool quoted(struct df_str s, struct df_arena *arena, struct df_str *ret)
{
    struct df_buf out;
    char quote = s.p[0];
    df_buf_init(&out, arena, s.n);
    for (size_t i = 1; i < s.n; i++) {
        char c = s.p[i];
        if (c == quote) {
            struct df_str rest = df_str_trim(df_str_from(s, i + 1));
            *ret = df_buf_str(&out);
            return rest.n == 0 || rest.p[0] == '#';
        }
        if (c == '\\' && quote == '"' && i + 1 < s.n) {
            c = s.p[++i];
            c = c == 'n' ? '\n' : c;
        }
        df_buf_put_char(&out, c);
    }
    return false;
}

static struct df_str plain(struct df_str s)
{
    long comment = df_str_find(s, DF_S(" #"));
    return df_str_trim(comment < 0 ? s : df_str_n(s.p, (size_t)comment));
}

static bool parse_line(struct df_str line, struct df_arena *arena, struct df_env_pair *ret)
{
    if (df_str_starts(line, DF_S("export ")))
        line = df_str_trim(df_str_from(line, 7));
    long eq = df_str_find_char(line, '=');
    if (eq < 0)
        return false;
    ret->name = df_str_trim(df_str_n(line.p, (size_t)eq));
    struct df_str value = df_str_trim(df_str_from(line, (size_t)eq + 1));
    if (!is_name(ret->name))
        return false;
    if (value.n && (value.p[0] == '"' || value.p[0] == '\''))
        return quoted(value, arena, &ret->value);
    ret->value = plain(value);
    return true;
}

bool df_env_parse(struct df_str text, struct df_arena *arena, struct df_env_pair **ret, size_t *ret_n,
                  unsigned *ret_line)
{
    size_t most = 1;
    for (size_t i = 0; i < text.n; i++)
        most += text.p[i] == '\n';
    *ret = DF_NEW_ARRAY(arena, struct df_env_pair, most);
    *ret_n = 0;
    *ret_line = 0;
    struct df_str rest = text, line;
    while (df_str_split(&rest, '\n', &line)) {
        ++*ret_line;
        line = df_str_trim(line);
        if (line.n == 0 || line.p[0] == '#')
            continue;
        if (!parse_line(line, arena, &(*ret)[*ret_n]))
            return false;
        ++*ret_n;
    }
    return true;
}
