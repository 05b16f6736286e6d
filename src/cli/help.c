#include "base/version.h"
#include "cli/cli.h"
#include "cli/options.h"
#include "cli/terminal.h"

enum { TEXT_COLUMNS = 80 };

const char df_cli_about[] =
    "DevFlow connects your projects to Sentry and brings the context of real errors to your work.";

const struct df_fact df_cli_environment[] = {
    {"DEVFLOW_API_URL", "where the API answers; http://localhost:3001/api/v1 when unset"},
    {"DEVFLOW_API_KEY", "the API key to show it; else the file of credentials, else the local key of devflow serve"},
    {"DEVFLOW_PROJECT", "the project to work on where none is named"},
    {"DEVFLOW_CLIENT_SECRET", "the client secret for oauth:register"},
    {"DEVFLOW_TOKEN", "the token for oauth:token:set"},
    {"BROWSER", "what opens the authorization page; xdg-open when unset"},
    {"NO_COLOR", "no colours, when set"},
    {NULL, NULL},
};

const struct df_fact df_cli_exit_codes[] = {
    {"0", "done"},
    {"1", "failed"},
    {"2", "wrong usage, or input that was refused"},
    {"3", "the event could not be reproduced: the test is skipped and says why"},
    {"4", "not found"},
    {"5", "a connection or a permission is missing; connect again"},
    {"6", "the provider failed"},
    {"69", "the API cannot be reached"},
    {"77", "the API key is missing, does not hold, or may not do this"},
    {"78", "wrong configuration"},
    {"130", "interrupted"},
    {NULL, NULL},
};

/* Words of the text from `column` on, broken before TEXT_COLUMNS; further lines begin at `indent`. */
static void put_wrapped(struct df_buf *out, const char *text, size_t indent, size_t column)
{
    struct df_str rest = df_str_c(text), word;
    bool first = true;
    while (df_str_split(&rest, ' ', &word)) {
        if (!first && column + 1 + df_term_width(word) > TEXT_COLUMNS) {
            df_buf_put_char(out, '\n');
            df_buf_put_repeat(out, ' ', indent);
            column = indent;
        } else if (!first) {
            df_buf_put_char(out, ' ');
            column++;
        }
        df_buf_put_str(out, word);
        column += df_term_width(word);
        first = false;
    }
    df_buf_put_char(out, '\n');
}

static void put_title(struct df_cli *cli, const char *title)
{
    df_buf_printf(&cli->out, "\n%s%s%s\n", df_style(cli, DF_STYLE_BOLD), title, df_style(cli, DF_STYLE_PLAIN));
}

/* "  left    right", the right part from column `at` on, on its own line when the left is too long. */
static void put_pair(struct df_cli *cli, struct df_str left, const char *right, size_t at)
{
    df_buf_put_c(&cli->out, "  ");
    df_buf_put_str(&cli->out, left);
    size_t column = 2 + left.n;
    if (column + 2 > at) {
        df_buf_put_char(&cli->out, '\n');
        column = 0;
    }
    df_buf_put_repeat(&cli->out, ' ', at - column);
    put_wrapped(&cli->out, right, at, at);
}

static void put_facts(struct df_cli *cli, const char *title, const struct df_fact *facts, size_t at)
{
    put_title(cli, title);
    for (; facts->name; facts++)
        put_pair(cli, df_str_c(facts->name), facts->text, at);
}

struct df_str df_help_usage(struct df_cli *cli, const struct df_command *command)
{
    return df_arena_printf(cli->arena, "devflow %s%s%s [OPTIONS]", command->name, command->args ? " " : "",
                           command->args ? command->args : "");
}

struct df_str df_help_option(struct df_cli *cli, const struct df_option *option)
{
    char letter[] = {'-', option->letter, ',', ' ', '\0'};
    return df_arena_printf(cli->arena, "%s--%s%s%s", option->letter ? letter : "    ", option->name,
                           option->value ? " " : "", option->value ? option->value : "");
}

void df_help_put_all(struct df_cli *cli)
{
    df_buf_put_c(&cli->out, "DevFlow " DF_VERSION "\n");
    put_wrapped(&cli->out, df_cli_about, 0, 0);
    df_buf_put_c(&cli->out, "\nUsage: devflow COMMAND [ARGUMENTS] [OPTIONS]\n");
    for (size_t g = 0; g < cli->n_groups; g++) {
        put_title(cli, cli->groups[g].title);
        for (const struct df_command *const *c = cli->groups[g].commands; *c; c++)
            put_pair(
                cli,
                df_arena_printf(cli->arena, "%s%s%s", (*c)->name, (*c)->args ? " " : "", (*c)->args ? (*c)->args : ""),
                (*c)->summary, 31);
    }
    put_title(cli, "Options of every command");
    put_pair(cli, DF_S("    --json"), "JSON on standard output; errors as JSON on standard error", 31);
    put_pair(cli, DF_S("-h, --help"), "how the command is used, with an example", 31);
    put_pair(cli, DF_S("-V, --version"), "the version, the commit and the libraries", 31);
    put_facts(cli, "Environment", df_cli_environment, 31);
    put_facts(cli, "Exit codes", df_cli_exit_codes, 8);
    df_buf_put_c(&cli->out, "\nMore on a command: devflow help COMMAND\n");
}

static void put_options(struct df_cli *cli, const struct df_command *command)
{
    size_t n = df_options_count(command), at = 18;
    for (size_t i = 0; i < n; i++) {
        size_t width = 4 + df_help_option(cli, &command->options[i]).n;
        at = width > at ? width : at;
    }
    at = at > 34 ? 34 : at;
    put_title(cli, "Options");
    for (size_t i = 0; i < n; i++)
        put_pair(cli, df_help_option(cli, &command->options[i]), command->options[i].help, at);
    put_pair(cli, DF_S("    --json"), "JSON on standard output", at);
    put_pair(cli, DF_S("-h, --help"), "this text", at);
}

void df_help_put_command(struct df_cli *cli, const struct df_command *command)
{
    put_wrapped(&cli->out, command->summary, 0, 0);
    df_buf_printf(&cli->out, "\nUsage: %s\n", df_help_usage(cli, command).p);
    if (command->help) {
        struct df_str rest = df_str_c(command->help), paragraph;
        while (df_str_split(&rest, '\n', &paragraph)) {
            if (!paragraph.n)
                continue;
            df_buf_put_char(&cli->out, '\n');
            put_wrapped(&cli->out, df_arena_cstr(cli->arena, paragraph), 0, 0);
        }
    }
    put_options(cli, command);
    put_title(cli, "Example");
    df_buf_printf(&cli->out, "  %s\n", command->example);
}
