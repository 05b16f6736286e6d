#include "domain/issue.h"

#include "base/time.h"

static struct df_str text_at(const struct df_json *v, const char *key, struct df_arena *arena)
{
    return df_json_text(df_json_get(v, key), arena);
}

static struct df_str first_of(struct df_str a, struct df_str b)
{
    return a.n ? a : b;
}

static int64_t time_at(const struct df_json *v, const char *key)
{
    int64_t ms = 0;
    return df_time_parse(df_json_get_str(v, key), &ms) ? ms : 0;
}

/* The API gives an object, some servers the bare version. */
static struct df_str release_at(const struct df_json *v, const char *key)
{
    const struct df_json *release = df_json_get(v, key);
    return df_json_is_object(release) ? df_json_get_str(release, "version") : df_json_str(release);
}

static void parse_error(const struct df_json *v, struct df_arena *arena, struct df_issue *issue)
{
    const struct df_json *metadata = df_json_get(v, "metadata");
    issue->type = first_of(text_at(metadata, "type", arena), text_at(v, "type", arena));
    issue->value = first_of(text_at(metadata, "value", arena), text_at(metadata, "message", arena));
    issue->title = first_of(text_at(v, "title", arena), text_at(metadata, "title", arena));
    if (issue->title.n == 0)
        issue->title = first_of(issue->type, issue->short_id);
}

static void parse_project(const struct df_json *v, struct df_arena *arena, struct df_issue *issue)
{
    const struct df_json *project = df_json_get(v, "project");
    issue->project_id = df_json_is_object(project) ? text_at(project, "id", arena) : df_json_text(project, arena);
    issue->project_slug = text_at(project, "slug", arena);
    issue->project_name = text_at(project, "name", arena);
}

enum { FORTNIGHT_HOURS = 14 * 24 };

/* A list of issues has 24 hours or 14 days, as it was asked; an issue by itself 24 hours and 30 days. */
static void parse_stats(const struct df_json *stats, struct df_arena *arena, struct df_issue *issue)
{
    const struct df_json *days = df_json_get(stats, "14d");
    issue->hours = df_points_parse(df_json_get(stats, "24h"), 24, arena);
    issue->days = df_points_parse(df_json_is_array(days) ? days : df_json_get(stats, "30d"), 14, arena);
    issue->fortnight = df_points_parse(df_json_get(stats, "14dHourly"), FORTNIGHT_HOURS, arena);
}

bool df_issue_parse(const struct df_json *v, struct df_arena *arena, struct df_issue *ret)
{
    struct df_str id = text_at(v, "id", arena);
    if (!df_json_is_object(v) || id.n == 0)
        return false;
    *ret = (struct df_issue){
        .id = id,
        .short_id = text_at(v, "shortId", arena),
        .culprit = text_at(v, "culprit", arena),
        .level = text_at(v, "level", arena),
        .status = text_at(v, "status", arena),
        .substatus = text_at(v, "substatus", arena),
        .priority = text_at(v, "priority", arena),
        .platform = text_at(v, "platform", arena),
        .permalink = df_json_get_str(v, "permalink"),
        .logger = text_at(v, "logger", arena),
        .first_release = release_at(v, "firstRelease"),
        .last_release = release_at(v, "lastRelease"),
        .environment = text_at(v, "environment", arena),
        .count = df_json_int(df_json_get(v, "count"), 0),
        .user_count = df_json_int(df_json_get(v, "userCount"), 0),
        .first_seen_ms = time_at(v, "firstSeen"),
        .last_seen_ms = time_at(v, "lastSeen"),
        .is_unhandled = df_json_bool(df_json_get(v, "isUnhandled"), false),
    };
    parse_error(v, arena, ret);
    parse_project(v, arena, ret);
    ret->priority_locked = df_json_get_str(v, "priorityLockedAt").n > 0;
    parse_stats(df_json_get(v, "stats"), arena, ret);
    return true;
}

static void put_time(struct df_json_writer *w, const char *key, int64_t ms)
{
    df_json_kstr_or_null(w, key, ms ? df_time_format_ms(ms, w->buf->arena) : DF_STR_NONE);
}

void df_issue_put_json(struct df_json_writer *w, const struct df_issue *issue)
{
    df_json_open(w, '{');
    df_json_kstr(w, "id", issue->id);
    df_json_kstr_or_null(w, "shortId", issue->short_id);
    df_json_kstr_or_null(w, "title", issue->title);
    df_json_kstr_or_null(w, "type", issue->type);
    df_json_kstr_or_null(w, "value", issue->value);
    df_json_kstr_or_null(w, "culprit", issue->culprit);
    df_json_kstr_or_null(w, "level", issue->level);
    df_json_kstr_or_null(w, "status", issue->status);
    df_json_kstr_or_null(w, "substatus", issue->substatus);
    df_json_kstr_or_null(w, "priority", issue->priority);
    df_json_kstr_or_null(w, "platform", issue->platform);
    df_json_kstr_or_null(w, "permalink", issue->permalink);
    df_json_kopen(w, "project", '{');
    df_json_kstr_or_null(w, "id", issue->project_id);
    df_json_kstr_or_null(w, "slug", issue->project_slug);
    df_json_kstr_or_null(w, "name", issue->project_name);
    df_json_close(w, '}');
    df_json_kint(w, "count", issue->count);
    df_json_kint(w, "userCount", issue->user_count);
    put_time(w, "firstSeen", issue->first_seen_ms);
    put_time(w, "lastSeen", issue->last_seen_ms);
    df_json_kbool(w, "isUnhandled", issue->is_unhandled);
    df_json_kstr_or_null(w, "logger", issue->logger);
    df_json_kstr_or_null(w, "firstRelease", issue->first_release);
    df_json_kstr_or_null(w, "lastRelease", issue->last_release);
    df_json_kopen(w, "stats", '{');
    df_points_put_json(w, "24h", &issue->hours);
    df_points_put_json(w, "14d", &issue->days);
    if (issue->fortnight.n)
        df_points_put_json(w, "14dHourly", &issue->fortnight);
    df_json_close(w, '}');
    df_json_close(w, '}');
}
