/* SPDX-License-Identifier: MIT */
/* The engine on a socket of a real server: tests/e2e/test_extensions.py starts
 * one and says in the environment where it is. */
#ifndef TESTS_LIB_ENGINE_LIVE_H
#define TESTS_LIB_ENGINE_LIVE_H

#include "tests/support/t.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <imap4.h>

#include "lib/util/buf.h"

/* Lost at once where a server does not answer. */
#define LIVE_TIMEOUT 20

struct live {
	struct imap4_engine *e;
	int fd;
	char in[4096];
	size_t pos, len;
	const char *upload; /* what APPEND_DATA asks for, from here on */
	struct buf body;    /* of the last section */
};

static inline struct imap4_str live_str(const char *s)
{
	return (struct imap4_str){s, s ? strlen(s) : 0};
}

static inline const char *live_env(const char *name)
{
	const char *value = getenv(name);

	if (!value)
		fail_msg("%s is not set: run by tests/e2e/test_extensions.py",
			 name);
	return value;
}

/* False: there was nothing to send. */
static inline bool live_send(struct live *l)
{
	const void *p;
	size_t n = imap4_engine_write(l->e, &p);

	if (n == 0)
		return false;
	ssize_t sent = send(l->fd, p, n, MSG_NOSIGNAL);
	assert_true(sent > 0);
	imap4_engine_sent(l->e, (size_t)sent);
	return true;
}

static inline void live_give(struct live *l, const struct imap4_event *ev)
{
	size_t n = ev->body.size < IMAP4_APPEND_CHUNK ? (size_t)ev->body.size
						      : IMAP4_APPEND_CHUNK;

	assert_int_equal(imap4_engine_append_data(l->e, ev->id, l->upload, n),
			 0);
	l->upload += n;
}

/* The next event; uploads and bodies are seen to. */
static inline const struct imap4_event *live_next(struct live *l)
{
	const struct imap4_event *ev;
	size_t used;

	for (;;) {
		int rc = imap4_engine_read(l->e, l->in + l->pos,
					   l->len - l->pos, &used, &ev);
		if (rc < 0)
			fail_msg("%d: %s", rc, imap4_engine_error(l->e));
		l->pos += used;
		if (ev->type == IMAP4_EV_APPEND_DATA)
			live_give(l, ev);
		else if (ev->type == IMAP4_EV_BODY_BEGIN)
			buf_reset(&l->body);
		else if (ev->type == IMAP4_EV_BODY_DATA)
			assert_int_equal(buf_add(&l->body, ev->body.data.p,
						 ev->body.data.len),
					 0);
		else if (ev->type != IMAP4_EV_NONE)
			return ev;
		/* Once something is sent the engine may want more of it. */
		if (ev->type != IMAP4_EV_NONE || live_send(l))
			continue;
		ssize_t n = read(l->fd, l->in, sizeof(l->in));
		if (n <= 0)
			fail_msg("the server says nothing");
		l->pos = 0;
		l->len = (size_t)n;
	}
}

/* The first event of the type; whatever is before it is dropped. The command
 * must not end before. */
static inline const struct imap4_event *live_event(struct live *l,
						   enum imap4_event_type type)
{
	const struct imap4_event *ev;

	while ((ev = live_next(l))->type != type) {
		if (ev->type == IMAP4_EV_DONE)
			fail_msg("no event %d, but %s %.*s", type,
				 imap4_status_name(ev->status),
				 (int)ev->text.len, ev->text.p);
	}
	return ev;
}

/* The command's end. */
static inline const struct imap4_event *live_end(struct live *l)
{
	return live_event(l, IMAP4_EV_DONE);
}

/* It was submitted and succeeds. */
static inline const struct imap4_event *live_ok(struct live *l, int rc)
{
	assert_int_equal(rc, 0);
	const struct imap4_event *ev = live_end(l);
	if (ev->status != IMAP4_STATUS_OK)
		fail_msg("%s %.*s", imap4_status_name(ev->status),
			 (int)ev->text.len, ev->text.p);
	return ev;
}

static inline void live_connect(struct live *l)
{
	const struct sockaddr_in a = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				      .sin_port = htons((uint16_t)strtoul(
					  live_env("IMAP_PORT"), NULL, 10))};
	const struct timeval limit = {.tv_sec = LIVE_TIMEOUT};

	memset(l, 0, sizeof(*l));
	buf_init(&l->body, 1 << 24);
	l->e = imap4_engine_new(NULL, 1);
	assert_non_null(l->e);
	l->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(l->fd, (const struct sockaddr *)&a, sizeof(a)),
			 0);
	(void)setsockopt(l->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	(void)live_event(l, IMAP4_EV_GREETING);
}

static inline void live_open(struct live *l)
{
	live_connect(l);
	(void)live_ok(l,
		      imap4_engine_login(l->e, live_str(live_env("IMAP_USER")),
					 live_str("secret"), NULL));
	(void)live_ok(l, imap4_engine_capability(l->e, NULL));
}

static inline void live_close(struct live *l)
{
	(void)live_ok(l, imap4_engine_logout(l->e, NULL));
	imap4_engine_free(l->e);
	buf_release(&l->body);
	(void)close(l->fd);
}

static const char live_plain[] = "From: Ann <ann@example.org>\r\n"
				 "Subject: one\r\n"
				 "Message-ID: <one@example.org>\r\n"
				 "\r\n"
				 "first\r\n";
static const char live_mixed[] =
    "From: Bob <bob@example.org>\r\n"
    "To: team: ann@example.org, eve@example.org;\r\n"
    "Subject: Re: one\r\n"
    "Message-ID: <two@example.org>\r\n"
    "In-Reply-To: <one@example.org>\r\n"
    "References: <one@example.org>\r\n"
    "MIME-Version: 1.0\r\n"
    "Content-Type: multipart/mixed; boundary=\"b\"\r\n"
    "\r\n"
    "--b\r\n"
    "Content-Type: text/plain; charset=utf-8\r\n"
    "\r\n"
    "d\xc3\xa9j\xc3\xa0\r\n"
    "vu\r\n"
    "--b\r\n"
    "Content-Type: application/octet-stream; name=\"x.bin\"\r\n"
    "Content-Transfer-Encoding: base64\r\n"
    "Content-Disposition: attachment; filename=\"x.bin\"\r\n"
    "\r\n"
    "AAEC\r\n"
    "--b--\r\n";

static inline void live_append(struct live *l, const char *box,
			       const char *text)
{
	const struct imap4_append a = {.size = sizeof(a),
				       .mailbox = live_str(box),
				       .length = strlen(text)};

	l->upload = text;
	(void)live_ok(l, imap4_engine_append(l->e, &a, NULL));
}

/* A mailbox of this test's own with both messages, selected. Courier has all
 * below INBOX. */
static inline struct imap4_str live_box(struct live *l, const char *name)
{
	static char full[64];

	(void)snprintf(
	    full, sizeof(full), "%s%s",
	    strcmp(live_env("IMAP_SERVER"), "courier") ? "" : "INBOX.", name);
	(void)live_ok(l, imap4_engine_create(l->e, live_str(full), NULL));
	live_append(l, full, live_plain);
	live_append(l, full, live_mixed);
	(void)live_ok(l, imap4_engine_select(l->e, live_str(full), NULL, NULL));
	return live_str(full);
}

/* Ends the test where the server does not have it. */
#define live_needs(l, capability)                              \
	do {                                                   \
		if (!imap4_engine_has((l)->e, (capability))) { \
			live_close(l);                         \
			skip();                                \
		}                                              \
	} while (0)

#endif
