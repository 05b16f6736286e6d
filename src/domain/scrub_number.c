#include "domain/scrub_parts.h"

enum { CARD_MAX = 19, GROUPS_MAX = 6, IBAN_MIN = 15, IBAN_MAX = 34 };

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

/* Digits in groups of equal separators, as people write card numbers. */
struct digits {
    char value[CARD_MAX + 1];
    size_t n, end;
    size_t groups[GROUPS_MAX], n_groups;
};

static bool read_digits(struct df_str text, size_t from, struct digits *ret)
{
    char separator = '\0';
    struct digits d = {.n_groups = 1};
    size_t i = from;
    for (; i < text.n; i++) {
        char c = text.p[i];
        if (df_scrub_is_digit(c)) {
            if (d.n == CARD_MAX)
                return false;
            d.value[d.n++] = c;
            d.groups[d.n_groups - 1]++;
        } else if ((c == ' ' || c == '-' || c == '.') && (!separator || separator == c) &&
                   df_scrub_is_digit(df_scrub_at(text, i + 1)) && d.n_groups < GROUPS_MAX) {
            separator = c;
            d.n_groups++;
        } else {
            break;
        }
    }
    d.end = i;
    *ret = d;
    return true;
}

static bool luhn(const struct digits *d)
{
    unsigned sum = 0;
    for (size_t i = 0; i < d->n; i++) {
        unsigned digit = (unsigned)(d->value[d->n - 1 - i] - '0');
        if (i % 2)
            digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
        sum += digit;
    }
    return sum % 10 == 0;
}

static bool grouped_like_a_card(const struct digits *d)
{
    if (d->n_groups == 1)
        return true;
    if (d->n == 15 && d->n_groups == 3)
        return d->groups[0] == 4 && d->groups[1] == 6;
    for (size_t i = 0; i + 1 < d->n_groups; i++)
        if (d->groups[i] != 4)
            return false;
    return d->groups[d->n_groups - 1] <= 4 && d->n_groups >= 4;
}

/* The issuers' ranges and lengths (ISO/IEC 7812): Luhn alone would take one in ten of all numbers. */
static bool has_issuer(const struct digits *d)
{
    unsigned two = (unsigned)(d->value[0] - '0') * 10 + (unsigned)(d->value[1] - '0');
    unsigned four = two * 100 + (unsigned)(d->value[2] - '0') * 10 + (unsigned)(d->value[3] - '0');
    if (d->n == 16)
        return d->value[0] == '4' || (two >= 51 && two <= 55) || (four >= 2221 && four <= 2720) || four == 6011 ||
               two == 65 || two == 62 || (four >= 2200 && four <= 2204) || two == 67 ||
               (four >= 3528 && four <= 3589) || (four >= 5018 && four <= 5893 && two != 57);
    if (d->n == 15)
        return two == 34 || two == 37;
    return d->n == 14 && (two == 36 || two == 38 || (four >= 3000 && four <= 3059));
}

static bool find_card(struct df_str text, size_t from, struct df_scrub_range *ret)
{
    struct digits d;
    char before = from ? text.p[from - 1] : ' ';
    if (before == '.' || !read_digits(text, from, &d) || d.n < 14)
        return false;
    char after = df_scrub_at(text, d.end);
    if (before == '/' && (d.n != 16 || d.n_groups != 1)) /* in a URL's path, where ids of other lengths are many */
        return false;
    if (df_scrub_is_word(after) || (after == '.' && df_scrub_is_digit(df_scrub_at(text, d.end + 1))))
        return false;
    if (!has_issuer(&d) || !grouped_like_a_card(&d) || !luhn(&d))
        return false;
    *ret = (struct df_scrub_range){from, d.end};
    return true;
}

/* ddd-dd-dddd within the ranges the US Social Security Administration gives out. */
static bool is_ssn(struct df_str word)
{
    if (word.n != 11)
        return false;
    for (size_t i = 0; i < word.n; i++)
        if (i == 3 || i == 6 ? word.p[i] != '-' : !df_scrub_is_digit(word.p[i]))
            return false;
    return memcmp(word.p, "000", 3) != 0 && memcmp(word.p, "666", 3) != 0 && word.p[0] != '9' &&
           memcmp(word.p + 4, "00", 2) != 0 && memcmp(word.p + 7, "0000", 4) != 0;
}

/* Country and length, from the IBAN registry (ISO 13616). */
static const char iban_lengths[] =
    "AD24AE23AL28AT20AZ28BA20BE16BG22BH22BR29BY28CH21CR22CY28CZ24DE22DK18DO28EE20EG29ES24FI18FO18FR27GB22GE22GI23GL18GR27"
    "GT28HR21HU28IE22IL23IQ23IS26IT27JO30KW30KZ20LB28LC32LI21LT20LU20LV21LY25MC27MD24ME22MK19MR27MT31MU30NL18NO15PK24PL28"
    "PS29PT25QA29RO24RS22SA24SC31SE24SI19SK24SM27ST25SV28TL23TN24TR26UA29VA22VG24XK20";

static size_t iban_length(const char *country)
{
    for (const char *p = iban_lengths; *p; p += 4)
        if (p[0] == country[0] && p[1] == country[1])
            return (size_t)(p[2] - '0') * 10 + (size_t)(p[3] - '0');
    return 0;
}

static unsigned mod97_step(unsigned rest, char c)
{
    return df_scrub_is_digit(c) ? (rest * 10 + (unsigned)(c - '0')) % 97 : (rest * 100 + (unsigned)(c - 'A') + 10) % 97;
}

static bool mod97_holds(const char *iban, size_t n)
{
    unsigned rest = 0;
    for (size_t i = 0; i < n; i++)
        rest = mod97_step(rest, iban[(i + 4) % n]);
    return rest == 1;
}

static bool find_iban(struct df_str text, size_t from, struct df_scrub_range *ret)
{
    size_t need = iban_length(text.p + from), n = 0, i = from;
    char iban[IBAN_MAX];
    if (need < IBAN_MIN || need > IBAN_MAX)
        return false;
    for (; i < text.n && n < need; i++) {
        char c = text.p[i];
        if (df_scrub_is_digit(c) || is_upper(c))
            iban[n++] = c;
        else if ((c != ' ' && c != '-') || n % 4 != 0 || text.p[i - 1] == ' ' || text.p[i - 1] == '-')
            return false;
    }
    if (n != need || df_scrub_is_word(df_scrub_at(text, i)) || !mod97_holds(iban, n))
        return false;
    *ret = (struct df_scrub_range){from, i};
    return true;
}

enum df_scrub_kind df_scrub_find_number(struct df_str text, size_t from, size_t to, struct df_scrub_range *ret)
{
    const char *p = text.p + from;
    if (df_scrub_is_digit(p[0])) {
        if (find_card(text, from, ret))
            return DF_SCRUB_CARD;
        if (is_ssn(df_str_n(p, to - from))) {
            *ret = (struct df_scrub_range){from, to};
            return DF_SCRUB_SSN;
        }
    } else if (to - from >= 4 && is_upper(p[0]) && is_upper(p[1]) && df_scrub_is_digit(p[2]) &&
               df_scrub_is_digit(p[3])) {
        if (find_iban(text, from, ret))
            return DF_SCRUB_IBAN;
    }
    return DF_SCRUB_NONE;
}
