#include "base/fatal.h"
#include "domain/pattern_parts.h"

#include <math.h>
#include <stdlib.h>

enum { TABLE_MIN = 1024, TEXT_LIMIT_BYTES = 200 };

void *df_pattern_grown(void *p, size_t n, size_t size)
{
    void *grown = reallocarray(p, n, size);
    if (!grown)
        df_out_of_memory();
    return grown;
}

void df_symbols_init(struct df_symbols *s, uint64_t seed)
{
    *s = (struct df_symbols){.seed = seed, .table_cap = TABLE_MIN};
    s->table = df_pattern_grown(NULL, TABLE_MIN, sizeof *s->table);
    memset(s->table, 0xFF, TABLE_MIN * sizeof *s->table);
}

void df_symbols_done(struct df_symbols *s)
{
    for (uint32_t i = 0; i < s->n; i++)
        free(s->items[i].many);
    free(s->items);
    free(s->marks);
    free(s->table);
    free(s->text);
}

static uint64_t mix(uint64_t h)
{
    h ^= h >> 33;
    h *= 0xff51afd7ed558ccdULL;
    h ^= h >> 33;
    h *= 0xc4ceb9fe1a85ec53ULL;
    return h ^ (h >> 33);
}

static uint64_t hash_bytes(uint64_t h, struct df_str s)
{
    uint64_t word = 0;
    size_t i = 0;
    for (; i + 8 <= s.n; i += 8) {
        memcpy(&word, s.p + i, 8);
        h = mix(h ^ word);
    }
    word = s.n;
    for (; i < s.n; i++)
        word = (word << 8) | (unsigned char)s.p[i];
    return mix(h ^ word);
}

uint64_t df_symbols_hash(const struct df_symbols *s, uint64_t kind, struct df_str a, struct df_str b)
{
    return hash_bytes(hash_bytes(mix(s->seed ^ kind), a) ^ kind, b);
}

static void rehash(struct df_symbols *s)
{
    s->table_cap *= 2;
    s->table = df_pattern_grown(s->table, s->table_cap, sizeof *s->table);
    memset(s->table, 0xFF, s->table_cap * sizeof *s->table);
    for (uint32_t i = 0; i < s->n; i++) {
        size_t at = s->items[i].hash & (s->table_cap - 1);
        while (s->table[at] != DF_NONE32)
            at = (at + 1) & (s->table_cap - 1);
        s->table[at] = i;
    }
}

static uint32_t add(struct df_symbols *s, uint64_t hash)
{
    if (s->n == s->cap) {
        s->cap = s->cap ? s->cap + s->cap / 2 : 256;
        s->items = df_pattern_grown(s->items, s->cap, sizeof *s->items);
        s->marks = df_pattern_grown(s->marks, s->cap, sizeof *s->marks);
    }
    s->items[s->n] = (struct df_symbol){.hash = hash};
    s->marks[s->n] = (struct df_symbol_mark){.place = DF_NONE32};
    return s->n++;
}

uint32_t df_symbols_intern(struct df_symbols *s, uint64_t hash)
{
    if (s->n >= s->table_cap / 4 * 3)
        rehash(s);
    size_t at = hash & (s->table_cap - 1);
    for (; s->table[at] != DF_NONE32; at = (at + 1) & (s->table_cap - 1))
        if (s->items[s->table[at]].hash == hash)
            return s->table[at];
    s->table[at] = add(s, hash);
    return s->table[at];
}

static void put_text(struct df_symbols *s, struct df_str text)
{
    if (s->text_n + text.n > s->text_cap) {
        s->text_cap = (s->text_cap + text.n) * 3 / 2 + 1024;
        s->text = df_pattern_grown(s->text, s->text_cap, 1);
    }
    if (text.n)
        memcpy(s->text + s->text_n, text.p, text.n);
    s->text_n += text.n;
}

void df_symbols_name(struct df_symbols *s, uint32_t symbol, struct df_str place, struct df_str function)
{
    size_t from = s->text_n;
    if (s->items[symbol].text_n || from > UINT32_MAX - 4 * TEXT_LIMIT_BYTES)
        return;
    put_text(s, df_str_head(place, TEXT_LIMIT_BYTES));
    if (place.n && function.n)
        put_text(s, DF_S("."));
    put_text(s, df_str_head(function, TEXT_LIMIT_BYTES));
    s->items[symbol].text = (uint32_t)from;
    s->items[symbol].text_n = (uint32_t)(s->text_n - from);
}

struct df_str df_symbols_text(const struct df_symbols *s, uint32_t symbol)
{
    if (symbol == DF_NONE32)
        return DF_STR_NONE;
    const struct df_symbol *of = &s->items[symbol];
    return of->text_n ? df_str_n(s->text + of->text, of->text_n) : DF_STR_NONE;
}

static void grow_postings(struct df_symbols *s, struct df_symbol *symbol)
{
    uint32_t cap = symbol->cap ? symbol->cap + symbol->cap / 2 : 4;
    symbol->many = df_pattern_grown(symbol->many, cap, sizeof *symbol->many);
    if (!symbol->cap)
        memcpy(symbol->many, symbol->few, sizeof symbol->few);
    s->postings_bytes += (cap - symbol->cap) * sizeof *symbol->many;
    symbol->cap = cap;
}

void df_symbols_post(struct df_symbols *s, uint32_t number, uint32_t shape)
{
    enum { FEW = sizeof s->items->few / sizeof *s->items->few };
    struct df_symbol *symbol = &s->items[number];
    if (symbol->n && df_symbol_postings(symbol)[symbol->n - 1] == shape)
        return;
    if (symbol->n == (symbol->cap ? symbol->cap : FEW))
        grow_postings(s, symbol);
    (symbol->cap ? symbol->many : symbol->few)[symbol->n++] = shape;
    s->marks[number].log_n = logf((float)symbol->n + 1);
}

size_t df_symbols_bytes(const struct df_symbols *s)
{
    return s->cap * (sizeof *s->items + sizeof *s->marks) + s->table_cap * sizeof *s->table + s->text_cap +
           s->postings_bytes;
}
