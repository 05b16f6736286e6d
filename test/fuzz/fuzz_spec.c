/* A text as a specification, and the same bytes as what an event put into a block: every byte that was there stays, a block that was
 * written is read again as ours and one, and writing it a second time changes nothing. */
#include "domain/spec.h"
#include "fuzz.h"

static void check_reading(const struct df_spec *spec)
{
    size_t last = 0;
    for (size_t i = 0; i < spec->n_blocks; i++) {
        const struct df_spec_block *block = &spec->blocks[i];
        fuzz_check(block->from >= last && block->to >= block->from && block->to <= spec->text.n);
        fuzz_check(df_spec_id_valid(block->issue_id));
        last = block->to;
    }
    for (size_t i = 0; i < spec->n_refs; i++)
        fuzz_check(spec->refs[i].place.section_end <= spec->text.n);
    fuzz_check(spec->end.section_end <= spec->text.n);
}

/* What is left of `text` once the block is taken out of `enriched`, with the line ends around it, is the text. */
static void check_untouched(struct df_str text, struct df_str enriched, const struct df_spec_block *block)
{
    size_t head = 0, tail = 0;
    while (head < text.n && head < enriched.n && text.p[head] == enriched.p[head])
        head++;
    while (tail < text.n - head && text.p[text.n - 1 - tail] == enriched.p[enriched.n - 1 - tail])
        tail++;
    fuzz_check(head + tail == text.n);
    for (size_t i = head; i < enriched.n - tail; i++)
        fuzz_check((i >= block->from && i < block->to) || enriched.p[i] == '\n' || enriched.p[i] == '\r' ||
                   block->from < head || block->to > enriched.n - tail);
}

/* Its own id, so that what the text holds already is another's. */
static void check_adding(const struct df_spec *spec, size_t at, struct df_str body, struct df_arena *arena)
{
    static const struct df_str id = {"fuzz_4711", 9};
    struct df_spec again;
    const struct df_spec_change change = {.at = at, .block = df_spec_block(id, body, 2, arena)};
    struct df_str enriched = df_spec_write(spec, &change, 1, arena);
    size_t found = 0, before = 0;
    for (size_t i = 0; i < spec->n_blocks; i++)
        if (df_str_eq(spec->blocks[i].issue_id, id))
            before++;
    if (before || spec->more)
        return;
    df_spec_read(enriched, arena, &again);
    for (size_t i = 0; i < again.n_blocks; i++) {
        const struct df_spec_block *block = &again.blocks[i];
        if (!df_str_eq(block->issue_id, id))
            continue;
        found++;
        fuzz_check(block->state == DF_SPEC_OURS && df_spec_same(enriched, block, change.block, arena));
        check_untouched(spec->text, enriched, block);
        const struct df_spec_change same = {.replaces = block, .block = change.block};
        struct df_str twice = df_spec_write(&again, &same, 1, arena);
        fuzz_check(df_str_eq(twice, enriched));
    }
    fuzz_check(found == 1);
    fuzz_check(again.n_refs == spec->n_refs);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    struct df_str text = df_str_n((const char *)data, size);
    struct df_spec spec;
    df_spec_read(text, arena, &spec);
    check_reading(&spec);
    check_adding(&spec, spec.end.section_end, text, arena);
    if (spec.n_refs)
        check_adding(&spec, spec.refs[0].place.section_end, text, arena);
    fuzz_check(df_str_eq(df_spec_write(&spec, NULL, 0, arena), text));
    return 0;
}
