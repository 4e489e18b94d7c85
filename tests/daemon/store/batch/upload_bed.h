/* SPDX-License-Identifier: MIT */
/* What the tests of uploads share: a batch of files of one folder. */
#ifndef TESTS_DAEMON_STORE_BATCH_UPLOAD_BED_H
#define TESTS_DAEMON_STORE_BATCH_UPLOAD_BED_H

#include "daemon/store/batch/upload.h"
#include "tests/daemon/store/bed.h"

#define UIDNEXT 100
#define SENT    "From: a\n\ntext\n"

static int64_t folder;
static struct upload u;

static inline int setup(void **state)
{
	(void)bed_setup(state);
	folder = bed_make(*state, "INBOX");
	u = (struct upload){0};
	return 0;
}

static inline int teardown(void **state)
{
	upload_release(&u);
	return bed_teardown(state);
}

static inline struct action upload_of(const char *unique)
{
	return (struct action){.type = ACTION_UPLOAD, .key = bed_key(unique)};
}

static inline void put_old(struct bed *b, const char *path, const char *text)
{
	bed_put(b, path, text);
	bed_age(b, path, 1000000000);
}

static inline void begin(struct bed *b, const struct action *a, size_t n)
{
	bed_must(b, upload_begin(
			&u, &b->store, a, n,
			&(struct upload_target){.uidnext = UIDNEXT, .limit = 0},
			&b->err));
}

/* One file, "a". */
static inline void begin_one(struct bed *b, const char *text)
{
	struct action a = upload_of("a");

	put_old(b, "INBOX/cur/a:2,S", text);
	begin(b, &a, 1);
}

static inline struct buf take_all(void)
{
	struct buf out;
	const char *p;

	buf_init(&out, 1 << 24);
	for (;;) {
		size_t n = upload_bytes(&u, 1000, &p);
		if (n > 0) {
			assert_int_equal(buf_add(&out, p, n), 0);
			upload_taken(&u, n);
		} else if (upload_read_wanted(&u)) {
			upload_read(&u);
			upload_read_done(&u);
		} else {
			return out;
		}
	}
}

static inline int64_t intents(struct bed *b)
{
	return bed_number(b, "SELECT count(*) FROM intent");
}

static inline void record(struct bed *b)
{
	bed_must(b, upload_record(&u, &b->store, ~UINT64_C(0), &b->err));
}

#define upload_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

#endif
