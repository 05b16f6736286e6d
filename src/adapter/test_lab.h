/* Adapter: helpers of languages as processes in a cell (test_cell.h), each in a folder of its own below TMPDIR that goes with
 * it. Whatever a helper started is killed with it. */
#ifndef DF_ADAPTER_TEST_LAB_H
#define DF_ADAPTER_TEST_LAB_H

#include "port/test_language.h"

extern struct df_test_lab df_process_test_lab;

/* The languages, one file each. */
extern const struct df_test_language df_test_language_python, df_test_language_node, df_test_language_java,
    df_test_language_go, df_test_language_ruby, df_test_language_php;

#endif
