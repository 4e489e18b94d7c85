/* SPDX-License-Identifier: MIT */
/* The way of a body from the wire to a file: line ends, pieces of any size,
 * cancelling, back-pressure and failure. Real Maildir, database and thread.
 */
#include "daemon/folder/sink.h"

#include <dirent.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/base/xalloc.h"
#include "tests/support/remove.h"
#include "tests/support/rng.h"
#include "tests/support/t.h"

#define BIG (9 * 1024 * 1024)

struct bed {
	char dir[64];
	char state_dir[80], maildir[80];
	struct config config;
	struct config_account account;
	struct event_base *base;
	struct disk *disk;
	struct store store;
	struct sink *sink;
	size_t committed, errors, calls;
	struct err err;
};

static struct bed b;

static void progress(void *ctx, size_t committed, const struct err *err)
{
	struct bed *bed = ctx;

	bed->calls++;
	bed->committed += committed;
	bed->errors += err != NULL;
	if (err)
		bed->err = *err;
}

static const struct sink_handler handler = {.progress = progress};

static void must(int r)
{
	if (r != 0)
		fail_msg("%d: %s", r, b.err.text);
}

/* What the database has of the folder. */
static size_t open_folder(void)
{
	struct store_name name = {
	    .wire = "INBOX", .name = "INBOX", .delim = '/', .uidvalidity = 7};
	struct store_view view;
	struct maildir dir;

	must(maildir_open(b.store.root, "INBOX", true, &dir, &b.err));
	maildir_close(&dir);
	must(store_folder_open(&b.store, &name, NULL, &view, &b.err));
	size_t rows = view.base.n;
	assert_int_equal(view.local.n, rows);
	store_view_release(&view);
	return rows;
}

static int setup(void **state)
{
	static char name[] = "work", inbox[] = "INBOX";

	(void)state;
	b = (struct bed){.dir = "/tmp/test-sink.XXXXXX"};
	assert_non_null(mkdtemp(b.dir));
	(void)snprintf(b.state_dir, sizeof(b.state_dir), "%s/state", b.dir);
	(void)snprintf(b.maildir, sizeof(b.maildir), "%s/mail", b.dir);
	b.config.state_dir = b.state_dir;
	b.account = (struct config_account){.name = name,
					    .maildir = b.maildir,
					    .layout = CONFIG_LAYOUT_FS,
					    .inbox = inbox,
					    .create = CONFIG_SIDE_BOTH};
	b.base = event_base_new();
	b.disk = disk_new(b.base);
	assert_non_null(b.disk);
	must(store_open(&b.store, &b.config, &b.account, false, &b.err));
	assert_int_equal(open_folder(), 0);
	b.sink = sink_new(b.disk, &b.store, NULL, &handler, &b);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	sink_free(b.sink);
	disk_free(b.disk);
	event_base_free(b.base);
	store_close(&b.store);
	remove_tree(b.dir);
	return 0;
}

static void settle(void)
{
	while (!sink_idle(b.sink))
		event_base_loop(b.base, EVLOOP_ONCE);
}

static void commit(void)
{
	sink_flush(b.sink, true);
	settle();
}

static void close_message(uint32_t uid)
{
	struct store_arrival a = {.uid = uid, .internaldate = 1000000000};

	sink_close(b.sink, &a);
}

/* The file of a message, whole; NULL: there is none. */
static char *content(uint32_t uid, size_t *len)
{
	char path[128], part[32];
	char *out = NULL;
	struct dirent *e;

	(void)snprintf(path, sizeof(path), "%s/INBOX/new", b.maildir);
	(void)snprintf(part, sizeof(part), "U%u.", uid);
	DIR *d = opendir(path);
	assert_non_null(d);
	while ((e = readdir(d))) {
		struct stat st;
		if (!strstr(e->d_name, part))
			continue;
		int fd = openat(dirfd(d), e->d_name, O_RDONLY | O_CLOEXEC);
		assert_int_equal(fstat(fd, &st), 0);
		*len = (size_t)st.st_size;
		assert_null(out);
		out = xmalloc(*len + 1);
		assert_int_equal(read(fd, out, *len), *len);
		(void)close(fd);
	}
	(void)closedir(d);
	return out;
}

static void expect_file(uint32_t uid, const char *want, size_t n)
{
	size_t len;
	char *got = content(uid, &len);

	assert_non_null(got);
	assert_int_equal(len, n);
	assert_memory_equal(got, want, n);
	free(got);
}

static void test_sink__line_ends_however_they_come(void **state)
{
	static const char *const table[][2] = {
	    {"a\r\nb\r\n", "a\nb\n"},   {"a\nb", "a\nb"},
	    {"a\rb\r\n", "a\rb\n"},     {"a\r\r\nb", "a\r\nb"},
	    {"\r\n\r\n\r", "\n\n\r"},   {"\r", "\r"},
	    {"\n\r\n\r\r", "\n\n\r\r"},
	};
	uint32_t uid = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		size_t n = strlen(table[i][0]);
		for (size_t split = 0; split <= n; split++) {
			sink_open(b.sink);
			sink_data(b.sink, table[i][0], split);
			sink_data(b.sink, table[i][0] + split, n - split);
			close_message(++uid);
		}
	}
	commit();
	assert_int_equal(b.committed, uid);
	uid = 0;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		size_t n = strlen(table[i][1]);
		for (size_t k = 0; k <= strlen(table[i][0]); k++)
			expect_file(++uid, table[i][1], n);
	}
}

/* As sink_data() should. */
static size_t convert(const char *s, size_t n, char *out)
{
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		if (s[i] != '\r' || i + 1 == n || s[i + 1] != '\n')
			out[len++] = s[i];
	}
	return len;
}

static void test_sink__any_pieces_of_anything(void **state)
{
	static char text[40][4000], want[4000];
	size_t len[40];
	struct rng rng;

	(void)state;
	rng_init(&rng, "sink");
	for (uint32_t m = 0; m < 40; m++) {
		len[m] = rng_below(&rng, sizeof(text[0]));
		for (size_t i = 0; i < len[m]; i++)
			text[m][i] = "\r\n\r\nab"[rng_below(&rng, 6)];
		sink_open(b.sink);
		for (size_t at = 0; at < len[m];) {
			size_t n = 1 + rng_below(&rng, 300);
			n = n < len[m] - at ? n : len[m] - at;
			sink_data(b.sink, text[m] + at, n);
			at += n;
			if (rng_below(&rng, 8) == 0)
				sink_flush(b.sink, false);
		}
		close_message(m + 1);
	}
	commit();
	assert_int_equal(b.committed, 40);
	for (uint32_t m = 0; m < 40; m++) {
		size_t n = convert(text[m], len[m], want);
		expect_file(m + 1, want, n);
	}
}

static void test_sink__a_cancelled_message_leaves_nothing(void **state)
{
	size_t len;

	(void)state;
	sink_open(b.sink);
	sink_data(b.sink, "half\r", 5);
	sink_cancel(b.sink);
	sink_open(b.sink);
	sink_data(b.sink, "\nwhole", 6);
	close_message(2);
	commit();
	assert_int_equal(b.committed, 1);
	assert_null(content(1, &len));
	/* The CR was another's. */
	expect_file(2, "\nwhole", 6);
	sink_free(b.sink);
	b.sink = NULL;
	assert_int_equal(open_folder(), 1);
}

static void test_sink__nothing_is_visible_before_the_commit(void **state)
{
	size_t len;

	(void)state;
	sink_open(b.sink);
	sink_data(b.sink, "text", 4);
	close_message(1);
	assert_false(sink_idle(b.sink));
	sink_flush(b.sink, false);
	settle();
	assert_int_equal(b.calls, 1);
	assert_int_equal(b.committed, 0);
	assert_null(content(1, &len));
	commit();
	assert_int_equal(b.committed, 1);
	expect_file(1, "text", 4);
	assert_int_equal(sink_bytes(b.sink), 4);
}

/* An answer comes even where there is nothing to commit: somebody waits. */
static void test_sink__commits_nothing_too(void **state)
{
	(void)state;
	assert_true(sink_idle(b.sink));
	sink_flush(b.sink, false);
	assert_true(sink_idle(b.sink));
	sink_flush(b.sink, true);
	assert_false(sink_idle(b.sink));
	settle();
	assert_int_equal(b.calls, 1);
	assert_int_equal(b.committed, 0);
}

static void test_sink__says_when_it_is_full(void **state)
{
	char *big = xmalloc(BIG);

	(void)state;
	memset(big, 'x', BIG);
	for (size_t i = 0; i < BIG; i += 977)
		big[i] = '\n';
	assert_false(sink_full(b.sink));
	sink_open(b.sink);
	sink_data(b.sink, big, BIG);
	assert_true(sink_full(b.sink));
	close_message(1);
	commit();
	assert_false(sink_full(b.sink));
	assert_int_equal(b.committed, 1);
	expect_file(1, big, BIG);
	free(big);
}

static void test_sink__reports_a_failure_once(void **state)
{
	char path[128];

	(void)state;
	sink_open(b.sink);
	sink_data(b.sink, "first", 5);
	close_message(1);
	commit();
	(void)snprintf(path, sizeof(path), "%s/INBOX/tmp", b.maildir);
	assert_int_equal(rmdir(path), 0);
	for (uint32_t uid = 2; uid < 6; uid++) {
		sink_open(b.sink);
		sink_data(b.sink, "lost", 4);
		sink_flush(b.sink, false);
		if (uid % 2)
			close_message(uid);
		else
			sink_cancel(b.sink);
		commit();
	}
	assert_int_equal(b.errors, 1);
	assert_true(b.err.code != ERR_NONE);
	assert_int_equal(b.committed, 1);
	/* What was committed stays. */
	expect_file(1, "first", 5);
}

static void test_sink__freed_while_the_disk_is_busy(void **state)
{
	(void)state;
	sink_open(b.sink);
	sink_data(b.sink, "text", 4);
	close_message(1);
	sink_flush(b.sink, true);
	sink_open(b.sink);
	sink_data(b.sink, "half", 4); /* not posted */
	sink_free(b.sink);
	b.sink = NULL;
	disk_free(b.disk);
	b.disk = disk_new(b.base);
	assert_int_equal(b.calls, 0);
	expect_file(1, "text", 4);
	assert_int_equal(open_folder(), 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_sink__line_ends_however_they_come),
	    TEST(test_sink__any_pieces_of_anything),
	    TEST(test_sink__a_cancelled_message_leaves_nothing),
	    TEST(test_sink__nothing_is_visible_before_the_commit),
	    TEST(test_sink__commits_nothing_too),
	    TEST(test_sink__says_when_it_is_full),
	    TEST(test_sink__reports_a_failure_once),
	    TEST(test_sink__freed_while_the_disk_is_busy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
