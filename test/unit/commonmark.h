/* What CommonMark makes of a document: asserts that it holds our own blocks only, and untrusted text only in code. */
#ifndef DF_TEST_COMMONMARK_H
#define DF_TEST_COMMONMARK_H

#include "unit.h"

#include <cmark.h>

static inline bool commonmark_is_ours(cmark_node_type type)
{
    return type == CMARK_NODE_DOCUMENT || type == CMARK_NODE_BLOCK_QUOTE || type == CMARK_NODE_LIST ||
           type == CMARK_NODE_ITEM || type == CMARK_NODE_PARAGRAPH || type == CMARK_NODE_HEADING ||
           type == CMARK_NODE_CODE_BLOCK || type == CMARK_NODE_TEXT || type == CMARK_NODE_SOFTBREAK ||
           type == CMARK_NODE_CODE || type == CMARK_NODE_STRONG || type == CMARK_NODE_LINK;
}

/* marker: what untrusted text holds and ours does not; link: the only URL that may be one; NULL: none. Returns the code
 * nodes that hold the marker. */
static inline unsigned commonmark_check(struct df_str text, const char *marker, const char *link)
{
    unsigned seen = 0;
    cmark_node *document = cmark_parse_document(text.p, text.n, CMARK_OPT_DEFAULT);
    cmark_iter *it = cmark_iter_new(document);
    while (cmark_iter_next(it) != CMARK_EVENT_DONE) {
        cmark_node *node = cmark_iter_get_node(it);
        cmark_node_type type = cmark_node_get_type(node);
        const char *literal = cmark_node_get_literal(node);
        bool code = type == CMARK_NODE_CODE || type == CMARK_NODE_CODE_BLOCK;
        bool holds = marker && literal && strstr(literal, marker);
        if (!commonmark_is_ours(type))
            fail_msg("a %s in:\n%.*s", cmark_node_get_type_string(node), DF_FMT(text));
        if (type == CMARK_NODE_LINK && (!link || strcmp(cmark_node_get_url(node), link) != 0))
            fail_msg("a link to %s in:\n%.*s", cmark_node_get_url(node), DF_FMT(text));
        if (holds && !code && type != CMARK_NODE_LINK && !(link && strstr(link, marker)))
            fail_msg("\"%s\" outside code in:\n%.*s", literal, DF_FMT(text));
        if (type == CMARK_NODE_TEXT && strchr(literal, '`'))
            fail_msg("an open code span in:\n%.*s", DF_FMT(text));
        seen += holds;
    }
    cmark_iter_free(it);
    cmark_node_free(document);
    return seen;
}

#endif
