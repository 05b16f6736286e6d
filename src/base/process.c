#include "base/process.h"
#include "base/metrics.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* A small file of /proc as text. */
static bool read_file(const char *path, char *to, size_t room)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, to, room - 1);
    if (fd >= 0)
        close(fd);
    to[n > 0 ? n : 0] = '\0';
    return n > 0;
}

/* Linux 6.2 and later give the number as the folder's size; before, it is counted. */
static double open_files(void)
{
    struct stat st;
    double n = 0;
    if (stat("/proc/self/fd", &st) == 0 && st.st_size > 0)
        return (double)st.st_size;
    DIR *folder = opendir("/proc/self/fd");
    if (!folder)
        return -1;
    for (const struct dirent *entry; (entry = readdir(folder));)
        n += entry->d_name[0] != '.';
    closedir(folder);
    return n - 1; /* the folder itself was open */
}

static double cpu_seconds(void)
{
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    return (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
           (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6;
}

/* The i-th word of /proc/self/stat after the name in parentheses, which may hold anything; the first is 3 there. */
static double stat_word(const char *text, int i)
{
    const char *at = strrchr(text, ')');
    for (int k = 2; at && k < i; k++)
        at = strchr(at + 1, ' ');
    return at ? strtod(at + 1, NULL) : -1;
}

static double boot_time_s(void)
{
    char text[16 * 1024];
    const char *at = read_file("/proc/stat", text, sizeof text) ? strstr(text, "\nbtime ") : NULL;
    return at ? strtod(at + strlen("\nbtime "), NULL) : 0;
}

void df_process_metrics_write(struct df_buf *out)
{
    enum { THREADS = 20, START = 22, VIRTUAL_BYTES = 23, RESIDENT_PAGES = 24 }; /* proc(5) */
    char text[2048];
    struct rlimit files = {.rlim_cur = 0};
    getrlimit(RLIMIT_NOFILE, &files);
    df_metric_head(out, "process_cpu_seconds_total", "counter", "Processor time spent, in user and system mode.");
    df_metric_sample(out, "process_cpu_seconds_total", NULL, 0, cpu_seconds());
    df_metric_gauge(out, "process_open_fds", "Open file descriptors.", open_files());
    df_metric_gauge(out, "process_max_fds", "How many there may be.", (double)files.rlim_cur);
    if (!read_file("/proc/self/stat", text, sizeof text))
        return;
    df_metric_gauge(out, "process_resident_memory_bytes", "Memory in use.",
                    stat_word(text, RESIDENT_PAGES) * (double)sysconf(_SC_PAGESIZE));
    df_metric_gauge(out, "process_virtual_memory_bytes", "Address space.", stat_word(text, VIRTUAL_BYTES));
    df_metric_gauge(out, "process_threads", "Threads.", stat_word(text, THREADS));
    df_metric_gauge(out, "process_start_time_seconds", "When it started, in seconds since 1970.",
                    boot_time_s() + stat_word(text, START) / (double)sysconf(_SC_CLK_TCK));
}
