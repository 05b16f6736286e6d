/* The workflow engine (port/engine.h) over a Temporal server: a client of its API, and a worker on Temporal's own core
 * (adapter/temporal_library.h). A run is a workflow execution of the same id; cheap steps are local activities, remote ones and those with a
 * heartbeat are activities. docs/temporal.md says what differs from the embedded engine. Nothing connects before it is asked for something;
 * what the server does not take is told to the caller, and a worker goes on trying. */
#ifndef DF_ADAPTER_TEMPORAL_ENGINE_H
#define DF_ADAPTER_TEMPORAL_ENGINE_H

#include "base/secret.h"
#include "port/engine.h"

struct df_temporal_settings {
    struct df_str address; /* "host:7233" */
    struct df_str ns;      /* the namespace */
    struct df_str task_queue;
    bool tls;
    struct df_str server_name;     /* that the certificate is to have; empty: the address's host */
    struct df_str ca, certificate; /* PEM; empty: the system's, none */
    struct df_secret key;          /* PEM */
    struct df_secret api_key;      /* empty: none */
};

/* Copies the settings. DF_ERR_CONFIG when libdevflow-temporal.so is not here. */
enum df_code df_temporal_engine_new(const struct df_temporal_settings *settings, struct df_engine **ret,
                                    struct df_error *err);

#endif
