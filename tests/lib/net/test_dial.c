/* SPDX-License-Identifier: MIT */
/* Connecting: to what listens, to what does not, and giving up half-way. */
#include "lib/net/dial.h"

#include "tests/lib/net/peer.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>

struct result {
	struct event_base *base;
	struct dial *dial;
	bool done;
	int fd;
	int why;
	char error[400];
	bool free_inside;
};

static void on_done(void *ctx, int fd, int why, const char *error)
{
	struct result *r = ctx;

	assert_false(r->done);
	r->done = true;
	r->fd = fd;
	r->why = why;
	(void)snprintf(r->error, sizeof(r->error), "%s", error ? error : "");
	if (r->free_inside) {
		dial_free(r->dial);
		r->dial = NULL;
	}
	(void)event_base_loopbreak(r->base);
}

static void dial(struct result *r, const char *host, uint16_t port,
		 int64_t timeout_ms)
{
	r->base = event_base_new();
	r->fd = -1;
	r->dial = dial_new(r->base, host, port, timeout_ms, on_done, r);
	assert_non_null(r->dial);
	assert_false(r->done);
	(void)event_base_dispatch(r->base);
	assert_true(r->done);
}

static void tidy(struct result *r)
{
	if (r->fd >= 0)
		(void)close(r->fd);
	dial_free(r->dial);
	event_base_free(r->base);
}

/* "localhost" has an IPv6 address too, where nobody listens. */
static void test_dial__connects(void **state)
{
	static const char *const hosts[] = {"127.0.0.1", "localhost",
					    "LOCALHOST"};

	(void)state;
	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		struct result r = {.free_inside = i == 1};
		uint16_t port;
		int on = 0;
		socklen_t len = sizeof(on);
		int fd = peer_listen(&port);
		dial(&r, hosts[i], port, 5000);
		assert_string_equal(r.error, "");
		assert_true(r.fd >= 0);
		assert_true(fcntl(r.fd, F_GETFL) & O_NONBLOCK);
		assert_true(fcntl(r.fd, F_GETFD) & FD_CLOEXEC);
		assert_int_equal(
		    getsockopt(r.fd, IPPROTO_TCP, TCP_NODELAY, &on, &len), 0);
		assert_int_equal(on, 1);
		tidy(&r);
		(void)close(fd);
	}
}

static void test_dial__says_who_refused(void **state)
{
	struct result r = {0};
	uint16_t port;
	char want[64];

	(void)state;
	/* A port that was free a moment ago. */
	(void)close(peer_listen(&port));
	dial(&r, "localhost", port, 5000);
	assert_int_equal(r.fd, -1);
	(void)snprintf(want, sizeof(want), "localhost:%u: connection refused",
		       (unsigned)port);
	assert_string_equal(r.error, want);
	assert_int_equal(r.why, IMAP4_EREFUSED);
	tidy(&r);
}

static void test_dial__says_what_cannot_be_resolved(void **state)
{
	struct result r = {0};

	(void)state;
	/* RFC 6761 6.4: never exists. Where no name server answers, the time
	 * limit strikes; both must be told. */
	dial(&r, "no-such-host.invalid", 143, 500);
	assert_int_equal(r.fd, -1);
	assert_memory_equal(r.error,
			    "cannot resolve no-such-host.invalid: ", 37);
	assert_int_equal(r.why, IMAP4_ERESOLVE);
	tidy(&r);
}

static void test_dial__cleans_the_name_in_messages(void **state)
{
	struct result r = {0};

	(void)state;
	dial(&r, "a\nb\x1b.invalid", 143, 500);
	assert_memory_equal(r.error, "cannot resolve a?b?.invalid: ", 29);
	tidy(&r);
}

static void test_dial__can_be_given_up(void **state)
{
	struct result r = {.fd = -1};
	uint16_t port;
	int fd = peer_listen(&port);

	(void)state;
	r.base = event_base_new();
	r.dial = dial_new(r.base, "localhost", port, 5000, on_done, &r);
	dial_free(r.dial);
	r.dial = dial_new(r.base, "x.invalid", port, 5000, on_done, &r);
	dial_free(r.dial);
	r.dial = dial_new(r.base, "127.0.0.1", port, 5000, on_done, &r);
	(void)event_base_loop(r.base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	dial_free(r.dial);
	r.dial = NULL;
	(void)event_base_dispatch(r.base);
	tidy(&r);
	(void)close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_dial__connects),
	    cmocka_unit_test(test_dial__says_who_refused),
	    cmocka_unit_test(test_dial__says_what_cannot_be_resolved),
	    cmocka_unit_test(test_dial__cleans_the_name_in_messages),
	    cmocka_unit_test(test_dial__can_be_given_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
