/* SPDX-License-Identifier: MIT */
#include "daemon/store/batch/upload.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/base/clock.h"
#include "daemon/base/fs.h"
#include "daemon/base/xalloc.h"
#include "daemon/core/content/print.h"
#include "daemon/maildir/examine.h"
#include "daemon/maildir/name.h"
#include "daemon/store/store_priv.h"

/* NULL: a server may take it. */
static const char *judge(const struct upload_item *i,
			 const struct upload_target *to, char *text, size_t cap)
{
	uint64_t limit = to->limit;

	if (i->size == 0)
		return "it is empty";
	if (i->binary && !to->binary)
		return "it contains a NUL byte, which needs a server with "
		       "BINARY (RFC 3516)";
	if (limit == 0 || i->wire_size <= limit)
		return NULL;
	(void)snprintf(
	    text, cap, "it has %llu bytes, the server takes at most %llu",
	    (unsigned long long)i->wire_size, (unsigned long long)limit);
	return text;
}

static void unfit(struct upload_item *i, const char *why)
{
	i->state = UPLOAD_UNFIT;
	(void)snprintf(i->why, sizeof(i->why), "%s", why);
}

static void take_facts(struct upload_item *i, struct facts *f,
		       const struct upload_target *to)
{
	char text[sizeof(i->why)];

	i->unique = f->unique;
	f->unique = NULL;
	if (f->failed) {
		(void)snprintf(text, sizeof(text), "it cannot be read: %s",
			       strerror(f->failed));
		unfit(i, text);
		i->unread = true;
		return;
	}
	if (!f->found) {
		i->state = UPLOAD_GONE;
		return;
	}
	i->size = f->size;
	i->wire_size = f->wire_size;
	i->inode = f->inode;
	i->mtime_ns = f->mtime_ns;
	memcpy(i->digest, f->digests.message, sizeof(i->digest));
	if (f->busy) {
		i->state = UPLOAD_BUSY;
		return;
	}
	i->binary = f->has_nul;
	const char *why = judge(i, to, text, sizeof(text));
	if (why) {
		unfit(i, why);
		return;
	}
	i->state = UPLOAD_READY;
	i->fd = f->fd;
	f->fd = -1;
}

static int examine(struct upload *u, struct store *s, const struct action *a,
		   const struct upload_target *to, struct err *err)
{
	struct facts *f = xcalloc(u->n, sizeof(*f));
	const struct listing *names;

	for (size_t i = 0; i < u->n; i++)
		f[i] = (struct facts){.key = a[i].key,
				      .content = true,
				      .name = true,
				      .keep = true};
	int r = store_listing(s, &s->folder, &names, err);
	if (r == 0)
		r = examine_files(&s->folder.dir, names, f, u->n,
				  clock_wall_ns(), err);
	for (size_t i = 0; i < u->n; i++) {
		struct facts *found = facts_find(f, u->n, a[i].key);
		u->item[i] = (struct upload_item){
		    .key = a[i].key, .flags = a[i].flags, .fd = -1};
		if (r == 0)
			take_facts(&u->item[i], found, to);
	}
	examine_release(f, u->n);
	free(f);
	return r;
}

/* W2. An intent of before is replaced: it was found out that nothing came of
 * it, or that it has to be tried once more. */
static int promise(struct upload_item *i, struct store *s, uint32_t uidnext,
		   struct err *err)
{
	struct state_intent intent = {
	    .folder = s->folder.row.id,
	    .kind = STATE_INTENT_UPLOAD,
	    .state = STATE_INTENT_PLANNED,
	    .unique = i->unique,
	    .key = i->key,
	    .size = i->size,
	    .have_digest = true,
	    .flags = i->flags,
	    .internaldate = i->mtime_ns / 1000000000,
	    .uidvalidity = s->uidvalidity,
	    .uidnext = uidnext,
	};

	memcpy(intent.digest, i->digest, sizeof(intent.digest));
	if (state_intent_replace(s->state, &intent, &i->intent, err) < 0)
		return -1;
	return 0;
}

static bool any_ready(const struct upload *u)
{
	for (size_t i = 0; i < u->n; i++) {
		if (u->item[i].state == UPLOAD_READY)
			return true;
	}
	return false;
}

static int promise_all(struct upload *u, struct store *s, uint32_t uidnext,
		       struct err *err)
{
	int r = 0;

	/* A file that cannot be sent is looked at in every sync: that is no
	 * change. */
	if (!any_ready(u))
		return 0;
	if (store_touch(s, err) < 0 || state_begin(s->state, err) < 0)
		return -1;
	for (size_t i = 0; i < u->n && r == 0; i++) {
		if (u->item[i].state == UPLOAD_READY)
			r = promise(&u->item[i], s, uidnext, err);
	}
	return store_end(s, r, err);
}

int upload_begin(struct upload *u, struct store *s, const struct action *a,
		 size_t n, const struct upload_target *to, struct err *err)
{
	*u = (struct upload){.item = xcalloc(n, sizeof(*u->item)), .n = n};
	int r = store_spoiled(s, err) ? -1 : examine(u, s, a, to, err);
	if (r == 0)
		r = promise_all(u, s, to->uidnext, err);
	if (r < 0) {
		upload_release(u);
		return -1;
	}
	u->raw = xmalloc(UPLOAD_BLOCK);
	u->block = xcalloc(UPLOAD_BLOCKS, sizeof(*u->block));
	if (upload_read_wanted(u))
		upload_read(u);
	upload_read_done(u);
	return 0;
}

/* More of the file's bytes in u->raw; what is missing of the promised length is
 * made up. */
static void read_raw(struct upload *u)
{
	ssize_t n;

	do
		n = read(u->item[u->reading].fd, u->raw, UPLOAD_BLOCK);
	while (n < 0 && errno == EINTR);
	if (n <= 0) {
		u->item[u->reading].made_up = true;
		memset(u->raw, ' ', UPLOAD_BLOCK);
		n = UPLOAD_BLOCK;
	}
	u->raw_len = (size_t)n;
	u->raw_at = 0;
}

static void put(struct upload *u, struct upload_block *b, const char *p,
		size_t n)
{
	memcpy(b->data + b->len, p, n);
	b->len += n;
	u->left -= n;
}

/* Turns bytes from disk into bytes for the wire, while there is room. */
static void fill(struct upload *u, struct upload_block *b)
{
	while (b->len < UPLOAD_BLOCK && u->left > 0) {
		if (u->raw_at == u->raw_len)
			read_raw(u);
		const char *p = u->raw + u->raw_at;
		size_t n = u->raw_len - u->raw_at;
		if (n > UPLOAD_BLOCK - b->len)
			n = UPLOAD_BLOCK - b->len;
		if (n > u->left)
			n = (size_t)u->left;
		const char *lf = memchr(p, '\n', n);
		if (lf == p && !u->cr) {
			put(u, b, "\r", 1);
			u->cr = true;
			continue;
		}
		n = lf == p ? 1 : lf ? (size_t)(lf - p) : n;
		put(u, b, p, n);
		u->cr = p[n - 1] == '\r';
		u->raw_at += n;
	}
}

/* The next item that is open, if any: its state is the loop's. */
static bool next_item(struct upload *u)
{
	while (u->reading < u->n &&
	       (u->item[u->reading].fd < 0 || (u->begun && u->left == 0))) {
		struct upload_item *i = &u->item[u->reading++];
		fs_drop(i->fd);
		i->fd = -1;
		u->begun = false;
	}
	if (u->reading == u->n)
		return false;
	if (!u->begun) {
		u->begun = true;
		u->left = u->item[u->reading].wire_size;
		u->cr = false;
		u->raw_len = u->raw_at = 0;
	}
	return true;
}

bool upload_read_wanted(struct upload *u)
{
	u->job_from = u->first + u->filled;
	u->job_count = UPLOAD_BLOCKS - u->filled;
	u->job_filled = 0;
	return !u->ended && u->job_count > 0;
}

void upload_read(struct upload *u)
{
	while (u->job_filled < u->job_count && next_item(u)) {
		struct upload_block *b =
		    &u->block[(u->job_from + u->job_filled) % UPLOAD_BLOCKS];
		b->len = b->at = 0;
		while (b->len < UPLOAD_BLOCK && next_item(u))
			fill(u, b);
		u->job_filled++;
	}
}

void upload_read_done(struct upload *u)
{
	u->filled += u->job_filled;
	u->ended = u->reading == u->n;
}

size_t upload_bytes(struct upload *u, size_t max, const char **p)
{
	if (u->filled == 0)
		return 0;
	const struct upload_block *b = &u->block[u->first];
	size_t n = b->len - b->at;

	*p = b->data + b->at;
	return n < max ? n : max;
}

void upload_taken(struct upload *u, size_t n)
{
	struct upload_block *b = &u->block[u->first];

	b->at += n;
	if (b->at < b->len)
		return;
	u->first = (u->first + 1) % UPLOAD_BLOCKS;
	u->filled--;
}

/* The server said which message it is. */
static int add_row(const struct upload_item *i, struct store *s,
		   uint64_t there_mask, struct err *err)
{
	int64_t folder = s->folder.row.id;
	struct state_message m = {
	    .uid = i->uid,
	    .flags = i->flags & there_mask,
	    .internaldate = i->mtime_ns / 1000000000,
	    .size = i->size,
	    .inode = i->inode,
	    .unique = i->unique,
	    .key = i->key,
	};

	memcpy(m.digest, i->digest, sizeof(m.digest));
	/* What was sent is not what the file holds: as if it had been edited
	 * since. */
	for (size_t k = 0; i->made_up && k < sizeof(m.digest); k++)
		m.digest[k] = (unsigned char)~m.digest[k];
	m.mtime_ns = i->made_up ? 0 : i->mtime_ns;
	if (state_message_add(s->state, folder, &m, err) < 0)
		return -1;
	return state_message_tombstone(s->state, folder, i->uid, FATE_CLAIMED,
				       err);
}

/* Until it is found in a listing, be it by what the server said or by its
 * content, it stays promised. */
static int record_sent(const struct upload_item *i, struct store *s,
		       uint64_t there_mask, struct err *err)
{
	int64_t folder = s->folder.row.id;
	struct state_record other;
	int r = 0;

	if (i->uid != 0) {
		r = state_message_get(s->state, folder, i->uid, &other, err);
		if (r == 0)
			state_record_release(&other);
		else if (r > 0)
			r = add_row(i, s, there_mask, err);
	}
	if (r < 0 || state_intent_stored(s->state, i->intent, err) < 0)
		return -1;
	return state_aside_drop(s->state, folder, STATE_THERE, i->key, err);
}

static int set_aside(const struct upload_item *i, struct store *s,
		     struct err *err)
{
	char text[512];
	struct state_aside a = {
	    .side = STATE_THERE,
	    .id = i->key,
	    .text = text,
	    .print = print_of(i->inode, i->size, i->mtime_ns),
	};

	(void)snprintf(text, sizeof(text), "'%s' cannot be sent: %s", i->unique,
		       i->why);
	return store_set_aside(s, s->folder.row.id, &a, err);
}

static int record(const struct upload_item *i, struct store *s,
		  uint64_t there_mask, struct err *err)
{
	int r = 0;

	switch (i->state) {
	case UPLOAD_SENT:
		return record_sent(i, s, there_mask, err);
	case UPLOAD_UNFIT:
	case UPLOAD_REFUSED:
		if (i->unread)
			return 0;
		r = set_aside(i, s, err);
		break;
	case UPLOAD_UNSENT:
		break;
	case UPLOAD_READY:
	case UPLOAD_GONE:
	case UPLOAD_BUSY:
	case UPLOAD_UNKNOWN:
		return 0;
	}
	if (r == 0 && i->intent != 0)
		r = state_intent_drop(s->state, i->intent, err);
	return r;
}

int upload_record(struct upload *u, struct store *s, uint64_t there_mask,
		  struct err *err)
{
	int r = 0;

	if (store_spoiled(s, err) || state_begin(s->state, err) < 0)
		return -1;
	for (size_t i = 0; i < u->n && r == 0; i++)
		r = record(&u->item[i], s, there_mask, err);
	return store_end(s, r, err);
}

void upload_release(struct upload *u)
{
	for (size_t i = 0; i < u->n; i++) {
		fs_drop(u->item[i].fd);
		free(u->item[i].unique);
	}
	free(u->item);
	free(u->raw);
	free(u->block);
	*u = (struct upload){0};
}

void upload_begin_run(struct job *j)
{
	struct upload_job *u = (struct upload_job *)j;

	u->base.result = upload_begin(&u->upload, u->base.store, u->action,
				      u->n, &u->to, &u->base.err);
}

void upload_read_run(struct job *j)
{
	upload_read(&((struct upload_job *)j)->upload);
}

void upload_record_run(struct job *j)
{
	struct upload_job *u = (struct upload_job *)j;

	u->base.result = upload_record(&u->upload, u->base.store, u->there_mask,
				       &u->base.err);
}
