#include "app/config_parts.h"
#include "base/url.h"
#include "http/cors.h"

#include <sys/stat.h>
#include <unistd.h>

enum { PEM_LIMIT_BYTES = 256 * 1024 };

void df_config_cors_origins(struct loading *l, struct df_str v)
{
    if (!df_cors_origins_check(v, l->arena))
        df_config_fault(l->report,
                        DF_S("CORS_ORIGINS is no list of origins: set it to those whose pages may use the API, such as "
                             "https://app.example.com, separated by commas; * is not taken"));
    l->config->cors_origins = v;
}

void df_config_trusted_proxies(struct loading *l, struct df_str v)
{
    if (!df_trusted_proxies_parse(v, &l->config->proxies))
        df_config_fault(l->report,
                        df_arena_printf(l->arena,
                                        "TRUSTED_PROXIES is no list of addresses and networks: set it to those of your "
                                        "reverse proxies, such as 127.0.0.1, 10.0.0.0/8, at most %d",
                                        DF_TRUSTED_PROXIES));
}

void df_config_trusted_proxies_header(struct loading *l, struct df_str v)
{
    l->config->proxies.rfc7239 = df_str_ieq(v, DF_S("forwarded"));
    if (v.n && !l->config->proxies.rfc7239 && !df_str_ieq(v, DF_S("x-forwarded-for")))
        df_config_fault(
            l->report,
            DF_S("TRUSTED_PROXIES_HEADER is neither X-Forwarded-For nor Forwarded: set it to the header your "
                 "proxies write the client's address in, X-Forwarded-For by default"));
}

static const char *pem(struct loading *l, const char *name, struct df_str path)
{
    struct df_str text;
    if (path.n == 0 ||
        !df_config_read_file(l->report, l->arena, name, df_arena_cstr(l->arena, path), PEM_LIMIT_BYTES, &text))
        return NULL;
    return df_arena_cstr(l->arena, text);
}

void df_config_tls_cert(struct loading *l, struct df_str v)
{
    l->config->tls.certificates = pem(l, "TLS_CERT", v);
}

void df_config_tls_key(struct loading *l, struct df_str v)
{
    struct stat at;
    l->config->tls.key = pem(l, "TLS_KEY", v);
    if (v.n && stat(df_arena_cstr(l->arena, v), &at) == 0 && at.st_mode & (S_IRGRP | S_IROTH) && at.st_uid == geteuid())
        df_config_warning(l->report,
                          DF_S("TLS_KEY names a file that other users of this machine can read: chmod 600 it"));
}
