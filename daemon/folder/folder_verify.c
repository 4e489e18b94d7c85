/* SPDX-License-Identifier: MIT */
/* Compares server, database and Maildir, and says where they differ. Changes
 * nothing anywhere. With contents: reads every message on both sides and
 * compares it with what was synced. */
#include <stdlib.h>
#include <string.h>

#include "daemon/base/clock.h"
#include "daemon/base/xalloc.h"
#include "daemon/core/pair.h"
#include "daemon/folder/folder_priv.h"
#include "daemon/maildir/examine.h"
#include "daemon/remote/content.h"

/* What is known of a message's content. */
struct known {
	uint32_t uid;
	uint64_t key;
	bool known; /* digest is set */
	unsigned char digest[STATE_DIGEST];
	bool seen; /* the server has sent it */
};

struct verify {
	struct folder_job base;
	struct known *known; /* of rows that are alive, by uid */
	size_t n;
	struct facts *file; /* by key */
	imap4_id fetch;
	struct content body; /* that comes in */
};

static void say(struct folder *f, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void say(struct folder *f, const char *fmt, ...)
{
	char text[600];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	f->env.handler->planned(f->env.ctx, f->box->display, text);
	f->result.differences++;
}

static void flag_text(const struct folder *f, uint64_t flags, struct buf *out)
{
	static const char letters[] = "SRFTDP";

	buf_reset(out);
	for (size_t i = 0; i < KEYWORD_SHIFT; i++) {
		if (flags & (UINT64_C(1) << i))
			(void)buf_addc(out, letters[i]);
	}
	for (size_t i = 0; i < f->view.table.n; i++) {
		if (flags & KEYWORD_BIT(i))
			(void)buf_addf(out, " %s", f->view.table.name[i]);
	}
	if (out->len == 0)
		(void)buf_addc(out, '-');
}

static void compare_flags(struct folder *f, const struct base_row *b,
			  const struct remote_row *r, const struct local_row *l)
{
	uint64_t mask = f->view.here_mask;
	struct buf base, there, here;

	if (b->flags == r->flags && ((b->flags ^ l->flags) & mask) == 0)
		return;
	buf_init(&base, 16384);
	buf_init(&there, 16384);
	buf_init(&here, 16384);
	flag_text(f, b->flags, &base);
	flag_text(f, r->flags, &there);
	flag_text(f, l->flags & mask, &here);
	say(f, "uid=%lu flags: server %s, database %s, Maildir %s",
	    (unsigned long)b->uid, there.data, base.data, here.data);
	buf_release(&base);
	buf_release(&there);
	buf_release(&here);
}

static const char *fate_text(enum fate fate)
{
	switch (fate) {
	case FATE_DYING_HERE:
		return "waits to be deleted here";
	case FATE_DYING_THERE:
	case FATE_MOVED_THERE:
		return "waits to be deleted on the server";
	case FATE_REPLACED:
		return "waits to be replaced on the server";
	case FATE_CLAIMED:
		return "was sent, and is not listed yet";
	default:
		return NULL;
	}
}

static void compare_row(struct folder *f, const struct base_row *b,
			const struct remote_row *r)
{
	const struct local_row *l = local_view_find(&f->view.local, b->key);
	const char *waits = fate_text((enum fate)b->fate);
	unsigned long uid = b->uid;

	if (waits)
		say(f, "uid=%lu %s", uid, waits);
	if (b->fate != FATE_ALIVE)
		return;
	if (!r)
		say(f, "uid=%lu is in the database, but not on the server",
		    uid);
	if (!l)
		say(f, "uid=%lu is in the database, but has no file", uid);
	else if (l->odd)
		say(f, "uid=%lu has a link or a directory for a file", uid);
	else if (l->print != 0 && b->print != 0 && l->print != b->print)
		say(f, "uid=%lu has a file with other content", uid);
	if (r && l)
		compare_flags(f, b, r, l);
}

static void compare_rows(struct folder *f)
{
	const struct remote_view *remote = &f->remote_list.view;
	const struct base_view *base = &f->view.base;
	size_t r = 0;

	for (size_t i = 0; i < base->n; i++) {
		uint32_t uid = base->row[i].uid;
		for (; r < remote->n && remote->row[r].uid < uid; r++)
			say(f,
			    "uid=%lu is on the server, but not in the "
			    "database",
			    (unsigned long)remote->row[r].uid);
		bool listed = r < remote->n && remote->row[r].uid == uid;
		compare_row(f, &base->row[i], listed ? &remote->row[r] : NULL);
		r += listed;
	}
	for (; r < remote->n; r++)
		say(f, "uid=%lu is on the server, but not in the database",
		    (unsigned long)remote->row[r].uid);
}

static size_t count_alive(const struct folder *f)
{
	size_t n = 0;

	for (size_t i = 0; i < f->view.base.n; i++)
		n += f->view.base.row[i].fate == FATE_ALIVE;
	return n;
}

static void finish(struct folder *f)
{
	struct verify *v = f->verify;
	char text[200];

	(void)snprintf(text, sizeof(text),
		       "%zu on the server, %zu in the database, %zu files: %s",
		       f->remote_list.view.n, count_alive(f), f->view.local.n,
		       f->result.differences == 0 ? "in sync" : "differ");
	f->env.handler->planned(f->env.ctx, f->box->display, text);
	if (v) {
		content_release(&v->body);
		if (v->file)
			examine_release(v->file, v->n);
		free(v->file);
		free(v->known);
		free(v);
	}
	f->verify = NULL;
	folder_end(f);
}

/* Disk: the contents that were synced, and those of the files. */

static int facts_cmp(const void *a, const void *b)
{
	const struct facts *x = a, *y = b;

	return (x->key > y->key) - (x->key < y->key);
}

static int take_content(void *ctx, const struct state_record *r)
{
	struct verify *v = ctx;

	if (r->fate != FATE_ALIVE)
		return 0;
	struct known *c = &v->known[v->n];
	*c = (struct known){
	    .uid = r->uid, .key = r->key, .known = r->have_digest};
	memcpy(c->digest, r->digest, sizeof(c->digest));
	v->file[v->n++] = (struct facts){
	    .key = r->key, .fd = -1, .content = true, .name = true};
	return 0;
}

/* Names that no row has are told with the rest. */
static void files_run(struct job *j)
{
	struct verify *v = (struct verify *)j;
	struct folder *f = v->base.folder;
	struct store *s = f->env.store;

	if (!s->folder.have_dir)
		return;
	v->base.result = state_each_message(s->state, f->view.row.id,
					    take_content, v, &v->base.err);
	if (v->base.result < 0)
		return;
	qsort(v->file, v->n, sizeof(*v->file), facts_cmp);
	v->base.result = examine_files(&s->folder.dir, NULL, v->file, v->n,
				       clock_wall_ns(), &v->base.err);
}

static void files_done(struct job *j)
{
	struct verify *v = (struct verify *)j;
	struct folder *f = v->base.folder;
	bool ok = folder_job_done(&v->base);

	for (size_t i = 0; i < v->n && ok; i++) {
		const struct known *c = &v->known[i];
		struct facts want = {.key = c->key};
		const struct facts *x =
		    bsearch(&want, v->file, v->n, sizeof(*v->file), facts_cmp);
		if (c->known && x->found &&
		    memcmp(c->digest, x->digests.message, sizeof(c->digest)) !=
			0)
			say(f,
			    "uid=%lu its file '%s' has other content than "
			    "what was synced",
			    (unsigned long)c->uid, x->unique);
	}
	if (!ok || f->stopped || !folder_engine(f) ||
	    imap4_engine_uid_fetch(folder_engine(f), "1:*", "UID BODY.PEEK[]",
				   0, false, &v->fetch) < 0) {
		finish(f);
		return;
	}
	f->phase = FOLDER_VERIFYING;
	folder_flush(f);
}

static void start_contents(struct folder *f)
{
	struct verify *v = xcalloc(1, sizeof(*v));

	f->verify = v;
	v->known = xcalloc(f->view.base.n + 1, sizeof(*v->known));
	v->file = xcalloc(f->view.base.n + 1, sizeof(*v->file));
	f->phase = FOLDER_ENDING;
	folder_post(f, &v->base, files_run, files_done);
}

void folder_verify(struct folder *f)
{
	size_t nkeys;
	uint64_t *keys = pair_keys(&f->view.base, &nkeys);

	if (!keys)
		abort();
	compare_rows(f);
	for (size_t i = 0; i < f->view.local.n; i++) {
		if (!pair_has_key(keys, nkeys, f->view.local.row[i].key))
			f->result.unmatched++;
	}
	free(keys);
	for (size_t i = 0; i < f->view.nrefusals; i++)
		say(f, "%s", f->view.refusal[i].text);
	if (f->result.unmatched > 0)
		say(f, "%zu files are not in the database",
		    f->result.unmatched);
	if (f->env.opts.contents)
		start_contents(f);
	else
		finish(f);
}

/* The server's bodies. */

static struct known *known_of(struct verify *v, uint32_t uid)
{
	size_t lo = 0, hi = v->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (v->known[mid].uid < uid)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < v->n && v->known[lo].uid == uid ? &v->known[lo] : NULL;
}

static void take_body(struct folder *f, const struct imap4_fetch *m)
{
	struct verify *v = f->verify;
	struct known *c = m->have & IMAP4_F_UID ? known_of(v, m->uid) : NULL;

	if (c && v->body.have == DIGEST_MESSAGE) {
		c->seen = true;
		if (c->known && memcmp(c->digest, v->body.digests.message,
				       STATE_DIGEST) != 0)
			say(f,
			    "uid=%lu has other content on the server than "
			    "what was synced",
			    (unsigned long)m->uid);
	}
}

static void fetch_done(struct folder *f, const struct imap4_event *ev)
{
	struct verify *v = f->verify;
	struct err err;

	if (ev->status != IMAP4_STATUS_OK) {
		session_command_err(ev, REACH_FOLDER, "FETCH", &err);
		folder_fail(f, &err);
		f->result.lost |= ev->status == IMAP4_STATUS_LOST;
	}
	for (size_t i = 0; i < v->n && ev->status == IMAP4_STATUS_OK; i++) {
		if (!v->known[i].seen)
			say(f, "uid=%lu: the server does not send it",
			    (unsigned long)v->known[i].uid);
	}
	finish(f);
}

void folder_verify_event(struct folder *f, const struct imap4_event *ev)
{
	struct verify *v = f->verify;

	content_event(&v->body, ev, v->fetch != 0 ? DIGEST_MESSAGE : 0);
	switch (ev->type) {
	case IMAP4_EV_FETCH:
		take_body(f, &ev->fetch);
		break;
	case IMAP4_EV_DONE:
		if (ev->id == v->fetch)
			fetch_done(f, ev);
		break;
	default:
		break;
	}
}

void folder_verify_stop(struct folder *f)
{
	finish(f);
}
