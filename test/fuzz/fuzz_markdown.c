/* Any bytes as a span in a line and as a fenced block, read again by a real CommonMark parser: the tree must hold one code
 * node and our own words, nothing else. */
#include "domain/markdown.h"
#include "domain/scrub.h"
#include "fuzz.h"

#include <cmark.h>

struct seen {
    unsigned code, blocks, other;
};

static bool is_our_text(const char *text)
{
    return strcmp(text, "label ") == 0 || strstr(text, " end") != NULL;
}

static struct seen look(struct df_str md)
{
    struct seen seen = {0};
    cmark_node *document = cmark_parse_document(md.p, md.n, CMARK_OPT_DEFAULT);
    cmark_iter *it = cmark_iter_new(document);
    for (cmark_event_type event; (event = cmark_iter_next(it)) != CMARK_EVENT_DONE;) {
        if (event != CMARK_EVENT_ENTER)
            continue;
        cmark_node *node = cmark_iter_get_node(it);
        cmark_node_type type = cmark_node_get_type(node);
        if (type == CMARK_NODE_CODE)
            seen.code++;
        else if (type == CMARK_NODE_CODE_BLOCK)
            seen.blocks++;
        else if (type == CMARK_NODE_TEXT)
            seen.other += !is_our_text(cmark_node_get_literal(node));
        else if (type != CMARK_NODE_DOCUMENT && type != CMARK_NODE_PARAGRAPH)
            seen.other++;
    }
    cmark_iter_free(it);
    cmark_node_free(document);
    return seen;
}

static void check_span(struct df_str text, struct df_arena *arena)
{
    struct df_buf out;
    df_buf_init(&out, arena, 64 << 20);
    df_buf_put_c(&out, "label ");
    df_md_put_span(&out, text, 500);
    df_buf_put_c(&out, " end\n");
    struct seen seen = look(df_buf_str(&out));
    fuzz_check(seen.code == 1 && !seen.blocks && !seen.other);
    fuzz_check(df_str_find_char(df_buf_str(&out), '|') < 0);
}

static void check_fence(struct df_str text, struct df_arena *arena)
{
    struct df_buf inside, out;
    df_buf_init(&inside, arena, 64 << 20);
    df_buf_init(&out, arena, 64 << 20);
    df_md_put_code(&inside, text, 10000, 0);
    df_buf_put_repeat(&out, '`', df_md_fence_length(df_buf_str(&inside)));
    df_buf_printf(&out, "text\n%s\n", inside.p ? inside.p : "");
    df_buf_put_repeat(&out, '`', df_md_fence_length(df_buf_str(&inside)));
    df_buf_put_char(&out, '\n');
    struct seen seen = look(df_buf_str(&out));
    fuzz_check(!seen.code && seen.blocks == 1 && !seen.other);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    struct df_str text = df_str_n((const char *)data, size);
    struct df_scrub scrub = {.arena = arena};
    check_span(text, arena);
    check_fence(text, arena);
    check_span(df_scrub_text(&scrub, text), arena);
    return 0;
}
