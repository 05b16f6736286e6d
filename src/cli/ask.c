#include "cli/terminal.h"

#include <signal.h>
#include <termios.h>
#include <unistd.h>

enum { ANSWER_BYTES = 4096 };

bool df_term_can_ask(void)
{
    return isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
}

enum df_code df_term_ask(struct df_cli *cli, const char *question, struct df_str *ret, struct df_error *err)
{
    char line[ANSWER_BYTES];
    fprintf(stderr, "%s ", question);
    fflush(stderr);
    if (!fgets(line, sizeof line, stdin)) {
        fputc('\n', stderr);
        return df_fail(err, DF_ERR_INTERRUPTED, "nothing was entered");
    }
    *ret = df_arena_dup(cli->arena, df_str_trim(df_str_c(line)));
    explicit_bzero(line, sizeof line);
    return DF_OK;
}

/* Only ends the read, so that Ctrl-C does not leave a terminal that hides what is typed. */
static void on_interrupt(int signal)
{
    (void)signal;
}

enum df_code df_term_ask_secret(struct df_cli *cli, const char *question, struct df_secret *ret, struct df_error *err)
{
    struct termios shown;
    if (tcgetattr(STDIN_FILENO, &shown) != 0)
        return df_fail(err, DF_ERR_FAILED, "standard input is not a terminal");
    struct termios hidden = shown;
    hidden.c_lflag &= ~(tcflag_t)ECHO;
    hidden.c_lflag |= ECHONL;
    struct sigaction action = {.sa_handler = on_interrupt}, before;
    sigaction(SIGINT, &action, &before);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
    setvbuf(stdin, NULL, _IONBF, 0); /* or stdio's buffer would keep the secret */
    struct df_str answer = DF_STR_NONE;
    enum df_code code = df_term_ask(cli, question, &answer, err);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
    sigaction(SIGINT, &before, NULL);
    DF_TRY(code);
    *ret = df_secret_of(answer);
    return DF_OK;
}

enum df_code df_term_confirm(struct df_cli *cli, const char *question, struct df_error *err)
{
    if (!df_term_can_ask())
        return df_fail(err, DF_ERR_INVALID, "nobody can be asked here; say --yes to go on");
    struct df_str answer;
    DF_TRY(df_term_ask(cli, question, &answer, err));
    if (df_str_ieq(answer, DF_S("y")) || df_str_ieq(answer, DF_S("yes")))
        return DF_OK;
    return df_fail(err, DF_ERR_INTERRUPTED, "nothing was changed");
}
