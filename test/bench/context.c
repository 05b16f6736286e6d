/* Event bytes to the finished context, beside yyjson's bare parse and walk of the same bytes.
 *
 *     context time FILE ROUNDS     a line a round: nanoseconds of walk, markdown, unscrubbed, json, turn by turn
 *     context memory FILE FORM     bytes of the process's peak above what it had before it read the file
 *
 * FORM is one of those words. One arena for each rendering, as a request has it. */
#include "domain/context.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <yyjson.h>

static struct df_str read_file(const char *path)
{
    FILE *in = fopen(path, "rb");
    if (!in || fseek(in, 0, SEEK_END) != 0)
        exit(2);
    long n = ftell(in);
    rewind(in);
    char *bytes = n >= 0 ? malloc((size_t)n + 1) : NULL;
    if (!bytes || fread(bytes, 1, (size_t)n, in) != (size_t)n)
        exit(2);
    fclose(in);
    return df_str_n(bytes, (size_t)n);
}

/* Every value touched once. */
static size_t walk(yyjson_val *v)
{
    size_t sum = 0, i, n;
    yyjson_val *key, *value;
    if (yyjson_is_arr(v)) {
        yyjson_arr_foreach(v, i, n, value) sum += walk(value);
    } else if (yyjson_is_obj(v)) {
        yyjson_obj_foreach(v, i, n, key, value) sum += yyjson_get_len(key) + walk(value);
    } else if (yyjson_is_str(v)) {
        sum += yyjson_get_len(v);
    } else {
        sum += 1;
    }
    return sum;
}

static size_t parse_and_walk(struct df_str text)
{
    yyjson_doc *doc = yyjson_read(text.p, text.n, 0);
    size_t sum = walk(yyjson_doc_get_root(doc));
    yyjson_doc_free(doc);
    return sum;
}

static size_t say(struct df_str text, bool json, bool scrubbed)
{
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    const struct df_json *v;
    struct df_error err;
    struct df_event event;
    struct df_issue issue = {.id = DF_S("1"), .title = DF_S("Error")};
    struct df_context_options o = {.keep_secrets = !scrubbed, .hash_key = DF_S("0123456789abcdef0123456789abcdef")};
    struct df_buf out;
    if (df_json_parse(arena, text, 0, &v, &err) != DF_OK || !df_event_parse(v, arena, &event))
        exit(3);
    struct df_context c = {.issue = &issue, .event = &event, .host = DF_S("https://sentry.io")};
    df_buf_init(&out, arena, 64 << 20);
    if (json) {
        struct df_json_writer w;
        df_json_writer_init(&w, &out, 0);
        df_context_json(&c, &o, &w);
    } else {
        df_context_markdown(&c, &o, &out);
    }
    return out.n;
}

static size_t markdown(struct df_str text)
{
    return say(text, false, true);
}

static size_t unscrubbed(struct df_str text)
{
    return say(text, false, false);
}

static size_t as_json(struct df_str text)
{
    return say(text, true, true);
}

static const struct {
    const char *name;
    size_t (*run)(struct df_str text);
} forms[] = {{"walk", parse_and_walk}, {"markdown", markdown}, {"unscrubbed", unscrubbed}, {"json", as_json}};

static long long nanoseconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static long kilobytes(const char *field)
{
    char line[256];
    long kb = 0;
    FILE *in = fopen("/proc/self/status", "r");
    while (in && fgets(line, sizeof line, in))
        if (strncmp(line, field, strlen(field)) == 0)
            kb = strtol(line + strlen(field), NULL, 10);
    if (in)
        fclose(in);
    return kb;
}

static int memory(const char *path, const char *form)
{
    parse_and_walk(DF_S("{}")); /* what is linked and warmed once is not the event's */
    as_json(DF_S("{\"message\":\"password=x a@example.org\"}"));
    long before = kilobytes("VmRSS:");
    struct df_str text = read_file(path);
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (strcmp(forms[i].name, form) == 0)
            forms[i].run(text);
    printf("%ld\n", (kilobytes("VmHWM:") - before) * 1024);
    return 0;
}

static int times(const char *path, long rounds)
{
    struct df_str text = read_file(path);
    for (long round = 0; round < rounds; round++)
        for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
            long long from = nanoseconds();
            forms[i].run(text);
            printf("%lld%c", nanoseconds() - from, i + 1 < sizeof forms / sizeof *forms ? ' ' : '\n');
        }
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "time") == 0)
        return times(argv[2], strtol(argv[3], NULL, 10));
    if (argc == 4 && strcmp(argv[1], "memory") == 0)
        return memory(argv[2], argv[3]);
    fprintf(stderr, "usage: context time FILE ROUNDS | context memory FILE FORM\n");
    return 2;
}
