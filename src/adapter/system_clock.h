/* Adapter: the system's clock. */
#ifndef DF_ADAPTER_SYSTEM_CLOCK_H
#define DF_ADAPTER_SYSTEM_CLOCK_H

#include "port/clock.h"

extern const struct df_clock df_system_clock;

#endif
