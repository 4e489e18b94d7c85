/* SPDX-License-Identifier: MIT */
/* A client against a scripted server: for what real servers do not do, or not
 * when one wants it. The steps are those of tests/lib/net/peer.h. */
#ifndef TESTS_LIB_CLIENT_SCRIPTED_H
#define TESTS_LIB_CLIENT_SCRIPTED_H

#include "tests/lib/net/peer.h"

#include <imap4.h>

/* What most scripts begin and end with. */
#define GREETING "S * PREAUTH [CAPABILITY IMAP4rev1 IDLE] hi"
#define SELECT   "C SELECT INBOX", "S %t OK [READ-WRITE] done"

static inline struct imap4_client *scripted_open_with(
    struct peer *peer, const char *const *script, struct imap4_client_opts *o)
{
	peer_start(peer, script, NULL);
	o->size = sizeof(*o);
	if (o->timeout_ms == 0)
		o->timeout_ms = 3000;
	struct imap4_client *c = imap4_client_open("127.0.0.1", peer->port, o);
	assert_non_null(c);
	return c;
}

static inline struct imap4_client *scripted_open(struct peer *peer,
						 const char *const *script)
{
	struct imap4_client_opts o = {0};

	return scripted_open_with(peer, script, &o);
}

/* All of the script happened. */
static inline void scripted_close(struct imap4_client *c, struct peer *peer)
{
	imap4_client_free(c);
	peer_join(peer);
	assert_string_equal(peer->failure, "");
}

#define expect_error(c, call, code, text)                         \
	do {                                                      \
		assert_int_equal(call, code);                     \
		assert_string_equal(imap4_client_error(c), text); \
	} while (0)

#define expect_ok(c, call) expect_error(c, call, 0, "")

static inline void expect_item(const struct imap4_client *c, size_t i,
			       const char *name, const char *text,
			       const char *literal)
{
	const struct imap4_data *data = imap4_client_data(c);

	assert_true(i < data->n);
	assert_string_equal(data->item[i].name, name);
	assert_string_equal(data->item[i].text.p, text);
	assert_int_equal(data->item[i].text.len, strlen(text));
	if (!literal) {
		assert_null(data->item[i].literal.p);
		return;
	}
	assert_non_null(data->item[i].literal.p);
	assert_string_equal(data->item[i].literal.p, literal);
	assert_int_equal(data->item[i].literal.len, strlen(literal));
}

#endif
