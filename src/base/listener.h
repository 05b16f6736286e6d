/* Whether a port of this machine is another user's: whoever listens there first gets what is sent to it, and on loopback any user
 * may. Linux tells everyone whose each listening socket is (proc_pid_net(5): tcp, tcp6); elsewhere nothing is known. Any thread. */
#ifndef DF_BASE_LISTENER_H
#define DF_BASE_LISTENER_H

#include "base/str.h"

/* One line of /proc/net/tcp or tcp6: whether it is a socket that listens on that port, at whatever address, and whose. */
bool df_listener_line(struct df_str line, unsigned port, unsigned *ret_uid);
/* Whether anyone but this process's user and root listens on it. False when that cannot be known. */
bool df_listener_is_anothers(unsigned port);

#endif
