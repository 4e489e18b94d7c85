/* SPDX-License-Identifier: MIT */
/* The parsing bench: libimap4's engine on a blocking socket. */
#include "tests/bench/fetch.h"

#include <imap4.h>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

struct session {
	struct imap4_engine *engine;
	int fd;
	unsigned long long lines, bytes;
	unsigned long long sum; /* so that nothing that is read is unused */
};

static struct imap4_str str(const char *s)
{
	return (struct imap4_str){s, strlen(s)};
}

static void flush(struct session *s)
{
	const void *p;
	size_t n;

	while ((n = imap4_engine_write(s->engine, &p)) > 0) {
		ssize_t sent = write(s->fd, p, n);
		if (sent < 0)
			fetch_fail("write");
		imap4_engine_sent(s->engine, (size_t)sent);
	}
}

/* True: a command ended. */
static bool handle(struct session *s, const struct imap4_event *ev)
{
	if (ev->type == IMAP4_EV_FETCH) {
		s->lines++;
		s->sum += ev->fetch.uid + ev->fetch.flags + ev->fetch.nwords;
	} else if (ev->type == IMAP4_EV_BODY_DATA) {
		s->bytes += ev->body.data.len;
	} else if (ev->type == IMAP4_EV_DONE && ev->status != IMAP4_STATUS_OK) {
		fetch_fail("a command");
	}
	return ev->type == IMAP4_EV_DONE || ev->type == IMAP4_EV_GREETING;
}

/* Reads until the greeting or the end of a command. */
static void run(struct session *s)
{
	static char buf[65536];
	const struct imap4_event *ev;
	bool done = false;

	flush(s);
	while (!done) {
		size_t at = 0, used;
		ssize_t len = read(s->fd, buf, sizeof(buf));
		if (len <= 0)
			fetch_fail("read");
		do {
			if (imap4_engine_read(s->engine, buf + at,
					      (size_t)len - at, &used, &ev) < 0)
				fetch_fail(imap4_engine_error(s->engine));
			at += used;
			done |= handle(s, ev);
		} while (ev->type != IMAP4_EV_NONE);
	}
}

static void *fetch_login(unsigned short port)
{
	static struct session s;
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_port = htons(port)};

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	s.fd = socket(AF_INET, SOCK_STREAM, 0);
	s.engine = imap4_engine_new(NULL, 1);
	if (s.fd < 0 || !s.engine ||
	    connect(s.fd, (struct sockaddr *)&to, sizeof(to)) < 0)
		fetch_fail("connect");
	run(&s);
	if (imap4_engine_login(s.engine, str("u"), str("p"), NULL) < 0)
		fetch_fail("login");
	run(&s);
	if (imap4_engine_select(s.engine, str("INBOX"), NULL, NULL) < 0)
		fetch_fail("select");
	run(&s);
	return &s;
}

static unsigned long long fetch_flags(void *session)
{
	struct session *s = session;

	if (imap4_engine_uid_fetch(s->engine, "1:*", "FLAGS", 0, false, NULL) <
	    0)
		fetch_fail("fetch");
	run(s);
	return s->lines;
}

static unsigned long long fetch_body(void *session)
{
	struct session *s = session;

	if (imap4_engine_uid_fetch(s->engine, "1", "BODY.PEEK[]", 0, false,
				   NULL) < 0)
		fetch_fail("fetch");
	run(s);
	return s->bytes;
}

int main(int argc, char **argv)
{
	static const struct fetch_client client = {fetch_login, fetch_flags,
						   fetch_body};

	return fetch_main(&client, argc, argv);
}
