/* SPDX-License-Identifier: MIT */
/* A look at a mailbox against a server of text: what the client sends is kept,
 * what the server says is given, "$1" being the tag of the client's first
 * command. */
#ifndef TESTS_DAEMON_REMOTE_PEER_H
#define TESTS_DAEMON_REMOTE_PEER_H

#include "tests/support/t.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/remote/remote_list.h"
#include "lib/util/buf.h"

#define PEER_ROWS 32
#define PEER_TAGS 8

struct peer {
	struct imap4_engine *engine;
	struct remote_list remote_list;
	char name[2];
	struct mailbox box;
	struct standing_past past;
	struct base_row base_row[PEER_ROWS];
	struct base_view base;
	struct keyword_table table;
	struct flag_map flag_map;
	char tag[PEER_TAGS][32];
	size_t tags;
	struct buf sent; /* commands without tags, since the last say */
	bool done;
};

/* Takes what the client has to send. */
static inline void peer_hear(struct peer *p)
{
	const void *data;
	size_t n;

	buf_reset(&p->sent);
	while ((n = imap4_engine_write(p->engine, &data)) > 0) {
		const char *line = data, *end;
		for (; (end = memchr(line, '\n',
				     n - (size_t)(line - (const char *)data)));
		     line = end + 1) {
			size_t tag = strcspn(line, " ");
			assert_true(p->tags < PEER_TAGS);
			(void)snprintf(p->tag[p->tags++], sizeof(p->tag[0]),
				       "%.*s", (int)tag, line);
			assert_int_equal(buf_add(&p->sent, line + tag + 1,
						 (size_t)(end - line) - tag),
					 0);
		}
		imap4_engine_sent(p->engine, n);
	}
}

static inline void peer_feed(struct peer *p, const char *text, size_t len)
{
	const struct imap4_event *ev;
	size_t used;

	do {
		assert_int_equal(
		    imap4_engine_read(p->engine, text, len, &used, &ev), 0);
		text += used;
		len -= used;
		if (ev->type != IMAP4_EV_NONE &&
		    remote_list_event(&p->remote_list, ev))
			p->done = true;
	} while (len > 0 || ev->type != IMAP4_EV_NONE);
	peer_hear(p);
}

/* Lines end in CRLF, of course. */
static inline void peer_say(struct peer *p, const char *text)
{
	struct buf out;

	buf_init(&out, 1 << 20);
	for (; *text; text++) {
		if (*text == '$') {
			size_t i = (size_t)(*++text - '1');
			assert_true(i < p->tags);
			assert_int_equal(buf_adds(&out, p->tag[i]), 0);
		} else if (*text == '\n') {
			assert_int_equal(buf_adds(&out, "\r\n"), 0);
		} else {
			assert_int_equal(buf_addc(&out, *text), 0);
		}
	}
	peer_feed(p, out.data, out.len);
	buf_release(&out);
}

/* A server with these capabilities; those in enable are enabled. The folder was
 * never synced. */
static inline void peer_init(struct peer *p, const char *caps,
			     const char *enable)
{
	char text[256];

	*p = (struct peer){.name = "A"};
	p->box = (struct mailbox){
	    .wire = p->name, .name = p->name, .display = p->name, .delim = '/'};
	p->engine = imap4_engine_new(NULL, 42);
	assert_non_null(p->engine);
	buf_init(&p->sent, 1 << 20);
	p->base.row = p->base_row;
	p->flag_map.table = &p->table;
	(void)snprintf(text, sizeof(text),
		       "* PREAUTH [CAPABILITY IMAP4rev1 ENABLE %s] hi\n", caps);
	peer_say(p, text);
	if (enable) {
		assert_int_equal(imap4_engine_enable(p->engine, enable, NULL),
				 0);
		peer_hear(p);
		(void)snprintf(text, sizeof(text), "* ENABLED %s\n$1 OK done\n",
			       enable);
		peer_say(p, text);
	}
	p->tags = 0;
}

/* What was recorded: n messages from UID 1 on, without flags, and a position.
 */
static inline void peer_known(struct peer *p, uint32_t n, uint64_t modseq)
{
	for (uint32_t uid = 1; uid <= n; uid++)
		p->base_row[p->base.n++] =
		    (struct base_row){.uid = uid, .key = uid};
	p->past.at.uidvalidity = 7;
	p->past.at.uidnext = n + 1;
	p->past.at.modseq = modseq;
	p->past.horizon.exists = n;
}

static inline void peer_look(struct peer *p,
			     const struct remote_list_opts *opts)
{
	p->remote_list = (struct remote_list){.opts = *opts,
					      .engine = p->engine,
					      .box = &p->box,
					      .past = p->past,
					      .base = &p->base,
					      .flag_map = &p->flag_map};
	p->done = false;
	remote_list_start(&p->remote_list);
	assert_int_equal(p->remote_list.err.code, ERR_NONE);
	peer_hear(p);
}

static inline void peer_release(struct peer *p)
{
	remote_list_release(&p->remote_list);
	imap4_engine_free(p->engine);
	for (size_t i = 0; i < p->table.n; i++)
		free(p->table.name[i]);
	buf_release(&p->sent);
}

#endif
