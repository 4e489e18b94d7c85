/* SPDX-License-Identifier: MIT */
/* COMPRESS=DEFLATE (RFC 4978): between the bytes of the connection and the
 * engine. Positions in the stream (what was sent, what is due) are counted
 * before compression; a block counts as sent when the last byte of it is. */
#include <imap4/submit.h>

#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "lib/engine/engine_priv.h"

/* Compressed at once, and inflated at once: however little a server sends that
 * inflates to however much, no more than this is held. */
#define BLOCK 16384
/* A window of 8 KiB and small tables: 64 KiB a connection instead of 256, for
 * commands and mail that hardly repeat themselves over more than that. */
#define WINDOW_BITS (-13)
#define MEM_LEVEL   6

struct compress {
	bool active;
	bool ended; /* the server finished its stream */
	z_stream in, out;
	struct buf wire; /* compressed, to be sent */
	size_t wire_at;  /* of which so much was */
	size_t block;    /* what it is of, in the engine's out buffer */
	size_t at, len;  /* of plain: up to where it was read */
	unsigned char plain[BLOCK];
};

static struct compress *compress_new(void)
{
	struct compress *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	buf_init(&c->wire, 4 * BLOCK);
	/* Servers use the largest window. */
	if (inflateInit2(&c->in, -MAX_WBITS) != Z_OK)
		goto no_in;
	if (deflateInit2(&c->out, Z_DEFAULT_COMPRESSION, Z_DEFLATED,
			 WINDOW_BITS, MEM_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK)
		goto no_out;
	return c;
no_out:
	(void)inflateEnd(&c->in);
no_in:
	free(c);
	return NULL;
}

void compress_free(struct imap4_engine *e)
{
	struct compress *c = e->compress;

	e->compress = NULL;
	if (!c)
		return;
	(void)inflateEnd(&c->in);
	(void)deflateEnd(&c->out);
	buf_wipe(&c->wire);
	explicit_bzero(c->plain, sizeof(c->plain));
	free(c);
}

int imap4_engine_compress(struct imap4_engine *e, imap4_id *id)
{
	if (!imap4_engine_has(e, "COMPRESS=DEFLATE") || e->compress)
		return IMAP4_ESTATE;
	command_begin(e, "COMPRESS");
	imap4_engine_command_atom(e, "DEFLATE");
	/* Memory is had now, so that its success cannot come amiss. */
	e->compress = compress_new();
	if (!e->compress)
		command_fail(e, IMAP4_ENOMEM);
	int rc = imap4_engine_command_end(e, id);
	if (rc < 0)
		compress_free(e);
	return rc;
}

void compress_end(struct imap4_engine *e, bool ok)
{
	if (ok)
		e->compress->active = true;
	else
		compress_free(e);
}

bool compress_active(const struct imap4_engine *e)
{
	return e->compress && e->compress->active;
}

/* Inflates some of what came. 1: there may be something to read, 0: there is
 * not, and all was taken; or the engine is dead. */
static int more(struct imap4_engine *e, const unsigned char *p, size_t len,
		size_t *used)
{
	struct compress *c = e->compress;
	size_t n = len - *used < UINT32_MAX ? len - *used : UINT32_MAX;

	if (c->ended && n > 0)
		return engine_fail(e, IMAP4_EPROTO,
				   "the server sent data behind the end of its "
				   "compressed stream");
	/* zlib does not write to its input. */
	c->in.next_in = n > 0 ? (unsigned char *)(uintptr_t)(p + *used) : NULL;
	c->in.avail_in = (unsigned)n;
	c->in.next_out = c->plain;
	c->in.avail_out = sizeof(c->plain);
	int rc = c->ended ? Z_STREAM_END : inflate(&c->in, Z_SYNC_FLUSH);
	*used += n - c->in.avail_in;
	c->at = 0;
	c->len = sizeof(c->plain) - c->in.avail_out;
	c->ended = rc == Z_STREAM_END;
	if (rc == Z_MEM_ERROR)
		return engine_fail(e, IMAP4_ENOMEM, "out of memory");
	/* Z_BUF_ERROR: it was given nothing and had nothing left. */
	if (rc != Z_OK && rc != Z_STREAM_END && rc != Z_BUF_ERROR)
		return engine_fail(e, IMAP4_EPROTO,
				   "the server sent data that cannot be "
				   "decompressed");
	return c->len > 0 || *used < len;
}

int compress_read(struct imap4_engine *e, const void *buf, size_t len,
		  size_t *used, const struct imap4_event **ev)
{
	const struct imap4_event *none = *ev;
	struct compress *c = e->compress;
	int rc;

	do {
		size_t n = 0;
		rc = engine_read_frames(e, (const char *)c->plain + c->at,
					c->len - c->at, &n, ev);
		c->at += n;
		if (rc < 0 || *ev != none)
			return rc;
		rc = more(e, buf, len, used);
	} while (rc > 0);
	return rc;
}

/* All of the block into c->wire. */
static int deflate_block(struct compress *c, const char *p, size_t n)
{
	buf_reset(&c->wire);
	c->wire_at = 0;
	/* Z_SYNC_FLUSH adds up to six bytes to what deflateBound() says. */
	if (buf_reserve(&c->wire, deflateBound(&c->out, n) + 16) < 0)
		return -1;
	c->out.next_in = (unsigned char *)(uintptr_t)p;
	c->out.avail_in = (unsigned)n;
	c->out.next_out = (unsigned char *)c->wire.data;
	c->out.avail_out = (unsigned)c->wire.cap - 1;
	if (deflate(&c->out, Z_SYNC_FLUSH) != Z_OK || c->out.avail_in > 0 ||
	    c->out.avail_out == 0)
		return -1;
	c->wire.len = c->wire.cap - 1 - c->out.avail_out;
	c->wire.data[c->wire.len] = '\0';
	c->block = n;
	return 0;
}

size_t compress_write(struct imap4_engine *e, const void **buf)
{
	struct compress *c = e->compress;
	size_t n = e->out.len - e->out_at;

	if (c->wire_at == c->wire.len) {
		if (n == 0)
			return 0;
		if (n > BLOCK)
			n = BLOCK;
		if (deflate_block(c, e->out.data + e->out_at, n) < 0) {
			(void)engine_fail(e, IMAP4_ENOMEM, "out of memory");
			return 0;
		}
	}
	*buf = c->wire.data + c->wire_at;
	return c->wire.len - c->wire_at;
}

size_t compress_sent(struct imap4_engine *e, size_t n)
{
	struct compress *c = e->compress;

	c->wire_at += n;
	return c->wire_at == c->wire.len ? c->block : 0;
}
