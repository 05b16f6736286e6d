/* The refresh protocol, explored: every order in which three nodes, a provider, two stops, one lease that runs out under a live
 * node, a fault of the wire and a database answer that is lost can interleave, over the transition functions the program
 * runs. The promises checked in each state are those of docs/decisions/002-one-refresh.md and 003.
 * DEVFLOW_MODEL=long gives each of them one more. */
#include "unit.h"

#include "domain/refresh.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NODES = 3, TOKENS = 7, REFRESHES = 2, LEASE_MS = 10 };

/* UNSURE: the database's answer to the write that begins was lost. RETRYING: that to the write that ends. */
enum phase { RESTING, READ, UNSURE, SENDING, ANSWERED, RETRYING };

struct node {
    unsigned char phase, token, outcome, pair; /* the refresh token sent, and the pair that came back */
    unsigned char wanted;                      /* the version whose tokens a caller wants replaced, or saw refused */
    bool written;                              /* whether the write whose answer was lost was done */
    struct df_refresh_state before, sent;
};

/* Time is not counted: a lease runs out when the explorer lets it, for a stopped owner at will, for a live one by budget. */
struct world {
    struct df_refresh_state row;
    unsigned char row_token, current; /* refresh tokens are numbered; current is the provider's */
    bool grace, lease_over;
    struct node nodes[NODES];
    unsigned char stops, stalls, faults, lost_commits; /* left */
    unsigned char sendings[TOKENS], allowed[TOKENS];
    unsigned char token_of[REFRESHES + 2]; /* the refresh token that was stored with each version */
};

/* Names of nodes have fixed addresses, so that worlds can be compared byte by byte. */
static const char names[NODES][2] = {"a", "b", "c"};

static struct df_str name_of(int i)
{
    return df_str_n(names[i], 1);
}

static int owner_of(const struct world *w)
{
    for (int i = 0; i < NODES; i++)
        if (w->row.owner.p == names[i])
            return i;
    return -1;
}

static bool quiet(const struct world *w)
{
    for (int i = 0; i < NODES; i++)
        if (w->nodes[i].phase > READ)
            return false;
    return true;
}

_Static_assert(sizeof(struct world) % 8 == 0, "print_of reads whole words");

static void check(const struct world *w)
{
    for (int t = 0; t < TOKENS; t++)
        if (w->sendings[t] > 1 + w->allowed[t])
            fail_msg("token %d was sent %d times, %d allowed", t, w->sendings[t], 1 + w->allowed[t]);
    if (!quiet(w))
        return;
    if (w->row.reconnect && w->row_token == w->current)
        fail_msg("a healthy connection was given up");
    if (!w->row.reconnect && !w->row.unanswered && w->row_token != w->current)
        fail_msg("a lost connection looks healthy");
}

/* The worlds seen, as 128 bits of each: a set of the worlds themselves would need gigabytes. */
struct print {
    uint64_t a, b; /* never both 0 */
};

struct seen {
    struct print *slots;
    size_t cap, n;
};

static struct print print_of(const struct world *w)
{
    struct print p = {0xcbf29ce484222325U, 0x9e3779b97f4a7c15U};
    uint64_t words[sizeof *w / 8];
    memcpy(words, w, sizeof words);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        p.a = (p.a ^ words[i]) * 0x100000001b3U;
        p.a ^= p.a >> 32;
        p.b = (p.b + words[i]) * 0xff51afd7ed558ccdU;
        p.b ^= p.b >> 29;
    }
    p.b |= 1;
    return p;
}

static bool put(struct seen *seen, struct print p)
{
    size_t at = (size_t)p.a & (seen->cap - 1);
    for (; seen->slots[at].b; at = (at + 1) & (seen->cap - 1))
        if (seen->slots[at].a == p.a && seen->slots[at].b == p.b)
            return false;
    seen->slots[at] = p;
    seen->n++;
    return true;
}

static bool add(struct seen *seen, const struct world *w)
{
    if (2 * seen->n >= seen->cap) {
        struct seen old = *seen;
        seen->cap = old.cap ? 2 * old.cap : 1 << 16;
        seen->n = 0;
        seen->slots = calloc(seen->cap, sizeof *seen->slots);
        for (size_t i = 0; i < old.cap; i++)
            if (old.slots[i].b)
                put(seen, old.slots[i]);
        free(old.slots);
    }
    return put(seen, print_of(w));
}

struct search {
    struct seen seen;
    struct world *todo;
    size_t n, cap;
    size_t replaced, lost;
};

static void rest(struct world *w, int i)
{
    memset(&w->nodes[i], 0, sizeof w->nodes[i]);
}

/* A node that read a row that has moved on since will write nothing: it is as good as resting. */
static void forget_stale_reads(struct world *w)
{
    for (int i = 0; i < NODES; i++)
        if (w->nodes[i].phase == READ &&
            (w->nodes[i].before.version != w->row.version || w->nodes[i].before.epoch != w->row.epoch))
            rest(w, i);
}

static void visit(struct search *s, struct world *w)
{
    check(w);
    forget_stale_reads(w);
    if (!add(&s->seen, w))
        return;
    if (s->n == s->cap) {
        s->cap = s->cap ? 2 * s->cap : 1 << 12;
        s->todo = realloc(s->todo, s->cap * sizeof *w);
    }
    s->todo[s->n++] = *w;
    s->replaced += quiet(w) && w->row.version > 1;
    s->lost += quiet(w) && w->row.reconnect;
}

/* A node reads the row for a caller who wants a version's tokens replaced, the stored ones or older; what it then writes is
 * refused if the row has moved on meanwhile. */
static void node_reads(struct search *s, const struct world *from, int i)
{
    struct world w = *from;
    if (w.row.version > REFRESHES)
        return;
    w.nodes[i].phase = READ;
    w.nodes[i].before = w.row;
    for (int64_t wanted = 1; wanted <= w.row.version; wanted++) {
        w.nodes[i].wanted = (unsigned char)wanted;
        visit(s, &w);
    }
}

static void node_sends(struct search *s, struct world *w, int i)
{
    struct node *n = &w->nodes[i];
    n->phase = SENDING;
    n->written = false;
    n->token = w->row_token;
    w->sendings[n->token]++;
    /* However many name the same tokens, before, during or after their refresh: none of them is sent another's. */
    if (n->token != w->token_of[n->wanted])
        fail_msg("a caller who named version %d had token %d sent", n->wanted, n->token);
    visit(s, w);
}

static void node_begins(struct search *s, const struct world *from, int i)
{
    struct world w = *from;
    struct node *n = &w.nodes[i];
    struct df_refresh_state next = {0};
    int64_t now = w.lease_over && n->before.epoch == w.row.epoch ? LEASE_MS : 0;
    enum df_refresh_step step = df_refresh_begin(&n->before, n->wanted, name_of(i), now, LEASE_MS, &next);
    if (step != DF_REFRESH_SEND || w.row.version != n->before.version || w.row.epoch != n->before.epoch) {
        rest(&w, i);
        visit(s, &w);
        return;
    }
    next.lease_until_ms = LEASE_MS; /* from now on, whatever now was */
    n->sent = next;
    if (w.lost_commits) {
        struct world never = w;
        never.lost_commits--;
        never.nodes[i].phase = UNSURE;
        visit(s, &never);
    }
    w.row = next;
    w.lease_over = false;
    if (w.lost_commits) {
        struct world done = w;
        done.lost_commits--;
        done.nodes[i].phase = UNSURE;
        visit(s, &done);
    }
    node_sends(s, &w, i);
}

static void node_reads_back(struct search *s, const struct world *from, int i)
{
    struct world w = *from;
    if (df_refresh_begun(&w.row, &w.nodes[i].sent)) {
        node_sends(s, &w, i);
        return;
    }
    rest(&w, i);
    visit(s, &w);
}

/* The provider takes the request, or the wire fails before or after. */
static void provider_answers(struct search *s, const struct world *from, int i)
{
    struct world w = *from;
    struct node *n = &w.nodes[i];
    n->phase = ANSWERED;
    if (w.faults) {
        struct world fault = w;
        fault.faults--;
        fault.allowed[n->token]++;
        fault.nodes[i].outcome = DF_REFRESH_NOT_DONE;
        visit(s, &fault);
        fault.nodes[i].outcome = DF_REFRESH_NO_ANSWER;
        visit(s, &fault);
    }
    if (n->token == w.current) {
        n->pair = ++w.current;
        n->outcome = DF_REFRESH_REPLACED;
    } else if (w.grace && n->token + 1 == w.current) {
        n->pair = w.current;
        n->outcome = DF_REFRESH_REPLACED;
    } else {
        n->outcome = DF_REFRESH_REFUSED;
    }
    visit(s, &w);
    if (w.faults && n->outcome == DF_REFRESH_REPLACED) {
        struct world lost = w;
        lost.faults--;
        lost.allowed[n->token]++;
        lost.nodes[i].outcome = DF_REFRESH_NO_ANSWER;
        lost.nodes[i].pair = 0;
        visit(s, &lost);
    }
}

static void unsure_of_end(struct search *s, const struct world *from, int i, bool written)
{
    struct world w = *from;
    w.lost_commits--;
    w.nodes[i].phase = RETRYING;
    w.nodes[i].written = written;
    visit(s, &w);
}

/* What the callers are told of a pair whose write had to be repeated, and now finds another row. */
static void check_said(const struct world *w, const struct node *n)
{
    bool there = w->row_token == n->pair, said = df_refresh_stored(&w->row, &n->sent, there);
    if (said && !there)
        fail_msg("a pair that is not stored is said to be");
    if (!said && n->written && w->row.version == n->sent.version + 1)
        fail_msg("a stored pair is said to be lost");
}

static void node_ends(struct search *s, const struct world *from, int i)
{
    struct world w = *from;
    struct node *n = &w.nodes[i];
    struct df_refresh_state next = {0};
    bool replaced = n->outcome == DF_REFRESH_REPLACED;
    bool writes = df_refresh_end(&w.row, &n->before, &n->sent, (enum df_refresh_outcome)n->outcome, &next);
    if (n->phase == RETRYING && replaced && !writes)
        check_said(&w, n);
    if (w.lost_commits)
        unsure_of_end(s, &w, i, false);
    if (writes) {
        w.row = next;
        w.lease_over = false;
        if (replaced)
            w.row_token = w.token_of[w.row.version] = n->pair;
        if (w.lost_commits)
            unsure_of_end(s, &w, i, true);
    }
    rest(&w, i);
    visit(s, &w);
}

/* Stops at any point: what it knew is gone, and its request goes on without it, or never left. */
static void node_stops(struct search *s, const struct world *from, int i)
{
    struct world w = *from;
    struct node n = w.nodes[i];
    w.stops--;
    rest(&w, i);
    if (n.phase >= SENDING)
        w.allowed[n.token]++;
    visit(s, &w);
    if (n.phase == SENDING && n.token == w.current) {
        w.current++;
        visit(s, &w);
    }
}

static void lease_runs_out(struct search *s, const struct world *from)
{
    struct world w = *from;
    int owner = owner_of(&w);
    if (owner < 0 || w.lease_over)
        return;
    bool alive = w.nodes[owner].phase > READ;
    alive = alive && w.nodes[owner].sent.epoch == w.row.epoch;
    if (alive && w.stalls == 0)
        return;
    if (alive) {
        w.stalls--;
        w.allowed[w.row_token]++;
    }
    w.lease_over = true;
    visit(s, &w);
}

static void explore_from(struct search *s, const struct world *w)
{
    for (int i = 0; i < NODES; i++) {
        switch ((enum phase)w->nodes[i].phase) {
        case RESTING:
            node_reads(s, w, i);
            break;
        case READ:
            node_begins(s, w, i);
            break;
        case UNSURE:
            node_reads_back(s, w, i);
            break;
        case SENDING:
            provider_answers(s, w, i);
            break;
        case ANSWERED:
        case RETRYING:
            node_ends(s, w, i);
            break;
        }
        if (w->stops && w->nodes[i].phase > READ)
            node_stops(s, w, i);
    }
    lease_runs_out(s, w);
}

static void explore(bool grace)
{
    struct search s = {.n = 0};
    const char *length = getenv("DEVFLOW_MODEL");
    unsigned char more = length && strcmp(length, "long") == 0;
    struct world *first = calloc(1, sizeof *first); /* padding too, for worlds are compared as bytes */
    first->row.version = 1;
    first->grace = grace;
    first->stops = 2;
    first->stalls = 1 + more;
    first->faults = 1 + more;
    first->lost_commits = 1;
    visit(&s, first);
    while (s.n > 0) {
        struct world w = s.todo[--s.n];
        explore_from(&s, &w);
    }
    print_message("%s grace: %zu states, %zu quiet ones with a new pair, %zu lost\n", grace ? "with" : "without",
                  s.seen.n, s.replaced, s.lost);
    assert_true(s.replaced > 0 && s.seen.n > 10000);
    /* Without grace the wire can eat the only copy of a pair: the model must reach that too. With one it cannot. */
    assert_true(grace ? s.lost == 0 : s.lost > 0);
    free(s.seen.slots);
    free(s.todo);
    free(first);
}

static void keeps_its_promises_without_grace(void **state)
{
    (void)state;
    explore(false);
}

static void keeps_its_promises_with_grace(void **state)
{
    (void)state;
    explore(true);
}

static const struct df_refresh_state fresh = {.version = 3, .epoch = 7};

static void begins_waits_and_takes_over(void **state)
{
    (void)state;
    struct df_refresh_state taken, next;
    assert_int_equal(df_refresh_begin(&fresh, 3, DF_S("a"), 100, 10, &taken), DF_REFRESH_SEND);
    assert_int_equal(taken.epoch, 8);
    assert_int_equal(taken.lease_until_ms, 110);
    assert_true(taken.unanswered);
    assert_int_equal(df_refresh_begin(&taken, 3, DF_S("b"), 109, 10, &next), DF_REFRESH_WAIT);
    assert_true(df_refresh_renew(&taken, &taken, 105, 10, &next));
    assert_int_equal(next.lease_until_ms, 115);
    assert_int_equal(df_refresh_begin(&taken, 3, DF_S("b"), 110, 10, &next), DF_REFRESH_SEND);
    assert_str(next.owner, "b");
    assert_true(next.doubtful && !taken.doubtful);
    assert_false(df_refresh_renew(&next, &taken, 111, 10, &next));
}

/* Whose owner ends is followed at once; what the provider may have seen is not forgotten. */
static void leaves_to_the_next_what_it_knows(void **state)
{
    (void)state;
    const struct df_refresh_state before = {.version = 3, .epoch = 7};
    struct df_refresh_state sent, left, next;
    assert_int_equal(df_refresh_begin(&before, 3, DF_S("a"), 100, 10, &sent), DF_REFRESH_SEND);
    df_refresh_leave(&before, &sent, true, 104, &left);
    assert_true(left.unanswered && !left.doubtful && left.epoch == sent.epoch && left.version == 3);
    assert_str(left.owner, "a");
    assert_int_equal(df_refresh_begin(&left, 3, DF_S("b"), 104, 10, &next), DF_REFRESH_SEND);
    assert_true(next.doubtful && next.epoch == sent.epoch + 1);
    df_refresh_leave(&before, &sent, false, 104, &left);
    assert_false(left.unanswered || left.doubtful);
    assert_int_equal(df_refresh_begin(&left, 3, DF_S("b"), 104, 10, &next), DF_REFRESH_SEND);
    assert_false(next.doubtful);
    df_refresh_leave(&next, &next, false, 105, &left); /* one that was unanswered before stays so */
    assert_true(left.unanswered);
}

static void knows_its_own_writes_again(void **state)
{
    (void)state;
    struct df_refresh_state a, b, next;
    df_refresh_begin(&fresh, 3, DF_S("a"), 100, 10, &a);
    df_refresh_begin(&fresh, 3, DF_S("b"), 100, 10, &b);
    assert_true(df_refresh_begun(&a, &a));
    assert_false(df_refresh_begun(&fresh, &a) || df_refresh_begun(&b, &a));
    assert_true(df_refresh_end(&a, &fresh, &a, DF_REFRESH_REPLACED, &next));
    assert_true(df_refresh_stored(&next, &a, true));
    assert_false(df_refresh_stored(&next, &a, false) || df_refresh_stored(&a, &a, true));
}

static void replaces_no_other_tokens_than_those_named(void **state)
{
    (void)state;
    struct df_refresh_state next;
    assert_int_equal(df_refresh_begin(&fresh, 2, DF_S("a"), 100, 10, &next), DF_REFRESH_DONE);
    assert_int_equal(df_refresh_begin(&fresh, 4, DF_S("a"), 100, 10, &next), DF_REFRESH_DONE);
}

static void concludes_only_what_it_may(void **state)
{
    (void)state;
    struct df_refresh_state a, b, next;
    df_refresh_begin(&fresh, 3, DF_S("a"), 100, 10, &a);
    df_refresh_begin(&a, 3, DF_S("b"), 110, 10, &b);
    assert_false(df_refresh_end(&b, &fresh, &a, DF_REFRESH_REFUSED, &next));
    assert_true(df_refresh_end(&b, &a, &b, DF_REFRESH_REFUSED, &next));
    assert_true(next.reconnect);
    struct df_refresh_state given_up = next;
    assert_true(df_refresh_end(&given_up, &fresh, &a, DF_REFRESH_REPLACED, &next));
    assert_false(next.reconnect || next.unanswered);
    assert_int_equal(next.version, 4);
    assert_false(df_refresh_end(&next, &a, &b, DF_REFRESH_REPLACED, &given_up));
    assert_true(df_refresh_end(&a, &fresh, &a, DF_REFRESH_NOT_DONE, &next));
    assert_false(next.unanswered);
    assert_true(df_refresh_end(&a, &fresh, &a, DF_REFRESH_NO_ANSWER, &next));
    assert_true(next.unanswered && next.owner.n == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leaves_to_the_next_what_it_knows),
        cmocka_unit_test(begins_waits_and_takes_over),
        cmocka_unit_test(concludes_only_what_it_may),
        cmocka_unit_test(knows_its_own_writes_again),
        cmocka_unit_test(replaces_no_other_tokens_than_those_named),
        cmocka_unit_test(keeps_its_promises_without_grace),
        cmocka_unit_test(keeps_its_promises_with_grace),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
