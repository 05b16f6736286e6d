#include "provider/file_parts.h"

#include <stdarg.h>
#include <stdio.h>

enum { TEXT_LIMIT_BYTES = 4096, ITEMS_LIMIT = 256, FIELDS_LIMIT = 64 };

void file_fault(struct reading *r, const char *field, const char *format, ...)
{
    char text[600];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    r->n_faults++;
    if (r->list->n_faults < DF_PROVIDER_FAULTS)
        r->list->faults[r->list->n_faults++] = df_arena_printf(r->arena, "%s: %.*s%s%s %s", r->file, DF_FMT(r->row),
                                                               field ? ": " : "", field ? field : "", text);
}

/* NULL, after a fault, for what is no plain text. */
static const char *text_of(struct reading *r, const char *field, const struct df_json *v)
{
    struct df_str s = df_json_str(v);
    if (!df_json_is_string(v) || s.n == 0 || s.n > TEXT_LIMIT_BYTES) {
        file_fault(r, field, "must be a text of 1 to %d bytes", TEXT_LIMIT_BYTES);
        return NULL;
    }
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7F) {
            file_fault(r, field, "must not hold control characters");
            return NULL;
        }
    return df_arena_cstr(r->arena, s);
}

static bool absolute(struct df_str s, struct df_arena *arena)
{
    struct df_url url;
    return df_url_parse(s, arena, &url) && url.user.n == 0 && url.fragment.n == 0 && df_str_find_char(s, '#') < 0 &&
           (df_str_is(url.scheme, "https") || df_host_is_loopback(url.host));
}

static bool path_sound(struct df_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] <= ' ' || s.p[i] > '~' || strchr("#\\\"<>^`|", s.p[i]))
            return false;
    return df_str_starts(s, DF_S("/")) && !df_str_starts(s, DF_S("//"));
}

static void read_url(struct reading *r, const char *field, enum field_kind kind, const char *text, const char **place)
{
    struct df_str s = df_str_c(text);
    bool api = df_str_starts(s, DF_S("{api}/")), base = kind == FIELD_BASE;
    /* {client_id} and {organization} are filled in later; for the check, any text does. */
    struct df_str filled = df_endpoint_fill(df_endpoint_fill(s, "client_id", DF_S("x"), r->arena), "organization",
                                            DF_S("x"), r->arena);
    bool relative = path_sound(api ? df_str_from(filled, 5) : filled);
    if (base && (!absolute(s, r->arena) || df_str_ends(s, DF_S("/")) || df_str_find_char(s, '?') >= 0))
        file_fault(r, field, "must be an https URL without a trailing slash or a query, such as https://acme.example");
    else if (!base && !relative && !absolute(filled, r->arena))
        file_fault(r, field,
                   "must be an https URL, a path such as /oauth/token under baseUrl, or {api}/path under apiUrl");
    else
        *place = text;
}

/* RFC 6901 section 3. */
static bool is_pointer(const char *text)
{
    for (const char *tilde = strchr(text, '~'); tilde; tilde = strchr(tilde + 1, '~'))
        if (tilde[1] != '0' && tilde[1] != '1')
            return false;
    return *text == '/';
}

static bool is_method(const char *text)
{
    static const char *const methods[] = {"GET", "POST", "DELETE", "PUT"};
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (strcmp(text, methods[i]) == 0)
            return true;
    return false;
}

static void read_text(struct reading *r, const struct field *f, const char *name, const struct df_json *v,
                      const char **place)
{
    if (f->kind == FIELD_POINTER && df_json_is_string(v) && df_json_str(v).n == 0) {
        *place = "";
        return;
    }
    const char *text = text_of(r, name, v);
    if (!text)
        return;
    if (f->kind == FIELD_URL || f->kind == FIELD_BASE)
        read_url(r, name, f->kind, text, place);
    else if (f->kind == FIELD_POINTER && !is_pointer(text))
        file_fault(r, name, "must be a JSON pointer (RFC 6901) such as /data/id");
    else if (f->kind == FIELD_METHOD && !is_method(text))
        file_fault(r, name, "must be GET, POST, PUT or DELETE");
    else
        *place = text;
}

static void read_number(struct reading *r, const struct field *f, const char *name, const struct df_json *v,
                        void *place)
{
    double number = df_json_double(v, -1);
    if (!df_json_is_number(v) || !(number >= 0 && number <= 4e9)) {
        file_fault(r, name, "must be a number from 0 to 4000000000");
        return;
    }
    if (f->kind == FIELD_RATE)
        *(double *)place = number;
    else if (number != (double)df_json_int(v, -1))
        file_fault(r, name, "must be a whole number");
    else if (f->kind == FIELD_INT64)
        *(int64_t *)place = df_json_int(v, 0);
    else if (number <= 2e9)
        *(int *)place = (int)df_json_int(v, 0);
    else
        file_fault(r, name, "must be a number from 0 to 2000000000");
}

static void read_list(struct reading *r, const char *name, const struct df_json *v, const char *const **place)
{
    size_t n = 0, most = df_json_count(v);
    if (!df_json_is_array(v) || most > ITEMS_LIMIT) {
        file_fault(r, name, "must be a list of at most %d texts", ITEMS_LIMIT);
        return;
    }
    const char **items = DF_NEW_ARRAY(r->arena, const char *, most + 1);
    for (struct df_json_iter it = df_json_iter(v); df_json_next(&it); n++)
        if (!(items[n] = text_of(r, name, it.value)))
            return;
    *place = items;
}

/* {"a":"b"} into pairs of texts: a word and what it means, a scope and what to ask instead. */
static const char **read_pairs(struct reading *r, const char *name, const struct df_json *v)
{
    size_t n = 0, most = df_json_count(v);
    if (!df_json_is_object(v) || most > ITEMS_LIMIT) {
        file_fault(r, name, "must be an object of at most %d texts", ITEMS_LIMIT);
        return NULL;
    }
    const char **pairs = DF_NEW_ARRAY(r->arena, const char *, 2 * most + 2);
    for (struct df_json_iter it = df_json_iter(v); df_json_next(&it); n++) {
        if (it.key.n == 0 || it.key.n > TEXT_LIMIT_BYTES || !(pairs[2 * n + 1] = text_of(r, name, it.value)))
            return NULL;
        pairs[2 * n] = df_arena_cstr(r->arena, it.key);
    }
    return pairs;
}

static void read_words(struct reading *r, const char *name, const struct df_json *v, const struct df_word **place)
{
    const char **pairs = read_pairs(r, name, v);
    size_t n = pairs ? df_json_count(v) : 0;
    struct df_word *words = DF_NEW_ARRAY(r->arena, struct df_word, n + 1);
    for (size_t i = 0; i < n; i++)
        words[i] = (struct df_word){pairs[2 * i], pairs[2 * i + 1]};
    *place = words;
}

static void read_hints(struct reading *r, const char *name, const struct df_json *v, const struct df_scope_hint **place)
{
    const char **pairs = read_pairs(r, name, v);
    size_t n = pairs ? df_json_count(v) : 0;
    struct df_scope_hint *hints = DF_NEW_ARRAY(r->arena, struct df_scope_hint, n + 1);
    for (size_t i = 0; i < n; i++)
        hints[i] = (struct df_scope_hint){pairs[2 * i], pairs[2 * i + 1]};
    *place = hints;
}

static const struct field kind_fields[] = {
    {"type", FIELD_TEXT, offsetof(struct df_token_kind, type), NULL},
    {"header", FIELD_TEXT, offsetof(struct df_token_kind, header), NULL},
    {"prefix", FIELD_TEXT, offsetof(struct df_token_kind, prefix), NULL},
    {NULL, FIELD_TEXT, 0, NULL},
};

/* Those of the message itself, which a token cannot stand in. */
static bool is_framing(const char *name)
{
    static const char *const names[] = {"Content-Length", "Transfer-Encoding", "Connection", "Host",   "Expect",
                                        "Content-Type",   "Upgrade",           "TE",         "Trailer"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (df_str_ieq(df_str_c(name), df_str_c(names[i])))
            return true;
    return false;
}

static bool is_header_name(const char *text)
{
    for (; *text; text++)
        if (!((*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z') || (*text >= '0' && *text <= '9') ||
              *text == '-' || *text == '_'))
            return false;
    return true;
}

static void read_kinds(struct reading *r, const char *name, const struct df_json *v, const struct df_token_kind **place)
{
    size_t n = 0, most = df_json_count(v);
    if (!df_json_is_array(v) || most > ITEMS_LIMIT) {
        file_fault(r, name, "must be a list of {\"type\",\"header\",\"prefix\"}");
        return;
    }
    struct df_token_kind *kinds = DF_NEW_ARRAY(r->arena, struct df_token_kind, most + 1);
    for (struct df_json_iter it = df_json_iter(v); df_json_next(&it); n++) {
        kinds[n].prefix = "";
        file_read_object(r, name, it.value, kind_fields, &kinds[n]);
        if (!kinds[n].type || !kinds[n].header || !is_header_name(kinds[n].header)) {
            file_fault(r, name, "needs a type and a header name in each of its items");
            return;
        }
        if (is_framing(kinds[n].header)) {
            file_fault(r, name, "cannot have the header %s: HTTP itself needs it", kinds[n].header);
            return;
        }
    }
    *place = most ? kinds : NULL;
}

static void read_auth(struct reading *r, const char *name, const struct df_json *v, enum df_client_auth *place)
{
    for (enum df_client_auth auth = DF_CLIENT_BODY; auth <= DF_CLIENT_NONE; auth++)
        if (df_str_is(df_json_str(v), df_client_auth_name(auth))) {
            *place = auth;
            return;
        }
    file_fault(r, name, "must be \"body\", \"basic\" or \"none\"");
}

static void read_char(struct reading *r, const char *name, const struct df_json *v, char *place)
{
    struct df_str s = df_json_str(v);
    if (s.n == 1 && strchr(" ,;+|", s.p[0]))
        *place = s.p[0];
    else
        file_fault(r, name, "must be one character: a space, a comma, ';', '+' or '|'");
}

static void read_bool(struct reading *r, const char *name, const struct df_json *v, bool *place)
{
    if (df_json_is_bool(v))
        *place = df_json_bool(v, false);
    else
        file_fault(r, name, "must be true or false");
}

static void read_field(struct reading *r, const struct field *f, const char *name, const struct df_json *v, char *into)
{
    void *place = into + f->offset;
    switch (f->kind) {
    case FIELD_TEXT:
    case FIELD_URL:
    case FIELD_BASE:
    case FIELD_POINTER:
    case FIELD_METHOD:
        read_text(r, f, name, v, place);
        return;
    case FIELD_BOOL:
        read_bool(r, name, v, place);
        return;
    case FIELD_INT:
    case FIELD_INT64:
    case FIELD_RATE:
        read_number(r, f, name, v, place);
        return;
    case FIELD_CHAR:
        read_char(r, name, v, place);
        return;
    case FIELD_AUTH:
        read_auth(r, name, v, place);
        return;
    case FIELD_LIST:
        read_list(r, name, v, place);
        return;
    case FIELD_WORDS:
        read_words(r, name, v, place);
        return;
    case FIELD_HINTS:
        read_hints(r, name, v, place);
        return;
    case FIELD_KINDS:
        read_kinds(r, name, v, place);
        return;
    case FIELD_OBJECT:
        file_read_object(r, name, v, f->fields, place);
        return;
    }
}

void file_read_object(struct reading *r, const char *within, const struct df_json *v, const struct field *fields,
                      void *into)
{
    bool seen[FIELDS_LIMIT] = {false};
    if (!df_json_is_object(v)) {
        file_fault(r, within, "must be an object");
        return;
    }
    for (struct df_json_iter it = df_json_iter(v); df_json_next(&it);) {
        size_t i = 0;
        while (fields[i].name && !df_str_is(it.key, fields[i].name))
            i++;
        struct df_str shown = df_str_head(it.key, 64);
        const char *name =
            df_arena_printf(r->arena, "%s%s%.*s", within ? within : "", within ? "." : "", DF_FMT(shown)).p;
        if (!fields[i].name)
            file_fault(r, name, "is not a field of a provider: see docs/providers.md for those there are");
        else if (seen[i])
            file_fault(r, name, "is there twice: keep one");
        else
            read_field(r, &fields[i], name, it.value, into);
        seen[i] = fields[i].name != NULL;
    }
}
