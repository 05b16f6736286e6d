/* Who a token speaks for, asked as the provider's row says. Any thread. */
#ifndef DF_PROVIDER_USER_INFO_H
#define DF_PROVIDER_USER_INFO_H

#include "base/json.h"
#include "port/provider.h"

/* The get_user_info of every row that has no need of its own. */
enum df_code df_user_info_ask(const struct df_user_info_ask *ask, struct df_arena *arena, struct df_user_info *ret,
                              struct df_error *err);

#endif
