/* The few pages people see in a browser: plain, every value escaped, under a content security policy that runs nothing. */
#ifndef DF_HTTP_PAGE_H
#define DF_HTTP_PAGE_H

#include "http/server.h"

/* Escapes & < > " ' for text and quoted attributes. */
void df_html_put(struct df_buf *out, struct df_str text);

/* A page with a heading and paragraphs; empty paragraphs are left out. */
void df_page(struct df_reply *reply, int status, const char *title, const char *heading,
             const struct df_str *paragraphs, size_t n_paragraphs);

#endif
