#include "adapter/test_lab.h"

/* The files of share/testgen/node, embedded (src/adapter/meson.build). */
extern const struct df_helper_file df_testgen_node[];

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
    .files = df_testgen_node,
};
