#include "domain/context_words.h"

struct row {
    const char *in[DF_CONTEXT_LANGS];
};

#define ROW(id, en, fr) {{en, fr}},
static const struct row rows[] = {DF_WORDS_TABLE(ROW)};
#undef ROW

const char *df_words(enum df_context_lang lang, enum df_words words)
{
    return rows[words].in[lang];
}

void df_words_put(struct df_buf *out, enum df_context_lang lang, enum df_words words, const struct df_str *texts,
                  size_t n)
{
    struct df_str rest = df_str_c(df_words(lang, words));
    for (size_t i = 0; i < n; i++) {
        long at = df_str_find(rest, DF_S("{}"));
        if (at < 0)
            break;
        df_buf_put(out, rest.p, (size_t)at);
        df_buf_put_str(out, texts[i]);
        rest = df_str_from(rest, (size_t)at + 2);
    }
    df_buf_put_str(out, rest);
}
