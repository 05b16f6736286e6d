/* Values that stand in for secrets and personal data where a mark would not do, because a program is to run with them: of the same
 * kind, for personal data of the same shape (letters stay letters, digits digits, everything else itself), never the value's own
 * letters and digits. Equal values get equal stand-ins, different ones different ones as long as their shape has the room.
 * Pure; one is for one event, and for one thread. */
#ifndef DF_DOMAIN_STAND_IN_H
#define DF_DOMAIN_STAND_IN_H

#include "domain/scrub.h"

enum { DF_STAND_INS = 256, DF_STAND_IN_LEAST_BYTES = 4 };

struct df_stand_ins {
    struct df_arena *arena;
    struct df_stand_in {
        struct df_str value, stand_in; /* without quotes around them */
    } items[DF_STAND_INS];
    size_t n;
};

/* value is a text, or as a language prints one: quotes around it stay. */
struct df_str df_stand_in_for(struct df_stand_ins *s, enum df_scrub_kind kind, struct df_str value);
/* The text with those values replaced that were seen before, where they stand as words of at least DF_STAND_IN_LEAST_BYTES: what is
 * personal under its key is so in a message, too. The text itself when there is none. */
struct df_str df_stand_in_known(const struct df_stand_ins *s, struct df_str text);

#endif
