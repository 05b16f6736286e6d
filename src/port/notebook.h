/* Port: where specifications live outside of files, and notes on them: Linear's issues and documents. It asks over the line of
 * port/tracker.h. Promises: `create` with an id that was created before makes no second one; `get` sees what `create` and `update`
 * have left; a page itself is never changed. Texts are Markdown, as the other side keeps it, which may differ from what was sent.
 * Errors: those of port/tracker.h. Results are in the call's arena. Any thread; a call is for one. */
#ifndef DF_PORT_NOTEBOOK_H
#define DF_PORT_NOTEBOOK_H

#include "port/tracker.h"

enum { DF_NOTEBOOK_LINKS = 50 };

/* What a page hangs on, as a note beside it does then: `of` is the adapter's word. Empty: nothing. */
struct df_notebook_place {
    const char *of;
    struct df_str id;
};

/* An issue, or a document. */
struct df_notebook_page {
    bool document;
    struct df_str id, key, url, title, text;
    struct df_notebook_place at;            /* an issue is a place of its own */
    bool on_issue;                          /* where a comment can be */
    struct df_str links[DF_NOTEBOOK_LINKS]; /* attached URLs */
    size_t n_links;
};

struct df_notebook_note {
    bool document;    /* one of its own beside the issue; else a comment on it */
    struct df_str id; /* UUID v4 */
    struct df_notebook_place at;
    struct df_str title, text;
    struct df_str url; /* of a result */
};

struct df_notebook {
    /* name: "ENG-12", an id, the URL of an issue or document. DF_ERR_PROVIDER_NOT_FOUND. */
    enum df_code (*read)(const struct df_tracker_call *call, struct df_str name, struct df_notebook_page *ret,
                         struct df_error *err);
    /* By id and document; the text as it is there now. */
    enum df_code (*get)(const struct df_tracker_call *call, struct df_notebook_note *note, bool *ret_found,
                        struct df_error *err);
    enum df_code (*create)(const struct df_tracker_call *call, const struct df_notebook_note *note,
                           struct df_error *err);
    enum df_code (*update)(const struct df_tracker_call *call, const struct df_notebook_note *note,
                           struct df_error *err);
};

#endif
