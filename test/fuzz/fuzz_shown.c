/* Foreign text on its way to a person or a program that reads lines: on the terminal, in the log. No line is begun, no escape sequence
 * gets through, and the JSON form is one object. */
#include "fuzz.h"

#include "base/json.h"
#include "base/log.h"
#include "cli/terminal.h"

enum { LONGEST = 16 * 1024 };

static void terminal(struct df_str text, bool keep_lines, struct df_arena *arena)
{
    struct df_str clean = df_term_clean(text, keep_lines, arena);
    for (size_t i = 0; i < clean.n;) {
        size_t len = df_utf8_len(clean.p + i, clean.n - i);
        unsigned char c = (unsigned char)clean.p[i];
        fuzz_check(len > 0 && c != 0x7F && (c >= ' ' || (keep_lines && (c == '\n' || c == '\t'))));
        fuzz_check(len != 2 || c != 0xC2 || (unsigned char)clean.p[i + 1] >= 0xA0); /* C1 controls */
        i += len;
    }
    (void)df_term_width(clean);
    fuzz_check(df_str_eq(df_term_clean(clean, keep_lines, arena), clean));
}

static void line(struct df_str text, enum df_log_format format, struct df_arena *arena)
{
    static char out[DF_LOG_LINE_BYTES];
    const struct df_log_field fields[] = {{"message", text, false}, {"path", text, false}, {"ms", DF_S("1.5"), true}};
    df_log_set_format(format);
    size_t n = df_log_line(DF_LOG_INFO, "request", fields, sizeof fields / sizeof *fields, out);
    fuzz_check(n > 0 && n <= DF_LOG_LINE_BYTES && out[n - 1] == '\n');
    for (size_t i = 0; i + 1 < n; i++)
        fuzz_check((unsigned char)out[i] >= ' ' && out[i] != 0x7F);
    const struct df_json *v;
    struct df_error err;
    if (format == DF_LOG_JSON)
        fuzz_check(df_json_parse(arena, df_str_n(out, n - 1), 0, &v, &err) == DF_OK && df_json_is_object(v));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    struct df_str text = df_str_n((const char *)data, n < LONGEST ? n : LONGEST);
    enum df_log_level level;
    enum df_log_format format;
    terminal(text, false, arena);
    terminal(text, true, arena);
    line(text, DF_LOG_HUMAN, arena);
    line(text, DF_LOG_JSON, arena);
    if (df_log_level_parse(text, &level))
        fuzz_check(df_str_ieq(text, df_str_c(df_log_level_name(level))));
    (void)df_log_format_parse(text, &format);
    return 0;
}
