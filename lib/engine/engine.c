/* SPDX-License-Identifier: MIT */
/* The public calls but for submits: bytes in, events out, bytes out. */
#include "lib/engine/engine_priv.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util/ascii.h"

#define MAX_RESPONSE (4U << 20)
#define MAX_BODY     (UINT64_C(2) << 30)
#define MAX_NESTING  32
#define MAX_PENDING  4096
/* Parsers recurse that deep. */
#define NESTING_LIMIT 1000
/* Memory kept from one command to the next. */
#define OUT_KEEP 4096

static void set_limits(struct imap4_limits *out, const struct imap4_limits *in)
{
	*out = (struct imap4_limits){.size = sizeof(*out)};
	/* A caller built against an older header has a smaller one. */
	if (in)
		memcpy(out, in,
		       in->size < sizeof(*out) ? in->size : sizeof(*out));
	if (out->max_response == 0)
		out->max_response = MAX_RESPONSE;
	if (out->max_body == 0)
		out->max_body = MAX_BODY;
	if (out->max_nesting == 0)
		out->max_nesting = MAX_NESTING;
	if (out->max_nesting > NESTING_LIMIT)
		out->max_nesting = NESTING_LIMIT;
	if (out->max_pending == 0)
		out->max_pending = MAX_PENDING;
}

/* Eight letters out of the seed (splitmix64): digits follow. */
static void make_prefix(struct imap4_engine *e, uint64_t seed)
{
	uint64_t z = seed + UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	z ^= z >> 31;
	for (size_t i = 0; i < sizeof(e->prefix) - 1; i++) {
		e->prefix[i] = (char)('a' + z % 26);
		z /= 26;
	}
}

struct imap4_engine *imap4_engine_new(const struct imap4_limits *limits,
				      uint64_t tag_seed)
{
	struct imap4_engine *e = calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	set_limits(&e->limits, limits);
	frame_init(&e->frame, e->limits.max_response, e->limits.max_body);
	resp_init(&e->resp, e->limits.max_nesting, e->limits.max_response);
	buf_init(&e->out, ENCODE_MAX);
	buf_init(&e->auth.initial, ENCODE_MAX);
	buf_init(&e->auth.challenge, e->limits.max_response);
	buf_init(&e->caps.list, e->limits.max_response);
	buf_init(&e->caps.disabled, e->limits.max_response);
	buf_init(&e->caps.enabled, e->limits.max_response);
	buf_init(&e->caps.asked, ENCODE_MAX);
	buf_init(&e->trace_line, 2 * e->limits.max_response + ENCODE_MAX);
	make_prefix(e, tag_seed);
	e->draft_error = IMAP4_ESTATE;
	return e;
}

void imap4_engine_free(struct imap4_engine *e)
{
	if (!e)
		return;
	while (e->head)
		queue_remove(e, e->head);
	if (e->draft)
		queue_drop(e->draft);
	compress_free(e);
	frame_release(&e->frame);
	resp_release(&e->resp);
	buf_wipe(&e->out);
	buf_wipe(&e->auth.initial);
	buf_wipe(&e->auth.challenge);
	buf_release(&e->caps.list);
	buf_release(&e->caps.disabled);
	buf_release(&e->caps.enabled);
	buf_release(&e->caps.asked);
	buf_release(&e->trace_line);
	explicit_bzero(e->prefix, sizeof(e->prefix));
	free(e);
}

int engine_fail(struct imap4_engine *e, int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(e->error, sizeof(e->error), fmt, ap);
	va_end(ap);
	e->dead = code;
	return code;
}

const char *imap4_engine_error(const struct imap4_engine *e)
{
	return e->error;
}

/* Something else than IMAP at the other end is told at the first byte: TLS, for
 * one, might never send a line end. */
static int check_first(struct imap4_engine *e, const unsigned char *p,
		       size_t len)
{
	char seen[24];
	size_t n = len < sizeof(seen) - 1 ? len : sizeof(seen) - 1;

	e->received = true;
	if (p[0] == '*')
		return 0;
	if (p[0] >= 0x14 && p[0] <= 0x17)
		return engine_fail(e, IMAP4_EPROTO,
				   "the server speaks TLS from the first byte, "
				   "not IMAP");
	for (size_t i = 0; i < n; i++)
		seen[i] = p[i] > 0x20 && p[i] < 0x7f ? (char)p[i] : ' ';
	seen[n] = '\0';
	if (p[0] == 'H')
		return engine_fail(e, IMAP4_EPROTO,
				   "the server speaks HTTP, not IMAP: '%s'",
				   seen);
	return engine_fail(e, IMAP4_EPROTO,
			   "the server's greeting is not that of an IMAP "
			   "server: '%s'",
			   seen);
}

void engine_name_body(struct imap4_body *body, struct imap4_str name)
{
	struct section_item item = {.kind = SECTION_BODY};

	(void)section_item(name, &item);
	body->section = item.section;
	body->binary = item.kind == SECTION_BINARY;
	body->has_origin = item.has_origin;
	body->origin = item.origin;
}

static void body_event(struct imap4_engine *e, int what, const char *p,
		       size_t n)
{
	const struct section *s = &e->frame.section;
	struct imap4_event *b = &e->event;

	/* Many of these: what was told at the beginning still holds. */
	if (what == FRAME_BODY_DATA) {
		b->type = IMAP4_EV_BODY_DATA;
		b->body.data = (struct imap4_str){p, n};
		return;
	}
	if (what == FRAME_BODY_BEGIN) {
		memset(b, 0, sizeof(*b));
		b->body.size = e->frame.left;
	}
	b->type =
	    what == FRAME_BODY_BEGIN ? IMAP4_EV_BODY_BEGIN : IMAP4_EV_BODY_END;
	b->body.seq = s->seq;
	b->body.uid = s->uid;
	engine_name_body(&b->body,
			 (struct imap4_str){e->frame.line.data + s->atom,
					    s->atom_end - s->atom});
	b->body.data = (struct imap4_str){NULL, 0};
}

/* The end of a connection is a completion like any other. */
static int read_lost(struct imap4_engine *e, size_t len,
		     const struct imap4_event **ev)
{
	struct command *cmd = e->head;

	if (!cmd)
		return len > 0 ? IMAP4_ECLOSED : 0;
	memset(&e->event, 0, sizeof(e->event));
	e->event.type = IMAP4_EV_DONE;
	e->event.status = IMAP4_STATUS_LOST;
	e->event.id = cmd->id;
	queue_remove(e, cmd);
	*ev = &e->event;
	return 0;
}

int engine_read_frames(struct imap4_engine *e, const char *p, size_t len,
		       size_t *used, const struct imap4_event **ev)
{
	const struct imap4_event *none = *ev;

	while (*ev == none) {
		size_t n;
		const char *at = len > *used ? p + *used : "";
		int rc = frame_feed(&e->frame, at, len - *used, &n);
		*used += n;
		if (rc < 0)
			return engine_fail(e, rc, "the server sent %s",
					   e->frame.error);
		if (rc == FRAME_MORE)
			return 0;
		if (rc != FRAME_RESPONSE) {
			body_event(e, rc, at, n);
			*ev = &e->event;
			return 0;
		}
		rc = engine_response(e, ev);
		if (rc < 0)
			return rc;
	}
	return 0;
}

int imap4_engine_read(struct imap4_engine *e, const void *buf, size_t len,
		      size_t *used, const struct imap4_event **ev)
{
	static const struct imap4_event none = {.type = IMAP4_EV_NONE};
	int rc = 0;

	*used = 0;
	*ev = &none;
	if (e->closed)
		return read_lost(e, len, ev);
	if (e->dead)
		return e->dead;
	if (engine_next_body(e, ev))
		return 0;
	if (e->tls_wait && len > 0)
		return engine_fail(e, IMAP4_EPROTO,
				   "the server sent data in clear behind its "
				   "OK to STARTTLS");
	if (!e->received && len > 0)
		rc = check_first(e, buf, len);
	if (rc == 0)
		rc = compress_active(e)
			 ? compress_read(e, buf, len, used, ev)
			 : engine_read_frames(e, buf, len, used, ev);
	if (rc == 0 && *ev == &none)
		rc = append_ask(e, ev);
	if (rc < 0)
		*ev = &none;
	return rc;
}

void imap4_engine_close(struct imap4_engine *e)
{
	e->closed = true;
	e->state = IMAP4_STATE_LOGOUT;
	e->planned = IMAP4_STATE_LOGOUT;
	e->literal = NULL;
	e->upload.cmd = NULL;
	e->upload.padding = 0;
	e->body_phase = BODY_IDLE;
	e->auth.state = AUTH_NONE;
	buf_wipe(&e->auth.initial);
	buf_wipe(&e->auth.challenge);
	buf_wipe(&e->out);
	e->out_at = 0;
	explicit_bzero(e->prefix, sizeof(e->prefix));
}

size_t imap4_engine_write(struct imap4_engine *e, const void **buf)
{
	*buf = NULL;
	if (e->closed || e->dead)
		return 0;
	engine_pump(e);
	if (compress_active(e))
		return compress_write(e, buf);
	size_t n = e->out.len - e->out_at;
	if (n > 0)
		*buf = e->out.data + e->out_at;
	return n;
}

void imap4_engine_sent(struct imap4_engine *e, size_t n)
{
	if (compress_active(e))
		n = compress_sent(e, n);
	assert(n <= e->out.len - e->out_at);
	e->out_at += n;
	e->sent += n;
	if (e->out_at < e->out.len || !e->out.data)
		return;
	if (e->out_secret)
		explicit_bzero(e->out.data, e->out.cap);
	e->out_secret = false;
	e->out_at = 0;
	if (e->out.cap > OUT_KEEP && e->reserved == 0 && !append_busy(e))
		buf_release(&e->out);
	else
		buf_reset(&e->out);
}

enum imap4_state imap4_engine_state(const struct imap4_engine *e)
{
	return e->state;
}

size_t imap4_engine_pending(const struct imap4_engine *e)
{
	return e->pending;
}

int imap4_engine_starttls_done(struct imap4_engine *e)
{
	if (e->dead)
		return e->dead;
	if (!e->tls_wait)
		return IMAP4_EPROTO;
	e->tls_wait = false;
	caps_forget(e);
	buf_release(&e->caps.enabled);
	e->caps.utf8 = false;
	return 0;
}

void imap4_engine_trace(struct imap4_engine *e,
			void (*fn)(void *ctx, char dir, const char *line,
				   size_t len),
			void *ctx)
{
	e->trace = fn;
	e->trace_ctx = ctx;
}
