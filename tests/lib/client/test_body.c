/* SPDX-License-Identifier: MIT */
/* Bodies to files: their names, and that none is seen before it is whole. */
#include "tests/lib/client/scripted.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

static int temp_dir(char path[32])
{
	(void)snprintf(path, 32, "/tmp/imap4-body.XXXXXX");
	assert_non_null(mkdtemp(path));
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

/* The file has this text; it is gone afterwards. */
static void expect_file(int dir, const char *name, const char *text)
{
	char got[64] = "";
	struct stat st;
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		fail_msg("%s: %s", name, strerror(errno));
	assert_true(read(fd, got, sizeof(got) - 1) >= 0);
	assert_string_equal(got, text);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	(void)close(fd);
	assert_int_equal(unlinkat(dir, name, 0), 0);
}

static void test_body__goes_to_a_file_of_its_own(void **state)
{
	static const char *const script[] = {
	    GREETING,
	    SELECT,
	    "C FETCH 1:3 (UID BODY[] BODY[HEADER])",
	    "R * 1 FETCH (UID 17 BODY[] {3}\r\nabc BODY[HEADER] {2}\r\nde)\r\n"
	    "* 2 FETCH (BODY[1.2] {1}\r\nf UID 18)\r\n"
	    "* 3 FETCH (UID 19 BODY[HEADER.FIELDS (TO)] {1}\r\ng)\r\n"
	    "* 3 FETCH (UID 17 BODY[] {4}\r\nagai)\r\n"
	    "* 4 FETCH (ENVELOPE (\"a\" (\"b\") NIL) BODY[] \"q\\\"r\" UID "
	    "20)\r\n"
	    "* 5 FETCH (UID 21 BODY[] NIL RFC822.HEADER \"\" BODY[1]<2> \"s\")"
	    "\r\n%t OK done\r\n",
	    "E",
	    NULL};
	char path[32];
	struct imap4_body_dir d = {.dir = temp_dir(path)};
	struct peer peer;
	struct imap4_client *c = scripted_open(&peer, script);

	(void)state;
	expect_ok(c, imap4_client_select(c, NULL, false));
	imap4_client_on_body(c, imap4_body_to_dir, &d);
	expect_ok(c, imap4_client_fetch(c, "1:3", "(UID BODY[] BODY[HEADER])"));
	expect_file(d.dir, "17.eml", "agai");
	expect_file(d.dir, "17.HEADER.eml", "de");
	expect_file(d.dir, "n2.1.2.eml", "f");
	expect_file(d.dir, "19.HEADER.FIELDS.eml", "g");
	/* As a quoted string, and as none. */
	expect_file(d.dir, "20.eml", "q\"r");
	expect_file(d.dir, "21.HEADER.eml", "");
	expect_file(d.dir, "21.1.eml", "s");
	scripted_close(c, &peer);
	assert_int_equal(rmdir(path), 0);
	(void)close(d.dir);
}

static void test_body__that_is_cut_has_no_name(void **state)
{
	static const char *const script[] = {
	    GREETING, SELECT, "C FETCH 1 (UID BODY[])",
	    "R * 1 FETCH (UID 17 BODY[] {30}\r\nabc", NULL};
	char path[32];
	struct imap4_body_dir d = {.dir = temp_dir(path)};
	struct peer peer;
	struct imap4_client *c = scripted_open(&peer, script);

	(void)state;
	expect_ok(c, imap4_client_select(c, NULL, false));
	imap4_client_on_body(c, imap4_body_to_dir, &d);
	assert_int_equal(imap4_client_fetch(c, "1", "(UID BODY[])"),
			 IMAP4_ECLOSED);
	scripted_close(c, &peer);
	assert_true(d.fd > 0);
	(void)close(d.fd);
	assert_int_equal(faccessat(d.dir, "17.eml", F_OK, 0), -1);
	expect_file(d.dir, ".17.eml", "abc");
	assert_int_equal(rmdir(path), 0);
	(void)close(d.dir);
}

/* What the server calls a section leads nowhere else. */
static void test_body__stays_in_its_directory(void **state)
{
	char path[32], longest[400];
	struct imap4_body_dir d = {.dir = temp_dir(path)};
	struct imap4_event ev = {.type = IMAP4_EV_BODY_BEGIN};

	(void)state;
	ev.body.uid = 5;
	ev.body.section = (struct imap4_str){"../../x/y", 9};
	assert_int_equal(imap4_body_to_dir(&d, &ev), 0);
	ev.type = IMAP4_EV_BODY_END;
	assert_int_equal(imap4_body_to_dir(&d, &ev), 0);
	expect_file(d.dir, "5..._.._x_y.eml", "");
	memset(longest, '1', sizeof(longest));
	ev.type = IMAP4_EV_BODY_BEGIN;
	ev.body.section = (struct imap4_str){longest, sizeof(longest)};
	assert_int_equal(imap4_body_to_dir(&d, &ev), IMAP4_EIO);
	assert_int_equal(errno, ENAMETOOLONG);
	/* Nor does a link that somebody put there. */
	ev.body.section = (struct imap4_str){"", 0};
	assert_int_equal(symlinkat("/tmp/imap4-nowhere", d.dir, ".5.eml"), 0);
	assert_int_equal(imap4_body_to_dir(&d, &ev), IMAP4_EIO);
	assert_int_equal(unlinkat(d.dir, ".5.eml", 0), 0);
	assert_int_equal(rmdir(path), 0);
	(void)close(d.dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_body__goes_to_a_file_of_its_own),
	    cmocka_unit_test(test_body__that_is_cut_has_no_name),
	    cmocka_unit_test(test_body__stays_in_its_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
