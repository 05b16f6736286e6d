#include "base/version.h"
#include "cli/cli.h"
#include "cli/options.h"

/* groff_man(7): a hyphen that is typed is \-, and a line must not begin with a dot or an apostrophe. */
static void put_text(struct df_buf *out, const char *text)
{
    bool line_start = true;
    for (; *text; text++) {
        if (line_start && (*text == '.' || *text == '\''))
            df_buf_put_c(out, "\\&");
        if (*text == '\\')
            df_buf_put_c(out, "\\e");
        else if (*text == '-')
            df_buf_put_c(out, "\\-");
        else
            df_buf_put_char(out, *text);
        line_start = *text == '\n';
    }
}

static void put_tagged(struct df_buf *out, const char *tag, const char *text)
{
    df_buf_put_c(out, ".TP\n.B ");
    put_text(out, tag);
    df_buf_put_char(out, '\n');
    put_text(out, text);
    df_buf_put_char(out, '\n');
}

static void put_paragraphs(struct df_buf *out, struct df_arena *arena, const char *text)
{
    struct df_str rest = df_str_c(text), paragraph;
    while (df_str_split(&rest, '\n', &paragraph)) {
        if (paragraph.n == 0)
            continue;
        df_buf_put_c(out, ".PP\n");
        put_text(out, df_arena_cstr(arena, paragraph));
        df_buf_put_char(out, '\n');
    }
}

static const char *trimmed_option(struct df_cli *cli, const struct df_option *option)
{
    const char *text = df_help_option(cli, option).p;
    return text + strspn(text, " ");
}

static void put_command(struct df_cli *cli, const struct df_command *command)
{
    struct df_buf *out = &cli->out;
    df_buf_put_c(out, ".SS ");
    put_text(out, command->name);
    df_buf_put_c(out, "\n.B ");
    put_text(out, df_help_usage(cli, command).p);
    df_buf_put_c(out, "\n.PP\n");
    put_text(out, command->summary);
    df_buf_put_c(out, ".\n");
    if (command->help)
        put_paragraphs(out, cli->arena, command->help);
    for (size_t i = 0; i < df_options_count(command); i++)
        put_tagged(out, trimmed_option(cli, &command->options[i]), command->options[i].help);
    df_buf_put_c(out, ".PP\nExample:\n.PP\n.nf\n.RS 4\n");
    put_text(out, command->example);
    df_buf_put_c(out, "\n.RE\n.fi\n");
}

void df_manual_put(struct df_cli *cli)
{
    struct df_buf *out = &cli->out;
    df_buf_put_c(out, ".TH DEVFLOW 1 \"\" \"devflow " DF_VERSION "\" \"User Commands\"\n.SH NAME\n");
    df_buf_put_c(out, "devflow \\- connect projects to Sentry and extract the context of errors\n.SH SYNOPSIS\n");
    df_buf_put_c(out, ".B devflow\n.I COMMAND\n[ARGUMENTS] [OPTIONS]\n.SH DESCRIPTION\n");
    put_text(out, df_cli_about);
    df_buf_put_c(out, "\n.PP\nOptions stand before or after arguments; \\-\\- ends them.\n.SH OPTIONS\n");
    put_tagged(out, "--json", "JSON on standard output; errors as JSON on standard error. Every command takes it.");
    put_tagged(out, "-h, --help", "How the command is used, with an example. Every command takes it.");
    put_tagged(out, "-V, --version", "The version, the commit and the libraries.");
    df_buf_put_c(out, ".SH COMMANDS\n");
    for (size_t g = 0; g < cli->n_groups; g++)
        for (const struct df_command *const *c = cli->groups[g].commands; *c; c++)
            put_command(cli, *c);
    df_buf_put_c(out, ".SH ENVIRONMENT\n");
    for (const struct df_fact *f = df_cli_environment; f->name; f++)
        put_tagged(out, f->name, f->text);
    df_buf_put_c(out, ".SH EXIT STATUS\n");
    for (const struct df_fact *f = df_cli_exit_codes; f->name; f++)
        put_tagged(out, f->name, f->text);
}
