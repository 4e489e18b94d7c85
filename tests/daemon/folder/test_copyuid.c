/* SPDX-License-Identifier: MIT */
#include "daemon/folder/copyuid.h"

#include "tests/support/t.h"

#include <string.h>

static void take(struct uid_pairs *p, uint32_t uidvalidity, const char *args)
{
	struct imap4_respcode code = {.code = IMAP4_CODE_COPYUID,
				      .uidvalidity = uidvalidity,
				      .args = {args, strlen(args)}};

	copyuid_take(p, &code);
}

static void test_copyuid__takes_all_or_none(void **state)
{
	struct imap4_respcode other = {.code = IMAP4_CODE_APPENDUID,
				       .uidvalidity = 8};
	struct uid_pairs p = {0};

	(void)state;
	assert_int_equal(uid_pairs_find(&p, 1), 0);
	take(&p, 7, "7 1:3,9 20:23");
	assert_int_equal(p.uidvalidity, 7);
	assert_int_equal(uid_pairs_find(&p, 1), 20);
	assert_int_equal(uid_pairs_find(&p, 3), 22);
	assert_int_equal(uid_pairs_find(&p, 9), 23);
	assert_int_equal(uid_pairs_find(&p, 4), 0);
	copyuid_take(&p, &other);
	assert_int_equal(p.uidvalidity, 7);
	/* A second one adds to it, in any order. */
	take(&p, 7, "7 6,5 30:31");
	assert_int_equal(uid_pairs_find(&p, 6), 30);
	assert_int_equal(uid_pairs_find(&p, 5), 31);
	assert_int_equal(uid_pairs_find(&p, 9), 23);
	/* Sets that do not fit together say nothing. */
	take(&p, 7, "7 10:12 40:41");
	assert_int_equal(p.n, 6);
	/* S18: few bytes that stand for much, or a little too often. */
	take(&p, 7, "7 1:4294967295 1:4294967295");
	take(&p, 7, "7 10:100009 10:100009");
	assert_int_equal(p.n, 6);
	assert_int_equal(uid_pairs_find(&p, 9), 23);
	/* Of another life of the mailbox. */
	take(&p, 8, "8 5 5");
	assert_int_equal(p.uidvalidity, 8);
	assert_int_equal(p.n, 1);
	uid_pairs_release(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_copyuid__takes_all_or_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
