#include "base/listener.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { LOCAL_ADDRESS = 1, STATE = 3, USER = 7, FIELDS = 8 };

static bool from_hex(struct df_str text, unsigned *ret)
{
    *ret = 0;
    for (size_t i = 0; i < text.n; i++) {
        const char *digit = strchr("0123456789ABCDEF", text.p[i]);
        if (!text.p[i] || !digit || *ret > UINT16_MAX)
            return false;
        *ret = *ret * 16 + (unsigned)(digit - "0123456789ABCDEF");
    }
    return text.n > 0;
}

/* Fields by white space. */
static size_t split(struct df_str line, struct df_str fields[FIELDS])
{
    struct df_str one;
    size_t n = 0;
    while (n < FIELDS && df_str_split(&line, ' ', &one))
        if (one.n)
            fields[n++] = one;
    return n;
}

bool df_listener_line(struct df_str line, unsigned port, unsigned *ret_uid)
{
    struct df_str fields[FIELDS], address;
    unsigned number;
    unsigned long long uid;
    if (split(line, fields) < FIELDS || !df_str_is(fields[STATE], "0A"))
        return false;
    struct df_str at = fields[LOCAL_ADDRESS];
    df_str_split(&at, ':', &address);
    if (!from_hex(at, &number) || number != port || !df_str_to_u64(fields[USER], &uid))
        return false;
    *ret_uid = (unsigned)uid;
    return true;
}

static bool has_another(const char *path, unsigned port)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t n;
    bool found = false;
    FILE *file = fopen(path, "re");
    while (file && !found && (n = getline(&line, &room, file)) > 0) {
        unsigned uid;
        if (df_listener_line(df_str_n(line, (size_t)n), port, &uid))
            found = uid != 0 && uid != (unsigned)geteuid();
    }
    free(line);
    if (file)
        fclose(file);
    return found;
}

bool df_listener_is_anothers(unsigned port)
{
    return has_another("/proc/net/tcp", port) || has_another("/proc/net/tcp6", port);
}
