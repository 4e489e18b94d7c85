/* SPDX-License-Identifier: MIT */
#include "daemon/account/cycle.h"

#include <stdlib.h>

#include "daemon/account/account_priv.h"
#include "daemon/base/xalloc.h"

struct cycle_job {
	struct job job;
	struct account *account;
	int (*run)(struct account *a, struct err *err);
	enum cycle_found (*done)(struct account *a, int result,
				 const struct err *err);
	int result;
	struct err err;
};

static const struct stage *const stages[] = {
    [CYCLE_OPEN] = &account_open_stage,
    [CYCLE_CONNECT] = &account_connect_stage,
    [CYCLE_LIST] = &account_list_stage,
    [CYCLE_CLAIM] = &account_claim_stage,
    [CYCLE_RESTORE] = &account_restore_stage,
    [CYCLE_TREE] = &account_tree_stage,
    [CYCLE_SCAN] = &account_scan_stage,
    [CYCLE_MESSAGES] = &account_messages_stage,
    [CYCLE_REMOVE] = &account_remove_stage,
    [CYCLE_TRASH] = &account_trash_stage,
};

static struct cycle_conditions conditions(const struct account *a)
{
	return (struct cycle_conditions){
	    .stopping = a->stopping,
	    .session = a->session != NULL,
	    .busy = a->busy.now,
	    .dry_run = a->env.opts.folder.dry_run,
	    .list_only = a->env.opts.list_only,
	    .known = a->due.names != NULL,
	    .restored = a->cycle.restore.done,
	    .removals = a->cycle.remove.n > 0,
	};
}

void cycle_take(struct account *a, enum cycle_found found)
{
	while (found != CYCLE_WAITING) {
		struct cycle_conditions c = conditions(a);
		enum cycle_stage was = a->cycle.stage;
		enum cycle_stage stage = cycle_next(was, found, &c);

		a->cycle.stage = stage;
		if (stage == CYCLE_END) {
			account_cycle_ended(a);
			return;
		}
		found = stage == was && found == CYCLE_MORE
			    ? stages[stage]->next(a)
			    : stages[stage]->start(a);
	}
}

void cycle_begin(struct account *a, const char *const *dirty)
{
	a->cycle.dirty = dirty;
	a->cycle.stage = CYCLE_OPEN;
	cycle_take(a, stages[CYCLE_OPEN]->start(a));
}

static const struct stage *current(const struct account *a)
{
	return a->cycle.stage < CYCLE_END ? stages[a->cycle.stage] : NULL;
}

void cycle_event(struct account *a, const struct imap4_event *ev)
{
	const struct stage *s = current(a);

	if (s && s->event)
		cycle_take(a, s->event(a, ev));
}

void cycle_cut(struct account *a)
{
	const struct stage *s = current(a);

	if (s && s->cut && s->cut(a))
		cycle_take(a, CYCLE_FAILED);
}

void cycle_in_flight(const struct account *a, struct flight *out)
{
	const struct stage *s = current(a);

	if (s && s->in_flight)
		s->in_flight(a, out);
}

void cycle_release(struct account *a)
{
	for (int i = 0; i < CYCLE_END; i++) {
		if (stages[i]->release)
			stages[i]->release(a);
	}
}

static void job_run(struct job *job)
{
	struct cycle_job *j = (struct cycle_job *)job;

	j->result = j->run(j->account, &j->err);
}

static void job_done(struct job *job)
{
	struct cycle_job *j = (struct cycle_job *)job;
	struct cycle_job done = *j;

	free(j);
	cycle_take(done.account,
		   done.done(done.account, done.result, &done.err));
}

enum cycle_found cycle_post(struct account *a,
			    int (*run)(struct account *a, struct err *err),
			    enum cycle_found (*done)(struct account *a,
						     int result,
						     const struct err *err))
{
	struct cycle_job *j = xcalloc(1, sizeof(*j));

	j->job = (struct job){.run = job_run, .done = job_done};
	j->account = a;
	j->run = run;
	j->done = done;
	disk_post(a->env.disk, &j->job);
	return CYCLE_WAITING;
}
