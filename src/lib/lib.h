/* Between the files of libdevflow: the program's errors as the library's. */
#ifndef DF_LIB_LIB_H
#define DF_LIB_LIB_H

#include "base/error.h"
#include "base/secret.h"
#include "devflow.h"

/* Fills *err (which may be NULL) from ours; returns the result. */
enum devflow_result df_lib_fail(const struct df_error *why, struct devflow_error *err);
/* DEVFLOW_FAILED when there is no memory for it. */
enum devflow_result df_lib_token(struct df_secret access_token, struct df_str type, struct df_str scopes,
                                 int64_t expires_ms, struct devflow_token **ret, struct devflow_error *err);

#endif
