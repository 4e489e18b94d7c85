/* SPDX-License-Identifier: MIT */
/* What the kernel tells of directories. */
#include "daemon/watch/dirwatch.h"

#include "tests/support/t.h"

#include <event2/event.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/remove.h"

struct rig {
	struct event_base *base;
	struct dirwatch *d;
	struct dirwatch_owner owner;
	char dir[64];
	char told[600]; /* one line each */
	unsigned lost;
	uint32_t cookie;
};

static struct rig r;

static void on_told(void *ctx, const struct dirwatch_event *e)
{
	size_t n = strlen(r.told);

	(void)ctx;
	(void)snprintf(
	    r.told + n, sizeof(r.told) - n, "%s%s %u %s\n", e->came ? "+" : "-",
	    e->kind == DIRWATCH_TREE ? "tree" : "file", e->tag, e->name);
	if (e->cookie)
		r.cookie = e->cookie;
}

static void on_lost(void *ctx)
{
	(void)ctx;
	r.lost++;
}

static char *path(const char *name)
{
	static char text[2][400];
	static unsigned which;
	char *p = text[which++ % 2];

	(void)snprintf(p, sizeof(text[0]), "%s/%s", r.dir, name);
	return p;
}

static int setup(void **state)
{
	(void)state;
	r = (struct rig){.owner = {.told = on_told, .lost = on_lost}};
	(void)snprintf(r.dir, sizeof(r.dir), "/tmp/dirwatch.XXXXXX");
	assert_non_null(mkdtemp(r.dir));
	r.base = event_base_new();
	r.d = dirwatch_new(r.base);
	assert_non_null(r.d);
	assert_int_equal(mkdir(path("cur"), 0700), 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	dirwatch_free(r.d);
	event_base_free(r.base);
	remove_tree(r.dir);
	return 0;
}

static int watch(const char *name, enum dirwatch_kind kind, uint32_t tag)
{
	int handle = dirwatch_add(dirwatch_fd(r.d), path(name), kind);

	assert_true(handle >= 0);
	dirwatch_set(r.d, &r.owner, handle, kind, tag);
	return handle;
}

static void touch(const char *name)
{
	int fd = open(path(name), O_CREAT | O_WRONLY, 0600);

	assert_true(fd >= 0);
	(void)close(fd);
}

static void expect(const char *told)
{
	dirwatch_drain(r.d);
	assert_string_equal(r.told, told);
	r.told[0] = '\0';
}

static void test_dirwatch__files(void **state)
{
	(void)state;
	watch("cur", DIRWATCH_FILES, 7);
	assert_int_equal(rename(path("cur"), path("cur")), 0);
	touch("out");
	expect("");
	assert_int_equal(rename(path("out"), path("cur/a")), 0);
	expect("+file 7 a\n");
	assert_int_equal(rename(path("cur/a"), path("cur/b")), 0);
	expect("-file 7 a\n+file 7 b\n");
	assert_int_not_equal(r.cookie, 0);
	touch("cur/b"); /* opened for writing, and closed */
	expect("+file 7 b\n");
	assert_int_equal(unlink(path("cur/b")), 0);
	expect("-file 7 b\n");
	assert_int_equal(mkdir(path("cur/dir"), 0700), 0);
	expect("");
}

static void test_dirwatch__tree(void **state)
{
	(void)state;
	watch(".", DIRWATCH_TREE, 3);
	touch("dovecot-uidlist");
	expect("");
	assert_int_equal(mkdir(path("Box"), 0700), 0);
	assert_int_equal(rename(path("Box"), path("Bax")), 0);
	assert_int_equal(rmdir(path("Bax")), 0);
	expect("+tree 3 Box\n-tree 3 Box\n+tree 3 Bax\n-tree 3 Bax\n");
}

/* What happens before anybody says whose it is. */
static void test_dirwatch__before_it_is_set(void **state)
{
	int handle =
	    dirwatch_add(dirwatch_fd(r.d), path("cur"), DIRWATCH_FILES);

	(void)state;
	touch("cur/a");
	dirwatch_drain(r.d);
	dirwatch_set(r.d, &r.owner, handle, DIRWATCH_FILES, 1);
	assert_int_equal(r.lost, 1);
	unlink(path("cur/a"));
	expect("-file 1 a\n");
	dirwatch_set(r.d, &r.owner, handle, DIRWATCH_FILES, 2);
	assert_int_equal(r.lost, 1);
}

/* Set once more, with another tag; what is not set is watched no more. */
static void test_dirwatch__turns(void **state)
{
	(void)state;
	assert_int_equal(mkdir(path("new"), 0700), 0);
	dirwatch_begin(&r.owner);
	watch("cur", DIRWATCH_FILES, 1);
	watch("new", DIRWATCH_FILES, 2);
	dirwatch_end(r.d, &r.owner);
	dirwatch_begin(&r.owner);
	watch("new", DIRWATCH_FILES, 5);
	dirwatch_end(r.d, &r.owner);
	touch("cur/a");
	touch("new/a");
	expect("+file 5 a\n+file 5 a\n");
	dirwatch_drop(r.d, &r.owner);
	touch("new/b");
	expect("");
	/* Its last word makes nobody think that it is new. */
	watch("new", DIRWATCH_FILES, 6);
	assert_int_equal(r.lost, 0);
	touch("new/c");
	expect("+file 6 c\n+file 6 c\n");
}

static void test_dirwatch__removed_directory(void **state)
{
	(void)state;
	watch(".", DIRWATCH_TREE, 1);
	watch("cur", DIRWATCH_FILES, 2);
	assert_int_equal(rmdir(path("cur")), 0);
	expect("-tree 1 cur\n");
	assert_int_equal(mkdir(path("cur"), 0700), 0);
	touch("cur/a");
	expect("+tree 1 cur\n");
}

/* More than the kernel keeps: everybody is told, once. */
static void test_dirwatch__overflow(void **state)
{
	struct dirwatch_owner other = {.told = on_told, .lost = on_lost};
	long most = 16384;
	FILE *f = fopen("/proc/sys/fs/inotify/max_queued_events", "re");

	(void)state;
	if (f && fscanf(f, "%ld", &most) != 1)
		most = 16384;
	if (f)
		(void)fclose(f);
	if (most > 100000)
		skip();
	watch("cur", DIRWATCH_FILES, 1);
	watch(".", DIRWATCH_TREE, 1);
	assert_int_equal(mkdir(path("new"), 0700), 0);
	int handle =
	    dirwatch_add(dirwatch_fd(r.d), path("new"), DIRWATCH_FILES);
	dirwatch_set(r.d, &other, handle, DIRWATCH_FILES, 1);
	touch("cur/a");
	for (long i = 0; i <= most / 2 + 2; i++) {
		(void)rename(path("cur/a"), path("cur/b"));
		(void)rename(path("cur/b"), path("cur/a"));
	}
	dirwatch_drain(r.d);
	assert_int_equal(r.lost, 2);
	dirwatch_drop(r.d, &other);
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	if (r.told[0])
		(void)event_base_loopbreak(r.base);
}

static void test_dirwatch__from_the_loop(void **state)
{
	const struct timeval tick = {0, 1000}, patience = {10, 0};
	struct event *e = event_new(r.base, -1, EV_PERSIST, on_tick, NULL);

	(void)state;
	watch("cur", DIRWATCH_FILES, 1);
	touch("cur/a");
	event_add(e, &tick);
	(void)event_base_loopexit(r.base, &patience);
	(void)event_base_dispatch(r.base);
	assert_string_equal(r.told, "+file 1 a\n+file 1 a\n");
	event_free(e);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_dirwatch__files),
	    TEST(test_dirwatch__tree),
	    TEST(test_dirwatch__before_it_is_set),
	    TEST(test_dirwatch__turns),
	    TEST(test_dirwatch__removed_directory),
	    TEST(test_dirwatch__overflow),
	    TEST(test_dirwatch__from_the_loop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
