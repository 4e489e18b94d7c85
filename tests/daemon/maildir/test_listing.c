/* SPDX-License-Identifier: MIT */
/* The names of a folder's files: all that are messages, found by their keys;
 * and a listing that failed is none.
 */
#include "daemon/maildir/listing.h"

#include "daemon/maildir/name.h"
#include "tests/daemon/maildir/temp.h"
#include "tests/support/fault.h"

static int listing_teardown(void **state)
{
	(void)fault_disarm();
	return temp_teardown(state);
}

static void test_listing__all_messages(void **state)
{
	struct temp *t = *state;
	struct listing n;

	temp_put(t->m.new_, "a", "one");
	temp_put(t->m.cur, "b\n\xff:2,S", "two");
	temp_put(t->m.cur, ".hidden", "three");
	temp_put(t->m.tmp, "tmp", "four");
	assert_int_equal(symlinkat("a", t->m.cur, "link:2,"), 0);
	assert_int_equal(mkfifoat(t->m.cur, "fifo:2,", 0600), 0);
	assert_int_equal(listing_read(&t->m, &n, &t->err), 0);
	assert_int_equal(n.n, 2);
	const struct listing_file *a = listing_find(&n, name_key("a", 1));
	assert_true(a->in_new);
	assert_string_equal(a->name, "a");
	const struct listing_file *b = listing_find(&n, name_key("b\n\xff", 3));
	assert_false(b->in_new);
	assert_string_equal(b->name, "b\n\xff:2,S");
	assert_null(listing_find(&n, name_key("link", 4)));
	assert_null(listing_find(&n, UINT64_MAX));
	listing_release(&n);
	assert_null(listing_find(&n, name_key("a", 1)));
	listing_release(&n);
}

static void test_listing__of_one_key(void **state)
{
	struct temp *t = *state;
	struct listing n;

	temp_put(t->m.new_, "a", "one");
	temp_put(t->m.cur, "a", "two");
	temp_put(t->m.cur, "a:2,S", "three");
	temp_put(t->m.cur, "a:2,", "four");
	assert_int_equal(listing_read(&t->m, &n, &t->err), 0);
	assert_int_equal(n.n, 4);
	assert_ptr_equal(listing_find(&n, name_key("a", 1)), n.file);
	assert_false(n.file[0].in_new);
	assert_true(n.file[1].in_new);
	assert_string_equal(n.file[2].name, "a:2,");
	assert_string_equal(n.file[3].name, "a:2,S");
	listing_release(&n);
}

static void test_listing__failures(void **state)
{
	static const unsigned calls[] = {FAULT_OPEN, FAULT_READDIR};
	struct temp *t = *state;
	struct listing n;

	temp_put(t->m.new_, "a", "one");
	temp_put(t->m.cur, "b:2,", "two");
	for (size_t i = 0; i < 2; i++) {
		for (long k = 0;; k++) {
			fault_arm(calls[i], k, EIO);
			int r = listing_read(&t->m, &n, &t->err);
			if (!fault_disarm()) {
				assert_int_equal(r, 0);
				listing_release(&n);
				break;
			}
			assert_int_equal(r, -1);
			assert_int_equal(t->err.code, ERR_IO);
		}
	}
}

#define listing_test(f) \
	cmocka_unit_test_setup_teardown(f, temp_setup, listing_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    listing_test(test_listing__all_messages),
	    listing_test(test_listing__of_one_key),
	    listing_test(test_listing__failures),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
