/* Private to event*.c: the parts of an event, read from either spelling. */
#ifndef DF_DOMAIN_EVENT_PARTS_H
#define DF_DOMAIN_EVENT_PARTS_H

#include "domain/event.h"

/* {"values":[...]}, a bare list, {"value":{...}} or one object: the list or the single value, for df_event_list_*. */
struct df_event_list {
    const struct df_json *array, *single;
};
struct df_event_list df_event_list(const struct df_json *v);
size_t df_event_list_count(struct df_event_list list);

/* A text, number or boolean under the first of the two keys that has one; the second key may be NULL. */
struct df_str df_event_text(const struct df_json *v, const char *key, const char *other, struct df_arena *arena);
int64_t df_event_time(const struct df_json *v);

void df_event_parse_stack(const struct df_json *v, struct df_arena *arena, struct df_stacktrace *ret);
void df_event_parse_exceptions(const struct df_json *v, struct df_arena *arena, struct df_event *event);
void df_event_parse_threads(const struct df_json *v, struct df_arena *arena, struct df_event *event);

/* {"a":1}, [["a",1]] or [{"key":"a","value":1}]; nulls are kept here. */
void df_event_parse_pairs(const struct df_json *v, struct df_arena *arena, struct df_pairs *ret);

#endif
