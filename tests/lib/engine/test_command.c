/* SPDX-License-Identifier: MIT */
/* Commands made argument by argument: what is sent, that the first mistake
 * counts, and that no argument leaves its place. */
#include "tests/lib/engine/peer.h"

static struct peer p;

static int setup(void **state)
{
	(void)state;
	peer_init(&p, NULL);
	peer_server(&p, "* PREAUTH [CAPABILITY LITERAL+] hi\r\n");
	buf_reset(&p.log);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	peer_release(&p);
	return 0;
}

static void test_command__all_arguments(void **state)
{
	imap4_id id = 0;

	(void)state;
	imap4_engine_command_begin(p.e, "xFoo");
	imap4_engine_command_atom(p.e, "ATOM");
	imap4_engine_command_astring(p.e, peer_str("a"));
	imap4_engine_command_string(p.e, peer_str("a"));
	imap4_engine_command_string(p.e, (struct imap4_str){NULL, 0});
	imap4_engine_command_open(p.e);
	imap4_engine_command_number(p.e, INT64_MAX);
	imap4_engine_command_open(p.e);
	imap4_engine_command_close(p.e);
	imap4_engine_command_set(p.e, "1:*,5");
	imap4_engine_command_close(p.e);
	imap4_engine_command_flags(p.e, "\\Seen x]");
	imap4_engine_command_syntax(
	    p.e, "BODY[HEADER.FIELDS (\"x)\")]<0.5> \"\\\"\"");
	imap4_engine_command_binary(p.e, peer_str("text"));
	imap4_engine_command_astring(p.e, peer_str("a\r\nT1 LOGOUT"));
	assert_int_equal(imap4_engine_command_end(p.e, &id), 0);
	assert_int_equal(id, 1);
	peer_sends_literals(
	    &p, "T1 xFoo ATOM a \"a\" NIL (9223372036854775807 () "
		"1:*,5) (\\Seen x]) BODY[HEADER.FIELDS (\"x)\")]<0.5> "
		"\"\\\"\" \"text\" {12}\r\na\r\nT1 LOGOUT\r\n");
}

/* What an unknown command does to the connection is unknown. */
static void test_command__unknown_ones_travel_alone(void **state)
{
	(void)state;
	assert_int_equal(imap4_engine_noop(p.e, NULL), 0);
	imap4_engine_command_begin(p.e, "X-FOO BAR");
	assert_int_equal(imap4_engine_command_end(p.e, NULL), 0);
	assert_int_equal(imap4_engine_noop(p.e, NULL), 0);
	peer_sends(&p, "T1 NOOP\r\n");
	peer_server(&p, "T1 OK\r\n");
	peer_sends(&p, "T2 X-FOO BAR\r\n");
	peer_server(&p, "* FOO bar\r\nT2 OK\r\n");
	peer_sends(&p, "T3 NOOP\r\n");
	peer_logs(&p, "DONE 1 OK text=\nOTHER\nDONE 2 OK text=\n");
}

static void test_command__names(void **state)
{
	static const char *const bad[] = {"",      " ",          "NOOP ",
					  " NOOP", "UID  FETCH", "NOOP\r\nX",
					  "a b\t", "X(1)",       "NOOP\xff",
					  "{3}",   "login",      "AUTHENTICATE",
					  "IDLE",  "COMPRESS"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		imap4_engine_command_begin(p.e, bad[i]);
		imap4_engine_command_atom(p.e, "x");
		int rc = imap4_engine_command_end(p.e, NULL);
		if (rc != IMAP4_EINVAL && rc != IMAP4_ESTATE)
			fail_msg("'%s': %d", bad[i], rc);
	}
	/* States are those of the command, in any case. */
	imap4_engine_command_begin(p.e, "uid fetch");
	assert_int_equal(imap4_engine_command_end(p.e, NULL), IMAP4_ESTATE);
	imap4_engine_command_begin(p.e, "Noop");
	assert_int_equal(imap4_engine_command_end(p.e, NULL), 0);
	peer_sends(&p, "T1 Noop\r\n");
}

static void argument(int kind, const char *text)
{
	switch (kind) {
	case 0:
		imap4_engine_command_atom(p.e, text);
		break;
	case 1:
		imap4_engine_command_set(p.e, text);
		break;
	case 2:
		imap4_engine_command_flags(p.e, text);
		break;
	default:
		imap4_engine_command_syntax(p.e, text);
		break;
	}
}

static void test_command__nothing_leaves_its_place(void **state)
{
	static const char *const bad[] = {
	    "",    "a\r\nb", "a\nb",  "a\rb", "a)",   "(a",    "\"a",
	    "a\"", "\\",     "a\x7f", "\xff", "a{3}", "x) (y", "\"\\\"",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		for (int kind = 0; kind < 4; kind++) {
			/* Syntax may end in a backslash, it means nothing. */
			if (kind == 3 && strcmp(bad[i], "\\") == 0)
				continue;
			if (kind == 2 && strcmp(bad[i], "\\") == 0)
				continue;
			imap4_engine_command_begin(p.e, "NOOP");
			argument(kind, bad[i]);
			int rc = imap4_engine_command_end(p.e, NULL);
			if (rc != IMAP4_EINVAL)
				fail_msg("%d '%s': %d", kind, bad[i], rc);
		}
	}
	imap4_engine_command_begin(p.e, "NOOP");
	imap4_engine_command_astring(p.e, (struct imap4_str){"a\0", 2});
	assert_int_equal(imap4_engine_command_end(p.e, NULL), IMAP4_EINVAL);
	imap4_engine_command_begin(p.e, "NOOP");
	imap4_engine_command_number(p.e, (uint64_t)INT64_MAX + 1);
	assert_int_equal(imap4_engine_command_end(p.e, NULL), IMAP4_EINVAL);
	peer_sends(&p, "");
}

static void test_command__first_mistake_counts(void **state)
{
	(void)state;
	/* Without a beginning. */
	imap4_engine_command_atom(p.e, "x");
	imap4_engine_command_open(p.e);
	imap4_engine_command_close(p.e);
	assert_int_equal(imap4_engine_command_end(p.e, NULL), IMAP4_ESTATE);
	/* One that was not ended. */
	imap4_engine_command_begin(p.e, "NOOP");
	imap4_engine_command_begin(p.e, "UID FETCH");
	imap4_engine_command_set(p.e, "x");
	imap4_engine_command_flags(p.e, "(");
	imap4_engine_command_string(p.e, peer_str("x"));
	imap4_engine_command_syntax(p.e, "x");
	imap4_engine_command_number(p.e, 1);
	imap4_engine_command_binary(p.e, (struct imap4_str){"\0", 1});
	assert_int_equal(imap4_engine_command_end(p.e, NULL), IMAP4_ESTATE);
	imap4_engine_command_begin(p.e, "NOOP");
	peer_sends(&p, "");
}

/* RFC 7162 4: a line of 8192 octets, its literals not counted. */
static void test_command__long_lines_are_refused(void **state)
{
	char *text = malloc(9001);

	(void)state;
	assert_non_null(text);
	memset(text, '1', 9000);
	text[9000] = '\0';
	imap4_engine_command_begin(p.e, "NOOP");
	imap4_engine_command_set(p.e, text);
	assert_int_equal(imap4_engine_command_end(p.e, NULL), IMAP4_ELIMIT);
	imap4_engine_command_begin(p.e, "NOOP");
	imap4_engine_command_astring(p.e, peer_str(text));
	assert_int_equal(imap4_engine_command_end(p.e, NULL), 0);
	imap4_engine_command_begin(p.e, "NOOP");
	text[8170] = '\0';
	imap4_engine_command_set(p.e, text);
	assert_int_equal(imap4_engine_command_end(p.e, NULL), 0);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_command__all_arguments, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(
		test_command__unknown_ones_travel_alone, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_command__names, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(
		test_command__nothing_leaves_its_place, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_command__first_mistake_counts,
					    setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_command__long_lines_are_refused, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
