#include "domain/scrub_parts.h"

/* Tokens that begin with the name of what they open. */

/* Characters a token may go on with after its first word. */
enum tail { WORD, DOTTED, BASE64, TILDE };

struct prefix {
    const char *text;
    size_t min_bytes; /* of the whole token */
    enum tail tail;
    enum df_scrub_kind kind;
};

/* Source: the providers' own pages on token formats. */
static const struct prefix prefixes[] = {
    {"ghp_", 30, WORD, DF_SCRUB_GITHUB},
    {"gho_", 30, WORD, DF_SCRUB_GITHUB},
    {"ghu_", 30, WORD, DF_SCRUB_GITHUB},
    {"ghs_", 30, WORD, DF_SCRUB_GITHUB},
    {"ghr_", 30, WORD, DF_SCRUB_GITHUB},
    {"github_pat_", 30, WORD, DF_SCRUB_GITHUB},
    {"glpat-", 20, DOTTED, DF_SCRUB_GITLAB},
    {"gldt-", 20, WORD, DF_SCRUB_GITLAB},
    {"glrt-", 20, DOTTED, DF_SCRUB_GITLAB},
    {"glcbt-", 20, WORD, DF_SCRUB_GITLAB},
    {"glptt-", 20, WORD, DF_SCRUB_GITLAB},
    {"xoxb-", 16, WORD, DF_SCRUB_SLACK},
    {"xoxa-", 16, WORD, DF_SCRUB_SLACK},
    {"xoxp-", 16, WORD, DF_SCRUB_SLACK},
    {"xoxr-", 16, WORD, DF_SCRUB_SLACK},
    {"xoxs-", 16, WORD, DF_SCRUB_SLACK},
    {"xapp-", 16, WORD, DF_SCRUB_SLACK},
    {"sk_live_", 16, WORD, DF_SCRUB_STRIPE},
    {"sk_test_", 16, WORD, DF_SCRUB_STRIPE},
    {"rk_live_", 16, WORD, DF_SCRUB_STRIPE},
    {"rk_test_", 16, WORD, DF_SCRUB_STRIPE},
    {"whsec_", 24, BASE64, DF_SCRUB_STRIPE},
    {"AIza", 39, WORD, DF_SCRUB_GOOGLE},
    {"ya29.", 24, DOTTED, DF_SCRUB_GOOGLE},
    {"GOCSPX-", 24, WORD, DF_SCRUB_GOOGLE},
    {"sntrys_", 20, BASE64, DF_SCRUB_SENTRY},
    {"sntryu_", 20, WORD, DF_SCRUB_SENTRY},
    {"sntrya_", 20, WORD, DF_SCRUB_SENTRY},
    {"sntryr_", 20, WORD, DF_SCRUB_SENTRY},
    {"sntryi_", 20, WORD, DF_SCRUB_SENTRY},
    {"lin_api_", 20, WORD, DF_SCRUB_LINEAR},
    {"lin_oauth_", 20, WORD, DF_SCRUB_LINEAR},
    {"lin_wh_", 20, WORD, DF_SCRUB_LINEAR},
    {"ntn_", 40, WORD, DF_SCRUB_TOKEN},
    {"npm_", 36, WORD, DF_SCRUB_TOKEN},
    {"pypi-", 40, WORD, DF_SCRUB_TOKEN},
    {"dop_v1_", 40, WORD, DF_SCRUB_TOKEN},
    {"SG.", 40, DOTTED, DF_SCRUB_TOKEN},
    {"hvs.", 24, DOTTED, DF_SCRUB_TOKEN},
    {"hf_", 30, WORD, DF_SCRUB_TOKEN},
    {"shpat_", 30, WORD, DF_SCRUB_TOKEN},
    {"shpss_", 30, WORD, DF_SCRUB_TOKEN},
    {"dckr_pat_", 24, WORD, DF_SCRUB_TOKEN},
    {"rubygems_", 40, WORD, DF_SCRUB_TOKEN},
    {"glsa_", 30, WORD, DF_SCRUB_TOKEN},
    {"sk-ant-", 24, WORD, DF_SCRUB_API_KEY},
    {"sk-proj-", 24, WORD, DF_SCRUB_API_KEY},
    {"NRAK-", 24, WORD, DF_SCRUB_API_KEY},
    {"ATATT3", 40, BASE64, DF_SCRUB_TOKEN},
    {"shpca_", 30, WORD, DF_SCRUB_TOKEN},
    {"shppa_", 30, WORD, DF_SCRUB_TOKEN},
    {"doo_v1_", 40, WORD, DF_SCRUB_TOKEN},
    {"dor_v1_", 40, WORD, DF_SCRUB_TOKEN},
    {"dckr_oat_", 24, WORD, DF_SCRUB_TOKEN},
    {"hvb.", 24, DOTTED, DF_SCRUB_TOKEN},
    {"glc_", 30, BASE64, DF_SCRUB_TOKEN},
    {"figd_", 30, WORD, DF_SCRUB_TOKEN},
    {"dp.pt.", 40, DOTTED, DF_SCRUB_TOKEN},
    {"dp.st.", 40, DOTTED, DF_SCRUB_TOKEN},
    {"dp.ct.", 40, DOTTED, DF_SCRUB_TOKEN},
    {"dp.sa.", 40, DOTTED, DF_SCRUB_TOKEN},
    {"dp.scim.", 40, DOTTED, DF_SCRUB_TOKEN},
    {"dt0c01.", 40, DOTTED, DF_SCRUB_TOKEN},
    {"sha256~", 40, TILDE, DF_SCRUB_TOKEN}, /* OpenShift */
    {"pscale_", 36, WORD, DF_SCRUB_TOKEN},
    {"sbp_", 40, WORD, DF_SCRUB_TOKEN},
    {"sqp_", 40, WORD, DF_SCRUB_TOKEN},
    {"squ_", 40, WORD, DF_SCRUB_TOKEN},
    {"sqa_", 40, WORD, DF_SCRUB_TOKEN},
    {"gsk_", 40, WORD, DF_SCRUB_API_KEY},
    {"r8_", 36, WORD, DF_SCRUB_API_KEY},
    {"xai-", 40, WORD, DF_SCRUB_API_KEY},
    {"pplx-", 40, WORD, DF_SCRUB_API_KEY},
    {"sk-svcacct-", 24, WORD, DF_SCRUB_API_KEY},
    {"sk-admin-", 24, WORD, DF_SCRUB_API_KEY},
    {"sk-or-v1-", 40, WORD, DF_SCRUB_API_KEY},
    {"pul-", 40, WORD, DF_SCRUB_TOKEN},
    {"CCIPAT_", 40, WORD, DF_SCRUB_TOKEN},
    {"CCIPRJ_", 40, WORD, DF_SCRUB_TOKEN},
    {"xkeysib-", 60, WORD, DF_SCRUB_API_KEY},
    {"xsmtpsib-", 60, WORD, DF_SCRUB_API_KEY},
    {"FLWSECK-", 36, WORD, DF_SCRUB_API_KEY},
    {"FLWSECK_TEST-", 24, WORD, DF_SCRUB_API_KEY},
    {"tskey-", 30, WORD, DF_SCRUB_TOKEN},
    {"pat-na1-", 40, WORD, DF_SCRUB_TOKEN},
    {"pat-eu1-", 40, WORD, DF_SCRUB_TOKEN},
    {"PMAK-", 50, WORD, DF_SCRUB_API_KEY},
    {"sq0atp-", 26, WORD, DF_SCRUB_TOKEN},
    {"sq0csp-", 40, WORD, DF_SCRUB_SECRET},
    {"NRJS-", 22, WORD, DF_SCRUB_API_KEY},
    {"NRII-", 30, WORD, DF_SCRUB_API_KEY},
    {"ATCTT3", 40, BASE64, DF_SCRUB_TOKEN},
    {"ATBB", 36, WORD, DF_SCRUB_TOKEN},
    {"nfp_", 40, WORD, DF_SCRUB_TOKEN},
    {"fm2_", 40, BASE64, DF_SCRUB_TOKEN},
    {"phx_", 40, WORD, DF_SCRUB_API_KEY},
    {"sgp_", 40, WORD, DF_SCRUB_TOKEN},
    {"rdme_", 60, WORD, DF_SCRUB_API_KEY},
    {"tfp_", 40, WORD, DF_SCRUB_TOKEN},
    {"duffel_", 40, WORD, DF_SCRUB_TOKEN},
    {"shippo_live_", 40, WORD, DF_SCRUB_TOKEN},
    {"shippo_test_", 40, WORD, DF_SCRUB_TOKEN},
    {"EZAK", 50, WORD, DF_SCRUB_API_KEY},
    {"EZTK", 50, WORD, DF_SCRUB_API_KEY},
    {"AKCp", 70, WORD, DF_SCRUB_API_KEY},
    {"bkua_", 40, WORD, DF_SCRUB_TOKEN},
    {"HRKU-", 36, WORD, DF_SCRUB_API_KEY},
    {"CLOJARS_", 60, WORD, DF_SCRUB_TOKEN},
    {"ops_eyJ", 60, WORD, DF_SCRUB_TOKEN}, /* 1Password */
    {"gloas-", 40, WORD, DF_SCRUB_GITLAB},
    {"glsoat-", 20, WORD, DF_SCRUB_GITLAB},
    {"glagent-", 40, WORD, DF_SCRUB_GITLAB},
    {"glft-", 20, WORD, DF_SCRUB_GITLAB},
    {"glimt-", 20, WORD, DF_SCRUB_GITLAB},
    {"GR1348941", 28, WORD, DF_SCRUB_GITLAB},
    {"xoxe-", 16, WORD, DF_SCRUB_SLACK},
    {"xoxe.xox", 30, DOTTED, DF_SCRUB_SLACK},
    {"xoxc-", 16, WORD, DF_SCRUB_SLACK},
    {"xoxd-", 16, WORD, DF_SCRUB_SLACK},
    {"glrtr-", 20, WORD, DF_SCRUB_GITLAB},
    {"glffct-", 20, WORD, DF_SCRUB_GITLAB},
    {"glwt-", 20, WORD, DF_SCRUB_GITLAB},
    {"sk_org_live_", 24, WORD, DF_SCRUB_STRIPE},
    {"ek_live_", 24, WORD, DF_SCRUB_STRIPE},
    {"AQ.Ab", 40, DOTTED, DF_SCRUB_GOOGLE},
    {"IQoJb3JpZ2lu", 100, BASE64, DF_SCRUB_AWS}, /* session tokens of AWS: "origin", and an older form */
    {"FwoGZXIvYXdz", 100, BASE64, DF_SCRUB_AWS},
    {"FQoGZXIvYXdz", 100, BASE64, DF_SCRUB_AWS},
    {"hvr.", 24, DOTTED, DF_SCRUB_TOKEN},
    {"sb_secret_", 30, WORD, DF_SCRUB_API_KEY},
    {"vercel_blob_rw_", 30, WORD, DF_SCRUB_TOKEN},
    {"lsv2_pt_", 40, WORD, DF_SCRUB_API_KEY},
    {"lsv2_sk_", 40, WORD, DF_SCRUB_API_KEY},
    {"sk-lf-", 36, WORD, DF_SCRUB_API_KEY},
    {"pcsk_", 40, WORD, DF_SCRUB_API_KEY},
    {"tvly-", 30, WORD, DF_SCRUB_API_KEY},
    {"nvapi-", 50, WORD, DF_SCRUB_API_KEY},
    {"api_org_", 36, WORD, DF_SCRUB_TOKEN},
    {"cfut_", 40, WORD, DF_SCRUB_TOKEN},
    {"cfat_", 40, WORD, DF_SCRUB_TOKEN},
    {"cfk_", 40, WORD, DF_SCRUB_API_KEY},
    {"CFPAT-", 40, WORD, DF_SCRUB_TOKEN},
    {"mdb_sa_sk_", 40, WORD, DF_SCRUB_SECRET},
    {"fo1_", 36, WORD, DF_SCRUB_TOKEN},
    {"fm1r_", 40, BASE64, DF_SCRUB_TOKEN},
    {"pnu_", 36, WORD, DF_SCRUB_TOKEN},
    {"eyJrIjoi", 60, BASE64, DF_SCRUB_API_KEY}, /* Grafana's older keys: '{"k":"' */
    {"ABSK", 100, BASE64, DF_SCRUB_AWS},        /* Bedrock */
    {"A21AA", 60, WORD, DF_SCRUB_TOKEN},        /* PayPal */
    {"EAA", 100, WORD, DF_SCRUB_TOKEN},         /* Meta */
    {"APA91b", 100, WORD, DF_SCRUB_TOKEN},      /* Firebase, after the instance's id */
    {"v1.0-", 170, DOTTED, DF_SCRUB_TOKEN},     /* Cloudflare's Origin CA */
    {"v2.local.", 40, DOTTED, DF_SCRUB_TOKEN},  /* PASETO */
    {"v3.local.", 40, DOTTED, DF_SCRUB_TOKEN},
    {"v4.local.", 40, DOTTED, DF_SCRUB_TOKEN},
    {"v2.public.", 80, DOTTED, DF_SCRUB_TOKEN},
    {"v4.public.", 80, DOTTED, DF_SCRUB_TOKEN},
    {"mfa.", 60, DOTTED, DF_SCRUB_TOKEN}, /* Discord */
    {"sl.", 100, DOTTED, DF_SCRUB_TOKEN}, /* Dropbox */
    {"mlsn.", 60, DOTTED, DF_SCRUB_TOKEN},
    {"cmVmdGtu", 50, WORD, DF_SCRUB_TOKEN}, /* Artifactory: "reftkn" */
    {"napi_", 60, WORD, DF_SCRUB_TOKEN},
    {"cflt", 60, BASE64, DF_SCRUB_API_KEY}, /* Confluent */
    {"snyk_uat.", 40, DOTTED, DF_SCRUB_TOKEN},
    {"gto_", 52, WORD, DF_SCRUB_TOKEN},               /* Gitea, Forgejo */
    {"access-production-", 54, WORD, DF_SCRUB_TOKEN}, /* Plaid */
    {"access-development-", 55, WORD, DF_SCRUB_TOKEN},
    {"access-sandbox-", 51, WORD, DF_SCRUB_TOKEN},
    {"AGE-SECRET-KEY-1", 40, WORD, DF_SCRUB_PRIVATE_KEY},
};

static bool in_tail(char c, enum tail tail)
{
    return df_scrub_is_word(c) || ((tail == DOTTED || tail == BASE64) && c == '.') || (tail == TILDE && c == '~') ||
           (tail == BASE64 && (c == '+' || c == '/' || c == '='));
}

static size_t token_end(struct df_str text, size_t to, enum tail tail)
{
    while (to < text.n && in_tail(text.p[to], tail))
        to++;
    while (to > 0 && text.p[to - 1] == '.') /* the sentence's, not the token's */
        to--;
    return to;
}

/* npm_install_fails_when_it_rains is a name: what was made at random has digits, or capitals among small letters. */
static bool is_random(struct df_str tail)
{
    bool upper = false, lower = false;
    for (size_t i = 0; i < tail.n; i++) {
        if (df_scrub_is_digit(tail.p[i]))
            return true;
        upper = upper || (tail.p[i] >= 'A' && tail.p[i] <= 'Z');
        lower = lower || (tail.p[i] >= 'a' && tail.p[i] <= 'z');
    }
    return upper && lower;
}

/* The second letters of the table by the first; the test of the scrubber has a token of each first. */
static const char *const seconds[128] = {
    ['A'] = "2BGIKPQT", ['C'] = "CFL",   ['E'] = "AZ",    ['F'] = "LQw", ['G'] = "OR",       ['H'] = "R",
    ['I'] = "Q",        ['N'] = "R",     ['P'] = "M",     ['S'] = "G",   ['a'] = "cp",       ['b'] = "k",
    ['c'] = "fm",       ['d'] = "coptu", ['e'] = "ky",    ['f'] = "imo", ['g'] = "hilst",    ['h'] = "fv",
    ['l'] = "is",       ['m'] = "dfl",   ['n'] = "afptv", ['o'] = "p",   ['p'] = "achnpsuy", ['r'] = "8dku",
    ['s'] = "bghklnq",  ['t'] = "fsv",   ['v'] = "1234e", ['w'] = "h",   ['x'] = "akos",     ['y'] = "a",
};

static bool may_begin(char first, char second)
{
    const char *of = seconds[first & 0x7F];
    return of && second && strchr(of, second);
}

/* Most words are shorter than any token, and do not go on after a sign that tokens have. */
static bool may_be_token(struct df_str text, size_t from, size_t to)
{
    char next = df_scrub_at(text, to);
    return to - from >= 16 || next == '.' || next == '~' || next == '+' || next == '/' || next == '=';
}

enum df_scrub_kind df_scrub_find_prefixed(struct df_str text, size_t from, size_t to, struct df_scrub_range *ret)
{
    struct df_str rest = df_str_from(text, from);
    if (!may_begin(text.p[from], df_scrub_at(text, from + 1)) || !may_be_token(text, from, to))
        return DF_SCRUB_NONE;
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        const char *prefix = prefixes[i].text;
        if (prefix[0] != rest.p[0] || prefix[1] != df_scrub_at(rest, 1) || !df_str_starts(rest, df_str_c(prefix)))
            continue;
        size_t end = token_end(text, to, prefixes[i].tail);
        size_t n = strlen(prefix);
        if (end - from < prefixes[i].min_bytes || !is_random(df_str_n(text.p + from + n, end - from - n)))
            continue;
        *ret = (struct df_scrub_range){from, end};
        return prefixes[i].kind;
    }
    return DF_SCRUB_NONE;
}
