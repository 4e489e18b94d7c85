/* SPDX-License-Identifier: MIT */
/* What the server says becomes items, as imaplib has them: each response under
 * its name, a number before that in front of the text ("3 (FLAGS ...)"), cut
 * behind each literal; and each response code under its own name. */
#include "lib/client/collect.h"

#include <stdlib.h>
#include <string.h>

#include "lib/client/run.h"
#include "lib/client/typed.h"
#include "lib/util/num.h"
#include "lib/util/text.h"

static struct imap4_str between(const char *p, const char *end)
{
	return (struct imap4_str){p, (size_t)(end - p)};
}

/* ---- Bodies ------------------------------------------------------------- */

void bodies_forget(struct imap4_client *c)
{
	while (c->nbodies > 0)
		buf_release(&c->body[--c->nbodies].data);
	c->body_bytes = 0;
}

static int body_begin(struct imap4_client *c, uint64_t size)
{
	if (c->nbodies == c->cap_bodies) {
		size_t cap = c->cap_bodies ? c->cap_bodies * 2 : 4;
		struct client_body *body =
		    realloc(c->body, cap * sizeof(*body));
		if (!body)
			return client_lose(c, IMAP4_ENOMEM, "out of memory");
		c->body = body;
		c->cap_bodies = cap;
	}
	struct client_body *b = &c->body[c->nbodies++];
	*b = (struct client_body){.size = size, .absent = c->on_body != NULL};
	buf_init(&b->data, c->max_data);
	if (b->absent)
		return 0;
	if (c->kept.bytes + c->body_bytes > c->max_data ||
	    size > c->max_data - c->kept.bytes - c->body_bytes)
		return client_lose(c, IMAP4_ELIMIT,
				   "the messages are larger than the limit");
	c->body_bytes += size;
	return 0;
}

/* Memory grows with what comes, not with what was announced. */
static int body_data(struct imap4_client *c, struct imap4_str data)
{
	if (buf_add(&c->body[c->nbodies - 1].data, data.p, data.len) < 0)
		return client_lose(c, IMAP4_ENOMEM, "out of memory");
	return 0;
}

static int body_event(struct imap4_client *c, const struct imap4_event *ev)
{
	/* All belong to one FETCH, whose event comes last, even where the
	 * command ends in between. */
	if (ev->type == IMAP4_EV_BODY_BEGIN && body_begin(c, ev->body.size) < 0)
		return -1;
	if (c->body[c->nbodies - 1].absent) {
		if (c->on_body && c->body_result >= 0)
			c->body_result = c->on_body(c->body_ctx, ev);
		return 0;
	}
	return ev->type == IMAP4_EV_BODY_DATA ? body_data(c, ev->body.data) : 0;
}

static struct imap4_str body_take(struct client_body *b)
{
	struct imap4_str s = {b->data.data, b->data.len};

	if (b->absent || buf_reserve(&b->data, 0) < 0)
		return (struct imap4_str){NULL, (size_t)b->size};
	s.p = b->data.data;
	buf_init(&b->data, 0);
	return s;
}

/* ---- Responses ---------------------------------------------------------- */

/* The header of the literal that crlf ends: where it begins, or NULL. */
static const char *literal_header(const char *p, const char *crlf,
				  uint64_t *size, bool *streamed)
{
	const char *open = memrchr(p, '{', (size_t)(crlf - p));

	if (!open || crlf[-1] != '}')
		return NULL;
	const char *digits = open + 1;
	*streamed = *digits == '*';
	digits += *streamed;
	size_t len = (size_t)(crlf - 1 - digits);
	if (len > 0 && digits[len - 1] == '+')
		len--;
	return num_parse(digits, len, INT64_MAX, size) == 0 ? open : NULL;
}

/* One piece: what is in c->scratch already, text, and the header of a literal
 * as the server wrote it. */
static int keep_piece(struct imap4_client *c, struct imap4_str name,
		      struct imap4_str text, const uint64_t *size,
		      struct imap4_str literal)
{
	struct buf *b = &c->scratch;
	int rc = buf_add(b, text.p, text.len);

	if (rc == 0 && size)
		rc = buf_addf(b, "{%llu}", (unsigned long long)*size);
	if (rc == 0)
		rc = items_add(&c->kept, name,
			       (struct imap4_str){b->data, b->len}, literal);
	else
		free((void *)(uintptr_t)literal.p);
	buf_reset(b);
	if (rc < 0)
		return client_lose(c, IMAP4_ENOMEM, "out of memory");
	if (c->kept.bytes > c->max_data)
		return client_lose(c, IMAP4_ELIMIT,
				   "the responses are larger than the limit");
	return 0;
}

static int take_literal(const char *p, uint64_t size, struct imap4_str *out)
{
	char *copy = malloc(size + 1);

	if (!copy)
		return -1;
	memcpy(copy, p, size);
	copy[size] = '\0';
	*out = (struct imap4_str){copy, size};
	return 0;
}

/* A CRLF within a response ends the header of a literal, or is in one. */
static int keep_pieces(struct imap4_client *c, struct imap4_str name,
		       const char *p, const char *end)
{
	const struct imap4_str none = {NULL, 0};
	size_t streams = 0;
	const char *crlf;

	while ((crlf = memmem(p, (size_t)(end - p), "\r\n", 2)) != NULL) {
		struct imap4_str literal = none;
		uint64_t size;
		bool streamed;
		const char *open = literal_header(p, crlf, &size, &streamed);
		if (!open || (!streamed && size > (size_t)(end - crlf - 2)))
			break;
		const char *next = crlf + 2 + (streamed ? 0 : size);
		if (streamed && streams < c->nbodies)
			literal = body_take(&c->body[streams++]);
		else if (!streamed &&
			 take_literal(crlf + 2, size, &literal) < 0)
			return client_lose(c, IMAP4_ENOMEM, "out of memory");
		if (keep_piece(c, name, between(p, open), &size, literal) < 0)
			return -1;
		p = next;
	}
	return keep_piece(c, name, between(p, end), NULL, none);
}

/* "* [number] name rest" */
static int keep_response(struct imap4_client *c, struct imap4_str raw)
{
	const char *p = raw.p + 2, *end = raw.p + raw.len;
	const char *blank = memchr(p, ' ', (size_t)(end - p));
	uint64_t n;

	buf_reset(&c->scratch);
	if (blank && num_parse(p, (size_t)(blank - p), UINT32_MAX, &n) == 0) {
		if (buf_add(&c->scratch, p, (size_t)(blank - p)) < 0)
			return client_lose(c, IMAP4_ENOMEM, "out of memory");
		p = blank + 1;
		blank = memchr(p, ' ', (size_t)(end - p));
		if (blank && buf_addc(&c->scratch, ' ') < 0)
			return client_lose(c, IMAP4_ENOMEM, "out of memory");
	}
	struct imap4_str name = between(p, blank ? blank : end);
	return keep_pieces(c, name, blank ? blank + 1 : end, end);
}

static int keep_code(struct imap4_client *c, const struct imap4_event *ev)
{
	const struct imap4_respcode *code = &ev->code;

	/* The engine knows its capabilities. */
	if (code->code == IMAP4_CODE_NONE ||
	    code->code == IMAP4_CODE_CAPABILITY)
		return 0;
	return keep_piece(c, code->name, code->args, NULL,
			  (struct imap4_str){NULL, 0});
}

/* The server allows reading only, and nobody had asked for that. */
static void note_readonly(struct imap4_client *c, const struct imap4_event *ev)
{
	if (ev->code.code != IMAP4_CODE_READ_ONLY)
		return;
	if (!c->selecting && !c->is_readonly)
		c->turned_readonly = true;
	c->is_readonly = true;
}

static int greeting(struct imap4_client *c, const struct imap4_event *ev)
{
	char text[CLIENT_TEXT_MAX];

	text_clean(text, sizeof(text), ev->raw.p, ev->raw.len);
	c->welcome = strdup(text);
	if (!c->welcome)
		return client_lose(c, IMAP4_ENOMEM, "out of memory");
	return keep_code(c, ev);
}

/* The text is what stands behind the tag and the status. */
static int tagged(struct imap4_client *c, const struct imap4_event *ev)
{
	if (ev->status == IMAP4_STATUS_LOST)
		return 0; /* closed() is about to say why */
	const char *p = ev->raw.p, *end = ev->raw.p + ev->raw.len;
	note_readonly(c, ev);
	if (keep_code(c, ev) < 0 || ev->id != c->id)
		return 0;
	for (int i = 0; i < 2; i++) {
		const char *blank = memchr(p, ' ', (size_t)(end - p));
		p = blank ? blank + 1 : end;
	}
	if (buf_add(&c->text, p, (size_t)(end - p)) < 0)
		return client_lose(c, IMAP4_ENOMEM, "out of memory");
	c->status = ev->status;
	c->code = ev->code.code;
	c->partial = ev->partial;
	c->unparsed = ev->unparsed;
	c->done = true;
	return 0;
}

static void dispatch(struct imap4_client *c, const struct imap4_event *ev)
{
	switch (ev->type) {
	case IMAP4_EV_GREETING:
		(void)greeting(c, ev);
		break;
	case IMAP4_EV_DONE:
		(void)tagged(c, ev);
		break;
	case IMAP4_EV_CHALLENGE:
		if (c->on_challenge)
			c->on_challenge(c, ev->challenge);
		break;
	case IMAP4_EV_APPEND_DATA:
		if (c->on_append)
			c->on_append(c, ev);
		break;
	case IMAP4_EV_BODY_BEGIN:
	case IMAP4_EV_BODY_DATA:
	case IMAP4_EV_BODY_END:
		(void)body_event(c, ev);
		break;
	case IMAP4_EV_IDLING:
		c->idle.accepted = true;
		break;
	case IMAP4_EV_BAD:
		/* As it came, for whoever can read it; the log has the rest
		 * of a torn line. */
		if (ev->raw.len > 2 && ev->raw.p[0] == '*')
			(void)keep_response(c, ev->raw);
		bodies_forget(c);
		break;
	case IMAP4_EV_CAPABILITY:
		/* Else the conn had asked. */
		if (c->id != 0)
			(void)keep_response(c, ev->raw);
		break;
	case IMAP4_EV_STATUS:
		note_readonly(c, ev);
		if (keep_response(c, ev->raw) == 0)
			(void)keep_code(c, ev);
		break;
	default:
		(void)keep_response(c, ev->raw);
		if (ev->type == IMAP4_EV_FETCH)
			bodies_forget(c);
		break;
	}
}

void collect_event(void *ctx, struct imap4_conn *conn,
		   const struct imap4_event *ev)
{
	struct imap4_client *c = ctx;

	(void)conn;
	if (c->on_event)
		c->on_event(c->event_ctx, ev);
	if (c->lost || (c->on_typed && c->on_typed(c, ev)))
		return;
	typed_note(c, ev);
	dispatch(c, ev);
}
