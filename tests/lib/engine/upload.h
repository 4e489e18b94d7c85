/* SPDX-License-Identifier: MIT */
/* A client that appends messages to the scripted server's mailbox "box". The
 * tests give what the engine asks for. */
#ifndef TESTS_LIB_ENGINE_UPLOAD_H
#define TESTS_LIB_ENGINE_UPLOAD_H

#include "tests/lib/engine/peer.h"

static inline void upload_start(struct peer *p, const char *capabilities)
{
	char greeting[128];

	peer_init(p, NULL);
	(void)snprintf(greeting, sizeof(greeting),
		       "* PREAUTH [CAPABILITY IMAP4rev1 %s] hi\r\n",
		       capabilities);
	peer_server(p, greeting);
	buf_reset(&p->log);
}

static inline struct imap4_append upload_message(uint64_t length)
{
	return (struct imap4_append){.size = sizeof(struct imap4_append),
				     .mailbox = peer_str("box"),
				     .length = length};
}

static inline void upload_give(struct peer *p, imap4_id id, const char *text)
{
	assert_int_equal(imap4_engine_append_data(p->e, id, text, strlen(text)),
			 0);
}

/* What the engine asks for without input. */
static inline void upload_asks(struct peer *p, const char *expected)
{
	peer_feed(p, "", 0);
	peer_logs(p, expected);
}

#endif
