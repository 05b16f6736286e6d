#include "sandbox/call.h"

void sandbox_api_organizations(struct sandbox_call *call)
{
    struct sandbox_slice slice;
    if (!sandbox_paginate(call, call->sandbox->no_organizations ? 0 : 1, 100, &slice))
        return;
    df_json_open(&call->w, '[');
    if (slice.from < slice.to)
        sandbox_put_organization(call);
    df_json_close(&call->w, ']');
}

void sandbox_api_organization(struct sandbox_call *call)
{
    if (sandbox_organization(call, 0))
        sandbox_put_organization(call);
}

void sandbox_api_projects(struct sandbox_call *call)
{
    struct sandbox_slice slice;
    if (!sandbox_organization(call, 0) || !sandbox_paginate(call, 1, 100, &slice))
        return;
    df_json_open(&call->w, '[');
    if (slice.from < slice.to)
        sandbox_put_project(call, false);
    df_json_close(&call->w, ']');
}

void sandbox_api_project(struct sandbox_call *call)
{
    if (sandbox_organization(call, 0) && sandbox_project(call, 1))
        sandbox_put_project(call, true);
}

/* No OAuth token may ask who it belongs to. */
void sandbox_api_me(struct sandbox_call *call)
{
    sandbox_detail(call, 403, "You do not have permission to perform this action.");
}
