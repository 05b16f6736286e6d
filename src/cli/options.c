#include "cli/options.h"

/* What is being taken apart: the words left, and whether "--" was seen. */
struct parse {
    struct df_cli *cli;
    char **words;
    size_t n, next;
    bool help;
};

size_t df_options_count(const struct df_command *command)
{
    size_t n = 0;
    while (n < DF_CLI_OPTIONS && command->options[n].name)
        n++;
    return n;
}

static enum df_code unknown_option(const struct df_cli *cli, const char *name, struct df_error *err)
{
    const char *best = NULL, *common[] = {"json", "help"};
    size_t best_distance = df_edit_limit(name) + 1, n = df_options_count(cli->command);
    for (size_t i = 0; i < n + 2; i++) {
        const char *known = i < n ? cli->command->options[i].name : common[i - n];
        size_t distance = df_edit_distance(name, known);
        if (distance < best_distance) {
            best = known;
            best_distance = distance;
        }
    }
    if (best)
        return df_fail(err, DF_ERR_INVALID, "%s has no option --%.60s; did you mean --%s?", cli->command->name, name,
                       best);
    return df_fail(err, DF_ERR_INVALID, "%s has no option --%.60s; see: devflow help %s", cli->command->name, name,
                   cli->command->name);
}

static enum df_code no_value(const struct df_cli *cli, const struct df_option *option, struct df_error *err)
{
    return df_fail(err, DF_ERR_INVALID, "option --%s of %s needs a value (%s)", option->name, cli->command->name,
                   option->value);
}

/* Copied, so that the original can go: ps and /proc show argv for as long as the program runs. */
static const char *take_out(struct df_cli *cli, char *value)
{
    char *copy = df_arena_cstr(cli->arena, df_str_c(value));
    explicit_bzero(value, strlen(value));
    return copy;
}

/* inline_value is what followed "=" or the letter; NULL when the next word would be the value. */
static enum df_code set(struct parse *p, size_t place, char *inline_value, struct df_error *err)
{
    const struct df_option *option = &p->cli->command->options[place];
    if (p->cli->values[place])
        return df_fail(err, DF_ERR_INVALID, "option --%s is given twice", option->name);
    if (!option->value) {
        if (inline_value)
            return df_fail(err, DF_ERR_INVALID, "option --%s takes no value", option->name);
        p->cli->values[place] = "";
        return DF_OK;
    }
    char *value = inline_value;
    if (!value && p->next < p->n && strncmp(p->words[p->next], "--", 2) != 0)
        value = p->words[p->next++];
    if (!value || !*value)
        return no_value(p->cli, option, err);
    p->cli->values[place] = option->secret && strcmp(value, "-") != 0 ? take_out(p->cli, value) : value;
    return DF_OK;
}

static enum df_code take_long(struct parse *p, char *word, struct df_error *err)
{
    char *equals = strchr(word, '=');
    const char *name = equals ? df_arena_cstr(p->cli->arena, df_str_n(word, (size_t)(equals - word))) : word;
    if (!equals && strcmp(name, "json") == 0) {
        p->cli->json = true;
        return DF_OK;
    }
    if (!equals && strcmp(name, "help") == 0) {
        p->help = true;
        return DF_OK;
    }
    for (size_t i = 0; i < df_options_count(p->cli->command); i++)
        if (strcmp(p->cli->command->options[i].name, name) == 0)
            return set(p, i, equals ? equals + 1 : NULL, err);
    return unknown_option(p->cli, name, err);
}

static enum df_code take_letter(struct parse *p, char *word, struct df_error *err)
{
    if (strcmp(word, "h") == 0) {
        p->help = true;
        return DF_OK;
    }
    for (size_t i = 0; i < df_options_count(p->cli->command); i++)
        if (p->cli->command->options[i].letter == word[0])
            return set(p, i, word[1] ? word + 1 : NULL, err);
    return df_fail(err, DF_ERR_INVALID, "%s has no option -%.20s; see: devflow help %s", p->cli->command->name, word,
                   p->cli->command->name);
}

static enum df_code check_args(const struct df_cli *cli, struct df_error *err)
{
    const struct df_command *command = cli->command;
    if (cli->n_args > command->max_args)
        return df_fail(err, DF_ERR_INVALID, "%s takes no argument \"%.60s\"; see: devflow help %s", command->name,
                       cli->args[command->max_args], command->name);
    if (cli->n_args < command->min_args)
        return df_fail(err, DF_ERR_INVALID, "%s needs %s; see: devflow help %s", command->name, command->args,
                       command->name);
    for (size_t i = 0; i < cli->n_args; i++)
        if (!*cli->args[i])
            return df_fail(err, DF_ERR_INVALID, "an argument of %s is empty", command->name);
    return DF_OK;
}

enum df_code df_options_parse(struct df_cli *cli, char **words, size_t n, bool *ret_help, struct df_error *err)
{
    struct parse p = {.cli = cli, .words = words, .n = n};
    bool ended = false;
    cli->args = DF_NEW_ARRAY(cli->arena, const char *, n + 1);
    while (p.next < n) {
        char *word = words[p.next++];
        if (ended || word[0] != '-' || word[1] == '\0')
            cli->args[cli->n_args++] = word;
        else if (strcmp(word, "--") == 0)
            ended = true;
        else if (word[1] == '-')
            DF_TRY(take_long(&p, word + 2, err));
        else
            DF_TRY(take_letter(&p, word + 1, err));
    }
    *ret_help = p.help;
    return p.help ? DF_OK : check_args(cli, err);
}
