#include "app/config.h"
#include "app/config_parts.h"
#include "domain/oauth.h"

#include <sys/stat.h>

enum { CHECKOUTS = 200 };

/* PROJECT=FOLDER */
static bool read_one(struct loading *l, struct df_str part, struct df_test_checkout *ret)
{
    struct stat st;
    long at = df_str_find_char(part, '=');
    if (at <= 0)
        return false;
    ret->project_id = df_str_trim(df_str_head(part, (size_t)at));
    ret->folder = df_arena_cstr(l->arena, df_str_trim(df_str_from(part, (size_t)at + 1)));
    return df_project_id_valid(ret->project_id) && ret->folder[0] == '/' && stat(ret->folder, &st) == 0 &&
           S_ISDIR(st.st_mode);
}

void df_config_test_checkouts(struct loading *l, struct df_str v)
{
    struct df_test_checkout *found = DF_NEW_ARRAY(l->arena, struct df_test_checkout, CHECKOUTS);
    struct df_str rest = v, part;
    size_t n = 0;
    while (v.n && df_str_split(&rest, ',', &part)) {
        if (n < CHECKOUTS && read_one(l, df_str_trim(part), &found[n])) {
            n++;
            continue;
        }
        df_config_fault(
            l->report,
            DF_S("TEST_CHECKOUTS is no list of checkouts: set it to PROJECT=FOLDER, separated by commas, each "
                 "folder absolute and there, at most 200"));
        return;
    }
    l->config->checkouts = found;
    l->config->n_checkouts = n;
}
