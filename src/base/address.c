#include "base/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

struct range {
    uint8_t bytes[16];
    unsigned bits;
};

static const struct range special_4[] = {
    {{0}, 8},                 /* this host */
    {{10}, 8},                /* private */
    {{100, 64}, 10},          /* behind a carrier's NAT */
    {{127}, 8},               /* loopback */
    {{168, 63, 129, 16}, 32}, /* Azure's, in each of its machines */
    {{169, 254}, 16},         /* link-local: clouds' metadata */
    {{172, 16}, 12},          /* private */
    {{192, 0, 0}, 24},        /* protocol assignments */
    {{192, 0, 2}, 24},        /* documentation */
    {{192, 88, 99}, 24},      /* 6to4 relays */
    {{192, 168}, 16},         /* private */
    {{198, 18}, 15},          /* benchmarks */
    {{198, 51, 100}, 24},     /* documentation */
    {{203, 0, 113}, 24},      /* documentation */
    {{224}, 4},               /* multicast */
    {{240}, 4},               /* reserved, broadcast */
};

/* All that is public is in here (IANA, "Internet Protocol Version 6 Address Space"), */
static const struct range global_6 = {{0x20}, 3};

/* but for these. */
static const struct range special_6[] = {
    {{0x20, 1}, 23},             /* protocol assignments, Teredo */
    {{0x20, 1, 0x0D, 0xB8}, 32}, /* documentation */
    {{0x3F, 0xFF}, 20},          /* documentation */
};

/* Where an IPv4 address stands in an IPv6 one. */
static const struct {
    struct range prefix;
    size_t at;
    bool local; /* it leads into a network of one's own, whatever stands in it */
} embedded[] = {
    {{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF}, 96}, 12, false}, /* mapped */
    {{{0, 0x64, 0xFF, 0x9B}, 96}, 12, false},                      /* NAT64 */
    {{{0x20, 2}, 16}, 2, false},                                   /* 6to4 */
    {{{0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF}, 96}, 12, true},        /* translated (RFC 2765) */
    {{{0, 0x64, 0xFF, 0x9B, 0, 1}, 48}, 12, true},                 /* NAT64 of a local network (RFC 8215) */
};

static bool within(const uint8_t *address, const struct range *range)
{
    size_t whole = range->bits / 8;
    unsigned rest = range->bits % 8;
    if (memcmp(address, range->bytes, whole) != 0)
        return false;
    return rest == 0 || (address[whole] ^ range->bytes[whole]) >> (8 - rest) == 0;
}

static bool is_public_4(const uint8_t *address)
{
    for (size_t i = 0; i < sizeof special_4 / sizeof *special_4; i++)
        if (within(address, &special_4[i]))
            return false;
    return true;
}

static bool is_public_6(const uint8_t *address)
{
    for (size_t i = 0; i < sizeof embedded / sizeof *embedded; i++)
        if (within(address, &embedded[i].prefix))
            return !embedded[i].local && is_public_4(address + embedded[i].at);
    if (!within(address, &global_6))
        return false;
    for (size_t i = 0; i < sizeof special_6 / sizeof *special_6; i++)
        if (within(address, &special_6[i]))
            return false;
    return true;
}

static const struct range forbidden_4[] = {
    {{169, 254}, 16},           /* link-local: metadata of AWS, Azure, Google, Oracle, and others */
    {{100, 100, 100, 200}, 32}, /* Alibaba's */
    {{168, 63, 129, 16}, 32},   /* Azure's, which hands out certificates and settings of the machine */
    {{192, 0, 0, 192}, 32},     /* Oracle's older one */
};

static const struct range forbidden_6[] = {
    {{0xFE, 0x80}, 10},                                                     /* link-local */
    {{0xFD, 0, 0x0E, 0xC2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54}, 128}, /* AWS's */
    {{0xFD, 0x20, 0, 0xCE, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54}, 128}, /* Google's */
};

static bool is_forbidden_4(const uint8_t *address)
{
    for (size_t i = 0; i < sizeof forbidden_4 / sizeof *forbidden_4; i++)
        if (within(address, &forbidden_4[i]))
            return true;
    return false;
}

static bool is_forbidden_6(const uint8_t *address)
{
    for (size_t i = 0; i < sizeof embedded / sizeof *embedded; i++)
        if (within(address, &embedded[i].prefix))
            return is_forbidden_4(address + embedded[i].at);
    for (size_t i = 0; i < sizeof forbidden_6 / sizeof *forbidden_6; i++)
        if (within(address, &forbidden_6[i]))
            return true;
    return false;
}

bool df_address_is_forbidden(const struct sockaddr *address)
{
    uint8_t bytes[16];
    return df_address_bytes(address, bytes) && is_forbidden_6(bytes);
}

bool df_address_text_is_forbidden(const char *text)
{
    uint8_t bytes[16];
    return df_address_parse(df_str_c(text), bytes) && is_forbidden_6(bytes);
}

bool df_address_is_public(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET)
        return is_public_4((const uint8_t *)&((const struct sockaddr_in *)(const void *)address)->sin_addr);
    if (address->sa_family == AF_INET6)
        return is_public_6((const uint8_t *)&((const struct sockaddr_in6 *)(const void *)address)->sin6_addr);
    return false;
}

bool df_address_text_is_public(const char *text)
{
    uint8_t bytes[16];
    if (inet_pton(AF_INET, text, bytes) == 1)
        return is_public_4(bytes);
    return inet_pton(AF_INET6, text, bytes) == 1 && is_public_6(bytes);
}

static const uint8_t mapped[12] = {[10] = 0xFF, [11] = 0xFF};

bool df_address_bytes(const struct sockaddr *address, uint8_t ret[16])
{
    if (address->sa_family == AF_INET) {
        memcpy(ret, mapped, sizeof mapped);
        memcpy(ret + sizeof mapped, &((const struct sockaddr_in *)(const void *)address)->sin_addr, 4);
    } else if (address->sa_family == AF_INET6) {
        memcpy(ret, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr, 16);
    }
    return address->sa_family == AF_INET || address->sa_family == AF_INET6;
}

bool df_address_bytes_are_ipv4(const uint8_t bytes[16])
{
    return memcmp(bytes, mapped, sizeof mapped) == 0;
}

bool df_address_network(const struct sockaddr *address, uint8_t ret[16])
{
    if (!df_address_bytes(address, ret))
        return false;
    if (!df_address_bytes_are_ipv4(ret))
        memset(ret + 8, 0, 8);
    return true;
}

bool df_address_bytes_are_loopback(const uint8_t bytes[16])
{
    static const uint8_t one[16] = {[15] = 1};
    return memcmp(bytes, one, sizeof one) == 0 || (df_address_bytes_are_ipv4(bytes) && bytes[12] == 127);
}

bool df_address_is_loopback(const struct sockaddr *address)
{
    uint8_t bytes[16];
    return df_address_bytes(address, bytes) && df_address_bytes_are_loopback(bytes);
}

bool df_address_parse(struct df_str text, uint8_t ret[16])
{
    char copy[INET6_ADDRSTRLEN];
    if (text.n == 0 || text.n >= sizeof copy || memchr(text.p, '\0', text.n))
        return false;
    memcpy(copy, text.p, text.n);
    copy[text.n] = '\0';
    if (inet_pton(AF_INET6, copy, ret) == 1)
        return true;
    memcpy(ret, mapped, sizeof mapped);
    return inet_pton(AF_INET, copy, ret + sizeof mapped) == 1;
}

bool df_network_parse(struct df_str text, struct df_network *ret)
{
    struct df_str bits = text, address = text;
    unsigned long long n = 0;
    bool has_bits = df_str_find_char(text, '/') >= 0;
    df_str_split(&bits, '/', &address);
    if (!df_address_parse(address, ret->bytes))
        return false;
    unsigned most = df_str_find_char(address, ':') < 0 ? 32 : 128;
    if (has_bits && (!df_str_to_u64(bits, &n) || n > most))
        return false;
    ret->bits = 128 - most + (has_bits ? (unsigned)n : most);
    for (unsigned i = ret->bits; i < 128; i++)
        if (ret->bytes[i / 8] >> (7 - i % 8) & 1)
            return false;
    return true;
}

bool df_network_has(const struct df_network *network, const uint8_t address[16])
{
    unsigned whole = network->bits / 8, rest = network->bits % 8;
    if (memcmp(address, network->bytes, whole) != 0)
        return false;
    return rest == 0 || (address[whole] ^ network->bytes[whole]) >> (8 - rest) == 0;
}
