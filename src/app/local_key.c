#include "app/local_key.h"
#include "base/key_file.h"
#include "base/log.h"
#include "service/api_keys.h"

#include <sys/stat.h>

static bool is_key(struct df_secret text, struct df_secret *ret)
{
    struct df_str key = df_str_trim(df_secret_reveal(text));
    *ret = df_secret_of(key);
    return df_api_key_shape(key);
}

static bool was_open(const char *path)
{
    struct stat st;
    return lstat(path, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 077) != 0;
}

static enum df_code open_at(const char *path, struct df_arena *arena, struct df_secret *ret, struct df_error *err)
{
    struct df_secret text, fresh = df_api_key_new(DF_S("localkey0000"), arena);
    bool there, made = false, open = was_open(path);
    if (open)
        df_log(DF_LOG_WARN, "the local key could be read by other users: it is replaced", {"file", df_str_c(path)});
    else
        DF_TRY(df_key_file_read(path, arena, &there, &text, err));
    if (!open && there && is_key(text, ret))
        return DF_OK;
    if (open || there) {
        DF_TRY(df_key_file_replace(path, fresh, arena, err));
        made = true;
    } else {
        DF_TRY(df_key_file_make(path, fresh, arena, &made, err));
    }
    *ret = fresh;
    if (made)
        return DF_OK;
    /* Another server was faster. */
    DF_TRY(df_key_file_read(path, arena, &there, &text, err));
    return there && is_key(text, ret)
               ? DF_OK
               : df_fail(err, DF_ERR_CONFIG, "the key file %s was changed as it was read: start again", path);
}

enum df_code df_local_key_open(struct df_arena *arena, struct df_secret *ret, struct df_error *err)
{
    bool asked;
    const char *path = df_local_key_path(arena, &asked);
    *ret = DF_SECRET_NONE;
    if (!path)
        return DF_OK;
    struct df_error why = {0};
    enum df_code code = open_at(path, arena, ret, &why);
    if (code == DF_OK)
        return DF_OK;
    *ret = DF_SECRET_NONE;
    if (asked)
        return df_fail(err, code, "%s (DEVFLOW_LOCAL_KEY_FILE)", why.message);
    df_log(DF_LOG_WARN, "there is no local key: the commands need one of devflow apikey:create",
           {"why", df_str_c(why.message)});
    return DF_OK;
}
