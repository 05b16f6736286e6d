#include "cli/api.h"
#include "cli/commands.h"
#include "cli/terminal.h"

#include <time.h>
#include <unistd.h>

enum { TICK_MS = 250, LINE_EVERY_TICKS = 40 };

static long long number(const struct df_json *object, const char *key)
{
    return (long long)df_json_int(df_json_get(object, key), 0);
}

static bool is_state(const struct df_json *rotation, const char *state)
{
    return df_str_is(df_json_get_str(rotation, "state"), state);
}

/* The rotation in one line of people's words; the keys that can go are the point of it. */
static void print_rotation(struct df_cli *cli, const struct df_json *r)
{
    const struct df_json *freed = df_json_get(r, "freed");
    struct df_str to = df_term_field(cli, r, "to");
    if (is_state(r, "done")) {
        df_buf_printf(&cli->out, "%s Every stored secret is encrypted with the key %.*s\n", df_symbol(cli, DF_SYM_OK),
                      DF_FMT(to));
        for (struct df_json_iter it = df_json_iter(freed); df_json_next(&it);)
            df_buf_printf(&cli->out,
                          "   The key %.*s is needed no more: take it out of OAUTH_ENCRYPTION_KEYS_PREVIOUS\n",
                          DF_FMT(df_term_clean(df_json_str(it.value), false, cli->arena)));
    } else if (is_state(r, "failed")) {
        df_buf_printf(&cli->out, "%s %.*s\n", df_symbol(cli, DF_SYM_FAILED), DF_FMT(df_term_field(cli, r, "message")));
    } else if (!is_state(r, "none")) {
        df_buf_printf(&cli->out, "%s Rotation to the key %.*s: %lld of %lld rows%s\n", df_symbol(cli, DF_SYM_KEY),
                      DF_FMT(to), number(r, "done"), number(r, "total"),
                      is_state(r, "stalled") ? "; the server that did it has stopped: go on with devflow key:rotate"
                                             : "");
    }
}

struct progress {
    struct timespec start;
    long long first; /* rows done when we came */
    unsigned ticks;
    bool terminal;
};

static void show_progress(struct progress *p, const struct df_json *r)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    double seconds = (double)(now.tv_sec - p->start.tv_sec) + (double)(now.tv_nsec - p->start.tv_nsec) / 1e9;
    long long done = number(r, "done"), total = number(r, "total");
    if (number(r, "passes") > 0)
        fprintf(stderr, "%sLooking again for what was written meanwhile: %lld of %lld rows%s",
                p->terminal ? "\r\033[K" : "", done, total, p->terminal ? "" : "\n");
    else
        fprintf(stderr, "%s%lld of %lld rows, %.0f a second%s", p->terminal ? "\r\033[K" : "", done, total,
                seconds > 0 && done > p->first ? (double)(done - p->first) / seconds : 0, p->terminal ? "" : "\n");
}

static enum df_code follow(struct df_cli *cli, const struct df_json **r, struct df_error *err)
{
    struct progress p = {.terminal = isatty(STDERR_FILENO), .first = number(*r, "done")};
    clock_gettime(CLOCK_MONOTONIC, &p.start);
    while (is_state(*r, "running") || is_state(*r, "stalled")) {
        if (p.terminal || p.ticks++ % LINE_EVERY_TICKS == 0)
            show_progress(&p, *r);
        nanosleep(&(struct timespec){.tv_nsec = TICK_MS * 1000000L}, NULL);
        if (is_state(*r, "stalled")) /* the server that did it is gone; whichever answers goes on */
            DF_TRY(df_api_call(cli, "POST", DF_S("/keys/rotate"), NULL, r, err));
        else
            DF_TRY(df_api_call(cli, "GET", DF_S("/keys/rotation"), NULL, r, err));
    }
    if (p.terminal)
        fputs("\r\033[K", stderr);
    return DF_OK;
}

static enum df_code rotate(struct df_cli *cli, struct df_error *err)
{
    const struct df_json *r;
    DF_TRY(df_api_call(cli, "POST", DF_S("/keys/rotate"), NULL, &r, err));
    if (isatty(STDERR_FILENO))
        fputs("The server re-encrypts; Ctrl-C leaves it at that, and this command shows it again.\n", stderr);
    DF_TRY(follow(cli, &r, err));
    if (cli->json)
        df_api_print(cli, r);
    else
        print_rotation(cli, r);
    return is_state(r, "done") ? DF_OK : df_fail(err, DF_ERR_FAILED, "%s", "");
}

static enum df_code status(struct df_cli *cli, struct df_error *err)
{
    const struct df_json *answer, *rotation;
    struct df_table table = {.heads = {"KEY", "USE", ">VALUES", "FIRST USED"}};
    long long others = 0;
    DF_TRY(df_api_call(cli, "GET", DF_S("/keys"), NULL, &answer, err));
    if (cli->json) {
        df_api_print(cli, answer);
        return DF_OK;
    }
    for (struct df_json_iter it = df_json_iter(df_json_get(answer, "keys")); df_json_next(&it);) {
        bool current = df_json_bool(df_json_get(it.value, "current"), false);
        bool held = df_json_bool(df_json_get(it.value, "held"), false);
        others += current ? 0 : number(it.value, "values");
        const struct df_str cells[] = {
            df_term_field(cli, it.value, "id"),
            current ? DF_S("encrypts")
            : held  ? DF_S("decrypts")
                    : DF_S("missing"),
            df_arena_printf(cli->arena, "%lld", number(it.value, "values")),
            df_term_age(df_json_get_str(it.value, "firstUsedAt"), cli->arena),
        };
        df_table_row(cli, &table, cells);
    }
    df_table_print(cli, &table);
    rotation = df_json_get(answer, "rotation");
    if (is_state(rotation, "done") && others > 0)
        df_buf_printf(
            &cli->out,
            "%s Since the last rotation %lld values were encrypted with another key: start every server with the "
            "same OAUTH_ENCRYPTION_KEY, then devflow key:rotate\n",
            df_symbol(cli, DF_SYM_WARNING), others);
    else
        print_rotation(cli, rotation);
    return DF_OK;
}

const struct df_command df_cmd_key_rotate = {
    .name = "key:rotate",
    .summary = "Encrypt every stored secret with the present key again",
    .help =
        "First start every server with the new key in OAUTH_ENCRYPTION_KEY and the old one in "
        "OAUTH_ENCRYPTION_KEYS_PREVIOUS. The server then re-encrypts while it goes on serving; this command shows how far it is, and at the end "
        "which old keys can go. Ctrl-C leaves the server at it. A rotation that was cut off goes on where it was.",
    .example = "devflow key:rotate",
    .run = rotate,
};

const struct df_command df_cmd_key_status = {
    .name = "key:status",
    .summary = "Show which encryption keys are in use",
    .help =
        "Lists the keys by id with how many stored values each has encrypted, and the rotation under way or the last one. Keys "
        "themselves are never shown.",
    .example = "devflow key:status",
    .run = status,
};
