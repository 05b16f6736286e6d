/* The program's recv, and GnuTLS's, for all libraries in it: what the HTTP server reads is shown to it first, as libmicrohttpd lets
 * nobody see a head before it has made it look well. recv is recvfrom without the address (POSIX). */
#include "http/server.h"

#include <dlfcn.h>
#include <sys/socket.h>

ssize_t recv(int fd, void *to, size_t room, int flags)
{
    ssize_t n = recvfrom(fd, to, room, flags, NULL, NULL);
    if (n > 0 && !(flags & MSG_PEEK))
        df_server_received(fd, to, (size_t)n);
    return n;
}

/* GnuTLS's own, behind this one; ret is a function pointer. POSIX has it that they are as wide as others. */
static void find(const char *name, void *ret)
{
    void *symbol = dlsym(RTLD_NEXT, name);
    memcpy(ret, &symbol, sizeof symbol);
}

ssize_t gnutls_record_recv(void *session, void *to, size_t room);
ssize_t gnutls_record_recv(void *session, void *to, size_t room)
{
    ssize_t (*read_on)(void *, void *, size_t);
    int (*fd_of)(void *);
    find("gnutls_record_recv", &read_on);
    find("gnutls_transport_get_int", &fd_of);
    ssize_t n = read_on(session, to, room);
    if (n > 0)
        df_server_decrypted(fd_of(session), to, (size_t)n);
    return n;
}
