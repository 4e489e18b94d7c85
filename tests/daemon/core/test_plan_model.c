/* SPDX-License-Identifier: MIT */
/* Every combination of what base, server and Maildir can say of a message,
 * under every policy, against a model that thinks about one message and one
 * flag at a time; then random folders, with the guard.
 */
#include <stdlib.h>

#include "tests/daemon/core/plan.h"
#include "tests/support/rng.h"

#define NFLAGS 3
#define PASSES 2000

static const uint64_t flag[NFLAGS] = {FLAG_SEEN, FLAG_FLAGGED, KEYWORD_BIT(0)};

/* One message: each of base, there and here is absent or a set of flags. */
struct msg {
	bool base, there, here;
	bool tombstone, skip;
	bool hinted; /* the file's name claims the UID */
	unsigned base_flags, there_flags,
	    here_flags; /* bits: index in flag[] */
};

struct expected {
	struct action action[4 * VIEW_MAX];
	size_t n;
	size_t total, left_there, left_here; /* for the guard */
	struct plan counts;
};

static uint64_t word(unsigned set)
{
	uint64_t w = 0;

	for (int i = 0; i < NFLAGS; i++)
		w |= set & (1U << i) ? flag[i] : 0;
	return w;
}

static void expect(struct expected *e, struct action a)
{
	e->action[e->n++] = a;
}

static void expect_flags(struct expected *e, const struct msg *m,
			 const struct policy *p, struct action a)
{
	uint64_t change[3][2] = {{0}}; /* here, there, both; del, add */
	for (int i = 0; i < NFLAGS; i++) {
		bool base = m->base_flags >> i & 1;
		bool there = m->there_flags >> i & 1;
		bool here = m->here_flags >> i & 1;
		if (!(p->here_mask & flag[i]))
			here = base;
		if (here == there && here != base)
			change[2][here] |= flag[i];
		else if (there != base && p->pull)
			change[0][there] |= flag[i];
		else if (here != base && (p->there_mask & flag[i]))
			change[1][here] |= flag[i];
	}
	a.add = change[0][1];
	a.del = change[0][0];
	a.type = ACTION_FLAGS_HERE;
	if (a.add || a.del)
		expect(e, a);
	for (int add = 1; add >= 0; add--) {
		if (change[1][add] && p->push)
			expect(e,
			       (struct action){.type = ACTION_FLAGS_THERE,
					       .uid = a.uid,
					       .add = add ? change[1][1] : 0,
					       .del = add ? 0 : change[1][0],
					       .flags = !add && change[1][1]});
	}
	if (change[2][0] || change[2][1])
		expect(e, (struct action){.type = ACTION_RECORD,
					  .uid = a.uid,
					  .add = change[2][1],
					  .del = change[2][0]});
}

static void expect_fate(struct expected *e, uint32_t uid, enum fate fate)
{
	expect(e,
	       (struct action){.type = ACTION_FATE, .uid = uid, .fate = fate});
}

/* Dropped, so that what is left of it is new to the other side. */
static void expect_back(struct expected *e, uint32_t uid)
{
	expect(e,
	       (struct action){.type = ACTION_FORGET, .uid = uid, .flags = 1});
}

static void expect_gone_there(struct expected *e, const struct msg *m,
			      const struct policy *p, struct action a)
{
	unsigned new_messages = m->here_flags & ~m->base_flags;
	/* A mark that the other side cannot keep brings nothing back. */
	bool kept =
	    (word(new_messages & 6) & p->here_mask & p->there_mask) != 0;

	if (kept && p->push) {
		e->counts.kept_here++;
		expect_back(e, a.uid);
	} else if (!kept && p->pull && p->delete_here) {
		a.type = ACTION_DIE_HERE;
		expect(e, a);
	} else {
		expect_fate(e, a.uid, FATE_LEFT_HERE);
	}
}

static void expect_gone_here(struct expected *e, const struct msg *m,
			     const struct policy *p, struct action a)
{
	unsigned new_messages = m->there_flags & ~m->base_flags;

	if (new_messages & 6 && p->pull) {
		e->counts.kept_there++;
		expect_back(e, a.uid);
	} else if (p->push && p->delete_there) {
		expect(e, (struct action){.type = ACTION_DIE_THERE,
					  .uid = a.uid,
					  .key = a.key});
	} else {
		expect_fate(e, a.uid, FATE_LEFT_THERE);
	}
}

static void expect_known(struct expected *e, const struct msg *m,
			 const struct policy *p, struct action a)
{
	if (m->tombstone)
		return;
	e->total++;
	e->left_there += m->there;
	e->left_here += m->here;
	if (m->there && m->here)
		expect_flags(e, m, p, a);
	else if (m->there)
		expect_gone_here(e, m, p, a);
	else if (m->here)
		expect_gone_there(e, m, p, a);
	else
		expect(e, (struct action){.type = ACTION_FORGET, .uid = a.uid});
}

static void expect_unknown(struct expected *e, const struct msg *m,
			   const struct policy *p, struct action a)
{
	if (m->here && m->hinted && m->there) {
		a.type = ACTION_ADOPT;
		a.flags &= word(m->there_flags);
		expect(e, a);
		return;
	}
	if (m->here && p->push)
		expect(e, (struct action){.type = ACTION_UPLOAD,
					  .flags = a.flags,
					  .key = a.key,
					  .in_new = a.in_new});
	if (!m->there || !p->pull)
		return;
	if (m->skip)
		e->counts.skipped++;
	else
		expect(e, (struct action){.type = ACTION_FETCH,
					  .uid = a.uid,
					  .flags = word(m->there_flags),
					  .size = a.uid * 10});
}

/* Keys descend where UIDs ascend. */
static uint64_t key_of(uint32_t uid)
{
	return UINT64_MAX - uid;
}

/* Puts a message into the views and what should come of it into e. */
static void put(struct views *v, struct expected *e, const struct msg *m,
		uint32_t uid)
{
	/* With the directory as it was, the file is what the row says. */
	struct msg as_in_base = *m;
	as_in_base.here_flags = m->base_flags;
	as_in_base.here = m->base;
	if (!v->local_known)
		m = &as_in_base;
	struct action a = {.uid = uid,
			   .key = key_of(uid),
			   .flags = word(m->here_flags),
			   .in_new = v->local_known && m->here_flags == 0};

	if (m->base) {
		views_base(v, uid, word(m->base_flags), a.key);
		v->base_row[v->base.n - 1].fate =
		    m->tombstone ? FATE_DYING_HERE : FATE_ALIVE;
	}
	bool same = m->base && m->there_flags == m->base_flags;
	if (m->there && (v->remote.complete || !same)) {
		views_remote(v, uid, word(m->there_flags));
		v->remote_row[v->remote.n - 1].skip = m->skip;
	} else if (!m->there && !v->remote.complete) {
		v->gone[v->remote.ngone++] = uid;
	}
	if (m->here && v->local_known)
		views_local(v, (struct local_row){.key = a.key,
						  .flags = a.flags,
						  .hint = m->hinted ? uid : 0,
						  .in_new = a.in_new});
	if (m->base)
		expect_known(e, m, &v->policy, a);
	else
		expect_unknown(e, m, &v->policy, a);
}

static bool held(const struct expected *e, const struct policy *p, size_t n,
		 size_t left)
{
	if (p->delete_limit_percent < 0 || n <= 20)
		return false;
	return left == 0 ||
	       n * 100 > e->total * (size_t)p->delete_limit_percent;
}

static void expect_guard(struct expected *e, const struct policy *p)
{
	size_t here = 0, there = 0, kept = 0;

	for (size_t i = 0; i < e->n; i++) {
		here += e->action[i].type == ACTION_DIE_HERE;
		there += e->action[i].type == ACTION_DIE_THERE;
	}
	if (!held(e, p, here, e->left_there))
		here = 0;
	if (!held(e, p, there, e->left_here))
		there = 0;
	if (here + there == 0)
		return;
	for (size_t i = 0; i < e->n; i++) {
		const struct action *a = &e->action[i];
		if (!(a->type == ACTION_DIE_HERE && here) &&
		    !(a->type == ACTION_DIE_THERE && there) &&
		    !(a->type == ACTION_FORGET && !a->flags))
			e->action[kept++] = *a;
	}
	e->n = kept;
	e->counts.held_here = here;
	e->counts.held_there = there;
}

/* Of what the types use in turn a fate fills only a part. */
static bool same_action(const struct action *a, const struct action *b)
{
	bool same = a->type == ACTION_FATE
			? a->fate == b->fate
			: a->add == b->add && a->del == b->del;

	return same && a->type == b->type && a->uid == b->uid &&
	       a->flags == b->flags && a->key == b->key && a->size == b->size &&
	       a->in_new == b->in_new;
}

static bool same_change(const struct action *a, const struct action *b)
{
	if (a->type != b->type)
		return false;
	if (a->type == ACTION_FATE)
		return a->fate == b->fate;
	return a->type != ACTION_FLAGS_THERE ||
	       (a->add == b->add && a->del == b->del && a->flags == b->flags);
}

/* Types in their order; what can be done together stands together, by uid; the
 * second change of a message behind all first ones. */
static void check_order(const struct plan *p)
{
	for (size_t i = 1; i < p->n; i++) {
		const struct action *a = &p->action[i - 1];
		const struct action *b = &p->action[i];
		assert_true(a->type <= b->type);
		if (same_change(a, b)) {
			assert_true(
			    a->uid < b->uid ||
			    (a->type == ACTION_UPLOAD && a->key < b->key));
			continue;
		}
		if (a->type == b->type && a->type == ACTION_FLAGS_THERE)
			assert_true(a->flags <= b->flags);
		for (size_t k = i + 1; k < p->n; k++)
			assert_false(same_change(a, &p->action[k]));
	}
}

/* What is new there may be what is kept here: that comes first. */
static void drop_fetches(struct expected *e)
{
	size_t kept = 0;

	for (size_t i = 0; i < e->n; i++) {
		if (e->action[i].type != ACTION_FETCH)
			e->action[kept++] = e->action[i];
	}
	e->n = kept;
}

static void check(struct views *v, struct expected *e)
{
	views_plan(v);
	const struct plan *p = &v->plan;
	expect_guard(e, &v->policy);
	if (e->counts.kept_here > 0)
		drop_fetches(e);
	assert_int_equal(p->n, e->n);
	for (size_t i = 0; i < e->n; i++) {
		size_t k = 0;
		while (k < p->n && !same_action(&p->action[k], &e->action[i]))
			k++;
		if (k == p->n)
			fail_msg("no action of type %d for uid %u",
				 e->action[i].type, e->action[i].uid);
	}
	check_order(p);
	assert_int_equal(p->held_here, e->counts.held_here);
	assert_int_equal(p->held_there, e->counts.held_there);
	assert_int_equal(p->kept_here, e->counts.kept_here);
	assert_int_equal(p->kept_there, e->counts.kept_there);
	assert_int_equal(p->skipped, e->counts.skipped);
	plan_release(&v->plan);
}

/* The n-th state of a message with so many flags; false: there is none. */
static bool state_of(unsigned n, unsigned flags, struct msg *out)
{
	unsigned sets = 1U << flags;
	unsigned base = n % (sets + 2), there = n / (sets + 2) % (sets + 2);
	unsigned here = n / (sets + 2) / (sets + 2);

	*out = (struct msg){.base = base > 0,
			    .base_flags = base > 0 ? (base - 1) % sets : 0,
			    .tombstone = base == sets + 1,
			    .there = there > 0,
			    .there_flags = there > 0 ? (there - 1) % sets : 0,
			    .skip = there == sets + 1,
			    .here = here > 0,
			    .here_flags = here > 0 ? (here - 1) % sets : 0,
			    .hinted = here > sets};
	return here <= 2 * sets;
}

/* The n-th policy and kind of views; false: there is none. */
static bool start(struct views *v, unsigned n)
{
	static const uint64_t masks[3][2] = {
	    {UINT64_MAX, UINT64_MAX},
	    {~KEYWORD_BIT(0), UINT64_MAX},
	    {UINT64_MAX, ~FLAG_FLAGGED},
	};

	views_init(v);
	v->remote.complete = n & 1;
	v->local_known = n & 2;
	v->policy.delete_here = n & 4;
	v->policy.delete_there = n & 8;
	unsigned direction = n / 16 % 3;
	v->policy.pull = direction != 1;
	v->policy.push = direction != 2;
	v->policy.here_mask = masks[n / 48 % 3][0];
	v->policy.there_mask = masks[n / 48 % 3][1];
	return n < 144;
}

static void test_plan_model__one_message(void **state)
{
	static struct views v;
	static struct expected e;
	struct msg m;

	(void)state;
	for (unsigned how = 0; start(&v, how); how++) {
		for (unsigned n = 0; state_of(n, NFLAGS, &m); n++) {
			(void)start(&v, how);
			e = (struct expected){0};
			put(&v, &e, &m, 9);
			check(&v, &e);
		}
	}
}

static void test_plan_model__two_messages(void **state)
{
	static struct views v;
	static struct expected e;
	struct msg a, b;

	(void)state;
	for (unsigned how = 0; how < 48; how++) {
		for (unsigned i = 0; state_of(i, 1, &a); i++) {
			for (unsigned k = 0; state_of(k, 1, &b); k++) {
				(void)start(&v, how);
				e.n = e.total = 0;
				e.left_here = e.left_there = 0;
				e.counts = (struct plan){0};
				put(&v, &e, &a, 7);
				put(&v, &e, &b, 9);
				check(&v, &e);
			}
		}
	}
}

static void test_plan_model__random_folders(void **state)
{
	static struct views v;
	static struct expected e;
	unsigned states = 0;
	struct rng rng;
	struct msg m;

	(void)state;
	rng_init(&rng, "plan");
	while (state_of(states, NFLAGS, &m))
		states++;
	for (int pass = 0; pass < PASSES; pass++) {
		(void)start(&v, rng_below(&rng, 144));
		v.policy.delete_limit_percent = (int)rng_below(&rng, 102) - 1;
		e = (struct expected){0};
		/* Some folders where most was expunged. */
		uint32_t odds = rng_below(&rng, 4);
		uint32_t n = rng_below(&rng, 90);
		for (uint32_t uid = 1; uid <= n; uid++) {
			(void)state_of(rng_below(&rng, states), NFLAGS, &m);
			if (rng_below(&rng, 4) < odds)
				m = (struct msg){.base = true, .here = true};
			put(&v, &e, &m, uid);
		}
		check(&v, &e);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_plan_model__one_message),
	    cmocka_unit_test(test_plan_model__two_messages),
	    cmocka_unit_test(test_plan_model__random_folders),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
