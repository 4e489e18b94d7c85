/* SPDX-License-Identifier: MIT */
/* The datagrams that systemd would get, on a socket with a path and on one in
 * the abstract name space. */
#include "daemon/base/notify.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/base/clock.h"
#include "lib/util/num.h"
#include "tests/support/t.h"

struct fixture {
	char path[64]; /* in a directory of its own */
	int fd;
	char text[1024];
};

static struct fixture fixture;

static int bind_at(const char *path)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	size_t len = strlen(path);

	assert_true(len < sizeof(at.sun_path));
	memcpy(at.sun_path, path, len);
	if (path[0] == '@')
		at.sun_path[0] = '\0';
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	assert_int_equal(
	    bind(fd, (const struct sockaddr *)&at,
		 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)),
	    0);
	assert_int_equal(setenv("NOTIFY_SOCKET", path, 1), 0);
	return fd;
}

static int setup(void **state)
{
	struct fixture *f = &fixture;

	(void)snprintf(f->path, sizeof(f->path),
		       "/tmp/imapsyncd-notify-XXXXXX");
	assert_non_null(mkdtemp(f->path));
	size_t len = strlen(f->path);
	(void)snprintf(f->path + len, sizeof(f->path) - len, "/socket");
	f->fd = bind_at(f->path);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	(void)close(f->fd);
	(void)unlink(f->path);
	(void)unsetenv("NOTIFY_SOCKET");
	*strrchr(f->path, '/') = '\0';
	assert_int_equal(rmdir(f->path), 0);
	return 0;
}

static const char *next(struct fixture *f)
{
	ssize_t n = read(f->fd, f->text, sizeof(f->text) - 1);

	f->text[n > 0 ? n : 0] = '\0';
	return f->text;
}

static void test_notify__says_what_systemd_expects(void **state)
{
	struct fixture *f = *state;

	notify_ready();
	assert_string_equal(next(f), "READY=1");
	notify_stopping();
	assert_string_equal(next(f), "STOPPING=1");
	notify_watchdog();
	assert_string_equal(next(f), "WATCHDOG=1");
	notify_status("%d accounts", 3);
	assert_string_equal(next(f), "STATUS=3 accounts");
	assert_string_equal(next(f), "");
}

static void test_notify__reloading_says_since_when(void **state)
{
	struct fixture *f = *state;
	static const char head[] = "RELOADING=1\nMONOTONIC_USEC=";
	int64_t before = clock_mono_us();

	notify_reloading();
	const char *text = next(f);
	assert_memory_equal(text, head, sizeof(head) - 1);
	uint64_t at;
	text += sizeof(head) - 1;
	assert_int_equal(num_parse(text, strlen(text), INT64_MAX, &at), 0);
	assert_true((int64_t)at >= before && (int64_t)at <= clock_mono_us());
}

static void test_notify__a_status_is_one_line(void **state)
{
	struct fixture *f = *state;

	notify_status("NO \r\nREADY=0\x1b");
	assert_string_equal(next(f), "STATUS=NO   READY=0 ");
	notify_status("%2000d", 1);
	assert_int_equal(strlen(next(f)), 511);
}

static void test_notify__finds_an_abstract_socket(void **state)
{
	struct fixture *f = *state;
	char name[90];

	(void)snprintf(name, sizeof(name), "@%s", f->path);
	(void)close(f->fd);
	f->fd = bind_at(name);
	notify_ready();
	assert_string_equal(next(f), "READY=1");
}

static void test_notify__without_a_socket_nothing_happens(void **state)
{
	struct fixture *f = *state;
	char longest[300];
	const char *const values[] = {"",         "@",          "/",
				      "relative", "/not/there", longest};

	memset(longest, '/', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		assert_int_equal(setenv("NOTIFY_SOCKET", values[i], 1), 0);
		notify_ready();
	}
	assert_int_equal(unsetenv("NOTIFY_SOCKET"), 0);
	notify_ready();
	assert_string_equal(next(f), "");
}

static void test_notify__the_watchdog_wants_half_the_time(void **state)
{
	char self[32], other[32];
	const struct {
		const char *us, *pid;
		int64_t ms;
	} table[] = {
	    {NULL, NULL, 0},
	    {"30000000", NULL, 15000},
	    {"30000000", self, 15000},
	    {"30000000", other, 0},
	    {"30000000", "x", 0},
	    {"", NULL, 0},
	    {"-1", NULL, 0},
	    {"1e9", NULL, 0},
	    {"18446744073709551616", NULL, 0},
	};

	(void)state;
	(void)snprintf(self, sizeof(self), "%ld", (long)getpid());
	(void)snprintf(other, sizeof(other), "%ld", (long)getpid() + 1);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		(void)unsetenv("WATCHDOG_USEC");
		(void)unsetenv("WATCHDOG_PID");
		if (table[i].us)
			(void)setenv("WATCHDOG_USEC", table[i].us, 1);
		if (table[i].pid)
			(void)setenv("WATCHDOG_PID", table[i].pid, 1);
		if (notify_watchdog_ms() != table[i].ms)
			fail_msg("row %zu", i);
	}
}

#define T(name) \
	cmocka_unit_test_setup_teardown(test_notify__##name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(says_what_systemd_expects),
	    T(reloading_says_since_when),
	    T(a_status_is_one_line),
	    T(finds_an_abstract_socket),
	    T(without_a_socket_nothing_happens),
	    T(the_watchdog_wants_half_the_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
