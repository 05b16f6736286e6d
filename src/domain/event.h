/* A Sentry event as the issue page needs it: read from the API's form ("entries", camelCase), and from the ingest form that
 * SDKs send (interfaces at the top, snake_case) where the same thing has another spelling. Every field may be null, missing
 * or of another type; then it is empty. Strings are views into the parsed JSON. Free-form parts stay df_json.
 * Pure functions, any thread. Source: Sentry API "Retrieve an Issue Event"; Sentry event payload documentation. */
#ifndef DF_DOMAIN_EVENT_H
#define DF_DOMAIN_EVENT_H

#include "base/json.h"

enum df_tristate { DF_UNKNOWN, DF_NO, DF_YES };
enum { DF_EVENT_ODD = 12 };

struct df_source_line {
    int64_t number;
    struct df_str text;
};

struct df_frame {
    struct df_str function, filename, abs_path, module, package, instruction_addr;
    struct df_str platform; /* empty: the event's */
    int64_t lineno, colno;  /* 0: unknown */
    enum df_tristate in_app;
    const struct df_source_line *context; /* ascending; the one whose number is lineno is the suspect line */
    size_t n_context;
    const struct df_json *vars; /* an object, or NULL */
    const struct df_json *lock; /* what it holds or waits for: an object, or NULL */
};

struct df_stacktrace {
    const struct df_frame *frames; /* oldest call first, as Sentry sends them */
    size_t n;
    int64_t omitted_from, omitted_to; /* frames the SDK or server left out, [from, to); equal: none */
};

struct df_exception {
    struct df_str type, value, module, thread_id;
    struct df_str mechanism_type,
        source; /* source: how it hangs on its parent: "__cause__", "__context__", "exceptions[0]" */
    enum df_tristate handled;
    int64_t exception_id, parent_id; /* -1: unknown */
    bool is_group;
    const struct df_json *mechanism_data, *mechanism_meta; /* objects, or NULL: signal, address, error code */
    struct df_stacktrace stack;
};

struct df_thread {
    struct df_str id, name, state;
    bool current, crashed;
    const struct df_json *held_locks; /* an object, or NULL */
    struct df_stacktrace stack;
};

struct df_breadcrumb {
    int64_t time_ms; /* 0: unknown */
    struct df_str type, level, category, message;
    const struct df_json *data; /* NULL when there is none */
};

/* One of a map or a list of pairs, in the order sent. */
struct df_pair {
    struct df_str key;
    const struct df_json *value;
};

struct df_pairs {
    const struct df_pair *items;
    size_t n;
};

struct df_user {
    struct df_str id, email, username, ip, name;
    struct df_pairs rest; /* everything else, geo included */
};

struct df_event_request {
    bool given;
    struct df_str method, url, query_text, fragment, cookie_text; /* the texts: where they came as one string */
    struct df_pairs query, headers, cookies, env;
    const struct df_json *data; /* NULL when there is none */
};

/* An entry of a type not known here, kept whole. */
struct df_entry {
    struct df_str type;
    const struct df_json *data;
};

/* Of a value, by Sentry or its SDK ("_meta"): scrubbed, or cut for its size. */
enum df_change_how { DF_CHANGE_MARKED, DF_CHANGE_REMOVED, DF_CHANGE_REPLACED, DF_CHANGE_SHORTENED, DF_CHANGE_INVALID };
enum { DF_EVENT_CHANGES = 200 };

struct df_change {
    struct df_str path; /* "request.headers.Authorization" */
    enum df_change_how how;
    struct df_str rule; /* or the error's name; may be empty */
    int64_t length;     /* before; 0: unknown */
};

struct df_event {
    bool message_logged; /* it is of the event's own message entry, not the server's text for its index */
    struct df_str event_id, group_id, project_id, title, type, message, platform, level, culprit, location, release,
        environment, transaction, server_name, dist, sdk_name, sdk_version, logger;
    int64_t created_ms, received_ms; /* 0: unknown */
    struct df_user user;
    struct df_pairs tags; /* without those whose key or value is null; a value without a key is noted as odd */
    const struct df_json *contexts, *extra, *errors; /* objects (errors: a list), or NULL */
    struct df_event_request request;
    const struct df_exception *exceptions; /* oldest cause first, as Sentry sends them; the outermost is last */
    size_t n_exceptions;
    int64_t exceptions_omitted_from, exceptions_omitted_to; /* as of a stack's frames */
    const struct df_thread *threads;
    size_t n_threads;
    struct df_stacktrace stack;              /* of an event that has one outside any exception */
    const struct df_breadcrumb *breadcrumbs; /* oldest first */
    size_t n_breadcrumbs;
    const struct df_entry *others;
    size_t n_others;
    const struct df_change *changes; /* what was done to its values before they came here, at most DF_EVENT_CHANGES */
    size_t n_changes, n_more_changes;
    const struct df_str *odd; /* sentences on what was of another type than it should be, with the place */
    size_t n_odd, n_more_odd; /* and how many more there were */
};

/* False, *ret untouched, when v is no object. */
bool df_event_parse(const struct df_json *v, struct df_arena *arena, struct df_event *ret);

/* The first tag of that key as text, or empty. */
struct df_str df_event_tag(const struct df_event *event, const char *key);

#endif
