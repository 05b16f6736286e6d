#include "domain/scrub_parts.h"

/* Numbers that belong to a person, and the person's name in paths. */

enum { PHONE_MIN = 8, PHONE_MAX = 15, PHONE_BYTES = 26, NIR_DIGITS = 15, NAME_MAX_BYTES = 40 };

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static enum df_scrub_kind found(enum df_scrub_kind kind, size_t from, size_t to, struct df_scrub_range *ret)
{
    *ret = (struct df_scrub_range){from, to};
    return kind;
}

static bool is_separator(char c)
{
    return c == ' ' || c == '-' || c == '.' || c == '(' || c == ')';
}

/* E.164 after a plus sign, in groups as people write them: "+33 6 12 34 56 78", "+1 (415) 555-0123". */
static bool find_international(struct df_str text, size_t from, struct df_scrub_range *ret)
{
    size_t digits = 0, i = from, end = from;
    if (from == 0 || text.p[from - 1] != '+' || text.p[from] == '0' ||
        (from > 1 && (df_scrub_is_word(text.p[from - 2]) || text.p[from - 2] == ')')))
        return false;
    for (; i < text.n && i - from < PHONE_BYTES; i++) {
        if (df_scrub_is_digit(text.p[i])) {
            digits++;
            end = i + 1;
        } else if (!is_separator(text.p[i]) ||
                   (i > from && is_separator(text.p[i - 1]) && text.p[i] != '(' && text.p[i - 1] != ')')) {
            break;
        }
    }
    if (digits < PHONE_MIN || digits > PHONE_MAX || df_scrub_is_word(df_scrub_at(text, end)))
        return false;
    *ret = (struct df_scrub_range){from - 1, end};
    return true;
}

/* Groups of digits of these lengths with the same separator between them. */
static bool grouped(struct df_str text, size_t from, const unsigned char *lengths, size_t n, const char *separators,
                    size_t *ret_end)
{
    size_t i = from;
    char separator = '\0';
    for (size_t g = 0; g < n; g++) {
        if (g == 1 && df_scrub_at(text, i) && strchr(separators, text.p[i]))
            separator = text.p[i];
        if (g > 0 && (!separator || df_scrub_at(text, i++) != separator))
            return false;
        for (unsigned char k = 0; k < lengths[g]; k++)
            if (!df_scrub_is_digit(df_scrub_at(text, i++)))
                return false;
    }
    char after = df_scrub_at(text, i);
    *ret_end = i;
    return !df_scrub_is_word(after) && !(after == separator && df_scrub_is_digit(df_scrub_at(text, i + 1)));
}

/* France: 06 12 34 56 78. North America: (415) 555-0123 and 415-555-0123, area and exchange from 2 on. */
static bool find_national(struct df_str text, size_t from, struct df_scrub_range *ret)
{
    static const unsigned char pairs[] = {2, 2, 2, 2, 2}, american[] = {3, 3, 4}, rest[] = {3, 4},
                               trunk[] = {1, 3, 3, 4};
    char before = from ? text.p[from - 1] : ' ';
    size_t end = 0;
    if (before == '.' || before == ',' || before == '+')
        return false;
    if (text.p[from] == '0' && df_scrub_at(text, from + 1) > '0' && grouped(text, from, pairs, 5, " .-", &end)) {
        *ret = (struct df_scrub_range){from, end};
        return true;
    }
    if (text.p[from] == '1' && df_scrub_at(text, from + 2) >= '2' && df_scrub_at(text, from + 6) >= '2' &&
        grouped(text, from, trunk, 4, "-", &end)) {
        *ret = (struct df_scrub_range){from, end};
        return true;
    }
    if (text.p[from] < '2')
        return false;
    size_t local = from + 4 + (df_scrub_at(text, from + 4) == ' ');
    if (before == '(' && df_scrub_at(text, from + 3) == ')' && df_scrub_at(text, local) >= '2' &&
        grouped(text, local, rest, 2, "-.", &end)) {
        *ret = (struct df_scrub_range){from - 1, end};
        return true;
    }
    if (df_scrub_at(text, from + 4) < '2' || !grouped(text, from, american, 3, "-", &end))
        return false;
    *ret = (struct df_scrub_range){from, end};
    return true;
}

/* The French NIR: sex, year, month, department (2A and 2B in Corsica), commune, order, key; 97 - number mod 97. */
static bool find_nir(struct df_str text, size_t from, struct df_scrub_range *ret)
{
    char digits[NIR_DIGITS + 1];
    unsigned long long number = 0, off = 0;
    size_t n = 0, i = from;
    for (; i < text.n && n < NIR_DIGITS; i++) {
        char c = text.p[i];
        if (df_scrub_is_digit(c) || (n == 6 && (c == 'A' || c == 'B')))
            digits[n++] = c;
        else if (c != ' ' || n == 0 || text.p[i - 1] == ' ')
            return false;
    }
    if (n < NIR_DIGITS || df_scrub_is_word(df_scrub_at(text, i)) || (digits[0] != '1' && digits[0] != '2'))
        return false;
    unsigned month = (unsigned)(digits[3] - '0') * 10 + (unsigned)(digits[4] - '0');
    for (size_t k = 0; k < 13; k++) {
        off = digits[k] == 'A' ? 1000000 : digits[k] == 'B' ? 2000000 : off;
        number = number * 10 + (df_scrub_is_digit(digits[k]) ? (unsigned)(digits[k] - '0') : 0);
    }
    unsigned key = (unsigned)(digits[13] - '0') * 10 + (unsigned)(digits[14] - '0');
    *ret = (struct df_scrub_range){from, i};
    return month >= 1 && (month <= 12 || (month >= 20 && month <= 42)) && 97 - (number - off) % 97 == key;
}

/* Brazil's CPF, ddd.ddd.ddd-dd with two check digits. */
static bool find_cpf(struct df_str text, size_t from, struct df_scrub_range *ret)
{
    static const char *const shape = "ddd.ddd.ddd-dd";
    unsigned digits[11] = {0}, sum = 0, again = 0;
    size_t n = 0, i = 0;
    for (; shape[i]; i++) {
        char c = df_scrub_at(text, from + i);
        if (shape[i] != 'd' ? c != shape[i] : !df_scrub_is_digit(c))
            return false;
        if (shape[i] == 'd')
            digits[n++] = (unsigned)(c - '0');
    }
    for (unsigned k = 0; k < 9; k++) {
        sum += digits[k] * (10 - k);
        again += digits[k] * (11 - k);
    }
    again += digits[9] * 2;
    *ret = (struct df_scrub_range){from, from + i};
    return digits[9] == sum * 10 % 11 % 10 && digits[10] == again * 10 % 11 % 10 &&
           !df_scrub_is_word(df_scrub_at(text, from + i));
}

/* Spain's DNI: eight digits and the letter that they give. */
static bool is_dni(struct df_str word)
{
    unsigned number = 0;
    if (word.n != 9)
        return false;
    for (size_t i = 0; i < 8; i++) {
        if (!df_scrub_is_digit(word.p[i]))
            return false;
        number = number * 10 + (unsigned)(word.p[i] - '0');
    }
    return word.p[8] == "TRWAGMYFPDXBNJZSQVHLCKE"[number % 23];
}

/* 'A' stands for a capital, '0' for a digit. */
static bool has_shape(struct df_str word, const char *shape)
{
    if (word.n != strlen(shape))
        return false;
    for (size_t i = 0; i < word.n; i++)
        if (shape[i] == 'A' ? !is_upper(word.p[i]) : !df_scrub_is_digit(word.p[i]))
            return false;
    return true;
}

/* Italy's codice fiscale, with a letter for the month; Mexico's CURP, with one for the sex. */
static bool is_coded_name(struct df_str word)
{
    if (has_shape(word, "AAAAAA00A00A000A"))
        return strchr("ABCDEHLMPRST", word.p[8]) != NULL;
    return (has_shape(word, "AAAA000000AAAAAA00") || has_shape(word, "AAAA000000AAAAAAA0")) &&
           (word.p[10] == 'H' || word.p[10] == 'M');
}

/* Spain's NIE: X, Y or Z, seven digits and the letter that they give. */
static bool is_nie(struct df_str word)
{
    if (!has_shape(word, "A0000000A") || word.p[0] < 'X')
        return false;
    unsigned number = (unsigned)(word.p[0] - 'X');
    for (size_t i = 1; i < 8; i++)
        number = number * 10 + (unsigned)(word.p[i] - '0');
    return word.p[8] == "TRWAGMYFPDXBNJZSQVHLCKE"[number % 23];
}

enum df_scrub_kind df_scrub_find_personal_number(struct df_str text, size_t from, size_t to, struct df_scrub_range *ret)
{
    struct df_str word = df_str_n(text.p + from, to - from);
    if (!df_scrub_is_digit(text.p[from]))
        return is_coded_name(word) || is_nie(word) ? found(DF_SCRUB_PERSONAL_ID, from, to, ret) : DF_SCRUB_NONE;
    if (is_dni(word))
        return found(DF_SCRUB_PERSONAL_ID, from, to, ret);
    if (find_nir(text, from, ret) || (word.n == 3 && find_cpf(text, from, ret)))
        return DF_SCRUB_PERSONAL_ID;
    return find_international(text, from, ret) || find_national(text, from, ret) ? DF_SCRUB_PHONE : DF_SCRUB_NONE;
}

static bool is_in(struct df_str s, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (df_str_ieq(s, df_str_c(words[i])))
            return true;
    return false;
}

/* Accounts of machines. */
static bool is_nobody(struct df_str name)
{
    static const char *const names[] = {"admin",       "app",     "appuser",  "azureuser", "buildkite",     "builder",
                                        "circleci",    "coder",   "default",  "deploy",    "deployer",      "dev",
                                        "devuser",     "docker",  "ec2-user", "git",       "gitlab-runner", "gitpod",
                                        "jenkins",     "node",    "nonroot",  "public",    "root",          "runner",
                                        "runneradmin", "service", "shared",   "site",      "travis",        "ubuntu",
                                        "user",        "vagrant", "vscode",   "vsts",      "www",           "www-data"};
    return is_in(name, names, sizeof names / sizeof *names);
}

/* Whether the path ends in a file of a program: /home/NAME/shop/cart.py */
static bool is_program_path(struct df_str rest)
{
    static const char *const endings[] = {"py",   "js",  "ts",  "jsx", "tsx", "mjs", "rb",  "go",   "rs",
                                          "java", "kt",  "php", "c",   "h",   "cc",  "cpp", "hpp",  "cs",
                                          "ex",   "exs", "pl",  "lua", "so",  "jar", "dll", "swift"};
    size_t end = 0, dot = 0;
    for (; end < rest.n && (df_scrub_is_word(rest.p[end]) || strchr("/.+@\\", rest.p[end])); end++)
        dot = rest.p[end] == '.' ? end : dot;
    return dot > 0 && is_in(df_str_n(rest.p + dot + 1, end - dot - 1), endings, sizeof endings / sizeof *endings);
}

/* /home is also the start page of many a site: only before what homes hold. */
static bool holds_files(struct df_str rest)
{
    static const char *const folders[] = {"app",       "apps", "bin", "code", "desktop", "dev",      "documents",
                                          "downloads", "git",  "go",  "lib",  "local",   "projects", "public_html",
                                          "repos",     "snap", "src", "venv", "work",    "workspace"};
    size_t n = 0;
    if (rest.n == 0 || (rest.p[0] != '/' && rest.p[0] != '\\'))
        return false;
    while (n + 1 < rest.n && (df_scrub_is_word(rest.p[n + 1])))
        n++;
    return df_scrub_at(rest, 1) == '.' || is_program_path(rest) ||
           is_in(df_str_n(rest.p + 1, n), folders, sizeof folders / sizeof *folders);
}

enum df_scrub_kind df_scrub_find_home(struct df_str text, size_t from, size_t to, struct df_scrub_range *ret)
{
    struct df_str word = df_str_n(text.p + from, to - from);
    bool users = df_str_is(word, "Users"), home = df_str_is(word, "home");
    char before = from ? text.p[from - 1] : '\0', after = df_scrub_at(text, to);
    if ((!users && !home) || (before != '/' && before != '\\') || (after != '/' && after != '\\'))
        return DF_SCRUB_NONE;
    size_t start = to;
    while (df_scrub_at(text, start) == after && start - to < 4) /* as JSON has them, doubled */
        start++;
    size_t end = start;
    while (end < text.n && end - start < NAME_MAX_BYTES && (df_scrub_is_word(text.p[end]) || text.p[end] == '.'))
        end++;
    struct df_str name = df_str_n(text.p + start, end - start);
    if (name.n < 2 || is_nobody(name) || (home && !holds_files(df_str_from(text, end))))
        return DF_SCRUB_NONE;
    return found(DF_SCRUB_NAME, start, end, ret);
}
