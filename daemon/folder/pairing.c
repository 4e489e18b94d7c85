/* SPDX-License-Identifier: MIT */
#include "daemon/folder/pairing.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/base/xalloc.h"
#include "daemon/maildir/name.h"
#include "daemon/remote/content.h"
#include "daemon/remote/remote_list.h"
#include "daemon/remote/session.h"
#include "daemon/store/pairing_job.h"

#define SET_BYTES 7000

enum stage {
	STAGE_SIZES,   /* of what is new there */
	STAGE_FILES,   /* what may be the same is read */
	STAGE_COMPARE, /* header, beginning, all of what is new there */
	STAGE_RECORD,  /* what sizes are worth */
};

struct pairing {
	/* .here: this folder's files first, by key. */
	struct pairing_job job;
	struct pairing_env env;
	enum stage stage;
	struct pair_there *there; /* by uid */
	size_t nthere;
	int64_t *date; /* of there, nthere of them */
	struct pair_policy policy;
	struct err err;
	bool stopped;
	size_t commands; /* not answered */
	struct content content;
};

static void finish(struct pairing *p)
{
	struct move_here *moved = NULL;
	size_t n = 0;

	if (p->err.code == ERR_NONE && !p->stopped) {
		moved = pair_moves(p->job.here, p->job.n, &n);
		if (n == SIZE_MAX)
			abort();
	}
	p->env.done(p->env.ctx, moved, n,
		    p->err.code == ERR_NONE ? NULL : &p->err);
}

/* Of the messages of which that part is wanted (0: of all), in commands that
 * fit a line. */
static void ask(struct pairing *p, const char *items, unsigned part)
{
	struct imap4_engine *e = p->env.engine;
	struct imap4_set set = {0};
	char text[SET_BYTES];
	size_t from = 0;

	for (size_t i = 0; i < p->nthere; i++) {
		uint32_t uid = p->there[i].uid;
		if ((part == 0 || p->there[i].want == part) &&
		    imap4_set_add(&set, uid, uid) < 0)
			abort();
	}
	while (from < set.n) {
		imap4_set_format(&set, &from, text, sizeof(text));
		if (imap4_engine_uid_fetch(e, text, items, 0, false, NULL) == 0)
			p->commands++;
	}
	imap4_set_release(&set);
	p->env.flush(p->env.ctx);
}

static int there_cmp(const void *a, const void *b)
{
	const struct pair_there *x = a, *y = b;

	return x->uid < y->uid ? -1 : x->uid > y->uid;
}

static struct pair_there *find(struct pairing *p, uint32_t uid)
{
	struct pair_there want = {.uid = uid};

	return bsearch(&want, p->there, p->nthere, sizeof(want), there_cmp);
}

/* The first UID that what was sent may have got; 0: nothing was. */
static uint32_t sent_from(const struct store_view *v)
{
	uint32_t first = 0;

	for (size_t i = 0; i < v->nintents; i++) {
		const struct resolve_intent *what = &v->intent[i].what;
		uint32_t from =
		    what->uidvalidity == v->row.uidvalidity && what->uidnext > 0
			? what->uidnext
			: 1;
		if (first == 0 || from < first)
			first = from;
	}
	return first;
}

struct pairing *pairing_new(const struct pairing_env *env)
{
	const struct base_view *base = &env->view->base;
	struct pairing *p = xcalloc(1, sizeof(*p));
	char items[80];

	p->env = *env;
	p->job.here = pair_unmatched(base, env->remote, env->local, &p->job.n);
	p->there = pair_new_messages(base, env->remote, env->local, &p->nthere);
	if (p->job.n == SIZE_MAX || p->nthere == SIZE_MAX)
		abort();
	if ((p->job.n == 0 && env->moves->nlost == 0) || p->nthere == 0) {
		pairing_free(p);
		return NULL;
	}
	p->date = xcalloc(p->nthere, sizeof(*p->date));
	(void)snprintf(
	    items, sizeof(items), "UID RFC822.SIZE%s%s",
	    env->moves->nlost > 0 ? " INTERNALDATE" : "",
	    env->moves->nlost > 0 ? remote_list_emailid_item(env->engine) : "");
	for (size_t i = 0; i < p->nthere && !env->fetched; i++)
		p->there[i].outside = true;
	p->policy.sent_from = sent_from(env->view);
	ask(p, items, 0);
	return p;
}

/* Files. */

static int date_cmp(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* The ids of what is new there, sorted; owned by the caller. */
static uint64_t *list_emailids(const struct pairing *p, size_t *n)
{
	uint64_t *id = xcalloc(p->nthere, sizeof(*id));

	*n = 0;
	for (size_t i = 0; i < p->nthere; i++) {
		if (p->there[i].emailid != 0)
			id[(*n)++] = p->there[i].emailid;
	}
	pair_sort_keys(id, *n);
	return id;
}

/* A move keeps the date (RFC 6851 3.1) and the id (RFC 8474 5.1). */
static bool may_be_new(const struct pairing *p, const struct ledger_lost *m,
		       const uint64_t *id, size_t n)
{
	if (m->folder == p->env.view->row.id)
		return false;
	return pair_has_key(id, n, m->emailid) ||
	       bsearch(&m->internaldate, p->date, p->nthere, sizeof(*p->date),
		       date_cmp);
}

static void add_lost(struct pairing *p)
{
	const struct ledger *moves = p->env.moves;
	size_t nid;
	uint64_t *id = list_emailids(p, &nid);

	qsort(p->date, p->nthere, sizeof(*p->date), date_cmp);
	p->job.here = xreallocarray(p->job.here, p->job.n + moves->nlost + 1,
				    sizeof(*p->job.here));
	for (size_t i = 0; i < moves->nlost; i++) {
		const struct ledger_lost *m = &moves->lost[i];
		if (may_be_new(p, m, id, nid))
			p->job.here[p->job.n++] =
			    (struct pair_here){.key = m->key,
					       .from = m->folder,
					       .from_uid = m->uid,
					       .emailid = m->emailid};
	}
	free(id);
}

static void post(struct pairing *p, void (*run)(struct job *j),
		 void (*done)(struct job *j))
{
	p->job.base.job = (struct job){.run = run, .done = done};
	p->job.base.store = p->env.store;
	disk_post(p->env.disk, &p->job.base.job);
}

/* What the disk found out. */
static void take_result(struct pairing *p)
{
	if (p->job.base.result < 0)
		p->err = p->job.base.err;
	for (size_t i = 0; i < p->job.nintents; i++)
		p->env.view->intent[i].changed = p->job.intent[i].changed;
}

static void record_done(struct job *j)
{
	struct pairing *p = (struct pairing *)j;

	take_result(p);
	finish(p);
}

static void copy_intents(struct pairing *p)
{
	const struct store_view *v = p->env.view;

	p->job.nintents = v->nintents;
	p->job.intent = xcalloc(v->nintents + 1, sizeof(*p->job.intent));
	for (size_t i = 0; i < v->nintents; i++) {
		const struct store_intent *t = &v->intent[i];
		struct pairing_intent *to = &p->job.intent[i];
		*to = (struct pairing_intent){.key = t->key,
					      .stored = t->what.stored,
					      .have_digest = t->have_digest,
					      .changed = t->changed};
		memcpy(to->digest, t->digest, sizeof(to->digest));
	}
}

static void conclude(struct pairing *p)
{
	uint32_t unlike;

	if (pair_up(p->job.here, p->job.n, p->there, p->nthere, &p->policy,
		    &unlike) == SIZE_MAX)
		abort();
	pair_apply(p->job.here, p->job.n, p->env.local);
	if (unlike == 0 || p->policy.unlike >= PAIR_LIES || p->env.dry_run) {
		finish(p);
		return;
	}
	p->policy.unlike += unlike < PAIR_LIES ? unlike : (uint32_t)PAIR_LIES;
	p->stage = STAGE_RECORD;
	p->job.unlike = p->policy.unlike;
	post(p, pairing_record_run, record_done);
}

static void compare(struct pairing *p)
{
	size_t n =
	    pair_want(p->job.here, p->job.n, p->there, p->nthere, &p->policy);

	if (n == SIZE_MAX)
		abort();
	if (n > 0) {
		ask(p, "UID BODY.PEEK[HEADER]", PAIR_HEADER);
		ask(p, "UID " DIGEST_SAMPLE_TEXT, PAIR_SAMPLE);
		ask(p, "UID BODY.PEEK[]", PAIR_MESSAGE);
	}
	p->stopped |= n > 0 && p->commands == 0;
	if (p->stopped)
		finish(p);
	else if (n == 0)
		conclude(p);
}

static void files_done(struct job *j)
{
	struct pairing *p = (struct pairing *)j;

	take_result(p);
	p->policy.unlike = p->job.unlike;
	p->stage = STAGE_COMPARE;
	if (p->job.base.result < 0 || p->stopped || p->job.missed) {
		finish(p);
		return;
	}
	pair_by_emailid(p->job.here, p->job.n, p->there, p->nthere);
	compare(p);
}

/* A round of questions is answered. */
static void round_done(struct pairing *p)
{
	if (p->stopped || p->err.code != ERR_NONE) {
		finish(p);
	} else if (p->stage == STAGE_SIZES) {
		p->stage = STAGE_FILES;
		add_lost(p);
		copy_intents(p);
		post(p, pairing_files_run, files_done);
	} else {
		compare(p);
	}
}

/* What is said of its size is without the fields that do not count, from here
 * on. */
static void take_header(struct pair_there *t, const struct digests *d)
{
	if (t->have & PAIR_HEADER)
		return;
	t->have |= PAIR_HEADER;
	t->size -= d->left_out < t->size ? d->left_out : t->size;
	memcpy(t->header, d->header, PAIR_DIGEST);
}

static void take_content(struct pair_there *t, const struct content *c)
{
	switch (c->have) {
	case DIGEST_HEADER:
		take_header(t, &c->digests);
		break;
	case DIGEST_SAMPLE_OF_BODY:
		if (t->have & PAIR_MESSAGE)
			break;
		t->have |= PAIR_SAMPLE;
		memcpy(t->body, c->digests.sample, PAIR_DIGEST);
		break;
	case DIGEST_MESSAGE:
		t->have |= PAIR_MESSAGE;
		memcpy(t->body, c->digests.message, PAIR_DIGEST);
		break;
	default:
		break;
	}
}

static void take_fetch(struct pairing *p, const struct imap4_fetch *f)
{
	struct pair_there *t = f->have & IMAP4_F_UID ? find(p, f->uid) : NULL;
	char emailid[64];

	if (t && p->stage == STAGE_SIZES) {
		if (f->have & IMAP4_F_SIZE)
			t->size = f->size;
		if (f->have & IMAP4_F_INTERNALDATE)
			p->date[t - p->there] = f->internaldate;
		if (remote_list_emailid(f, emailid, sizeof(emailid)))
			t->emailid = name_key(emailid, strlen(emailid));
	}
	if (t)
		take_content(t, &p->content);
}

void pairing_event(struct pairing *p, const struct imap4_event *ev)
{
	content_event(&p->content, ev,
		      p->stage == STAGE_COMPARE ? DIGEST_ALL : 0);
	switch (ev->type) {
	case IMAP4_EV_FETCH:
		take_fetch(p, &ev->fetch);
		break;
	case IMAP4_EV_DONE:
		if (ev->status == IMAP4_STATUS_LOST)
			p->stopped = true;
		if (ev->status == IMAP4_STATUS_NO ||
		    ev->status == IMAP4_STATUS_BAD)
			reply_command_err(ev, REACH_FOLDER, "FETCH", &p->err);
		if (p->commands > 0 && --p->commands == 0)
			round_done(p);
		break;
	default:
		break;
	}
}

void pairing_stop(struct pairing *p)
{
	p->stopped = true;
	/* With a job under way, its end is ours. */
	if (p->stage != STAGE_FILES && p->stage != STAGE_RECORD)
		finish(p);
}

bool pairing_missed(const struct pairing *p)
{
	return p->job.missed;
}

void pairing_free(struct pairing *p)
{
	if (!p)
		return;
	content_release(&p->content);
	free(p->job.here);
	free(p->job.intent);
	free(p->there);
	free(p->date);
	free(p);
}
