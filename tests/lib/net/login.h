/* SPDX-License-Identifier: MIT */
/* A login without a network: an engine that is fed by hand, and the sasl that
 * answers its challenges. */
#ifndef TESTS_LIB_NET_LOGIN_H
#define TESTS_LIB_NET_LOGIN_H

#include "lib/net/sasl.h"

#include "tests/support/t.h"

#include "lib/codec/base64.h"
#include "lib/util/buf.h"
#include "tests/support/str.h"

#include <stdio.h>
#include <string.h>

/* One login. */
struct login {
	struct imap4_engine *engine;
	struct imap4_sasl *sasl;
	struct sasl_channel channel;
	struct imap4_credentials cred;
	char err[512];
	char line[8192]; /* the last one sent, without its tag */
	char tag[64];
	int step; /* what the last imap4_sasl_step() returned */
	bool done;
	enum imap4_status status;
};

static inline void feed(struct login *l, const char *text)
{
	size_t at = 0, len = strlen(text), used;
	const struct imap4_event *ev;

	do {
		assert_int_equal(imap4_engine_read(l->engine, text + at,
						   len - at, &used, &ev),
				 0);
		at += used;
		if (ev->type == IMAP4_EV_CHALLENGE)
			l->step = imap4_sasl_step(l->sasl, ev->challenge);
		if (ev->type == IMAP4_EV_DONE) {
			l->done = true;
			l->status = ev->status;
		}
	} while (ev->type != IMAP4_EV_NONE);
}

/* Takes what goes out: one line at most. */
static inline void collect(struct login *l)
{
	const void *p;
	size_t n = 0, len;

	while ((len = imap4_engine_write(l->engine, &p)) > 0) {
		assert_true(n + len < sizeof(l->line));
		memcpy(l->line + n, p, len);
		n += len;
		imap4_engine_sent(l->engine, len);
	}
	l->line[n] = '\0';
	if (n >= 2 && strcmp(l->line + n - 2, "\r\n") == 0)
		l->line[n - 2] = '\0';
}

static inline void greet(struct login *l, const char *capabilities)
{
	char text[2048];

	l->cred.size = sizeof(l->cred);
	l->engine = imap4_engine_new(NULL, 1);
	assert_non_null(l->engine);
	(void)snprintf(text, sizeof(text),
		       "* OK [CAPABILITY IMAP4rev1 %s] hi\r\n", capabilities);
	feed(l, text);
}

static inline bool choose(struct login *l)
{
	l->sasl =
	    sasl_new(l->engine, &l->channel, &l->cred, l->err, sizeof(l->err));
	return l->sasl != NULL;
}

static inline void start(struct login *l)
{
	if (!choose(l))
		fail_msg("%s", l->err);
	assert_int_equal(imap4_sasl_start(l->sasl, NULL), 0);
	collect(l);
	size_t n = strcspn(l->line, " ");
	assert_true(n < sizeof(l->tag));
	memcpy(l->tag, l->line, n);
	l->tag[n] = '\0';
	memmove(l->line, l->line + n + 1, strlen(l->line + n));
}

static inline void end(struct login *l)
{
	imap4_sasl_free(l->sasl);
	imap4_engine_free(l->engine);
}

static inline void encode(const char *p, size_t len, char *out, size_t cap)
{
	struct buf b;

	buf_init(&b, cap - 1);
	assert_int_equal(base64_encode(p, len, &b), 0);
	(void)snprintf(out, cap, "%s", b.data ? b.data : "");
	buf_release(&b);
}

/* The server says "+ ..."; the answer is in l->line. */
static inline void challenge(struct login *l, const char *p, size_t len)
{
	char b64[4096], text[8192];

	encode(p, len, b64, sizeof(b64));
	(void)snprintf(text, sizeof(text), "+ %s\r\n", b64);
	feed(l, text);
	collect(l);
}

static inline void expect_sent(const struct login *l, const char *raw,
			       size_t len)
{
	char b64[4096];

	encode(raw, len, b64, sizeof(b64));
	assert_string_equal(l->line, b64);
}

static inline void finish(struct login *l, const char *result)
{
	char text[256];

	(void)snprintf(text, sizeof(text), "%s %s\r\n", l->tag, result);
	feed(l, text);
	assert_true(l->done);
}

static inline struct login with_password(bool safe)
{
	return (struct login){
	    .channel = {.protected_ = safe},
	    .cred = {.user = str("tim"), .password = str("tanstaaftanstaaf")}};
}

#endif
