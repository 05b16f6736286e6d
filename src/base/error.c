#include "base/error.h"
#include "base/str.h"

#include <stdarg.h>
#include <stdio.h>

struct row {
    const char *name;
    int http_status, exit_code;
};

#define DF_ERROR_ROW(id, machine_name, http, exit_) [id] = {machine_name, http, exit_},
static const struct row table[DF_ERROR_CODES] = {DF_ERROR_TABLE(DF_ERROR_ROW)};

/* Text from outside ends up in messages: no control characters, no broken UTF-8, so that logs and terminals stay whole. */
static void clean(char *message)
{
    size_t n = strlen(message);
    for (size_t i = 0; i < n;) {
        size_t len = df_utf8_len(message + i, n - i);
        if (len == 0 && i + 4 > n) {
            message[i] = '\0'; /* a sequence cut by the buffer's end */
            return;
        }
        if (len == 0 || (unsigned char)message[i] < 0x20 || message[i] == 0x7F) {
            message[i] = '?';
            len = 1;
        }
        i += len;
    }
}

void df_fail_at(struct df_error *err, enum df_code code, const char *format, ...)
{
    if (!err)
        return;
    va_list args;
    va_start(args, format);
    char message[sizeof err->message]; /* the arguments may point into *err */
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    clean(message);
    err->code = code;
    err->retry_after_s = 0;
    memcpy(err->message, message, sizeof message);
}

const char *df_code_name(enum df_code code)
{
    return table[code].name;
}

int df_code_http_status(enum df_code code)
{
    return table[code].http_status;
}

int df_code_exit(enum df_code code)
{
    return table[code].exit_code;
}

enum df_code df_code_from_name(const char *name)
{
    for (int i = 0; i < DF_ERROR_CODES; i++)
        if (strcmp(table[i].name, name) == 0)
            return (enum df_code)i;
    return DF_ERR_FAILED;
}
