/* Private to event*.c: the parts of an event, read from either spelling. */
#ifndef DF_DOMAIN_EVENT_PARTS_H
#define DF_DOMAIN_EVENT_PARTS_H

#include "domain/event.h"

/* One event being read. What is of another type than it should be is passed over, and noted with its place. */
struct df_event_reader {
    struct df_arena *arena;
    struct df_event *event;
    const char *part;   /* "exception"; NULL: the event itself */
    size_t item, frame; /* in the part, from 1; 0: none */
    struct df_str *odd; /* these become the event's */
    size_t n_odd, n_more_odd;
};
/* v is what stands under `key` and should be `wanted` ("a text"). */
void df_event_note_odd(struct df_event_reader *r, const char *key, const struct df_json *v, const char *wanted);

/* {"values":[...]}, a bare list, {"value":{...}} or one object: the list or the single value, for df_event_list_*. */
struct df_event_list {
    const struct df_json *array, *single;
};
struct df_event_list df_event_list(struct df_event_reader *r, const struct df_json *v);
size_t df_event_list_count(struct df_event_list list);
/* Whether the item of that place is an object, which goes into the notes' places. */
bool df_event_list_item(struct df_event_reader *r, const struct df_json *item, size_t index);

/* A text, number or boolean under the first of the two keys that has one; the second key may be NULL. */
struct df_str df_event_text(struct df_event_reader *r, const struct df_json *v, const char *key, const char *other);
/* The same of a value that was found already: of a key that stands twice, the last counts. */
struct df_str df_event_value(struct df_event_reader *r, const char *key, const struct df_json *v);
/* The same for what people wrote: a list or object in its place is kept as its JSON. */
struct df_str df_event_words(struct df_event_reader *r, const struct df_json *v, const char *key, const char *other);
/* An object under either key, or NULL; empty ones count as absent. */
const struct df_json *df_event_object(struct df_event_reader *r, const struct df_json *v, const char *key,
                                      const char *other);
int64_t df_event_number(struct df_event_reader *r, const struct df_json *v, const char *key, const char *other);
enum df_tristate df_event_tristate(struct df_event_reader *r, const struct df_json *v, const char *key,
                                   const char *other);
int64_t df_event_time(struct df_event_reader *r, const struct df_json *v, const char *key, const char *other);

void df_event_parse_stack(struct df_event_reader *r, const struct df_json *v, struct df_stacktrace *ret);
void df_event_parse_exceptions(struct df_event_reader *r, const struct df_json *v);
void df_event_parse_threads(struct df_event_reader *r, const struct df_json *v);

/* {"a":1}, [["a",1]] or [{"key":"a","value":1}]; nulls are kept here. */
/* "_meta": what was done to the event's values before they came here. */
void df_event_parse_meta(struct df_event_reader *r, const struct df_json *v);
void df_event_parse_pairs(struct df_event_reader *r, const struct df_json *v, struct df_pairs *ret);

#endif
