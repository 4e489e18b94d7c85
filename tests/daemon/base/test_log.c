/* SPDX-License-Identifier: MIT */
/* What the logger writes, and in how many writes: stderr is a datagram socket
 * here, where each write(2) is one message. */
#include "daemon/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/t.h"

struct fixture {
	int real; /* stderr as it was */
	int in;
	char text[2 * PIPE_BUF];
};

static struct fixture fixture;

static int setup(void **state)
{
	int pair[2];

	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC,
		       0, pair),
	    0);
	fixture.real = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 10);
	assert_int_equal(dup2(pair[1], STDERR_FILENO), STDERR_FILENO);
	(void)close(pair[1]);
	fixture.in = pair[0];
	log_init(LOG_INFO);
	log_set_before(NULL);
	*state = &fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	log_set_before(NULL);
	(void)dup2(f->real, STDERR_FILENO);
	(void)close(f->real);
	if (f->in >= 0)
		(void)close(f->in);
	return 0;
}

/* The next message, "" where there is none. */
static const char *next(struct fixture *f)
{
	ssize_t n = read(f->in, f->text, sizeof(f->text) - 1);

	f->text[n > 0 ? n : 0] = '\0';
	return f->text;
}

static void test_log__names_account_and_folder(void **state)
{
	struct fixture *f = *state;

	log_at(LOG_INFO, "work", "INBOX", "%d new", 3);
	assert_string_equal(next(f), "work/INBOX: 3 new\n");
	log_at(LOG_INFO, "work", NULL, "connected");
	assert_string_equal(next(f), "work: connected\n");
	log_at(LOG_INFO, NULL, NULL, "ready");
	assert_string_equal(next(f), "imapsyncd: ready\n");
	assert_string_equal(next(f), "");
}

static void keep(void *ctx, enum log_level level, const char *account,
		 const char *lines)
{
	char *out = ctx;

	(void)snprintf(out, 200, "%d %s|%s", (int)level,
		       account ? account : "-", lines);
}

static void test_log__somebody_else_hears_it(void **state)
{
	struct fixture *f = *state;
	struct err err;
	char heard[200] = "";

	log_set_level(LOG_ERROR);
	log_set_tap(keep, heard);
	log_at(LOG_INFO, "work", "INBOX", "3 new");
	assert_string_equal(heard, "2 work|work/INBOX: 3 new");
	log_at(LOG_DEBUG, "work", NULL, "not for them");
	assert_string_equal(heard, "2 work|work/INBOX: 3 new");
	assert_string_equal(next(f), "");
	(void)err_set(&err, ERR_TEMP, ERR_SCOPE_ACCOUNT, "it\nfailed");
	(void)err_hint(&err, "try again");
	log_err(LOG_ERROR, "work", NULL, &err);
	assert_string_equal(heard,
			    "0 work|work: it\\x0Afailed\n  -> try again");
	assert_string_equal(next(f), "work: it\\x0Afailed\n  -> try again\n");
	log_set_tap(NULL, NULL);
	log_at(LOG_ERROR, NULL, NULL, "by itself");
	assert_string_equal(heard,
			    "0 work|work: it\\x0Afailed\n  -> try again");
}

static void test_log__drops_what_is_below_the_level(void **state)
{
	struct fixture *f = *state;

	for (int level = LOG_ERROR; level <= LOG_WIRE; level++) {
		log_set_level((enum log_level)level);
		for (int at = LOG_ERROR; at <= LOG_WIRE; at++) {
			bool wanted = at <= level;
			log_at((enum log_level)at, "a", NULL, "x");
			assert_string_equal(next(f), wanted ? "a: x\n" : "");
			assert_int_equal(log_wanted((enum log_level)at),
					 wanted);
		}
	}
}

static void test_log__escapes_what_is_not_text(void **state)
{
	struct fixture *f = *state;
	static const struct {
		const char *in, *out;
	} table[] = {
	    {"a\nb", "a\\x0Ab"},
	    {"\x1b[31mred\x7f\r\t", "\\x1B[31mred\\x7F\\x0D\\x09"},
	    {"gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80",
	     "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80"},
	    {"\xfc", "\\xFC"}, /* Latin-1 */
	    {"\xc2\x9b"
	     "31m",
	     "\\xC2\\x9B"
	     "31m"},                             /* CSI as one C1 */
	    {"\xc0\x80", "\\xC0\\x80"},          /* overlong */
	    {"\xed\xa0\x80", "\\xED\\xA0\\x80"}, /* a surrogate */
	    {"\xe2\x82", "\\xE2\\x82"},          /* cut off */
	    {"%s%n", "%s%n"},
	    {"\\All", "\\All"},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		char want[200];
		(void)snprintf(want, sizeof(want), "%s/%s: %s\n", table[i].out,
			       table[i].out, table[i].out);
		log_at(LOG_INFO, table[i].in, table[i].in, "%s", table[i].in);
		assert_string_equal(next(f), want);
	}
}

static void test_log__cuts_what_is_too_long(void **state)
{
	struct fixture *f = *state;
	static const char *const fills[] = {"a", "\xc3\xbc", "\x01"};

	for (size_t i = 0; i < 3; i++) {
		char *text = calloc(1, 20001);
		size_t len = strlen(fills[i]);
		assert_non_null(text);
		for (size_t at = 0; at + len <= 20000; at += len)
			memcpy(text + at, fills[i], len);
		log_at(LOG_INFO, "a", NULL, "%s", text);
		(void)next(f);
		len = strlen(f->text);
		assert_true(len <= PIPE_BUF && len > PIPE_BUF - 16);
		assert_string_equal(f->text + len - 4, "...\n");
		/* No half of a character. */
		assert_null(strstr(f->text, "\\xC3"));
		assert_string_equal(next(f), "");
		free(text);
	}
}

static void test_log__what_just_fits_is_whole(void **state)
{
	struct fixture *f = *state;

	for (int len = PIPE_BUF - 20; len < PIPE_BUF + 5; len++) {
		log_at(LOG_INFO, "a", NULL, "%*s", len, "x");
		const char *text = next(f);
		size_t got = strlen(text);
		assert_true(got <= PIPE_BUF);
		assert_int_equal(text[got - 1], '\n');
		bool whole = text[got - 2] == 'x';
		if (whole)
			assert_int_equal(got, len + 4);
		else
			assert_string_equal(text + got - 4, "...\n");
		if (len <= PIPE_BUF - 10)
			assert_true(whole);
	}
}

static void test_log__an_error_has_its_hint_below(void **state)
{
	struct fixture *f = *state;
	struct err e;

	(void)err_set(&e, ERR_IO, ERR_SCOPE_FOLDER, "cannot read '%s'", "a\nb");
	log_err(LOG_ERROR, "work", "INBOX", &e);
	assert_string_equal(next(f), "work/INBOX: cannot read 'a\\x0Ab'\n");
	(void)err_hint(&e, "look\tat it");
	log_err(LOG_ERROR, "work", "INBOX", &e);
	assert_string_equal(next(f), "work/INBOX: cannot read 'a\\x0Ab'\n"
				     "  -> look\\x09at it\n");
	log_set_level(LOG_ERROR);
	log_err(LOG_WARNING, "work", "INBOX", &e);
	assert_string_equal(next(f), "");
}

static void test_log__a_long_error_keeps_its_hint(void **state)
{
	struct fixture *f = *state;
	char folder[3000];
	struct err e;

	memset(folder, 1, sizeof(folder) - 1);
	folder[sizeof(folder) - 1] = '\0';
	(void)err_set(&e, ERR_IO, ERR_SCOPE_FOLDER, "text");
	(void)err_hint(&e, "do this");
	log_err(LOG_ERROR, "work", folder, &e);
	const char *text = next(f);
	assert_true(strlen(text) <= PIPE_BUF);
	assert_non_null(strstr(text, "...\n  -> do this\n"));
}

/* Says that stderr is the journal, or with another inode that it was. */
static void to_journal(unsigned off)
{
	struct stat st;
	char stream[64];

	assert_int_equal(fstat(STDERR_FILENO, &st), 0);
	(void)snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t)st.st_dev,
		       (uintmax_t)st.st_ino + off);
	assert_int_equal(setenv("JOURNAL_STREAM", stream, 1), 0);
	log_init(LOG_INFO);
	assert_int_equal(unsetenv("JOURNAL_STREAM"), 0);
}

static void test_log__each_line_has_its_priority(void **state)
{
	struct fixture *f = *state;
	static const char *const want[] = {
	    "<3>a: x\n", "<4>a: x\n", "<6>a: x\n", "<7>a: x\n", "<7>a: x\n"};
	struct err e;

	to_journal(0);
	log_set_level(LOG_WIRE);
	for (int level = LOG_ERROR; level <= LOG_WIRE; level++) {
		log_at((enum log_level)level, "a", NULL, "x");
		assert_string_equal(next(f), want[level]);
	}
	(void)err_set(&e, ERR_IO, ERR_SCOPE_FOLDER, "x");
	(void)err_hint(&e, "y");
	log_err(LOG_WARNING, "a", NULL, &e);
	assert_string_equal(next(f), "<4>a: x\n<4>  -> y\n");
}

static void test_log__finds_the_journal(void **state)
{
	struct fixture *f = *state;

	for (unsigned off = 0; off < 2; off++) {
		to_journal(off);
		log_at(LOG_INFO, "a", NULL, "x");
		/* Another inode: stderr was redirected since. */
		assert_string_equal(next(f), off ? "a: x\n" : "<6>a: x\n");
	}
	to_journal(0);
	log_init(LOG_INFO);
	log_at(LOG_INFO, "a", NULL, "x");
	assert_string_equal(next(f), "a: x\n");
}

static int calls;

static void before(void)
{
	calls++;
}

static void test_log__calls_the_hook_before_a_line(void **state)
{
	struct fixture *f = *state;
	struct err e;

	calls = 0;
	log_set_before(before);
	log_at(LOG_DEBUG, "a", NULL, "not wanted");
	assert_int_equal(calls, 0);
	log_at(LOG_INFO, "a", NULL, "x");
	assert_int_equal(calls, 1);
	(void)err_set(&e, ERR_IO, ERR_SCOPE_FOLDER, "x");
	log_err(LOG_ERROR, "a", NULL, &e);
	assert_int_equal(calls, 2);
	assert_string_equal(next(f), "a: x\n");
}

static void test_log__survives_any_stderr(void **state)
{
	struct fixture *f = *state;
	int full = open("/dev/full", O_WRONLY | O_CLOEXEC);

	/* Nobody reads: EPIPE. */
	(void)signal(SIGPIPE, SIG_IGN);
	(void)close(f->in);
	f->in = -1;
	errno = 12345;
	log_at(LOG_INFO, "a", NULL, "x");
	assert_int_equal(errno, 12345);
	/* ENOSPC. */
	assert_int_equal(dup2(full, STDERR_FILENO), STDERR_FILENO);
	log_at(LOG_INFO, "a", NULL, "x");
	(void)close(full);
	/* EBADF. */
	(void)close(STDERR_FILENO);
	log_at(LOG_INFO, "a", NULL, "x");
	assert_int_equal(errno, 12345);
}

static void test_log__a_full_pipe_does_not_block(void **state)
{
	struct fixture *f = *state;

	/* More than any socket buffer holds; it does not block: EAGAIN. */
	for (int i = 0; i < 5000; i++)
		log_at(LOG_INFO, "a", NULL, "%1000d", i);
	assert_int_equal(strlen(next(f)), 1004);
}

static void test_log__init_fills_the_closed_descriptors(void **state)
{
	(void)state;
	int in = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 10);

	(void)close(STDERR_FILENO);
	(void)close(STDIN_FILENO);
	log_init(LOG_INFO);
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	assert_true(fd > STDERR_FILENO);
	(void)close(fd);
	(void)dup2(in, STDIN_FILENO);
	(void)close(in);
}

#define T(name) \
	cmocka_unit_test_setup_teardown(test_log__##name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(names_account_and_folder),
	    T(drops_what_is_below_the_level),
	    T(somebody_else_hears_it),
	    T(escapes_what_is_not_text),
	    T(cuts_what_is_too_long),
	    T(what_just_fits_is_whole),
	    T(an_error_has_its_hint_below),
	    T(a_long_error_keeps_its_hint),
	    T(each_line_has_its_priority),
	    T(finds_the_journal),
	    T(calls_the_hook_before_a_line),
	    T(survives_any_stderr),
	    T(a_full_pipe_does_not_block),
	    T(init_fills_the_closed_descriptors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
