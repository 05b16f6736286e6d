#include "sandbox/call.h"

#define ORG "/api/0/organizations/:org/"
#define ISSUE ORG "issues/:issue/"
#define LEGACY "/api/0/issues/:issue/"

/* Every path ends with '/', as Sentry's do, but for the controls. */
const struct sandbox_endpoint sandbox_endpoints[] = {
    {"GET", "/oauth/authorize/", NULL, sandbox_authorize_get, SANDBOX_AUTHORIZE, false},
    {"POST", "/oauth/authorize/", NULL, sandbox_authorize_post, SANDBOX_AUTHORIZE, false},
    {"POST", "/oauth/token/", NULL, sandbox_token_post, SANDBOX_TOKEN, false},
    {"GET", "/oauth/token/", NULL, sandbox_token_get, SANDBOX_TOKEN, false},
    {"POST", "/oauth/device/code/", NULL, sandbox_device_code_post, SANDBOX_AUTHORIZE, false},
    {"GET", "/oauth/device/", NULL, sandbox_device_get, SANDBOX_AUTHORIZE, false},
    {"POST", "/oauth/device/", NULL, sandbox_device_post, SANDBOX_AUTHORIZE, false},
    {"POST", "/api/:project/envelope/", NULL, sandbox_ingest_envelope, SANDBOX_INGEST, true},
    {"POST", "/api/:project/store/", NULL, sandbox_ingest_store, SANDBOX_INGEST, true},
    {"GET", "/api/0/users/me/", "", sandbox_api_me, SANDBOX_API, false},
    {"GET", "/api/0/organizations/", "org:read", sandbox_api_organizations, SANDBOX_API, false},
    {"GET", ORG, "org:read", sandbox_api_organization, SANDBOX_API, false},
    {"GET", ORG "projects/", "org:read", sandbox_api_projects, SANDBOX_API, false},
    {"GET", "/api/0/projects/:org/:project/", "project:read", sandbox_api_project, SANDBOX_API, false},
    {"GET", "/api/0/projects/:org/:project/events/:event/", "project:read", sandbox_api_project_event, SANDBOX_API,
     false},
    {"GET", ORG "issues/", "event:read", sandbox_api_issues, SANDBOX_API, false},
    {"GET", ISSUE, "event:read", sandbox_api_issue, SANDBOX_API, false},
    {"PUT", ISSUE, "event:write", sandbox_api_issue_put, SANDBOX_API, false},
    {"GET", ISSUE "events/", "event:read", sandbox_api_events, SANDBOX_API, false},
    {"GET", ISSUE "events/:event/", "event:read", sandbox_api_event, SANDBOX_API, false},
    {"GET", ISSUE "hashes/", "event:read", sandbox_api_hashes, SANDBOX_API, false},
    {"GET", ISSUE "tags/", "event:read", sandbox_api_tags, SANDBOX_API, false},
    {"GET", ISSUE "tags/:key/", "event:read", sandbox_api_tag, SANDBOX_API, false},
    {"GET", ISSUE "tags/:key/values/", "event:read", sandbox_api_tag_values, SANDBOX_API, false},
    {"GET", ISSUE "notes/", "event:read", sandbox_api_notes, SANDBOX_API, false},
    {"POST", ISSUE "notes/", "event:write", sandbox_api_notes_post, SANDBOX_API, false},
    {"GET", ISSUE "comments/", "event:read", sandbox_api_notes, SANDBOX_API, false},
    {"POST", ISSUE "comments/", "event:write", sandbox_api_notes_post, SANDBOX_API, false},
    {"GET", ORG "events-timeseries/", "org:read", sandbox_api_timeseries, SANDBOX_API, false},
    {"GET", ORG "shortids/:short/", "event:read", sandbox_api_shortid, SANDBOX_API, false},
    {"GET", ORG "eventids/:event/", "org:read", sandbox_api_eventid, SANDBOX_API, false},
    {"GET", LEGACY, "event:read", sandbox_api_issue_legacy, SANDBOX_API, false},
    {"PUT", LEGACY, "event:write", sandbox_api_issue_legacy_put, SANDBOX_API, false},
    {"GET", LEGACY "events/", "event:read", sandbox_api_events_legacy, SANDBOX_API, false},
    {"GET", LEGACY "events/:event/", "event:read", sandbox_api_event_legacy, SANDBOX_API, false},
    {"GET", "/linear/oauth/authorize", NULL, sandbox_linear_authorize_get, SANDBOX_AUTHORIZE, false},
    {"POST", "/linear/oauth/authorize", NULL, sandbox_linear_authorize_post, SANDBOX_AUTHORIZE, false},
    {"POST", "/linear/oauth/token", NULL, sandbox_linear_token, SANDBOX_LINEAR_TOKEN, false},
    {"POST", "/linear/oauth/revoke", NULL, sandbox_linear_revoke, SANDBOX_LINEAR_TOKEN, false},
    {"POST", "/linear/graphql", NULL, sandbox_linear_graphql, SANDBOX_LINEAR, true},
    {"POST", "/_sandbox/linear/expire", NULL, sandbox_linear_expire, SANDBOX_CONTROL, false},
    {"POST", "/_sandbox/linear/limits", NULL, sandbox_linear_limits, SANDBOX_CONTROL, false},
    {"GET", "/_sandbox/linear", NULL, sandbox_linear_stats, SANDBOX_CONTROL, false},
    {"POST", "/_sandbox/faults", NULL, sandbox_faults_post, SANDBOX_CONTROL, false},
    {"DELETE", "/_sandbox/faults", NULL, sandbox_faults_delete, SANDBOX_CONTROL, false},
    {"POST", "/_sandbox/webhook", NULL, sandbox_hook_post, SANDBOX_CONTROL, false},
    {"GET", "/_sandbox/stats", NULL, sandbox_stats, SANDBOX_CONTROL, false},
    {"POST", "/_sandbox/expire", NULL, sandbox_expire, SANDBOX_CONTROL, false},
    {"POST", "/_sandbox/revoke", NULL, sandbox_revoke, SANDBOX_CONTROL, false},
};
const size_t sandbox_n_endpoints = sizeof sandbox_endpoints / sizeof *sandbox_endpoints;

_Static_assert(sizeof sandbox_endpoints / sizeof *sandbox_endpoints <= SANDBOX_ENDPOINTS_MAX, "room for every route");
