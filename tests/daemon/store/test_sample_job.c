/* SPDX-License-Identifier: MIT */
/* Which messages of a folder are compared with a mailbox's. */
#include "daemon/store/sample_job.h"

#include "tests/daemon/store/bed.h"

static struct sample_job sample(struct bed *b, int64_t row, const char *path)
{
	struct sample_job l = {
	    .base = {.store = &b->store}, .row = row, .path = path};

	sample_run(&l.base.job);
	return l;
}

static void test_sample_job__of_few_all(void **state)
{
	struct bed *b = *state;
	int64_t box = bed_make(b, "Box");
	unsigned char none[DIGEST_BYTES] = {0};

	struct sample_job l = sample(b, box, "Box");
	assert_int_equal(l.base.result, 0);
	assert_true(l.empty && l.n == 0);
	bed_message(b, box, 3, "Box/cur/a:2,S", "Subject: x\n\none", 0);
	bed_message(b, box, 5, "Box/new/b", "Subject: y\n\ntwo", 0);
	bed_message(b, box, 7, "Box/cur/c:2,", "Subject: z\n\nthree", 0);
	bed_message(b, box, 9, "Box/cur/d:2,", "Subject: u\n\nfour", 0);
	/* The server does not have it; its file is away. */
	bed_fate(b, box, 7, FATE_DYING_HERE);
	bed_unlink(b, "Box/cur/d:2,");
	l = sample(b, box, "Box");
	assert_int_equal(l.base.result, 0);
	assert_false(l.empty);
	assert_int_equal(l.n, 3);
	assert_int_equal(l.sample[0].uid, 3);
	assert_int_equal(l.sample[1].uid, 5);
	assert_int_equal(l.sample[2].uid, 9);
	assert_true(l.sample[0].here && l.sample[1].here && !l.sample[2].here);
	assert_memory_not_equal(l.sample[0].header, none, DIGEST_BYTES);
	assert_memory_not_equal(l.sample[0].header, l.sample[1].header,
				DIGEST_BYTES);
	/* Without its directory there are only rows. */
	l = sample(b, box, "Elsewhere");
	assert_int_equal(l.base.result, 0);
	assert_int_equal(l.n, 3);
	assert_false(l.sample[0].here);
}

static void test_sample_job__of_many_some_of_all_parts(void **state)
{
	struct bed *b = *state;
	int64_t box = bed_make(b, "Box");

	for (uint32_t uid = 1; uid <= 2 * SAMPLES; uid++) {
		char *path = xasprintf("Box/cur/m%u:2,", (unsigned)uid);
		bed_message(b, box, uid, path, "Subject: x\n\none", 0);
		free(path);
	}
	struct sample_job l = sample(b, box, "Box");
	assert_int_equal(l.n, SAMPLES);
	for (size_t i = 0; i < SAMPLES; i++)
		assert_int_equal(l.sample[i].uid, 2 * i + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    bed_test(test_sample_job__of_few_all),
	    bed_test(test_sample_job__of_many_some_of_all_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
