#include "domain/stored_test.h"
#include "domain/markdown.h"

enum { SPAN = 160 };

static void put_span(struct df_buf *out, struct df_scrub *scrub, struct df_str text)
{
    df_md_put_span(out, df_scrub_text(scrub, text), SPAN);
}

static void put_made(const struct df_stored_test *test, struct df_scrub *scrub, struct df_buf *out)
{
    df_md_put_span(out, test->file, SPAN);
    if (test->exception.n) {
        df_buf_put_c(out, " fails while ");
        put_span(out, scrub, test->exception);
        df_buf_put_c(out, " is raised");
        if (test->function.n) {
            df_buf_put_c(out, " in ");
            put_span(out, scrub, test->function);
        }
    }
    df_buf_put_c(out, "\n\n");
    if (test->text.n > 0 && test->text.n <= DF_SPEC_TEST_BYTES)
        df_md_put_block(out, test->language, test->text, DF_SPEC_TEST_BYTES);
    else
        df_buf_put_c(out, "It is too long to be shown here: `devflow test:generate` makes it.");
}

void df_stored_test_put(const struct df_stored_test *test, struct df_scrub *scrub, struct df_buf *out)
{
    if (!test)
        return;
    df_buf_put_c(out, "## Regression test\n\n");
    if (test->reproduced) {
        put_made(test, scrub, out);
    } else {
        df_buf_put_c(out, "There is none yet: ");
        df_md_put_span(out, df_scrub_text(scrub, test->reason), DF_SPEC_TEST_REASON_BYTES);
    }
    df_buf_put_c(out, "\n\n");
}
