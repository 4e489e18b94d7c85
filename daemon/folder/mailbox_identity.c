/* SPDX-License-Identifier: MIT */
#include "daemon/folder/mailbox_identity.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/base/xalloc.h"
#include "daemon/core/pair.h"
#include "daemon/remote/content.h"
#include "daemon/remote/session.h"
#include "daemon/store/sample_job.h"

struct mailbox_identity {
	struct sample_job job;
	struct mailbox_identity_env env;
	bool reading, stopped;
	struct err err;
	imap4_id select, fetch;
	uint32_t exists;
	struct content content;
	size_t agree, differ;
};

/* A mailbox with another UIDVALIDITY may have got as many new messages as it
 * had, and which are new nobody can tell. */
static void finish(struct mailbox_identity *l)
{
	bool same = l->env.anew
			? l->agree > 0 && l->agree >= l->differ
			: l->differ == 0 && (l->agree > 0 || l->job.empty);

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
	if (l->job.base.result < 0 || l->stopped ||
	    (l->job.n == 0 && l->job.nheaders == 0)) {
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

static void add(struct imap4_set *set, uint32_t number)
{
	if (imap4_set_add(set, number, number) < 0)
		abort();
}

/* Numbers of messages, evenly spread over the mailbox. */
static void spread(const struct mailbox_identity *l, struct imap4_set *set)
{
	uint32_t n = l->exists < SAMPLES ? l->exists : SAMPLES;

	for (uint64_t i = 0; i < n; i++)
		add(set, (uint32_t)(i * l->exists / n) + 1);
}

static void ask(struct mailbox_identity *l)
{
	static const char items[] = "UID BODY.PEEK[HEADER]";
	struct imap4_engine *e = imap4_conn_engine(l->env.conn);
	struct imap4_set set = {0};
	char text[SAMPLES * 12];
	size_t from = 0;

	if (l->env.anew)
		spread(l, &set);
	for (size_t i = 0; i < l->job.n; i++) {
		if (l->job.sample[i].here)
			add(&set, l->job.sample[i].uid);
	}
	if (set.n > 0)
		imap4_set_format(&set, &from, text, sizeof(text));
	bool any = set.n > 0;
	imap4_set_release(&set);
	if (!any ||
	    (l->env.anew ? imap4_engine_fetch(e, text, items, 0, &l->fetch)
			 : imap4_engine_uid_fetch(e, text, items, 0, false,
						  &l->fetch)) < 0) {
		finish(l);
		return;
	}
	imap4_conn_flush(l->env.conn);
}

static void take_fetch(struct mailbox_identity *l, const struct imap4_fetch *f)
{
	const struct digests *digests = &l->content.digests;

	if (l->content.have != DIGEST_HEADER || !(f->have & IMAP4_F_UID))
		return;
	if (l->env.anew) {
		bool same = pair_has_key(l->job.header, l->job.nheaders,
					 sample_header(digests));
		l->agree += same;
		l->differ += !same;
	}
	for (size_t i = 0; i < l->job.n; i++) {
		const struct sample *s = &l->job.sample[i];
		if (s->uid != f->uid || !s->here)
			continue;
		bool same =
		    memcmp(s->header, digests->header, DIGEST_BYTES) == 0;
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
	if (ev->type == IMAP4_EV_EXISTS)
		l->exists = ev->number;
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
	l->job.anew = env->anew;
	disk_post(env->disk, &l->job.base.job);
	return l;
}

void mailbox_identity_free(struct mailbox_identity *l)
{
	if (!l)
		return;
	content_release(&l->content);
	free(l->job.header);
	free(l);
}
