#include "provider/catalogue.h"

const struct df_provider *const df_providers[] = {
    &df_provider_sentry,
    NULL,
};
