/* The tables of the embedded store, as numbered steps: step N takes a database from version N-1 to N (PRAGMA user_version).
 * Steps that were released are never changed. */
#ifndef DF_ADAPTER_SQLITE_SCHEMA_H
#define DF_ADAPTER_SQLITE_SCHEMA_H

static const char *const sqlite_schema_steps[] = {
    "CREATE TABLE projects ("
    " id TEXT PRIMARY KEY, name TEXT NOT NULL, description TEXT NOT NULL, repository TEXT NOT NULL,"
    " created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL) STRICT;"

    "CREATE TABLE oauth_apps ("
    " project_id TEXT NOT NULL REFERENCES projects(id) ON DELETE CASCADE, provider TEXT NOT NULL, id TEXT NOT NULL,"
    " client_id TEXT NOT NULL, client_secret BLOB NOT NULL, redirect_uri TEXT NOT NULL, scopes TEXT NOT NULL,"
    " flow_type TEXT NOT NULL, base_url TEXT NOT NULL, name TEXT NOT NULL, description TEXT NOT NULL,"
    " created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL,"
    " PRIMARY KEY (project_id, provider)) STRICT;"

    "CREATE TABLE connections ("
    " project_id TEXT NOT NULL, provider TEXT NOT NULL, id TEXT NOT NULL, base_url TEXT NOT NULL,"
    " access_token BLOB NOT NULL, refresh_token BLOB NOT NULL, token_type TEXT NOT NULL, scopes TEXT NOT NULL,"
    " obtained_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL, user_id TEXT NOT NULL, user_email TEXT NOT NULL,"
    " organizations TEXT NOT NULL, reconnect INTEGER NOT NULL, failure_reason TEXT NOT NULL, version INTEGER NOT NULL,"
    " refreshed_ms INTEGER NOT NULL, created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL,"
    " epoch INTEGER NOT NULL, lease_owner TEXT NOT NULL, lease_until_ms INTEGER NOT NULL, unanswered INTEGER NOT NULL,"
    " failures INTEGER NOT NULL, due_ms INTEGER NOT NULL,"
    " PRIMARY KEY (project_id, provider),"
    " FOREIGN KEY (project_id, provider) REFERENCES oauth_apps(project_id, provider) ON DELETE CASCADE) STRICT;"

    "CREATE INDEX connections_due ON connections (due_ms) WHERE due_ms > 0 AND reconnect = 0;"

    "CREATE TABLE oauth_flows ("
    " id TEXT PRIMARY KEY, project_id TEXT NOT NULL, provider TEXT NOT NULL, state_hash BLOB UNIQUE,"
    " verifier BLOB NOT NULL, url BLOB NOT NULL, browser_hash BLOB NOT NULL, organization TEXT NOT NULL,"
    " status INTEGER NOT NULL, code TEXT NOT NULL, message TEXT NOT NULL,"
    " created_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL,"
    " FOREIGN KEY (project_id, provider) REFERENCES oauth_apps(project_id, provider) ON DELETE CASCADE) STRICT;"
    "CREATE INDEX oauth_flows_expiry ON oauth_flows (expires_ms);"
    "CREATE INDEX oauth_flows_app ON oauth_flows (project_id, provider);",
};

#endif
