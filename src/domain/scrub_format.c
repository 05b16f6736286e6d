#include "domain/scrub_parts.h"

/* Tokens of services that have no prefix, or a short one, but a shape: lengths and alphabets. Source: the services' own pages. */

enum { WEBHOOK_LIMIT = 300, LINK_BYTES = 20 };

typedef bool in_alphabet(char c);

static bool is_digit(char c)
{
    return df_scrub_is_digit(c);
}

static bool is_hex(char c)
{
    return df_scrub_is_digit(c) || (c >= 'a' && c <= 'f');
}

static bool is_alnum(char c)
{
    return df_scrub_is_digit(c) || df_scrub_is_alpha(c);
}

static bool is_lower_alnum(char c)
{
    return df_scrub_is_digit(c) || (c >= 'a' && c <= 'z');
}

static bool all(struct df_str s, in_alphabet *in)
{
    for (size_t i = 0; i < s.n; i++)
        if (!in(s.p[i]))
            return false;
    return true;
}

static bool has_digit_and_cases(struct df_str s)
{
    bool digit = false, upper = false, lower = false;
    for (size_t i = 0; i < s.n; i++) {
        digit = digit || df_scrub_is_digit(s.p[i]);
        upper = upper || (s.p[i] >= 'A' && s.p[i] <= 'Z');
        lower = lower || (s.p[i] >= 'a' && s.p[i] <= 'z');
    }
    return digit && upper && lower;
}

static size_t word_end(struct df_str text, size_t i)
{
    while (i < text.n && df_scrub_is_word(text.p[i]))
        i++;
    return i;
}

/* Where the word after the sign at `at` ends, when it has so many bytes; else 0. */
static size_t next_word(struct df_str text, size_t at, char sign, size_t min, size_t max)
{
    if (df_scrub_at(text, at) != sign)
        return 0;
    size_t end = word_end(text, at + 1), n = end - (at + 1);
    return n >= min && n <= max ? end : 0;
}

/* Twilio's SK..., Databricks' dapi..., Mailgun's key-..., Mailchimp's ...-us12. */
static bool is_hex_token(struct df_str word)
{
    if (word.n == 34 && df_str_starts(word, DF_S("SK")))
        return all(df_str_from(word, 2), is_hex);
    if ((word.n == 36 || word.n == 38) && (df_str_starts(word, DF_S("dapi")) || df_str_starts(word, DF_S("key-"))))
        return all(df_str_n(word.p + 4, 32), is_hex);
    if ((word.n == 36 || word.n == 37) && memcmp(word.p + 32, "-us", 3) == 0)
        return all(df_str_n(word.p, 32), is_hex) && all(df_str_from(word, 35), is_digit);
    return false;
}

/* Mailgun's newer keys: 32, 8 and 8 hexadecimal digits. Microsoft's newer ones hold a mark of their own. ElevenLabs' sk_ and 48,
 * Resend's re_, 8 and 24, Okta's 00 and 40. */
static bool is_newer_key(struct df_str word)
{
    if (word.n == 50 && word.p[32] == '-' && word.p[41] == '-')
        return all(df_str_head(word, 32), is_hex) && all(df_str_n(word.p + 33, 8), is_hex) &&
               all(df_str_from(word, 42), is_hex);
    if (word.n >= 76 && word.n <= 100 && df_str_find(word, DF_S("JQQJ99")) > 0)
        return all(word, is_alnum);
    if (word.n == 51 && df_str_starts(word, DF_S("sk_")))
        return all(df_str_from(word, 3), is_hex);
    if (word.n == 36 && df_str_starts(word, DF_S("re_")) && word.p[11] == '_')
        return all(df_str_n(word.p + 3, 8), is_alnum) && all(df_str_from(word, 12), is_alnum) &&
               has_digit_and_cases(word);
    return word.n == 42 && df_str_starts(word, DF_S("00")) && has_digit_and_cases(word);
}

/* OpenAI's older keys have "OpenAI" in base64 in the middle; those who speak its API have "sk-" and 32 digits or letters. */
static bool is_openai(struct df_str word)
{
    struct df_str rest = df_str_from(word, 3);
    if (!df_str_starts(word, DF_S("sk-")))
        return false;
    return (word.n >= 40 && df_str_find(word, DF_S("T3BlbkFJ")) > 0) || (rest.n == 32 && all(rest, is_hex)) ||
           (rest.n >= 32 && all(rest, is_alnum) && has_digit_and_cases(rest));
}

/* NuGet's oy2..., crates.io's cio... */
static bool is_package_registry(struct df_str word)
{
    struct df_str rest = df_str_from(word, 3);
    if (word.n == 46 && df_str_starts(word, DF_S("oy2")))
        return all(rest, is_lower_alnum);
    return word.n == 35 && df_str_starts(word, DF_S("cio")) && all(rest, is_alnum) && has_digit_and_cases(rest);
}

/* A client secret of Microsoft's Entra: 3 characters, a digit, "Q~", 31 to 34 characters. */
static size_t entra_end(struct df_str text, size_t from, size_t to)
{
    if (to - from != 5 || text.p[to - 1] != 'Q' || !is_digit(text.p[to - 2]))
        return 0;
    size_t end = to + 1;
    while (df_scrub_is_word(df_scrub_at(text, end)) || df_scrub_at(text, end) == '~' || df_scrub_at(text, end) == '.')
        end++;
    while (text.p[end - 1] == '.')
        end--;
    return end - (to + 1) >= 31 && end - (to + 1) <= 34 ? end : 0;
}

/* 123456789:AA..., a bot of Telegram; bot123456789:AA... in its URLs. */
static size_t telegram_end(struct df_str text, size_t from, size_t to)
{
    from += df_str_starts(df_str_n(text.p + from, to - from), DF_S("bot")) ? 3 : 0;
    if (to - from < 8 || to - from > 10 || !all(df_str_n(text.p + from, to - from), is_digit))
        return 0;
    return df_scrub_at(text, to + 1) == 'A' && df_scrub_at(text, to + 2) == 'A' ? next_word(text, to, ':', 35, 35) : 0;
}

/* Discord: 24 or 26 bytes of base64 (an id), 6 (a time), 27 to 38. */
static size_t discord_end(struct df_str text, size_t from, size_t to)
{
    char c = text.p[from];
    if ((c != 'M' && c != 'N' && c != 'O') || to - from < 23 || to - from > 28)
        return 0;
    size_t second = next_word(text, to, '.', 6, 6);
    return second ? next_word(text, second, '.', 27, 38) : 0;
}

/* pat<14>.<64 hex>: Airtable; <14>.atlasv1.<60>: Terraform. */
static size_t dotted_end(struct df_str text, size_t from, size_t to)
{
    struct df_str word = df_str_n(text.p + from, to - from), rest = df_str_from(text, to);
    if (word.n == 17 && df_str_starts(word, DF_S("pat")))
        return next_word(text, to, '.', 64, 64);
    if (word.n == 14 && df_str_starts(rest, DF_S(".atlasv1.")))
        return next_word(text, to + 8, '.', 50, 80);
    return 0;
}

/* https://acme.webhook.office.com/webhookb2/..., of Teams: from the path on. */
static size_t teams_end(struct df_str text, size_t to)
{
    static const struct df_str place = {".webhook.office.com/webhookb2/", 30};
    if (!df_str_starts(df_str_from(text, to), place))
        return 0;
    size_t start = to + place.n, end = start;
    while (end - start < WEBHOOK_LIMIT &&
           (df_scrub_is_word(df_scrub_at(text, end)) || df_scrub_at(text, end) == '/' || df_scrub_at(text, end) == '@'))
        end++;
    return end > start ? end : 0;
}

/* jdbc:oracle:thin:user/password@host; the word is "thin". */
static bool find_oracle(struct df_str text, size_t from, size_t to, struct df_scrub_range *ret)
{
    if (from < 12 || !df_str_is(df_str_n(text.p + from, to - from), "thin") ||
        !df_str_is(df_str_n(text.p + from - 12, 12), "jdbc:oracle:"))
        return false;
    size_t end = to + 1;
    while (df_scrub_is_word(df_scrub_at(text, end)) || (df_scrub_at(text, end) && strchr("/.$#!", text.p[end])))
        end++;
    *ret = (struct df_scrub_range){to + 1, end};
    return df_scrub_at(text, end) == '@' && df_str_find_char(df_str_n(text.p + to + 1, end - to - 1), '/') >= 0;
}

/* Whoever knows the URL may post. */
static size_t webhook_end(struct df_str text, size_t from, size_t to)
{
    static const char *const places[] = {
        "https://hooks.slack.com/services/",    "https://hooks.slack.com/workflows/",
        "https://hooks.slack.com/triggers/",    "https://discord.com/api/webhooks/",
        "https://discordapp.com/api/webhooks/", "https://hooks.zapier.com/hooks/catch/"};
    if (to - from != 5 || text.p[to - 1] != 's' || df_scrub_at(text, to) != ':')
        return 0;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        if (!df_str_starts(df_str_from(text, from), df_str_c(places[i])))
            continue;
        size_t start = from + strlen(places[i]), end = start;
        while (end - start < WEBHOOK_LIMIT &&
               (df_scrub_is_word(df_scrub_at(text, end)) || df_scrub_at(text, end) == '/'))
            end++;
        return end > start ? end : 0;
    }
    return 0;
}

/* /password/reset/TOKEN: whoever has the link may go on. */
static size_t link_end(struct df_str text, size_t from, size_t to)
{
    static const char *const words[] = {"reset",    "invite",  "invitation", "verify",
                                        "activate", "confirm", "magic",      "login"};
    struct df_str word = df_str_n(text.p + from, to - from);
    size_t end = next_word(text, to, '/', LINK_BYTES, 200);
    if (end == 0 || from == 0 || text.p[from - 1] != '/' ||
        !has_digit_and_cases(df_str_n(text.p + to + 1, end - to - 1)))
        return 0;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (df_str_ieq(word, df_str_c(words[i])))
            return end;
    return 0;
}

/* 1//0..., a refresh token of Google. */
static size_t google_end(struct df_str text, size_t from, size_t to)
{
    if (to - from != 1 || text.p[from] != '1' || !df_str_starts(df_str_from(text, to), DF_S("//0")))
        return 0;
    size_t end = word_end(text, to + 2);
    return end - to >= 40 ? end : 0;
}

static enum df_scrub_kind found(enum df_scrub_kind kind, size_t from, size_t to, struct df_scrub_range *ret)
{
    *ret = (struct df_scrub_range){from, to};
    return kind;
}

static enum df_scrub_kind find_word(struct df_str text, size_t from, size_t to, struct df_scrub_range *ret)
{
    struct df_str word = df_str_n(text.p + from, to - from);
    if (is_hex_token(word) || is_openai(word) || is_package_registry(word) || is_newer_key(word))
        return found(DF_SCRUB_API_KEY, from, to, ret);
    /* Notion's older ones share their prefix with many a name. */
    if (word.n == 50 && df_str_starts(word, DF_S("secret_")) && all(df_str_from(word, 7), is_alnum) &&
        has_digit_and_cases(df_str_from(word, 7)))
        return found(DF_SCRUB_TOKEN, from, to, ret);
    return DF_SCRUB_NONE;
}

enum df_scrub_kind df_scrub_find_format(struct df_str text, size_t from, size_t to, struct df_scrub_range *ret)
{
    size_t n = to - from, end = 0;
    char next = df_scrub_at(text, to);
    if (n >= 34)
        return find_word(text, from, to, ret);
    if (next == ':' && (end = telegram_end(text, from, to)) > 0)
        return found(DF_SCRUB_TOKEN, from, end, ret);
    if (next == ':' && (end = webhook_end(text, from, to)) > 0)
        return found(df_str_find(df_str_n(text.p + from, 24), DF_S("slack")) > 0 ? DF_SCRUB_SLACK : DF_SCRUB_TOKEN,
                     from, end, ret);
    if (next == ':' && find_oracle(text, from, to, ret))
        return DF_SCRUB_URL_CREDENTIALS;
    if (next == '.' && (end = teams_end(text, to)) > 0)
        return found(DF_SCRUB_TOKEN, from, end, ret);
    if (next == '~' && (end = entra_end(text, from, to)) > 0)
        return found(DF_SCRUB_SECRET, from, end, ret);
    if (next == '/' && (end = google_end(text, from, to)) > 0)
        return found(DF_SCRUB_GOOGLE, from, end, ret);
    if (next == '/' && (end = link_end(text, from, to)) > 0)
        return found(DF_SCRUB_TOKEN, to + 1, end, ret);
    if (next != '.' || n < 14)
        return DF_SCRUB_NONE;
    if ((end = discord_end(text, from, to)) > 0 || (end = dotted_end(text, from, to)) > 0)
        return found(DF_SCRUB_TOKEN, from, end, ret);
    return DF_SCRUB_NONE;
}
