/* What users and servers say of providers: the file of rows, and a server's metadata (the first byte picks). What is accepted
 * must be fit for use. */
#include "fuzz.h"

#include "provider/catalogue.h"
#include "provider/file.h"
#include "service/discovery.h"

static void file_of_rows(struct df_str text, struct df_arena *arena)
{
    struct df_provider_list list;
    bool good = df_providers_parse(text, "providers.json", df_providers, arena, &list);
    fuzz_check(good == (list.n_faults == 0));
    size_t n = 0;
    for (; list.rows[n]; n++)
        fuzz_check(list.rows[n]->name && list.rows[n]->slug && list.rows[n]->title && list.rows[n]->get_user_info);
    fuzz_check(n >= 1);
    for (size_t i = 0; i < list.n_faults; i++)
        fuzz_check(df_str_starts(list.faults[i], DF_S("providers.json: ")));
}

static void metadata(struct df_str text, struct df_arena *arena)
{
    struct df_str kept;
    struct df_error err;
    struct df_url url;
    struct df_endpoints at = {.auth = DF_CLIENT_BODY};
    if (df_discovery_read(DF_S("https://id.example/t"), text, arena, &kept, &err) != DF_OK)
        return;
    df_discovery_apply(kept, arena, &at);
    fuzz_check(df_url_parse(at.token, arena, &url) && df_str_is(url.scheme, "https"));
    fuzz_check(df_url_parse(at.authorize, arena, &url) && df_str_is(url.scheme, "https"));
    fuzz_check(df_str_starts(at.issuer, DF_S("https://id.example/t")));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (n == 0)
        return 0;
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    struct df_str text = df_str_n((const char *)data + 1, n - 1);
    if (data[0] % 2)
        metadata(text, arena);
    else
        file_of_rows(text, arena);
    return 0;
}
