/* What people paste and what Sentry's pages link: issue references, Link headers, hosts. A host that is not the connection's own
 * is never one to ask. */
#include "fuzz.h"

#include "base/url.h"
#include "domain/issue_ref.h"
#include "domain/link_header.h"
#include "domain/sentry_host.h"

static bool is_hex(struct df_str s)
{
    size_t i = 0;
    while (i < s.n && strchr("0123456789abcdef", s.p[i]))
        i++;
    return i == s.n;
}

static void reference(struct df_str text, struct df_arena *arena)
{
    struct df_issue_ref ref;
    struct df_error err = {0};
    if (df_issue_ref_parse(text, arena, &ref, &err) != DF_OK) {
        fuzz_check(err.message[0]);
        return;
    }
    fuzz_check(ref.id.n > 0 && !memchr(ref.id.p, '/', ref.id.n) && !memchr(ref.id.p, '?', ref.id.n));
    fuzz_check(ref.kind != DF_ISSUE_REF_EVENT_ID || (ref.id.n == 32 && is_hex(ref.id)));
    fuzz_check(!memchr(ref.organization.p ? ref.organization.p : "", '/', ref.organization.n));
}

static void host(struct df_str text, struct df_arena *arena)
{
    const struct df_str base = DF_S("https://sentry.acme.example/base");
    struct df_url url;
    struct df_str to = df_sentry_host_of(text, base, DF_STR_NONE, arena);
    fuzz_check(df_url_parse(to, arena, &url) && df_str_is(url.host, "sentry.acme.example"));
    if (df_sentry_host_is_own(text, base, DF_STR_NONE, arena))
        fuzz_check(df_url_parse(text, arena, &url) && df_str_is(url.host, "sentry.acme.example"));
    if (df_sentry_host_is_own(text, DF_S("https://sentry.io"), DF_STR_NONE, arena))
        fuzz_check(df_url_parse(text, arena, &url) && df_str_ends(url.host, DF_S("sentry.io")));
    (void)df_sentry_host_is_own(DF_S("https://eu.acme.example"), base, text, arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    struct df_str text = df_str_n((const char *)data, n);
    reference(text, arena);
    host(text, arena);
    fuzz_check(df_link_cursor(text, "next", arena).n <= n);
    fuzz_check(df_link_cursor(text, "previous", arena).n <= n);
    return 0;
}
