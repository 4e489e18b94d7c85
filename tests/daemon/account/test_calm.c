/* SPDX-License-Identifier: MIT */
/* When a folder need not be looked into. */
#include "daemon/account/calm.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/daemon/maildir/temp.h"

#define SECOND INT64_C(1000000000)
#define ALL                                                            \
	(IMAP4_ST_UIDVALIDITY | IMAP4_ST_UIDNEXT | IMAP4_ST_MESSAGES | \
	 IMAP4_ST_HIGHESTMODSEQ)

static struct mailbox box_of(void)
{
	static char wire[] = "INBOX";

	return (struct mailbox){.wire = wire,
				.have = ALL,
				.uidvalidity = 1,
				.uidnext = 5,
				.messages = 4,
				.modseq = 9};
}

/* Notes folder F as it is now, looked at `age` nanoseconds after its stamp. */
static void note(struct temp *t, struct calm *c, const struct mailbox *box,
		 int64_t age)
{
	struct scan_stamp stamp;

	assert_int_equal(scan_stamp(&t->m, &stamp, &t->err), 0);
	int64_t newest =
	    stamp.new_ns > stamp.cur_ns ? stamp.new_ns : stamp.cur_ns;
	calm_note(c, box, "F", &stamp, newest + age);
}

static void test_calm__holds_while_nothing_stirs(void **state)
{
	struct temp *t = *state;
	struct calm c = {0};
	struct mailbox box = box_of();

	note(t, &c, &box, 3 * SECOND);
	assert_false(calm_holds(&c, &box)); /* not looked at yet */
	calm_check(&c, t->root);
	assert_true(calm_holds(&c, &box));
	calm_forget(&c, &box);
	assert_false(calm_holds(&c, &box));
	calm_release(&c);
}

static void test_calm__ends_with_any_change_there(void **state)
{
	struct temp *t = *state;
	struct calm c = {0};
	struct mailbox box = box_of();

	note(t, &c, &box, 3 * SECOND);
	calm_check(&c, t->root);
	for (int i = 0; i < 5; i++) {
		struct mailbox other = box_of();
		other.uidvalidity += i == 0;
		other.uidnext += i == 1;
		other.messages += i == 2;
		other.modseq += i == 3;
		other.have ^= i == 4 ? IMAP4_ST_HIGHESTMODSEQ : 0;
		assert_false(calm_holds(&c, &other));
	}
	calm_release(&c);
}

static void test_calm__ends_with_any_change_here(void **state)
{
	struct temp *t = *state;
	struct calm c = {0};
	struct mailbox box = box_of();

	note(t, &c, &box, 3 * SECOND);
	int fd = openat(t->m.new_, "x", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	close(fd);
	/* The file system's clock may not have ticked since: set it. */
	const struct timespec times[2] = {{.tv_sec = 1}, {.tv_sec = 1}};
	assert_int_equal(futimens(t->m.new_, times), 0);
	calm_check(&c, t->root);
	assert_false(calm_holds(&c, &box));
	calm_release(&c);
}

/* A change in the same tick of the clock would not show. */
static void test_calm__does_not_trust_young_stamps(void **state)
{
	struct temp *t = *state;
	struct calm c = {0};
	struct mailbox box = box_of();

	note(t, &c, &box, SECOND);
	calm_check(&c, t->root);
	assert_false(calm_holds(&c, &box));
	calm_release(&c);
}

static void test_calm__needs_modseq(void **state)
{
	struct temp *t = *state;
	struct calm c = {0};
	struct mailbox box = box_of();

	box.modseq = 0;
	note(t, &c, &box, 3 * SECOND);
	calm_check(&c, t->root);
	assert_false(calm_holds(&c, &box));
	calm_release(&c);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, temp_setup, temp_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_calm__holds_while_nothing_stirs),
	    TEST(test_calm__ends_with_any_change_there),
	    TEST(test_calm__ends_with_any_change_here),
	    TEST(test_calm__does_not_trust_young_stamps),
	    TEST(test_calm__needs_modseq),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
