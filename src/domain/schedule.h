/* Schedules: what a project starts by the time. Plain data and pure functions; strings are views. Times are ms since the epoch, 0
 * for none. */
#ifndef DF_DOMAIN_SCHEDULE_H
#define DF_DOMAIN_SCHEDULE_H

#include "domain/cron.h"

enum { DF_SCHEDULES_MOST = 50, DF_SCHEDULE_NAME_BYTES = 40, DF_SCHEDULE_JITTER_MOST_S = 3600 };

struct df_schedule {
    struct df_str project_id, name;
    struct df_str cron;
    int64_t jitter_s;
    struct df_str workflow; /* empty: the project's rules, over the issues since the slot before */
    struct df_str input;    /* JSON, or empty */
    int64_t slot_ms;        /* the next moment of the cron expression */
    int64_t due_ms;         /* slot_ms and some of the jitter */
    int64_t since_ms;       /* the slot that was started last, or when it was made */
    int64_t created_ms;
};

/* Letters, digits, "-", "_" and "."; in lower case, for it becomes a part of ids. */
bool df_schedule_name_valid(struct df_str name);
/* The same moment on every node: the jitter of a slot follows from the schedule's name and the slot. */
int64_t df_schedule_due(const struct df_schedule *s, int64_t slot_ms);
/* The slot to start at now_ms, when s is due: the latest whose own due time has come, so that a downtime costs one start. */
int64_t df_schedule_slot(const struct df_schedule *s, const struct df_cron *cron, int64_t now_ms);

#endif
