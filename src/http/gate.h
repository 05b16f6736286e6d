/* Lets requests in: who presents which key (service/gate.h), what the route's row asks for (domain/access.h), and where the
 * request names its project. One place, before every handler. */
#ifndef DF_HTTP_GATE_H
#define DF_HTTP_GATE_H

#include "domain/access.h"
#include "http/server.h"

/* Where a request names the project it is about: each row of the API's table says one. */
enum df_project_at {
    DF_PROJECT_UNSET,
    DF_PROJECT_NOWHERE, /* it is about none */
    DF_PROJECT_PATH,    /* the first :name of the path */
    DF_PROJECT_QUERY,   /* ?project= */
    DF_PROJECT_BODY,    /* "projectId", which must be there */
    /* "projectId", which may be left out: the handler then takes a project key's own (df_api_own_project). */
    DF_PROJECT_BODY_OR_OWN,
};

/* The server's `admit`; app is the struct df_api. */
enum df_admission df_api_admit(void *app, struct df_request *request, enum df_admit_when when, struct df_error *err);

/* The server's `owner`: the project that the request names, else the caller's, else the network it is from. */
uint64_t df_api_owner(void *app, const struct df_request *request);

/* The caller's project, empty for who may see all. */
struct df_str df_api_own_project(const struct df_request *request);

#endif
