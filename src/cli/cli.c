#include "cli/cli.h"

#include "base/json.h"
#include "base/version.h"
#include "cli/options.h"
#include "cli/terminal.h"

#include <stdlib.h>

#define DEFAULT_API_URL "http://localhost:3001/api/v1"
enum { OUTPUT_BYTES = 64 * 1024 * 1024 };

static struct df_str api_url(void)
{
    const char *set = getenv("DEVFLOW_API_URL");
    struct df_str url = set && *set ? df_str_trim(df_str_c(set)) : DF_S(DEFAULT_API_URL);
    while (df_str_ends(url, DF_S("/")))
        url.n--;
    return url;
}

/* Where children and /proc would show it, it is no more. */
static struct df_secret take_api_key(struct df_arena *arena)
{
    char *set = getenv("DEVFLOW_API_KEY");
    if (!set)
        return DF_SECRET_NONE;
    struct df_secret key = df_secret_dup(arena, df_str_trim(df_str_c(set)));
    explicit_bzero(set, strlen(set));
    unsetenv("DEVFLOW_API_KEY");
    return key;
}

/* The same shape as the API's errors, without what only a request has. */
static void put_error_json(struct df_cli *cli, const struct df_error *err, struct df_buf *out)
{
    struct df_json_writer w;
    df_json_writer_init(&w, out, 2);
    const struct df_json *api = cli->api_error;
    if (api && df_str_is(df_json_get_str(api, "code"), df_code_name(err->code))) {
        df_json_put_value(&w, api);
        return;
    }
    df_json_open(&w, '{');
    df_json_kint(&w, "statusCode", df_code_http_status(err->code));
    df_json_kstr(&w, "code", df_str_c(df_code_name(err->code)));
    df_json_kstr(&w, "message", df_str_c(err->message));
    df_json_close(&w, '}');
}

static int tell(struct df_cli *cli, const struct df_error *err)
{
    if (err->message[0] == '\0')
        return df_code_exit(err->code);
    if (cli->json) {
        struct df_buf out;
        df_buf_init(&out, cli->arena, OUTPUT_BYTES);
        put_error_json(cli, err, &out);
        fprintf(stderr, "%.*s\n", DF_FMT(df_buf_str(&out)));
    } else {
        fprintf(stderr, "devflow: %.*s\n", DF_FMT(df_term_clean(df_str_c(err->message), false, cli->arena)));
    }
    return df_code_exit(err->code);
}

/* What stands before the command. *ret_next is where the command is, or n when there is none. */
static enum df_code leading_options(char **words, size_t n, size_t *ret_next, const char **ret_instead,
                                    struct df_error *err)
{
    size_t i = 0;
    for (; i < n && words[i][0] == '-'; i++) {
        if (strcmp(words[i], "--json") == 0)
            continue;
        if (strcmp(words[i], "--help") == 0 || strcmp(words[i], "-h") == 0)
            *ret_instead = "help";
        else if (strcmp(words[i], "--version") == 0 || strcmp(words[i], "-V") == 0)
            *ret_instead = "version";
        else
            return df_fail(err, DF_ERR_INVALID, "unknown option %.60s before the command; see: devflow help", words[i]);
    }
    *ret_next = i;
    return DF_OK;
}

static enum df_code run_command(struct df_cli *cli, char **words, size_t n, bool help, struct df_error *err)
{
    cli->command = df_command_find(cli, words[0]);
    if (!cli->command)
        return df_command_unknown(cli, words[0], err);
    DF_TRY(df_options_parse(cli, words + 1, n - 1, &help, err));
    if (!help)
        return cli->command->run(cli, err);
    df_help_put_command(cli, cli->command);
    return DF_OK;
}

/* Found before all else, so that a fault in the command line itself is told as JSON too. */
static bool wants_json(char **words, size_t n)
{
    for (size_t i = 0; i < n && strcmp(words[i], "--") != 0; i++)
        if (strcmp(words[i], "--json") == 0)
            return true;
    return false;
}

static void put_version_json(struct df_cli *cli, const struct df_program *program)
{
    struct df_json_writer w;
    df_json_writer_init(&w, &cli->out, 2);
    df_json_open(&w, '{');
    df_json_kstr(&w, "version", DF_S(DF_VERSION));
    df_json_kstr(&w, "commit", DF_S(DF_COMMIT));
    df_json_kopen(&w, "libraries", '{');
    for (size_t i = 0; i < program->n_libraries; i++)
        df_json_kstr(&w, program->libraries[i].name, df_str_c(program->libraries[i].version));
    df_json_close(&w, '}');
    df_json_close(&w, '}');
    df_buf_put_char(&cli->out, '\n');
}

static void put_version(struct df_cli *cli, const struct df_program *program)
{
    if (cli->json) {
        put_version_json(cli, program);
        return;
    }
    df_buf_put_c(&cli->out, "devflow " DF_VERSION "\ncommit " DF_COMMIT "\n");
    for (size_t i = 0; i < program->n_libraries; i++)
        df_buf_printf(&cli->out, "%s %s\n", program->libraries[i].name, program->libraries[i].version);
}

static enum df_code run(struct df_cli *cli, const struct df_program *program, char **words, size_t n,
                        struct df_error *err)
{
    const char *instead = n ? NULL : "help";
    size_t next = 0;
    cli->json = wants_json(words, n);
    DF_TRY(leading_options(words, n, &next, &instead, err));
    if (instead && strcmp(instead, "version") == 0) {
        put_version(cli, program);
        return DF_OK;
    }
    if (next < n)
        return run_command(cli, words + next, n - next, instead, err);
    if (!instead)
        return df_fail(err, DF_ERR_INVALID, "no command is given; see: devflow help");
    df_help_put_all(cli);
    return DF_OK;
}

int df_cli_main(const struct df_program *program, int argc, char **argv)
{
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    struct df_cli cli = {.arena = arena,
                         .http = program->http,
                         .api_url = api_url(),
                         .groups = program->groups,
                         .n_groups = program->n_groups};
    struct df_error err = {0};
    cli.api_key = take_api_key(arena);
    df_term_init(&cli);
    df_buf_init(&cli.out, arena, OUTPUT_BYTES);
    enum df_code code = run(&cli, program, argv + 1, argc > 0 ? (size_t)argc - 1 : 0, &err);
    struct df_error lost = {0};
    enum df_code written = df_cli_flush(&cli, &lost);
    if (code != DF_OK) {
        err.code = code;
        return tell(&cli, &err);
    }
    return written == DF_OK ? DF_EXIT_OK : tell(&cli, &lost);
}
