#include "base/trace.h"

static _Thread_local struct df_trace current;

void df_trace_set(const struct df_trace *trace)
{
    current = trace ? *trace : (struct df_trace){.request_id = DF_STR_NONE};
}

struct df_trace df_trace_now(void)
{
    return current;
}

static bool is_hex(struct df_str s, size_t from, size_t n)
{
    bool only_zeros = true;
    for (size_t i = from; i < from + n; i++) {
        char c = s.p[i];
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
            return false;
        only_zeros = only_zeros && c == '0';
    }
    return n == 2 || !only_zeros; /* an id of zeros is none */
}

/* 00-<32 digits>-<16>-<2>. There is no later version yet; what one would mean we do not know, so it is not passed on. */
static bool parent_is_sound(struct df_str s)
{
    return s.n == DF_TRACE_PARENT_BYTES && s.p[0] == '0' && s.p[1] == '0' && s.p[2] == '-' && s.p[35] == '-' &&
           s.p[52] == '-' && is_hex(s, 3, DF_TRACE_ID_BYTES) && is_hex(s, 36, 16) && is_hex(s, 53, 2);
}

static bool state_is_sound(struct df_str s)
{
    bool has_value = false;
    for (size_t i = 0; i < s.n; i++) {
        if ((s.p[i] < ' ' || s.p[i] > '~') && s.p[i] != '\t')
            return false;
        has_value = has_value || s.p[i] == '=';
    }
    return s.n <= DF_TRACE_STATE_BYTES && has_value;
}

struct df_trace df_trace_read(struct df_str request_id, struct df_str parent, struct df_str state)
{
    bool sound = parent_is_sound(parent);
    return (struct df_trace){
        .request_id = request_id,
        .parent = sound ? parent : DF_STR_NONE,
        .state = sound && state_is_sound(state) ? state : DF_STR_NONE,
    };
}

struct df_str df_trace_id(const struct df_trace *trace)
{
    return trace->parent.n ? df_str_n(trace->parent.p + 3, DF_TRACE_ID_BYTES) : DF_STR_NONE;
}
