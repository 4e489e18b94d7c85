/* SPDX-License-Identifier: MIT */
/* COMPRESS: a session says the same with and without it, in whatever pieces
 * the bytes come; and a stream that is no stream does no harm. The first byte
 * says how to cut the rest; where it is odd, that is the compressed stream,
 * else text to be compressed. */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "lib/engine/engine_priv.h"
#include "tests/fuzz/touch.h"

#define MAX_TEXT (1U << 22)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct session {
	struct imap4_engine *e;
	struct buf log, sent;
};

static void note(struct session *s, const struct imap4_event *ev)
{
	touch_event(ev);
	if (ev->type == IMAP4_EV_NONE)
		return;
	/* A body may be cut elsewhere. */
	if (ev->type == IMAP4_EV_BODY_DATA) {
		assert(buf_add(&s->log, ev->body.data.p, ev->body.data.len) ==
		       0);
		return;
	}
	assert(buf_addf(&s->log, "<%d %d %u %u>", (int)ev->type,
			(int)ev->status, ev->id, ev->number) == 0);
	assert(buf_add(&s->log, ev->raw.p, ev->raw.len) == 0);
}

/* What the engine took may not be all: it died. */
static int feed(struct session *s, const char *p, size_t len)
{
	const struct imap4_event *ev;
	size_t used;
	int rc;

	do {
		rc = imap4_engine_read(s->e, p, len, &used, &ev);
		assert(used <= len);
		p += used;
		len -= used;
		if (rc == 0)
			note(s, ev);
	} while (rc == 0 && ev->type != IMAP4_EV_NONE);
	assert(rc < 0 || len == 0);
	return rc;
}

static void flush(struct session *s)
{
	const void *p;
	size_t n;

	while ((n = imap4_engine_write(s->e, &p)) > 0) {
		/* Not all at once. */
		n = n > 3 ? n / 2 : n;
		assert(buf_add(&s->sent, p, n) == 0);
		imap4_engine_sent(s->e, n);
	}
}

/* A session in which the first command was answered. */
static void begin(struct session *s, bool compressed)
{
	static const char greeting[] = "* PREAUTH [CAPABILITY IMAP4rev1 "
				       "COMPRESS=DEFLATE] hi\r\n";
	const struct imap4_limits limits = {.size = sizeof(limits),
					    .max_response = 65536};
	char line[64];

	s->e = imap4_engine_new(&limits, 1);
	assert(s->e);
	buf_init(&s->log, SIZE_MAX / 2);
	buf_init(&s->sent, SIZE_MAX / 2);
	assert(feed(s, greeting, strlen(greeting)) == 0);
	assert((compressed ? imap4_engine_compress(s->e, NULL)
			   : imap4_engine_noop(s->e, NULL)) == 0);
	flush(s);
	int n = snprintf(line, sizeof(line), "%s1 OK on\r\n", s->e->prefix);
	assert(feed(s, line, (size_t)n) == 0);
	buf_reset(&s->sent);
	assert(imap4_engine_noop(s->e, NULL) == 0);
	assert(imap4_engine_namespace(s->e, NULL) == 0);
	flush(s);
}

static void end(struct session *s)
{
	imap4_engine_free(s->e);
	buf_release(&s->log);
	buf_release(&s->sent);
}

static int feed_in_pieces(struct session *s, const char *p, size_t len,
			  size_t step)
{
	int rc = 0;

	for (size_t n; len > 0 && rc == 0; p += n, len -= n) {
		char *piece = malloc(step);
		n = len < step ? len : step;
		assert(piece);
		memcpy(piece, p, n);
		rc = feed(s, piece, n);
		free(piece);
	}
	return rc;
}

static void deflate_all(const uint8_t *data, size_t size, struct buf *out)
{
	z_stream z = {0};

	assert(deflateInit2(&z, 1, Z_DEFLATED, -MAX_WBITS, 8,
			    Z_DEFAULT_STRATEGY) == Z_OK);
	assert(buf_reserve(out, deflateBound(&z, size) + 16) == 0);
	z.next_in = (unsigned char *)(uintptr_t)data;
	z.avail_in = (unsigned)size;
	z.next_out = (unsigned char *)out->data;
	z.avail_out = (unsigned)out->cap - 1;
	assert(deflate(&z, Z_SYNC_FLUSH) == Z_OK && z.avail_in == 0);
	out->len = out->cap - 1 - z.avail_out;
	(void)deflateEnd(&z);
}

static bool inflates_to(const struct buf *from, const struct buf *text)
{
	static unsigned char out[65536];
	z_stream z = {0};

	assert(inflateInit2(&z, -MAX_WBITS) == Z_OK);
	z.next_in = (unsigned char *)from->data;
	z.avail_in = (unsigned)from->len;
	z.next_out = out;
	z.avail_out = sizeof(out);
	int rc = inflate(&z, Z_SYNC_FLUSH);
	size_t n = sizeof(out) - z.avail_out;
	(void)inflateEnd(&z);
	return rc == Z_OK && n == text->len && memcmp(out, text->data, n) == 0;
}

/* "%" stands for the tags' prefix. */
static void expand(const struct session *s, const uint8_t *data, size_t size,
		   struct buf *out)
{
	for (size_t i = 0; i < size; i++)
		assert((data[i] == '%' ? buf_adds(out, s->e->prefix)
				       : buf_addc(out, (char)data[i])) == 0);
}

static void compare(const uint8_t *data, size_t size, size_t step)
{
	struct session plain, zipped;
	struct buf text, stream;

	begin(&plain, false);
	begin(&zipped, true);
	assert(inflates_to(&zipped.sent, &plain.sent));
	buf_init(&text, MAX_TEXT);
	buf_init(&stream, MAX_TEXT);
	expand(&plain, data, size, &text);
	deflate_all((const uint8_t *)text.data, text.len, &stream);
	int a = feed_in_pieces(&plain, text.data, text.len, 1000);
	int b = feed_in_pieces(&zipped, stream.data, stream.len, step);
	assert(a == b);
	assert(plain.log.len == zipped.log.len &&
	       memcmp(plain.log.data, zipped.log.data, plain.log.len) == 0);
	buf_release(&text);
	buf_release(&stream);
	end(&plain);
	end(&zipped);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;
	size_t step = data[0] / 2 % 16 + 1;
	if (data[0] % 2 == 0) {
		compare(data + 1, size - 1, step);
		return 0;
	}
	struct session s;
	begin(&s, true);
	(void)feed_in_pieces(&s, (const char *)data + 1, size - 1, step);
	end(&s);
	return 0;
}
