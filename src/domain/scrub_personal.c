#include "domain/scrub_parts.h"

enum { LOCAL_MAX = 64, DOMAIN_MAX = 255, IPV6_MAX = 45, IPV6_GROUPS = 8 };

static bool is_local(char c)
{
    return df_scrub_is_word(c) || c == '.' || c == '+' || c == '%';
}

/* A letter of Latin scripts beyond ASCII (U+00C0 to U+024F) begins at i; other scripts may be the text around. */
static bool is_latin(struct df_str text, size_t i)
{
    unsigned char first = (unsigned char)df_scrub_at(text, i), second = (unsigned char)df_scrub_at(text, i + 1);
    return first >= 0xC3 && first <= 0xC9 && (second & 0xC0) == 0x80;
}

static bool is_hex(char c)
{
    return df_scrub_is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* logo@2x.png, Widget@handler.js: names of files, not of people. */
static bool is_file_ending(struct df_str label)
{
    static const char *const endings[] = {"png", "jpg", "jpeg", "gif", "svg", "webp", "js",   "mjs", "ts",
                                          "jsx", "tsx", "css",  "py",  "rb",  "html", "json", "map"};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (df_str_ieq(label, df_str_c(endings[i])))
            return true;
    return false;
}

static bool is_alphabetic(struct df_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!df_scrub_is_alpha(s.p[i]))
            return false;
    return true;
}

/* At least two labels, the last of letters; package@1.2.0-rc.one has two that begin with digits and is none. */
static bool is_domain(struct df_str domain)
{
    size_t labels = 0, numbered = 0;
    struct df_str rest = domain, label, last = DF_STR_NONE;
    while (df_str_split(&rest, '.', &label)) {
        if (label.n == 0 || label.n > 63 || label.p[0] == '-')
            return false;
        labels++;
        numbered += df_scrub_is_digit(label.p[0]);
        last = label;
    }
    return labels >= 2 && numbered < 2 && last.n >= 2 && is_alphabetic(last) && !is_file_ending(last);
}

/* The word ends before '@' (or "%40", in a URL). */
static bool find_email(struct df_str text, size_t to, size_t at_bytes, size_t floor, struct df_scrub_range *ret)
{
    size_t local = to, start = to + at_bytes, end = start;
    while (local > floor && to - local < LOCAL_MAX) {
        if (is_local(text.p[local - 1]))
            local--;
        else if (local > floor + 1 && is_latin(text, local - 2))
            local -= 2;
        else
            break;
    }
    while (local < to && text.p[local] == '.')
        local++;
    while (end < text.n && end - start < DOMAIN_MAX) {
        char c = text.p[end];
        if (df_scrub_is_alpha(c) || df_scrub_is_digit(c) || c == '-' || c == '.')
            end++;
        else if (is_latin(text, end))
            end += 2;
        else
            break;
    }
    while (end > start && (text.p[end - 1] == '.' || text.p[end - 1] == '-'))
        end--;
    struct df_str name = df_str_n(text.p + local, to - local);
    if (name.n == 0 || df_str_is(name, "git") || !is_domain(df_str_n(text.p + start, end - start)))
        return false;
    *ret = (struct df_scrub_range){local, end};
    return true;
}

static bool read_octet(struct df_str text, size_t *i, unsigned *ret)
{
    unsigned v = 0;
    size_t n = 0;
    while (df_scrub_is_digit(df_scrub_at(text, *i)) && n < 4) {
        v = v * 10 + (unsigned)(text.p[*i] - '0');
        ++*i;
        n++;
    }
    *ret = v;
    return n > 0 && n < 4 && v <= 255;
}

/* "Chrome/1.2.3.4", "Version=4.0.0.0", "v1.2.3.4", "pkg-1.2.3.4" are versions; "//1.2.3.4" is a host. */
static bool follows_version(struct df_str text, size_t from)
{
    char before = from ? text.p[from - 1] : ' ';
    if (before == '.')
        return true;
    if (before == '/')
        return from < 2 || text.p[from - 2] != '/';
    size_t end = from;
    while (end > 0 &&
           (text.p[end - 1] == '=' || text.p[end - 1] == ' ' || text.p[end - 1] == ':' || text.p[end - 1] == '"' ||
            text.p[end - 1] == '\'') &&
           from - end < 4)
        end--;
    return end >= 7 && df_str_ieq(df_str_n(text.p + end - 7, 7), DF_S("version"));
}

/* "rails (6.1.4.1)", "gem rack 2.2.8.1": small numbers after the name of a package. */
static bool is_gem_version(struct df_str text, size_t from, size_t to, const unsigned octets[4])
{
    if (octets[0] > 9 || octets[1] > 40 || octets[2] > 60 || octets[3] > 40)
        return false;
    struct df_str before = df_str_n(text.p + (from > 32 ? from - 32 : 0), from > 32 ? 32 : from);
    bool in_brackets = df_str_ends(before, DF_S(" (")) && df_scrub_at(text, to) == ')';
    return df_str_find(before, DF_S("gem ")) >= 0 ||
           (in_brackets && before.n > 2 && df_scrub_is_word(before.p[before.n - 3]));
}

static bool find_ipv4(struct df_str text, size_t from, struct df_scrub_range *ret)
{
    unsigned octets[4];
    size_t i = from;
    for (size_t n = 0; n < 4; n++) {
        if (n > 0 && df_scrub_at(text, i++) != '.')
            return false;
        if (!read_octet(text, &i, &octets[n]))
            return false;
    }
    char after = df_scrub_at(text, i);
    if (df_scrub_is_word(after) || (after == '.' && df_scrub_is_word(df_scrub_at(text, i + 1))))
        return false;
    /* Loopback and "any" name no one. */
    if (octets[0] == 127 || octets[0] == 0 || follows_version(text, from) || is_gem_version(text, from, i, octets))
        return false;
    *ret = (struct df_scrub_range){from, i};
    return true;
}

/* 2a01::1, 2001:db8::: of the addresses in use (2000::/3), four digits first. */
static bool is_global(struct df_str text, size_t from)
{
    for (size_t i = 0; i < 4; i++)
        if (!is_hex(df_scrub_at(text, from + i)))
            return false;
    return text.p[from] == '2' && df_scrub_at(text, from + 4) == ':';
}

/* RFC 4291, groups of hexadecimal digits, one "::" at most. Two groups (fe80::1, a::b) are left, but of addresses in use: programs
 * are full of them. */
static bool find_ipv6(struct df_str text, size_t from, struct df_scrub_range *ret)
{
    size_t groups = 0, digits = 0, i = from;
    bool gap = false;
    for (; i - from < IPV6_MAX; i++) {
        char c = df_scrub_at(text, i);
        if (is_hex(c)) {
            if (digits++ == 0)
                groups++;
            if (digits > 4)
                return false;
        } else if (c == ':' && df_scrub_at(text, i + 1) == ':' && !gap) {
            gap = true;
            digits = 0;
            i++;
        } else if (c == ':' && digits > 0 && is_hex(df_scrub_at(text, i + 1))) {
            digits = 0;
        } else {
            break;
        }
    }
    char after = df_scrub_at(text, i);
    if (df_scrub_is_word(after) ||
        (after == ':' && (df_scrub_at(text, i + 1) == ':' || df_scrub_is_word(df_scrub_at(text, i + 1)))) ||
        (gap ? groups < (is_global(text, from) ? 2 : 3) || groups >= IPV6_GROUPS : groups != IPV6_GROUPS))
        return false;
    *ret = (struct df_scrub_range){from, i};
    return true;
}

/* Six pairs of hexadecimal digits, a letter among them (else it may be a time). All zeros and all ones name no device. */
static bool find_mac(struct df_str text, size_t from, struct df_scrub_range *ret)
{
    char separator = df_scrub_at(text, from + 2);
    size_t letters = 0, ones = 0;
    for (size_t i = 0; i < 17; i++) {
        char c = df_scrub_at(text, from + i);
        if (i % 3 == 2 ? c != separator : !is_hex(c))
            return false;
        letters += i % 3 != 2 && df_scrub_is_alpha(c);
        ones += c == 'f' || c == 'F';
    }
    char after = df_scrub_at(text, from + 17);
    *ret = (struct df_scrub_range){from, from + 17};
    return letters > 0 && ones < 12 && !df_scrub_is_word(after) &&
           !(after == ':' && is_hex(df_scrub_at(text, from + 18)));
}

/* "Ref:2001:db8::1": what stands before the colon is a name, no group of the address. */
static bool follows_name(struct df_str text, size_t from)
{
    size_t i = from - 1;
    if (i == 0 || text.p[i] != ':' || !df_scrub_is_word(text.p[i - 1]))
        return false;
    for (size_t n = 0; i > 0 && df_scrub_is_word(text.p[i - 1]); i--, n++)
        if (!is_hex(text.p[i - 1]) || n > 4)
            return true;
    return false;
}

enum df_scrub_kind df_scrub_find_personal(struct df_str text, size_t from, size_t to, size_t floor,
                                          struct df_scrub_range *ret)
{
    char next = df_scrub_at(text, to), before = from ? text.p[from - 1] : ' ';
    if (next == '@' && find_email(text, to, 1, floor, ret))
        return DF_SCRUB_EMAIL;
    if (next == '%' && df_str_starts(df_str_from(text, to), DF_S("%40")) && find_email(text, to, 3, floor, ret))
        return DF_SCRUB_EMAIL;
    if (next == '.' && to - from <= 3 && find_ipv4(text, from, ret))
        return DF_SCRUB_IP;
    if (next == ':' && to - from == 2 && before != ':' && find_mac(text, from, ret))
        return DF_SCRUB_MAC;
    if (to - from == 17 && text.p[from + 2] == '-' && find_mac(text, from, ret))
        return DF_SCRUB_MAC;
    if (next == ':' && to - from <= 4 && before != '.' && (before != ':' || follows_name(text, from)) &&
        find_ipv6(text, from, ret))
        return DF_SCRUB_IP;
    return DF_SCRUB_NONE;
}
