/* SPDX-License-Identifier: MIT */
/* A scripted server on loopback, in a thread, and a client that notes what it
 * is told: for the tests of lib/net. One line of script is one step. */
#ifndef TESTS_LIB_NET_PEER_H
#define TESTS_LIB_NET_PEER_H

#include "tests/support/t.h"

#include <imap4/conn.h>

#include <arpa/inet.h>
#include <event2/event.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PEER_PATIENCE_MS 5000

/* Steps of a script, told apart by their first character:
 *  S text   send it and CRLF; "%t" is the tag of the last command
 *  R text   the same without CRLF
 *  C text   a command must come that is, behind its tag, this
 *  B n      send n bytes 'x'
 *  L n      n bytes of a message must come: see peer_letter()
 *  T        TLS handshake; when it fails the script ends
 *  E        wait until the client closes
 *  Q        close without good-bye, in TLS too
 *  X        reset the connection
 * The end of the script closes properly. */
struct peer {
	const char *const *script;
	SSL_CTX *ctx;
	int listen_fd, fd;
	uint16_t port;
	pthread_t thread;
	SSL *ssl;
	char tag[64];
	char line[4096];
	size_t app_bytes;  /* what came inside TLS */
	char heard[16384]; /* everything that came, in clear or not */
	size_t heard_len;
	size_t blanks;     /* among what 'L' got */
	char failure[512]; /* the first step that did not happen */
};

static inline bool peer_wait(struct peer *p, short events)
{
	struct pollfd pfd = {.fd = p->fd, .events = events};

	return poll(&pfd, 1, PEER_PATIENCE_MS) == 1;
}

/* One byte, or -1 at the end. Blocking, with patience. */
static inline int peer_getc(struct peer *p)
{
	unsigned char c;

	if (p->ssl) {
		if (SSL_read(p->ssl, &c, 1) != 1)
			return -1;
		p->app_bytes++;
	} else if (!peer_wait(p, POLLIN) || read(p->fd, &c, 1) != 1) {
		return -1;
	}
	if (p->heard_len + 1 < sizeof(p->heard))
		p->heard[p->heard_len++] = (char)c;
	return c;
}

static inline bool peer_read_line(struct peer *p)
{
	size_t n = 0;
	int c;

	while ((c = peer_getc(p)) >= 0 && c != '\n' &&
	       n < sizeof(p->line) - 1) {
		if (c != '\r')
			p->line[n++] = (char)c;
	}
	p->line[n] = '\0';
	return c == '\n';
}

static inline bool peer_send(struct peer *p, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = p->ssl ? SSL_write(p->ssl, data, (int)len)
				   : send(p->fd, data, len, MSG_NOSIGNAL);
		if (n <= 0)
			return false;
		data += n;
		len -= (size_t)n;
	}
	return true;
}

static inline bool peer_say(struct peer *p, const char *text, const char *end)
{
	char out[16384];
	size_t n = 0;

	for (; *text && n + sizeof(p->tag) < sizeof(out); text++) {
		if (text[0] == '%' && text[1] == 't') {
			n += (size_t)snprintf(out + n, sizeof(p->tag), "%s",
					      p->tag);
			text++;
		} else {
			out[n++] = *text;
		}
	}
	n += (size_t)snprintf(out + n, 3, "%s", end);
	return peer_send(p, out, n);
}

static inline bool peer_expect(struct peer *p, const char *command)
{
	if (!peer_read_line(p))
		return false;
	const char *blank = strchr(p->line, ' ');
	if (!blank || (size_t)(blank - p->line) >= sizeof(p->tag))
		return strcmp(p->line, command) == 0;
	/* What has no tag is the answer to a challenge. */
	if (strcmp(blank + 1, command) != 0)
		return false;
	memcpy(p->tag, p->line, (size_t)(blank - p->line));
	p->tag[blank - p->line] = '\0';
	return true;
}

static inline bool peer_fill(struct peer *p, size_t n)
{
	char block[8192];

	memset(block, 'x', sizeof(block));
	while (n > 0) {
		size_t now = n < sizeof(block) ? n : sizeof(block);
		if (!peer_send(p, block, now))
			return false;
		n -= now;
	}
	return true;
}

/* What stands at each place of a message, so that none is lost or moved. */
static inline char peer_letter(size_t at)
{
	return (char)('a' + at % 26);
}

/* A blank stands for anything. */
static inline bool peer_take(struct peer *p, size_t n)
{
	char block[8192];

	for (size_t at = 0; at < n;) {
		size_t most = n - at < sizeof(block) ? n - at : sizeof(block);
		ssize_t got = p->ssl ? SSL_read(p->ssl, block, (int)most)
				     : recv(p->fd, block, most, 0);
		if (got <= 0)
			return false;
		for (ssize_t i = 0; i < got; i++, at++) {
			p->blanks += block[i] == ' ';
			if (block[i] != ' ' && block[i] != peer_letter(at))
				return false;
		}
	}
	return true;
}

static inline void peer_close(struct peer *p, bool politely)
{
	if (p->ssl) {
		if (politely)
			(void)SSL_shutdown(p->ssl);
		SSL_free(p->ssl);
		p->ssl = NULL;
	}
	if (p->fd >= 0)
		(void)close(p->fd);
	p->fd = -1;
}

static inline bool peer_accept_tls(struct peer *p)
{
	p->ssl = SSL_new(p->ctx);
	SSL_set_fd(p->ssl, p->fd);
	if (SSL_accept(p->ssl) == 1)
		return true;
	/* The client refused. Does it talk nevertheless? */
	while (peer_getc(p) >= 0)
		;
	return false;
}

static inline bool peer_step(struct peer *p, const char *step)
{
	const struct linger at_once = {.l_onoff = 1, .l_linger = 0};
	const char *arg = step[1] ? step + 2 : "";

	switch (step[0]) {
	case 'S':
		return peer_say(p, arg, "\r\n");
	case 'R':
		return peer_say(p, arg, "");
	case 'C':
		return peer_expect(p, arg);
	case 'B':
		return peer_fill(p, (size_t)strtoul(arg, NULL, 10));
	case 'L':
		return peer_take(p, (size_t)strtoul(arg, NULL, 10));
	case 'T':
		return peer_accept_tls(p);
	case 'E':
		while (peer_getc(p) >= 0)
			;
		return true;
	case 'X':
		(void)setsockopt(p->fd, SOL_SOCKET, SO_LINGER, &at_once,
				 sizeof(at_once));
		peer_close(p, false);
		return true;
	default:
		peer_close(p, false);
		return true;
	}
}

static inline void *peer_main(void *arg)
{
	struct peer *p = arg;
	struct pollfd pfd = {.fd = p->listen_fd, .events = POLLIN};
	const struct timeval patience = {.tv_sec = PEER_PATIENCE_MS / 1000};

	if (poll(&pfd, 1, PEER_PATIENCE_MS) != 1)
		return NULL;
	p->fd = accept4(p->listen_fd, NULL, NULL, SOCK_CLOEXEC);
	(void)setsockopt(p->fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
			 sizeof(patience));
	(void)setsockopt(p->fd, SOL_SOCKET, SO_SNDTIMEO, &patience,
			 sizeof(patience));
	for (size_t i = 0; p->script[i]; i++) {
		if (peer_step(p, p->script[i]))
			continue;
		(void)snprintf(p->failure, sizeof(p->failure),
			       "step '%.200s', line '%.200s'", p->script[i],
			       p->line);
		break;
	}
	peer_close(p, true);
	return NULL;
}

static inline int peer_listen_at(struct in_addr address, uint16_t *port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr = address};
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	*port = ntohs(a.sin_port);
	return fd;
}

static inline int peer_listen(uint16_t *port)
{
	const struct in_addr loopback = {htonl(INADDR_LOOPBACK)};

	return peer_listen_at(loopback, port);
}

static inline void peer_start_at(struct peer *p, const char *const *script,
				 SSL_CTX *ctx, struct in_addr address)
{
	memset(p, 0, sizeof(*p));
	p->script = script;
	p->ctx = ctx;
	p->fd = -1;
	p->listen_fd = peer_listen_at(address, &p->port);
	assert_int_equal(pthread_create(&p->thread, NULL, peer_main, p), 0);
}

static inline void peer_start(struct peer *p, const char *const *script,
			      SSL_CTX *ctx)
{
	const struct in_addr loopback = {htonl(INADDR_LOOPBACK)};

	peer_start_at(p, script, ctx, loopback);
}

static inline void peer_join(struct peer *p)
{
	assert_int_equal(pthread_join(p->thread, NULL), 0);
	(void)close(p->listen_fd);
}

/* The client's side. */
struct client {
	struct event_base *base;
	struct imap4_conn *conn;
	bool ready, closed;
	bool watchdog; /* went off: the test hangs */
	int result;
	char text[512];
	char events[4096]; /* one word each, in order */
	uint64_t body_bytes;
	/* What a test wants to do in there; may be NULL. */
	void (*on_ready)(struct client *cl);
	void (*on_event)(struct client *cl, const struct imap4_event *ev);
	void (*on_closed)(struct client *cl);
	void *arg;
};

static inline const char *client_word(const struct imap4_event *ev)
{
	switch (ev->type) {
	case IMAP4_EV_GREETING:
		return "greeting";
	case IMAP4_EV_DONE:
		return imap4_status_name(ev->status);
	case IMAP4_EV_STATUS:
		return "status";
	case IMAP4_EV_CAPABILITY:
		return "capability";
	case IMAP4_EV_EXISTS:
		return "exists";
	case IMAP4_EV_BODY_BEGIN:
		return "begin";
	case IMAP4_EV_BODY_DATA:
		return NULL; /* how many depends on the network */
	case IMAP4_EV_BODY_END:
		return "end";
	case IMAP4_EV_FETCH:
		return "fetch";
	case IMAP4_EV_CHALLENGE:
		return "challenge";
	case IMAP4_EV_APPEND_DATA:
		return NULL; /* likewise */
	default:
		return "other";
	}
}

static inline void client_note(struct client *cl, const char *word)
{
	size_t n = strlen(cl->events);

	(void)snprintf(cl->events + n, sizeof(cl->events) - n, "%s%s",
		       n > 0 ? " " : "", word);
}

static inline void client_ready(void *ctx, struct imap4_conn *c)
{
	struct client *cl = ctx;

	(void)c;
	cl->ready = true;
	client_note(cl, "ready");
	if (cl->on_ready)
		cl->on_ready(cl);
}

static inline void client_event(void *ctx, struct imap4_conn *c,
				const struct imap4_event *ev)
{
	struct client *cl = ctx;
	const char *word = client_word(ev);

	(void)c;
	if (word)
		client_note(cl, word);
	if (ev->type == IMAP4_EV_BODY_DATA)
		cl->body_bytes += ev->body.data.len;
	if (cl->on_event)
		cl->on_event(cl, ev);
}

static inline void client_closed(void *ctx, struct imap4_conn *c, int result,
				 const char *text)
{
	struct client *cl = ctx;

	(void)c;
	cl->closed = true;
	cl->result = result;
	(void)snprintf(cl->text, sizeof(cl->text), "%s", text);
	if (cl->on_closed)
		cl->on_closed(cl);
	(void)event_base_loopbreak(cl->base);
}

static inline void client_watchdog(evutil_socket_t fd, short what, void *arg)
{
	struct client *cl = arg;

	(void)fd;
	(void)what;
	cl->watchdog = true;
	(void)event_base_loopbreak(cl->base);
}

/* Runs until closed() or event_base_loopbreak(). */
static inline void client_run(struct client *cl)
{
	const struct timeval limit = {.tv_sec = 2 * PEER_PATIENCE_MS / 1000};
	struct event *timer = evtimer_new(cl->base, client_watchdog, cl);

	assert_int_equal(evtimer_add(timer, &limit), 0);
	(void)event_base_dispatch(cl->base);
	event_free(timer);
	assert_false(cl->watchdog);
}

static inline void client_open(struct client *cl,
			       const struct imap4_conn_opts *opts)
{
	static const struct imap4_conn_handler handler = {
	    .ready = client_ready,
	    .event = client_event,
	    .closed = client_closed,
	};

	cl->base = event_base_new();
	assert_non_null(cl->base);
	cl->conn = imap4_conn_new(cl->base, opts, &handler, cl);
	assert_non_null(cl->conn);
	/* Callbacks come from the loop only. */
	assert_false(cl->ready || cl->closed);
}

static inline void client_close(struct client *cl)
{
	imap4_conn_free(cl->conn);
	event_base_free(cl->base);
}

#endif
