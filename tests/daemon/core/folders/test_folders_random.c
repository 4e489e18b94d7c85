/* SPDX-License-Identifier: MIT */
/* The planner for folders in random worlds, where it is also cut short
 * anywhere.
 */
#include "tests/daemon/core/folders/folders_run.h"
#include "tests/support/rng.h"

#define WORLDS   20000
#define SHUFFLED 8 /* every so many worlds */

static const char *const names[] = {"a",   "b",     "c",     "a/x", "a/y",
				    "b/x", "a/x/z", "b/x/z", "x",   "d"};
#define NAMES (sizeof(names) / sizeof(names[0]))

static const char *any_name(struct rng *rng)
{
	return names[rng_below(rng, NAMES)];
}

static struct world_box *any_box(struct world *w, struct rng *rng)
{
	struct world_box *b =
	    w->boxes ? &w->box[rng_below(rng, (uint32_t)w->boxes)] : NULL;

	return b && !folder_name_inbox(b->name) ? b : NULL;
}

static struct world_dir *any_dir(struct world *w, struct rng *rng)
{
	struct world_dir *d =
	    w->dirs ? &w->dir[rng_below(rng, (uint32_t)w->dirs)] : NULL;

	return d && !folder_name_inbox(d->name) ? d : NULL;
}

static uint64_t any_bit(struct rng *rng, uint64_t set)
{
	uint64_t bit = UINT64_C(1) << rng_below(rng, 64);

	return set & bit;
}

static void swap_names(struct world *w, bool here, const char *a, const char *b)
{
	char x[WORLD_NAME], y[WORLD_NAME];

	world_set(x, a);
	world_set(y, b);
	if (world_rename(w, here, x, "t")) {
		if (world_rename(w, here, y, x))
			(void)world_rename(w, here, "t", y);
		else
			(void)world_rename(w, here, "t", x);
	}
}

static void act_there(struct world *w, struct rng *rng)
{
	struct world_box *b = any_box(w, rng), *other = any_box(w, rng);
	uint64_t gone;

	switch (rng_below(rng, 8)) {
	case 0:
		(void)world_create(w, any_name(rng));
		break;
	case 1:
		if (b) {
			w->deleted |= b->messages;
			world_delete(w, b);
		}
		break;
	case 2:
	case 3:
		if (b)
			(void)world_rename(w, false, b->name, any_name(rng));
		break;
	case 4:
		if (b && other && b != other)
			swap_names(w, false, b->name, other->name);
		break;
	case 5:
		if (b && w->last_message < 60)
			world_append(b, world_new_message(w));
		break;
	case 6:
		gone = b ? any_bit(rng, b->messages) : 0;
		w->deleted |= gone;
		if (b)
			b->messages &= ~gone;
		break;
	default: /* moves all */
		if (b && other && b != other) {
			world_append(other, b->messages);
			b->messages = 0;
		}
	}
}

static void act_here(struct world *w, struct rng *rng)
{
	struct world_dir *d = any_dir(w, rng), *other = any_dir(w, rng);
	uint64_t gone;

	switch (rng_below(rng, 9)) {
	case 0:
		(void)world_mkdir(w, any_name(rng));
		break;
	case 1:
		if (d) {
			w->deleted |= d->files;
			world_rmdir(w, d);
		}
		break;
	case 2:
	case 3:
		if (d)
			(void)world_rename(w, true, d->name, any_name(rng));
		break;
	case 4:
		if (d && other && d != other)
			swap_names(w, true, d->name, other->name);
		break;
	case 5:
		if (d && w->last_message < 60)
			d->files |= world_new_message(w);
		break;
	case 6:
		gone = d ? any_bit(rng, d->files) : 0;
		w->deleted |= gone;
		if (d)
			d->files &= ~gone;
		break;
	case 7: /* cp -r */
		gone = d ? d->files : 0;
		other = world_mkdir(w, any_name(rng));
		if (other)
			other->files = gone;
		break;
	default: /* mv a/cur/... b/cur */
		if (d && other && d != other) {
			other->files |= d->files;
			d->files = 0;
		}
	}
}

static void make_random(struct world *w, struct rng *rng)
{
	static const char *const other[] = {"INBOX", "m", "n", "o", "p"};
	uint32_t n = rng_below(rng, 6);

	world_init(w);
	w->objectid = rng_below(rng, 2);
	w->one_uidvalidity = rng_below(rng, 8) == 0;
	w->new_uidvalidity = rng_below(rng, 4) == 0;
	for (uint32_t i = 0; i < n; i++) {
		const char *name = any_name(rng);
		if (!world_box(w, name))
			add_synced(w, name, rng_below(rng, 4));
	}
	/* Seldom too few of them not to be most that are gone. */
	n = rng_below(rng, 8) ? 5 : rng_below(rng, 5);
	for (uint32_t i = 0; i < n; i++)
		add_synced(w, other[i], 1);
	for (uint32_t i = rng_below(rng, 4); i > 0; i--)
		act_there(w, rng);
	for (uint32_t i = rng_below(rng, 4); i > 0; i--)
		act_here(w, rng);
	if (rng_below(rng, 2))
		set_policy(&w->policy, rng_below(rng, POLICIES));
	for (size_t i = 0; i < w->rows; i++) {
		uint32_t answer = rng_below(rng, 32);
		w->row[i].answer = answer < 3 ? (enum folders_answer)answer
					      : FOLDERS_UNANSWERED;
		if (rng_below(rng, 16) == 0)
			world_drop(w, w->row[i].id);
	}
}

static void test_folders_random__worlds(void **state)
{
	static struct world w;
	struct rng rng;

	(void)state;
	rng_init(&rng, "folders");
	for (unsigned i = 0; i < WORLDS; i++) {
		make_random(&w, &rng);
		struct run r = {
		    .w = &w,
		    .shuffle = i % SHUFFLED == 0,
		    .cut = rng_below(&rng, 2) ? rng_below(&rng, 6) : SIZE_MAX,
		    .last = (enum world_step)rng_below(&rng, 3),
		};
		run(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_folders_random__worlds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
