#include "adapter/test_lab.h"

/* The files of share/testgen/python, embedded (src/adapter/meson.build). */
extern const struct df_helper_file df_testgen_python[];

static const char *const own[] = {".venv/bin/python", "venv/bin/python", "env/bin/python", NULL};
static const char *const options[] = {"-B", NULL};

const struct df_test_language df_test_language_python = {
    .name = "python",
    .program = "python3",
    .own = own,
    .options = options,
    .files = df_testgen_python,
};
