/* Rows of the user: OAUTH_PROVIDERS_FILE, a JSON file whose rows are the same struct as the built-in ones. Strict: every unknown,
 * repeated, mistyped and impossible field is one sentence that names file, row and field and says how to put it right.
 * docs/providers.md describes the fields, docs/providers.schema.json is their schema. Pure: text in, rows out. */
#ifndef DF_PROVIDER_FILE_H
#define DF_PROVIDER_FILE_H

#include "port/provider.h"

enum { DF_PROVIDER_FAULTS = 32, DF_PROVIDER_FILE_LIMIT_BYTES = 1024 * 1024 };

struct df_provider_list {
    const struct df_provider *const *rows; /* the built-in ones and those of the file; ends with NULL */
    struct df_str faults[DF_PROVIDER_FAULTS];
    size_t n_faults;
};

/* True when there was no fault. Everything lives in the arena; `file` is named in the faults. */
bool df_providers_parse(struct df_str text, const char *file, const struct df_provider *const *built_in,
                        struct df_arena *arena, struct df_provider_list *ret);

#endif
