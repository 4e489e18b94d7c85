/* SPDX-License-Identifier: MIT */
/* The executor's promises about order, on random plans whose effects end in any
 * order and any way, and a few by hand.
 */
#include "daemon/core/exec.h"

#include <stdlib.h>
#include <string.h>

#include "tests/support/rng.h"
#include "tests/support/t.h"

#define MAX    64
#define ROUNDS 20000

struct bed {
	struct action action[MAX];
	struct plan plan;
	struct exec x;
	struct effect flight[MAX + 1];
	size_t in_flight;
	unsigned handed[MAX]; /* how often each action was handed out */
	bool failed, unsafe, confirmed, positioned;
	unsigned confirms;
};

static void bed_init(struct bed *b, size_t fetch_batch)
{
	b->plan.action = b->action;
	exec_init(&b->x, &b->plan, fetch_batch, 0);
}

static void bed_add(struct bed *b, enum action_type type, uint64_t change,
		    size_t n)
{
	for (size_t i = 0; i < n; i++)
		b->action[b->plan.n++] = (struct action){
		    .type = type,
		    .uid = (uint32_t)i + 1,
		    .add = change & 1 ? change : 0,
		    .del = change & 1 ? 0 : change,
		};
}

/* Sorted as the planner sorts. */
static void bed_random(struct bed *b, struct rng *rng)
{
	*b = (struct bed){0};
	for (int type = ACTION_FETCH; type <= ACTION_DELETE_THERE; type++) {
		if (rng_below(rng, 2))
			continue;
		uint32_t groups = 1 + rng_below(rng, 3);
		bool store = type == ACTION_FLAGS_THERE;
		for (uint32_t g = 0; g < (store ? groups : 1); g++)
			bed_add(b, (enum action_type)type,
				store ? UINT64_C(1) << g : 0,
				1 + rng_below(rng, 4));
		if (store && rng_below(rng, 2)) {
			/* The same change once more, now the second. */
			size_t from = b->plan.n;
			bed_add(b, ACTION_FLAGS_THERE, UINT64_C(1) << groups,
				2);
			bed_add(b, ACTION_FLAGS_THERE, UINT64_C(1) << groups,
				2);
			b->action[from + 2].flags = 1;
			b->action[from + 3].flags = 1;
		}
	}
	bed_init(b, 1 + rng_below(rng, 3));
}

static size_t flying(const struct bed *b, enum effect_type type)
{
	size_t n = 0;

	for (size_t i = 0; i < b->in_flight; i++)
		n += b->flight[i].type == type;
	return n;
}

static enum action_type type_of(enum effect_type e)
{
	static const enum action_type types[] = {
	    [EFFECT_FETCH] = ACTION_FETCH,
	    [EFFECT_ADOPT] = ACTION_ADOPT,
	    [EFFECT_PROVE] = ACTION_PROVE,
	    [EFFECT_FLAGS_HERE] = ACTION_FLAGS_HERE,
	    [EFFECT_STORE] = ACTION_FLAGS_THERE,
	    [EFFECT_RECORD] = ACTION_RECORD,
	    [EFFECT_FORGET] = ACTION_FORGET,
	    [EFFECT_MOVE_HERE] = ACTION_MOVE_HERE,
	    [EFFECT_UPLOAD] = ACTION_UPLOAD,
	    [EFFECT_MOVE_THERE] = ACTION_MOVE_THERE,
	    [EFFECT_FATE] = ACTION_FATE,
	    [EFFECT_CONFIRM] = ACTION_DIE_HERE,
	    [EFFECT_DIE_HERE] = ACTION_DIE_HERE,
	    [EFFECT_DIE_THERE] = ACTION_DIE_THERE,
	    [EFFECT_DELETE_THERE] = ACTION_DELETE_THERE,
	};

	return types[e];
}

static void check_actions(struct bed *b, const struct effect *e)
{
	assert_true(e->n > 0);
	for (size_t i = 0; i < e->n; i++) {
		const struct action *a = &e->first[i];
		assert_int_equal(a->type, type_of(e->type));
		assert_true(a->add == e->first->add && a->del == e->first->del);
		if (e->type == EFFECT_STORE)
			assert_int_equal(a->flags, e->first->flags);
		assert_true(i == 0 || a->uid > a[-1].uid);
		if (e->type != EFFECT_CONFIRM)
			b->handed[a - b->action]++;
	}
}

/* W4: everything before has been done; and all of a kind at once. */
static void check_deletion(const struct bed *b, const struct effect *e)
{
	const struct action *end = e->first + e->n;

	assert_int_equal(b->in_flight, 0);
	assert_false(b->unsafe);
	for (size_t i = 0; &b->action[i] < e->first; i++)
		assert_int_equal(b->handed[i], 1);
	assert_true(end == b->action + b->plan.n ||
		    end->type != e->first->type);
}

static bool is_deletion(enum action_type type)
{
	return type == ACTION_DIE_HERE || type == ACTION_DIE_THERE ||
	       type == ACTION_DELETE_THERE;
}

/* Checks an effect against what is under way and was before. */
static void check(struct bed *b, const struct effect *e)
{
	assert_false(b->positioned);
	switch (e->type) {
	case EFFECT_POSITION:
		assert_int_equal(b->in_flight, 0);
		assert_false(b->failed);
		for (size_t i = 0; i < b->plan.n; i++)
			assert_int_equal(b->handed[i], 1);
		b->positioned = true;
		return;
	case EFFECT_FETCH:
		assert_true(flying(b, EFFECT_FETCH) < EXEC_FETCH_WINDOW);
		assert_true(e->n <= b->x.fetch_batch);
		break;
	case EFFECT_UPLOAD:
		assert_true(flying(b, EFFECT_UPLOAD) < EXEC_UPLOAD_WINDOW);
		assert_true(e->n <= EXEC_UPLOAD_BATCH);
		break;
	case EFFECT_MOVE_THERE:
		assert_int_equal(flying(b, EFFECT_MOVE_THERE), 0);
		break;
	case EFFECT_CONFIRM:
	case EFFECT_DIE_HERE:
		assert_int_equal(b->confirmed, e->type == EFFECT_DIE_HERE);
		b->confirms += e->type == EFFECT_CONFIRM;
		assert_true(b->confirms <= 1);
		check_deletion(b, e);
		break;
	case EFFECT_DIE_THERE:
	case EFFECT_DELETE_THERE:
		check_deletion(b, e);
		break;
	default:
		break;
	}
	check_actions(b, e);
}

static bool take(struct bed *b)
{
	struct effect e;

	if (!exec_next(&b->x, &e))
		return false;
	check(b, &e);
	b->flight[b->in_flight++] = e;
	return true;
}

static void end(struct bed *b, size_t i, bool ok)
{
	struct effect e = b->flight[i];

	b->flight[i] = b->flight[--b->in_flight];
	b->failed |= !ok;
	/* Flags are no copy of anything. */
	b->unsafe |= !ok && e.type != EFFECT_STORE &&
		     e.type != EFFECT_FLAGS_HERE && e.type != EFFECT_RECORD;
	b->confirmed |= ok && e.type == EFFECT_CONFIRM;
	exec_done(&b->x, &e, ok);
}

static void check_end(const struct bed *b)
{
	for (size_t i = 0; i < b->plan.n; i++) {
		if (!is_deletion(b->action[i].type) || !b->unsafe)
			assert_int_equal(b->handed[i], 1);
		else
			assert_true(b->handed[i] <= 1);
	}
	if (!b->failed)
		assert_true(b->positioned);
}

/* odds: one effect in so many fails; 0: none. */
static void run(struct bed *b, struct rng *rng, uint32_t odds)
{
	for (;;) {
		assert_true(!exec_finished(&b->x) || b->in_flight == 0);
		if (rng_below(rng, 2) && take(b))
			continue;
		if (b->in_flight > 0) {
			bool ok = !odds || rng_below(rng, odds);
			end(b, rng_below(rng, (uint32_t)b->in_flight), ok);
		} else if (!take(b)) {
			break;
		}
	}
	assert_true(exec_finished(&b->x));
	check_end(b);
}

static void test_exec__keeps_its_order(void **state)
{
	static struct bed b;
	struct rng rng;

	(void)state;
	rng_init(&rng, "exec");
	for (int i = 0; i < ROUNDS; i++) {
		bed_random(&b, &rng);
		run(&b, &rng, 0);
		assert_false(b.failed);
		assert_true(b.positioned);
	}
}

static void test_exec__keeps_its_order_when_things_fail(void **state)
{
	static struct bed b;
	struct rng rng;

	(void)state;
	rng_init(&rng, "exec failures");
	for (int i = 0; i < ROUNDS; i++) {
		bed_random(&b, &rng);
		run(&b, &rng, 2 + rng_below(&rng, 20));
	}
}

static void test_exec__nothing_to_do_moves_the_position(void **state)
{
	struct bed b = {0};

	(void)state;
	bed_init(&b, 1);
	assert_false(exec_finished(&b.x));
	assert_true(take(&b));
	assert_int_equal(b.flight[0].type, EFFECT_POSITION);
	assert_int_equal(b.flight[0].n, 0);
	assert_false(take(&b));
	assert_false(exec_finished(&b.x));
	end(&b, 0, true);
	assert_false(take(&b));
	assert_true(exec_finished(&b.x));
}

static void test_exec__keeps_fetches_in_flight(void **state)
{
	struct bed b = {0};

	(void)state;
	bed_add(&b, ACTION_FETCH, 0, 9);
	bed_add(&b, ACTION_RECORD, 0, 1);
	bed_init(&b, 2);
	for (size_t i = 0; i < EXEC_FETCH_WINDOW; i++) {
		assert_true(take(&b));
		assert_int_equal(b.flight[i].n, 2);
	}
	assert_false(take(&b));
	end(&b, 0, true);
	assert_true(take(&b));
	assert_int_equal(b.flight[2].n, 2);
	end(&b, 0, true);
	assert_true(take(&b));
	assert_int_equal(b.flight[2].n, 1);
	/* What is no fetch does not wait for room. */
	assert_true(take(&b));
	assert_int_equal(b.flight[3].type, EFFECT_RECORD);
}

static void test_exec__asks_again_before_it_deletes(void **state)
{
	struct bed b = {0};

	(void)state;
	bed_add(&b, ACTION_FLAGS_HERE, 0, 1);
	bed_add(&b, ACTION_DIE_HERE, 0, 3);
	bed_init(&b, 1);
	assert_true(take(&b));
	assert_false(take(&b)); /* W4 */
	end(&b, 0, true);
	assert_true(take(&b));
	assert_int_equal(b.flight[0].type, EFFECT_CONFIRM);
	assert_false(take(&b));
	end(&b, 0, true);
	assert_true(take(&b));
	assert_int_equal(b.flight[0].type, EFFECT_DIE_HERE);
	assert_int_equal(b.flight[0].n, 3);
	end(&b, 0, true);
	assert_true(take(&b));
	assert_int_equal(b.flight[0].type, EFFECT_POSITION);
}

static void test_exec__deletes_nothing_that_is_still_there(void **state)
{
	struct bed b = {0};

	(void)state;
	bed_add(&b, ACTION_DIE_HERE, 0, 3);
	bed_init(&b, 1);
	assert_true(take(&b));
	end(&b, 0, false);
	assert_true(exec_finished(&b.x));
	assert_false(take(&b));
	assert_true(exec_finished(&b.x));
}

/* The store broke, which no effect says: its caller does. */
static void test_exec__stops_deleting_when_told(void **state)
{
	struct bed b = {0};

	(void)state;
	bed_add(&b, ACTION_FORGET, 0, 1);
	bed_add(&b, ACTION_DIE_HERE, 0, 3);
	bed_init(&b, 1);
	b.x.failed = b.x.unsafe = true;
	assert_true(take(&b));
	end(&b, 0, true);
	assert_false(take(&b));
	assert_true(exec_finished(&b.x));
}

static void test_exec__deletes_although_flags_were_refused(void **state)
{
	static const enum action_type flags[] = {
	    ACTION_FLAGS_THERE, ACTION_FLAGS_HERE, ACTION_RECORD};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct bed b = {0};
		bed_add(&b, flags[i], 1, 1);
		bed_add(&b, ACTION_DIE_THERE, 0, 2);
		bed_init(&b, 1);
		assert_true(take(&b));
		end(&b, 0, false);
		assert_false(exec_finished(&b.x));
		assert_true(take(&b));
		end(&b, 0, true);
		/* And yet it has to be looked at again. */
		assert_false(take(&b));
		assert_true(exec_finished(&b.x));
	}
}

static void test_exec__position_may_fail(void **state)
{
	struct bed b = {0};

	(void)state;
	bed_init(&b, 1);
	assert_true(take(&b));
	end(&b, 0, false);
	assert_false(take(&b));
	assert_true(exec_finished(&b.x));
}

/* One command has one target, one fate, one way to delete. */
static void test_exec__groups_what_is_alike(void **state)
{
	static const enum action_type type[] = {ACTION_MOVE_HERE,
						ACTION_MOVE_THERE, ACTION_FATE,
						ACTION_DELETE_THERE};

	(void)state;
	for (size_t i = 0; i < sizeof(type) / sizeof(type[0]); i++) {
		struct bed b = {0};
		for (uint32_t k = 0; k < 5; k++) {
			struct action a = {.type = type[i], .uid = k + 1};
			uint64_t group = k / 3;
			if (type[i] == ACTION_FATE)
				a.fate = group;
			else if (type[i] == ACTION_DELETE_THERE)
				a.flags = group;
			else
				a.other = (int64_t)group;
			b.action[b.plan.n++] = a;
		}
		bed_init(&b, 1);
		for (size_t n = 3; n >= 2; n--) {
			struct effect e;
			assert_true(exec_next(&b.x, &e));
			assert_int_equal(e.n, n);
			exec_done(&b.x, &e, true);
		}
	}
}

static void test_exec__sets_fit_a_command(void **state)
{
	static const enum action_type type[] = {
	    ACTION_MOVE_THERE, ACTION_DELETE_THERE, ACTION_UPLOAD};
	static const size_t most[] = {EXEC_SET_BATCH, EXEC_SET_BATCH,
				      EXEC_UPLOAD_BATCH};
	static struct action many[EXEC_SET_BATCH + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(type) / sizeof(type[0]); i++) {
		struct plan plan = {.action = many, .n = EXEC_SET_BATCH + 1};
		struct exec x;
		struct effect e;
		for (size_t k = 0; k < plan.n; k++)
			many[k] = (struct action){.type = type[i],
						  .uid = (uint32_t)k + 1};
		exec_init(&x, &plan, 1, 0);
		assert_true(exec_next(&x, &e));
		assert_int_equal(e.n, most[i]);
	}
}

/* RFC 9738: more than that the server would do in part. */
static void test_exec__sets_keep_within_the_servers_limit(void **state)
{
	static const struct {
		enum action_type type;
		size_t most;
	} rows[] = {{ACTION_FETCH, 30},
		    {ACTION_MOVE_THERE, 30},
		    {ACTION_DELETE_THERE, 30},
		    {ACTION_UPLOAD, 40},
		    {ACTION_FORGET, 40}};
	static struct action many[40];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct plan plan = {.action = many, .n = 40};
		struct exec x;
		struct effect e;
		for (size_t k = 0; k < plan.n; k++)
			many[k] = (struct action){.type = rows[i].type,
						  .uid = (uint32_t)k + 1};
		exec_init(&x, &plan, EXEC_FETCH_BATCH, 30);
		assert_true(exec_next(&x, &e));
		assert_int_equal(e.n, rows[i].most);
	}
}

/* What breaks the connection is to be found: never two things at a time, and
 * more of them once some have come. */
static void test_exec__careful(void **state)
{
	struct action action[1000] = {{0}};
	struct plan plan = {.action = action, .n = 1000};
	struct exec x;
	struct effect e, other;
	size_t done = 0;

	(void)state;
	for (size_t i = 0; i < 1000; i++)
		action[i] = (struct action){.type = ACTION_FETCH,
					    .uid = (uint32_t)i + 1};
	exec_init(&x, &plan, EXEC_FETCH_BATCH, 0);
	exec_careful(&x);
	for (size_t n = 1; n < 512; n *= 2) {
		assert_true(exec_next(&x, &e));
		assert_int_equal(e.n, n);
		assert_false(exec_next(&x, &other));
		exec_done(&x, &e, true);
		done += n;
	}
	assert_true(exec_next(&x, &e));
	assert_int_equal(e.n, 1000 - done);
	exec_done(&x, &e, true);
	assert_true(exec_next(&x, &e));
	assert_int_equal(e.type, EFFECT_POSITION);
}

/* What was got is made durable all the same. */
static void test_exec__holds_the_position(void **state)
{
	struct plan plan = {0};
	struct exec x;
	struct effect e;

	(void)state;
	exec_init(&x, &plan, EXEC_FETCH_BATCH, 0);
	exec_hold_position(&x);
	assert_true(exec_next(&x, &e));
	assert_int_equal(e.type, EFFECT_COMMIT);
	assert_false(exec_finished(&x));
	exec_done(&x, &e, true);
	assert_false(exec_next(&x, &e));
	assert_true(exec_finished(&x));
}

static void test_exec__aborted_it_neither_deletes_nor_moves_on(void **state)
{
	struct action a[] = {{.type = ACTION_FETCH, .uid = 1},
			     {.type = ACTION_DIE_HERE, .uid = 2}};
	struct plan plan = {.action = a, .n = 2};
	struct exec x;
	struct effect e, other;

	(void)state;
	exec_init(&x, &plan, EXEC_FETCH_BATCH, 0);
	assert_true(exec_next(&x, &e));
	exec_abort(&x);
	exec_done(&x, &e, true);
	assert_false(exec_next(&x, &other));
	assert_true(exec_finished(&x));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_exec__keeps_its_order),
	    cmocka_unit_test(test_exec__keeps_its_order_when_things_fail),
	    cmocka_unit_test(test_exec__nothing_to_do_moves_the_position),
	    cmocka_unit_test(test_exec__keeps_fetches_in_flight),
	    cmocka_unit_test(test_exec__asks_again_before_it_deletes),
	    cmocka_unit_test(test_exec__deletes_nothing_that_is_still_there),
	    cmocka_unit_test(test_exec__stops_deleting_when_told),
	    cmocka_unit_test(test_exec__deletes_although_flags_were_refused),
	    cmocka_unit_test(test_exec__position_may_fail),
	    cmocka_unit_test(test_exec__groups_what_is_alike),
	    cmocka_unit_test(test_exec__sets_fit_a_command),
	    cmocka_unit_test(test_exec__sets_keep_within_the_servers_limit),
	    cmocka_unit_test(test_exec__careful),
	    cmocka_unit_test(test_exec__holds_the_position),
	    cmocka_unit_test(
		test_exec__aborted_it_neither_deletes_nor_moves_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
