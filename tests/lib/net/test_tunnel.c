/* SPDX-License-Identifier: MIT */
/* A command at the other end of two pipes: it speaks, listens, and is gone
 * afterwards with all that it started. */
#include "lib/net/tunnel.h"

#include "tests/support/t.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_MS 5000

/* Reads until the end; the bytes must be want. */
static void expect(struct duplex *d, const char *want)
{
	struct pollfd pfd = {.fd = d->in, .events = POLLIN};
	char got[256];
	size_t n = 0;

	for (;;) {
		assert_int_equal(poll(&pfd, 1, PATIENCE_MS), 1);
		ssize_t r = duplex_read(d, got + n, sizeof(got) - 1 - n);
		if (r <= 0)
			break;
		n += (size_t)r;
	}
	got[n] = '\0';
	assert_string_equal(got, want);
}

static struct duplex start(const char *command, pid_t *pid)
{
	struct duplex d;
	char err[256];

	assert_int_equal(tunnel_open(command, pid, &d, err, sizeof(err)), 0);
	return d;
}

/* Waits until nobody has the pid any more: collected. */
static void expect_gone(pid_t pid)
{
	struct pollfd none = {.fd = -1};

	for (int ms = 0; ms < PATIENCE_MS; ms += 10) {
		if (kill(pid, 0) < 0 && errno == ESRCH)
			return;
		(void)poll(&none, 1, 10);
	}
	fail_msg("process %d is still there", (int)pid);
}

static void test_tunnel__talks_both_ways(void **state)
{
	pid_t pid;
	struct duplex d = start("read line; printf 'got <%s>' \"$line\"", &pid);

	(void)state;
	for (int i = 0; i < 2; i++) {
		int fd = i == 0 ? d.in : d.out;
		assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
		assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	}
	assert_int_equal(duplex_write(&d, "hello\n", 6), 6);
	expect(&d, "got <hello>");
	duplex_close(&d);
	tunnel_close(pid);
	expect_gone(pid);
}

static void test_tunnel__gives_the_command_pipes(void **state)
{
	pid_t pid;
	struct duplex d = start("[ -p /dev/stdin ] && [ -p /dev/stdout ] && "
				"echo both",
				&pid);

	(void)state;
	expect(&d, "both\n");
	duplex_close(&d);
	tunnel_close(pid);
	expect_gone(pid);
}

/* Nobody reads any more: an error, and no signal that ends the program. */
static void test_tunnel__raises_no_sigpipe(void **state)
{
	pid_t pid;
	struct duplex d = start("exec <&-; echo shut", &pid);
	sigset_t pending;

	(void)state;
	expect(&d, "shut\n");
	(void)signal(SIGPIPE, SIG_DFL);
	assert_int_equal(duplex_write(&d, "x", 1), -1);
	assert_int_equal(errno, EPIPE);
	(void)sigpending(&pending);
	assert_int_equal(sigismember(&pending, SIGPIPE), 0);
	duplex_close(&d);
	tunnel_close(pid);
	expect_gone(pid);
}

/* Descriptors above stderr that a child gets, whoever opened them. */
static int inheritable(void)
{
	int n = 0;

	for (int fd = 3; fd < 1024; fd++) {
		int flags = fcntl(fd, F_GETFD);
		n += flags >= 0 && !(flags & FD_CLOEXEC);
	}
	return n;
}

static void test_tunnel__inherits_nothing_of_ours(void **state)
{
	char want[16];
	pid_t pid;
	struct duplex d = start("set -- /proc/$$/fd/*; echo $#", &pid);

	(void)state;
	/* One more for the directory itself. */
	(void)snprintf(want, sizeof(want), "%d\n", inheritable() + 4);
	expect(&d, want);
	duplex_close(&d);
	tunnel_close(pid);
	expect_gone(pid);
}

/* The program ignores SIGPIPE and blocks SIGTERM; its child does neither. */
static void test_tunnel__has_its_own_session_and_signals(void **state)
{
	static const char *const command[] = {"kill -TERM $$; echo alive",
					      "kill -PIPE $$; echo alive"};
	sigset_t block, old;

	(void)state;
	(void)sigemptyset(&block);
	(void)sigaddset(&block, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &block, &old);
	(void)signal(SIGPIPE, SIG_IGN);
	for (int i = 0; i < 2; i++) {
		pid_t pid;
		struct duplex d = start(command[i], &pid);
		assert_int_equal(getsid(pid), pid);
		expect(&d, "");
		duplex_close(&d);
		tunnel_close(pid);
		expect_gone(pid);
	}
	(void)signal(SIGPIPE, SIG_DFL);
	(void)sigprocmask(SIG_SETMASK, &old, NULL);
}

/* Neither the command that ignores SIGTERM nor its children stay, and nobody
 * waits for them. */
static void test_tunnel__ends_the_stubborn(void **state)
{
	struct timespec before, after;
	pid_t pid;
	struct duplex d = start("trap '' TERM HUP; sleep 1000 & echo up; wait; "
				"sleep 1000",
				&pid);
	char up[3];
	struct pollfd pfd = {.fd = d.in, .events = POLLIN};

	(void)state;
	assert_int_equal(poll(&pfd, 1, PATIENCE_MS), 1);
	assert_int_equal(duplex_read(&d, up, sizeof(up)), 3);
	struct duplex copy = {.in = fcntl(d.in, F_DUPFD_CLOEXEC, 0), .out = -1};
	duplex_close(&d);
	(void)clock_gettime(CLOCK_MONOTONIC, &before);
	tunnel_close(pid);
	(void)clock_gettime(CLOCK_MONOTONIC, &after);
	assert_true(after.tv_sec - before.tv_sec <= 1);
	expect_gone(pid);
	/* The sleep in the background held the other end, too. */
	expect(&copy, "");
	duplex_close(&copy);
}

static void test_tunnel__survives_a_command_that_is_not_there(void **state)
{
	pid_t pid;
	struct duplex d = start("exec /nonexistent/command 2>/dev/null", &pid);

	(void)state;
	expect(&d, "");
	duplex_close(&d);
	tunnel_close(pid);
	expect_gone(pid);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_tunnel__talks_both_ways),
	    cmocka_unit_test(test_tunnel__gives_the_command_pipes),
	    cmocka_unit_test(test_tunnel__raises_no_sigpipe),
	    cmocka_unit_test(test_tunnel__inherits_nothing_of_ours),
	    cmocka_unit_test(test_tunnel__has_its_own_session_and_signals),
	    cmocka_unit_test(test_tunnel__ends_the_stubborn),
	    cmocka_unit_test(test_tunnel__survives_a_command_that_is_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
