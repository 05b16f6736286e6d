/* What a caller registers: redirect URIs, base URLs, scopes, project ids and names, webhook events, keys. What is taken is sound, what
 * is not has a sentence that says why. */
#include "fuzz.h"

#include "base/address.h"
#include "base/crypto.h"
#include "base/url.h"
#include "domain/oauth.h"
#include "domain/scopes.h"
#include "domain/webhook.h"
#include "provider/catalogue.h"
#include "service/oauth_app.h"
#include "service/oauth_redirect.h"

enum { LONGEST = 4096 };

static void urls(struct df_str text, struct df_arena *arena)
{
    struct df_error err = {0};
    struct df_str base;
    struct df_url url;
    if (df_redirect_uri_check(text, arena, &err) == DF_OK)
        fuzz_check(df_url_parse(text, arena, &url) && !url.fragment.n);
    else
        fuzz_check(err.message[0]);
    for (size_t i = 0; df_providers[i]; i++) {
        err.message[0] = '\0';
        if (df_base_url_check(text, df_providers[i], arena, &base, &err) != DF_OK)
            fuzz_check(err.message[0]);
        else if (base.n)
            fuzz_check(df_url_parse(base, arena, &url) && !url.user.n && !df_str_ends(base, DF_S("/")) &&
                       (df_str_is(url.scheme, "https") || df_host_is_loopback(url.host)));
    }
}

static void scopes(struct df_str text, struct df_arena *arena)
{
    struct df_str *items, *again, *warnings;
    size_t n = df_scopes_split(text, arena, &items);
    struct df_str joined = df_scopes_join(items, n, arena);
    size_t n_again = df_scopes_split(joined, arena, &again);
    fuzz_check(n_again <= n && df_str_eq(df_scopes_join(again, n_again, arena), joined));
    for (size_t i = 0; i < n; i++)
        fuzz_check(df_str_trim(items[i]).n == 0 || df_scopes_has(joined, df_str_trim(items[i])));
    struct df_str ordered = df_scopes_ordered_like(joined, DF_S("event:read org:read"), arena);
    for (size_t i = 0; i < n_again; i++)
        fuzz_check(df_scopes_has(ordered, again[i]));
    for (size_t i = 0; df_providers[i]; i++) {
        struct df_error err = {0};
        if (df_scopes_check(&df_providers[i]->scopes, "it", joined, &err) != DF_OK)
            fuzz_check(err.message[0]);
        df_scopes_warnings(&df_providers[i]->scopes, joined, arena, &warnings);
        df_scopes_unknown(&df_providers[i]->scopes, joined, arena, &warnings);
    }
}

static void names(struct df_str text, struct df_arena *arena)
{
    struct df_error err = {0};
    struct df_str id = df_project_id_from_name(text, arena), bytes;
    struct df_key key;
    fuzz_check(id.n == 0 || df_project_id_valid(id));
    fuzz_check(!df_project_id_valid(text) || (text.n > 0 && text.n <= 63));
    if (df_webhook_events_check(&text, 1, &err) != DF_OK)
        fuzz_check(err.message[0]);
    if (df_base64_decode(text, arena, &bytes))
        fuzz_check(bytes.n <= text.n / 4 * 3);
    fuzz_check(!df_key_parse(text, &key) || text.n == 44);
    (void)df_address_text_is_public(df_arena_cstr(arena, text));
    (void)df_code_from_name(df_arena_cstr(arena, text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    struct df_str text = df_str_n((const char *)data, n < LONGEST ? n : LONGEST);
    urls(text, arena);
    scopes(text, arena);
    names(text, arena);
    return 0;
}
