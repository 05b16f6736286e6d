/* Writing the audit log (domain/audit.h). What changes something is written by the store in the transaction of the change (df_devflow_noting), and what
 * failed before its answer goes out; what comes in crowds (tokens handed out,
 * requests through the proxy, refusals) is counted by caller, project, target and minute and written once the minute is over, so that the log
 * grows with the minutes, not with the requests. While the database does not take them, entries wait in memory, at most
 * DF_AUDIT_WAITING, and how many were lost beyond that is an entry itself. A process that is killed loses the counts of its last
 * minute. Any thread; counting never waits. */
#ifndef DF_SERVICE_AUDIT_H
#define DF_SERVICE_AUDIT_H

#include "domain/audit.h"
#include "service/devflow.h"

struct df_audit;

enum { DF_AUDIT_WAITING = 4096, DF_AUDIT_COUNTERS = 1024 };

struct df_audit *df_audit_new(const struct df_devflow *d);
/* Rows are removed from the front when they are that old and a day more (0, as at first: never); from any thread, also while it runs. */
void df_audit_keep(struct df_audit *audit, int days);
/* The thread that writes counts and what had to wait, and prunes. */
void df_audit_start(struct df_audit *audit);
/* Writes all there is; also without a start. */
void df_audit_stop(struct df_audit *audit);
void df_audit_free(struct df_audit *audit);

/* What happened now; at_ms, count, seq and hash are not read. Other characters than printable ASCII become '?', and long text is cut. Waits for
 * the store; false when it is kept for later. */
bool df_audit_record(struct df_audit *audit, const struct df_audit_entry *entry);
/* One more of what happens often. */
void df_audit_count(struct df_audit *audit, const struct df_audit_entry *entry);

#endif
