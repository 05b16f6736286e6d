/* What a project says about its own data: names of keys and shapes of values that are secret here, and what may stay. A JSON
 * file (docs/scrubbing.md); strict, every fault is one sentence that says where. Pure: text in, rules out, any thread. */
#ifndef DF_DOMAIN_SCRUB_RULES_H
#define DF_DOMAIN_SCRUB_RULES_H

#include "domain/scrub.h"

enum { DF_SCRUB_RULES_BYTES = 256 * 1024, DF_SCRUB_RULES_MAX = 256, DF_SCRUB_PATTERN_BYTES = 64 };

struct df_scrub_rule {
    struct df_str kind; /* as the mark says it */
    struct df_str text; /* a key, or a pattern: '#' a digit, '?' a letter, '*' at the end the rest of the word */
};

struct df_scrub_rules {
    struct df_scrub_rule *keys, *patterns;
    size_t n_keys, n_patterns;
    struct df_str *allowed; /* keys whose values stay, whatever their names say */
    size_t n_allowed;
    bool keeps[DF_SCRUB_KINDS]; /* personal kinds that stay */
};

struct df_scrub_project {
    struct df_str id;
    struct df_scrub_rules rules;
};

struct df_scrub_file {
    struct df_scrub_rules all; /* for every project */
    struct df_scrub_project *projects;
    size_t n_projects;
};

/* A whole file. DF_ERR_INVALID. Everything lives in the arena; the text must live as long. */
enum df_code df_scrub_file_parse(struct df_str text, struct df_arena *arena, struct df_scrub_file *ret,
                                 struct df_error *err);
/* Rules that a request brings: they may only add, so neither "keep", "allow" nor "projects". */
enum df_code df_scrub_rules_parse_added(const struct df_json *v, struct df_arena *arena, struct df_scrub_rules *ret,
                                        struct df_error *err);

/* NULL when there are none for that project. */
const struct df_scrub_rules *df_scrub_file_project(const struct df_scrub_file *file, struct df_str project_id);

/* The rule for a key, as a whole and whatever its case; or NULL. */
const struct df_scrub_rule *df_scrub_rules_key(const struct df_scrub_rules *rules, struct df_str key);
bool df_scrub_rules_allow(const struct df_scrub_rules *rules, struct df_str key);
/* The rule whose pattern begins at byte `from`, where a word begins; *ret_to is where it ends. Or NULL. */
const struct df_scrub_rule *df_scrub_rules_pattern(const struct df_scrub_rules *rules, struct df_str text, size_t from,
                                                   size_t *ret_to);

#endif
