#include "domain/scrub_parts.h"

/* How a rule's word must stand in a key. Keys are cut into segments at '_', '-', '.', spaces and camelCase humps. */
enum how {
    WITHIN,  /* anywhere in the segments joined */
    SEGMENT, /* a whole segment */
    SUFFIX,  /* the end of a segment */
    LAST,    /* the whole last segment */
    WHOLE,   /* the whole key */
};

struct rule {
    const char *word;
    enum how how;
    enum df_scrub_kind kind;
};

/* The first that fits decides. */
static const struct rule rules[] = {
    {"publickeytoken", WHOLE, DF_SCRUB_NONE}, /* part of every .NET assembly's name */
    {"csrf", WITHIN, DF_SCRUB_CSRF},
    {"xsrf", WITHIN, DF_SCRUB_CSRF},
    {"password", WITHIN, DF_SCRUB_PASSWORD},
    {"passwd", WITHIN, DF_SCRUB_PASSWORD},
    {"passphrase", WITHIN, DF_SCRUB_PASSWORD},
    {"passcode", WITHIN, DF_SCRUB_PASSWORD},
    {"motdepasse", WITHIN, DF_SCRUB_PASSWORD},
    {"passwort", WITHIN, DF_SCRUB_PASSWORD},
    {"kennwort", WITHIN, DF_SCRUB_PASSWORD},
    {"contrasena", WITHIN, DF_SCRUB_PASSWORD},
    {"senha", SEGMENT, DF_SCRUB_PASSWORD},
    {"wachtwoord", WITHIN, DF_SCRUB_PASSWORD},
    {"pwd", SUFFIX, DF_SCRUB_PASSWORD},
    {"pass", SEGMENT, DF_SCRUB_PASSWORD},
    {"userpass", WITHIN, DF_SCRUB_PASSWORD},
    {"pw", SEGMENT, DF_SCRUB_PASSWORD},
    {"psw", SEGMENT, DF_SCRUB_PASSWORD},
    {"mdp", SEGMENT, DF_SCRUB_PASSWORD},
    {"motpasse", WITHIN, DF_SCRUB_PASSWORD},
    {"parola", SEGMENT, DF_SCRUB_PASSWORD},
    {"haslo", SEGMENT, DF_SCRUB_PASSWORD},
    {"heslo", SEGMENT, DF_SCRUB_PASSWORD},
    {"lozinka", SEGMENT, DF_SCRUB_PASSWORD},
    {"salasana", SEGMENT, DF_SCRUB_PASSWORD},
    {"sifre", SEGMENT, DF_SCRUB_PASSWORD},
    {"privatekey", WITHIN, DF_SCRUB_PRIVATE_KEY},
    {"sshkey", WITHIN, DF_SCRUB_PRIVATE_KEY},
    {"privkey", WITHIN, DF_SCRUB_PRIVATE_KEY},
    {"clientkeydata", WITHIN, DF_SCRUB_PRIVATE_KEY},
    {"idrsa", WHOLE, DF_SCRUB_PRIVATE_KEY},
    {"aeskey", WITHIN, DF_SCRUB_API_KEY},
    {"hmackey", WITHIN, DF_SCRUB_API_KEY},
    {"appkey", WITHIN, DF_SCRUB_API_KEY},
    {"stripekey", WITHIN, DF_SCRUB_API_KEY},
    {"sendgridkey", WITHIN, DF_SCRUB_API_KEY},
    {"openaikey", WITHIN, DF_SCRUB_API_KEY},
    {"recoverykey", WITHIN, DF_SCRUB_API_KEY},
    {"apikey", WITHIN, DF_SCRUB_API_KEY},
    {"accesskey", WITHIN, DF_SCRUB_API_KEY},
    {"authkey", WITHIN, DF_SCRUB_API_KEY},
    {"encryptionkey", WITHIN, DF_SCRUB_API_KEY},
    {"signingkey", WITHIN, DF_SCRUB_API_KEY},
    {"masterkey", WITHIN, DF_SCRUB_API_KEY},
    {"accountkey", WITHIN, DF_SCRUB_API_KEY},
    {"sharedkey", WITHIN, DF_SCRUB_API_KEY},
    {"servicekey", WITHIN, DF_SCRUB_API_KEY},
    {"subscriptionkey", WITHIN, DF_SCRUB_API_KEY},
    {"functionskey", WITHIN, DF_SCRUB_API_KEY},
    {"deploykey", WITHIN, DF_SCRUB_API_KEY},
    {"licensekey", WITHIN, DF_SCRUB_API_KEY},
    {"licencekey", WITHIN, DF_SCRUB_API_KEY},
    {"secret", WITHIN, DF_SCRUB_SECRET},
    {"credential", WITHIN, DF_SCRUB_SECRET},
    {"creds", SEGMENT, DF_SCRUB_SECRET},
    {"amzsignature", WITHIN, DF_SCRUB_SECRET},
    {"googsignature", WITHIN, DF_SCRUB_SECRET},
    {"sig", WHOLE, DF_SCRUB_SECRET},
    {"codeverifier", WITHIN, DF_SCRUB_SECRET},
    {"clientassertion", WHOLE, DF_SCRUB_SECRET},
    {"samlresponse", WITHIN, DF_SCRUB_SECRET},
    {"samlassertion", WITHIN, DF_SCRUB_SECRET},
    {"securityanswer", WITHIN, DF_SCRUB_SECRET},
    {"connectionstring", WITHIN, DF_SCRUB_SECRET},
    {"connstr", WITHIN, DF_SCRUB_SECRET},
    {"magiclink", WITHIN, DF_SCRUB_SECRET},
    {"resetlink", WITHIN, DF_SCRUB_SECRET},
    {"slackwebhook", WITHIN, DF_SCRUB_SECRET},
    {"jwt", SEGMENT, DF_SCRUB_JWT},
    {"sessionid", WITHIN, DF_SCRUB_SESSION},
    {"sessionkey", WITHIN, DF_SCRUB_SESSION},
    {"sessionhash", WITHIN, DF_SCRUB_SESSION},
    {"sessid", WITHIN, DF_SCRUB_SESSION},
    {"token", SUFFIX, DF_SCRUB_TOKEN},
    {"accesstokens", WITHIN, DF_SCRUB_TOKEN},
    {"refreshtokens", WITHIN, DF_SCRUB_TOKEN},
    {"authtokens", WITHIN, DF_SCRUB_TOKEN},
    {"apitokens", WITHIN, DF_SCRUB_TOKEN},
    {"devicetokens", WITHIN, DF_SCRUB_TOKEN},
    {"sessiontokens", WITHIN, DF_SCRUB_TOKEN},
    {"pat", WHOLE, DF_SCRUB_TOKEN},
    {"githubpat", WITHIN, DF_SCRUB_TOKEN},
    {"gitlabpat", WITHIN, DF_SCRUB_TOKEN},
    {"authorization", WITHIN, DF_SCRUB_AUTHORIZATION},
    {"auth", LAST, DF_SCRUB_AUTHORIZATION},
    {"bearer", WHOLE, DF_SCRUB_AUTHORIZATION},
    {"cookie", SUFFIX, DF_SCRUB_COOKIE},
    {"cookies", LAST, DF_SCRUB_COOKIE},
    {"session", LAST, DF_SCRUB_SESSION},
    {"sess", WHOLE, DF_SCRUB_SESSION},
    {"sid", WHOLE, DF_SCRUB_SESSION},
    {"connectsid", WHOLE, DF_SCRUB_SESSION},
    {"otp", SEGMENT, DF_SCRUB_OTP},
    {"totp", SEGMENT, DF_SCRUB_OTP},
    {"mfacode", WITHIN, DF_SCRUB_OTP},
    {"backupcode", WITHIN, DF_SCRUB_OTP},
    {"recoverycode", WITHIN, DF_SCRUB_OTP},
    {"twofactor", WITHIN, DF_SCRUB_OTP},
    {"onetimecode", WITHIN, DF_SCRUB_OTP},
    {"verificationcode", WITHIN, DF_SCRUB_OTP},
    {"securitycode", WITHIN, DF_SCRUB_OTP},
    {"pin", LAST, DF_SCRUB_OTP},
    {"cvv", SEGMENT, DF_SCRUB_CARD},
    {"cvc", SEGMENT, DF_SCRUB_CARD},
    {"cvv2", SEGMENT, DF_SCRUB_CARD},
    {"cardnumber", WITHIN, DF_SCRUB_CARD},
    {"cardno", WITHIN, DF_SCRUB_CARD},
    {"creditcard", WITHIN, DF_SCRUB_CARD},
    {"ccnumber", WITHIN, DF_SCRUB_CARD},
    {"iban", SEGMENT, DF_SCRUB_IBAN},
    {"ssn", SEGMENT, DF_SCRUB_SSN},
    {"socialsecurity", WITHIN, DF_SCRUB_SSN},
    {"username", WITHIN, DF_SCRUB_NAME},
    {"firstname", WITHIN, DF_SCRUB_NAME},
    {"lastname", WITHIN, DF_SCRUB_NAME},
    {"fullname", WITHIN, DF_SCRUB_NAME},
    {"surname", WITHIN, DF_SCRUB_NAME},
    {"givenname", WITHIN, DF_SCRUB_NAME},
    {"familyname", WITHIN, DF_SCRUB_NAME},
    {"displayname", WITHIN, DF_SCRUB_NAME},
    {"maidenname", WITHIN, DF_SCRUB_NAME},
    {"nomutilisateur", WITHIN, DF_SCRUB_NAME},
    {"cardholder", WITHIN, DF_SCRUB_NAME},
    {"vorname", WITHIN, DF_SCRUB_NAME},
    {"nachname", WITHIN, DF_SCRUB_NAME},
    {"prenom", WITHIN, DF_SCRUB_NAME},
    {"nomdefamille", WITHIN, DF_SCRUB_NAME},
    {"apellido", WITHIN, DF_SCRUB_NAME},
    {"email", LAST, DF_SCRUB_EMAIL},
    {"emailaddress", WITHIN, DF_SCRUB_EMAIL},
    {"geburtsdatum", WITHIN, DF_SCRUB_BIRTH},
    {"datenaissance", WITHIN, DF_SCRUB_BIRTH},
    {"datedenaissance", WITHIN, DF_SCRUB_BIRTH},
    {"fechanacimiento", WITHIN, DF_SCRUB_BIRTH},
    {"dateofbirth", WITHIN, DF_SCRUB_BIRTH},
    {"birthdate", WITHIN, DF_SCRUB_BIRTH},
    {"birthday", WITHIN, DF_SCRUB_BIRTH},
    {"dob", SEGMENT, DF_SCRUB_BIRTH},
    {"phonenumber", WITHIN, DF_SCRUB_PHONE},
    {"phone", LAST, DF_SCRUB_PHONE},
    {"telephone", LAST, DF_SCRUB_PHONE},
    {"mobilenumber", WITHIN, DF_SCRUB_PHONE},
    {"mobile", LAST, DF_SCRUB_PHONE},
    {"fax", LAST, DF_SCRUB_PHONE},
    {"telefon", LAST, DF_SCRUB_PHONE},
    {"telefono", LAST, DF_SCRUB_PHONE},
    {"addressline", WITHIN, DF_SCRUB_ADDRESS},
    {"streetaddress", WITHIN, DF_SCRUB_ADDRESS},
    {"homeaddress", WITHIN, DF_SCRUB_ADDRESS},
    {"postaladdress", WITHIN, DF_SCRUB_ADDRESS},
    {"mailingaddress", WITHIN, DF_SCRUB_ADDRESS},
    {"billingaddress", WITHIN, DF_SCRUB_ADDRESS},
    {"shippingaddress", WITHIN, DF_SCRUB_ADDRESS},
    {"passport", WHOLE, DF_SCRUB_PERSONAL_ID},
    {"passportno", WITHIN, DF_SCRUB_PERSONAL_ID},
    {"passportnumber", WITHIN, DF_SCRUB_PERSONAL_ID},
    {"nationalinsurance", WITHIN, DF_SCRUB_PERSONAL_ID},
    {"nino", WHOLE, DF_SCRUB_PERSONAL_ID},
    {"aadhaar", SEGMENT, DF_SCRUB_PERSONAL_ID},
    {"bankaccount", WITHIN, DF_SCRUB_PERSONAL_ID},
    {"routingnumber", WITHIN, DF_SCRUB_PERSONAL_ID},
    {"drivinglicence", WITHIN, DF_SCRUB_PERSONAL_ID},
    {"drivinglicense", WITHIN, DF_SCRUB_PERSONAL_ID},
    {"driverlicense", WITHIN, DF_SCRUB_PERSONAL_ID},
    {"nationalid", WITHIN, DF_SCRUB_PERSONAL_ID},
    {"taxid", WITHIN, DF_SCRUB_PERSONAL_ID},
    {"driverslicense", WITHIN, DF_SCRUB_PERSONAL_ID},
};

/* What is said about a secret and is none: token_type, password_reset_url, session_timeout. */
static const char *const harmless_last[] = {
    "age",      "algorithm",  "at",          "backend",  "budget",   "changed",    "class",   "count",    "created",
    "disabled", "domain",     "enabled",     "end",      "endpoint", "error",      "errors",  "expired",  "expires",
    "expiry",   "expiration", "factory",     "field",    "fields",   "file",       "format",  "handler",  "hashers",
    "header",   "httponly",   "id",          "in",       "index",    "kind",       "label",   "len",      "length",
    "limit",    "line",       "manager",     "max",      "method",   "middleware", "min",     "model",    "name",
    "names",    "path",       "placeholder", "policy",   "pos",      "position",   "prefix",  "provider", "rate",
    "regex",    "required",   "reset",       "samesite", "scope",    "scopes",     "secure",  "size",     "start",
    "status",   "store",      "strategy",    "strength", "suffix",   "timeout",    "ttl",     "type",     "updated",
    "uri",      "url",        "usage",       "used",     "valid",    "validators", "version",
};

enum { KEY_LIMIT = 64, SEGMENTS_LIMIT = 16 };

struct key {
    char joined[KEY_LIMIT]; /* lower case, separators taken out */
    size_t n;
    size_t starts[SEGMENTS_LIMIT + 1]; /* of the segments, and the end */
    size_t n_segments;
    uint32_t letters; /* which of a..z occur: most rules are ruled out by this alone */
};

static bool begins_segment(struct df_str key, size_t i)
{
    char c = key.p[i], before = i ? key.p[i - 1] : '_';
    if (!df_scrub_is_alpha(before) && !df_scrub_is_digit(before))
        return true;
    bool upper = c >= 'A' && c <= 'Z';
    bool upper_before = before >= 'A' && before <= 'Z';
    bool lower_after = i + 1 < key.n && key.p[i + 1] >= 'a' && key.p[i + 1] <= 'z';
    return upper && (!upper_before || lower_after);
}

static void split_key(struct df_str text, struct key *key)
{
    /* A secret's name ends its key: of a long one the tail is looked at. */
    struct df_str tail = text.n > KEY_LIMIT ? df_str_from(text, text.n - KEY_LIMIT) : text;
    *key = (struct key){0};
    for (size_t i = 0; i < tail.n; i++) {
        char c = tail.p[i];
        if (!df_scrub_is_alpha(c) && !df_scrub_is_digit(c))
            continue;
        if (begins_segment(tail, i) && key->n_segments < SEGMENTS_LIMIT)
            key->starts[key->n_segments++] = key->n;
        char low = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
        if (low >= 'a')
            key->letters |= 1u << (low - 'a');
        key->joined[key->n++] = low;
    }
    key->starts[key->n_segments] = key->n;
}

static struct df_str segment(const struct key *key, size_t i)
{
    return df_str_n(key->joined + key->starts[i], key->starts[i + 1] - key->starts[i]);
}

static bool any_segment(const struct key *key, struct df_str word, bool suffix)
{
    for (size_t i = 0; i < key->n_segments; i++)
        if (suffix ? df_str_ends(segment(key, i), word) : df_str_eq(segment(key, i), word))
            return true;
    return false;
}

static bool fits(const struct key *key, const struct rule *rule)
{
    for (const char *p = rule->word; *p; p++)
        if (*p >= 'a' && !(key->letters >> (*p - 'a') & 1))
            return false;
    struct df_str word = df_str_c(rule->word), joined = df_str_n(key->joined, key->n);
    switch (rule->how) {
    case WITHIN:
        return df_str_find(joined, word) >= 0;
    case SEGMENT:
        return any_segment(key, word, false);
    case SUFFIX:
        return any_segment(key, word, true);
    case LAST:
        return df_str_eq(segment(key, key->n_segments - 1), word);
    case WHOLE:
        return df_str_eq(joined, word);
    }
    return false;
}

static bool is_harmless(const struct key *key, enum df_scrub_kind kind)
{
    struct df_str last = segment(key, key->n_segments - 1);
    if (key->n_segments < 2 || kind == DF_SCRUB_NAME ||
        ((kind == DF_SCRUB_SESSION || kind == DF_SCRUB_PERSONAL_ID) && df_str_is(last, "id")))
        return false;
    for (size_t i = 0; i < sizeof harmless_last / sizeof *harmless_last; i++)
        if (df_str_is(last, harmless_last[i]))
            return true;
    return false;
}

/* In other scripts: a key's ASCII letters alone would say nothing. */
static bool is_foreign_password(struct df_str text)
{
    static const char *const words[] = {"\u043F\u0430\u0440\u043E\u043B\u044C",
                                        "\u5BC6\u7801",
                                        "\u5BC6\u78BC",
                                        "\u30D1\u30B9\u30EF\u30FC\u30C9",
                                        "\uBE44\uBC00\uBC88\uD638",
                                        "l\u00F6senord",
                                        "contrase\u00F1a",
                                        "has\u0142o",
                                        "\u015Fifre"};
    bool ascii = true;
    for (size_t i = 0; i < text.n; i++)
        ascii = ascii && (unsigned char)text.p[i] < 0x80;
    for (size_t i = 0; !ascii && i < sizeof words / sizeof *words; i++)
        if (df_str_find(text, df_str_c(words[i])) >= 0)
            return true;
    return false;
}

enum df_scrub_kind df_scrub_key(struct df_str text)
{
    struct key key;
    if (is_foreign_password(text))
        return DF_SCRUB_PASSWORD;
    /* The shell's working directory, in every environment. */
    if (text.n < 2 || df_str_is(text, "PWD") || df_str_is(text, "OLDPWD"))
        return DF_SCRUB_NONE;
    split_key(text, &key);
    if (key.n_segments == 0)
        return DF_SCRUB_NONE;
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (fits(&key, &rules[i]))
            return is_harmless(&key, rules[i].kind) ? DF_SCRUB_NONE : rules[i].kind;
    return DF_SCRUB_NONE;
}
