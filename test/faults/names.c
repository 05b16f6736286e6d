/* A resolver that fails, is slow, or knows the name but no address of it. */
#include "control.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <netdb.h>
#include <stdbool.h>
#include <time.h>

int getaddrinfo(const char *restrict node, const char *restrict service, const struct addrinfo *restrict hints,
                struct addrinfo **restrict ret)
{
    static __typeof__(&getaddrinfo) real;
    const struct faults_control *c = faults_control();
    if (!real)
        real = (__typeof__(real))dlsym(RTLD_NEXT, "getaddrinfo");
    unsigned char address[16];
    bool is_address = node && (inet_pton(AF_INET, node, address) == 1 || inet_pton(AF_INET6, node, address) == 1);
    if (!node || is_address || !faults_fails(FAULTS_NAMES))
        return real(node, service, hints, ret);
    const struct timespec delay = {c->fail_delay_ms / 1000, c->fail_delay_ms % 1000 * 1000000};
    nanosleep(&delay, NULL);
    return c->fail_code ? c->fail_code : real(node, service, hints, ret);
}
