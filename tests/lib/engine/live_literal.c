/* SPDX-License-Identifier: MIT */
/* On a real server: what is in an argument is never a command, whatever the
 * server does with the command that it belongs to. */
#include "tests/lib/engine/live.h"

/* What a server that does not read the literal would do. */
#define PLANTED "x\r\nz1 CREATE planted\r\nz2 SUBSCRIBE planted\r\n"

/* Commands of which something is refused, or may be: before %s stands what
 * servers stumble over. */
static const char *const commands[] = {
    "XYZZY %s",
    "UID XYZZY %s",
    "CREATE %s (USE (\\Nonsense))",
    "SELECT %s (NONSENSE)",
    "STATUS %s (NONSENSE)",
    "LIST (NONSENSE) \"\" %s",
    "LIST \"\" %s RETURN (NONSENSE)",
    "GETACL %s",
    "SETACL %s x x",
    "SETACL nowhere %s nonsense",
    "GETQUOTAROOT %s",
    "SETQUOTA %s (X 1)",
    "GETMETADATA (NONSENSE 1) %s /nonsense",
    "GETANNOTATION %s \"/comment\" \"value\"",
    "RENAME nowhere %s",
    "SUBSCRIBE %s",
    "SEARCH NONSENSE %s",
    "SEARCH CHARSET NONSENSE SUBJECT %s",
    "UID SEARCH SUBJECT %s NONSENSE",
    "SORT (NONSENSE) UTF-8 SUBJECT %s",
    "THREAD NONSENSE UTF-8 SUBJECT %s",
    "COPY 4000000000 %s",
    "UID COPY 1 %s",
};

static int submit(struct live *l, const char *command)
{
	char name[32], before[128];
	const char *at = strstr(command, "%s");
	size_t verb = strcspn(command, " ");

	if (strncmp(command, "UID ", 4) == 0)
		verb += 1 + strcspn(command + 4, " ");
	(void)snprintf(name, sizeof(name), "%.*s", (int)verb, command);
	imap4_engine_command_begin(l->e, name);
	command += verb + 1;
	if (at > command) {
		(void)snprintf(before, sizeof(before), "%.*s",
			       (int)(at - command - 1), command);
		imap4_engine_command_syntax(l->e, before);
	}
	imap4_engine_command_astring(l->e, live_str(PLANTED));
	if (at[2] != '\0')
		imap4_engine_command_syntax(l->e, at + 3);
	return imap4_engine_command_end(l->e, NULL);
}

static void test_live__literal_is_no_command(void **state)
{
	const struct imap4_event *ev;
	struct live l;

	(void)state;
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		live_open(&l);
		live_ok(&l, imap4_engine_select(l.e, live_str("INBOX"), NULL,
						NULL));
		int rc = submit(&l, commands[i]);
		if (rc < 0)
			fail_msg("%s: %d", commands[i], rc);
		(void)live_end(&l);
		/* In step: what is asked next is what is answered. */
		assert_int_equal(imap4_engine_list(l.e, NULL, live_str(""),
						   live_str("planted*"), NULL,
						   NULL),
				 0);
		while ((ev = live_next(&l))->type != IMAP4_EV_DONE) {
			if (ev->type == IMAP4_EV_LIST)
				fail_msg("%s planted a mailbox", commands[i]);
		}
		assert_int_equal(ev->status, IMAP4_STATUS_OK);
		live_close(&l);
	}
}

/* Before the login the same holds; the server may also have had enough. */
static void test_live__literal_of_a_password(void **state)
{
	struct live l;

	(void)state;
	live_connect(&l);
	assert_int_equal(
	    imap4_engine_login(l.e, live_str(live_env("IMAP_USER")),
			       live_str("wrong\r\nz1 LOGOUT\r\n"), NULL),
	    0);
	assert_int_not_equal(live_end(&l)->status, IMAP4_STATUS_OK);
	live_ok(&l, imap4_engine_noop(l.e, NULL));
	live_close(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_live__literal_is_no_command),
	    cmocka_unit_test(test_live__literal_of_a_password),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
