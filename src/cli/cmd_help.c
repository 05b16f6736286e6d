#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/options.h"

static enum df_code run_help(struct df_cli *cli, struct df_error *err)
{
    if (cli->n_args == 0) {
        df_help_put_all(cli);
        return DF_OK;
    }
    const struct df_command *command = df_command_find(cli, cli->args[0]);
    if (!command)
        return df_command_unknown(cli, cli->args[0], err);
    df_help_put_command(cli, command);
    return DF_OK;
}

static enum df_code run_man(struct df_cli *cli, struct df_error *err)
{
    (void)err;
    df_manual_put(cli);
    return DF_OK;
}

static enum df_code run_completion(struct df_cli *cli, struct df_error *err)
{
    return df_completion_put(cli, cli->args[0], err);
}

const struct df_command df_cmd_help = {
    .name = "help",
    .args = "[COMMAND]",
    .max_args = 1,
    .summary = "Show the commands, or how one is used",
    .example = "devflow help oauth:connect",
    .run = run_help,
};

const struct df_command df_cmd_man = {
    .name = "man",
    .summary = "Print the man page",
    .help = "The page is made from the same table as the commands themselves, so it cannot be out of date. Where the "
            "package was installed, man devflow shows it too.",
    .example = "devflow man | man -l -",
    .run = run_man,
};

const struct df_command df_cmd_completion = {
    .name = "completion",
    .args = "SHELL",
    .min_args = 1,
    .max_args = 1,
    .summary = "Print completions for bash, zsh or fish",
    .help = "bash: put the example's line into ~/.bashrc.\n"
            "zsh: devflow completion zsh > DIR/_devflow, DIR being a folder of $fpath, before compinit runs.\n"
            "fish: devflow completion fish > ~/.config/fish/completions/devflow.fish",
    .example = "source <(devflow completion bash)",
    .run = run_completion,
};
