/* SPDX-License-Identifier: MIT */
/* What becomes of a row where not everything is allowed: a table of examples,
 * then what must hold of all combinations of fate, server, Maildir and policy.
 */
#include <stdlib.h>

#include "tests/daemon/core/plan.h"

#define UID   9
#define KEY   5
#define PRINT 100

enum there { GONE, SAME, MARKED, EXPUNGING, THERES };
enum here { NONE, KEPT, CARED, EDITED, HERES };

/* What differs from everything being allowed. */
#define NO_PULL    0x001U
#define NO_PUSH    0x002U
#define KEEP_HERE  0x004U
#define KEEP_THERE 0x008U
#define READ_ONLY  0x010U
#define DEFER      0x020U
#define REAP       0x040U
#define INSIST     0x080U
#define RESTORE    0x100U
#define POLICIES   0x200U

/* Where no action is due. */
#define NOTHING (-1)
/* Of FORGET: what is left of it is new to the other side. */
#define AGAIN 1
/* Of DELETE_THERE: not into the trash. */
#define FOR_GOOD 1

struct example {
	enum fate fate;
	enum there there;
	enum here here;
	unsigned policy;
	int type;       /* of the action */
	uint64_t value; /* FATE: which; else its flags */
	bool uploads;   /* the file is new */
};

static const struct example examples[] = {
    {FATE_ALIVE, GONE, KEPT, DEFER, NOTHING, 0, false},
    {FATE_ALIVE, GONE, KEPT, KEEP_HERE, ACTION_FATE, FATE_LEFT_HERE, false},
    {FATE_ALIVE, GONE, KEPT, NO_PULL, ACTION_FATE, FATE_LEFT_HERE, false},
    {FATE_ALIVE, GONE, KEPT, RESTORE, ACTION_FORGET, AGAIN, false},
    {FATE_ALIVE, GONE, CARED, NO_PUSH, ACTION_FATE, FATE_LEFT_HERE, false},
    {FATE_ALIVE, GONE, EDITED, 0, ACTION_FORGET, AGAIN, false},
    {FATE_ALIVE, SAME, NONE, KEEP_THERE, ACTION_FATE, FATE_LEFT_THERE, false},
    {FATE_ALIVE, SAME, NONE, NO_PUSH, ACTION_FATE, FATE_LEFT_THERE, false},
    {FATE_ALIVE, SAME, NONE, READ_ONLY, NOTHING, 0, false},
    {FATE_ALIVE, SAME, NONE, RESTORE, ACTION_FORGET, AGAIN, false},
    {FATE_ALIVE, SAME, NONE, RESTORE | NO_PULL, ACTION_DIE_THERE, 0, false},
    {FATE_ALIVE, MARKED, NONE, NO_PULL, ACTION_DIE_THERE, 0, false},
    {FATE_ALIVE, SAME, EDITED, 0, ACTION_FATE, FATE_REPLACED, false},
    {FATE_ALIVE, SAME, EDITED, NO_PUSH, NOTHING, 0, false},
    {FATE_ALIVE, SAME, EDITED, READ_ONLY, NOTHING, 0, false},
    {FATE_DYING_HERE, SAME, KEPT, RESTORE, NOTHING, 0, false},
    {FATE_DYING_THERE, SAME, NONE, REAP | NO_PUSH, NOTHING, 0, false},
    {FATE_DYING_THERE, SAME, NONE, REAP | READ_ONLY, NOTHING, 0, false},
    {FATE_DYING_THERE, SAME, EDITED, REAP, ACTION_DELETE_THERE, 0, true},
    {FATE_DYING_THERE, MARKED, NONE, REAP | NO_PULL, ACTION_DELETE_THERE, 0,
     false},
    {FATE_REPLACED, SAME, EDITED, REAP, NOTHING, 0, true},
    {FATE_REPLACED, GONE, EDITED, 0, ACTION_FORGET, 0, true},
    {FATE_REPLACED, SAME, NONE, KEEP_THERE, ACTION_FATE, FATE_LEFT_THERE,
     false},
    {FATE_REPLACED, MARKED, EDITED, 0, NOTHING, 0, true},
    {FATE_LEFT_HERE, GONE, NONE, KEEP_HERE, ACTION_FORGET, 0, false},
    {FATE_LEFT_HERE, GONE, KEPT, KEEP_HERE, NOTHING, 0, false},
    {FATE_LEFT_HERE, GONE, CARED, KEEP_HERE, NOTHING, 0, false},
    {FATE_LEFT_HERE, GONE, KEPT, DEFER, NOTHING, 0, false},
    {FATE_LEFT_THERE, GONE, NONE, KEEP_THERE, ACTION_FORGET, 0, false},
    {FATE_LEFT_THERE, SAME, NONE, KEEP_THERE, NOTHING, 0, false},
    {FATE_LEFT_THERE, MARKED, NONE, KEEP_THERE, NOTHING, 0, false},
    {FATE_LEFT_THERE, SAME, KEPT, KEEP_THERE, ACTION_FATE, FATE_ALIVE, false},
    {FATE_LEFT_THERE, SAME, NONE, READ_ONLY, NOTHING, 0, false},
    {FATE_LEFT_THERE, SAME, NONE, RESTORE, ACTION_FORGET, AGAIN, false},
    {FATE_DELETED_THERE, EXPUNGING, NONE, REAP | INSIST, ACTION_DELETE_THERE,
     FOR_GOOD, false},
    {FATE_DELETED_THERE, EXPUNGING, NONE, REAP | INSIST | KEEP_THERE, NOTHING,
     0, false},
    {FATE_DELETED_THERE, EXPUNGING, NONE, REAP | INSIST | READ_ONLY, NOTHING, 0,
     false},
    {FATE_DELETED_THERE, SAME, NONE, REAP | INSIST, ACTION_FORGET, AGAIN,
     false},
    {FATE_DELETED_THERE, SAME, NONE, NO_PULL, NOTHING, 0, false},
    {FATE_MOVED_THERE, MARKED, NONE, REAP | KEEP_THERE, ACTION_DELETE_THERE,
     FOR_GOOD, false},
    {FATE_MOVED_THERE, SAME, NONE, REAP | NO_PUSH, NOTHING, 0, false},
    {FATE_MOVED_THERE, SAME, NONE, REAP | READ_ONLY, NOTHING, 0, false},
};

static void set_policy(struct policy *p, unsigned differs)
{
	p->pull = !(differs & NO_PULL);
	p->push = !(differs & NO_PUSH);
	p->delete_here = !(differs & KEEP_HERE);
	p->delete_there = !(differs & KEEP_THERE);
	p->read_only = differs & READ_ONLY;
	p->defer_gone = differs & DEFER;
	p->reap = differs & REAP;
	p->force_delete = differs & INSIST;
	p->restore = differs & RESTORE;
}

static void set_up(struct views *v, enum fate fate, enum there there,
		   enum here here, unsigned differs)
{
	static const uint64_t marks[THERES] = {
	    [MARKED] = FLAG_FLAGGED, [EXPUNGING] = FLAG_DELETED};

	views_init(v);
	set_policy(&v->policy, differs);
	views_base(v, UID, FLAG_SEEN, KEY);
	v->base_row[0].fate = fate;
	v->base_row[0].print = PRINT;
	v->base_row[0].shown = true;
	if (there != GONE)
		views_remote(v, UID, FLAG_SEEN | marks[there]);
	if (here != NONE)
		views_local(v,
			    (struct local_row){
				.key = KEY,
				.print = here == EDITED ? PRINT + 1 : PRINT,
				.flags = FLAG_SEEN |
					 (here == CARED ? FLAG_FLAGGED : 0)});
}

static bool is_due(const struct action *a, const struct example *x)
{
	uint64_t value = a->type == ACTION_FATE ? a->fate : a->flags;

	return (int)a->type == x->type && a->uid == UID && value == x->value;
}

static void test_plan_policy__examples(void **state)
{
	static struct views v;

	(void)state;
	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
		const struct example *x = &examples[i];
		size_t uploads = 0, due = 0;
		set_up(&v, x->fate, x->there, x->here, x->policy);
		views_plan(&v);
		for (size_t k = 0; k < v.plan.n; k++) {
			uploads += v.plan.action[k].type == ACTION_UPLOAD;
			due += is_due(&v.plan.action[k], x);
		}
		if (uploads != x->uploads || due != (x->type != NOTHING) ||
		    v.plan.n != due + uploads)
			fail_msg("example %zu: fate %d, %zu actions", i,
				 x->fate, v.plan.n);
		plan_release(&v.plan);
	}
}

static bool changes_server(enum action_type type)
{
	return type == ACTION_UPLOAD || type == ACTION_MOVE_THERE ||
	       type == ACTION_FLAGS_THERE || type == ACTION_DIE_THERE ||
	       type == ACTION_DELETE_THERE;
}

static bool changes_maildir(enum action_type type)
{
	return type == ACTION_FETCH || type == ACTION_MOVE_HERE ||
	       type == ACTION_FLAGS_HERE || type == ACTION_DIE_HERE;
}

/* Deletions, and what has to be so that there may be one. */
static void check_deletion(const struct views *v, const struct action *a,
			   enum there there, enum here here)
{
	const struct policy *p = &v->policy;
	enum fate fate = (enum fate)v->base_row[0].fate;

	switch (a->type) {
	case ACTION_DIE_HERE:
		assert_true(fate == FATE_ALIVE || fate == FATE_LEFT_HERE);
		/* Of what was left here the server has nothing. */
		assert_true(there == GONE || fate == FATE_LEFT_HERE);
		assert_true(here == KEPT);
		assert_true(p->delete_here && !p->defer_gone && !p->restore);
		break;
	case ACTION_DIE_THERE:
		assert_true(fate == FATE_ALIVE || fate == FATE_LEFT_THERE);
		assert_true(there != GONE);
		assert_true(there != MARKED || !p->pull);
		assert_true(fate == FATE_LEFT_THERE || here == NONE);
		assert_true(p->delete_there && !(p->restore && p->pull));
		break;
	case ACTION_DELETE_THERE:
		assert_true(p->reap && there != GONE);
		assert_true(fate == FATE_DYING_THERE ||
			    fate == FATE_MOVED_THERE ||
			    fate == FATE_DELETED_THERE);
		assert_true(fate != FATE_MOVED_THERE || v->nmoved_there == 0 ||
			    !v->moved_there[0].pending);
		/* Only what was moved has its mark elsewhere. */
		assert_true(there != MARKED || fate == FATE_MOVED_THERE ||
			    !p->pull);
		assert_true(fate != FATE_DYING_THERE || here == NONE ||
			    here == EDITED);
		break;
	default:
		break;
	}
}

static void check_all(struct views *v, enum there there, enum here here)
{
	size_t of_row = 0;

	views_plan(v);
	for (size_t i = 0; i < v->plan.n; i++) {
		const struct action *a = &v->plan.action[i];
		bool flags = a->type == ACTION_FLAGS_HERE ||
			     a->type == ACTION_FLAGS_THERE ||
			     a->type == ACTION_RECORD;
		of_row += a->uid == UID && !flags && a->type != ACTION_PROVE;
		if (changes_server(a->type))
			assert_true(v->policy.push && !v->policy.read_only);
		if (changes_maildir(a->type))
			assert_true(v->policy.pull);
		check_deletion(v, a, there, here);
	}
	assert_in_range(of_row, 0, 1);
	plan_release(&v->plan);
}

static void test_plan_policy__nothing_is_deleted_without_cause(void **state)
{
	static struct views v;

	(void)state;
	for (unsigned differs = 0; differs < POLICIES; differs++) {
		for (int i = 0; i < FATES * THERES * HERES; i++) {
			enum fate fate = (enum fate)(i % FATES);
			enum there there = (enum there)(i / FATES % THERES);
			enum here here = (enum here)(i / FATES / THERES);
			for (int moved = 0; moved < 3; moved++) {
				set_up(&v, fate, there, here, differs);
				v.moved_there[0] = (struct move_there){
				    .uid = UID, .pending = moved == 2, .to = 3};
				v.nmoved_there = moved > 0;
				check_all(&v, there, here);
			}
		}
	}
}

/* A mail program that rewrote everything: each of the old ones asks whether its
 * name has another row. */
static void test_plan_policy__many_replaced_take_no_longer_each(void **state)
{
	enum { N = 200000 };
	struct base_row *base = calloc(N, sizeof(*base));
	struct local_row *local = calloc(N, sizeof(*local));
	struct remote_row *remote = calloc(N, sizeof(*remote));
	struct base_view b = {.row = base, .n = N};
	struct remote_view r = {.row = remote, .n = N, .complete = true};
	struct local_view l = {.row = local, .n = N};
	const struct plan_input in = {.base = &b, .remote = &r, .local = &l};
	const struct policy policy = POLICY_ALL;
	struct plan plan;

	(void)state;
	assert_true(base && local && remote);
	for (uint32_t i = 0; i < N; i++) {
		base[i] = (struct base_row){.uid = i + 1,
					    .key = i,
					    .print = PRINT,
					    .fate = FATE_REPLACED};
		remote[i].uid = i + 1;
		local[i] = (struct local_row){.key = i, .print = PRINT + 1};
	}
	assert_int_equal(plan_folder(&plan, &in, &policy), 0);
	assert_int_equal(plan.n, N);
	assert_int_equal(plan_count(&plan, ACTION_UPLOAD), N);
	plan_release(&plan);
	free(base);
	free(local);
	free(remote);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_plan_policy__examples),
	    cmocka_unit_test(
		test_plan_policy__nothing_is_deleted_without_cause),
	    cmocka_unit_test(
		test_plan_policy__many_replaced_take_no_longer_each),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
