#include "domain/scrub.h"

#include "base/crypto.h"
#include "domain/scrub_parts.h"
#include "domain/scrub_rules.h"
#include "domain/stand_in.h"

enum { HASH_BYTES = 3, NAMED_MEMBERS = 8 };

struct kind_row {
    const char *name;
    bool personal;
};

#define KIND_ROW(id, name, personal) {name, personal},
static const struct kind_row kinds[] = {DF_SCRUB_TABLE(KIND_ROW)};
#undef KIND_ROW

const char *df_scrub_kind_name(enum df_scrub_kind kind)
{
    return kinds[kind].name;
}

bool df_scrub_kind_is_personal(enum df_scrub_kind kind)
{
    return kinds[kind].personal;
}

static bool has_patterns(const struct df_scrub *scrub)
{
    for (size_t i = 0; i < DF_SCRUB_RULE_SETS; i++)
        if (scrub->rules[i] && scrub->rules[i]->n_patterns)
            return true;
    return false;
}

/* What some set of rules removes, no other lets stay. */
static enum df_scrub_kind kind_by_rules(struct df_scrub *scrub, struct df_str key)
{
    bool allowed = false;
    for (size_t i = 0; i < DF_SCRUB_RULE_SETS; i++) {
        const struct df_scrub_rule *rule = scrub->rules[i] ? df_scrub_rules_key(scrub->rules[i], key) : NULL;
        if (rule) {
            scrub->rule_kind = rule->kind;
            return DF_SCRUB_RULE;
        }
        allowed = allowed || (scrub->rules[i] && df_scrub_rules_allow(scrub->rules[i], key));
    }
    return allowed ? DF_SCRUB_NONE : df_scrub_key(key);
}

/* An event has few keys, many times each. */
enum df_scrub_kind df_scrub_known_key(struct df_scrub *scrub, struct df_str key)
{
    if (key.n == 0 || key.n > DF_SCRUB_KEY_BYTES)
        return kind_by_rules(scrub, key);
    unsigned place = (unsigned)((unsigned char)key.p[0] * 31 + (unsigned char)key.p[key.n - 1] * 7 +
                                (unsigned char)key.p[key.n / 2] + key.n) %
                     DF_SCRUB_KNOWN;
    struct df_scrub_known *known = &scrub->known[place];
    if (known->n != key.n || memcmp(known->key, key.p, key.n) != 0) {
        memcpy(known->key, key.p, key.n);
        known->n = (unsigned char)key.n;
        known->kind = kind_by_rules(scrub, key);
        known->rule_kind = scrub->rule_kind;
    }
    scrub->rule_kind = known->kind == DF_SCRUB_RULE ? known->rule_kind : scrub->rule_kind;
    return known->kind;
}

/* One pass over one text. */
struct scan {
    struct df_scrub *scrub;
    struct df_str text;
    const char *type; /* as of put_mark */
    size_t written;   /* text[0, written) is in out already, marks in its stead where needed */
    bool changed;
    struct df_buf out;
};

/* 24 bits tell the values of one event apart, and are too few to search a secret by; the key keeps others from trying.
 * type: " number" for one, else empty. */
static void put_mark(struct df_scrub *scrub, struct df_buf *out, enum df_scrub_kind kind, struct df_str value,
                     const char *type)
{
    unsigned char hash[DF_SHA256_BYTES];
    scrub->removed[kind]++;
    if (scrub->stand_ins) {
        df_buf_put_str(out, df_stand_in_for(scrub->stand_ins, kind, value));
        return;
    }
    df_buf_put_c(out, "[scrubbed:");
    df_buf_put_str(out, kind == DF_SCRUB_RULE ? scrub->rule_kind : df_str_c(kinds[kind].name));
    if (scrub->hash_key.n) {
        if (scrub->mac)
            df_mac_of(scrub->mac, value, hash);
        else
            df_hmac_sha256(scrub->hash_key, value, hash);
        df_buf_put_char(out, '#');
        df_buf_put_str(out, df_hex(hash, HASH_BYTES, scrub->arena));
    }
    df_buf_put_c(out, type);
    df_buf_put_char(out, ']');
}

static struct df_str mark_of(struct df_scrub *scrub, enum df_scrub_kind kind, struct df_str value, const char *type)
{
    struct df_buf mark;
    df_buf_init(&mark, scrub->arena, value.n * 4 + 128);
    put_mark(scrub, &mark, kind, value, type);
    return df_buf_str(&mark);
}

static void replace(struct scan *scan, enum df_scrub_kind kind, struct df_scrub_range range)
{
    if (!scan->changed) {
        df_buf_init(&scan->out, scan->scrub->arena, SIZE_MAX / 2);
        scan->changed = true;
    }
    df_buf_put(&scan->out, scan->text.p + scan->written, range.from - scan->written);
    put_mark(scan->scrub, &scan->out, kind, df_str_n(scan->text.p + range.from, range.to - range.from), scan->type);
    scan->written = range.to;
}

static size_t next_word(struct df_str text, size_t i)
{
    while (i < text.n && !df_scrub_is_word(text.p[i]))
        i++;
    return i;
}

static size_t word_end(struct df_str text, size_t i)
{
    while (i < text.n && df_scrub_is_word(text.p[i]))
        i++;
    return i;
}

static struct df_str scan_text(struct df_scrub *scrub, struct df_str text, const char *type)
{
    struct scan scan = {.scrub = scrub, .text = text, .type = type};
    if (scrub->off)
        return text;
    bool by_rules = has_patterns(scrub);
    for (size_t from = next_word(text, 0), to; from < text.n; from = next_word(text, to)) {
        to = word_end(text, from);
        if (!by_rules && df_scrub_is_dull(text, from, to))
            continue;
        struct df_scrub_range range;
        enum df_scrub_kind kind = df_scrub_find_at_word(scrub, text, from, to, scan.written, &range);
        if (kind == DF_SCRUB_NONE)
            continue;
        replace(&scan, kind, range);
        to = range.to > to ? range.to : to;
    }
    if (scan.changed) {
        df_buf_put(&scan.out, text.p + scan.written, text.n - scan.written);
        text = df_buf_str(&scan.out);
    }
    return scrub->stand_ins ? df_stand_in_known(scrub->stand_ins, text) : text;
}

struct df_str df_scrub_text(struct df_scrub *scrub, struct df_str text)
{
    return scan_text(scrub, text, "");
}

static bool stays(const struct df_scrub *scrub, enum df_scrub_kind kind, struct df_str text)
{
    return scrub->off || kind == DF_SCRUB_NONE || df_scrub_keeps(scrub, kind) || df_scrub_is_placeholder(kind, text);
}

struct df_str df_scrub_whole(struct df_scrub *scrub, enum df_scrub_kind kind, struct df_str text)
{
    return stays(scrub, kind, text) ? text : mark_of(scrub, kind, text, "");
}

/* Of the lines of a list: what is between a private key's BEGIN and END, the END line too. */
static bool is_key_line(struct df_scrub *scrub, struct df_str line)
{
    bool was = scrub->in_key && !scrub->off;
    if (!scrub->in_key && df_str_find(line, DF_S("-----BEGIN")) >= 0)
        scrub->in_key = df_str_find(line, DF_S("PRIVATE KEY")) >= 0;
    if (scrub->in_key && df_str_find(line, DF_S("-----END")) >= 0)
        scrub->in_key = false;
    return was;
}

static struct df_str scrub_line(struct df_scrub *scrub, struct df_str line)
{
    return is_key_line(scrub, line) ? df_scrub_whole(scrub, DF_SCRUB_PRIVATE_KEY, line) : df_scrub_text(scrub, line);
}

void df_scrub_begin_source(struct df_scrub *scrub)
{
    scrub->source = true;
    scrub->in_key = false;
}

struct df_str df_scrub_source_line(struct df_scrub *scrub, struct df_str line)
{
    return scrub_line(scrub, line);
}

void df_scrub_end_source(struct df_scrub *scrub)
{
    scrub->source = scrub->in_key = false;
}

/* A printed object under a key such as "session" shows its class and address, which helps and tells nothing. */
static bool is_object_print(struct df_str text)
{
    return text.n > 2 && text.p[0] == '<' && text.p[text.n - 1] == '>' && df_str_find(text, DF_S(" at 0x")) >= 0;
}

/* An address under "email" has the same mark as anywhere else, whatever stands around it. */
static struct df_str scrub_as(struct df_scrub *scrub, struct df_str key, enum df_scrub_kind kind, struct df_str text)
{
    struct df_str before = scrub->under;
    if (kind != DF_SCRUB_NONE && kind != DF_SCRUB_EMAIL && !is_object_print(text))
        return df_scrub_whole(scrub, kind, text);
    scrub->under = key;
    struct df_str clean = df_scrub_text(scrub, text);
    scrub->under = before;
    bool whole = kind == DF_SCRUB_EMAIL && clean.p == text.p && df_str_find_char(text, ' ') < 0;
    return whole ? df_scrub_whole(scrub, kind, text) : clean;
}

struct df_str df_scrub_under(struct df_scrub *scrub, struct df_str key, struct df_str text)
{
    if (scrub->off)
        return text;
    enum df_scrub_kind kind = df_scrub_known_key(scrub, key);
    return scrub_as(scrub, key, kind, text);
}

static void put_text(struct df_scrub *scrub, struct df_json_writer *w, enum df_scrub_kind kind, struct df_str text)
{
    struct df_str clean = scrub_as(scrub, scrub->under, kind, text);
    struct df_str shown = scrub->cut_bytes ? df_str_head(clean, scrub->cut_bytes) : clean;
    if (shown.n < clean.n)
        shown = df_arena_printf(scrub->arena, "%.*s\u2026 (cut, %zu bytes more)", DF_FMT(shown), clean.n - shown.n);
    df_json_put_str(w, shown);
}

/* A number may be a PIN, a card, an id: under a secret's name it goes, elsewhere only when it is a card's. The mark says that
 * it was one: whether a value had the wrong type is often the fault looked for. */
static void put_number(struct df_scrub *scrub, struct df_json_writer *w, enum df_scrub_kind kind,
                       const struct df_json *v)
{
    struct df_str text = df_json_text(v, scrub->arena);
    struct df_str clean = text;
    if (kind == DF_SCRUB_NONE)
        clean = scan_text(scrub, text, " number");
    else if (!stays(scrub, kind, text))
        clean = mark_of(scrub, kind, text, " number");
    unsigned long long stand_in;
    if (clean.p == text.p)
        df_json_put_value(w, v);
    else if (scrub->stand_ins && df_str_to_u64(clean, &stand_in) && stand_in <= INT64_MAX)
        df_json_put_int(w, (int64_t)stand_in);
    else
        df_json_put_str(w, clean);
}

static void put_value(struct df_scrub *scrub, struct df_json_writer *w, enum df_scrub_kind kind, bool person,
                      const struct df_json *v);

/* Whose "name" is a person's. */
static bool is_person(struct df_str key)
{
    static const char *const people[] = {"user",    "customer",   "person", "owner",   "author",
                                         "contact", "employee",   "member", "patient", "recipient",
                                         "payer",   "cardholder", "client"};
    for (size_t i = 0; key.n && i < sizeof people / sizeof *people; i++)
        if ((key.p[0] | 0x20) == people[i][0] && df_str_ieq(key, df_str_c(people[i])))
            return true;
    return false;
}

/* ["X-Api-Key", "value"], how headers and cookies come: the first is the second's key. */
static bool is_pair(const struct df_json *v)
{
    return df_json_is_array(v) && df_json_count(v) == 2 && df_json_is_string(df_json_at(v, 0)) &&
           df_json_is_string(df_json_at(v, 1));
}

static void put_pair(struct df_scrub *scrub, struct df_json_writer *w, enum df_scrub_kind kind, const struct df_json *v)
{
    struct df_str key = df_json_str(df_json_at(v, 0));
    df_json_open(w, '[');
    struct df_str before = scrub->under;
    put_text(scrub, w, kind, key);
    scrub->under = key;
    put_text(scrub, w, kind != DF_SCRUB_NONE || scrub->off ? kind : df_scrub_known_key(scrub, key),
             df_json_str(df_json_at(v, 1)));
    scrub->under = before;
    df_json_close(w, ']');
}

static enum df_scrub_kind kind_of_key(struct df_scrub *scrub, enum df_scrub_kind kind, bool person, struct df_str key)
{
    if (kind != DF_SCRUB_NONE || scrub->off)
        return kind;
    return person && df_str_ieq(key, DF_S("name")) ? DF_SCRUB_NAME : df_scrub_known_key(scrub, key);
}

/* {"name": "password", "value": "x"}, as headers, cookies and forms are often listed: what the value is. */
static enum df_scrub_kind kind_of_named(struct df_scrub *scrub, const struct df_json *v)
{
    static const char *const names[] = {"name", "key", "field", "header", "param", "Name", "Key"};
    if (scrub->off || df_json_count(v) > NAMED_MEMBERS || (!df_json_get(v, "value") && !df_json_get(v, "Value")))
        return DF_SCRUB_NONE;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (df_json_is_string(df_json_get(v, names[i])))
            return df_scrub_known_key(scrub, df_json_get_str(v, names[i]));
    return DF_SCRUB_NONE;
}

static void put_object(struct df_scrub *scrub, struct df_json_writer *w, enum df_scrub_kind kind, bool person,
                       const struct df_json *v)
{
    struct df_str before = scrub->under;
    enum df_scrub_kind named = kind == DF_SCRUB_NONE ? kind_of_named(scrub, v) : DF_SCRUB_NONE;
    df_json_open(w, '{');
    for (struct df_json_iter it = df_json_iter(v); !w->buf->overflow && df_json_next(&it);) {
        bool is_value = named != DF_SCRUB_NONE && df_str_ieq(it.key, DF_S("value"));
        scrub->under = DF_STR_NONE;
        df_json_key(w, df_scrub_text(scrub, it.key));
        scrub->under = it.key;
        put_value(scrub, w, is_value ? named : kind_of_key(scrub, kind, person, it.key), is_person(it.key), it.value);
    }
    df_json_close(w, '}');
    scrub->under = before;
}

/* "--password", whose value is the next item of a command line's list. */
static enum df_scrub_kind kind_of_option(struct df_scrub *scrub, struct df_str text)
{
    struct df_str name = df_str_from(text, df_str_starts(text, DF_S("--")) ? 2 : 1);
    if (scrub->off || name.n == 0 || name.p[0] == '-' || word_end(name, 0) != name.n)
        return DF_SCRUB_NONE;
    return df_scrub_known_key(scrub, name);
}

/* A list of texts may be a file's lines, or a command line. */
static void put_array(struct df_scrub *scrub, struct df_json_writer *w, enum df_scrub_kind kind, bool person,
                      const struct df_json *v)
{
    bool was = scrub->in_key;
    enum df_scrub_kind option = DF_SCRUB_NONE; /* what the item before says this one is */
    scrub->in_key = false;
    df_json_open(w, '[');
    for (struct df_json_iter it = df_json_iter(v); !w->buf->overflow && df_json_next(&it);) {
        struct df_str text = df_json_str(it.value);
        bool in_key = kind == DF_SCRUB_NONE && df_json_is_string(it.value) && is_key_line(scrub, text);
        bool is_option = text.n > 1 && text.p[0] == '-';
        enum df_scrub_kind of = kind == DF_SCRUB_NONE && !is_option ? option : kind;
        put_value(scrub, w, in_key ? DF_SCRUB_PRIVATE_KEY : of, person, it.value);
        option = is_option ? kind_of_option(scrub, text) : DF_SCRUB_NONE;
    }
    df_json_close(w, ']');
    scrub->in_key = was;
}

/* kind: what the key above says all strings below are. Recursion is bounded by the parser's depth limit. */
static void put_value(struct df_scrub *scrub, struct df_json_writer *w, enum df_scrub_kind kind, bool person,
                      const struct df_json *v)
{
    if (is_pair(v))
        put_pair(scrub, w, kind, v);
    else if (df_json_is_object(v))
        put_object(scrub, w, kind, person, v);
    else if (df_json_is_array(v))
        put_array(scrub, w, kind, person, v);
    else if (df_json_is_string(v))
        put_text(scrub, w, kind, df_json_str(v));
    else if (df_json_is_number(v))
        put_number(scrub, w, kind, v);
    else
        df_json_put_value(w, v);
}

void df_scrub_put_json(struct df_scrub *scrub, struct df_json_writer *w, struct df_str key, const struct df_json *v)
{
    scrub->under = key;
    put_value(scrub, w, scrub->off ? DF_SCRUB_NONE : df_scrub_known_key(scrub, key), is_person(key), v);
    scrub->under = DF_STR_NONE;
}

struct df_issue df_scrub_issue(struct df_scrub *scrub, const struct df_issue *issue)
{
    struct df_issue clean = *issue;
    struct df_str *const texts[] = {&clean.title,     &clean.type,   &clean.value, &clean.culprit,
                                    &clean.permalink, &clean.logger, &clean.level, &clean.project_name};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        *texts[i] = df_scrub_text(scrub, *texts[i]);
    clean.first_release = df_scrub_under(scrub, DF_S("release"), issue->first_release);
    clean.last_release = df_scrub_under(scrub, DF_S("release"), issue->last_release);
    return clean;
}
