/* SPDX-License-Identifier: MIT */
/* A Maildir root in a temporary directory with one folder, F, for the tests of
 * this directory. Each test has its own; *state points to it. */
#ifndef TESTS_DAEMON_MAILDIR_TEMP_H
#define TESTS_DAEMON_MAILDIR_TEMP_H

#include "tests/support/remove.h"
#include "tests/support/t.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/maildir/maildir.h"

struct temp {
	char path[64];
	int root;
	struct maildir m;
	struct err err;
};

static inline int temp_setup(void **state)
{
	struct temp *t = calloc(1, sizeof(*t));

	if (!t)
		return -1;
	(void)snprintf(t->path, sizeof(t->path), "/tmp/test-maildir.XXXXXX");
	if (!mkdtemp(t->path))
		return -1;
	t->root = maildir_root_open(t->path, false, &t->err);
	if (t->root < 0 || maildir_open(t->root, "F", true, &t->m, &t->err))
		return -1;
	*state = t;
	return 0;
}

static inline int temp_teardown(void **state)
{
	struct temp *t = *state;

	maildir_close(&t->m);
	(void)close(t->root);
	remove_tree(t->path);
	free(t);
	return 0;
}

static inline void temp_put(int dir, const char *name, const char *text)
{
	int fd =
	    openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		fail_msg("cannot create '%s': %s", name, strerror(errno));
	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		fail_msg("cannot write '%s': %s", name, strerror(errno));
	(void)close(fd);
}

static inline bool temp_has(int dir, const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static inline struct stat temp_stat(int dir, const char *name)
{
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		fail_msg("no '%s': %s", name, strerror(errno));
	return st;
}

static inline void temp_expect(int dir, const char *name, const char *text)
{
	char got[4096];
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		fail_msg("no '%s': %s", name, strerror(errno));
	ssize_t n = read(fd, got, sizeof(got) - 1);
	(void)close(fd);
	if (n < 0)
		fail_msg("cannot read '%s': %s", name, strerror(errno));
	got[n] = '\0';
	assert_string_equal(got, text);
}

static inline int temp_count(int dir)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fdopendir(fd);
	int n = 0;

	if (!d)
		fail_msg("cannot list: %s", strerror(errno));
	while (readdir(d))
		n++;
	(void)closedir(d);
	return n - 2;
}

/* Files, links and such; not directories. */
static inline void temp_remove_all(int dir)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fdopendir(fd);

	if (!d)
		fail_msg("cannot list: %s", strerror(errno));
	for (const struct dirent *e; (e = readdir(d));)
		(void)unlinkat(dir, e->d_name, 0);
	(void)closedir(d);
}

/* As if nothing had changed in it for a long time. */
static inline void temp_rest(const struct temp *t)
{
	const struct timespec long_ago[2] = {{.tv_sec = 1000000000},
					     {.tv_sec = 1000000000}};

	assert_int_equal(futimens(t->m.new_, long_ago), 0);
	assert_int_equal(futimens(t->m.cur, long_ago), 0);
}

#define temp_test(f) \
	cmocka_unit_test_setup_teardown(f, temp_setup, temp_teardown)

#endif
