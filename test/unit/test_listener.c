#include "unit.h"

#include "base/listener.h"

static void reads_the_kernels_lines(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        bool listens;
        unsigned uid;
    } rows[] = {
        {"   1: 0100007F:0BB9 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 9832721 1 0 100 0 0 10 0",
         true, 1000},
        {"   1: 00000000:0BB9 00000000:0000 0A 00000000:00000000 00:00000000 00000000 65534        0 9832721 1 0 100 0 0 10 0",
         true, 65534},
        {"  12: 00000000000000000000000001000000:0BB9 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 "
         "00000000     0        0 1 1 0 100 0 0 10 0",
         true, 0},
        {"   1: 0100007F:0BBA 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 9832721 1 0 100",
         false, 0},
        {"   1: 0100007F:0BB9 0100007F:E001 01 00000000:00000000 00:00000000 00000000  1000        0 9832721 1 0 100",
         false, 0},
        {"   1: 0100007F:E001 0100007F:0BB9 0A 00000000:00000000 00:00000000 00000000  1000        0 9832721 1 0 100",
         false, 0},
        {"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode", false, 0},
        {"   1: 0100007F:0BB9 00000000:0000 0A 00000000:00000000 00:00000000 00000000", false, 0},
        {"   1: 0100007F:0BB9 00000000:0000 0A 00000000:00000000 00:00000000 00000000 -1 0 1", false, 0},
        {"   1: 0100007F:F0000BB9 00000000:0000 0A 00000000:00000000 00:00000000 00000000 1 0 1", false, 0},
        {"   1: 0100007F: 00000000:0000 0A 00000000:00000000 00:00000000 00000000 1 0 1", false, 0},
        {"", false, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        unsigned uid = 0;
        if (df_listener_line(df_str_c(rows[i].line), 3001, &uid) != rows[i].listens || uid != rows[i].uid)
            fail_msg("row %zu", i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_the_kernels_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
