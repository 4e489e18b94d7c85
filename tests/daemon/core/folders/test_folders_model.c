/* SPDX-License-Identifier: MIT */
/* The planner for folders: all that can have become of two folders, under all
 * policies.
 */
#include "tests/daemon/core/folders/folders_run.h"

enum change { ABSENT, SAME, RENAMED, EXCHANGED, NEWS, CHANGES };

static const char *const two[2] = {"a", "b"};
static const char *const elsewhere[2] = {"c", "a/d"};

/* What became of a folder on a side; it is made anew where it was not known. */
static void change_there(struct world *w, int n, enum change change)
{
	struct world_box *b = world_box(w, two[n]);

	if (change == ABSENT) {
		w->deleted |= b->messages;
		world_delete(w, b);
	} else if (change == NEWS) {
		world_append(b, world_new_message(w));
	} else if (change == RENAMED) {
		(void)world_rename(w, false, two[n], elsewhere[n]);
	}
}

static void change_here(struct world *w, int n, enum change change)
{
	struct world_dir *d = world_dir(w, two[n]);

	if (change == ABSENT) {
		w->deleted |= d->files;
		world_rmdir(w, d);
	} else if (change == NEWS) {
		d->files |= world_new_message(w);
	} else if (change == RENAMED) {
		(void)world_rename(w, true, two[n], elsewhere[n]);
	}
}

/* After both changes: the names of two that are there change places. */
static void exchange(struct world *w, bool here)
{
	(void)world_rename(w, here, "a", "t");
	(void)world_rename(w, here, "b", "a");
	(void)world_rename(w, here, "t", "b");
}

static void make_two(struct world *w, unsigned n)
{
	enum change change[4];
	bool base[2];

	for (int i = 0; i < 4; i++, n /= CHANGES)
		change[i] = n % CHANGES;
	base[0] = n & 1;
	base[1] = n & 2;
	for (int i = 0; i < 2; i++)
		add_synced(w, two[i], 3);
	for (int i = 0; i < 2; i++) {
		change_there(w, i, change[2 * i]);
		change_here(w, i, change[2 * i + 1]);
	}
	if (change[0] == EXCHANGED || change[2] == EXCHANGED)
		exchange(w, false);
	if (change[1] == EXCHANGED || change[3] == EXCHANGED)
		exchange(w, true);
	/* The rows are lost, not the folders. */
	for (int i = 0; i < 2; i++) {
		if (!base[i])
			world_drop(w, i + 1);
	}
}
#define TWOS (4 * CHANGES * CHANGES * CHANGES * CHANGES)

static void test_folders_model__two_folders(void **state)
{
	static struct world w;

	(void)state;
	for (unsigned n = 0; n < TWOS; n++) {
		for (unsigned policy = 0; policy < 2 * POLICIES; policy++) {
			world_init(&w);
			w.objectid = policy & 1;
			make_two(&w, n);
			add_synced(&w, "INBOX", 1);
			add_synced(&w, "x", 1);
			add_synced(&w, "y", 0);
			set_policy(&w.policy, policy / 2);
			struct run r = {.w = &w,
					.shuffle = (n + policy) % 16 == 0,
					.cut = SIZE_MAX};
			run(&r);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_folders_model__two_folders),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
