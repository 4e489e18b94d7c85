/* SPDX-License-Identifier: MIT */
/* Logins against a server that says anything. Input: a byte for the mechanism,
 * then challenges, each with a byte for its length in front. Oracle: no fault,
 * a login that was cancelled is not complete, and the password is in no answer
 * of a mechanism that does not show it. */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/codec/base64.h"
#include "lib/net/sasl.h"
#include "tests/support/str.h"

#define PASSWORD "tanstaaftanstaaf"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int gsasl_nonce(char *data, size_t len);

/* The same each time: stands in for libgsasl's own. */
__attribute__((visibility("default"))) int gsasl_nonce(char *data, size_t len)
{
	memset(data, 'x', len);
	return 0;
}

static const struct mechanism {
	const char *name;
	bool proof; /* the server must prove that it knows the password */
	bool asks;  /* the server speaks first */
	bool shows; /* the password */
} mechanisms[] = {
    {"SCRAM-SHA-256", true, false, false}, {"SCRAM-SHA-1", true, false, false},
    {"CRAM-MD5", false, true, false},      {"PLAIN", false, false, true},
    {"LOGIN", false, true, true},          {"XOAUTH2", false, false, false},
    {"OAUTHBEARER", false, false, false},  {"EXTERNAL", false, false, false},
};

/* False: the engine had enough. */
static bool say(struct imap4_engine *e, const char *p, size_t len)
{
	const struct imap4_event *ev;
	size_t used;

	do {
		if (imap4_engine_read(e, p, len, &used, &ev) < 0)
			return false;
		p += used;
		len -= used;
	} while (ev->type != IMAP4_EV_NONE);
	return true;
}

/* Takes what is to be sent; does it show the password, as it is or encoded? */
static bool shown(struct imap4_engine *e)
{
	const void *p;
	size_t n = imap4_engine_write(e, &p);
	struct buf plain;
	bool found;

	buf_init(&plain, SIZE_MAX / 2);
	found = n > 0 && memmem(p, n, PASSWORD, strlen(PASSWORD));
	if (n > 2 && base64_decode(p, n - 2, &plain) == 0 && plain.len > 0)
		found |= memmem(plain.data, plain.len, PASSWORD,
				strlen(PASSWORD)) != NULL;
	buf_release(&plain);
	imap4_engine_sent(e, n);
	return found;
}

/* One challenge; false: the exchange is over. */
static bool challenge(struct imap4_engine *e, struct imap4_sasl *s,
		      const struct mechanism *m, struct imap4_str text)
{
	struct buf line;

	buf_init(&line, 1U << 20);
	assert(buf_adds(&line, "+ ") == 0);
	assert(base64_encode(text.p, text.len, &line) == 0);
	assert(buf_adds(&line, "\r\n") == 0);
	bool on = say(e, line.data, line.len);
	buf_release(&line);
	if (!on)
		return false;
	int rc = imap4_sasl_step(s, text);
	assert(!shown(e) || m->shows);
	assert(rc == 0 || !m->proof || !imap4_sasl_complete(s));
	for (const char *c = imap4_sasl_server_error(s); *c; c++)
		assert((unsigned char)*c >= 0x20 && *c != 0x7f);
	return rc == 0;
}

static void login(const struct mechanism *m, const char *p, size_t size)
{
	const char *const names[] = {m->name, NULL};
	const struct sasl_channel channel = {.protected_ = true};
	const struct imap4_credentials cred = {.size = sizeof(cred),
					       .user = str("tim"),
					       .password = str(PASSWORD),
					       .token = str("abc"),
					       .host = "h",
					       .port = 993,
					       .mechanisms = names};
	struct imap4_engine *e = imap4_engine_new(NULL, 1);
	char text[128], err[256];

	assert(e);
	int n = snprintf(text, sizeof(text), "* OK [CAPABILITY AUTH=%s] hi\r\n",
			 m->name);
	assert(say(e, text, (size_t)n));
	struct imap4_sasl *s = sasl_new(e, &channel, &cred, err, sizeof(err));
	assert(s);
	bool on = imap4_sasl_start(s, NULL) == 0;
	assert(!shown(e));
	/* There is no SASL-IR: the first message waits to be asked for. */
	on = on && (m->asks || say(e, "+ \r\n", 4));
	assert(!shown(e) || m->shows);
	while (on && size > 0) {
		size_t len = (unsigned char)p[0];
		len = len < size - 1 ? len : size - 1;
		on = challenge(e, s, m, (struct imap4_str){p + 1, len});
		p += len + 1;
		size -= len + 1;
	}
	imap4_sasl_free(s);
	imap4_engine_free(e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const size_t n = sizeof(mechanisms) / sizeof(mechanisms[0]);

	if (size > 0)
		login(&mechanisms[data[0] % n], (const char *)data + 1,
		      size - 1);
	return 0;
}
