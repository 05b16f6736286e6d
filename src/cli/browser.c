#include "cli/browser.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORDS = 16 };

/* The environment without what a browser, and whatever it starts, has no business to know. */
static char *const *child_environment(struct df_arena *arena)
{
    static const char *const secrets[] = {"DEVFLOW_API_KEY=",
                                          "DEVFLOW_CLIENT_SECRET=",
                                          "DEVFLOW_TOKEN=",
                                          "OAUTH_ENCRYPTION_KEY=",
                                          "OAUTH_ENCRYPTION_KEYS_PREVIOUS=",
                                          "DATABASE_URL=",
                                          "REDIS_PASSWORD=",
                                          "TEMPORAL_API_KEY=",
                                          "PGPASSWORD="};
    size_t n = 0, kept = 0;
    while (environ && environ[n])
        n++;
    char **ret = DF_NEW_ARRAY(arena, char *, n + 1);
    for (size_t i = 0; i < n; i++) {
        bool secret = false;
        for (size_t k = 0; k < sizeof secrets / sizeof *secrets; k++)
            secret = secret || strncmp(environ[i], secrets[k], strlen(secrets[k])) == 0;
        if (!secret)
            ret[kept++] = environ[i];
    }
    ret[kept] = NULL;
    return ret;
}

/* In a session of its own, so that Ctrl-C here does not close the browser, and away from our input and output. */
static pid_t start(struct df_arena *arena, char *const *words)
{
    posix_spawnattr_t attr;
    posix_spawn_file_actions_t actions;
    sigset_t none;
    pid_t pid = 0;
    sigemptyset(&none);
    posix_spawnattr_init(&attr);
    posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSID);
    posix_spawnattr_setsigmask(&attr, &none);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    bool good = posix_spawnp(&pid, words[0], &actions, &attr, words, child_environment(arena)) == 0;
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attr);
    return good ? pid : 0;
}

/* One entry of $BROWSER: words split at spaces, the URL in place of %s or at the end. */
static pid_t start_entry(struct df_arena *arena, struct df_str entry, const char *url)
{
    char *words[WORDS + 2] = {0};
    size_t n = 0;
    bool placed = false;
    struct df_str word;
    while (n < WORDS && df_str_split(&entry, ' ', &word)) {
        if (word.n == 0)
            continue;
        long at = n ? df_str_find(word, DF_S("%s")) : -1;
        placed = placed || at >= 0;
        words[n++] = df_arena_cstr(arena, at < 0 ? word
                                                 : df_arena_printf(arena, "%.*s%s%.*s", (int)at, word.p, url,
                                                                   DF_FMT(df_str_from(word, (size_t)at + 2))));
    }
    if (n == 0)
        return 0;
    if (!placed)
        words[n] = df_arena_cstr(arena, df_str_c(url));
    return start(arena, words);
}

pid_t df_browser_open(struct df_arena *arena, const char *url)
{
    const char *list = getenv("BROWSER");
    if (list && *list) {
        struct df_str rest = df_str_c(list), entry;
        while (df_str_split(&rest, ':', &entry)) {
            pid_t pid = start_entry(arena, entry, url);
            if (pid)
                return pid;
        }
        return 0;
    }
#ifdef __APPLE__
    return start_entry(arena, DF_S("open"), url);
#else
    if (!getenv("DISPLAY") && !getenv("WAYLAND_DISPLAY")) /* xdg-open would start a browser in this terminal */
        return 0;
    return start_entry(arena, DF_S("xdg-open"), url);
#endif
}

bool df_browser_failed(pid_t *pid)
{
    int status;
    if (*pid == 0 || waitpid(*pid, &status, WNOHANG) != *pid)
        return false;
    *pid = 0;
    return !WIFEXITED(status) || WEXITSTATUS(status) != 0;
}
