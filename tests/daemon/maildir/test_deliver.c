/* SPDX-License-Identifier: MIT */
/* Delivery: what a message looks like on disk, the order of syncs and renames,
 * and every failure of the file system on the way. The calls below stand in for
 * libc's: they keep a log and fail on demand.
 */
#include "daemon/maildir/deliver.h"

#include <sys/syscall.h>

#include "tests/daemon/maildir/temp.h"

#define LOG_MAX 512

/* What the calls do; all zero: their work. fail_at counts down to the call of
 * kind fail that fails with fail_errno, once. */
static struct {
	char log[LOG_MAX];
	size_t n;
	char fail;
	int fail_at;
	int fail_errno;
	size_t short_write; /* at most so many bytes at a time */
	bool no_noreplace;
} calls;

static int enter(char kind)
{
	if (calls.n + 1 < LOG_MAX)
		calls.log[calls.n++] = kind;
	if (calls.fail == kind && calls.fail_at-- == 0) {
		errno = calls.fail_errno;
		return -1;
	}
	return 0;
}

int fdatasync(int fd)
{
	return enter('d') < 0 ? -1 : (int)syscall(SYS_fdatasync, fd);
}

int syncfs(int fd)
{
	return enter('s') < 0 ? -1 : (int)syscall(SYS_syncfs, fd);
}

int fsync(int fd)
{
	return enter('f') < 0 ? -1 : (int)syscall(SYS_fsync, fd);
}

int renameat2(int from_dir, const char *from, int to_dir, const char *to,
	      unsigned flags)
{
	if (calls.no_noreplace) {
		errno = EINVAL;
		return -1;
	}
	if (enter('r') < 0)
		return -1;
	return (int)syscall(SYS_renameat2, from_dir, from, to_dir, to, flags);
}

ssize_t write(int fd, const void *p, size_t n)
{
	if (enter('w') < 0)
		return -1;
	if (calls.short_write && n > calls.short_write)
		n = calls.short_write;
	return syscall(SYS_write, fd, p, n);
}

int close(int fd)
{
	long rc = syscall(SYS_close, fd);

	return enter('c') < 0 ? -1 : (int)rc;
}

static void fail_at(char kind, int at, int number)
{
	memset(&calls, 0, sizeof(calls));
	calls.fail = kind;
	calls.fail_at = at;
	calls.fail_errno = number;
}

/* The log's calls of the kinds, in their order. */
static void expect_calls(const char *kinds, const char *want)
{
	char got[LOG_MAX];
	size_t n = 0;

	for (size_t i = 0; i < calls.n; i++) {
		if (strchr(kinds, calls.log[i]))
			got[n++] = calls.log[i];
	}
	got[n] = '\0';
	assert_string_equal(got, want);
}

static const struct name_origin origin = {UINT64_C(0xabc), 17, 4};

static void write_one(struct temp *t, struct delivery *d, uint32_t uid,
		      uint64_t flags, const char *text)
{
	struct name_origin o = origin;

	o.uid = uid;
	assert_int_equal(delivery_open(d, &t->err), 0);
	assert_int_equal(delivery_write(d, text, strlen(text), &t->err), 0);
	assert_int_equal(delivery_close(d, &o, flags, 0, 1000000, &t->err), 0);
}

static void expect_empty(const struct temp *t)
{
	assert_int_equal(temp_count(t->m.tmp), 0);
	assert_int_equal(temp_count(t->m.new_), 0);
	assert_int_equal(temp_count(t->m.cur), 0);
}

static struct delivery *start(const struct temp *t)
{
	memset(&calls, 0, sizeof(calls));
	struct delivery *d = delivery_new(&t->m, NULL);
	assert_non_null(d);
	return d;
}

static void test_deliver__message_on_disk(void **state)
{
	/* Of "abc", LF, LF: a header without an empty line. */
	static const unsigned char sha256_abc[DIGEST_BYTES] = {
	    0x78, 0x37, 0x01, 0xf7, 0x59, 0x98, 0x30, 0x82, 0x4f, 0xa7, 0x34,
	    0x88, 0xf8, 0x0e, 0xb7, 0x98, 0x94, 0xf6, 0xf1, 0x42, 0x03, 0x26,
	    0x4b, 0x6a, 0x3a, 0xc3, 0xf0, 0xa1, 0x40, 0x12, 0xc2, 0x5f};
	static const char file[] =
	    "837596665.V17U4.0000000000000abc.imapsyncd,S=3";
	struct temp *t = *state;
	struct delivery *d = start(t);
	const struct delivered *out;
	size_t n;

	assert_int_equal(delivery_open(d, &t->err), 0);
	assert_int_equal(delivery_write(d, "a", 1, &t->err), 0);
	assert_int_equal(delivery_write(d, NULL, 0, &t->err), 0);
	assert_int_equal(delivery_write(d, "bc", 2, &t->err), 0);
	assert_int_equal(delivery_close(d, &origin, 0, 0, 837596665, &t->err),
			 0);
	assert_int_equal(delivery_count(d), 1);
	assert_true(delivery_bytes(d) == 3);
	/* W1: not to be seen before the commit. */
	assert_int_equal(temp_count(t->m.new_), 0);
	assert_int_equal(delivery_commit(d, &out, &n, &t->err), 0);
	assert_int_equal(n, 1);
	assert_int_equal(delivery_count(d), 0);
	assert_true(delivery_bytes(d) == 0);
	assert_string_equal(out->unique, file);
	assert_int_equal(out->uid, 4);
	assert_true(out->size == 3);
	assert_true(out->internaldate == 837596665);
	assert_memory_equal(out->digest, sha256_abc, DIGEST_BYTES);

	struct stat st = temp_stat(t->m.new_, file);
	assert_true(st.st_ino == out->inode);
	assert_int_equal(st.st_mode, S_IFREG | 0600);
	assert_int_equal(st.st_size, 3);
	assert_true(st.st_mtim.tv_sec == 837596665);
	temp_expect(t->m.new_, file, "abc");
	assert_int_equal(temp_count(t->m.tmp), 0);
	assert_int_equal(temp_count(t->m.cur), 0);
	delivery_free(d);
}

static void test_deliver__flags_decide_the_place(void **state)
{
	static const struct {
		uint64_t flags;
		uint32_t letters;
		const char *info; /* NULL: new/ */
	} table[] = {
	    {0, 0, NULL},
	    {KEYWORD_BIT(3), 0, NULL}, /* a keyword that got no letter */
	    {FLAG_SEEN, 0, ":2,S"},
	    {FLAG_SYSTEM, 0, ":2,DFPRST"},
	    {0, 1, ":2,a"},
	    {FLAG_DRAFT | KEYWORD_BIT(0), 3, ":2,Dab"},
	};
	struct temp *t = *state;
	struct delivery *d = start(t);
	const struct delivered *out;
	size_t n;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct name_origin o = {1, 2, (uint32_t)i + 1};
		char file[NAME_BYTES + 16];
		assert_int_equal(delivery_open(d, &t->err), 0);
		assert_int_equal(delivery_close(d, &o, table[i].flags,
						table[i].letters, 0, &t->err),
				 0);
		assert_int_equal(delivery_commit(d, &out, &n, &t->err), 0);
		assert_true(out->flags == table[i].flags);
		assert_true(out->size == 0);
		(void)snprintf(file, sizeof(file), "%s%s", out->unique,
			       table[i].info ? table[i].info : "");
		assert_true(
		    temp_has(table[i].info ? t->m.cur : t->m.new_, file));
	}
	delivery_free(d);
}

/* A text without a length that is a round number of anything. */
static char *long_text(size_t len)
{
	char *p = malloc(len + 1);

	assert_non_null(p);
	for (size_t i = 0; i < len; i++)
		p[i] = i % 61 == 60 ? '\n' : (char)('!' + i % 90);
	p[len] = '\0';
	return p;
}

static void deliver_in_pieces(struct temp *t, const char *text, size_t len,
			      size_t piece)
{
	struct delivery *d = start(t);
	const struct delivered *out;
	size_t n;

	calls.short_write = 1000;
	assert_int_equal(delivery_open(d, &t->err), 0);
	for (size_t at = 0; at < len; at += piece) {
		size_t part = len - at < piece ? len - at : piece;
		assert_int_equal(delivery_write(d, text + at, part, &t->err),
				 0);
	}
	assert_int_equal(delivery_close(d, &origin, 0, 0, 0, &t->err), 0);
	assert_int_equal(delivery_commit(d, &out, &n, &t->err), 0);
	assert_true(out->size == len);
	int fd = openat(t->m.new_, out->unique, O_RDONLY | O_CLOEXEC);
	char *got = malloc(len + 1);
	assert_non_null(got);
	assert_int_equal(read(fd, got, len + 1), len);
	assert_memory_equal(got, text, len);
	free(got);
	(void)close(fd);
	assert_int_equal(unlinkat(t->m.new_, out->unique, 0), 0);
	delivery_free(d);
}

static void test_deliver__bytes_survive_pieces_and_short_writes(void **state)
{
	static const size_t piece[] = {1, 77, 65535, 65536, 65537, 200000};
	size_t len = 150001;
	char *text = long_text(len);

	for (size_t i = 0; i < sizeof(piece) / sizeof(piece[0]); i++)
		deliver_in_pieces(*state, text, len, piece[i]);
	free(text);
}

static void test_deliver__restarts_interrupted_calls(void **state)
{
	struct temp *t = *state;

	for (const char *kind = "wdrfc"; *kind; kind++) {
		struct delivery *d = delivery_new(&t->m, NULL);
		const struct delivered *out;
		size_t n;
		fail_at(*kind, 0, EINTR);
		write_one(t, d, (uint32_t)*kind, 0, "x\n");
		assert_int_equal(delivery_commit(d, &out, &n, &t->err), 0);
		assert_true(calls.fail_at < 0);
		temp_expect(t->m.new_, out->unique, "x\n");
		delivery_free(d);
	}
	assert_int_equal(temp_count(t->m.tmp), 0);
}

static void test_deliver__small_batch_in_order(void **state)
{
	struct temp *t = *state;
	struct delivery *d = start(t);
	const struct delivered *out;
	size_t n;

	write_one(t, d, 1, 0, "a\n");
	write_one(t, d, 2, 0, "b\n");
	write_one(t, d, 3, 0, "c\n");
	expect_calls("dsrf", "");
	assert_int_equal(delivery_commit(d, &out, &n, &t->err), 0);
	/* All data before any name; only the directory that was touched. */
	expect_calls("dsrf", "dddrrrf");
	write_one(t, d, 4, 0, "a\n");
	write_one(t, d, 5, FLAG_SEEN, "b\n");
	assert_int_equal(delivery_commit(d, &out, &n, &t->err), 0);
	expect_calls("dsrf", "dddrrrfddrrff");
	assert_int_equal(delivery_commit(d, &out, &n, &t->err), 0);
	assert_int_equal(n, 0);
	expect_calls("dsrf", "dddrrrfddrrff");
	delivery_free(d);
}

static void test_deliver__large_batch_has_one_barrier(void **state)
{
	struct temp *t = *state;
	struct delivery *d = start(t);
	const struct delivered *out;
	size_t n;

	for (uint32_t uid = 1; uid <= 33; uid++)
		write_one(t, d, uid, FLAG_SEEN, "a\n");
	assert_int_equal(delivery_commit(d, &out, &n, &t->err), 0);
	expect_calls("dsrf", "srrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrf");
	assert_int_equal(n, 33);
	assert_int_equal(temp_count(t->m.cur), 33);
	assert_int_equal(out[32].uid, 33);
	for (uint32_t uid = 34; uid < 34 + 32; uid++)
		write_one(t, d, uid, FLAG_SEEN, "a\n");
	assert_int_equal(delivery_commit(d, &out, &n, &t->err), 0);
	expect_calls("s", "s");
	delivery_free(d);
}

/* P08: a sync that failed is the end of the batch, and is not tried again. */
static void test_deliver__failed_barrier_drops_the_batch(void **state)
{
	struct temp *t = *state;

	for (uint32_t count = 1; count <= 40; count += 13) {
		struct delivery *d = delivery_new(&t->m, NULL);
		const struct delivered *out;
		size_t n;
		bool large = count > 32;
		fail_at(large ? 's' : 'd', large ? 0 : (int)count - 1, EIO);
		for (uint32_t uid = 1; uid <= count; uid++)
			write_one(t, d, uid, uid & 1, "a\n");
		assert_int_equal(delivery_commit(d, &out, &n, &t->err), -1);
		assert_int_equal(t->err.code, ERR_IO);
		expect_calls("s", large ? "s" : "");
		expect_calls("rf", "");
		expect_empty(t);
		assert_int_equal(delivery_count(d), 0);
		/* And the next batch is a new one. */
		write_one(t, d, 99, 0, "b\n");
		assert_int_equal(delivery_commit(d, &out, &n, &t->err), 0);
		temp_expect(t->m.new_, out->unique, "b\n");
		assert_int_equal(unlinkat(t->m.new_, out->unique, 0), 0);
		delivery_free(d);
	}
}

/* D08: NFS tells of lost data when the file is closed. */
static void test_deliver__failed_close_drops_the_batch(void **state)
{
	struct temp *t = *state;
	struct delivery *d = delivery_new(&t->m, NULL);
	const struct delivered *out;
	size_t n;

	/* Closed at the commit, after their sync. */
	fail_at('c', 1, EDQUOT);
	for (uint32_t uid = 1; uid <= 3; uid++)
		write_one(t, d, uid, 0, "a\n");
	assert_int_equal(delivery_commit(d, &out, &n, &t->err), -1);
	assert_int_equal(t->err.scope, ERR_SCOPE_ACCOUNT);
	expect_empty(t);
	/* Closed since the batch grew: not the fault of number 33. */
	fail_at('c', 3, EIO);
	for (uint32_t uid = 1; uid <= 33; uid++)
		write_one(t, d, uid, 0, "a\n");
	assert_int_equal(delivery_commit(d, &out, &n, &t->err), -1);
	expect_calls("srf", "");
	expect_empty(t);
	write_one(t, d, 1, 0, "a\n");
	assert_int_equal(delivery_commit(d, &out, &n, &t->err), 0);
	delivery_free(d);
}

static void test_deliver__failed_rename_keeps_what_is_in_place(void **state)
{
	struct temp *t = *state;
	struct delivery *d = delivery_new(&t->m, NULL);
	const struct delivered *out;
	size_t n;

	fail_at('r', 1, ENOSPC);
	for (uint32_t uid = 1; uid <= 3; uid++)
		write_one(t, d, uid, 0, "a\n");
	assert_int_equal(delivery_commit(d, &out, &n, &t->err), -1);
	assert_int_equal(t->err.scope, ERR_SCOPE_ACCOUNT);
	assert_int_equal(temp_count(t->m.tmp), 0);
	assert_int_equal(temp_count(t->m.new_), 1);
	delivery_free(d);
}

static void test_deliver__failed_directory_sync_counts_nothing(void **state)
{
	struct temp *t = *state;
	struct delivery *d = delivery_new(&t->m, NULL);
	const struct delivered *out;
	size_t n;

	fail_at('f', 0, EIO);
	write_one(t, d, 1, 0, "a\n");
	assert_int_equal(delivery_commit(d, &out, &n, &t->err), -1);
	expect_calls("f", "f");
	/* The second try finds the file and is content with it. */
	memset(&calls, 0, sizeof(calls));
	write_one(t, d, 1, 0, "a\n");
	assert_int_equal(delivery_commit(d, &out, &n, &t->err), 0);
	expect_calls("f", "f");
	assert_int_equal(temp_count(t->m.new_), 1);
	assert_int_equal(temp_count(t->m.tmp), 0);
	delivery_free(d);
}

/* D01: the disk is full at the k-th write. */
static void test_deliver__full_disk_leaves_no_part(void **state)
{
	struct temp *t = *state;
	struct delivery *d = start(t);
	const struct delivered *out;
	char *text = long_text(300000);
	size_t n;

	write_one(t, d, 1, 0, "a\n");
	fail_at('w', 2, ENOSPC);
	calls.short_write = 100000;
	assert_int_equal(delivery_open(d, &t->err), 0);
	assert_int_equal(delivery_write(d, text, 300000, &t->err), -1);
	assert_int_equal(t->err.code, ERR_IO);
	assert_int_equal(t->err.scope, ERR_SCOPE_ACCOUNT);
	assert_true(t->err.hint[0] != '\0');
	delivery_cancel(d);
	delivery_cancel(d);
	/* Small ones fail as late as at their end. */
	fail_at('w', 0, EDQUOT);
	assert_int_equal(delivery_open(d, &t->err), 0);
	assert_int_equal(delivery_write(d, text, 300, &t->err), 0);
	assert_int_equal(delivery_close(d, &origin, 0, 0, 0, &t->err), -1);
	assert_int_equal(temp_count(t->m.tmp), 1);
	/* Those that were complete are delivered all the same. */
	assert_int_equal(delivery_commit(d, &out, &n, &t->err), 0);
	assert_int_equal(n, 1);
	temp_expect(t->m.new_, out->unique, "a\n");
	free(text);
	delivery_free(d);
}

static void test_deliver__same_name_and_size_is_the_same(void **state)
{
	static const char file[] =
	    "1000000.V17U4.0000000000000abc.imapsyncd,S=2:2,S";
	struct temp *t = *state;
	struct delivery *d = start(t);
	const struct delivered *out;
	size_t n;

	temp_put(t->m.cur, file, "o\n");
	write_one(t, d, 4, FLAG_SEEN, "a\n");
	assert_int_equal(delivery_commit(d, &out, &n, &t->err), 0);
	assert_int_equal(n, 1);
	temp_expect(t->m.cur, file, "o\n");
	assert_true(out->inode == temp_stat(t->m.cur, file).st_ino);
	/* Its name may not be durable yet. */
	expect_calls("f", "f");
	assert_int_equal(temp_count(t->m.tmp), 0);

	assert_int_equal(unlinkat(t->m.cur, file, 0), 0);
	temp_put(t->m.cur, file, "other\n");
	write_one(t, d, 4, FLAG_SEEN, "a\n");
	assert_int_equal(delivery_commit(d, &out, &n, &t->err), -1);
	temp_expect(t->m.cur, file, "other\n");
	assert_int_equal(temp_count(t->m.tmp), 0);
	delivery_free(d);
}

static void test_deliver__without_noreplace(void **state)
{
	struct temp *t = *state;
	struct delivery *d = start(t);
	const struct delivered *out;
	size_t n;

	for (int i = 0; i < 2; i++) {
		memset(&calls, 0, sizeof(calls));
		calls.no_noreplace = true;
		write_one(t, d, 4, 0, "a\n");
		assert_int_equal(delivery_commit(d, &out, &n, &t->err), 0);
		temp_expect(t->m.new_, out->unique, "a\n");
		assert_int_equal(temp_stat(t->m.new_, out->unique).st_nlink, 1);
		assert_int_equal(temp_count(t->m.tmp), 0);
	}
	delivery_free(d);
}

static void test_deliver__free_leaves_nothing(void **state)
{
	struct temp *t = *state;

	for (uint32_t count = 2; count <= 40; count += 38) {
		struct delivery *d = start(t);
		for (uint32_t uid = 1; uid <= count; uid++)
			write_one(t, d, uid, 0, "a\n");
		assert_int_equal(delivery_open(d, &t->err), 0);
		assert_int_equal(temp_count(t->m.tmp), count + 1);
		delivery_free(d);
		expect_empty(t);
	}
	delivery_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    temp_test(test_deliver__message_on_disk),
	    temp_test(test_deliver__flags_decide_the_place),
	    temp_test(test_deliver__bytes_survive_pieces_and_short_writes),
	    temp_test(test_deliver__restarts_interrupted_calls),
	    temp_test(test_deliver__small_batch_in_order),
	    temp_test(test_deliver__large_batch_has_one_barrier),
	    temp_test(test_deliver__failed_barrier_drops_the_batch),
	    temp_test(test_deliver__failed_close_drops_the_batch),
	    temp_test(test_deliver__failed_rename_keeps_what_is_in_place),
	    temp_test(test_deliver__failed_directory_sync_counts_nothing),
	    temp_test(test_deliver__full_disk_leaves_no_part),
	    temp_test(test_deliver__same_name_and_size_is_the_same),
	    temp_test(test_deliver__without_noreplace),
	    temp_test(test_deliver__free_leaves_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
