/* SPDX-License-Identifier: MIT */
#include "daemon/folder/mailbox_identity.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/base/xalloc.h"
#include "daemon/remote/content.h"
#include "daemon/remote/session.h"
#include "daemon/store/sample_job.h"

struct mailbox_identity {
	struct sample_job job;
	struct mailbox_identity_env env;
	bool reading, stopped;
	struct err err;
	imap4_id select, fetch;
	struct content content;
	size_t agree, differ;
};

static void finish(struct mailbox_identity *l)
{
	bool same = l->differ == 0 && (l->agree > 0 || l->job.empty);

	l->env.done(l->env.ctx, same && !l->stopped,
		    l->err.code == ERR_NONE ? NULL : &l->err);
}

static void read_done(struct job *j)
{
	struct mailbox_identity *l = (struct mailbox_identity *)j;
	struct imap4_select_opts opts = {.size = sizeof(opts), .examine = true};
	struct imap4_str wire = {l->env.wire, strlen(l->env.wire)};

	l->reading = false;
	if (l->job.base.result < 0)
		l->err = l->job.base.err;
	if (l->job.base.result < 0 || l->stopped || l->job.n == 0) {
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

	for (size_t i = 0; i < l->job.n; i++) {
		if (l->job.sample[i].here &&
		    imap4_set_add(&set, l->job.sample[i].uid,
				  l->job.sample[i].uid) < 0)
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
	for (size_t i = 0; i < l->job.n; i++) {
		const struct sample *s = &l->job.sample[i];
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
		reply_command_err(ev, REACH_FOLDER,
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
	l->job.base.job = (struct job){.run = sample_run, .done = read_done};
	l->job.base.store = env->store;
	l->job.row = env->row;
	l->job.path = env->path;
	disk_post(env->disk, &l->job.base.job);
	return l;
}

void mailbox_identity_free(struct mailbox_identity *l)
{
	if (!l)
		return;
	content_release(&l->content);
	free(l);
}
