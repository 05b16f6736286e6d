#include "cli/terminal.h"

#include "base/json.h"
#include "base/time.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

static const char *env(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

/* The machine may lack the locale the environment names, as small containers do; what it says of UTF-8 still holds. */
static void take_locale(void)
{
    if (setlocale(LC_CTYPE, ""))
        return;
    const char *name = env("LC_ALL") ? env("LC_ALL") : env("LC_CTYPE") ? env("LC_CTYPE") : env("LANG");
    if (name && (strcasestr(name, "utf-8") || strcasestr(name, "utf8")))
        setlocale(LC_CTYPE, "C.UTF-8");
}

void df_term_init(struct df_cli *cli)
{
    take_locale();
    const char *term = env("TERM");
    cli->utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    cli->colour = isatty(STDOUT_FILENO) && !env("NO_COLOR") && term && strcmp(term, "dumb") != 0;
}

const char *df_symbol(const struct df_cli *cli, enum df_symbol symbol)
{
    static const char *const symbols[][2] = {
        [DF_SYM_OK] = {"[ok]", "✅"},  [DF_SYM_FAILED] = {"[x]", "❌"}, [DF_SYM_WARNING] = {"[!]", "⚠️ "},
        [DF_SYM_LINK] = {"*", "🔗"},   [DF_SYM_KEY] = {"*", "🔐"},      [DF_SYM_BOX] = {"*", "📦"},
        [DF_SYM_TICK] = {"[ok]", "✓"},
    };
    return symbols[symbol][cli->utf8];
}

const char *df_style(const struct df_cli *cli, enum df_style style)
{
    static const char *const styles[] = {
        [DF_STYLE_PLAIN] = "\033[0m", [DF_STYLE_BOLD] = "\033[1m",   [DF_STYLE_DIM] = "\033[2m",
        [DF_STYLE_RED] = "\033[31m",  [DF_STYLE_GREEN] = "\033[32m", [DF_STYLE_YELLOW] = "\033[33m",
    };
    return cli->colour ? styles[style] : "";
}

/* Length of the escape sequence at the head of s (ECMA-48 section 5.4). One that does not end stops at the line's end, so
 * that it cannot swallow the rest of the text. */
static size_t escape_len(struct df_str s)
{
    if (s.n < 2)
        return 1;
    size_t i = 2;
    if (s.p[1] == '[') {
        while (i < s.n && s.p[i] >= 0x20 && s.p[i] <= 0x3F)
            i++;
        return i < s.n && s.p[i] >= 0x40 && s.p[i] < 0x7F ? i + 1 : i;
    }
    if (!strchr("]PX^_", s.p[1]) || s.p[1] == '\0')
        return s.p[1] >= 0x20 && s.p[1] < 0x7F ? 2 : 1;
    while (i < s.n && s.p[i] != '\n' && s.p[i] != '\a' && s.p[i] != '\033')
        i++;
    if (i < s.n && s.p[i] == '\a')
        return i + 1;
    return i + 1 < s.n && s.p[i] == '\033' && s.p[i + 1] == '\\' ? i + 2 : i;
}

/* C0, DEL, C1, and the marks of Unicode's bidirectional algorithm that hide what a line says. */
static bool hidden(unsigned c)
{
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x200E || c == 0x200F || (c >= 0x2028 && c <= 0x202E) ||
           (c >= 0x2066 && c <= 0x2069);
}

struct df_str df_term_clean(struct df_str text, bool keep_lines, struct df_arena *arena)
{
    struct df_buf out;
    df_buf_init(&out, arena, 3 * text.n + 1);
    for (size_t i = 0; i < text.n;) {
        size_t len = df_utf8_len(text.p + i, text.n - i);
        char c = text.p[i];
        if (len == 0) {
            df_buf_put_utf8(&out, 0xFFFD);
            len = 1;
        } else if (c == '\033') {
            len = escape_len(df_str_from(text, i));
        } else if (c == '\n' || c == '\t') {
            df_buf_put_char(&out, keep_lines ? c : ' ');
        } else if (!hidden(df_utf8_decode(text.p + i, len))) {
            df_buf_put(&out, text.p + i, len);
        }
        i += len;
    }
    return df_buf_str(&out);
}

void df_term_text(struct df_cli *cli, struct df_str text)
{
    df_buf_put_str(&cli->out, isatty(STDOUT_FILENO) ? df_term_clean(text, true, cli->arena) : text);
}

struct df_str df_term_field(struct df_cli *cli, const struct df_json *object, const char *key)
{
    return df_term_clean(df_json_text(df_json_get(object, key), cli->arena), false, cli->arena);
}

/* The locale may be C, where wcwidth knows nothing beyond ASCII: then a character is one column. */
static size_t char_width(struct df_str s, size_t *ret_len)
{
    size_t len = df_utf8_len(s.p, s.n);
    *ret_len = len ? len : 1;
    int width = len ? wcwidth((wchar_t)df_utf8_decode(s.p, len)) : 1;
    return width < 0 ? 1 : (size_t)width;
}

size_t df_term_width(struct df_str text)
{
    size_t width = 0, len;
    for (size_t i = 0; i < text.n; i += len)
        width += char_width(df_str_from(text, i), &len);
    return width;
}

size_t df_term_columns(void)
{
    struct winsize size;
    return isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

/* In whole seconds; the unit is the largest that gives at least one. */
static struct df_str span(int64_t s, struct df_arena *arena)
{
    static const struct {
        int64_t s;
        const char *one, *many;
    } units[] = {{86400, "day", "days"}, {3600, "h", "h"}, {60, "min", "min"}, {1, "s", "s"}};
    size_t i = 0;
    while (i < 3 && s < units[i].s)
        i++;
    int64_t n = s / units[i].s;
    return df_arena_printf(arena, "%lld %s", (long long)n, n == 1 ? units[i].one : units[i].many);
}

struct df_str df_term_age(struct df_str rfc3339, struct df_arena *arena)
{
    int64_t ms;
    if (!df_time_parse(rfc3339, &ms))
        return DF_STR_NONE;
    int64_t past_s = (int64_t)time(NULL) - ms / 1000;
    if (past_s == 0)
        return DF_S("now");
    if (past_s < 0)
        return df_arena_printf(arena, "in %.*s", DF_FMT(span(-past_s, arena)));
    return df_arena_printf(arena, "%.*s ago", DF_FMT(span(past_s, arena)));
}

enum df_code df_cli_flush(struct df_cli *cli, struct df_error *err)
{
    bool good = fwrite(cli->out.p ? cli->out.p : "", 1, cli->out.n, stdout) == cli->out.n && fflush(stdout) == 0;
    int fault = errno;
    bool whole = !cli->out.overflow;
    df_buf_init(&cli->out, cli->arena, cli->out.limit_bytes);
    if (!good)
        return df_fail(err, DF_ERR_FAILED, "standard output cannot be written: %s", strerror(fault));
    return whole ? DF_OK : df_fail(err, DF_ERR_FAILED, "the output is larger than %zu bytes", cli->out.limit_bytes);
}

void df_cli_warn(struct df_cli *cli, struct df_str text)
{
    fprintf(stderr, "devflow: warning: %.*s\n", DF_FMT(df_term_clean(text, false, cli->arena)));
}
