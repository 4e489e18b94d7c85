/* SPDX-License-Identifier: MIT */
/* Roots and folders: made with the right modes, never through a link below the
 * root, and what cannot be opened is never taken for what is not there.
 */
#include "daemon/maildir/maildir.h"

#include <limits.h>

#include "tests/daemon/maildir/temp.h"

static void test_maildir__root_is_made_private(void **state)
{
	struct temp *t = *state;
	char path[PATH_MAX];
	mode_t mask = umask(0);

	(void)snprintf(path, sizeof(path), "%s//a/../b/./c/", t->path);
	assert_int_equal(maildir_root_open(path, false, &t->err), -2);
	assert_int_equal(mkdirat(t->root, "a", 0700), 0);
	assert_int_equal(maildir_root_open(path, false, &t->err), -2);
	int fd = maildir_root_open(path, true, &t->err);
	assert_true(fd >= 0);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	(void)close(fd);
	assert_int_equal(temp_stat(t->root, "b").st_mode, S_IFDIR | 0700);
	assert_int_equal(temp_stat(t->root, "b/c").st_mode, S_IFDIR | 0700);
	fd = maildir_root_open(path, false, &t->err);
	assert_true(fd >= 0);
	(void)close(fd);
	(void)umask(mask);
}

/* R13. */
static void test_maildir__root_open_to_others_is_refused(void **state)
{
	static const struct {
		mode_t mode;
		bool ok;
	} table[] = {{0700, true},  {0750, true},  {0755, true},
		     {0770, false}, {0707, false}, {01777, false}};
	struct temp *t = *state;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		assert_int_equal(chmod(t->path, table[i].mode), 0);
		int fd = maildir_root_open(t->path, true, &t->err);
		assert_int_equal(fd >= 0, table[i].ok);
		if (fd >= 0) {
			(void)close(fd);
			continue;
		}
		assert_int_equal(fd, -1);
		assert_int_equal(t->err.code, ERR_IO);
		assert_non_null(strstr(t->err.hint, "chmod go-w"));
	}
}

static void test_maildir__root_may_be_a_link(void **state)
{
	struct temp *t = *state;
	char path[PATH_MAX];

	assert_int_equal(symlinkat("F", t->root, "link"), 0);
	(void)snprintf(path, sizeof(path), "%s/link", t->path);
	int fd = maildir_root_open(path, false, &t->err);
	assert_true(fd >= 0);
	(void)close(fd);
	/* One that leads nowhere is a disk that is not mounted. */
	assert_int_equal(symlinkat("none", t->root, "dangling"), 0);
	(void)snprintf(path, sizeof(path), "%s/dangling", t->path);
	assert_int_equal(maildir_root_open(path, false, &t->err), -1);
	assert_int_equal(maildir_root_open(path, true, &t->err), -1);
	assert_false(temp_has(t->root, "none"));
	temp_put(t->root, "file", "");
	(void)snprintf(path, sizeof(path), "%s/file", t->path);
	assert_int_equal(maildir_root_open(path, true, &t->err), -1);
	(void)snprintf(path, sizeof(path), "%s/file/x", t->path);
	assert_int_equal(maildir_root_open(path, true, &t->err), -1);
}

static void test_maildir__folder_is_made_private(void **state)
{
	struct temp *t = *state;
	struct maildir m;
	mode_t mask = umask(0);

	assert_int_equal(maildir_open(t->root, "a/b", false, &m, &t->err), 1);
	assert_int_equal(maildir_open(t->root, "a/b", true, &m, &t->err), 0);
	assert_true(m.dir >= 0 && m.cur >= 0 && m.new_ >= 0 && m.tmp >= 0);
	assert_true(fcntl(m.cur, F_GETFD) & FD_CLOEXEC);
	maildir_close(&m);
	assert_int_equal(m.cur, -1);
	static const char *const made[] = {"a", "a/b", "a/b/cur", "a/b/new",
					   "a/b/tmp"};
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(temp_stat(t->root, made[i]).st_mode,
				 S_IFDIR | 0700);
	/* A parent is no folder for that. */
	assert_int_equal(maildir_open(t->root, "a", false, &m, &t->err), 1);
	assert_int_equal(maildir_open(t->root, "", false, &m, &t->err), 1);
	assert_int_equal(maildir_open(t->root, "", true, &m, &t->err), 0);
	maildir_close(&m);
	(void)umask(mask);
}

static void test_maildir__part_of_a_folder_is_an_error(void **state)
{
	static const char *const part[] = {"cur", "new", "tmp"};
	struct temp *t = *state;
	struct maildir m;

	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(unlinkat(t->m.dir, part[i], AT_REMOVEDIR), 0);
		assert_int_equal(maildir_open(t->root, "F", false, &m, &t->err),
				 -1);
		assert_int_equal(maildir_open(t->root, "F", true, &m, &t->err),
				 0);
		maildir_close(&m);
	}
}

/* F01, A04: whatever the path and whatever lies there. */
static void test_maildir__nothing_leads_out(void **state)
{
	static const char *const path[] = {
	    "..",   "../x",   "a/../../x",  "/tmp",
	    "link", "link/x", "link/../x",  "dangling",
	    "file", "file/x", "F/cur-link", "G",
	};
	struct temp *t = *state;
	struct maildir m;

	assert_int_equal(symlinkat("/tmp", t->root, "link"), 0);
	assert_int_equal(symlinkat("none", t->root, "dangling"), 0);
	assert_int_equal(symlinkat("cur", t->m.dir, "cur-link"), 0);
	temp_put(t->root, "file", "");
	assert_int_equal(maildir_open(t->root, "G", true, &m, &t->err), 0);
	maildir_close(&m);
	assert_int_equal(unlinkat(t->root, "G/cur", AT_REMOVEDIR), 0);
	assert_int_equal(symlinkat("../F/cur", t->root, "G/cur"), 0);
	for (size_t i = 0; i < sizeof(path) / sizeof(path[0]); i++) {
		for (int create = 0; create < 2; create++) {
			int rc =
			    maildir_open(t->root, path[i], create, &m, &t->err);
			/* "a" is not there, so nobody asked what is above. */
			if (rc == 1 && !create && path[i][0] == 'a')
				continue;
			if (rc != -1)
				fail_msg("'%s' gives %d", path[i], rc);
		}
	}
	assert_false(temp_has(t->root, "none"));
	assert_non_null(strstr(t->err.hint, "links"));
}

static void test_maildir__cleans_only_its_own(void **state)
{
	struct temp *t = *state;

	temp_put(t->m.tmp, MAILDIR_TMP_PREFIX "0.1.2", "");
	temp_put(t->m.tmp, MAILDIR_TMP_PREFIX "0.1.3", "");
	temp_put(t->m.tmp, "1234.M1P2.host", "");
	temp_put(t->m.tmp, "imapsyncd", "");
	assert_int_equal(mkdirat(t->m.tmp, MAILDIR_TMP_PREFIX "d", 0700), 0);
	assert_int_equal(maildir_clean_tmp(&t->m, &t->err), 2);
	assert_int_equal(temp_count(t->m.tmp), 3);
	assert_int_equal(maildir_clean_tmp(&t->m, &t->err), 0);
	struct maildir closed = {-1, -1, -1, -1};
	assert_int_equal(maildir_clean_tmp(&closed, &t->err), -1);
}

static void test_maildir__errors_are_graded(void **state)
{
	static const struct {
		int number;
		enum err_code code;
		enum err_scope scope;
	} table[] = {
	    {EIO, ERR_IO, ERR_SCOPE_FOLDER},
	    {EACCES, ERR_IO, ERR_SCOPE_FOLDER},
	    {ENOSPC, ERR_IO, ERR_SCOPE_ACCOUNT},
	    {EDQUOT, ERR_IO, ERR_SCOPE_ACCOUNT},
	    {EROFS, ERR_IO, ERR_SCOPE_ACCOUNT},
	    {EMFILE, ERR_TEMP, ERR_SCOPE_ACCOUNT},
	};
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		errno = table[i].number;
		assert_int_equal(maildir_error(&e, "cannot %s", "do"), -1);
		assert_int_equal(e.code, table[i].code);
		assert_int_equal(e.scope, table[i].scope);
		assert_memory_equal(e.text, "cannot do: ", 11);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    temp_test(test_maildir__root_is_made_private),
	    temp_test(test_maildir__root_open_to_others_is_refused),
	    temp_test(test_maildir__root_may_be_a_link),
	    temp_test(test_maildir__folder_is_made_private),
	    temp_test(test_maildir__part_of_a_folder_is_an_error),
	    temp_test(test_maildir__nothing_leads_out),
	    temp_test(test_maildir__cleans_only_its_own),
	    temp_test(test_maildir__errors_are_graded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
