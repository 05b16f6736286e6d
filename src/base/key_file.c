#include "base/key_file.h"
#include "base/file.h"
#include "base/listener.h"
#include "base/url.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static enum df_code cannot(const char *path, const char *what, struct df_error *err)
{
    return df_fail(err, DF_ERR_CONFIG, "the key file %s cannot be %s: %s", path, what, strerror(errno));
}

static enum df_code check(const char *path, int fd, struct df_error *err)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return cannot(path, "read", err);
    if (!S_ISREG(st.st_mode))
        return df_fail(err, DF_ERR_CONFIG, "the key file %s is no regular file", path);
    if (st.st_uid != geteuid() && st.st_uid != 0)
        return df_fail(err, DF_ERR_CONFIG, "the key file %s belongs to another user and is not used", path);
    if (st.st_mode & 077)
        return df_fail(err, DF_ERR_CONFIG, "the key file %s is open to other users: chmod 600 it, and replace the key",
                       path);
    if (st.st_size > DF_KEY_FILE_LIMIT_BYTES)
        return df_fail(err, DF_ERR_CONFIG, "the key file %s is larger than %d bytes", path, DF_KEY_FILE_LIMIT_BYTES);
    return DF_OK;
}

static enum df_code read_text(const char *path, int fd, struct df_arena *arena, struct df_secret *ret,
                              struct df_error *err)
{
    char *text = df_arena_alloc(arena, DF_KEY_FILE_LIMIT_BYTES);
    size_t n = 0;
    ssize_t got = 1;
    while (got > 0 && n < DF_KEY_FILE_LIMIT_BYTES) {
        got = read(fd, text + n, DF_KEY_FILE_LIMIT_BYTES - n);
        n += got > 0 ? (size_t)got : 0;
    }
    if (got < 0)
        return cannot(path, "read", err);
    *ret = df_secret_of(df_str_n(text, n));
    return DF_OK;
}

enum df_code df_key_file_read(const char *path, struct df_arena *arena, bool *ret_there, struct df_secret *ret,
                              struct df_error *err)
{
    /* Not blocking: it might be a pipe. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    *ret_there = fd >= 0;
    if (fd < 0)
        return errno == ENOENT || errno == ENOTDIR ? DF_OK : cannot(path, "read", err);
    enum df_code code = check(path, fd, err);
    if (code == DF_OK)
        code = read_text(path, fd, arena, ret, err);
    close(fd);
    return code;
}

/* mkostemp makes it with mode 0600. */
static enum df_code write_beside(const char *path, struct df_secret secret, struct df_arena *arena,
                                 char **ret_temporary, struct df_error *err)
{
    if (!df_file_make_folders(df_str_c(path), 0700, arena))
        return cannot(path, "written", err);
    char *temporary = df_arena_cstr(arena, df_arena_printf(arena, "%s.XXXXXX", path));
    int fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0)
        return cannot(path, "written", err);
    bool good = df_file_write_all(fd, df_secret_reveal(secret)) && df_file_write_all(fd, DF_S("\n")) && fsync(fd) == 0;
    good = close(fd) == 0 && good;
    *ret_temporary = temporary;
    if (good)
        return DF_OK;
    enum df_code code = cannot(path, "written", err);
    unlink(temporary);
    return code;
}

enum df_code df_key_file_make(const char *path, struct df_secret secret, struct df_arena *arena, bool *ret_made,
                              struct df_error *err)
{
    char *temporary;
    enum df_code code = DF_OK;
    DF_TRY(write_beside(path, secret, arena, &temporary, err));
    *ret_made = link(temporary, path) == 0;
    if (!*ret_made && errno != EEXIST)
        code = cannot(path, "written", err);
    unlink(temporary);
    return code;
}

enum df_code df_key_file_replace(const char *path, struct df_secret secret, struct df_arena *arena,
                                 struct df_error *err)
{
    char *temporary;
    DF_TRY(write_beside(path, secret, arena, &temporary, err));
    if (rename(temporary, path) == 0)
        return DF_OK;
    enum df_code code = cannot(path, "written", err);
    unlink(temporary);
    return code;
}

/* NAME in the folder that the variable names, else in HOME/otherwise; NULL when nothing says where that is. */
static const char *in_folder(struct df_arena *arena, const char *variable, const char *otherwise, const char *name)
{
    const char *folder = getenv(variable), *home = getenv("HOME");
    if (folder && folder[0] == '/')
        return df_arena_printf(arena, "%s/devflow/%s", folder, name).p;
    if (home && home[0] == '/')
        return df_arena_printf(arena, "%s/%s/devflow/%s", home, otherwise, name).p;
    return NULL;
}

const char *df_local_key_path(struct df_arena *arena, bool *ret_asked)
{
    const char *set = getenv("DEVFLOW_LOCAL_KEY_FILE");
    *ret_asked = set && *set;
    if (*ret_asked)
        return strcmp(set, "none") == 0 ? NULL : set;
    return in_folder(arena, "XDG_DATA_HOME", ".local/share", "local.key");
}

static struct df_str plain_url(struct df_str url)
{
    while (df_str_ends(url, DF_S("/")))
        url.n--;
    return url;
}

static struct df_str line_of(struct df_str text, struct df_str api_url)
{
    struct df_str line;
    while (text.n && df_str_split(&text, '\n', &line)) {
        struct df_str key = df_str_trim(line), url = key;
        if (!df_str_split(&key, ' ', &url) || df_str_starts(url, DF_S("#")))
            continue;
        if (df_str_eq(plain_url(url), plain_url(api_url)))
            return df_str_trim(key);
    }
    return DF_STR_NONE;
}

static enum df_code from_credentials(struct df_str api_url, struct df_arena *arena, struct df_str *ret,
                                     struct df_error *err)
{
    const char *set = getenv("DEVFLOW_CREDENTIALS_FILE");
    const char *path = set && *set ? set : in_folder(arena, "XDG_CONFIG_HOME", ".config", "credentials");
    struct df_secret text = DF_SECRET_NONE;
    bool there = false;
    *ret = DF_STR_NONE;
    if (path)
        DF_TRY(df_key_file_read(path, arena, &there, &text, err));
    if (there)
        *ret = line_of(df_secret_reveal(text), api_url);
    return DF_OK;
}

/* While no server of ours is up, anyone may listen in its place, and beside it on the other loopback address. */
static enum df_code check_listener(const struct df_url *url, struct df_error *err)
{
    unsigned long long port = df_str_is(url->scheme, "https") ? 443 : 80;
    if (url->port.n && (!df_str_to_u64(url->port, &port) || port > UINT16_MAX))
        return DF_OK;
    if (!df_listener_is_anothers((unsigned)port))
        return DF_OK;
    return df_fail(
        err, DF_ERR_CONFIG,
        "another user of this machine listens on port %llu, who is not to get your local key: look who that is; if "
        "it is your API, set DEVFLOW_API_KEY to a key of it, or DEVFLOW_LOCAL_KEY_FILE=none to go without",
        port);
}

static enum df_code from_local(struct df_str api_url, struct df_arena *arena, struct df_str *ret, struct df_error *err)
{
    struct df_secret text = DF_SECRET_NONE;
    struct df_url url;
    bool there = false, asked;
    const char *path = df_local_key_path(arena, &asked);
    if (path && df_url_parse(api_url, arena, &url) && df_host_is_loopback(url.host))
        DF_TRY(df_key_file_read(path, arena, &there, &text, err));
    *ret = there ? df_str_trim(df_secret_reveal(text)) : DF_STR_NONE;
    return there ? check_listener(&url, err) : DF_OK;
}

enum df_code df_api_key_for(struct df_str api_url, struct df_secret given, struct df_arena *arena,
                            struct df_secret *ret, struct df_error *err)
{
    struct df_str key = df_secret_reveal(given);
    if (!key.n)
        DF_TRY(from_credentials(api_url, arena, &key, err));
    if (!key.n)
        DF_TRY(from_local(api_url, arena, &key, err));
    for (size_t i = 0; i < key.n; i++)
        if ((unsigned char)key.p[i] <= ' ' || (unsigned char)key.p[i] >= 0x7F)
            return df_fail(err, DF_ERR_CONFIG,
                           "the API key (DEVFLOW_API_KEY, credentials or local.key) is none: it has white "
                           "space or other characters that no key has");
    *ret = df_secret_of(key);
    return DF_OK;
}
