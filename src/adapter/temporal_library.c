#include "adapter/temporal_library.h"
#include "adapter/temporal_folder.h"
#include "base/log.h"
#include "base/str.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_NAME "libdevflow-temporal.so"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct df_temporal_library library;
static bool loaded;

static void told(const char *line)
{
    df_log(DF_LOG_WARN, "Temporal's core says", {"message", df_str_c(line)});
}

/* PROGRAM/../temporal/libdevflow-temporal.so of a build; false when it is not there. */
static bool beside(char *path, size_t n)
{
    char program[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length <= 0)
        return false;
    program[length] = '\0';
    char *slash = strrchr(program, '/');
    if (!slash)
        return false;
    *slash = '\0';
    int wrote = snprintf(path, n, "%s/temporal/" FILE_NAME, program);
    return wrote > 0 && (size_t)wrote < n && access(path, R_OK) == 0;
}

static enum df_code find_functions(void *handle, struct df_error *err)
{
#define FIND(function)                                                                                 \
    if (!(*(void **)&library.function = dlsym(handle, "dft_" #function)))                              \
        return df_fail(err, DF_ERR_CONFIG,                                                             \
                       FILE_NAME " has no dft_" #function ": install devflow and devflow-temporal of " \
                                 "one version");
    DF_TEMPORAL_FUNCTIONS(FIND)
#undef FIND
    return DF_OK;
}

static void find_file(char *path, size_t n)
{
    if (!beside(path, n))
        snprintf(path, n, "%s", DF_TEMPORAL_FOLDER "/" FILE_NAME);
}

bool df_temporal_library_is_here(void)
{
    char path[PATH_MAX + sizeof FILE_NAME + 16];
    find_file(path, sizeof path);
    return access(path, R_OK) == 0;
}

/* dlopen maps what the headers promise and touches it: of a file that is still being copied, that ends the process by SIGBUS. The table of
 * sections is an ELF file's end. What is no such file dlopen says itself. */
static bool is_cut_short(const char *path)
{
    ElfW(Ehdr) head;
    struct stat file;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool known = fstat(fd, &file) == 0 && pread(fd, &head, sizeof head, 0) == (ssize_t)sizeof head &&
                 memcmp(head.e_ident, ELFMAG, SELFMAG) == 0;
    close(fd);
    if (!known)
        return false;
    unsigned long long size = (unsigned long long)file.st_size;
    return head.e_shoff > size || (unsigned long long)head.e_shnum * head.e_shentsize > size - head.e_shoff;
}

static enum df_code load(struct df_error *err)
{
    char path[PATH_MAX + sizeof FILE_NAME + 16];
    struct dft_error why;
    find_file(path, sizeof path);
    if (is_cut_short(path))
        return df_fail(err, DF_ERR_CONFIG, "%s ends too soon: it was not, or is not yet, copied whole. Install it anew",
                       path);
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!handle)
        return df_fail(err, DF_ERR_CONFIG, DF_TEMPORAL_MISSING " (%s)", dlerror());
    DF_TRY(find_functions(handle, err));
    if (library.abi() != DFT_ABI)
        return df_fail(err, DF_ERR_CONFIG,
                       "%s is of another version (%u, not %u): install devflow and devflow-temporal of one version",
                       path, library.abi(), (unsigned)DFT_ABI);
    if (library.start(1, told, &why) != DFT_OK)
        return df_fail(err, DF_ERR_CONFIG, "%s does not start: %s", path, why.text);
    return DF_OK;
}

enum df_code df_temporal_library_load(const struct df_temporal_library **ret, struct df_error *err)
{
    pthread_mutex_lock(&lock);
    enum df_code code = loaded ? DF_OK : load(err);
    loaded = code == DF_OK;
    pthread_mutex_unlock(&lock);
    if (code == DF_OK)
        *ret = &library;
    return code;
}
