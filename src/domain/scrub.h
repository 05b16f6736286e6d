/* Takes secrets and personal data out of text before it leaves memory: by the name of the key they stand under, and by their
 * own shape, also inside the text of printed objects (D(a=1, password='x')), JSON in strings, URLs and header lines.
 * Each is replaced by a mark that names its kind, and with a key a short keyed hash of the value, so that equal values stay
 * recognisable: [scrubbed:jwt#1f3a9c]. One pass, linear time, no regular expressions.
 * UUIDs, hashes, versions, addresses of code, paths and line numbers stay. Pure, any thread; a scrubber is for one. */
#ifndef DF_DOMAIN_SCRUB_H
#define DF_DOMAIN_SCRUB_H

#include "domain/issue.h"

/*  enum name                   the mark's kind      personal */
#define DF_SCRUB_TABLE(X)                                 \
    X(DF_SCRUB_NONE, "", false)                           \
    X(DF_SCRUB_PASSWORD, "password", false)               \
    X(DF_SCRUB_SECRET, "secret", false)                   \
    X(DF_SCRUB_TOKEN, "token", false)                     \
    X(DF_SCRUB_API_KEY, "api-key", false)                 \
    X(DF_SCRUB_AUTHORIZATION, "authorization", false)     \
    X(DF_SCRUB_COOKIE, "cookie", false)                   \
    X(DF_SCRUB_SESSION, "session", false)                 \
    X(DF_SCRUB_CSRF, "csrf", false)                       \
    X(DF_SCRUB_PRIVATE_KEY, "private-key", false)         \
    X(DF_SCRUB_OTP, "otp", false)                         \
    X(DF_SCRUB_JWT, "jwt", false)                         \
    X(DF_SCRUB_URL_CREDENTIALS, "url-credentials", false) \
    X(DF_SCRUB_CARD, "card", false)                       \
    X(DF_SCRUB_IBAN, "iban", false)                       \
    X(DF_SCRUB_SSN, "ssn", false)                         \
    X(DF_SCRUB_GITHUB, "github-token", false)             \
    X(DF_SCRUB_GITLAB, "gitlab-token", false)             \
    X(DF_SCRUB_SLACK, "slack-token", false)               \
    X(DF_SCRUB_STRIPE, "stripe-key", false)               \
    X(DF_SCRUB_AWS, "aws-key", false)                     \
    X(DF_SCRUB_GOOGLE, "google-key", false)               \
    X(DF_SCRUB_SENTRY, "sentry-token", false)             \
    X(DF_SCRUB_LINEAR, "linear-key", false)               \
    X(DF_SCRUB_RULE, "rule", false)                       \
    X(DF_SCRUB_EMAIL, "email", true)                      \
    X(DF_SCRUB_PHONE, "phone", true)                      \
    X(DF_SCRUB_MAC, "mac", true)                          \
    X(DF_SCRUB_PERSONAL_ID, "personal-id", true)          \
    X(DF_SCRUB_BIRTH, "birth-date", true)                 \
    X(DF_SCRUB_ADDRESS, "postal-address", true)           \
    X(DF_SCRUB_IP, "ip", true)                            \
    X(DF_SCRUB_NAME, "name", true)

#define DF_SCRUB_ENUM(id, name, personal) id,
enum df_scrub_kind { DF_SCRUB_TABLE(DF_SCRUB_ENUM) DF_SCRUB_KINDS };
#undef DF_SCRUB_ENUM

enum { DF_SCRUB_KNOWN = 64, DF_SCRUB_KEY_BYTES = 32 };

/* What a key was found to be. */
struct df_scrub_known {
    char key[DF_SCRUB_KEY_BYTES];
    unsigned char n;
    enum df_scrub_kind kind;
    struct df_str rule_kind;
};

struct df_mac;
struct df_scrub_rules;
struct df_stand_ins;
enum { DF_SCRUB_RULE_SETS = 3 };

struct df_scrub {
    struct df_arena *arena;
    struct df_mac *mac;             /* of hash_key, where many marks are made; NULL: made anew for each */
    struct df_str hash_key;         /* empty: marks without a hash. Secret, and another one for each project */
    struct df_stand_ins *stand_ins; /* stand_in.h: harmless values in place of marks; NULL: marks */
    const struct df_scrub_rules *rules[DF_SCRUB_RULE_SETS]; /* scrub_rules.h; NULL: none. Each adds to the others */
    bool off, keep_personal;
    bool source; /* the text is program source: only literals count as values, not names */
    bool code;   /* the text names code: versions look like addresses there, of personal data only home folders count */
    bool in_key; /* between the BEGIN and END lines of a private key */
    size_t cut_bytes; /* df_scrub_put_json writes at most so much of each string; 0: all */
    size_t removed[DF_SCRUB_KINDS];
    struct df_str under;                         /* the key the text stands under, where it is known */
    struct df_str rule_kind;                     /* what the rule says that found something last */
    struct df_scrub_known known[DF_SCRUB_KNOWN]; /* begins zeroed */
};

const char *df_scrub_kind_name(enum df_scrub_kind kind);
bool df_scrub_kind_is_personal(enum df_scrub_kind kind);

/* What a value under this key is, DF_SCRUB_NONE for nothing secret: "X-Api-Key", "dbPassword", "csrf_token". */
enum df_scrub_kind df_scrub_key(struct df_str key);

/* The text itself when there is nothing to take out, else a copy in the arena. */
struct df_str df_scrub_text(struct df_scrub *scrub, struct df_str text);
/* The same for a text that stands under a key. */
struct df_str df_scrub_under(struct df_scrub *scrub, struct df_str key, struct df_str text);
/* Program source line by line: a private key spread over lines goes whole. */
void df_scrub_begin_source(struct df_scrub *scrub);
struct df_str df_scrub_source_line(struct df_scrub *scrub, struct df_str line);
void df_scrub_end_source(struct df_scrub *scrub);
/* One mark of that kind for the whole text; an empty text, and one already filtered by Sentry, stay. */
struct df_str df_scrub_whole(struct df_scrub *scrub, enum df_scrub_kind kind, struct df_str text);

/* Writes a parsed value that stands under key (may be empty), its strings and object keys scrubbed; stops early once the
 * writer's buffer has overflowed. */
void df_scrub_put_json(struct df_scrub *scrub, struct df_json_writer *w, struct df_str key, const struct df_json *v);

/* The issue's own texts hold what its events do. */
struct df_issue df_scrub_issue(struct df_scrub *scrub, const struct df_issue *issue);

#endif
