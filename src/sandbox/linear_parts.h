/* Inside the sandbox's Linear: what its endpoints share. */
#ifndef DF_SANDBOX_LINEAR_PARTS_H
#define DF_SANDBOX_LINEAR_PARTS_H

#include "sandbox/call.h"

/* An answer that is an error alone; body_status is what its statusCode says. */
void linear_refuse(struct sandbox_call *call, int status, const struct linear_fault *fault, int body_status);
/* What the request's token or API key may; false when it is none that holds. */
bool linear_token_scopes(struct sandbox_call *call, oauth_scopes *ret);

#endif
