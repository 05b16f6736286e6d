#include "cli/api.h"
#include "cli/commands.h"
#include "cli/input.h"
#include "cli/output_file.h"
#include "cli/terminal.h"
#include "domain/spec.h"

#include <sys/stat.h>
#include <unistd.h>

enum { OPT_PROJECT, OPT_ISSUE, OPT_CHECK, OPT_FORCE, OPT_DRY, OPT_AS, OPT_NO_TEST };

/* One specification at a time, in an arena of its own: there may be hundreds. */
struct spec_file {
    const char *path;
    bool standard;      /* "-" */
    const char *linear; /* "linear:ENG-12" or a URL: an issue or document there */
    struct stat st;
    struct df_str text, enriched;
    bool changed;
    const struct df_json *answer;
};

struct run {
    struct df_cli *cli;
    const char *project;
    struct df_json_writer json;
    size_t done, changed, left_alone;
    enum df_code code; /* the first failure's */
    bool told;         /* something stands on the line of progress */
};

static void clear_progress(struct run *r)
{
    if (r->told)
        fputs("\r\033[K", stderr);
    r->told = false;
}

static void progress(struct run *r, const char *path)
{
    size_t all = r->cli->n_args, columns = df_term_columns();
    if (all < 2 || !isatty(STDERR_FILENO))
        return;
    struct df_str name = df_term_clean(df_str_c(path), false, r->cli->arena);
    name = df_str_head(name, columns > 40 ? columns - 30 : 40);
    fprintf(stderr, "\r\033[K%zu of %zu: %.*s", r->done + 1, all, DF_FMT(name));
    r->told = true;
}

/* "SPEC.md:12: ..." on standard error. */
static void tell(struct run *r, const struct spec_file *f, int64_t line, struct df_str text)
{
    struct df_arena *arena = r->cli->arena;
    clear_progress(r);
    struct df_str path = df_term_clean(df_str_c(f->path), false, arena);
    struct df_str at = line ? df_arena_printf(arena, ":%lld", (long long)line) : DF_STR_NONE;
    df_cli_warn(r->cli, df_arena_printf(arena, "%.*s%.*s: %.*s", DF_FMT(path), DF_FMT(at), DF_FMT(text)));
}

/* What JSON cannot carry as it is: NULL when there is nothing. */
static const char *fault_of(struct df_str s, size_t *ret_line)
{
    *ret_line = 1;
    for (size_t i = 0, n; i < s.n; i += n) {
        n = df_utf8_len(s.p + i, s.n - i);
        if (n == 0)
            return "is not UTF-8";
        if (s.p[i] == 0)
            return "holds a NUL character";
        *ret_line += s.p[i] == '\n';
    }
    return NULL;
}

static enum df_code read_spec(struct run *r, struct spec_file *f, struct df_error *err)
{
    size_t line;
    DF_TRY(df_cli_read_file(r->cli, f->path, DF_SPEC_TEXT_BYTES, &f->st, &f->text, err));
    const char *fault = fault_of(f->text, &line);
    return fault ? df_fail(err, DF_ERR_INVALID, "%s %s (line %zu); it is left as it is", f->path, fault, line) : DF_OK;
}

static void put_issues(struct df_cli *cli, struct df_json_writer *w)
{
    struct df_str rest = df_str_c(cli->values[OPT_ISSUE]), issue;
    if (cli->values[OPT_ISSUE]) {
        df_json_kopen(w, "issues", '[');
        while (df_str_split(&rest, ',', &issue))
            if (df_str_trim(issue).n)
                df_json_put_str(w, df_str_trim(issue));
        df_json_close(w, ']');
    }
    df_json_kbool(w, "force", cli->values[OPT_FORCE] != NULL);
    if (cli->values[OPT_NO_TEST]) /* not said otherwise: an older server need not know it */
        df_json_kbool(w, "tests", false);
}

static enum df_code ask(struct run *r, struct spec_file *f, struct df_error *err)
{
    struct df_cli *cli = r->cli;
    struct df_api_body body;
    df_api_body_init(cli, &body);
    df_json_kstr(&body.w, "projectId", df_str_c(r->project));
    df_json_kstr(&body.w, "text", f->text);
    put_issues(cli, &body.w);
    DF_TRY(df_api_call(cli, "POST", df_api_path(cli, "/specs/enrich"), &body, &f->answer, err));
    f->enriched = df_json_get_str(f->answer, "text");
    f->changed = df_json_bool(df_json_get(f->answer, "changed"), false);
    /* An answer that lost the text is no reason to lose the file. */
    return df_json_is_string(df_json_get(f->answer, "text")) && (f->changed || df_str_eq(f->enriched, f->text))
               ? DF_OK
               : df_fail(err, DF_ERR_FAILED, "the API's answer is not a specification");
}

static struct df_str name_of(struct run *r, const struct df_json *issue)
{
    struct df_str name = df_term_field(r->cli, issue, "shortId");
    return name.n ? name : df_term_field(r->cli, issue, "named");
}

/* What is left alone or could not be had; the first failure is the exit code's. */
static void tell_issue(struct run *r, const struct spec_file *f, const struct df_json *issue)
{
    static const struct {
        const char *outcome, *text;
    } left[] = {
        {"edited", "the block was changed by a person and is left alone; --force replaces it"},
        {"open", "the block has lost one of its two markers and is left alone: put it back, or remove the rest"},
        {"newer", "the block was written by a newer DevFlow and is left alone"},
    };
    struct df_str outcome = df_json_get_str(issue, "outcome"), name = name_of(r, issue);
    int64_t line = df_json_int(df_json_get(issue, "line"), 0);
    enum df_code code = DF_OK;
    for (size_t i = 0; i < sizeof left / sizeof *left; i++)
        if (df_str_is(outcome, left[i].outcome)) {
            tell(r, f, line, df_arena_printf(r->cli->arena, "%.*s: %s", DF_FMT(name), left[i].text));
            r->left_alone++;
        }
    if (df_str_is(outcome, "failed") || df_str_is(outcome, "missing")) {
        struct df_str why = df_term_field(r->cli, issue, "message");
        tell(r, f, line, df_arena_printf(r->cli->arena, "%.*s: %.*s", DF_FMT(name), DF_FMT(why)));
        code = df_code_from_name(df_arena_cstr(r->cli->arena, df_json_get_str(issue, "code")));
    }
    if (r->code == DF_OK)
        r->code = code;
}

static size_t count(const struct df_json *answer, const char *outcome)
{
    size_t n = 0;
    for (struct df_json_iter it = df_json_iter(df_json_get(answer, "issues")); df_json_next(&it);)
        n += df_str_is(df_json_get_str(it.value, "outcome"), outcome);
    return n;
}

static size_t count_of(const struct df_json *answer, const char *const *outcomes, size_t n_outcomes)
{
    size_t n = 0;
    for (size_t i = 0; i < n_outcomes; i++)
        n += count(answer, outcomes[i]);
    return n;
}

static void print_spec(struct run *r, const struct spec_file *f)
{
    static const char *const left[] = {"edited", "open", "newer"}, *const lost[] = {"missing", "failed"};
    struct df_cli *cli = r->cli;
    bool would = cli->values[OPT_CHECK] != NULL;
    const struct {
        size_t n;
        const char *what;
    } parts[] = {{count(f->answer, "added"), would ? "to add" : "added"},
                 {count(f->answer, "updated"), would ? "to update" : "updated"},
                 {count(f->answer, "unchanged"), "unchanged"},
                 {count_of(f->answer, left, sizeof left / sizeof *left), "left alone"},
                 {count_of(f->answer, lost, sizeof lost / sizeof *lost), "not to be had"}};
    struct df_str path = df_term_clean(df_str_c(f->path), false, cli->arena);
    bool well = !(f->changed && would) && parts[3].n + parts[4].n == 0, any = false;
    df_buf_printf(&cli->out, "%s %.*s: ", df_symbol(cli, well ? DF_SYM_OK : DF_SYM_WARNING), DF_FMT(path));
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (parts[i].n) {
            df_buf_printf(&cli->out, "%s%zu %s", any ? ", " : "", parts[i].n, parts[i].what);
            any = true;
        }
    df_buf_put_c(&cli->out, any ? "\n" : "no Sentry issue\n");
}

static void put_json(struct run *r, const struct spec_file *f)
{
    struct df_json_writer *w = &r->json;
    df_json_open(w, '{');
    df_json_kstr(w, "file", df_str_c(f->path));
    df_json_kbool(w, "changed", f->changed);
    if (f->linear) {
        df_json_kvalue(w, "outcome", df_json_get(f->answer, "outcome"));
        df_json_kvalue(w, "url", df_json_get(f->answer, "url"));
    }
    if (r->cli->values[OPT_DRY] || f->standard)
        df_json_kstr(w, "text", f->enriched);
    df_json_kvalue(w, "issues", df_json_get(f->answer, "issues"));
    df_json_close(w, '}');
}

static enum df_code ask_linear(struct run *r, struct spec_file *f, struct df_error *err)
{
    struct df_cli *cli = r->cli;
    struct df_api_body body;
    df_api_body_init(cli, &body);
    df_json_kstr(&body.w, "linear", df_str_c(f->linear));
    if (cli->values[OPT_AS])
        df_json_kstr(&body.w, "as", df_str_c(cli->values[OPT_AS]));
    df_json_kbool(&body.w, "dryRun", cli->values[OPT_CHECK] || cli->values[OPT_DRY]);
    put_issues(cli, &body.w);
    DF_TRY(df_api_call(cli, "POST", df_api_path(cli, "/integrations/{}/specs", r->project), &body, &f->answer, err));
    struct df_str outcome = df_json_get_str(f->answer, "outcome");
    f->enriched = df_json_get_str(f->answer, "text");
    f->changed = df_str_is(outcome, "created") || df_str_is(outcome, "updated") ||
                 df_str_starts(outcome, DF_S("would_"));
    return DF_OK;
}

static void print_linear(struct run *r, const struct spec_file *f)
{
    static const struct {
        const char *outcome, *text;
    } words[] = {{"nothing", "no Sentry issue"},
                 {"unchanged", "unchanged"},
                 {"would_create", "to create"},
                 {"would_update", "to update"},
                 {"edited", "changed by a person and left alone; --force replaces it"},
                 {"removed", "removed by a person and left away; --force makes another"}};
    struct df_cli *cli = r->cli;
    const char *kind = cli->values[OPT_AS] ? cli->values[OPT_AS] : "document";
    struct df_str outcome = df_term_field(cli, f->answer, "outcome"), text = outcome;
    bool nothing = df_str_is(outcome, "nothing");
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        text = df_str_is(outcome, words[i].outcome) ? df_str_c(words[i].text) : text;
    df_buf_printf(&cli->out, "%s %.*s: %s%s%.*s %.*s\n", df_symbol(cli, DF_SYM_OK),
                  DF_FMT(df_term_field(cli, f->answer, "page")), nothing ? "" : kind, nothing ? "" : " ", DF_FMT(text),
                  DF_FMT(df_term_field(cli, f->answer, "url")));
}

static bool is_left(const struct spec_file *f)
{
    struct df_str outcome = df_json_get_str(f->answer, "outcome");
    return f->linear && (df_str_is(outcome, "edited") || df_str_is(outcome, "removed"));
}

static enum df_code read_and_write(struct run *r, struct spec_file *f, bool show, struct df_error *err)
{
    if (f->linear)
        return ask_linear(r, f, err);
    DF_TRY(read_spec(r, f, err));
    DF_TRY(ask(r, f, err));
    if (f->changed && !show && !r->cli->values[OPT_CHECK])
        return df_output_file_replace(r->cli->arena, f->path, &f->st, f->enriched, err);
    return DF_OK;
}

static enum df_code work(struct run *r, struct spec_file *f, struct df_error *err)
{
    struct df_cli *cli = r->cli;
    bool show = (f->standard || cli->values[OPT_DRY]) && !cli->values[OPT_CHECK];
    progress(r, f->path);
    DF_TRY(read_and_write(r, f, show, err));
    for (struct df_json_iter it = df_json_iter(df_json_get(f->answer, "issues")); df_json_next(&it);)
        tell_issue(r, f, it.value);
    if (df_json_int(df_json_get(f->answer, "leftOut"), 0) > 0)
        tell(r, f, 0, DF_S("it names more issues than one run looks at; the last are left out"));
    clear_progress(r);
    r->changed += f->changed;
    r->left_alone += is_left(f);
    if (cli->json)
        put_json(r, f);
    else if (show)
        df_buf_put_str(&cli->out, f->enriched);
    else if (f->linear)
        print_linear(r, f);
    else
        print_spec(r, f);
    return DF_OK;
}

/* What ends one file does not end the others, but for an API that is not there or lets nobody in. */
static bool ends_all(enum df_code code)
{
    return code == DF_ERR_UNREACHABLE || code == DF_ERR_UNAUTHORIZED || code == DF_ERR_FORBIDDEN ||
           code == DF_ERR_PROJECT || code == DF_ERR_CONNECTION || code == DF_ERR_RECONNECT || code == DF_ERR_APP;
}

static enum df_code work_all(struct run *r, struct df_error *err)
{
    struct df_cli *cli = r->cli;
    struct df_arena *outer = cli->arena;
    for (size_t i = 0; i < cli->n_args; i++, r->done++) {
        const char *path = cli->args[i];
        bool named = strncmp(path, "linear:", 7) == 0;
        struct spec_file f = {.path = path,
                              .standard = strcmp(path, "-") == 0,
                              .linear = named                 ? path + 7
                                        : strstr(path, "://") ? path
                                                              : NULL};
        struct df_error why;
        cli->arena = df_arena_new();
        enum df_code code = work(r, &f, &why);
        clear_progress(r);
        if (code != DF_OK && !ends_all(code) && cli->n_args > 1)
            df_cli_warn(cli, df_str_c(why.message));
        df_arena_free(cli->arena);
        cli->arena = outer;
        cli->api_error = NULL;
        if (!cli->json)
            DF_TRY(df_cli_flush(cli, err));
        if (code != DF_OK && (ends_all(code) || cli->n_args == 1)) {
            *err = why;
            return code;
        }
        r->code = r->code ? r->code : code;
    }
    return DF_OK;
}

static enum df_code judge(const struct run *r, struct df_error *err)
{
    bool one = r->changed == 1;
    if (r->code != DF_OK)
        return df_fail(err, r->code, "not all of it could be done");
    if (r->cli->values[OPT_CHECK] && r->changed)
        return df_fail(err, DF_ERR_FAILED, "%zu specification%s would change: run devflow spec:enrich without --check",
                       r->changed, one ? "" : "s");
    if (r->left_alone)
        return df_fail(err, DF_ERR_FAILED, "%zu block%s left alone", r->left_alone,
                       r->left_alone == 1 ? " was" : "s were");
    return DF_OK;
}

static enum df_code run(struct df_cli *cli, struct df_error *err)
{
    struct run r = {.cli = cli};
    if (cli->values[OPT_CHECK] && cli->values[OPT_DRY])
        return df_fail(err, DF_ERR_INVALID, "--check and --dry-run exclude each other");
    DF_TRY(df_cli_project(cli, cli->values[OPT_PROJECT], &r.project, err));
    if (cli->json) {
        df_json_writer_init(&r.json, &cli->out, 2);
        df_json_open(&r.json, '{');
        df_json_kopen(&r.json, "specs", '[');
    }
    DF_TRY(work_all(&r, err));
    if (cli->json) {
        df_json_close(&r.json, ']');
        df_json_close(&r.json, '}');
        df_buf_put_char(&cli->out, '\n');
    }
    return judge(&r, err);
}

const struct df_command df_cmd_spec_enrich = {
    .name = "spec:enrich",
    .args = "SPEC...",
    .min_args = 1,
    .max_args = 10000,
    .summary = "Put what Sentry knows of the errors a specification names into it",
    .help =
        "SPEC is a Markdown file; - is standard input, whose enriched text goes to standard output; linear:ENG-12 or a URL is an issue "
        "or document in Linear, which gets a document or comment beside it. Each Sentry issue that it names, "
        "by a link or a short ID such as SHOP-1A, gets a block at the end of its section: the context with stack traces and "
        "breadcrumbs, scrubbed, what recurs, how urgent it is, the crash as Given, When, Then, and the "
        "regression test once one was made of it.\n\n"
        "A block is kept between two comments and renewed when Sentry has something new; nothing else in the file changes, and a "
        "second run changes nothing. A block that a person changed is left alone and reported, with exit code 1.",
    .example = "devflow spec:enrich docs/checkout.md --project shop",
    .options = {[OPT_PROJECT] = DF_OPTION_PROJECT,
                [OPT_ISSUE] = {"issue", "ISSUE",
                               "also these, separated by commas: at the end, where the text does not name them", 'i'},
                [OPT_CHECK] = {"check", NULL, "write nothing; exit code 1 when something would change"},
                [OPT_FORCE] = {"force", NULL, "replace blocks that a person changed, too"},
                [OPT_DRY] = {"dry-run", NULL, "write nothing; print the enriched text"},
                [OPT_AS] = {"as", "KIND", "in Linear: document or comment; else a document"},
                [OPT_NO_TEST] = {"no-test", NULL, "leave out the regression tests that were made of the issues"}},
    .run = run,
};
