/* SPDX-License-Identifier: MIT */
/* APPEND: line ends, files that fail, refusals in between. */
#include "tests/lib/client/scripted.h"

#include <fcntl.h>

/* A file with this text, open at its beginning. */
static int file_with(const char *text)
{
	char path[] = "/tmp/imap4-append.XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

#define PLUS "S * PREAUTH [CAPABILITY IMAP4rev1 LITERAL+] hi"

static void append_both_ways(const char *text, const char *const *script,
			     const char *sent)
{
	for (int file = 0; file < 2; file++) {
		int fd = file_with(text);
		struct peer peer;
		struct imap4_client *c = scripted_open(&peer, script);
		expect_ok(c,
			  file ? imap4_client_append_fd(c, NULL, NULL, NULL, fd)
			       : imap4_client_append(c, NULL, NULL, NULL, text,
						     strlen(text)));
		scripted_close(c, &peer);
		const char *behind = strchr(peer.heard, '\n');
		assert_non_null(behind);
		assert_string_equal(behind + 1, sent);
		(void)close(fd);
	}
}

static void test_append__completes_line_ends(void **state)
{
	static const struct {
		const char *text, *header, *line[3], *sent;
	} table[] = {
	    {"a\nb", "C APPEND INBOX {4+}", {"C a", "C b"}, "a\r\nb\r\n"},
	    {"a\r\nb", "C APPEND INBOX {4+}", {"C a", "C b"}, "a\r\nb\r\n"},
	    {"a\rb", "C APPEND INBOX {4+}", {"C a", "C b"}, "a\r\nb\r\n"},
	    {"\n", "C APPEND INBOX {2+}", {"C ", "C "}, "\r\n\r\n"},
	    {"\r", "C APPEND INBOX {2+}", {"C ", "C "}, "\r\n\r\n"},
	    {"\n\r", "C APPEND INBOX {4+}", {"C ", "C ", "C "}, "\r\n\r\n\r\n"},
	    {"\r\r\n",
	     "C APPEND INBOX {4+}",
	     {"C ", "C ", "C "},
	     "\r\n\r\n\r\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const char *script[8] = {PLUS, table[i].header};
		size_t n = 2;
		for (int k = 0; k < 3 && table[i].line[k]; k++)
			script[n++] = table[i].line[k];
		script[n++] = "S %t OK done";
		script[n++] = "E";
		append_both_ways(table[i].text, script, table[i].sent);
	}
}

/* What that means, the server says. */
static void test_append__sends_an_empty_message(void **state)
{
	static const char *const script[] = {
	    PLUS, "C APPEND INBOX {0+}", "C ", "S %t NO cancelled", "E", NULL};

	(void)state;
	for (int file = 0; file < 2; file++) {
		int fd = file_with("");
		struct peer peer;
		struct imap4_client *c = scripted_open(&peer, script);
		expect_error(
		    c,
		    file ? imap4_client_append_fd(c, NULL, NULL, NULL, fd)
			 : imap4_client_append(c, NULL, NULL, NULL, "", 0),
		    IMAP4_ENO, "APPEND: NO cancelled");
		scripted_close(c, &peer);
		(void)close(fd);
	}
}

static void test_append__sends_flags_and_date(void **state)
{
	static const char *const script[] = {
	    PLUS,
	    "C APPEND \"a b\" (\\Seen $x) \"18-May-2033 05:33:20 +0200\" {1+}",
	    "C x",
	    "S %t OK [APPENDUID 17 4] done",
	    "C APPEND INBOX {1+}",
	    "C x",
	    "S %t OK done",
	    "E",
	    NULL};
	struct peer peer;
	struct imap4_client *c = scripted_open(&peer, script);

	(void)state;
	expect_ok(c, imap4_client_append(c, "a b", "(\\Seen $x)",
					 "\"18-May-2033 05:33:20 +0200\"", "x",
					 1));
	expect_item(c, 0, "OK", "[APPENDUID 17 4] done", NULL);
	expect_ok(c, imap4_client_response(c, "APPENDUID"));
	expect_item(c, 0, "APPENDUID", "17 4", NULL);
	expect_ok(c, imap4_client_append(c, NULL, "()", NULL, "x", 1));
	scripted_close(c, &peer);
}

static void test_append__refused_before_the_message(void **state)
{
	static const char *const script[] = {
	    GREETING, "C APPEND a {1}", "S %t NO [TRYCREATE] no such mailbox",
	    "C NOOP", "S %t OK done",   "E",
	    NULL};
	struct peer peer;
	struct imap4_client *c = scripted_open(&peer, script);

	(void)state;
	expect_error(c, imap4_client_append(c, "a", NULL, NULL, "x", 1),
		     IMAP4_ENO, "APPEND: NO [TRYCREATE] no such mailbox");
	expect_ok(c, imap4_client_response(c, "TRYCREATE"));
	assert_int_equal(imap4_client_data(c)->n, 1);
	expect_ok(c, imap4_client_noop(c));
	scripted_close(c, &peer);
}

/* Where fd is cut short, when its octets are asked for. */
static void cut(void *ctx, const struct imap4_event *ev)
{
	int *fd = ctx;

	if (ev->type == IMAP4_EV_APPEND_DATA)
		assert_int_equal(ftruncate(*fd, 1), 0);
}

static void grow(void *ctx, const struct imap4_event *ev)
{
	int *fd = ctx;

	if (ev->type == IMAP4_EV_APPEND_DATA)
		assert_int_equal(pwrite(*fd, "abcdef", 6, 0), 6);
}

/* A message that is not what was announced must not arrive. */
static void test_append__gives_up_where_the_file_changes(void **state)
{
	static const char *const script[] = {GREETING, "C APPEND INBOX {3}",
					     "S + go", "E", NULL};
	static void (*const changes[])(
	    void *ctx, const struct imap4_event *ev) = {cut, grow};

	(void)state;
	for (int i = 0; i < 2; i++) {
		int fd = file_with("abc");
		struct peer peer;
		struct imap4_client *c = scripted_open(&peer, script);
		imap4_client_on_event(c, changes[i], &fd);
		expect_error(c, imap4_client_append_fd(c, NULL, NULL, NULL, fd),
			     IMAP4_EIO,
			     "the file changed or failed while it was sent");
		assert_int_equal(imap4_client_class(c), IMAP4_CLASS_ABORT);
		assert_int_equal(imap4_client_noop(c), IMAP4_EIO);
		scripted_close(c, &peer);
		(void)close(fd);
	}
}

static void test_append__cannot_read(void **state)
{
	static const char *const script[] = {GREETING, "E", NULL};
	struct peer peer;
	struct imap4_client *c = scripted_open(&peer, script);
	int pipes[2];

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	expect_error(c, imap4_client_append_fd(c, NULL, NULL, NULL, pipes[0]),
		     IMAP4_EIO,
		     "APPEND: cannot read the message: Illegal seek");
	assert_int_equal(imap4_client_class(c), IMAP4_CLASS_ERROR);
	expect_error(c, imap4_client_append_fd(c, NULL, NULL, NULL, -1),
		     IMAP4_EIO,
		     "APPEND: cannot read the message: Bad file descriptor");
	(void)close(pipes[0]);
	(void)close(pipes[1]);
	scripted_close(c, &peer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_append__completes_line_ends),
	    cmocka_unit_test(test_append__sends_an_empty_message),
	    cmocka_unit_test(test_append__sends_flags_and_date),
	    cmocka_unit_test(test_append__refused_before_the_message),
	    cmocka_unit_test(test_append__gives_up_where_the_file_changes),
	    cmocka_unit_test(test_append__cannot_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
