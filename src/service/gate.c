#include "service/gate.h"
#include "base/fatal.h"
#include "base/wait.h"
#include "service/api_keys.h"

#include <pthread.h>
#include <stdlib.h>

enum { USE_MS = 60 * 1000, LOOKUPS_A_SECOND = 100, ID_ROOM = 32, PROJECT_ROOM = 64, ACTOR_PREFIX = 4 };

struct entry {
    unsigned char hash[DF_SHA256_BYTES];
    char actor[ID_ROOM + ACTOR_PREFIX], project_id[PROJECT_ROOM]; /* "key:ID" */
    enum df_role role;
    int64_t permissions, expires_ms;
    int64_t used_ms, written_ms; /* last used, and what of it is in the store */
};

struct df_gate {
    const struct df_devflow *d;
    pthread_mutex_t loading; /* one at a time, so that the older does not end last */
    pthread_mutex_t lock;    /* of all that follows */
    pthread_cond_t wake;
    pthread_t keeper;
    bool started, stopping, news;
    struct entry *entries; /* by hash */
    size_t n;
    bool any, has_local;
    unsigned char local[DF_SHA256_BYTES];
    int64_t loaded_ms;                 /* of CLOCK_MONOTONIC */
    int64_t lookups_since_ms, lookups; /* in the store, this second */
};

static int by_hash(const void *a, const void *b)
{
    return memcmp(((const struct entry *)a)->hash, ((const struct entry *)b)->hash, DF_SHA256_BYTES);
}

static int to_hash(const void *hash, const void *entry)
{
    return memcmp(hash, ((const struct entry *)entry)->hash, DF_SHA256_BYTES);
}

/* With the lock held. */
static struct entry *find(const struct df_gate *gate, const unsigned char hash[DF_SHA256_BYTES])
{
    return gate->n ? bsearch(hash, gate->entries, gate->n, sizeof *gate->entries, to_hash) : NULL;
}

static void put_text(char *to, size_t room, struct df_str text)
{
    size_t n = text.n < room - 1 ? text.n : room - 1;
    if (n)
        memcpy(to, text.p, n);
    to[n] = '\0';
}

static bool to_entry(const struct df_api_key *key, int64_t now_ms, struct entry *ret)
{
    if (!df_api_key_holds(key, now_ms) || key->hash.n != DF_SHA256_BYTES || key->project_id.n >= PROJECT_ROOM ||
        key->id.n >= ID_ROOM)
        return false;
    *ret = (struct entry){.role = key->role,
                          .permissions = key->permissions,
                          .expires_ms = key->expires_ms,
                          .used_ms = key->last_used_ms,
                          .written_ms = key->last_used_ms};
    memcpy(ret->hash, key->hash.p, DF_SHA256_BYTES);
    memcpy(ret->actor, "key:", ACTOR_PREFIX);
    put_text(ret->actor + ACTOR_PREFIX, ID_ROOM, key->id);
    put_text(ret->project_id, sizeof ret->project_id, key->project_id);
    return true;
}

static void replace(struct df_gate *gate, struct entry *entries, size_t n, bool any)
{
    qsort(entries, n, sizeof *entries, by_hash);
    pthread_mutex_lock(&gate->lock);
    for (size_t i = 0; i < n; i++) {
        const struct entry *old = find(gate, entries[i].hash);
        if (old && old->used_ms > entries[i].used_ms)
            entries[i].used_ms = old->used_ms;
    }
    free(gate->entries);
    gate->entries = entries;
    gate->n = n;
    gate->any = gate->any || any; /* no key that is lost opens anything */
    gate->loaded_ms = df_monotonic_ms();
    pthread_mutex_unlock(&gate->lock);
}

static enum df_code load(struct df_gate *gate, struct df_arena *arena, struct df_error *err)
{
    const struct df_devflow *d = gate->d;
    struct df_api_key *keys;
    size_t n, held = 0;
    DF_TRY(d->store->ops->apikey_list(d->store, arena, &keys, &n, err));
    struct entry *entries = calloc(n + 1, sizeof *entries);
    if (!entries)
        df_out_of_memory();
    for (size_t i = 0; i < n; i++)
        held += to_entry(&keys[i], df_now_ms(d->clock), &entries[held]);
    replace(gate, entries, held, n > 0);
    return DF_OK;
}

enum df_code df_gate_load(struct df_gate *gate, struct df_error *err)
{
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    pthread_mutex_lock(&gate->loading);
    enum df_code code = load(gate, arena, err);
    pthread_mutex_unlock(&gate->loading);
    return code;
}

void df_gate_set_local(struct df_gate *gate, struct df_secret key)
{
    df_sha256(df_secret_reveal(key), gate->local);
    gate->has_local = true;
}

bool df_gate_any(struct df_gate *gate)
{
    pthread_mutex_lock(&gate->lock);
    bool any = gate->any;
    pthread_mutex_unlock(&gate->lock);
    return any;
}

bool df_gate_holds_one(struct df_gate *gate)
{
    pthread_mutex_lock(&gate->lock);
    bool one = gate->n > 0;
    pthread_mutex_unlock(&gate->lock);
    return one;
}

static bool may_look_up(struct df_gate *gate, int64_t monotonic_ms)
{
    if (monotonic_ms - gate->lookups_since_ms >= 1000) {
        gate->lookups_since_ms = monotonic_ms;
        gate->lookups = 0;
    }
    return gate->lookups++ < LOOKUPS_A_SECOND;
}

enum outcome { FOUND, NOT_FOUND, NOT_KNOWN };

/* In the table alone. */
static enum outcome look(struct df_gate *gate, const unsigned char hash[DF_SHA256_BYTES], bool local_too,
                         struct df_arena *arena, struct df_caller *ret, bool *ret_old)
{
    int64_t now = df_now_ms(gate->d->clock);
    enum outcome outcome = NOT_KNOWN;
    pthread_mutex_lock(&gate->lock);
    int64_t monotonic = df_monotonic_ms();
    struct entry *e = find(gate, hash);
    *ret_old = monotonic - gate->loaded_ms > DF_GATE_TRUST_MS;
    if (local_too && gate->has_local && memcmp(hash, gate->local, sizeof gate->local) == 0) {
        *ret = (struct df_caller){DF_CALLER_LOCAL, DF_ROLE_ADMIN, DF_MAY_TOKENS | DF_MAY_PROXY,
                                  DF_S("local"),   DF_STR_NONE,   DF_STR_NONE};
        *ret_old = false;
        outcome = FOUND;
    } else if (e) {
        outcome = e->expires_ms == 0 || now < e->expires_ms ? FOUND : NOT_FOUND;
        if (outcome == FOUND && now - e->used_ms >= USE_MS)
            e->used_ms = now;
        struct df_str actor = df_arena_dup(arena, df_str_c(e->actor));
        *ret = (struct df_caller){DF_CALLER_KEY,
                                  e->role,
                                  e->permissions,
                                  df_str_from(actor, ACTOR_PREFIX),
                                  df_arena_dup(arena, df_str_c(e->project_id)),
                                  actor};
    } else if (!may_look_up(gate, monotonic)) {
        outcome = NOT_FOUND;
    }
    pthread_mutex_unlock(&gate->lock);
    return outcome;
}

/* Whether the store has it, and it holds: then the table has it now, too. */
static enum df_code look_up(struct df_gate *gate, const unsigned char hash[DF_SHA256_BYTES], struct df_arena *arena,
                            bool *ret_known, struct df_error *err)
{
    const struct df_devflow *d = gate->d;
    struct df_api_key key;
    struct df_error why = {0};
    enum df_code code = d->store->ops->apikey_find_hash(d->store, df_str_n((const char *)hash, DF_SHA256_BYTES), arena,
                                                        &key, &why);
    *ret_known = code == DF_OK && df_api_key_holds(&key, df_now_ms(d->clock));
    if (code == DF_ERR_API_KEY || (code == DF_OK && !*ret_known))
        return DF_OK;
    if (code != DF_OK)
        return df_fail(err, code, "%s", why.message);
    return df_gate_load(gate, err);
}

static void no_key(struct df_gate *gate, const struct df_gate_ask *ask, struct df_caller *ret)
{
    bool open = ask->from_here && !df_gate_any(gate);
    *ret = (struct df_caller){.kind = open ? DF_CALLER_OPEN : DF_CALLER_NOBODY,
                              .role = open ? DF_ROLE_ADMIN : DF_ROLE_READ};
}

enum df_code df_gate_identify(struct df_gate *gate, const struct df_gate_ask *ask, struct df_arena *arena,
                              struct df_caller *ret, bool *ret_wait, struct df_error *err)
{
    unsigned char hash[DF_SHA256_BYTES];
    bool known = false, old;
    *ret_wait = false;
    if (ask->presented.n == 0) {
        no_key(gate, ask, ret);
        return DF_OK;
    }
    *ret = (struct df_caller){.kind = DF_CALLER_NOBODY, .role = DF_ROLE_READ};
    if (!df_api_key_shape(ask->presented))
        return DF_OK;
    df_sha256(ask->presented, hash);
    enum outcome outcome = look(gate, hash, ask->from_here, arena, ret, &old);
    if (outcome == NOT_KNOWN && !ask->may_wait) {
        *ret_wait = true;
        return DF_OK;
    }
    if (outcome == NOT_KNOWN) {
        DF_TRY(look_up(gate, hash, arena, &known, err));
        if (known)
            outcome = look(gate, hash, ask->from_here, arena, ret, &old);
    }
    if (outcome == FOUND && old)
        return df_fail(err, DF_ERR_STORE, "the database has not said for a minute whether this API key still holds");
    if (outcome != FOUND)
        *ret = (struct df_caller){.kind = DF_CALLER_NOBODY, .role = DF_ROLE_READ};
    return DF_OK;
}

/* At most a batch of what is not written yet; how many. */
static size_t take_uses(struct df_gate *gate, struct df_arena *arena, struct df_api_key *uses)
{
    size_t n = 0;
    pthread_mutex_lock(&gate->lock);
    for (size_t i = 0; i < gate->n && n < DF_API_KEY_USES; i++) {
        struct entry *e = &gate->entries[i];
        if (e->used_ms <= e->written_ms)
            continue;
        e->written_ms = e->used_ms;
        uses[n++] = (struct df_api_key){.id = df_arena_dup(arena, df_str_c(e->actor + ACTOR_PREFIX)),
                                        .last_used_ms = e->used_ms};
    }
    pthread_mutex_unlock(&gate->lock);
    return n;
}

/* What cannot be written is lost, until the next use: it is no more than a hint. */
static void write_uses(struct df_gate *gate)
{
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    struct df_api_key uses[DF_API_KEY_USES];
    size_t n;
    while ((n = take_uses(gate, arena, uses)) > 0)
        if (gate->d->store->ops->apikey_used(gate->d->store, uses, n, NULL) != DF_OK)
            return;
}

static void *keep(void *arg)
{
    struct df_gate *gate = arg;
    int64_t written_ms = df_monotonic_ms();
    pthread_mutex_lock(&gate->lock);
    while (!gate->stopping) {
        int64_t until = df_monotonic_ms() + DF_GATE_LOOK_MS;
        while (!gate->stopping && !gate->news && df_cond_wait_until(&gate->wake, &gate->lock, until))
            continue;
        gate->news = false;
        pthread_mutex_unlock(&gate->lock);
        (void)df_gate_load(gate, NULL); /* the table's age tells when it is to be believed no more */
        if (df_monotonic_ms() - written_ms >= USE_MS) {
            write_uses(gate);
            written_ms = df_monotonic_ms();
        }
        pthread_mutex_lock(&gate->lock);
    }
    pthread_mutex_unlock(&gate->lock);
    return NULL;
}

struct df_gate *df_gate_new(const struct df_devflow *d)
{
    struct df_gate *gate = calloc(1, sizeof *gate);
    if (!gate)
        df_out_of_memory();
    gate->d = d;
    pthread_mutex_init(&gate->loading, NULL);
    pthread_mutex_init(&gate->lock, NULL);
    df_cond_init(&gate->wake);
    return gate;
}

void df_gate_start(struct df_gate *gate)
{
    if (pthread_create(&gate->keeper, NULL, keep, gate) != 0)
        df_die("the thread that keeps the API keys cannot be started");
    pthread_setname_np(gate->keeper, "df-gate");
    gate->started = true;
}

void df_gate_news(struct df_gate *gate)
{
    pthread_mutex_lock(&gate->lock);
    gate->news = true;
    pthread_cond_signal(&gate->wake);
    pthread_mutex_unlock(&gate->lock);
}

void df_gate_stop(struct df_gate *gate)
{
    pthread_mutex_lock(&gate->lock);
    gate->stopping = true;
    pthread_cond_signal(&gate->wake);
    pthread_mutex_unlock(&gate->lock);
    if (gate->started)
        pthread_join(gate->keeper, NULL);
    write_uses(gate);
}

void df_gate_free(struct df_gate *gate)
{
    pthread_cond_destroy(&gate->wake);
    pthread_mutex_destroy(&gate->lock);
    pthread_mutex_destroy(&gate->loading);
    free(gate->entries);
    free(gate);
}
