/* SPDX-License-Identifier: MIT */
/* When a token is still good, what a new grant replaces, and what becomes of
 * the file when it cannot be read or written. */
#include "daemon/setup/token_file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/base/xalloc.h"
#include "tests/support/t.h"

static void test_token_file__fresh(void **state)
{
	char token[] = "t";
	struct token_set t = {.access_token = token,
			      .obtained_at = 1000,
			      .expires_at = 1000 + 3600};

	(void)state;
	assert_true(token_set_is_fresh(&t, 1000));
	assert_true(token_set_is_fresh(&t, 1000 + 3600 - 121));
	assert_false(token_set_is_fresh(&t, 1000 + 3600 - 120));
	/* The clock was set back. */
	assert_false(token_set_is_fresh(&t, 999));
	/* A short life: a quarter of it. */
	t.expires_at = 1020;
	assert_true(token_set_is_fresh(&t, 1014));
	assert_false(token_set_is_fresh(&t, 1015));
	t.access_token = NULL;
	assert_false(token_set_is_fresh(&t, 1000));
}

static void test_token_file__takes_what_is_new(void **state)
{
	struct token_set t = {.refresh_token = xstrdup("old"), .strikes = 1};
	struct grant g = {.access_token = xstrdup("a"), .expires_in = 60};

	(void)state;
	token_set_take(&t, &g, 5);
	assert_string_equal(t.access_token, "a");
	assert_string_equal(t.refresh_token, "old");
	assert_int_equal(t.obtained_at, 5);
	assert_int_equal(t.expires_at, 65);
	assert_int_equal(t.strikes, 0);
	assert_null(g.access_token);
	g.access_token = xstrdup("b");
	g.refresh_token = xstrdup("new");
	token_set_take(&t, &g, 6);
	assert_string_equal(t.access_token, "b");
	assert_string_equal(t.refresh_token, "new");
	grant_release(&g);
	token_set_release(&t);
}

/* A directory that nobody can write to keeps what is in it. */
static void test_token_file__cannot_be_written(void **state)
{
	char dir[] = "/tmp/imapsyncd-tokens-XXXXXX";
	struct token_dir d;
	struct token_set t = {.user = xstrdup("u"),
			      .access_token = xstrdup("a")};
	struct token_set again;
	struct err err;

	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_int_equal(token_dir_open(dir, "x", &d, &err), 0);
	assert_int_equal(token_set_load(&d, &again, &err), -1);
	assert_int_equal(err.code, ERR_AUTH);
	assert_int_equal(token_set_save(&d, &t, &err), 0);
	/* Where the new file would be written stands a directory. */
	assert_int_equal(mkdirat(d.dir, "x.json.tmp", 0700), 0);
	free(t.access_token);
	t.access_token = xstrdup("b");
	assert_int_equal(token_set_save(&d, &t, &err), -1);
	assert_int_equal(err.code, ERR_IO);
	assert_int_equal(unlinkat(d.dir, "x.json.tmp", AT_REMOVEDIR), 0);
	assert_int_equal(token_set_load(&d, &again, &err), 0);
	assert_string_equal(again.access_token, "a");
	token_set_release(&again);
	/* Its owner's name is no UTF-8: JSON cannot hold it. */
	free(t.user);
	t.user = xstrdup("\xff");
	assert_int_equal(token_set_save(&d, &t, &err), -1);
	assert_int_equal(token_set_remove(&d, &err), 0);
	assert_int_equal(token_set_remove(&d, &err), 0);
	assert_int_equal(unlinkat(d.dir, "x.json.lock", 0), 0);
	token_dir_close(&d);
	token_set_release(&t);
	char *path = xasprintf("%s/tokens", dir);
	assert_int_equal(rmdir(path), 0);
	/* A file where the directory should be. */
	(void)close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	assert_int_equal(token_dir_open(dir, "x", &d, &err), -1);
	assert_int_equal(err.code, ERR_CREATE);
	(void)unlink(path);
	(void)rmdir(dir);
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_token_file__fresh),
	    cmocka_unit_test(test_token_file__takes_what_is_new),
	    cmocka_unit_test(test_token_file__cannot_be_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
