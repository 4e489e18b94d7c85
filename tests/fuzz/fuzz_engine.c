/* SPDX-License-Identifier: MIT */
/* A client that submits commands against a server that says anything. The input
 * is a script: a byte below 32 is a thing that the client does (24: the next
 * byte tells which of the extensions), others up to the next such byte go to
 * the engine; "%" stands for the tags' prefix, "|" for CRLF. Oracle: no fault,
 * and each command ends exactly once. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <imap4/command.h>

#include "lib/engine/engine_priv.h"
#include "tests/fuzz/touch.h"
#include "tests/support/str.h"

#define MAX_COMMANDS 512

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct client {
	struct imap4_engine *e;
	unsigned char done[MAX_COMMANDS];
	size_t submitted, ended;
	int body;       /* between BODY_BEGIN and BODY_END */
	imap4_id asked; /* whose message was asked for last */
	uint64_t left;  /* of it */
};

static void event(struct client *c, const struct imap4_event *ev)
{
	touch_event(ev);
	switch (ev->type) {
	case IMAP4_EV_DONE:
		assert(ev->id > 0 && ev->id <= c->submitted);
		assert(!c->done[ev->id]);
		c->done[ev->id] = 1;
		c->ended++;
		break;
	case IMAP4_EV_BODY_BEGIN:
		assert(!c->body);
		c->body = 1;
		break;
	case IMAP4_EV_BODY_DATA:
		assert(c->body && ev->body.data.len > 0);
		break;
	case IMAP4_EV_BODY_END:
		assert(c->body);
		c->body = 0;
		break;
	case IMAP4_EV_CHALLENGE:
		if (ev->challenge.len % 3 == 0)
			(void)imap4_engine_auth_respond(c->e, str("x"));
		else if (ev->challenge.len % 3 == 1)
			(void)imap4_engine_auth_cancel(c->e);
		break;
	case IMAP4_EV_APPEND_DATA:
		assert(ev->id > 0 && ev->id <= c->submitted);
		assert(!c->done[ev->id] && ev->body.size > 0);
		c->asked = ev->id;
		c->left = ev->body.size;
		break;
	default:
		assert(!c->body || ev->type == IMAP4_EV_NONE);
	}
}

static int feed(struct client *c, const char *p, size_t len)
{
	const struct imap4_event *ev;
	size_t at = 0;
	int rc;

	do {
		size_t used;
		rc = imap4_engine_read(c->e, p + at, len - at, &used, &ev);
		assert(used <= len - at);
		at += used;
		if (rc == 0)
			event(c, ev);
	} while (rc == 0 && ev->type != IMAP4_EV_NONE);
	assert(rc < 0 || at == len);
	return rc;
}

static void flush(struct client *c, size_t most)
{
	const void *p;
	size_t n = imap4_engine_write(c->e, &p);

	imap4_engine_sent(c->e, n < most ? n : most);
}

static int submit_plain(struct client *c, int what)
{
	struct imap4_engine *e = c->e;

	switch (what) {
	case 1:
		return imap4_engine_capability(e, NULL);
	case 2:
		return imap4_engine_login(e, str("u\r\n"), str("p\""), NULL);
	case 3:
		return imap4_engine_authenticate(e, "PLAIN", str("abc"), NULL);
	case 4:
		return imap4_engine_authenticate(
		    e, "SCRAM-SHA-1", (struct imap4_str){NULL, 0}, NULL);
	case 5:
		return imap4_engine_starttls(e, NULL);
	case 6:
		return imap4_engine_enable(e, "QRESYNC", NULL);
	case 7:
		return imap4_engine_logout(e, NULL);
	case 8:
		return imap4_engine_identify(e, NULL, 0, NULL);
	default:
		return imap4_engine_noop(e, NULL);
	}
}

static int submit_append(struct client *c, int what)
{
	const struct imap4_append msgs[] = {
	    {.size = sizeof(msgs[0]),
	     .mailbox = str("x\ny"),
	     .flags = "\\Seen",
	     .has_date = true,
	     .length = 5},
	    {.size = sizeof(msgs[0]), .mailbox = str("box"), .length = 200000}};

	if (what == 19)
		return imap4_engine_multiappend(c->e, str("a b"), msgs, 2,
						NULL);
	return imap4_engine_append(c->e, &msgs[what - 20], NULL);
}

/* An answer to what was asked for, late perhaps. */
static void give(struct client *c, size_t most)
{
	static const char zeros[IMAP4_APPEND_CHUNK];
	size_t n = c->left < most ? (size_t)c->left : most;

	if (imap4_engine_append_data(c->e, c->asked, zeros, n) == 0)
		c->left -= n;
}

static void take_back(struct client *c)
{
	if (imap4_engine_append_abort(c->e, (imap4_id)c->submitted) < 0)
		return;
	assert(!c->done[c->submitted]);
	c->done[c->submitted] = 1;
	c->ended++;
}

static int submit(struct client *c, int what)
{
	struct imap4_engine *e = c->e;

	switch (what) {
	case 11:
		return imap4_engine_list(e, NULL, str(""), str("\xff%"), NULL,
					 NULL);
	case 12:
		return imap4_engine_status(e, str("a b"), 0x3ff, NULL);
	case 14:
		return imap4_engine_select(e, str("x\ny"), NULL, NULL);
	case 15:
		return imap4_engine_unselect(e, NULL);
	case 16:
		return imap4_engine_uid_fetch(e, "1:*", "BODY.PEEK[]", 0, false,
					      NULL);
	case 17:
		return imap4_engine_uid_store(e, "1", '+', "\\Seen", 5, NULL);
	case 18:
		return imap4_engine_uid_search(e, "ALL", "ALL", NULL);
	case 19:
	case 20:
	case 21:
		return submit_append(c, what);
	case 22:
		return imap4_engine_uid_move(e, "1", str("\xff"), NULL);
	case 23:
		return imap4_engine_rename(e, str("a\nb"), str("c d"), NULL);
	default:
		return submit_plain(c, what);
	}
}

static int submit_pieces(struct client *c, bool replace)
{
	static const struct imap4_catenate parts[] = {
	    {.url = {"imap:/x", 7}}, {.length = 4}, {.length = 9}};
	const struct imap4_append a = {.size = sizeof(a),
				       .mailbox = str("box"),
				       .binary = true,
				       .length = replace ? 7 : 0,
				       .part = replace ? NULL : parts,
				       .nparts = replace ? 0 : 3};

	return replace ? imap4_engine_uid_replace(c->e, 5, &a, NULL)
		       : imap4_engine_append(c->e, &a, NULL);
}

static int submit_extension(struct client *c, char what)
{
	struct imap4_engine *e = c->e;

	switch (what) {
	case 'i':
		return imap4_engine_idle(e, NULL);
	case 'c':
		return imap4_engine_compress(e, NULL);
	case 'n':
		return imap4_engine_notify(e, "SET (SELECTED (FlagChange))",
					   NULL);
	case 'k':
	case 'r':
		return submit_pieces(c, what == 'r');
	case 's':
		return imap4_engine_uid_sort(e, "DATE", "UTF-8", "ALL", NULL);
	case 't':
		return imap4_engine_thread(e, "REFERENCES", "UTF-8", "ALL",
					   NULL);
	case 'q':
		return imap4_engine_getquotaroot(e, str("x\ny"), NULL);
	case 'e':
		return imap4_engine_expunge(e, NULL);
	case 'f':
		return imap4_engine_fetch(e, "1:*", "ENVELOPE", 0, NULL);
	default:
		imap4_engine_command_begin(e, what == 'x' ? "XFOO" : "SETACL");
		imap4_engine_command_binary(e, (struct imap4_str){"a\0b", 3});
		return imap4_engine_command_end(e, NULL);
	}
}

static void extension(struct client *c, char what)
{
	if (what == 'd')
		(void)imap4_engine_idle_done(c->e);
	else if (c->submitted + 1 < MAX_COMMANDS &&
		 submit_extension(c, what) == 0)
		c->submitted++;
}

/* False: the connection is over. */
static int act(struct client *c, int what)
{
	if (what >= 29) {
		flush(c, what == 29 ? 3 : SIZE_MAX);
		return 1;
	}
	if (what == 25 || what == 26)
		give(c, what == 25 ? 3 : IMAP4_APPEND_CHUNK);
	else if (what == 27)
		take_back(c);
	if (what >= 25 && what <= 27)
		return 1;
	if (what == 28)
		return imap4_engine_starttls_done(c->e) == 0;
	if (c->submitted + 1 < MAX_COMMANDS && submit(c, what) == 0)
		c->submitted++;
	return 1;
}

static int say(struct client *c, const uint8_t *p, size_t len)
{
	struct buf text;

	buf_init(&text, 1U << 26);
	for (size_t i = 0; i < len; i++) {
		int rc = p[i] == '%'   ? buf_adds(&text, c->e->prefix)
			 : p[i] == '|' ? buf_adds(&text, "\r\n")
				       : buf_addc(&text, (char)p[i]);
		assert(rc == 0);
	}
	int alive = feed(c, text.data ? text.data : "", text.len) == 0;
	buf_release(&text);
	return alive;
}

static void trace(void *ctx, char dir, const char *line, size_t len)
{
	(void)ctx;
	assert(dir == 'C' || dir == 'S');
	assert(!memchr(line, '\r', len) || dir == 'S');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct imap4_limits limits = {.size = sizeof(limits),
					    .max_response = 4096,
					    .max_body = 65536,
					    .max_nesting = 8,
					    .max_pending = 16};
	struct client c = {.e = imap4_engine_new(&limits, 1)};
	int alive = c.e != NULL;

	if (!alive)
		return 0;
	imap4_engine_trace(c.e, trace, NULL);
	for (size_t i = 0; i < size && alive;) {
		size_t n = i;
		while (n < size && data[n] >= 32)
			n++;
		if (data[i] == 24 && i + 1 < size) {
			extension(&c, (char)data[i + 1]);
			n = i += 2;
		} else if (n == i) {
			alive = act(&c, data[i++]);
		} else {
			alive = say(&c, data + i, n - i);
		}
		i = n > i ? n : i;
		assert(imap4_engine_pending(c.e) == c.submitted - c.ended);
	}
	c.body = 0;
	imap4_engine_close(c.e);
	assert(feed(&c, "", 0) == 0);
	assert(c.ended == c.submitted);
	assert(submit(&c, 10) == IMAP4_ECLOSED);
	imap4_engine_free(c.e);
	return 0;
}
