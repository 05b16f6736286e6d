#include "http/page.h"

void df_html_put(struct df_buf *out, struct df_str text)
{
    for (size_t i = 0; i < text.n; i++) {
        switch (text.p[i]) {
        case '&':
            df_buf_put_c(out, "&amp;");
            break;
        case '<':
            df_buf_put_c(out, "&lt;");
            break;
        case '>':
            df_buf_put_c(out, "&gt;");
            break;
        case '"':
            df_buf_put_c(out, "&quot;");
            break;
        case '\'':
            df_buf_put_c(out, "&#39;");
            break;
        default:
            df_buf_put_char(out, text.p[i]);
        }
    }
}

static void put_element(struct df_buf *out, const char *name, struct df_str text)
{
    df_buf_printf(out, "<%s>", name);
    df_html_put(out, text);
    df_buf_printf(out, "</%s>\n", name);
}

void df_page(struct df_reply *reply, int status, const char *title, const char *heading,
             const struct df_str *paragraphs, size_t n_paragraphs)
{
    static const char style[] =
        "body{font:17px/1.5 system-ui,sans-serif;max-width:38rem;margin:12vh auto;padding:0 1rem;color:#222;"
        "background:#fff}h1{font-size:1.5rem}p{overflow-wrap:anywhere}"
        "@media(prefers-color-scheme:dark){body{color:#ddd;background:#181818}}";
    struct df_buf *out = &reply->body;
    df_buf_cut(out, 0);
    df_buf_put_c(out, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n");
    put_element(out, "title", df_str_c(title));
    df_buf_printf(out, "<style>%s</style>\n</head>\n<body>\n", style);
    put_element(out, "h1", df_str_c(heading));
    for (size_t i = 0; i < n_paragraphs; i++)
        if (paragraphs[i].n)
            put_element(out, "p", paragraphs[i]);
    df_buf_put_c(out, "</body>\n</html>\n");
    reply->status = status;
    reply->content_type = "text/html; charset=utf-8";
    df_reply_header(
        reply, "Content-Security-Policy",
        DF_S(
            "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"));
    df_reply_header(reply, "Referrer-Policy", DF_S("no-referrer"));
    df_reply_header(reply, "X-Frame-Options", DF_S("DENY"));
    df_reply_header(reply, "Cross-Origin-Opener-Policy", DF_S("same-origin"));
    df_reply_header(reply, "Cross-Origin-Resource-Policy", DF_S("same-origin"));
    df_reply_header(reply, "Permissions-Policy", DF_S("camera=(), geolocation=(), microphone=()"));
}
