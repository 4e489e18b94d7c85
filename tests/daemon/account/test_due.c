/* SPDX-License-Identifier: MIT */
/* A service between its syncs: what is told to it is synced, that alone, and
 * over the session that is there. */
#include "tests/daemon/account/bed.h"

#include <dirent.h>

static void move_all(const char *from, const char *to)
{
	DIR *d = opendir(from);
	struct dirent *e;

	assert_non_null(d);
	while ((e = readdir(d))) {
		char *old = xasprintf("%s/%s", from, e->d_name);
		char *new = xasprintf("%s/%s", to, e->d_name);
		if (e->d_name[0] != '.')
			assert_int_equal(rename(old, new), 0);
		free(old);
		free(new);
	}
	(void)closedir(d);
}

/* Two folders on both sides, and a service that has nothing to do. */
static struct account *begin(struct bed *b)
{
	add("INBOX", 1);
	add("INBOX", 2);
	add("Other", 1);
	struct account *a = start(b);
	settle(b);
	assert_int_equal(files(b, "INBOX"), 2);
	assert_int_equal(files(b, "Other"), 1);
	server.commands = 0;
	server.log[0] = '\0';
	return a;
}

static void test_due__syncs_the_mailbox_that_changed(void **state)
{
	struct bed *b = *state;
	struct account *a = begin(b);

	add("INBOX", 3);
	add("Other", 2);
	account_changed_there(a, "INBOX");
	settle(b);
	assert_int_equal(files(b, "INBOX"), 3);
	assert_int_equal(files(b, "Other"), 1);
	stop(b);
}

/* SELECT and its listing, the body: no LIST, no other mailbox. */
static void test_due__costs_what_changed(void **state)
{
	struct bed *b = *state;
	struct account *a = begin(b);

	add("INBOX", 3);
	account_changed_there(a, "INBOX");
	settle(b);
	assert_int_equal(files(b, "INBOX"), 3);
	assert_null(strstr(server.log, "LIST"));
	assert_null(strstr(server.log, "Other"));
	assert_in_range(server.commands, 3, 4);
	stop(b);
}

static void test_due__sends_what_changed_here(void **state)
{
	struct bed *b = *state;
	struct account *a = begin(b);

	put(b, "INBOX/new/1.one.here", "Subject: mine\n\nmine\n");
	put(b, "Other/new/1.two.here", "Subject: other\n\nother\n");
	account_changed_here(a, "INBOX");
	settle(b);
	assert_int_equal(server_box("INBOX")->n, 3);
	assert_int_equal(server_box("Other")->n, 1);
	assert_null(strstr(server.log, "LIST"));
	stop(b);
}

/* Of a folder that nobody knows yet: all is looked at. */
static void test_due__looks_at_all_for_a_new_folder(void **state)
{
	struct bed *b = *state;
	struct account *a = begin(b);

	make_folder(b, "Made");
	put(b, "Made/new/1.two.here", "Subject: made\n\nmade\n");
	account_changed_here(a, "Made");
	settle(b);
	assert_non_null(server_box("Made"));
	assert_int_equal(server_box("Made")->n, 1);
	add("Fresh", 1);
	account_changed_there(a, "Fresh");
	settle(b);
	assert_int_equal(files(b, "Fresh"), 1);
	stop(b);
}

static void test_due__keeps_what_changes_meanwhile(void **state)
{
	struct bed *b = *state;
	struct account *a = begin(b);

	add("INBOX", 3);
	account_changed_there(a, "INBOX");
	while (strcmp(account_state(a), "syncing") != 0)
		assert_true(step(b, false));
	add("Other", 2);
	account_changed_there(a, "Other");
	settle(b);
	assert_int_equal(files(b, "INBOX"), 3);
	assert_int_equal(files(b, "Other"), 2);
	stop(b);
}

/* A file that was moved while its old folder is being synced: it is not gone
 * before it is where it went. */
static void test_due__deletes_what_moves_last(void **state)
{
	struct bed *b = *state;
	struct account *a = begin(b);
	char *from = xasprintf("%s/Other/new", b->maildir);
	char *to = xasprintf("%s/INBOX/new", b->maildir);

	account_changed_here(a, "Other");
	while (strcmp(account_state(a), "syncing") != 0)
		assert_true(step(b, false));
	move_all(from, to);
	account_changed_here(a, "INBOX");
	account_changed_here(a, "Other");
	settle(b);
	assert_int_equal(server_box("INBOX")->n, 3);
	assert_int_equal(server_box("Other")->n, 0);
	const char *sent = strstr(server.log, " APPEND ");
	const char *expunged = strstr(server.log, " UID EXPUNGE ");
	assert_non_null(sent);
	assert_non_null(expunged);
	assert_true(sent < expunged);
	free(from);
	free(to);
	stop(b);
}

static void test_due__looks_at_all_after_a_lost_connection(void **state)
{
	struct bed *b = *state;
	struct account *a = begin(b);

	server_cut();
	add("INBOX", 3);
	add("Other", 2);
	account_changed_there(a, "INBOX");
	settle(b);
	assert_int_equal(files(b, "INBOX"), 3);
	assert_int_equal(files(b, "Other"), 2);
	stop(b);
}

#define T(name) \
	cmocka_unit_test_setup_teardown(test_due__##name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    T(syncs_the_mailbox_that_changed),
	    T(costs_what_changed),
	    T(sends_what_changed_here),
	    T(looks_at_all_for_a_new_folder),
	    T(keeps_what_changes_meanwhile),
	    T(deletes_what_moves_last),
	    T(looks_at_all_after_a_lost_connection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
