#include "domain/forwarded.h"

bool df_trusted_proxies_parse(struct df_str text, struct df_trusted_proxies *ret)
{
    struct df_str part;
    ret->n = 0;
    while (text.n && df_str_split(&text, ',', &part)) {
        if (ret->n == DF_TRUSTED_PROXIES || !df_network_parse(df_str_trim(part), &ret->networks[ret->n]))
            return false;
        ret->n++;
    }
    return true;
}

bool df_is_trusted_proxy(const struct df_trusted_proxies *proxies, const uint8_t address[16])
{
    for (size_t i = 0; i < proxies->n; i++)
        if (df_network_has(&proxies->networks[i], address))
            return true;
    return false;
}

/* "192.0.2.1", "192.0.2.1:80", "2001:db8::1", "[2001:db8::1]:80" */
static bool read_node(struct df_str node, uint8_t ret[16])
{
    if (df_str_starts(node, DF_S("["))) {
        long end = df_str_find_char(node, ']');
        return end > 0 && df_address_parse(df_str_n(node.p + 1, (size_t)end - 1), ret);
    }
    if (df_address_parse(node, ret))
        return true;
    struct df_str port = node, host = node;
    df_str_split(&port, ':', &host);
    return port.n && df_str_find_char(port, ':') < 0 && df_address_parse(host, ret);
}

/* The value of for= in one element of Forwarded; a quoted one without its quotes. */
static struct df_str node_of(struct df_str element)
{
    struct df_str pair, name;
    while (df_str_split(&element, ';', &pair)) {
        struct df_str value = pair;
        if (!df_str_split(&value, '=', &name) || !df_str_ieq(df_str_trim(name), DF_S("for")))
            continue;
        value = df_str_trim(value);
        if (value.n >= 2 && value.p[0] == '"' && value.p[value.n - 1] == '"')
            value = df_str_n(value.p + 1, value.n - 2);
        return value;
    }
    return DF_STR_NONE;
}

/* Takes the last element off; quotes hold nothing with a comma where a proxy wrote them. */
static struct df_str take_last(struct df_str *list)
{
    size_t at = list->n;
    while (at && list->p[at - 1] != ',')
        at--;
    struct df_str last = df_str_trim(df_str_from(*list, at));
    list->n = at ? at - 1 : 0;
    return last;
}

bool df_forwarded_client(const struct df_trusted_proxies *proxies, const uint8_t peer[16], const struct df_str *values,
                         size_t n, uint8_t ret[16])
{
    uint8_t next[16];
    bool said = false;
    memmove(ret, peer, 16);
    for (size_t i = n; i-- > 0;) {
        struct df_str rest = values[i];
        while (rest.n && df_is_trusted_proxy(proxies, ret)) {
            struct df_str element = take_last(&rest);
            if (!read_node(proxies->rfc7239 ? node_of(element) : element, next))
                return false; /* nobody nearer than the proxy is known */
            memcpy(ret, next, 16);
            said = true;
        }
    }
    return said;
}
