/* The two protocols of a service manager: what it is told (sd_notify) and the socket it may hand over. Both are a few
 * environment variables, documented as stable, so that no library is needed; without a manager nothing happens.
 * Source: sd_notify(3), sd_listen_fds(3), sd_watchdog_enabled(3). One thread. */
#ifndef DF_APP_SYSTEMD_H
#define DF_APP_SYSTEMD_H

#include "base/error.h"

/* "READY=1", "STOPPING=1", ...: lines. Is lost, silently, when no one listens. */
void df_systemd_notify(const char *state);
/* RELOADING=1 with the time that READY=1 is compared with. */
void df_systemd_notify_reloading(void);
/* How often "WATCHDOG=1" is to be said, half as long as it may be missed; 0: not at all. */
unsigned df_systemd_watchdog_ms(void);

/* The listening socket that was handed over; 0: none. Its address then stands in the environment as API_HOST and PORT, so that
 * whatever is said of those settings is said of it. DF_ERR_CONFIG: it is no socket to serve on. */
enum df_code df_systemd_listener(int *ret_fd, struct df_error *err);

#endif
