/* Tests in outline of events whose every text is the input: outside of strings and comments a test holds what one of a harmless event
 * holds, names aside; strings and comments end where they begin to, and show no byte that could end them early. */
#include "fuzz.h"

#include "adapter/test_lab.h"
#include "base/json.h"

#include <ctype.h>
#include <string.h>

enum { INPUT_BYTES = 2000, INPUT_LIMIT = 1 << 20, CODE_BYTES = 1 << 20 };

static void put_frame(struct df_json_writer *w, struct df_str s)
{
    df_json_open(w, '{');
    df_json_kstr(w, "function", s);
    df_json_kstr(w, "module", s);
    df_json_kstr(w, "file", s);
    df_json_kint(w, "line", 4);
    df_json_kbool(w, "app", true);
    df_json_kopen(w, "vars", '{');
    df_json_key(w, s);
    df_json_put_str(w, s);
    df_json_kopen(w, "b", '{');
    df_json_key(w, s);
    df_json_open(w, '[');
    df_json_put_str(w, s);
    df_json_put_null(w);
    df_json_put_double(w, 1.5);
    df_json_close(w, ']');
    df_json_close(w, '}');
    df_json_close(w, '}');
    df_json_close(w, '}');
}

static struct df_str make_input(struct df_str s, struct df_arena *arena)
{
    struct df_buf *buf = DF_NEW(arena, struct df_buf);
    struct df_json_writer w;
    df_buf_init(buf, arena, INPUT_LIMIT);
    df_json_writer_init(&w, buf, 0);
    df_json_open(&w, '{');
    df_json_kopen(&w, "event", '{');
    const char *const texts[] = {"issue", "url", "release", "environment"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        df_json_kstr(&w, texts[i], s);
    df_json_kopen(&w, "exceptions", '[');
    df_json_open(&w, '{');
    df_json_kstr(&w, "type", s);
    df_json_kstr(&w, "value", s);
    df_json_kopen(&w, "frames", '[');
    put_frame(&w, s);
    df_json_close(&w, ']');
    df_json_close(&w, '}');
    df_json_close(&w, ']');
    df_json_close(&w, '}');
    df_json_close(&w, '}');
    return df_buf_str(buf);
}

static struct df_str test_of(const struct df_test_language *language, struct df_str s, struct df_arena *arena)
{
    struct df_error err;
    struct df_str line;
    const struct df_json *v;
    const struct df_test_job job = {.language = language, .source = "/nonexistent", .input = make_input(s, arena)};
    fuzz_check(language->outline(&job, arena, &line, &err) == DF_OK);
    fuzz_check(df_json_parse(arena, line, 8, &v, &err) == DF_OK);
    return df_json_str(df_json_path(v, "result", "text", NULL));
}

/* A string from its opening quote on; where it ends. */
static size_t skip_string(struct df_str text, size_t i, char interpolates)
{
    for (i++; i < text.n && text.p[i] != '"'; i++) {
        fuzz_check((unsigned char)text.p[i] >= 0x20 && (unsigned char)text.p[i] < 0x7f);
        fuzz_check(!interpolates || text.p[i] != interpolates);
        if (text.p[i] == '\\')
            i++;
    }
    fuzz_check(i < text.n);
    return i + 1;
}

static size_t skip_comment(struct df_str text, size_t i)
{
    for (; i < text.n && text.p[i] != '\n'; i++) {
        fuzz_check((unsigned char)text.p[i] >= 0x20 && text.p[i] != 0x7f);
        fuzz_check(!(text.p[i] == '>' && text.p[i - 1] == '?'));
        if (text.p[i] == '\\')
            fuzz_check(i + 1 < text.n && text.p[++i] == '\\');
    }
    return i;
}

/* What is neither string, comment nor name. */
static struct df_str code_of(struct df_str text, const char *comment, char interpolates, struct df_arena *arena)
{
    struct df_buf *code = DF_NEW(arena, struct df_buf);
    df_buf_init(code, arena, CODE_BYTES);
    for (size_t i = 0; i < text.n;) {
        if (text.p[i] == '"')
            i = skip_string(text, i, interpolates);
        else if (df_str_starts(df_str_from(text, i), df_str_c(comment)))
            i = skip_comment(text, i);
        else if (isalnum((unsigned char)text.p[i]) || text.p[i] == '_')
            i++;
        else
            df_buf_put_char(code, text.p[i++]);
    }
    return df_buf_str(code);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const struct {
        const struct df_test_language *language;
        const char *comment;
        char interpolates;
    } all[] = {{&df_test_language_java, "//", 0},
               {&df_test_language_go, "//", 0},
               {&df_test_language_ruby, "#", '#'},
               {&df_test_language_php, "//", '$'}};
    struct df_str s = df_str_n((const char *)data, n < INPUT_BYTES ? n : INPUT_BYTES);
    if (n == 0)
        return 0;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct df_arena *arena = df_arena_new();
        struct df_str mine = code_of(test_of(all[i].language, s, arena), all[i].comment, all[i].interpolates, arena);
        struct df_str plain = code_of(test_of(all[i].language, DF_S("harmless"), arena), all[i].comment,
                                      all[i].interpolates, arena);
        fuzz_check(df_str_eq(mine, plain));
        df_arena_free(arena);
    }
    return 0;
}
