/* SPDX-License-Identifier: MIT */
/* One pass for known keys: every file of each key, no other, and the caller may
 * rename while it runs.
 */
#include "daemon/maildir/find.h"

#include <dlfcn.h>

#include "daemon/maildir/name.h"
#include "tests/daemon/maildir/temp.h"

static int fail_at = -1; /* counts down to the readdir() that fails */
static struct dirent *(*real_readdir)(DIR *);

struct dirent *readdir(DIR *d)
{
	if (!real_readdir) {
		void *found = dlsym(RTLD_NEXT, "readdir");
		memcpy(&real_readdir, &found, sizeof(found));
	}
	if (fail_at-- == 0) {
		errno = EIO;
		return NULL;
	}
	return real_readdir(d);
}

struct seen {
	const struct temp *t;
	int count[4];
	int in_new;
	int stop_after; /* 0: never */
	bool remove;
};

static int compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static int see(void *ctx, size_t i, const char *file, bool in_new)
{
	struct seen *s = ctx;

	assert_in_range(i, 0, 3);
	s->count[i]++;
	s->in_new += in_new;
	if (s->remove)
		assert_int_equal(
		    unlinkat(in_new ? s->t->m.new_ : s->t->m.cur, file, 0), 0);
	return s->stop_after && --s->stop_after == 0 ? 42 : 0;
}

static uint64_t key_of(const char *unique)
{
	return name_key(unique, strlen(unique));
}

static void test_find__calls_for_each_file_of_a_key(void **state)
{
	struct temp *t = *state;
	uint64_t keys[] = {key_of("a"), key_of("b"), key_of("none")};
	struct seen s = {.t = t};

	qsort(keys, 3, sizeof(keys[0]), compare);
	temp_put(t->m.new_, "a", "");
	temp_put(t->m.cur, "a:2,S", "");
	temp_put(t->m.cur, "b:2,", "");
	temp_put(t->m.cur, "c:2,", "");
	assert_int_equal(mkdirat(t->m.new_, "b", 0700), 0);
	assert_int_equal(find_files(&t->m, keys, 3, see, &s, &t->err), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(s.count[i], keys[i] == key_of("a")   ? 2
					     : keys[i] == key_of("b") ? 1
								      : 0);
	assert_int_equal(s.in_new, 1);
	assert_int_equal(find_files(&t->m, NULL, 0, see, &s, &t->err), 0);
}

static void test_find__equal_keys_are_all_served(void **state)
{
	struct temp *t = *state;
	uint64_t keys[] = {key_of("a"), key_of("a"), key_of("a")};
	struct seen s = {.t = t};

	temp_put(t->m.cur, "a:2,S", "");
	assert_int_equal(find_files(&t->m, keys, 3, see, &s, &t->err), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(s.count[i], 1);
}

static void test_find__ends_when_told(void **state)
{
	struct temp *t = *state;
	uint64_t keys[] = {key_of("a")};
	struct seen s = {.t = t, .stop_after = 1, .remove = true};

	temp_put(t->m.new_, "a", "");
	temp_put(t->m.cur, "a:2,", "");
	assert_int_equal(find_files(&t->m, keys, 1, see, &s, &t->err), 42);
	assert_int_equal(s.count[0], 1);
	assert_false(temp_has(t->m.new_, "a"));
	assert_true(temp_has(t->m.cur, "a:2,"));
}

static void test_find__unreadable_directory_is_an_error(void **state)
{
	struct temp *t = *state;
	uint64_t keys[] = {1};
	struct seen s = {.t = t};
	struct maildir m = t->m;

	m.cur = -1;
	assert_int_equal(find_files(&m, keys, 1, see, &s, &t->err), -1);
	assert_int_equal(t->err.code, ERR_IO);
}

static void test_find__failed_listing_is_an_error(void **state)
{
	struct temp *t = *state;
	uint64_t keys[] = {key_of("a")};
	struct seen s = {.t = t};

	temp_put(t->m.new_, "a", "");
	temp_put(t->m.cur, "b:2,", "");
	/* Three entries and the end, twice. */
	for (int k = 0; k < 8; k++) {
		fail_at = k;
		assert_int_equal(find_files(&t->m, keys, 1, see, &s, &t->err),
				 -1);
		assert_int_equal(t->err.code, ERR_IO);
	}
	fail_at = 8;
	assert_int_equal(find_files(&t->m, keys, 1, see, &s, &t->err), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    temp_test(test_find__calls_for_each_file_of_a_key),
	    temp_test(test_find__equal_keys_are_all_served),
	    temp_test(test_find__ends_when_told),
	    temp_test(test_find__unreadable_directory_is_an_error),
	    temp_test(test_find__failed_listing_is_an_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
