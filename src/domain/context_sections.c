#include "domain/context_parts.h"

/* The message, and what else the crumb holds: method, URL and status of a request, the rest as JSON. */
static void put_crumb_message(struct df_context_view *v, const struct df_breadcrumb *b)
{
    df_buf_put_char(v->out, ' ');
    if (b->message.n)
        df_context_span(v, "", b->message, DF_CONTEXT_SPAN);
    if (b->data) {
        if (b->message.n)
            df_buf_put_char(v->out, ' ');
        df_context_span_value(v, DF_STR_NONE, b->data, DF_CONTEXT_LINE);
    }
    df_buf_put_c(v->out, " |\n");
}

/* By the time before the error; a crumb of another day, by a wrong clock or an old session, by its own time. */
static struct df_str crumb_time(struct df_context_view *v, const struct df_breadcrumb *b)
{
    const int64_t far_ms = 2 * INT64_C(86400000);
    int64_t error_ms = v->event->created_ms;
    if (!b->time_ms)
        return DF_STR_NONE;
    if (!error_ms || b->time_ms < error_ms - far_ms || b->time_ms > error_ms + far_ms)
        return df_context_time(b->time_ms, v->arena);
    return df_context_distance(b->time_ms - error_ms, v->arena);
}

static void put_crumb(struct df_context_view *v, const struct df_breadcrumb *b, size_t rank)
{
    struct df_str time = crumb_time(v, b);
    df_cut_begin(&v->cut, DF_PART_BREADCRUMB, rank);
    df_buf_printf(v->out, "| %.*s |", DF_FMT(time));
    df_context_cell(v, b->level, DF_CONTEXT_LINE);
    df_context_cell(v, b->category.n ? b->category : b->type, DF_CONTEXT_LINE);
    put_crumb_message(v, b);
    df_cut_end(&v->cut);
}

void df_context_breadcrumbs(struct df_context_view *v)
{
    const struct df_event *event = v->event;
    size_t n = event->n_breadcrumbs, from = n > DF_CONTEXT_BREADCRUMBS ? n - DF_CONTEXT_BREADCRUMBS : 0;
    if (n == 0)
        return;
    df_cut_begin(&v->cut, DF_PART_FRAMEWORK, 0);
    df_context_heading(v, DF_WORDS_BREADCRUMBS);
    if (from > 0) {
        df_context_say_nn(v, DF_WORDS_LAST_OF, n - from, n);
        df_buf_put_c(v->out, "\n\n");
    }
    df_context_say(v, event->created_ms ? DF_WORDS_CRUMB_HEADS : DF_WORDS_CRUMB_HEADS_TIME);
    df_buf_put_c(v->out, "\n|---|---|---|---|\n");
    for (size_t i = from; i < n; i++)
        put_crumb(v, &event->breadcrumbs[i], n - 1 - i);
    df_buf_put_char(v->out, '\n');
    df_cut_end(&v->cut);
}

static void put_more(struct df_context_view *v, size_t n)
{
    df_context_say_n(v, DF_WORDS_MORE, n);
    df_buf_put_char(v->out, '\n');
}

/* "key: value" or "key=value" a line, each a part of its own in a fence. */
static void put_pairs(struct df_context_view *v, const struct df_pairs *pairs, const char *joint, enum df_part part)
{
    df_cut_begin_fence(&v->cut, DF_PART_FRAMEWORK, 0);
    for (size_t i = 0; i < pairs->n && i < DF_CONTEXT_PAIRS; i++) {
        df_cut_begin(&v->cut, part, i);
        df_context_code(v, DF_STR_NONE, pairs->items[i].key, DF_CONTEXT_LINE, 0);
        df_buf_put_c(v->out, joint);
        df_context_code_value(v, pairs->items[i].key, pairs->items[i].value, DF_CONTEXT_VALUE, 0);
        df_buf_put_char(v->out, '\n');
        df_cut_end(&v->cut);
    }
    if (pairs->n > DF_CONTEXT_PAIRS)
        put_more(v, pairs->n - DF_CONTEXT_PAIRS);
    df_cut_end(&v->cut);
}

static void put_titled_pairs(struct df_context_view *v, enum df_words title, const struct df_pairs *pairs,
                             const char *joint, enum df_part part)
{
    if (pairs->n == 0)
        return;
    df_cut_begin(&v->cut, DF_PART_FRAMEWORK, 0);
    df_context_say(v, title);
    df_buf_put_c(v->out, ":\n\n");
    put_pairs(v, pairs, joint, part);
    df_cut_end(&v->cut);
}

static void put_titled_span(struct df_context_view *v, enum df_words title, const char *key, struct df_str text,
                            size_t rank)
{
    if (text.n == 0)
        return;
    df_cut_begin(&v->cut, DF_PART_REQUEST, rank);
    df_context_say(v, title);
    df_buf_put_c(v->out, ": ");
    df_context_span(v, key, text, DF_CONTEXT_SPAN);
    df_buf_put_c(v->out, "\n\n");
    df_cut_end(&v->cut);
}

static void put_body(struct df_context_view *v, const struct df_json *data)
{
    if (!data)
        return;
    df_cut_begin(&v->cut, DF_PART_FRAMEWORK, 0);
    df_context_say(v, DF_WORDS_BODY);
    df_buf_put_c(v->out, ":\n\n");
    df_cut_begin_fence(&v->cut, DF_PART_REQUEST, 1);
    df_context_code_value(v, DF_STR_NONE, data, DF_CONTEXT_BODY, 2);
    df_buf_put_char(v->out, '\n');
    df_cut_end(&v->cut);
    df_cut_end(&v->cut);
}

static void put_method_and_url(struct df_context_view *v, const struct df_event_request *r)
{
    if (r->method.n == 0 && r->url.n == 0)
        return;
    df_cut_begin(&v->cut, DF_PART_REQUEST, 0);
    df_context_span(v, "", r->method.n ? r->method : df_str_c(df_words(v->cut.lang, DF_WORDS_NO_METHOD)),
                    DF_CONTEXT_LINE);
    df_buf_put_char(v->out, ' ');
    df_context_span(v, "", r->url, DF_CONTEXT_SPAN);
    if (r->fragment.n) {
        df_buf_put_c(v->out, " # ");
        df_context_span(v, "", r->fragment, DF_CONTEXT_SPAN);
    }
    df_buf_put_c(v->out, "\n\n");
    df_cut_end(&v->cut);
}

static void put_cookie_count(struct df_context_view *v, size_t n)
{
    if (n == 0)
        return;
    df_cut_begin(&v->cut, DF_PART_REQUEST, 6);
    df_context_say(v, DF_WORDS_COOKIES);
    df_buf_put_c(v->out, ": ");
    df_context_say_n(v, v->scrub.off ? DF_WORDS_COOKIES_IN_JSON : DF_WORDS_COOKIES_SCRUBBED, n);
    df_buf_put_c(v->out, "\n\n");
    df_cut_end(&v->cut);
}

void df_context_request(struct df_context_view *v)
{
    const struct df_event_request *r = &v->event->request;
    if (!r->given)
        return;
    df_cut_begin(&v->cut, DF_PART_FRAMEWORK, 0);
    df_context_heading(v, DF_WORDS_REQUEST);
    put_method_and_url(v, r);
    put_titled_span(v, DF_WORDS_QUERY, "", r->query_text, 2);
    put_titled_pairs(v, DF_WORDS_QUERY, &r->query, " = ", DF_PART_HEADER);
    put_titled_pairs(v, DF_WORDS_HEADERS, &r->headers, ": ", DF_PART_HEADER);
    put_titled_span(v, DF_WORDS_COOKIES, "Cookie", r->cookie_text, 6);
    put_cookie_count(v, r->cookies.n);
    put_titled_pairs(v, DF_WORDS_ENV, &r->env, " = ", DF_PART_HEADER);
    put_body(v, r->data);
    df_cut_end(&v->cut);
}

/* Loopback, and Sentry's "{{auto}}", name no one. */
static bool is_nobody(struct df_str ip)
{
    return df_str_starts(ip, DF_S("127.")) || df_str_is(ip, "::1") || df_str_is(ip, "{{auto}}");
}

struct df_user df_context_user_scrubbed(struct df_scrub *scrub, const struct df_user *user)
{
    struct df_user clean = *user;
    clean.id = df_scrub_text(scrub, user->id);
    clean.email = df_scrub_whole(scrub, DF_SCRUB_EMAIL, user->email);
    clean.username = df_scrub_whole(scrub, DF_SCRUB_NAME, user->username);
    clean.name = df_scrub_whole(scrub, DF_SCRUB_NAME, user->name);
    if (!is_nobody(user->ip))
        clean.ip = df_scrub_whole(scrub, DF_SCRUB_IP, user->ip);
    return clean;
}

/* The text is scrubbed already. */
static void put_user_item(struct df_context_view *v, enum df_words label, struct df_str text, size_t rank)
{
    if (text.n == 0)
        return;
    df_cut_begin(&v->cut, DF_PART_USER, rank);
    df_buf_printf(v->out, "- **%s:** ", df_words(v->cut.lang, label));
    df_context_span(v, "", text, DF_CONTEXT_SPAN);
    df_buf_put_char(v->out, '\n');
    df_cut_end(&v->cut);
}

void df_context_user(struct df_context_view *v)
{
    const struct df_user *u = &v->event->user;
    bool named = u->id.n || u->email.n || u->username.n || u->ip.n || u->name.n;
    if (!named && u->rest.n == 0)
        return;
    struct df_user clean = df_context_user_scrubbed(&v->scrub, u);
    df_cut_begin(&v->cut, DF_PART_FRAMEWORK, 0);
    df_context_heading(v, DF_WORDS_USER);
    put_user_item(v, DF_WORDS_USER_ID, clean.id, 0);
    put_user_item(v, DF_WORDS_USER_NAME, clean.username, 1);
    put_user_item(v, DF_WORDS_NAME, clean.name, 2);
    put_user_item(v, DF_WORDS_EMAIL, clean.email, 3);
    put_user_item(v, DF_WORDS_IP, clean.ip, 4);
    if (named)
        df_buf_put_char(v->out, '\n');
    if (u->rest.n)
        put_pairs(v, &u->rest, " = ", DF_PART_USER);
    df_cut_end(&v->cut);
}

static void put_tag(struct df_context_view *v, const struct df_pair *tag, size_t rank)
{
    df_cut_begin(&v->cut, DF_PART_TAG, rank);
    df_buf_put_char(v->out, '|');
    df_context_cell(v, tag->key, DF_CONTEXT_LINE);
    df_buf_put_char(v->out, ' ');
    df_context_span_value(v, tag->key, tag->value, DF_CONTEXT_LINE);
    df_buf_put_c(v->out, " |\n");
    df_cut_end(&v->cut);
}

void df_context_tags(struct df_context_view *v)
{
    const struct df_pairs *tags = &v->event->tags;
    if (tags->n == 0)
        return;
    df_cut_begin(&v->cut, DF_PART_FRAMEWORK, 0);
    df_context_heading(v, DF_WORDS_TAGS);
    df_context_say(v, DF_WORDS_TAG_HEADS);
    df_buf_put_c(v->out, "\n|---|---|\n");
    for (size_t i = 0; i < tags->n && i < DF_CONTEXT_PAIRS; i++)
        put_tag(v, &tags->items[i], i);
    df_buf_put_char(v->out, '\n');
    if (tags->n > DF_CONTEXT_PAIRS) {
        df_context_say_n(v, DF_WORDS_MORE_TAGS, tags->n - DF_CONTEXT_PAIRS);
        df_buf_put_c(v->out, "\n\n");
    }
    df_cut_end(&v->cut);
}

static void put_tree(struct df_context_view *v, enum df_words title, const struct df_json *tree, enum df_part part)
{
    size_t n = 0;
    if (df_json_count(tree) == 0)
        return;
    df_cut_begin(&v->cut, DF_PART_FRAMEWORK, 0);
    df_context_heading(v, title);
    df_cut_begin_fence(&v->cut, DF_PART_FRAMEWORK, 0);
    for (struct df_json_iter it = df_json_iter(tree); n < DF_CONTEXT_PAIRS && df_json_next(&it); n++)
        df_context_pair(v, &it, part, n, "");
    if (df_json_count(tree) > n)
        put_more(v, df_json_count(tree) - n);
    df_cut_end(&v->cut);
    df_cut_end(&v->cut);
}

static void put_other(struct df_context_view *v, const struct df_entry *entry, size_t rank)
{
    df_cut_begin(&v->cut, DF_PART_FRAMEWORK, 0);
    df_buf_put_c(v->out, "## ");
    df_context_say(v, DF_WORDS_ENTRY);
    df_buf_put_char(v->out, ' ');
    df_context_span(v, "", entry->type, DF_CONTEXT_LINE);
    df_buf_put_c(v->out, "\n\n");
    df_cut_begin_fence(&v->cut, DF_PART_ENTRY, rank);
    df_context_code_value(v, DF_STR_NONE, entry->data, DF_CONTEXT_BODY, 0);
    df_buf_put_char(v->out, '\n');
    df_cut_end(&v->cut);
    df_cut_end(&v->cut);
}

void df_context_trees(struct df_context_view *v)
{
    const struct df_event *event = v->event;
    for (size_t i = 0; i < event->n_others && i < DF_CONTEXT_THREADS; i++)
        put_other(v, &event->others[i], i);
    if (event->n_others > DF_CONTEXT_THREADS) {
        df_context_say_n(v, DF_WORDS_MORE_ENTRIES, event->n_others - DF_CONTEXT_THREADS);
        df_buf_put_c(v->out, "\n\n");
    }
    put_tree(v, DF_WORDS_CONTEXTS, event->contexts, DF_PART_CONTEXT);
    put_tree(v, DF_WORDS_EXTRA, event->extra, DF_PART_EXTRA);
}
