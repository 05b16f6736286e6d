/* Markdown that untrusted text cannot change. Such text goes only into code spans and fenced code blocks, where CommonMark
 * and GFM read nothing: no link, image, HTML, mention, issue number or autolink. Control, bidirectional, zero-width and
 * other invisible characters are shown by name, as <U+202E> or a control picture. Pure functions, any thread.
 * Source: CommonMark 0.30 sections 4.5 and 6.1; GFM 4.10 (tables). */
#ifndef DF_DOMAIN_MARKDOWN_H
#define DF_DOMAIN_MARKDOWN_H

#include "base/buf.h"

/* One line in a code span: line ends become a return sign, tabs spaces, and '|' a broken bar, so that it may stand in a
 * table cell. An empty text is shown as two quotes. Longer than max_bytes it is cut, and says by how much. */
void df_md_put_span(struct df_buf *out, struct df_str text, size_t max_bytes);

/* Text for the inside of a fenced block, line ends and tabs kept, each line after the first led by `indent` spaces. */
void df_md_put_code(struct df_buf *out, struct df_str text, size_t max_bytes, unsigned indent);

/* How long a fence must be that no line of a content which df_md_put_code wrote can close. */
size_t df_md_fence_length(struct df_str content);

/* A fenced block whole, without a line end after it. language: a word of ours. */
void df_md_put_block(struct df_buf *out, struct df_str language, struct df_str text, size_t max_bytes);

#endif
