#include "adapter/sql_schema.h"

/* In these, {int} is a 64-bit number, {blob} bytes, {strict} what makes a table check its types. */
static const char *const steps[] = {
    "CREATE TABLE projects ("
    " id TEXT PRIMARY KEY, name TEXT NOT NULL, description TEXT NOT NULL, repository TEXT NOT NULL,"
    " created_ms {int} NOT NULL, updated_ms {int} NOT NULL){strict};"

    "CREATE TABLE oauth_apps ("
    " project_id TEXT NOT NULL REFERENCES projects(id) ON DELETE CASCADE, provider TEXT NOT NULL, id TEXT NOT NULL,"
    " client_id TEXT NOT NULL, client_secret {blob} NOT NULL, redirect_uri TEXT NOT NULL, scopes TEXT NOT NULL,"
    " flow_type TEXT NOT NULL, base_url TEXT NOT NULL, name TEXT NOT NULL, description TEXT NOT NULL,"
    " created_ms {int} NOT NULL, updated_ms {int} NOT NULL,"
    " PRIMARY KEY (project_id, provider)){strict};"

    "CREATE TABLE connections ("
    " project_id TEXT NOT NULL, provider TEXT NOT NULL, id TEXT NOT NULL, base_url TEXT NOT NULL,"
    " access_token {blob} NOT NULL, refresh_token {blob} NOT NULL, token_type TEXT NOT NULL, scopes TEXT NOT NULL,"
    " obtained_ms {int} NOT NULL, expires_ms {int} NOT NULL, user_id TEXT NOT NULL, user_email TEXT NOT NULL,"
    " organizations TEXT NOT NULL, reconnect {int} NOT NULL, failure_reason TEXT NOT NULL, version {int} NOT NULL,"
    " refreshed_ms {int} NOT NULL, created_ms {int} NOT NULL, updated_ms {int} NOT NULL,"
    " epoch {int} NOT NULL, lease_owner TEXT NOT NULL, lease_until_ms {int} NOT NULL, unanswered {int} NOT NULL,"
    " failures {int} NOT NULL, due_ms {int} NOT NULL,"
    " PRIMARY KEY (project_id, provider),"
    " FOREIGN KEY (project_id, provider) REFERENCES oauth_apps(project_id, provider) ON DELETE CASCADE){strict};"

    "CREATE INDEX connections_due ON connections (due_ms) WHERE due_ms > 0 AND reconnect = 0;"

    "CREATE TABLE oauth_flows ("
    " id TEXT PRIMARY KEY, project_id TEXT NOT NULL, provider TEXT NOT NULL, state_hash {blob} UNIQUE,"
    " verifier {blob} NOT NULL, url {blob} NOT NULL, browser_hash {blob} NOT NULL, organization TEXT NOT NULL,"
    " status {int} NOT NULL, code TEXT NOT NULL, message TEXT NOT NULL,"
    " created_ms {int} NOT NULL, expires_ms {int} NOT NULL,"
    " FOREIGN KEY (project_id, provider) REFERENCES oauth_apps(project_id, provider) ON DELETE CASCADE){strict};"
    "CREATE INDEX oauth_flows_expiry ON oauth_flows (expires_ms);"
    "CREATE INDEX oauth_flows_app ON oauth_flows (project_id, provider);",

    /* What discovery found; the pace of a device flow. */
    "ALTER TABLE oauth_apps ADD COLUMN endpoints TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE oauth_flows ADD COLUMN interval_s {int} NOT NULL DEFAULT 0;"
    "ALTER TABLE oauth_flows ADD COLUMN next_poll_ms {int} NOT NULL DEFAULT 0;",
    "CREATE TABLE webhooks ("
    " id TEXT PRIMARY KEY, project_id TEXT NOT NULL REFERENCES projects(id) ON DELETE CASCADE, url TEXT NOT NULL,"
    " events TEXT NOT NULL, secret {blob} NOT NULL, old_secret {blob} NOT NULL, old_until_ms {int} NOT NULL,"
    " disabled TEXT NOT NULL, created_ms {int} NOT NULL){strict};"
    "CREATE INDEX webhooks_project ON webhooks (project_id);"
    /* No reference to webhooks or connections: the news that they are gone is still to be told. */
    "CREATE TABLE outbox ("
    " id TEXT PRIMARY KEY, webhook_id TEXT NOT NULL, project_id TEXT NOT NULL, provider TEXT NOT NULL,"
    " connection_id TEXT NOT NULL, type TEXT NOT NULL, reason TEXT NOT NULL, url TEXT NOT NULL, secret {blob} NOT NULL,"
    " created_ms {int} NOT NULL, attempts {int} NOT NULL, due_ms {int} NOT NULL, status {int} NOT NULL,"
    " error TEXT NOT NULL, ended_ms {int} NOT NULL){strict};"
    "CREATE INDEX outbox_due ON outbox (due_ms) WHERE due_ms > 0;"
    "CREATE INDEX outbox_ended ON outbox (ended_ms) WHERE due_ms = 0;"
    "CREATE INDEX outbox_webhook ON outbox (webhook_id, created_ms);",
    "ALTER TABLE connections ADD COLUMN failure_code TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE connections ADD COLUMN doubtful {int} NOT NULL DEFAULT 0;"
    "DROP INDEX connections_due;"
    "CREATE INDEX connections_due ON connections (base_url, due_ms) WHERE due_ms > 0 AND reconnect = 0;"
    "ALTER TABLE oauth_apps ADD COLUMN fault TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE oauth_apps ADD COLUMN fault_ms {int} NOT NULL DEFAULT 0;"
    "ALTER TABLE oauth_apps ADD COLUMN fault_retry_ms {int} NOT NULL DEFAULT 0;"
    "ALTER TABLE oauth_apps ADD COLUMN fault_times {int} NOT NULL DEFAULT 0;"
    "CREATE INDEX oauth_apps_client ON oauth_apps (client_id);"
    "CREATE TABLE pace (host TEXT PRIMARY KEY, next_ms {int} NOT NULL, hold_ms {int} NOT NULL){strict};",

    /* The keys that stored values need; the rotation, a single row. */
    "CREATE TABLE key_ids ("
    " key_id {blob} PRIMARY KEY, check_value {blob} NOT NULL, first_used_ms {int} NOT NULL){strict};"
    "CREATE TABLE key_rotation ("
    " id {int} PRIMARY KEY, epoch {int} NOT NULL, state {int} NOT NULL, owner TEXT NOT NULL,"
    " lease_until_ms {int} NOT NULL, to_id {blob} NOT NULL, place {int} NOT NULL, after_id TEXT NOT NULL,"
    " after_project TEXT NOT NULL, after_provider TEXT NOT NULL, done {int} NOT NULL, total {int} NOT NULL,"
    " passes {int} NOT NULL, found {int} NOT NULL, unreadable {int} NOT NULL, started_ms {int} NOT NULL,"
    " updated_ms {int} NOT NULL, freed TEXT NOT NULL, message TEXT NOT NULL){strict};",

    /* Those who are not well can be counted without a walk over all. */
    "CREATE INDEX connections_ill ON connections (reconnect) WHERE reconnect = 1 OR failures > 0;",
    /* No reference to projects: a project's keys are revoked with it, and stay to be told of. */
    "CREATE TABLE api_keys ("
    " id TEXT PRIMARY KEY, hash {blob} NOT NULL UNIQUE, name TEXT NOT NULL, role {int} NOT NULL, project_id TEXT NOT NULL,"
    " permissions {int} NOT NULL, created_ms {int} NOT NULL, expires_ms {int} NOT NULL, revoked_ms {int} NOT NULL,"
    " last_used_ms {int} NOT NULL){strict};",

    /* A chain: each hash is over the one before and the row (domain/audit.h). */
    "CREATE TABLE audit ("
    " seq {int} PRIMARY KEY, at_ms {int} NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL, project_id TEXT NOT NULL,"
    " target TEXT NOT NULL, result TEXT NOT NULL, request_id TEXT NOT NULL, count {int} NOT NULL, hash {blob} NOT NULL"
    "){strict};",

    /* What Sentry tells, signed with the secret of the project's integration there. */
    "CREATE TABLE hook_secrets ("
    " project_id TEXT PRIMARY KEY REFERENCES projects(id) ON DELETE CASCADE, secret {blob} NOT NULL,"
    " updated_ms {int} NOT NULL){strict};"
    "CREATE TABLE inbox ("
    " id TEXT PRIMARY KEY, project_id TEXT NOT NULL REFERENCES projects(id) ON DELETE CASCADE, resource TEXT NOT NULL,"
    " action TEXT NOT NULL, issue TEXT NOT NULL, facts TEXT NOT NULL, received_ms {int} NOT NULL, attempts {int} NOT NULL,"
    " due_ms {int} NOT NULL, status {int} NOT NULL, outcome TEXT NOT NULL, ended_ms {int} NOT NULL){strict};"
    "CREATE INDEX inbox_due ON inbox (due_ms) WHERE due_ms > 0;"
    "CREATE INDEX inbox_ended ON inbox (ended_ms) WHERE due_ms = 0;"
    "CREATE INDEX inbox_project ON inbox (project_id, received_ms);",

    /* Workflows. No reference to projects: a run ends by its code, when its project is gone (project_farewells). A run is due when due_ms says so and nobody owns
     * it; inbox counts the messages it ever got, waits_at is the row of its history after which it waits for `waiting`. */
    "CREATE TABLE workflow_runs ("
    " id TEXT PRIMARY KEY, name TEXT NOT NULL, project_id TEXT NOT NULL, issue TEXT NOT NULL, input TEXT NOT NULL,"
    " status {int} NOT NULL, result TEXT NOT NULL, code TEXT NOT NULL, reason TEXT NOT NULL, state TEXT NOT NULL,"
    " waiting TEXT NOT NULL, waits_at {int} NOT NULL, parent_id TEXT NOT NULL, parent_seq {int} NOT NULL,"
    " seed {int} NOT NULL, round {int} NOT NULL, round_ms {int} NOT NULL, inbox {int} NOT NULL, due_ms {int} NOT NULL,"
    " owner TEXT NOT NULL, started_ms {int} NOT NULL, closed_ms {int} NOT NULL){strict};"
    "CREATE INDEX workflow_runs_due ON workflow_runs (due_ms) WHERE due_ms > 0;"
    "CREATE INDEX workflow_runs_owner ON workflow_runs (owner) WHERE owner <> '';"
    "CREATE INDEX workflow_runs_project ON workflow_runs (project_id, started_ms);"
    "CREATE INDEX workflow_runs_started ON workflow_runs (started_ms);"
    "CREATE INDEX workflow_runs_closed ON workflow_runs (closed_ms) WHERE closed_ms > 0;"
    "CREATE INDEX workflow_runs_status ON workflow_runs (status);"
    "CREATE TABLE workflow_history ("
    " run_id TEXT NOT NULL, n {int} NOT NULL, kind {int} NOT NULL, seq {int} NOT NULL, name TEXT NOT NULL,"
    " code TEXT NOT NULL, value TEXT NOT NULL, at_ms {int} NOT NULL, due_ms {int} NOT NULL,"
    " PRIMARY KEY (run_id, n)){strict};"
    "CREATE TABLE workflow_inbox ("
    " run_id TEXT NOT NULL, n {int} NOT NULL, kind {int} NOT NULL, seq {int} NOT NULL, name TEXT NOT NULL,"
    " code TEXT NOT NULL, value TEXT NOT NULL, at_ms {int} NOT NULL,"
    " PRIMARY KEY (run_id, n)){strict};"
    "CREATE TABLE workflow_workers (id TEXT PRIMARY KEY, name TEXT NOT NULL, until_ms {int} NOT NULL){strict};"
    "CREATE TABLE issue_contexts ("
    " project_id TEXT NOT NULL REFERENCES projects(id) ON DELETE CASCADE, issue TEXT NOT NULL, title TEXT NOT NULL,"
    " markdown TEXT NOT NULL, workflow_id TEXT NOT NULL, stored_ms {int} NOT NULL,"
    " PRIMARY KEY (project_id, issue)){strict};",

    /* What a project starts, and when. */
    "CREATE TABLE rules ("
    " project_id TEXT PRIMARY KEY REFERENCES projects(id) ON DELETE CASCADE, body TEXT NOT NULL, updated_ms {int} NOT NULL"
    "){strict};"
    "CREATE TABLE schedules ("
    " project_id TEXT NOT NULL REFERENCES projects(id) ON DELETE CASCADE, name TEXT NOT NULL, cron TEXT NOT NULL,"
    " jitter_s {int} NOT NULL, workflow TEXT NOT NULL, input TEXT NOT NULL, slot_ms {int} NOT NULL, due_ms {int} NOT NULL,"
    " since_ms {int} NOT NULL, created_ms {int} NOT NULL, PRIMARY KEY (project_id, name)){strict};"
    "CREATE INDEX schedules_due ON schedules (due_ms);",
    /* Tickets: the one issue in a tracker for a Sentry issue. */
    "CREATE TABLE ticket_settings ("
    " project_id TEXT PRIMARY KEY REFERENCES projects(id) ON DELETE CASCADE, tracker TEXT NOT NULL, place TEXT NOT NULL,"
    " labels TEXT NOT NULL, threshold {int} NOT NULL, daily_cap {int} NOT NULL, automatic {int} NOT NULL,"
    " note {int} NOT NULL, updated_ms {int} NOT NULL){strict};"
    "CREATE TABLE tickets ("
    " tracker TEXT NOT NULL, target TEXT NOT NULL, sentry TEXT NOT NULL,"
    " project_id TEXT NOT NULL REFERENCES projects(id) ON DELETE CASCADE, sentry_id TEXT NOT NULL, short_id TEXT NOT NULL,"
    " title TEXT NOT NULL, id TEXT NOT NULL UNIQUE, state {int} NOT NULL, ref TEXT NOT NULL, ticket_key TEXT NOT NULL,"
    " url TEXT NOT NULL, predecessor TEXT NOT NULL, by_hand {int} NOT NULL, automatic {int} NOT NULL,"
    " sent_ms {int} NOT NULL, events {int} NOT NULL, users {int} NOT NULL, comments {int} NOT NULL,"
    " substatus TEXT NOT NULL, noted_ms {int} NOT NULL, lease_owner TEXT NOT NULL, lease_until_ms {int} NOT NULL,"
    " created_ms {int} NOT NULL, updated_ms {int} NOT NULL, PRIMARY KEY (tracker, target, sentry)){strict};"
    "CREATE INDEX tickets_project ON tickets (project_id, updated_ms);",

    /* How often a run was taken up without going on: one whose step brings down its process is parked at last. */
    "ALTER TABLE workflow_runs ADD COLUMN tries {int} NOT NULL DEFAULT 0;"
    "ALTER TABLE workflow_runs ADD COLUMN tries_at {int} NOT NULL DEFAULT 0;"
    "CREATE INDEX workflow_runs_suspect ON workflow_runs (due_ms) WHERE tries > 2;",

    /* Projects that are gone while something of them goes on. */
    "CREATE TABLE project_farewells ("
    " project_id TEXT NOT NULL, deleted_ms {int} NOT NULL, due_ms {int} NOT NULL, attempts {int} NOT NULL,"
    " PRIMARY KEY (project_id, deleted_ms)){strict};",

    /* What Sentry knows, beside specifications in a tracker. */
    "CREATE TABLE spec_notes ("
    " project_id TEXT NOT NULL REFERENCES projects(id) ON DELETE CASCADE, page_id TEXT NOT NULL, document {int} NOT NULL,"
    " id TEXT NOT NULL, sent TEXT NOT NULL, kept TEXT NOT NULL, updated_ms {int} NOT NULL,"
    " PRIMARY KEY (project_id, page_id, document)){strict};",

    /* How urgent issues were when they were last looked at, and how much each part of that counts in a project. */
    "CREATE TABLE issue_priorities ("
    " project_id TEXT NOT NULL REFERENCES projects(id) ON DELETE CASCADE, sentry_id TEXT NOT NULL,"
    " priority {int} NOT NULL, judged_ms {int} NOT NULL, PRIMARY KEY (project_id, sentry_id)){strict};"
    "CREATE TABLE priority_settings ("
    " project_id TEXT PRIMARY KEY REFERENCES projects(id) ON DELETE CASCADE, weights TEXT NOT NULL,"
    " updated_ms {int} NOT NULL){strict};",

    /* The regression test of an issue, and which issues a note on a specification shows. */
    "CREATE TABLE issue_tests ("
    " project_id TEXT NOT NULL REFERENCES projects(id) ON DELETE CASCADE, sentry_id TEXT NOT NULL,"
    " reproduced {int} NOT NULL, language TEXT NOT NULL, file TEXT NOT NULL, callee TEXT NOT NULL, exception TEXT NOT NULL,"
    " reason TEXT NOT NULL, body TEXT NOT NULL, made_ms {int} NOT NULL, PRIMARY KEY (project_id, sentry_id)){strict};"
    "ALTER TABLE spec_notes ADD COLUMN issues TEXT NOT NULL DEFAULT '';",

    /* A ticket's state follows the Sentry issue's, where the project says so. */
    "ALTER TABLE ticket_settings ADD COLUMN on_resolved TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE tickets ADD COLUMN status TEXT NOT NULL DEFAULT '';",
};

const int sql_schema_version = sizeof steps / sizeof *steps;

struct df_str sql_schema_step(int version, const struct sql_dialect *dialect, struct df_arena *arena)
{
    const struct {
        struct df_str word;
        const char *means;
    } words[] = {{DF_S("{int}"), dialect->integer},
                 {DF_S("{blob}"), dialect->blob},
                 {DF_S("{strict}"), dialect->strict},
                 {DF_S(" TEXT "), dialect->text}};
    struct df_buf out;
    df_buf_init(&out, arena, 256 * 1024);
    for (struct df_str rest = df_str_c(steps[version - 1]); rest.n;) {
        size_t i = 0, n = sizeof words / sizeof *words;
        while (i < n && !df_str_starts(rest, words[i].word))
            i++;
        if (i < n)
            df_buf_put_c(&out, words[i].means);
        else
            df_buf_put_char(&out, rest.p[0]);
        rest = df_str_from(rest, i < n ? words[i].word.n : 1);
    }
    return df_buf_str(&out);
}

int sql_schema_place(struct df_str table)
{
    static const struct df_str make = {"CREATE TABLE ", 13};
    int place = 0;
    for (int i = 0; i < sql_schema_version; i++)
        for (struct df_str rest = df_str_c(steps[i]); rest.n; rest = df_str_from(rest, 1)) {
            if (!df_str_starts(rest, make))
                continue;
            rest = df_str_from(rest, make.n);
            if (df_str_starts(rest, table) && rest.n > table.n && rest.p[table.n] == ' ')
                return place;
            place++;
        }
    return -1;
}
