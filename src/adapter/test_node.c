#include "adapter/test_lab.h"

/* Of src/adapter/meson.build: the files of share/testgen/node. */
extern const char df_testgen_node_helper[], df_testgen_node_source[], df_testgen_node_types[], df_testgen_node_values[],
    df_testgen_node_shapes[], df_testgen_node_inputs[], df_testgen_node_probe[], df_testgen_node_judge[],
    df_testgen_node_write[], df_testgen_node_world[];
extern const unsigned long df_testgen_node_helper_n, df_testgen_node_source_n, df_testgen_node_types_n,
    df_testgen_node_values_n, df_testgen_node_shapes_n, df_testgen_node_inputs_n, df_testgen_node_probe_n,
    df_testgen_node_judge_n, df_testgen_node_write_n, df_testgen_node_world_n;

#define FILE_OF(stem) {"devflow_" #stem ".cjs", df_testgen_node_##stem, &df_testgen_node_##stem##_n}
static const struct df_helper_file files[] = {
    FILE_OF(helper), FILE_OF(source), FILE_OF(types), FILE_OF(values), FILE_OF(shapes),
    FILE_OF(inputs), FILE_OF(probe),  FILE_OF(judge), FILE_OF(write),  FILE_OF(world),
};
static const char *const own[] = {"node_modules/.bin/node", NULL};
/* The helper reads JavaScript with the parser that Node has inside. */
static const char *const options[] = {"--expose-internals", "--no-warnings", NULL};
static const char *const platforms[] = {"javascript", NULL};

const struct df_test_language df_test_language_node = {
    .name = "node",
    .platforms = platforms,
    .program = "node",
    .own = own,
    .options = options,
    .files = files,
    .n_files = sizeof files / sizeof *files,
};
