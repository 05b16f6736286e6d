#include "adapter/test_lab.h"

/* Of src/adapter/meson.build: the files of share/testgen/python. */
extern const char df_testgen_python_helper[], df_testgen_python_source[], df_testgen_python_values[],
    df_testgen_python_shapes[], df_testgen_python_inputs[], df_testgen_python_probe[], df_testgen_python_judge[],
    df_testgen_python_write[], df_testgen_python_world[], df_testgen_python_web[];
extern const unsigned long df_testgen_python_helper_n, df_testgen_python_source_n, df_testgen_python_values_n,
    df_testgen_python_shapes_n, df_testgen_python_inputs_n, df_testgen_python_probe_n, df_testgen_python_judge_n,
    df_testgen_python_write_n, df_testgen_python_world_n, df_testgen_python_web_n;

#define FILE_OF(stem) {"devflow_" #stem ".py", df_testgen_python_##stem, &df_testgen_python_##stem##_n}
static const struct df_helper_file files[] = {
    FILE_OF(helper), FILE_OF(source), FILE_OF(values), FILE_OF(shapes), FILE_OF(inputs),
    FILE_OF(probe),  FILE_OF(judge),  FILE_OF(write),  FILE_OF(world),  FILE_OF(web),
};
static const char *const own[] = {".venv/bin/python", "venv/bin/python", "env/bin/python", NULL};
static const char *const options[] = {"-B", NULL};

const struct df_test_language df_test_language_python = {
    .name = "python",
    .program = "python3",
    .own = own,
    .options = options,
    .files = files,
    .n_files = sizeof files / sizeof *files,
};
