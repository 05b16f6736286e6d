#include "domain/context_parts.h"

static void put_cell(struct df_context_view *v, struct df_str text, size_t max_bytes)
{
    df_buf_put_char(v->out, ' ');
    if (text.n)
        df_context_span(v, "", text, max_bytes);
    df_buf_put_c(v->out, " |");
}

/* A value as one line of text, scrubbed: strings as they are, the rest as JSON. */
static struct df_str one_line(struct df_context_view *v, struct df_str key, const struct df_json *value)
{
    struct df_buf text;
    struct df_json_writer w;
    if (df_json_is_string(value))
        return df_scrub_under(&v->scrub, key, df_json_str(value));
    df_buf_init(&text, v->arena, (size_t)DF_CONTEXT_VALUE * 4);
    df_json_writer_init(&w, &text, 0);
    df_scrub_put_json(&v->scrub, &w, key, value);
    return df_buf_str(&text);
}

/* The message, and what else the crumb holds: method, URL and status of a request, the rest as JSON. */
static void put_crumb_message(struct df_context_view *v, const struct df_breadcrumb *b)
{
    df_buf_put_char(v->out, ' ');
    if (b->message.n)
        df_context_span(v, "", b->message, DF_CONTEXT_SPAN);
    if (b->data) {
        if (b->message.n)
            df_buf_put_char(v->out, ' ');
        df_md_put_span(v->out, one_line(v, DF_STR_NONE, b->data), DF_CONTEXT_LINE);
    }
    df_buf_put_c(v->out, " |\n");
}

void df_context_breadcrumbs(struct df_context_view *v)
{
    const struct df_event *event = v->event;
    size_t n = event->n_breadcrumbs, from = n > DF_CONTEXT_BREADCRUMBS ? n - DF_CONTEXT_BREADCRUMBS : 0;
    if (n == 0)
        return;
    df_buf_put_c(v->out, "## Breadcrumbs\n\n");
    if (from > 0)
        df_buf_printf(v->out, "The last %zu of %zu.\n\n", n - from, n);
    df_buf_put_c(v->out, "| Time | Level | Category | Message |\n|---|---|---|---|\n");
    for (size_t i = from; i < n; i++) {
        const struct df_breadcrumb *b = &event->breadcrumbs[i];
        df_buf_printf(v->out, "| %s |", b->time_ms ? df_context_time(b->time_ms, v->arena).p : "");
        put_cell(v, b->level, DF_CONTEXT_LINE);
        put_cell(v, b->category.n ? b->category : b->type, DF_CONTEXT_LINE);
        put_crumb_message(v, b);
    }
    df_buf_put_char(v->out, '\n');
}

/* "key: value" or "key=value" a line, into the block. */
static void put_pair_lines(struct df_context_view *v, const struct df_pairs *pairs, const char *joint)
{
    for (size_t i = 0; i < pairs->n && i < DF_CONTEXT_PAIRS; i++) {
        df_context_code(v, DF_STR_NONE, pairs->items[i].key, DF_CONTEXT_LINE, 0);
        df_buf_put_c(&v->block, joint);
        df_context_code_value(v, pairs->items[i].key, pairs->items[i].value, DF_CONTEXT_VALUE);
        df_buf_put_char(&v->block, '\n');
    }
    if (pairs->n > DF_CONTEXT_PAIRS)
        df_buf_printf(&v->block, "\u2026 %zu more left out\n", pairs->n - DF_CONTEXT_PAIRS);
}

static void put_pairs_block(struct df_context_view *v, const char *title, const struct df_pairs *pairs,
                            const char *joint)
{
    if (pairs->n == 0)
        return;
    df_buf_printf(v->out, "%s:\n\n", title);
    put_pair_lines(v, pairs, joint);
    df_context_end_block(v);
}

static void put_body(struct df_context_view *v, const struct df_json *data)
{
    if (!data)
        return;
    df_buf_put_c(v->out, "Body:\n\n");
    if (df_json_is_string(data)) {
        df_context_code(v, DF_STR_NONE, df_json_str(data), DF_CONTEXT_BODY, 0);
    } else {
        struct df_buf text;
        struct df_json_writer w;
        df_buf_init(&text, v->arena, (size_t)DF_CONTEXT_BODY * 4);
        df_json_writer_init(&w, &text, 2);
        df_scrub_put_json(&v->scrub, &w, DF_STR_NONE, data);
        df_md_put_code(&v->block, df_buf_str(&text), DF_CONTEXT_BODY, 0);
        if (text.overflow)
            df_buf_put_c(&v->block, "\n\u2026 (cut)");
    }
    df_context_end_block(v);
}

void df_context_request(struct df_context_view *v)
{
    const struct df_event_request *r = &v->event->request;
    if (!r->given)
        return;
    df_buf_put_c(v->out, "## Request\n\n");
    if (r->method.n || r->url.n) {
        df_context_span(v, "", r->method.n ? r->method : DF_S("(no method)"), DF_CONTEXT_LINE);
        df_buf_put_char(v->out, ' ');
        df_context_span(v, "", r->url, DF_CONTEXT_SPAN);
        df_buf_put_c(v->out, "\n\n");
    }
    if (r->query_text.n) {
        df_buf_put_c(v->out, "Query: ");
        df_context_span(v, "", r->query_text, DF_CONTEXT_SPAN);
        df_buf_put_c(v->out, "\n\n");
    }
    put_pairs_block(v, "Query", &r->query, " = ");
    put_pairs_block(v, "Headers", &r->headers, ": ");
    if (r->cookie_text.n) {
        df_buf_put_c(v->out, "Cookies: ");
        df_context_span(v, "Cookie", r->cookie_text, DF_CONTEXT_SPAN);
        df_buf_put_c(v->out, "\n\n");
    }
    if (r->cookies.n)
        df_buf_printf(v->out, "Cookies: %zu, %s.\n\n", r->cookies.n,
                      v->scrub.off ? "in the JSON form" : "their values scrubbed");
    put_body(v, r->data);
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

void df_context_user(struct df_context_view *v)
{
    const struct df_user *u = &v->event->user;
    struct df_user clean = df_context_user_scrubbed(&v->scrub, u);
    bool named = u->id.n || u->email.n || u->username.n || u->ip.n || u->name.n;
    if (!named && u->rest.n == 0)
        return;
    df_buf_put_c(v->out, "## User\n\n");
    df_context_item(v, "Id", "", clean.id);
    df_context_item(v, "User name", "", clean.username);
    df_context_item(v, "Name", "", clean.name);
    df_context_item(v, "E-mail", "", clean.email);
    df_context_item(v, "IP address", "", clean.ip);
    if (named)
        df_buf_put_char(v->out, '\n');
    put_pair_lines(v, &u->rest, " = ");
    df_context_end_block(v);
}

void df_context_tags(struct df_context_view *v)
{
    const struct df_pairs *tags = &v->event->tags;
    if (tags->n == 0)
        return;
    df_buf_put_c(v->out, "## Tags\n\n| Tag | Value |\n|---|---|\n");
    for (size_t i = 0; i < tags->n && i < DF_CONTEXT_PAIRS; i++) {
        df_buf_put_char(v->out, '|');
        put_cell(v, tags->items[i].key, DF_CONTEXT_LINE);
        df_buf_put_char(v->out, ' ');
        df_md_put_span(v->out, one_line(v, tags->items[i].key, tags->items[i].value), DF_CONTEXT_LINE);
        df_buf_put_c(v->out, " |\n");
    }
    df_buf_put_char(v->out, '\n');
    if (tags->n > DF_CONTEXT_PAIRS)
        df_buf_printf(v->out, "%zu more tags left out.\n\n", tags->n - DF_CONTEXT_PAIRS);
}

static void put_tree(struct df_context_view *v, const char *title, const struct df_json *tree)
{
    size_t n = 0;
    if (!tree)
        return;
    df_buf_printf(v->out, "## %s\n\n", title);
    for (struct df_json_iter it = df_json_iter(tree); n < DF_CONTEXT_PAIRS && df_json_next(&it); n++) {
        if (it.object) {
            df_context_code(v, DF_STR_NONE, it.key, DF_CONTEXT_LINE, 0);
            df_buf_put_c(&v->block, " = ");
        }
        df_context_code_value(v, it.key, it.value, DF_CONTEXT_VALUE);
        df_buf_put_char(&v->block, '\n');
    }
    if (df_json_count(tree) > n)
        df_buf_printf(&v->block, "\u2026 %zu more left out\n", df_json_count(tree) - n);
    df_context_end_block(v);
}

static void put_other(struct df_context_view *v, const struct df_entry *entry)
{
    df_buf_put_c(v->out, "## Entry ");
    df_context_span(v, "", entry->type, DF_CONTEXT_LINE);
    df_buf_put_c(v->out, "\n\n");
    df_context_code_value(v, DF_STR_NONE, entry->data, DF_CONTEXT_BODY);
    df_context_end_block(v);
}

void df_context_trees(struct df_context_view *v)
{
    const struct df_event *event = v->event;
    for (size_t i = 0; i < event->n_others && i < DF_CONTEXT_THREADS; i++)
        put_other(v, &event->others[i]);
    if (event->n_others > DF_CONTEXT_THREADS)
        df_buf_printf(v->out, "%zu more entries left out.\n\n", event->n_others - DF_CONTEXT_THREADS);
    put_tree(v, "Contexts", event->contexts);
    put_tree(v, "Extra", event->extra);
}
