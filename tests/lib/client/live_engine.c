/* SPDX-License-Identifier: MIT */
/* The first of the three ways to use the library: the engine alone, with a
 * socket of one's own and the plainest loop there is. */
#include "tests/lib/client/live.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

struct session {
	struct imap4_engine *e;
	int fd;
	char buf[4096];
	size_t pos, len;
};

static int connect_to_server(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
				.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				.sin_port = htons(live_port())};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	return fd;
}

static void send_all(struct session *s)
{
	const void *p;
	size_t n;

	while ((n = imap4_engine_write(s->e, &p)) > 0) {
		ssize_t sent = write(s->fd, p, n);
		assert_true(sent > 0);
		imap4_engine_sent(s->e, (size_t)sent);
	}
}

/* The next event: all there is to say is sent, and read is what comes. */
static const struct imap4_event *next(struct session *s)
{
	const struct imap4_event *ev;
	size_t used;

	for (;;) {
		assert_int_equal(imap4_engine_read(s->e, s->buf + s->pos,
						   s->len - s->pos, &used, &ev),
				 0);
		s->pos += used;
		if (ev->type != IMAP4_EV_NONE)
			return ev;
		send_all(s);
		ssize_t n = read(s->fd, s->buf, sizeof(s->buf));
		assert_true(n > 0);
		s->pos = 0;
		s->len = (size_t)n;
	}
}

static void finish(struct session *s, imap4_id id)
{
	const struct imap4_event *ev;

	do {
		ev = next(s);
	} while (ev->type != IMAP4_EV_DONE || ev->id != id);
	assert_int_equal(ev->status, IMAP4_STATUS_OK);
}

static void test_live__own_io(void **state)
{
	const char *user = live_env("IMAP_USER");
	struct session s = {.e = imap4_engine_new(NULL, 1),
			    .fd = connect_to_server()};
	imap4_id id;

	(void)state;
	assert_int_equal(next(&s)->type, IMAP4_EV_GREETING);
	assert_int_equal(
	    imap4_engine_login(
		s.e, (struct imap4_str){user, strlen(user)},
		(struct imap4_str){LIVE_PASSWORD, strlen(LIVE_PASSWORD)}, &id),
	    0);
	finish(&s, id);
	assert_int_equal(imap4_engine_state(s.e), IMAP4_STATE_AUTH);
	assert_int_equal(imap4_engine_logout(s.e, &id), 0);
	finish(&s, id);
	imap4_engine_close(s.e);
	imap4_engine_free(s.e);
	(void)close(s.fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_live__own_io),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
