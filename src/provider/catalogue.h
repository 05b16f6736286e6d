/* The providers there are: one row each, in a file of its own with what is special about it. */
#ifndef DF_PROVIDER_CATALOGUE_H
#define DF_PROVIDER_CATALOGUE_H

#include "port/provider.h"

extern const struct df_provider df_provider_sentry;

/* Ends with NULL. */
extern const struct df_provider *const df_providers[];

#endif
