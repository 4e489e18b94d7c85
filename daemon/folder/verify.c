/* SPDX-License-Identifier: MIT */
/* Compares server, database and Maildir, and says where they differ. Changes
 * nothing anywhere. With contents: reads every message on both sides and
 * compares it with what was synced. */
#include <stdlib.h>
#include <string.h>

#include "daemon/base/xalloc.h"
#include "daemon/core/pair.h"
#include "daemon/folder/folder_priv.h"
#include "daemon/remote/content.h"

struct verify {
	struct store_contents_job job;
	bool *seen; /* the server has sent job.known[i] */
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
		examine_release(v->job.file, v->job.n);
		free(v->job.file);
		free(v->job.known);
		free(v->seen);
		free(v);
	}
	f->verify = NULL;
	folder_end(f);
}

/* The contents that were synced, and those of the files. */

static void compare_files(struct folder *f, const struct store_contents_job *c)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct store_known *k = &c->known[i];
		const struct facts *x = facts_find(c->file, c->n, k->key);
		if (k->known && x->found &&
		    memcmp(k->digest, x->digests.message, sizeof(k->digest)) !=
			0)
			say(f,
			    "uid=%lu its file '%s' has other content than "
			    "what was synced",
			    (unsigned long)k->uid, x->unique);
	}
}

static void files_done(struct job *j)
{
	struct folder *f = folder_of(j);
	struct verify *v = f->verify;
	bool ok = folder_job_done(j);

	if (ok)
		compare_files(f, &v->job);
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
	v->job.cap = f->view.base.n;
	v->job.known = xcalloc(v->job.cap + 1, sizeof(*v->job.known));
	v->job.file = xcalloc(v->job.cap + 1, sizeof(*v->job.file));
	v->seen = xcalloc(v->job.cap + 1, sizeof(*v->seen));
	f->phase = FOLDER_ENDING;
	folder_post(f, &v->job.base, store_contents_run, files_done);
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

/* Index, or -1. */
static long known_of(const struct verify *v, uint32_t uid)
{
	const struct store_known *known = v->job.known;
	const struct store_known *k =
	    v->job.n
		? bsearch(&uid, known, v->job.n, sizeof(*known), row_uid_cmp)
		: NULL;

	return k ? (long)(k - known) : -1;
}

static void take_body(struct folder *f, const struct imap4_fetch *m)
{
	struct verify *v = f->verify;
	long i = m->have & IMAP4_F_UID ? known_of(v, m->uid) : -1;

	if (i < 0 || v->body.have != DIGEST_MESSAGE)
		return;
	const struct store_known *k = &v->job.known[i];
	v->seen[i] = true;
	if (k->known &&
	    memcmp(k->digest, v->body.digests.message, STATE_DIGEST) != 0)
		say(f,
		    "uid=%lu has other content on the server than what was "
		    "synced",
		    (unsigned long)m->uid);
}

static void fetch_done(struct folder *f, const struct imap4_event *ev)
{
	struct verify *v = f->verify;
	struct err err;

	if (ev->status != IMAP4_STATUS_OK) {
		reply_command_err(ev, REACH_FOLDER, "FETCH", &err);
		folder_fail(f, &err);
		f->result.lost |= ev->status == IMAP4_STATUS_LOST;
	}
	for (size_t i = 0; i < v->job.n && ev->status == IMAP4_STATUS_OK; i++) {
		if (!v->seen[i])
			say(f, "uid=%lu: the server does not send it",
			    (unsigned long)v->job.known[i].uid);
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
