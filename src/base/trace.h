/* For whom a thread works: the id of the request, and the caller's W3C Trace Context, which go into the log and towards
 * providers. DevFlow records no spans of its own, so it passes the caller's on as they are. Each thread has its own; nothing
 * is shared. Source: https://www.w3.org/TR/trace-context/ */
#ifndef DF_BASE_TRACE_H
#define DF_BASE_TRACE_H

#include "base/str.h"

enum { DF_TRACE_PARENT_BYTES = 55, DF_TRACE_STATE_BYTES = 512, DF_TRACE_ID_BYTES = 32 };

struct df_trace {
    struct df_str request_id; /* empty: nobody's request */
    struct df_str parent;     /* a sound traceparent, or empty */
    struct df_str state;      /* a sound tracestate, or empty */
};

/* What the thread that asks works for from now on; NULL: for nobody. The views must live until the next call. */
void df_trace_set(const struct df_trace *trace);
struct df_trace df_trace_now(void);

/* The headers as they came, unchecked; what is not sound is left out (section 3.2.2, 3.3.1: a state without a parent says
 * nothing). Views of the headers. */
struct df_trace df_trace_read(struct df_str request_id, struct df_str parent, struct df_str state);
/* The trace id in it; empty when there is none. */
struct df_str df_trace_id(const struct df_trace *trace);

#endif
