#include "sandbox/call.h"

#include <stdio.h>

static const char form_csp[] = "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

enum { PAGE_LIMIT_BYTES = 8 * 1024, DEVICE_S = 600, INTERVAL_S = 5, CODE_BYTES = 32 };

static struct df_str field(struct sandbox_call *call, const char *name)
{
    const struct sandbox_form form = sandbox_form_of(call);
    return sandbox_form_field(&form, name);
}

static void fail(struct sandbox_call *call, int status, const char *name)
{
    call->reply->status = status;
    df_json_open(&call->w, '{');
    df_json_kstr(&call->w, "error", df_str_c(name));
    df_json_close(&call->w, '}');
}

/* Eight of Sentry's letters, which are not easily taken for one another. */
static void make_user_code(char code[10])
{
    static const char letters[] = "BCDFGHJKLMNPQRSTVWXZ";
    for (int i = 0; i < 9; i++)
        code[i] = i == 4 ? '-' : letters[df_random_u32() % (sizeof letters - 1)];
    code[9] = '\0';
}

static void put_codes(struct sandbox_call *call, struct df_str device_code, const struct oauth_device *device)
{
    struct df_json_writer *w = &call->w;
    struct df_str url = call->sandbox->url;
    df_json_open(w, '{');
    df_json_kstr(w, "device_code", device_code);
    df_json_kstr(w, "user_code", df_str_c(device->user_code));
    df_json_kstr(w, "verification_uri", df_arena_printf(call->arena, "%.*s/oauth/device/", DF_FMT(url)));
    df_json_kstr(w, "verification_uri_complete",
                 df_arena_printf(call->arena, "%.*s/oauth/device/?user_code=%s", DF_FMT(url), device->user_code));
    df_json_kint(w, "expires_in", DEVICE_S);
    df_json_kint(w, "interval", INTERVAL_S);
    df_json_close(w, '}');
}

void sandbox_device_code_post(struct sandbox_call *call)
{
    struct sandbox_oauth *oauth = &call->sandbox->oauth;
    struct oauth_device device = {.expires_ms = call->now_ms + DEVICE_S * 1000, .interval_ms = INTERVAL_S * 1000};
    struct df_str code = df_random_hex(CODE_BYTES, call->arena);
    if (!df_str_eq(field(call, "client_id"), oauth->client_id)) {
        fail(call, 401, "invalid_client");
        return;
    }
    if (!oauth_scopes_parse(field(call, "scope"), &device.scopes)) {
        fail(call, 400, "invalid_scope");
        return;
    }
    df_sha256(code, device.key.bytes);
    make_user_code(device.user_code);
    oauth->devices[oauth->n_devices++ % OAUTH_DEVICES_MAX] = device;
    put_codes(call, code, &device);
}

static struct oauth_device *by_user_code(struct sandbox_call *call, struct df_str code)
{
    for (size_t i = 0; i < OAUTH_DEVICES_MAX; i++) {
        struct oauth_device *d = &call->sandbox->oauth.devices[i];
        if (d->user_code[0] && d->state == OAUTH_DEVICE_PENDING && d->expires_ms > call->now_ms &&
            df_str_is(code, d->user_code))
            return d;
    }
    return NULL;
}

void sandbox_device_get(struct sandbox_call *call)
{
    struct df_buf html;
    df_buf_init(&html, call->arena, PAGE_LIMIT_BYTES);
    df_buf_put_c(&html,
                 "<p>Enter the code that your device shows.</p>\n<form method=\"post\" action=\"/oauth/device/\">\n"
                 "<input name=\"user_code\" value=\"");
    sandbox_put_escaped(&html, df_request_query(call->request, "user_code"));
    df_buf_put_c(&html, "\">\n<button type=\"submit\" name=\"op\" value=\"approve\">Approve</button>\n"
                        "<button type=\"submit\" name=\"op\" value=\"deny\">Deny</button>\n</form>");
    sandbox_page(call, 200, "Connect a device", df_buf_str(&html), form_csp);
}

void sandbox_device_post(struct sandbox_call *call)
{
    struct oauth_device *device = by_user_code(call, field(call, "user_code"));
    bool approved = df_str_is(field(call, "op"), "approve");
    if (!device) {
        sandbox_page(call, 400, "Connect a device", DF_S("<p>This code is not known or has expired.</p>"),
                     sandbox_plain_csp);
        return;
    }
    device->state = approved ? OAUTH_DEVICE_APPROVED : OAUTH_DEVICE_DENIED;
    sandbox_page(call, 200, "Connect a device",
                 approved ? DF_S("<p>Done. You can return to your device.</p>") : DF_S("<p>Denied.</p>"),
                 sandbox_plain_csp);
}

static struct oauth_device *by_device_code(struct sandbox_call *call)
{
    struct df_str code = field(call, "device_code"), hash = df_sha256_of(code, call->arena);
    for (size_t i = 0; i < OAUTH_DEVICES_MAX; i++) {
        struct oauth_device *d = &call->sandbox->oauth.devices[i];
        if (d->user_code[0] && df_equal_constant_time(hash, df_str_n((const char *)d->key.bytes, sizeof d->key.bytes)))
            return d;
    }
    return NULL;
}

/* RFC 8628 section 3.5: who asks too soon is told to wait five seconds longer. */
static const char *why_not(struct sandbox_call *call, struct oauth_device *device)
{
    if (!device)
        return "invalid_grant";
    if (device->expires_ms <= call->now_ms)
        return "expired_token";
    bool early = call->now_ms - device->asked_ms < device->interval_ms;
    device->interval_ms += early ? 5000 : 0;
    device->asked_ms = call->now_ms;
    if (early)
        return "slow_down";
    if (device->state == OAUTH_DEVICE_DENIED)
        return "access_denied";
    return device->state == OAUTH_DEVICE_PENDING ? "authorization_pending" : NULL;
}

bool sandbox_device_take(struct sandbox_call *call, struct oauth_pair *ret)
{
    struct sandbox_oauth *oauth = &call->sandbox->oauth;
    struct oauth_device *device = by_device_code(call);
    const char *why = df_str_eq(field(call, "client_id"), oauth->client_id) ? why_not(call, device) : "invalid_client";
    if (why) {
        fail(call, strcmp(why, "invalid_client") == 0 ? 401 : 400, why);
        return false;
    }
    oauth_pair_new(oauth, device->scopes, call->now_ms, call->arena, ret);
    memset(device, 0, sizeof *device);
    return true;
}
