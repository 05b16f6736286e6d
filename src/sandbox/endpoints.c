#include "sandbox/call.h"

#define ORG "/api/0/organizations/:org/"
#define ISSUE ORG "issues/:issue/"
#define LEGACY "/api/0/issues/:issue/"

/* Every path ends with '/', as Sentry's do, but for the controls. */
const struct sandbox_endpoint sandbox_endpoints[] = {
    {"GET", "/oauth/authorize/", SANDBOX_AUTHORIZE, NULL, sandbox_authorize_get, false},
    {"POST", "/oauth/authorize/", SANDBOX_AUTHORIZE, NULL, sandbox_authorize_post, false},
    {"POST", "/oauth/token/", SANDBOX_TOKEN, NULL, sandbox_token_post, false},
    {"GET", "/oauth/token/", SANDBOX_TOKEN, NULL, sandbox_token_get, false},
    {"POST", "/api/:project/envelope/", SANDBOX_INGEST, NULL, sandbox_ingest_envelope, true},
    {"POST", "/api/:project/store/", SANDBOX_INGEST, NULL, sandbox_ingest_store, true},
    {"GET", "/api/0/users/me/", SANDBOX_API, "", sandbox_api_me, false},
    {"GET", "/api/0/organizations/", SANDBOX_API, "org:read", sandbox_api_organizations, false},
    {"GET", ORG, SANDBOX_API, "org:read", sandbox_api_organization, false},
    {"GET", ORG "projects/", SANDBOX_API, "org:read", sandbox_api_projects, false},
    {"GET", "/api/0/projects/:org/:project/", SANDBOX_API, "project:read", sandbox_api_project, false},
    {"GET", "/api/0/projects/:org/:project/events/:event/", SANDBOX_API, "project:read", sandbox_api_project_event, false},
    {"GET", ORG "issues/", SANDBOX_API, "event:read", sandbox_api_issues, false},
    {"GET", ISSUE, SANDBOX_API, "event:read", sandbox_api_issue, false},
    {"PUT", ISSUE, SANDBOX_API, "event:write", sandbox_api_issue_put, false},
    {"GET", ISSUE "events/", SANDBOX_API, "event:read", sandbox_api_events, false},
    {"GET", ISSUE "events/:event/", SANDBOX_API, "event:read", sandbox_api_event, false},
    {"GET", ISSUE "hashes/", SANDBOX_API, "event:read", sandbox_api_hashes, false},
    {"GET", ISSUE "tags/", SANDBOX_API, "event:read", sandbox_api_tags, false},
    {"GET", ISSUE "tags/:key/", SANDBOX_API, "event:read", sandbox_api_tag, false},
    {"GET", ISSUE "tags/:key/values/", SANDBOX_API, "event:read", sandbox_api_tag_values, false},
    {"GET", ISSUE "notes/", SANDBOX_API, "event:read", sandbox_api_notes, false},
    {"POST", ISSUE "notes/", SANDBOX_API, "event:write", sandbox_api_notes_post, false},
    {"GET", ISSUE "comments/", SANDBOX_API, "event:read", sandbox_api_notes, false},
    {"POST", ISSUE "comments/", SANDBOX_API, "event:write", sandbox_api_notes_post, false},
    {"GET", ORG "shortids/:short/", SANDBOX_API, "event:read", sandbox_api_shortid, false},
    {"GET", ORG "eventids/:event/", SANDBOX_API, "org:read", sandbox_api_eventid, false},
    {"GET", LEGACY, SANDBOX_API, "event:read", sandbox_api_issue_legacy, false},
    {"PUT", LEGACY, SANDBOX_API, "event:write", sandbox_api_issue_legacy_put, false},
    {"GET", LEGACY "events/", SANDBOX_API, "event:read", sandbox_api_events_legacy, false},
    {"GET", LEGACY "events/:event/", SANDBOX_API, "event:read", sandbox_api_event_legacy, false},
    {"POST", "/_sandbox/faults", SANDBOX_CONTROL, NULL, sandbox_faults_post, false},
    {"DELETE", "/_sandbox/faults", SANDBOX_CONTROL, NULL, sandbox_faults_delete, false},
    {"GET", "/_sandbox/stats", SANDBOX_CONTROL, NULL, sandbox_stats, false},
    {"POST", "/_sandbox/expire", SANDBOX_CONTROL, NULL, sandbox_expire, false},
    {"POST", "/_sandbox/revoke", SANDBOX_CONTROL, NULL, sandbox_revoke, false},
};
const size_t sandbox_n_endpoints = sizeof sandbox_endpoints / sizeof *sandbox_endpoints;

_Static_assert(sizeof sandbox_endpoints / sizeof *sandbox_endpoints <= SANDBOX_ENDPOINTS_MAX, "room for every route");
