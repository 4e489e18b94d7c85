/* SPDX-License-Identifier: MIT */
/* A client of a real server: tests/e2e/test_client.py starts one and says in
 * the environment where it is. */
#ifndef TESTS_LIB_CLIENT_LIVE_H
#define TESTS_LIB_CLIENT_LIVE_H

#include "tests/support/t.h"

#include <imap4.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LIVE_PASSWORD "secret"

static inline const char *live_env(const char *name)
{
	const char *value = getenv(name);

	if (!value)
		fail_msg("%s is not set: run by tests/e2e/test_client.py",
			 name);
	return value;
}

static inline uint16_t live_port(void)
{
	return (uint16_t)strtoul(live_env("IMAP_PORT"), NULL, 10);
}

static inline uint16_t live_tls_port(void)
{
	return (uint16_t)strtoul(live_env("IMAP_TLS_PORT"), NULL, 10);
}

static inline bool live_is(const char *server)
{
	return strcmp(live_env("IMAP_SERVER"), server) == 0;
}

static inline struct imap4_tls *live_tls(void)
{
	const struct imap4_tls_opts o = {.size = sizeof(o),
					 .ca_file = live_env("IMAP_CA")};
	char err[256];
	struct imap4_tls *tls = imap4_tls_new(&o, err, sizeof(err));

	if (!tls)
		fail_msg("%s", err);
	return tls;
}

/* The call succeeded, or the reason is shown. */
#define ok(c, call)                                        \
	do {                                               \
		int rc_ = (call);                          \
		if (rc_ < 0)                               \
			fail_msg("%s: %d, %s", #call, rc_, \
				 imap4_client_error(c));   \
	} while (0)

static inline struct imap4_client *live_open(void)
{
	struct imap4_client *c =
	    imap4_client_open("localhost", live_port(), NULL);

	assert_non_null(c);
	if (imap4_client_error(c)[0])
		fail_msg("%s", imap4_client_error(c));
	return c;
}

static inline struct imap4_client *live_login_as(const char *user)
{
	struct imap4_client *c = live_open();

	ok(c, imap4_client_login(c, user, LIVE_PASSWORD));
	return c;
}

static inline struct imap4_client *live_login(void)
{
	return live_login_as(live_env("IMAP_USER"));
}

static inline void live_logout(struct imap4_client *c)
{
	ok(c, imap4_client_logout(c));
	imap4_client_free(c);
}

static inline bool live_has(struct imap4_client *c, const char *capability)
{
	return imap4_engine_has(imap4_client_engine(c), capability);
}

/* Ends the test where the server does not have it. */
#define live_needs(c, capability)               \
	do {                                    \
		if (!live_has(c, capability)) { \
			live_logout(c);         \
			skip();                 \
		}                               \
	} while (0)

/* Courier has everything below INBOX. The name lives until the next call. */
static inline const char *live_name(const char *name)
{
	static char full[64];

	(void)snprintf(full, sizeof(full), "%s%s",
		       live_is("courier") ? "INBOX." : "", name);
	return full;
}

/* A mailbox of this test's own. */
static inline const char *live_box(struct imap4_client *c, const char *name)
{
	const char *full = live_name(name);

	ok(c, imap4_client_create(c, full));
	return full;
}

#define LIVE_MESSAGE                               \
	"From: Ann Lee <ann@example.org>\r\n"      \
	"To: bob@example.org\r\n"                  \
	"Subject: test message\r\n"                \
	"Date: Mon, 7 Feb 1994 21:52:25 -0800\r\n" \
	"Message-ID: <1@example.org>\r\n"          \
	"\r\n"                                     \
	"Hello, Bob.\r\n"

/* Adds that message to a mailbox so many times, at least once, with another
 * number in its Message-ID each time: Cyrus takes no more than ten copies. */
static inline void live_fill(struct imap4_client *c, const char *box, int n)
{
	static int number;
	char text[] = LIVE_MESSAGE;
	char *digit = strstr(text, "<1@");

	for (int i = 0; i < n; i++) {
		ok(c,
		   imap4_client_append(c, box, NULL, NULL, text, strlen(text)));
		digit[1] = (char)('a' + number++ % 26);
	}
}

static inline size_t live_count(const struct imap4_client *c)
{
	return imap4_client_data(c)->n;
}

/* The text of the i-th item of the last result. */
static inline const char *live_text(const struct imap4_client *c, size_t i)
{
	const struct imap4_data *data = imap4_client_data(c);

	if (i >= data->n)
		fail_msg("only %zu items", data->n);
	return data->item[i].text.p;
}

/* Is this in the text of one of the items, in any case? */
static inline bool live_find(const struct imap4_client *c, const char *text)
{
	const struct imap4_data *data = imap4_client_data(c);

	for (size_t i = 0; i < data->n; i++) {
		if (strcasestr(data->item[i].text.p, text))
			return true;
	}
	return false;
}

static inline void live_expect(const struct imap4_client *c, const char *text)
{
	if (!live_find(c, text))
		fail_msg("'%s' is not in the result, which has %zu items: %s",
			 text, live_count(c),
			 live_count(c) > 0 ? live_text(c, 0) : "");
}

#endif
