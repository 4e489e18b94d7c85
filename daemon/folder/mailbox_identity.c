/* SPDX-License-Identifier: MIT */
#include "daemon/folder/mailbox_identity.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/base/clock.h"
#include "daemon/base/xalloc.h"
#include "daemon/maildir/examine.h"
#include "daemon/remote/content.h"
#include "daemon/remote/session.h"

/* Messages that are compared: so many do not agree by chance. */
#define SAMPLES 32

struct sample {
	uint32_t uid;
	uint64_t key;
	bool here; /* its file was read */
	unsigned char header[DIGEST_BYTES];
};

struct mailbox_identity {
	struct job job;
	struct mailbox_identity_env env;
	bool reading, stopped;
	int result;
	struct err err;
	struct sample sample[SAMPLES]; /* by uid */
	size_t n;
	bool empty; /* there are no rows to compare */
	imap4_id select, fetch;
	struct content content;
	size_t agree, differ;
};

static void finish(struct mailbox_identity *l)
{
	bool same = l->differ == 0 && (l->agree > 0 || l->empty);

	l->env.done(l->env.ctx, same && !l->stopped,
		    l->err.code == ERR_NONE ? NULL : &l->err);
}

/* The disk: evenly spread over what the server should still have. */

static void choose(struct mailbox_identity *l, const struct base_view *base)
{
	size_t *at = xcalloc(base->n + 1, sizeof(*at));
	size_t n = 0;

	for (size_t i = 0; i < base->n; i++) {
		if (base->row[i].fate == FATE_ALIVE)
			at[n++] = i;
	}
	l->empty = n == 0;
	l->n = n < SAMPLES ? n : SAMPLES;
	for (size_t i = 0; i < l->n; i++) {
		const struct base_row *b = &base->row[at[i * n / l->n]];
		l->sample[i] = (struct sample){.uid = b->uid, .key = b->key};
	}
	free(at);
}

static int facts_cmp(const void *a, const void *b)
{
	const struct facts *x = a, *y = b;

	return (x->key > y->key) - (x->key < y->key);
}

static int examine(struct mailbox_identity *l)
{
	struct facts f[SAMPLES];
	struct maildir dir;
	int r =
	    maildir_open(l->env.store->root, l->env.path, false, &dir, &l->err);

	if (r != 0)
		return r < 0 ? -1 : 0;
	for (size_t i = 0; i < l->n; i++)
		f[i] = (struct facts){.key = l->sample[i].key, .content = true};
	qsort(f, l->n, sizeof(*f), facts_cmp);
	r = examine_files(&dir, NULL, f, l->n, clock_wall_ns(), &l->err);
	maildir_close(&dir);
	for (size_t i = 0; i < l->n && r == 0; i++) {
		struct sample *s = &l->sample[i];
		struct facts want = {.key = s->key};
		const struct facts *found =
		    bsearch(&want, f, l->n, sizeof(*f), facts_cmp);
		s->here = found->found;
		memcpy(s->header, found->digests.header, DIGEST_BYTES);
	}
	return r;
}

static void read_run(struct job *j)
{
	struct mailbox_identity *l = (struct mailbox_identity *)j;
	struct base_view base;

	l->result = state_load(l->env.store->state, l->env.row, &base, &l->err);
	if (l->result < 0)
		return;
	choose(l, &base);
	base_view_release(&base);
	if (l->n > 0)
		l->result = examine(l);
}

static void read_done(struct job *j)
{
	struct mailbox_identity *l = (struct mailbox_identity *)j;
	struct imap4_select_opts opts = {.size = sizeof(opts), .examine = true};
	struct imap4_str wire = {l->env.wire, strlen(l->env.wire)};

	l->reading = false;
	if (l->result < 0 || l->stopped || l->n == 0) {
		finish(l);
		return;
	}
	if (imap4_engine_select(imap4_conn_engine(l->env.conn), wire, &opts,
				&l->select) < 0) {
		l->stopped = true;
		finish(l);
		return;
	}
	imap4_conn_flush(l->env.conn);
}

/* The server. */

static void ask(struct mailbox_identity *l)
{
	struct imap4_engine *e = imap4_conn_engine(l->env.conn);
	struct imap4_set set = {0};
	char text[SAMPLES * 12];
	size_t from = 0;

	for (size_t i = 0; i < l->n; i++) {
		if (l->sample[i].here &&
		    imap4_set_add(&set, l->sample[i].uid, l->sample[i].uid) < 0)
			abort();
	}
	if (set.n > 0)
		imap4_set_format(&set, &from, text, sizeof(text));
	bool any = set.n > 0;
	imap4_set_release(&set);
	if (!any || imap4_engine_uid_fetch(e, text, "UID BODY.PEEK[HEADER]", 0,
					   false, &l->fetch) < 0) {
		finish(l);
		return;
	}
	imap4_conn_flush(l->env.conn);
}

static void take_fetch(struct mailbox_identity *l, const struct imap4_fetch *f)
{
	if (l->content.have != DIGEST_HEADER || !(f->have & IMAP4_F_UID))
		return;
	for (size_t i = 0; i < l->n; i++) {
		const struct sample *s = &l->sample[i];
		if (s->uid != f->uid || !s->here)
			continue;
		bool same = memcmp(s->header, l->content.digests.header,
				   DIGEST_BYTES) == 0;
		l->agree += same;
		l->differ += !same;
	}
}

static void answered(struct mailbox_identity *l, const struct imap4_event *ev)
{
	bool selected = ev->id == l->select;

	if (ev->status == IMAP4_STATUS_LOST)
		return; /* the session says so, and mailbox_identity_stop()
			   follows */
	if (ev->status != IMAP4_STATUS_OK) {
		session_command_err(ev, REACH_FOLDER,
				    selected ? "EXAMINE" : "FETCH", &l->err);
		finish(l);
	} else if (selected) {
		l->select = 0;
		ask(l);
	} else {
		finish(l);
	}
}

void mailbox_identity_event(struct mailbox_identity *l,
			    const struct imap4_event *ev)
{
	content_event(&l->content, ev, l->fetch != 0 ? DIGEST_HEADER : 0);
	if (ev->type == IMAP4_EV_FETCH)
		take_fetch(l, &ev->fetch);
	else if (ev->type == IMAP4_EV_DONE && ev->id != 0 &&
		 (ev->id == l->select || ev->id == l->fetch))
		answered(l, ev);
}

void mailbox_identity_stop(struct mailbox_identity *l)
{
	l->stopped = true;
	if (!l->reading)
		finish(l);
}

struct mailbox_identity *mailbox_identity_new(
    const struct mailbox_identity_env *env)
{
	struct mailbox_identity *l = xcalloc(1, sizeof(*l));

	l->env = *env;
	l->reading = true;
	l->job = (struct job){.run = read_run, .done = read_done};
	disk_post(env->disk, &l->job);
	return l;
}

void mailbox_identity_free(struct mailbox_identity *l)
{
	if (!l)
		return;
	content_release(&l->content);
	free(l);
}
