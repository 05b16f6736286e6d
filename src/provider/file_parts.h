/* Inside the file of providers: reading one JSON object into a struct, by a table of its fields. */
#ifndef DF_PROVIDER_FILE_PARTS_H
#define DF_PROVIDER_FILE_PARTS_H

#include "base/json.h"
#include "provider/file.h"

enum field_kind {
    FIELD_TEXT,    /* const char * */
    FIELD_URL,     /* const char *: absolute, "/path" or "{api}/path" */
    FIELD_BASE,    /* const char *: https://host, no trailing slash */
    FIELD_POINTER, /* const char *: an RFC 6901 pointer */
    FIELD_METHOD,  /* const char * */
    FIELD_BOOL,    /* bool */
    FIELD_INT,     /* int */
    FIELD_INT64,   /* int64_t */
    FIELD_RATE,    /* double */
    FIELD_CHAR,    /* char: ' ' or ',' or '+' ... */
    FIELD_AUTH,    /* enum df_client_auth */
    FIELD_LIST,    /* const char *const * */
    FIELD_WORDS,   /* const struct df_word * */
    FIELD_HINTS,   /* const struct df_scope_hint * */
    FIELD_KINDS,   /* const struct df_token_kind * */
    FIELD_OBJECT,  /* a struct with fields of its own */
};

struct field {
    const char *name;
    enum field_kind kind;
    size_t offset;
    const struct field *fields; /* of FIELD_OBJECT; ends with a NULL name */
};

/* The table of a row; ends with a NULL name. */
extern const struct field provider_fields[];

struct reading {
    const char *file;
    struct df_arena *arena;
    struct df_provider_list *list;
    struct df_str row; /* "providers[0] (ACME)" */
    size_t n_faults;   /* those for which the list has no room, too */
};

/* "FILE: row: field: ..." */
void file_fault(struct reading *r, const char *field, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Fills what is named and right; names what is not. */
void file_read_object(struct reading *r, const char *within, const struct df_json *v, const struct field *fields,
                      void *into);

#endif
