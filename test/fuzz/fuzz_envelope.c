/* What an SDK posts: the envelope, and each event in it read to its API form. */
#include "fuzz.h"

#include "sandbox/envelope.h"
#include "sandbox/event.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    struct df_envelope envelope;
    struct df_sandbox_receipt receipt = {1764000000000, DF_S("127.0.0.1"), DF_S("00000000000000000000000000000000"),
                                         "1", n};
    if (df_envelope_parse(df_str_n((const char *)data, n), arena, &envelope, NULL) != DF_OK)
        return 0;
    for (size_t i = 0; i < envelope.n_items; i++) {
        const struct df_json *in, *out;
        struct df_sandbox_event event;
        if (df_json_parse(arena, envelope.items[i].payload, 0, &in, NULL) != DF_OK)
            continue;
        if (df_sandbox_event_read(in, &receipt, arena, &event, NULL) != DF_OK)
            continue;
        fuzz_check(df_json_parse(arena, event.json, 128, &out, NULL) == DF_OK);
        fuzz_check(event.hash.n == 32 && event.event_id.n == 32 && event.title.n > 0);
    }
    return 0;
}
