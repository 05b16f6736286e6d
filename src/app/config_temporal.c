#include "app/config_parts.h"

#include "adapter/temporal_library.h"

enum { PEM_BYTES = 256 * 1024 };

static void fault(struct loading *l, const char *sentence)
{
    df_config_fault(l->report, df_str_c(sentence));
}

static bool is_plain(struct df_str v)
{
    for (size_t i = 0; i < v.n; i++)
        if ((unsigned char)v.p[i] <= ' ' || (unsigned char)v.p[i] >= 0x7f || strchr("/\\@?#\"'", v.p[i]))
            return false;
    return true;
}

/* host:port, [::1]:port; 7233 where it has no port. */
void df_config_temporal_address(struct loading *l, struct df_str v)
{
    struct df_str rest = v;
    long colon = -1;
    unsigned long long port = 7233;
    for (size_t i = 0; i < v.n; i++)
        if (v.p[i] == ':' || v.p[i] == ']')
            colon = v.p[i] == ':' ? (long)i : -1;
    bool has_port = colon >= 0;
    if (has_port)
        rest = df_str_from(v, (size_t)colon + 1);
    bool sound = is_plain(v) && colon != 0 && (!has_port || (df_str_to_u64(rest, &port) && port > 0 && port <= 65535));
    if (!sound)
        fault(
            l,
            "TEMPORAL_ADDRESS is not HOST:PORT: set it to the address of Temporal's frontend, such as localhost:7233, "
            "without http://");
    l->config->temporal.address = v.n && !has_port ? df_arena_printf(l->arena, "%.*s:7233", DF_FMT(v)) : v;
    if (!sound)
        l->config->temporal.address = DF_STR_NONE;
}

void df_config_temporal_namespace(struct loading *l, struct df_str v)
{
    if (!is_plain(v))
        fault(l,
              "TEMPORAL_NAMESPACE is not the name of a namespace: set it to one of letters, digits, dots and dashes");
    l->config->temporal.ns = v.n ? v : DF_S("default");
}

void df_config_temporal_task_queue(struct loading *l, struct df_str v)
{
    if (!is_plain(v) || v.n > 200)
        fault(
            l,
            "TEMPORAL_TASK_QUEUE is not the name of a task queue: set it to at most 200 letters, digits, dots and dashes");
    l->config->temporal.task_queue = v.n ? v : DF_S("devflow");
}

void df_config_temporal_tls(struct loading *l, struct df_str v)
{
    bool yes = df_str_ieq(v, DF_S("true")) || df_str_is(v, "1"), no = df_str_ieq(v, DF_S("false")) || df_str_is(v, "0");
    if (v.n && !yes && !no)
        fault(l, "TEMPORAL_TLS is neither true nor false: set it to one of them, false by default");
    l->config->temporal.tls = yes;
}

static struct df_str pem(struct loading *l, const char *name, struct df_str path)
{
    struct df_str text = DF_STR_NONE;
    if (path.n && !df_config_read_file(l->report, l->arena, name, df_arena_cstr(l->arena, path), PEM_BYTES, &text))
        return DF_STR_NONE;
    if (path.n && df_str_find(text, DF_S("-----BEGIN ")) < 0)
        df_config_fault(l->report,
                        df_arena_printf(l->arena, "%s names a file that is no PEM: set it to one that is", name));
    return text;
}

void df_config_temporal_tls_ca(struct loading *l, struct df_str v)
{
    l->config->temporal.ca = pem(l, "TEMPORAL_TLS_CA", v);
}

void df_config_temporal_tls_cert(struct loading *l, struct df_str v)
{
    l->config->temporal.certificate = pem(l, "TEMPORAL_TLS_CERT", v);
}

void df_config_temporal_tls_key(struct loading *l, struct df_str v)
{
    l->config->temporal.key = df_secret_of(pem(l, "TEMPORAL_TLS_KEY", v));
}

void df_config_temporal_tls_name(struct loading *l, struct df_str v)
{
    if (!is_plain(v))
        fault(l, "TEMPORAL_TLS_SERVER_NAME is not a host name: set it to the name in the server's certificate");
    l->config->temporal.server_name = v;
}

void df_config_temporal_api_key(struct loading *l, struct df_str v)
{
    l->config->temporal.api_key = df_secret_dup(l->arena, v);
}

void df_config_temporal_whole(struct loading *l)
{
    struct df_temporal_settings *t = &l->config->temporal;
    if (t->address.n && !df_temporal_library_is_here())
        fault(l, DF_TEMPORAL_MISSING);
    bool parts = t->ca.n || t->certificate.n || !df_secret_is_empty(t->key) || t->server_name.n;
    if ((t->certificate.n == 0) != df_secret_is_empty(t->key))
        fault(l, "TEMPORAL_TLS_CERT and TEMPORAL_TLS_KEY belong together: set both, to files in PEM, or neither");
    if (t->address.n && !t->tls && !df_secret_is_empty(t->api_key))
        fault(
            l,
            "TEMPORAL_API_KEY is set without TEMPORAL_TLS=true: it would be sent in the clear. Set TEMPORAL_TLS=true");
    if (t->address.n && !t->tls && parts)
        fault(
            l,
            "TEMPORAL_TLS_CA, TEMPORAL_TLS_CERT, TEMPORAL_TLS_KEY and TEMPORAL_TLS_SERVER_NAME are for TLS: set TEMPORAL_TLS=true "
            "too");
}
