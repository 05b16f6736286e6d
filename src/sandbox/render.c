#include "sandbox/call.h"

#include "base/time.h"

/* The API form nests a little deeper than what came in. */
enum { HOUR_MS = 3600 * 1000, HOURS_A_DAY = 24, STORED_DEPTH = 128 };

/* What never changes in the sandbox, in the shape Sentry gives it; written as JSON so that it can be compared with the
 * OpenAPI document at a glance. */
static const char organization_constants[] =
    "{\"status\":{\"id\":\"active\",\"name\":\"active\"},\"isEarlyAdopter\":false,\"require2FA\":false,"
    "\"avatar\":{\"avatarType\":\"letter_avatar\",\"avatarUuid\":null,\"avatarUrl\":null},\"hasAuthProvider\":false,"
    "\"allowMemberInvite\":true,\"allowMemberProjectCreation\":true,\"allowSuperuserAccess\":false,\"features\":[]}";

static const char project_constants[] =
    "{\"isBookmarked\":false,\"isMember\":true,\"features\":[],\"firstTransactionEvent\":false,\"access\":[],\"hasAccess\":true,"
    "\"hasFeedbacks\":false,\"hasFlags\":false,\"hasMinifiedStackTrace\":false,\"hasMonitors\":false,\"hasNewFeedbacks\":false,"
    "\"hasProfiles\":false,\"hasReplays\":false,\"hasSessions\":false,\"hasInsightsHttp\":false,\"hasInsightsDb\":false,"
    "\"hasInsightsAssets\":false,\"hasInsightsAppStart\":false,\"hasInsightsScreenLoad\":false,\"hasInsightsVitals\":false,"
    "\"hasInsightsCaches\":false,\"hasInsightsQueues\":false,\"hasInsightsAgentMonitoring\":false,\"hasInsightsMCP\":false,"
    "\"hasLogs\":false,\"hasTraceMetrics\":false,\"hasUserReports\":false,\"environments\":[],\"latestRelease\":null,"
    "\"team\":{\"id\":\"1\",\"name\":\"Sandbox\",\"slug\":\"sandbox\"},"
    "\"teams\":[{\"id\":\"1\",\"name\":\"Sandbox\",\"slug\":\"sandbox\"}],\"status\":\"active\"}";

static const char issue_constants[] =
    "{\"shareId\":null,\"statusDetails\":{},\"isPublic\":false,\"priorityLockedAt\":null,\"seerFixabilityScore\":null,"
    "\"seerAutofixLastTriggered\":null,\"seerExplorerAutofixLastTriggered\":null,\"issueType\":\"error\","
    "\"issueCategory\":\"error\",\"assignedTo\":null,\"isBookmarked\":false,\"isSubscribed\":false,"
    "\"subscriptionDetails\":null,\"annotations\":[]}";

static void put_constants(struct sandbox_call *call, const char *json)
{
    const struct df_json *v = NULL;
    df_json_parse(call->arena, df_str_c(json), 0, &v, NULL);
    for (struct df_json_iter it = df_json_iter(v); df_json_next(&it);) {
        df_json_key(&call->w, it.key);
        df_json_put_value(&call->w, it.value);
    }
}

static void put_time(struct sandbox_call *call, const char *key, int64_t ms)
{
    df_json_kstr_or_null(&call->w, key, ms ? df_time_format_ms(ms, call->arena) : DF_STR_NONE);
}

static struct df_str number(struct sandbox_call *call, unsigned long long n)
{
    return df_arena_printf(call->arena, "%llu", n);
}

void sandbox_put_organization(struct sandbox_call *call)
{
    struct df_json_writer *w = &call->w;
    df_json_open(w, '{');
    df_json_kstr(w, "id", DF_S("1"));
    df_json_kstr(w, "slug", call->sandbox->organization);
    df_json_kstr(w, "name", call->sandbox->organization);
    put_time(call, "dateCreated", call->sandbox->started_ms);
    df_json_kopen(w, "links", '{');
    df_json_kstr(w, "organizationUrl", call->sandbox->url);
    df_json_kstr(w, "regionUrl", call->sandbox->url);
    df_json_close(w, '}');
    put_constants(call, organization_constants);
    df_json_close(w, '}');
}

static struct df_str platform_of(const struct sandbox_store *store)
{
    return store->newest ? store->newest->data.platform : DF_STR_NONE;
}

void sandbox_put_project(struct sandbox_call *call, bool detail)
{
    struct df_json_writer *w = &call->w;
    struct df_str platform = platform_of(&call->sandbox->store);
    df_json_open(w, '{');
    df_json_kstr(w, "id", DF_S("1"));
    df_json_kstr(w, "slug", call->sandbox->project);
    df_json_kstr(w, "name", call->sandbox->project);
    df_json_kstr_or_null(w, "platform", platform);
    df_json_kstrs(w, "platforms", &platform, platform.n ? 1 : 0);
    put_time(call, "dateCreated", call->sandbox->started_ms);
    put_time(call, "firstEvent", call->sandbox->store.first_event_ms);
    put_constants(call, project_constants);
    if (detail) {
        df_json_key(w, DF_S("organization"));
        sandbox_put_organization(call);
    }
    df_json_close(w, '}');
}

void sandbox_put_user(struct sandbox_call *call, const char *key)
{
    df_json_kopen(&call->w, key, '{');
    df_json_kstr(&call->w, "id", DF_S("1"));
    df_json_kstr(&call->w, "name", DF_S("Sandbox User"));
    df_json_kstr(&call->w, "email", DF_S("user@sandbox.example"));
    df_json_kstr(&call->w, "username", DF_S("user@sandbox.example"));
    df_json_close(&call->w, '}');
}

void sandbox_put_release(struct sandbox_call *call, const char *key, const char *version, int64_t created_ms)
{
    struct df_json_writer *w = &call->w;
    if (!*version) {
        df_json_knull(w, key);
        return;
    }
    df_json_kopen(w, key, '{');
    df_json_kint(w, "id", 1);
    df_json_kstr(w, "version", df_str_c(version));
    df_json_kstr(w, "shortVersion", df_str_c(version));
    put_time(call, "dateCreated", created_ms);
    df_json_knull(w, "dateReleased");
    df_json_knull(w, "ref");
    df_json_knull(w, "url");
    df_json_knull(w, "lastCommit");
    df_json_kint(w, "commitCount", 0);
    df_json_kint(w, "deployCount", 0);
    df_json_kstr(w, "status", DF_S("open"));
    df_json_close(w, '}');
}

/* [[second, count], ...], oldest first; a bucket is one hour or one day. */
static void put_stats(struct sandbox_call *call, const struct sandbox_issue *issue, const char *period)
{
    bool hourly = strcmp(period, "24h") == 0;
    int64_t step = hourly ? 1 : HOURS_A_DAY, buckets = hourly ? 24 : strcmp(period, "14d") == 0 ? 14 : 30;
    int64_t first = (call->now_ms / HOUR_MS / step - buckets + 1) * step;
    df_json_kopen(&call->w, period, '[');
    for (int64_t i = 0; i < buckets; i++) {
        int64_t hour = first + i * step, n = 0;
        for (int64_t j = 0; j < step; j++)
            n += sandbox_issue_in_hour(issue, hour + j);
        df_json_open(&call->w, '[');
        df_json_put_int(&call->w, hour * 3600);
        df_json_put_int(&call->w, n);
        df_json_close(&call->w, ']');
    }
    df_json_close(&call->w, ']');
}

static void put_metadata(struct sandbox_call *call, const struct df_sandbox_event *event)
{
    struct df_json_writer *w = &call->w;
    df_json_kopen(w, "metadata", '{');
    if (df_str_is(event->type, "error")) {
        df_json_kstr(w, "value", event->metadata_value);
        if (event->metadata_type.n)
            df_json_kstr(w, "type", event->metadata_type);
        if (event->metadata_filename.n)
            df_json_kstr(w, "filename", event->metadata_filename);
        if (event->metadata_function.n)
            df_json_kstr(w, "function", event->metadata_function);
    } else {
        df_json_kstr(w, "title", event->title);
    }
    df_json_close(w, '}');
}

static void put_issue_project(struct sandbox_call *call)
{
    df_json_kopen(&call->w, "project", '{');
    df_json_kstr(&call->w, "id", DF_S("1"));
    df_json_kstr(&call->w, "name", call->sandbox->project);
    df_json_kstr(&call->w, "slug", call->sandbox->project);
    df_json_kstr_or_null(&call->w, "platform", platform_of(&call->sandbox->store));
    df_json_close(&call->w, '}');
}

static void put_issue_head(struct sandbox_call *call, const struct sandbox_issue *issue)
{
    static const char *const statuses[] = {"unresolved", "resolved", "ignored"};
    struct df_json_writer *w = &call->w;
    const struct df_sandbox_event *latest = sandbox_issue_latest(issue);
    df_json_kstr(w, "id", number(call, issue->id));
    df_json_kstr(w, "shortId", df_str_c(issue->short_id));
    df_json_kstr(w, "title", latest->title);
    df_json_kstr(w, "culprit", latest->culprit);
    df_json_kstr(w, "permalink",
                 df_arena_printf(call->arena, "%.*s/organizations/%.*s/issues/%llu/", DF_FMT(call->sandbox->url),
                                 DF_FMT(call->sandbox->organization), issue->id));
    df_json_kstr_or_null(w, "logger", latest->logger);
    df_json_kstr(w, "level", latest->level);
    df_json_kstr(w, "status", df_str_c(statuses[issue->status]));
    df_json_kstr_or_null(w, "substatus", df_str_c(issue->substatus));
    df_json_kstr(w, "platform", latest->platform);
    df_json_kstr(w, "priority", df_str_c(issue->priority));
    df_json_kstr(w, "type", latest->type);
    df_json_kbool(w, "hasSeen", issue->has_seen);
    df_json_kint(w, "numComments", (int64_t)issue->n_notes);
    put_issue_project(call);
    put_metadata(call, latest);
    put_constants(call, issue_constants);
}

static void put_counts(struct sandbox_call *call, const struct sandbox_issue *issue)
{
    df_json_kstr(&call->w, "count", number(call, issue->count));
    df_json_kint(&call->w, "userCount", (int64_t)issue->n_users);
    put_time(call, "firstSeen", issue->first_ms);
    put_time(call, "lastSeen", issue->last_ms);
    df_json_kbool(&call->w, "isUnhandled", sandbox_issue_latest(issue)->unhandled);
}

static void put_lifetime(struct sandbox_call *call, const struct sandbox_issue *issue)
{
    df_json_kopen(&call->w, "lifetime", '{');
    df_json_kstr(&call->w, "count", number(call, issue->count));
    df_json_kint(&call->w, "userCount", (int64_t)issue->n_users);
    put_time(call, "firstSeen", issue->first_ms);
    put_time(call, "lastSeen", issue->last_ms);
    df_json_knull(&call->w, "stats");
    df_json_close(&call->w, '}');
    df_json_knull(&call->w, "filtered");
}

static void put_activity(struct sandbox_call *call, const struct sandbox_issue *issue)
{
    struct df_json_writer *w = &call->w;
    df_json_kopen(w, "activity", '[');
    df_json_open(w, '{');
    df_json_kstr(w, "id", DF_S("0"));
    df_json_kstr(w, "type", DF_S("first_seen"));
    df_json_knull(w, "user");
    df_json_kopen(w, "data", '{');
    df_json_close(w, '}');
    put_time(call, "dateCreated", issue->first_ms);
    df_json_close(w, '}');
    df_json_close(w, ']');
}

static void put_detail(struct sandbox_call *call, const struct sandbox_issue *issue)
{
    put_activity(call, issue);
    sandbox_put_release(call, "firstRelease", issue->first_release, issue->first_release_ms);
    sandbox_put_release(call, "lastRelease", issue->last_release, issue->last_release_ms);
    sandbox_put_issue_tags(call, issue);
    put_constants(call,
                  "{\"seenBy\":[],\"participants\":[],\"userReportCount\":0,\"pluginActions\":[],\"pluginIssues\":[],"
                  "\"pluginContexts\":[]}");
    df_json_kopen(&call->w, "stats", '{');
    put_stats(call, issue, "24h");
    put_stats(call, issue, "30d");
    df_json_close(&call->w, '}');
}

void sandbox_put_issue(struct sandbox_call *call, const struct sandbox_issue *issue, enum sandbox_issue_form form,
                       const char *stats)
{
    df_json_open(&call->w, '{');
    put_issue_head(call, issue);
    put_counts(call, issue);
    if (form == SANDBOX_ISSUE_ROW)
        put_lifetime(call, issue);
    if (form == SANDBOX_ISSUE_ROW && stats) {
        df_json_kopen(&call->w, "stats", '{');
        put_stats(call, issue, stats);
        df_json_close(&call->w, '}');
    }
    if (form == SANDBOX_ISSUE_DETAIL)
        put_detail(call, issue);
    df_json_close(&call->w, '}');
}

static void put_neighbours(struct sandbox_call *call, const struct sandbox_event *event)
{
    const struct sandbox_issue *issue = event->issue;
    size_t i = 0;
    while (issue->events[i] != event)
        i++;
    df_json_kstr_or_null(&call->w, "previousEventID", i ? issue->events[i - 1]->data.event_id : DF_STR_NONE);
    df_json_kstr_or_null(&call->w, "nextEventID",
                         i + 1 < issue->n_events ? issue->events[i + 1]->data.event_id : DF_STR_NONE);
}

void sandbox_put_event(struct sandbox_call *call, const struct sandbox_event *event)
{
    const struct df_json *stored = NULL;
    df_json_parse(call->arena, event->data.json, STORED_DEPTH, &stored, NULL);
    df_json_open(&call->w, '{');
    for (struct df_json_iter it = df_json_iter(stored); df_json_next(&it);) {
        df_json_key(&call->w, it.key);
        df_json_put_value(&call->w, it.value);
    }
    df_json_kstr(&call->w, "groupID", number(call, event->issue->id));
    put_neighbours(call, event);
    sandbox_put_release(call, "release", df_arena_cstr(call->arena, event->data.release), event->data.created_ms);
    put_constants(call, "{\"sdkUpdates\":[],\"resolvedWith\":[]}");
    df_json_close(&call->w, '}');
}

void sandbox_put_event_row(struct sandbox_call *call, const struct sandbox_event *event)
{
    const struct df_json *stored = NULL;
    static const char *const kept[] = {"id",          "eventID",   "projectID", "message", "title",
                                       "location",    "culprit",   "user",      "tags",    "platform",
                                       "dateCreated", "crashFile", "metadata"};
    df_json_parse(call->arena, event->data.json, STORED_DEPTH, &stored, NULL);
    df_json_open(&call->w, '{');
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        df_json_kvalue(&call->w, kept[i], df_json_get(stored, kept[i]));
    df_json_kstr(&call->w, "event.type", event->data.type);
    df_json_kstr(&call->w, "groupID", number(call, event->issue->id));
    df_json_close(&call->w, '}');
}
