/* SPDX-License-Identifier: MIT */
/* The walk over the folders on disk: which directories are folders, which links
 * stand for one, and that it never ends early without saying so.
 */
#include <dlfcn.h>

#include "daemon/maildir/tree.h"
#include "tests/daemon/maildir/temp.h"

static int fail_at; /* counts down to the readdir() that fails */
static bool no_type;
static long reads;

static struct dirent *(*real_readdir)(DIR *);

struct dirent *readdir(DIR *d)
{
	if (!real_readdir) {
		void *found = dlsym(RTLD_NEXT, "readdir");
		memcpy(&real_readdir, &found, sizeof(found));
	}
	reads++;
	if (fail_at-- == 0) {
		errno = EIO;
		return NULL;
	}
	struct dirent *e = real_readdir(d);
	if (e && no_type)
		e->d_type = DT_UNKNOWN;
	return e;
}

static const struct tree fs = {TREE_FS, "INBOX", false};
static const struct tree fs_root = {TREE_FS, "", false};
static const struct tree plus = {TREE_MAILDIRPP, "INBOX", false};
static const struct tree dotted = {TREE_DOTTED, "INBOX", false};
static const struct tree below = {TREE_DOT_BELOW, "INBOX", false};

#define FOUND_MAX 64

struct found {
	char path[FOUND_MAX][64];
	size_t n;
	int stop_at;
};

static int setup(void **state)
{
	fail_at = -1;
	no_type = false;
	if (temp_setup(state) < 0)
		return -1;
	/* Only what a test makes is to be found. */
	const struct temp *t = *state;
	return unlinkat(t->m.dir, "cur", AT_REMOVEDIR) |
	       unlinkat(t->m.dir, "new", AT_REMOVEDIR) |
	       unlinkat(t->m.dir, "tmp", AT_REMOVEDIR) |
	       unlinkat(t->root, "F", AT_REMOVEDIR);
}

static void make_dir(const struct temp *t, const char *path)
{
	if (mkdirat(t->root, path, 0700) < 0)
		fail_msg("cannot make '%s': %s", path, strerror(errno));
}

static void make_folder(struct temp *t, const char *path)
{
	struct maildir m;

	if (maildir_open(t->root, path, true, &m, &t->err) != 0)
		fail_msg("%s", t->err.text);
	maildir_close(&m);
}

/* What is doubtful has a question mark. */
static int collect(void *ctx, const char *path, enum tree_find what)
{
	struct found *f = ctx;

	assert_true(f->n < FOUND_MAX);
	(void)snprintf(f->path[f->n++], sizeof(f->path[0]), "%s%s", path,
		       what == TREE_FOLDER ? "" : "?");
	return f->stop_at > 0 && --f->stop_at == 0 ? 42 : 0;
}

static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* want: the paths in order, each with a blank behind it. */
static void expect_found(const struct temp *t, const struct tree *tree,
			 const char *want)
{
	struct found f = {.n = 0};
	char got[FOUND_MAX * 65] = "";
	size_t len = 0;

	assert_int_equal(tree_walk(tree, t->root, collect, &f), 0);
	qsort(f.path, f.n, sizeof(f.path[0]), compare);
	for (size_t i = 0; i < f.n; i++)
		len += (size_t)snprintf(got + len, sizeof(got) - len, "%s ",
					f.path[i]);
	assert_string_equal(got, want);
}

static void test_walk__fs_folders(void **state)
{
	struct temp *t = *state;

	expect_found(t, &fs, "");
	make_folder(t, "INBOX");
	make_folder(t, "A/B/C");
	make_folder(t, "A");
	make_folder(t, "INBOX/x");
	make_folder(t, ".hidden");
	make_folder(t, "A/cur/not");
	make_folder(t, "A/B/lost+found");
	make_folder(t, "New");
	make_folder(t, "A/CUR");
	make_dir(t, "empty");
	temp_put(t->root, "file", "");
	for (int i = 0; i < 2; i++) {
		expect_found(t, &fs,
			     "A A/B/C A/B/lost+found A/CUR INBOX INBOX/x New ");
		no_type = true;
	}
	/* The root is a folder only where it is the inbox. */
	make_folder(t, "");
	expect_found(t, &fs, "A A/B/C A/B/lost+found A/CUR INBOX INBOX/x New ");
	expect_found(t, &fs_root,
		     " A A/B/C A/B/lost+found A/CUR INBOX INBOX/x New ");
}

/* It belongs to the file system, and to nobody else. */
static void test_walk__lost_and_found_is_doubtful(void **state)
{
	struct temp *t = *state;

	make_dir(t, "lost+found");
	expect_found(t, &fs, "lost+found? ");
	make_folder(t, "lost+found/x");
	make_folder(t, "lost+found");
	for (int i = 0; i < 2; i++) {
		expect_found(t, &fs, "lost+found? ");
		no_type = true;
	}
	expect_found(t, &plus, "");
}

static void test_walk__maildirpp_folders(void **state)
{
	struct temp *t = *state;

	make_folder(t, ".A");
	make_folder(t, ".A.B");
	make_folder(t, ".A/.C");
	make_folder(t, "D");
	make_dir(t, ".empty");
	temp_put(t->root, ".imapsyncd", "");
	expect_found(t, &plus, ".A .A.B ");
	make_folder(t, "");
	expect_found(t, &plus, " .A .A.B ");
}

static void test_walk__dots_between_levels(void **state)
{
	struct temp *t = *state;

	make_folder(t, "A");
	make_folder(t, "A/B");
	make_folder(t, "A/.C/.D");
	make_folder(t, "A/.C/new");
	make_folder(t, "A.B");
	make_folder(t, ".hidden");
	make_folder(t, "lost+found");
	expect_found(t, &dotted, "A A.B lost+found? ");
	expect_found(t, &below, "A A.B A/.C/.D lost+found? ");
}

/* A04: what a link leads to may be a disk that is not mounted. And Emacs locks
 * a file by a link to nothing. */
static void test_walk__links_are_doubtful_and_not_entered(void **state)
{
	struct temp *t = *state;
	struct maildir m;

	make_folder(t, "A/B");
	make_folder(t, "A");
	make_dir(t, "empty");
	temp_put(t->root, "file", "");
	assert_int_equal(symlinkat("A", t->root, "to-folder"), 0);
	assert_int_equal(symlinkat("none", t->root, "to-nothing"), 0);
	assert_int_equal(symlinkat("to-itself", t->root, "to-itself"), 0);
	assert_int_equal(symlinkat("empty", t->root, "to-directory"), 0);
	assert_int_equal(symlinkat("file", t->root, "to-file"), 0);
	for (int i = 0; i < 2; i++) {
		expect_found(t, &fs,
			     "A A/B to-directory? to-folder? to-itself? "
			     "to-nothing? ");
		no_type = true;
	}
	/* And whoever opens them gets an error, not "not there". */
	assert_int_equal(maildir_open(t->root, "to-folder", false, &m, &t->err),
			 -1);
	assert_int_equal(
	    maildir_open(t->root, "to-nothing", false, &m, &t->err), -1);
	/* So also where only cur is one. */
	make_dir(t, "C");
	assert_int_equal(symlinkat("none", t->root, "C/cur"), 0);
	expect_found(t, &fs,
		     "A A/B C? to-directory? to-folder? to-itself? "
		     "to-nothing? ");
	assert_int_equal(maildir_open(t->root, "C", false, &m, &t->err), -1);
}

static void test_walk__failed_listing_is_an_error(void **state)
{
	struct temp *t = *state;
	struct found f = {.n = 0};

	make_folder(t, "A/B");
	make_folder(t, "C");
	reads = 0;
	assert_int_equal(tree_walk(&fs, t->root, collect, &f), 0);
	long all = reads;
	for (int k = 0; k < all; k++) {
		f.n = 0;
		fail_at = k;
		assert_int_equal(tree_walk(&fs, t->root, collect, &f), -1);
		assert_int_equal(errno, EIO);
	}
	assert_int_equal(tree_walk(&fs, -1, collect, &f), -1);
}

static void test_walk__unreadable_directory_is_an_error(void **state)
{
	struct temp *t = *state;
	struct found f = {.n = 0};

	if (geteuid() == 0)
		skip();
	make_dir(t, "A");
	assert_int_equal(fchmodat(t->root, "A", 0, 0), 0);
	assert_int_equal(tree_walk(&fs, t->root, collect, &f), -1);
	assert_int_equal(errno, EACCES);
	assert_int_equal(fchmodat(t->root, "A", 0700, 0), 0);
}

static void test_walk__ends_when_told(void **state)
{
	struct temp *t = *state;
	struct found f = {.stop_at = 2};

	make_folder(t, "A");
	make_folder(t, "A/B");
	make_folder(t, "A/B/C");
	assert_int_equal(tree_walk(&fs, t->root, collect, &f), 42);
	assert_int_equal(f.n, 2);
}

static void test_walk__depth_is_bounded(void **state)
{
	struct temp *t = *state;
	struct found f = {.n = 0};
	char path[4 * TREE_LEVELS] = "d";
	size_t len = 1;

	make_dir(t, path);
	for (int i = 1; i < TREE_LEVELS; i++, len += 2) {
		memcpy(path + len, "/d", 3);
		make_dir(t, path);
	}
	make_folder(t, path);
	assert_int_equal(tree_walk(&fs, t->root, collect, &f), 0);
	assert_int_equal(f.n, 1);
	memcpy(path + len, "/d", 3);
	make_dir(t, path);
	f.n = 0;
	assert_int_equal(tree_walk(&fs, t->root, collect, &f), -1);
	assert_int_equal(errno, EOVERFLOW);
}

#define walk_test(f) cmocka_unit_test_setup_teardown(f, setup, temp_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    walk_test(test_walk__fs_folders),
	    walk_test(test_walk__maildirpp_folders),
	    walk_test(test_walk__lost_and_found_is_doubtful),
	    walk_test(test_walk__dots_between_levels),
	    walk_test(test_walk__links_are_doubtful_and_not_entered),
	    walk_test(test_walk__failed_listing_is_an_error),
	    walk_test(test_walk__unreadable_directory_is_an_error),
	    walk_test(test_walk__ends_when_told),
	    walk_test(test_walk__depth_is_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
