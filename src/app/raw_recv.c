/* The program's recv, for all libraries in it: what the HTTP server reads is shown to it first (df_server_received), as
 * libmicrohttpd lets nobody see a head before it has made it look well. recv is recvfrom without the address (POSIX). */
#include "http/server.h"

#include <sys/socket.h>

ssize_t recv(int fd, void *to, size_t room, int flags)
{
    ssize_t n = recvfrom(fd, to, room, flags, NULL, NULL);
    if (n > 0 && !(flags & MSG_PEEK))
        df_server_received(fd, to, (size_t)n);
    return n;
}
