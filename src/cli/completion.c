#include "cli/cli.h"
#include "cli/options.h"

/* What a placeholder of the table stands for: fixed words, or one of these that the shell finds by itself. */
static const struct {
    const char *placeholder, *words;
} known[] = {
    {"PROVIDER", "sentry linear github github-issues gitlab jira slack figma oidc"},
    {"SHELL", "bash zsh fish"},
    {"ORDER", "date new freq user trends inbox"},
};

static bool is_placeholder(const char *text, const char *name)
{
    size_t n = strlen(name);
    return text &&
           (strcmp(text, name) == 0 || (text[0] == '[' && strncmp(text + 1, name, n) == 0 && text[n + 1] == ']'));
}

/* NULL when it stands for nothing that can be listed here. */
static const char *words_of(const char *placeholder)
{
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (is_placeholder(placeholder, known[i].placeholder))
            return known[i].words;
    return NULL;
}

static void each_command(struct df_cli *cli, void (*put)(struct df_cli *cli, const struct df_command *command))
{
    for (size_t g = 0; g < cli->n_groups; g++)
        for (const struct df_command *const *c = cli->groups[g].commands; *c; c++)
            put(cli, *c);
}

/* Inside single quotes; `escaped` are characters that take a backslash. */
static void put_quoted(struct df_buf *out, const char *text, const char *escaped, const char *quote)
{
    for (; *text; text++)
        if (*text == '\'') {
            df_buf_put_c(out, quote);
        } else {
            if (strchr(escaped, *text))
                df_buf_put_char(out, '\\');
            df_buf_put_char(out, *text);
        }
}

/* bash */

static const char bash_head[] =
    "# Completion for bash, made by: devflow completion bash\n"
    "_devflow_projects() {\n"
    "    local id\n"
    "    while IFS= read -r id; do choices+=(\"$id\"); done < <(devflow project:list --quiet 2>/dev/null)\n"
    "}\n"
    "\n"
    "_devflow() {\n"
    "    local line=${COMP_LINE:0:COMP_POINT} cur= prev= command= word\n"
    "    local -a words choices=()\n"
    "    read -ra words <<<\"$line\"\n"
    "    if [[ $line != *[[:space:]] ]]; then\n"
    "        cur=${words[${#words[@]} - 1]}\n"
    "        unset \"words[${#words[@]} - 1]\"\n"
    "    fi\n"
    "    [[ ${#words[@]} -gt 0 ]] && prev=${words[${#words[@]} - 1]}\n"
    "    for word in \"${words[@]:1}\"; do\n"
    "        if [[ $word != -* ]]; then command=$word; break; fi\n"
    "    done\n"
    "    COMPREPLY=()\n"
    "    case $command in\n";

static const char bash_tail[] =
    "    esac\n"
    "    for word in \"${choices[@]}\"; do\n"
    "        if [[ $word == \"$cur\"* ]]; then COMPREPLY+=(\"$word\"); fi\n"
    "    done\n"
    "    # bash takes a colon for the end of a word: what stands before it must not be given again\n"
    "    if [[ $cur == *:* && $COMP_WORDBREAKS == *:* ]]; then\n"
    "        COMPREPLY=(\"${COMPREPLY[@]#\"${cur%\"${cur##*:}\"}\"}\")\n"
    "    fi\n"
    "}\n"
    "complete -F _devflow devflow\n";

static void put_bash_name(struct df_cli *cli, const struct df_command *command)
{
    df_buf_printf(&cli->out, " %s", command->name);
}

static void put_bash_choices(struct df_cli *cli, const char *placeholder)
{
    const char *words = words_of(placeholder);
    if (is_placeholder(placeholder, "FILE"))
        df_buf_put_c(&cli->out, "while IFS= read -r word; do choices+=(\"$word\"); done < <(compgen -f -- \"$cur\")");
    else if (is_placeholder(placeholder, "PROJECT"))
        df_buf_put_c(&cli->out, "_devflow_projects");
    else if (is_placeholder(placeholder, "COMMAND")) {
        df_buf_put_c(&cli->out, "choices+=(");
        each_command(cli, put_bash_name);
        df_buf_put_c(&cli->out, " )");
    } else {
        df_buf_printf(&cli->out, words ? "choices+=(%s)" : ":%s", words ? words : "");
    }
}

static void put_bash_command(struct df_cli *cli, const struct df_command *command)
{
    struct df_buf *out = &cli->out;
    df_buf_printf(out, "    %s)\n        case $prev in\n", command->name);
    for (size_t i = 0; i < df_options_count(command); i++) {
        const struct df_option *o = &command->options[i];
        if (!o->value)
            continue;
        df_buf_printf(out, "        --%s", o->name);
        if (o->letter)
            df_buf_printf(out, " | -%c", o->letter);
        df_buf_put_c(out, ") ");
        put_bash_choices(cli, o->value);
        df_buf_put_c(out, " ;;\n");
    }
    df_buf_put_c(out, "        *)\n            choices=(--json --help");
    for (size_t i = 0; i < df_options_count(command); i++)
        df_buf_printf(out, " --%s", command->options[i].name);
    df_buf_put_c(out, ")\n            ");
    put_bash_choices(cli, command->args);
    df_buf_put_c(out, "\n            ;;\n        esac\n        ;;\n");
}

static void put_bash(struct df_cli *cli)
{
    df_buf_put_c(&cli->out, bash_head);
    df_buf_put_c(&cli->out, "    '')\n        choices=(--json --help --version");
    each_command(cli, put_bash_name);
    df_buf_put_c(&cli->out, ")\n        ;;\n");
    each_command(cli, put_bash_command);
    df_buf_put_c(&cli->out, bash_tail);
}

/* zsh: man zshcompsys */

static void put_zsh_text(struct df_cli *cli, const char *text)
{
    put_quoted(&cli->out, text, "[]:\\", "'\\''");
}

static void put_zsh_name(struct df_cli *cli, const struct df_command *command)
{
    df_buf_put_c(&cli->out, "        '");
    put_zsh_text(cli, command->name);
    df_buf_put_char(&cli->out, ':');
    put_zsh_text(cli, command->summary);
    df_buf_put_c(&cli->out, "'\n");
}

static void put_zsh_action(struct df_cli *cli, const char *placeholder)
{
    const char *words = words_of(placeholder);
    if (is_placeholder(placeholder, "FILE"))
        df_buf_put_c(&cli->out, "_files");
    else if (is_placeholder(placeholder, "PROJECT"))
        df_buf_put_c(&cli->out, "_devflow_projects");
    else if (is_placeholder(placeholder, "COMMAND"))
        df_buf_put_c(&cli->out, "_devflow_commands");
    else
        df_buf_printf(&cli->out, words ? "(%s)" : " %s", words ? words : "");
}

static void put_zsh_option(struct df_cli *cli, const struct df_option *option)
{
    struct df_buf *out = &cli->out;
    if (option->letter)
        df_buf_printf(out, " \\\n            '(-%c --%s)'{-%c,--%s}'[", option->letter, option->name, option->letter,
                      option->name);
    else
        df_buf_printf(out, " \\\n            '--%s[", option->name);
    put_zsh_text(cli, option->help);
    df_buf_put_char(out, ']');
    if (option->value) {
        df_buf_printf(out, ":%s:", option->value);
        put_zsh_action(cli, option->value);
    }
    df_buf_put_char(out, '\'');
}

static void put_zsh_command(struct df_cli *cli, const struct df_command *command)
{
    struct df_buf *out = &cli->out;
    df_buf_printf(
        out,
        "    %s)\n        _arguments -s '--json[JSON on standard output]' '(-h --help)'{-h,--help}'[how it is used]'",
        command->name);
    for (size_t i = 0; i < df_options_count(command); i++)
        put_zsh_option(cli, &command->options[i]);
    if (command->args) {
        df_buf_put_c(out, " \\\n            '1:");
        put_zsh_text(cli, command->args);
        df_buf_put_char(out, ':');
        put_zsh_action(cli, command->args);
        df_buf_put_char(out, '\'');
    }
    df_buf_put_c(out, "\n        ;;\n");
}

static void put_zsh(struct df_cli *cli)
{
    struct df_buf *out = &cli->out;
    df_buf_put_c(out, "#compdef devflow\n# Completion for zsh, made by: devflow completion zsh\n\n"
                      "_devflow_projects() {\n    local -a ids\n"
                      "    ids=(${(f)\"$(devflow project:list --quiet 2>/dev/null)\"})\n    compadd -a ids\n}\n\n"
                      "_devflow_commands() {\n    local -a commands\n    commands=(\n");
    each_command(cli, put_zsh_name);
    df_buf_put_c(
        out,
        "    )\n    _describe -t commands command commands\n}\n\n"
        "_devflow() {\n    local curcontext=$curcontext state line\n    typeset -A opt_args\n"
        "    _arguments -C '--json[JSON on standard output]' '(-h --help)'{-h,--help}'[the commands]' \\\n"
        "        '(-V --version)'{-V,--version}'[the version]' '1:command:_devflow_commands' '*::argument:->rest'\n"
        "    [[ $state == rest ]] || return\n    case $words[1] in\n");
    each_command(cli, put_zsh_command);
    df_buf_put_c(
        out,
        "    esac\n}\n\nif [[ $funcstack[1] == _devflow ]]; then\n    _devflow \"$@\"\nelse\n    compdef _devflow devflow\nfi\n");
}

/* fish */

static const char fish_head[] =
    "# Completion for fish, made by: devflow completion fish\n"
    "function __devflow_command\n"
    "    for word in (commandline -opc)[2..-1]\n"
    "        if not string match -q -- '-*' $word\n"
    "            echo $word\n"
    "            return\n"
    "        end\n"
    "    end\n"
    "end\n"
    "function __devflow_projects\n"
    "    devflow project:list --quiet 2>/dev/null\n"
    "end\n"
    "complete -c devflow -f\n"
    "complete -c devflow -l json -d 'JSON on standard output'\n"
    "complete -c devflow -s h -l help -d 'How it is used'\n"
    "complete -c devflow -n 'test -z (__devflow_command)' -s V -l version -d 'The version'\n";

static void put_fish_name(struct df_cli *cli, const struct df_command *command)
{
    df_buf_printf(&cli->out, " %s", command->name);
}

static void put_fish_choices(struct df_cli *cli, const char *placeholder)
{
    const char *words = words_of(placeholder);
    if (is_placeholder(placeholder, "PROJECT"))
        df_buf_put_c(&cli->out, " -a '(__devflow_projects)'");
    else if (is_placeholder(placeholder, "COMMAND")) {
        df_buf_put_c(&cli->out, " -a '");
        each_command(cli, put_fish_name);
        df_buf_put_c(&cli->out, "'");
    } else if (words) {
        df_buf_printf(&cli->out, " -a '%s'", words);
    }
}

static void put_fish_help(struct df_cli *cli, const char *text)
{
    df_buf_put_c(&cli->out, " -d '");
    put_quoted(&cli->out, text, "\\", "\\'");
    df_buf_put_c(&cli->out, "'\n");
}

static void put_fish_command(struct df_cli *cli, const struct df_command *command)
{
    struct df_buf *out = &cli->out;
    df_buf_printf(out, "complete -c devflow -n 'test -z (__devflow_command)' -a %s", command->name);
    put_fish_help(cli, command->summary);
    for (size_t i = 0; i < df_options_count(command); i++) {
        const struct df_option *o = &command->options[i];
        df_buf_printf(out, "complete -c devflow -n 'test (__devflow_command) = %s' -l %s", command->name, o->name);
        if (o->letter)
            df_buf_printf(out, " -s %c", o->letter);
        if (o->value)
            df_buf_put_c(out, is_placeholder(o->value, "FILE") ? " -r -F" : " -x");
        put_fish_choices(cli, o->value);
        put_fish_help(cli, o->help);
    }
    if (words_of(command->args) || is_placeholder(command->args, "PROJECT") ||
        is_placeholder(command->args, "COMMAND")) {
        df_buf_printf(out, "complete -c devflow -n 'test (__devflow_command) = %s'", command->name);
        put_fish_choices(cli, command->args);
        df_buf_put_char(out, '\n');
    }
}

enum df_code df_completion_put(struct df_cli *cli, const char *shell, struct df_error *err)
{
    if (strcmp(shell, "bash") == 0) {
        put_bash(cli);
    } else if (strcmp(shell, "zsh") == 0) {
        put_zsh(cli);
    } else if (strcmp(shell, "fish") == 0) {
        df_buf_put_c(&cli->out, fish_head);
        each_command(cli, put_fish_command);
    } else {
        return df_fail(err, DF_ERR_INVALID, "no completions for \"%.40s\"; choose bash, zsh or fish", shell);
    }
    return DF_OK;
}
