/* Port: a tracker of work, where an issue stands for a Sentry issue: Linear, GitHub Issues. A tracker is a row without state; what it
 * needs to ask is in the call: a line to the API that knows the token, waits for limits and refreshes once what was refused.
 *
 * Promises: `find` sees what `link` has left, at once; `create` with an id that was created before makes no second one where
 * `takes_id`, and where not, `find` by the Sentry id finds it (not before its answer came, or a minute has passed). A second `link` of
 * the same URL updates the first; a second `comment` of the same id is not there twice. A state is changed
 * by `move` alone, assignee and what people wrote never. Results are in the call's arena. Errors, in sentences of ours: DF_ERR_RATE_LIMITED with retry_after_s,
 * DF_ERR_RECONNECT, DF_ERR_PROVIDER_FORBIDDEN (a scope is missing), DF_ERR_PROVIDER_NOT_FOUND (the team, label or issue is not
 * there), DF_ERR_INVALID, DF_ERR_PROVIDER, DF_ERR_PROVIDER_TIMEOUT. Any thread; a call is for one. */
#ifndef DF_PORT_TRACKER_H
#define DF_PORT_TRACKER_H

#include "domain/ticket.h"
#include "port/http_client.h"

enum { DF_TRACKER_LABELS = 20, DF_TRACKER_PLACES = 500 };

/* What an answer means for the line. */
enum df_tracker_verdict { DF_TRACKER_FINE, DF_TRACKER_TOKEN_REFUSED, DF_TRACKER_LIMITED };
struct df_tracker_ask {
    const char *method;
    struct df_str path; /* under the API's URL: "/graphql" */
    struct df_str body; /* JSON; may be empty */
    enum df_tracker_verdict (*judge)(const struct df_http_answer *answer, struct df_arena *arena);
};
/* Sends with the project's token. DF_OK for any whole answer that is not to be asked again. */
struct df_tracker_line {
    enum df_code (*send)(struct df_tracker_line *line, const struct df_tracker_ask *ask, struct df_arena *arena,
                         struct df_http_answer *ret, struct df_error *err);
};

struct df_tracker_place {
    struct df_str id, key, name; /* "ENG", "Engineering" */
};
struct df_tracker_issue {
    struct df_str id, key, url, title, state;
    bool closed; /* done, cancelled, archived */
    int64_t closed_ms;
};
struct df_tracker_draft {
    struct df_str id; /* UUID v4 */
    struct df_str place_id, title, body;
    struct df_str sentry_id;
    enum df_priority priority;
    struct df_str labels[DF_TRACKER_LABELS]; /* names */
    size_t n_labels;
};
struct df_tracker_link {
    struct df_str sentry_id, url, title, subtitle;
    struct df_str level;
    int64_t events, users;
};
struct df_tracker_call {
    struct df_tracker_line *line;
    struct df_arena *arena;
    struct df_str place; /* as the settings have it; may be empty */
    int64_t now_ms;
};

struct df_notebook;
struct df_tracker {
    const char *name;     /* "linear", as settings say it */
    const char *provider; /* of the connection: "LINEAR" */
    const char *title;    /* "Linear" */
    const char *place;    /* "team", "repository" */
    bool takes_id;
    const struct df_notebook *notebook; /* port/notebook.h; NULL: no specifications are read there */
    /* Where issues can be made; none where the tracker cannot list them. */
    enum df_code (*places)(const struct df_tracker_call *call, struct df_tracker_place **ret, size_t *ret_n,
                           struct df_error *err);
    /* Those linked to that URL or Sentry id, by whomever; the open ones first. */
    enum df_code (*find)(const struct df_tracker_call *call, const struct df_tracker_link *link,
                         struct df_tracker_issue **ret, size_t *ret_n, struct df_error *err);
    /* By id; *ret_found false when it is not there, or no more. */
    enum df_code (*get)(const struct df_tracker_call *call, struct df_str id, struct df_tracker_issue *ret,
                        bool *ret_found, struct df_error *err);
    enum df_code (*create)(const struct df_tracker_call *call, const struct df_tracker_draft *draft,
                           struct df_tracker_issue *ret, struct df_error *err);
    enum df_code (*link)(const struct df_tracker_call *call, const struct df_tracker_issue *issue,
                         const struct df_tracker_link *link, struct df_error *err);
    enum df_code (*comment)(const struct df_tracker_call *call, const struct df_tracker_issue *issue, struct df_str id,
                            struct df_str text, struct df_error *err);
    /* Puts the issue into the state of that name. DF_ERR_PROVIDER_NOT_FOUND says which there are. */
    enum df_code (*move)(const struct df_tracker_call *call, const struct df_tracker_issue *issue, struct df_str state,
                         struct df_error *err);
    /* That the issue goes on from another. */
    enum df_code (*relate)(const struct df_tracker_call *call, const struct df_tracker_issue *issue,
                           struct df_str other_id, struct df_error *err);
};

#endif
