/* SPDX-License-Identifier: MIT */
/* Files on their way to the wire: the form that they have there, and what
 * becomes of them while they are read.
 */
#include "daemon/store/batch/upload.h"

#include "tests/daemon/store/batch/upload_bed.h"
#include "tests/support/rng.h"

static void expect_wire(struct bed *b, const char *disk, const char *wire)
{
	begin_one(b, disk);
	struct buf got = take_all();
	assert_int_equal(got.len, strlen(wire));
	assert_memory_equal(got.data, wire, got.len);
	assert_int_equal(u.item[0].wire_size, got.len);
	assert_int_equal(u.item[0].fd, -1);
	buf_release(&got);
	upload_release(&u);
}

static void test_upload_read__line_ends(void **state)
{
	static const char *const cases[][2] = {
	    {"a\n", "a\r\n"},
	    {"a", "a"},
	    {"\n", "\r\n"},
	    {"\n\n", "\r\n\r\n"},
	    {"a\r\nb\n", "a\r\nb\r\n"},
	    {"a\rb\n", "a\rb\r\n"},
	    {"a\r\r\n", "a\r\r\n"},
	    {"a\n\r", "a\r\n\r"},
	    {"\r", "\r"},
	    {"\r\n", "\r\n"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		expect_wire(*state, cases[i][0], cases[i][1]);
}

/* The same on every side of a block's border: as read, and as sent. */
static void test_upload_read__line_ends_across_blocks(void **state)
{
	static const char *const ends[][2] = {
	    {"\n\n", "\r\n\r\n"}, {"\r\n", "\r\n"}, {"\r\r\n", "\r\r\n"}};
	char *disk = xmalloc(UPLOAD_BLOCK + 16);
	char *wire = xmalloc(UPLOAD_BLOCK + 16);

	for (size_t i = 0; i < 3; i++) {
		for (size_t at = UPLOAD_BLOCK - 4; at <= UPLOAD_BLOCK; at++) {
			memset(disk, 'x', at);
			memset(wire, 'x', at);
			(void)snprintf(disk + at, 16, "%sy", ends[i][0]);
			(void)snprintf(wire + at, 16, "%sy", ends[i][1]);
			expect_wire(*state, disk, wire);
		}
	}
	free(disk);
	free(wire);
}

static size_t make_wire(const char *disk, size_t n, char *wire)
{
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		if (disk[i] == '\n' && (i == 0 || disk[i - 1] != '\r'))
			wire[len++] = '\r';
		wire[len++] = disk[i];
	}
	wire[len] = '\0';
	return len;
}

/* Several files in one stream, larger than all blocks. */
static void test_upload_read__one_behind_the_other(void **state)
{
	enum { FILES = 8, BYTES = 3 * UPLOAD_BLOCK };
	static const char letters[] = "ab\r\n\n";
	struct bed *b = *state;
	struct action a[FILES];
	struct rng rng;
	struct buf want;
	char *disk = xmalloc(BYTES + 1), *wire = xmalloc(2 * BYTES + 1);

	rng_init(&rng, "upload");
	buf_init(&want, 1 << 24);
	for (size_t i = 0; i < FILES; i++) {
		char unique[8], path[32];
		size_t n = 1 + rng_below(&rng, BYTES);
		for (size_t k = 0; k < n; k++)
			disk[k] = letters[rng_below(&rng, 5)];
		disk[n] = '\0';
		size_t len = make_wire(disk, n, wire);
		assert_int_equal(buf_add(&want, wire, len), 0);
		(void)snprintf(unique, sizeof(unique), "m%zu", i);
		(void)snprintf(path, sizeof(path), "INBOX/new/%s", unique);
		put_old(b, path, disk);
		a[i] = upload_of(unique);
	}
	begin(b, a, FILES);
	struct buf got = take_all();
	assert_int_equal(got.len, want.len);
	assert_memory_equal(got.data, want.data, got.len);
	buf_release(&got);
	buf_release(&want);
	free(disk);
	free(wire);
}

/* What changes while it is sent. */

static char *large_text(char c)
{
	char *text = xmalloc(6 * UPLOAD_BLOCK + 1);

	memset(text, c, 6 * UPLOAD_BLOCK);
	text[6 * UPLOAD_BLOCK] = '\0';
	return text;
}

static void expect_length(void)
{
	struct buf got = take_all();

	assert_int_equal(got.len, u.item[0].wire_size);
	assert_int_equal(got.data[got.len - 1], ' ');
	buf_release(&got);
}

/* Is its file another one than what was sent, to the next look? */
static bool sent_as(struct bed *b, uint32_t uid)
{
	u.item[0].state = UPLOAD_SENT;
	u.item[0].uid = uid;
	record(b);
	assert_int_equal(bed_fate_of(b, folder, uid), FATE_CLAIMED);
	struct store_view v = bed_open(b, "INBOX");
	const struct base_row *row = base_view_find(&v.base, uid);
	const struct local_row *l = local_view_find(&v.local, row->key);
	bool other = l && l->print != row->print;
	store_view_release(&v);
	return other;
}

static void test_upload_read__file_shrinks(void **state)
{
	struct bed *b = *state;
	char *text = large_text('x');

	begin_one(b, text);
	char *path = bed_path(b, "INBOX/cur/a:2,S");
	assert_int_equal(truncate(path, 5 * UPLOAD_BLOCK), 0);
	bed_age(b, "INBOX/cur/a:2,S", 1000000001);
	expect_length();
	assert_true(sent_as(b, UIDNEXT));
	free(path);
	free(text);
}

/* D05. The file is as it was: nothing else would tell that the server has
 * something else. */
static void test_upload_read__disk_fails_while_it_is_sent(void **state)
{
	struct bed *b = *state;
	char *text = large_text('x');

	begin_one(b, text);
	fault_arm(FAULT_READ, 1, EIO);
	fault.name = "a:2,S";
	fault.lasts = true;
	expect_length();
	assert_true(fault_disarm());
	assert_true(sent_as(b, UIDNEXT));
	free(text);
}

/* It is gone, and was wholly read all the same; it grew, and the announced part
 * of it went. */
static void test_upload_read__file_vanishes_or_grows(void **state)
{
	struct bed *b = *state;
	char *text = large_text('x');

	begin_one(b, text);
	char *path = bed_path(b, "INBOX/cur/a:2,S");
	int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	assert_int_equal(write(fd, "more", 4), 4);
	(void)close(fd);
	bed_unlink(b, "INBOX/cur/a:2,S");
	struct buf got = take_all();
	assert_string_equal(got.data, text);
	assert_false(sent_as(b, UIDNEXT));
	buf_release(&got);
	free(path);
	free(text);
}

/* Memory stays bounded: reading ahead ends where nobody takes. */
static void test_upload_read__reads_no_more_than_its_blocks(void **state)
{
	struct bed *b = *state;
	char *text = large_text('x');
	const char *p;

	begin_one(b, text);
	assert_int_equal(u.filled, UPLOAD_BLOCKS);
	assert_false(upload_read_wanted(&u));
	upload_taken(&u, upload_bytes(&u, UPLOAD_BLOCK, &p));
	assert_true(upload_read_wanted(&u));
	upload_read(&u);
	upload_read_done(&u);
	assert_int_equal(u.filled, UPLOAD_BLOCKS);
	assert_int_equal(upload_bytes(&u, 10, &p), 10);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    upload_test(test_upload_read__line_ends),
	    upload_test(test_upload_read__line_ends_across_blocks),
	    upload_test(test_upload_read__one_behind_the_other),
	    upload_test(test_upload_read__file_shrinks),
	    upload_test(test_upload_read__disk_fails_while_it_is_sent),
	    upload_test(test_upload_read__file_vanishes_or_grows),
	    upload_test(test_upload_read__reads_no_more_than_its_blocks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
