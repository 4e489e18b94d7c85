/* SPDX-License-Identifier: MIT */
/* What is decided of one message that the database knows: a table of its fate,
 * its file and what the server has. */
#include "daemon/core/planner.h"

#include <stdlib.h>

#include "daemon/core/merge.h"
#include "daemon/core/pair.h"

static bool may_delete_here(const struct planner *p)
{
	return p->policy->pull && p->policy->delete_here;
}

static bool may_delete_there(const struct planner *p)
{
	return p->policy->push && p->policy->delete_there;
}

static void set_fate(struct planner *p, uint32_t uid, enum fate fate)
{
	planner_add(
	    p, (struct action){.type = ACTION_FATE, .uid = uid, .fate = fate});
}

/* look_again: what is left of it is new to the side that lost it. */
static void forget(struct planner *p, uint32_t uid, bool look_again)
{
	planner_add(p, (struct action){.type = ACTION_FORGET,
				       .uid = uid,
				       .flags = look_again});
}

/* The server does not take that change: it is counted, and waits. */
static bool waits(struct planner *p, const struct there *t, size_t *pending)
{
	if (t->hidden)
		p->plan->hidden++;
	else if (p->policy->read_only)
		++*pending;
	return t->hidden || p->policy->read_only;
}

/* The two directions of STORE are two actions: the executor groups by them. */
static void flags_there(struct planner *p, uint32_t uid, const struct there *t,
			const struct merge *m)
{
	if (!p->policy->push || (!m->there_add && !m->there_del) ||
	    waits(p, t, &p->plan->pending_flags))
		return;
	if (m->there_add)
		planner_add(p, (struct action){.type = ACTION_FLAGS_THERE,
					       .uid = uid,
					       .add = m->there_add});
	if (m->there_del)
		planner_add(p, (struct action){.type = ACTION_FLAGS_THERE,
					       .uid = uid,
					       .del = m->there_del,
					       .flags = m->there_add != 0});
}

static void merge(struct planner *p, const struct base_row *b,
		  const struct local_row *l, const struct there *t)
{
	struct merge m =
	    merge_flags(b->flags, l->flags, t->flags, p->policy->here_mask,
			p->policy->there_mask);

	/* A delta would not say so again. */
	if (l->odd && p->policy->pull && (m.here_add || m.here_del))
		p->plan->deferred++;
	else if (p->policy->pull && (m.here_add || m.here_del))
		planner_add(p, (struct action){.type = ACTION_FLAGS_HERE,
					       .uid = b->uid,
					       .add = m.here_add,
					       .del = m.here_del,
					       .flags = l->flags,
					       .key = b->key,
					       .in_new = l->in_new});
	flags_there(p, b->uid, t, &m);
	if (m.both_add || m.both_del)
		planner_add(p, (struct action){.type = ACTION_RECORD,
					       .uid = b->uid,
					       .add = m.both_add,
					       .del = m.both_del});
}

/* Did its file get new content under its name? */
static bool edited(const struct base_row *b, const struct local_row *l)
{
	return l->print != 0 && b->print != 0 && l->print != b->print;
}

static bool cared_here(const struct planner *p, const struct base_row *b,
		       const struct local_row *l)
{
	/* A mark that the server does not keep is news for ever. */
	return (l->flags & ~b->flags & p->policy->here_mask &
		p->policy->there_mask & INTEREST) != 0;
}

static bool cared_there(const struct base_row *b, const struct there *t)
{
	return (t->flags & ~b->flags & INTEREST) != 0;
}

static void note_gone(struct planner *p, uint32_t uid)
{
	struct plan *plan = p->plan;

	if (plan->ngone == plan->gonecap) {
		size_t cap = plan->gonecap ? plan->gonecap * 2 : 64;
		uint32_t *grown = reallocarray(plan->gone, cap, sizeof(*grown));
		if (!grown) {
			p->failed = true;
			return;
		}
		plan->gone = grown;
		plan->gonecap = cap;
	}
	plan->gone[plan->ngone++] = uid;
}

static void count(const struct planner *p, struct deletion_count *t,
		  const struct base_row *b)
{
	t->n++;
	t->unanswered += !(p->policy->approve && b->shown);
}

/* The server no longer has it; its file is here. */
static void gone_there(struct planner *p, const struct base_row *b,
		       const struct local_row *l)
{
	bool kept = edited(b, l) || cared_here(p, b, l);

	p->kept_here |= kept && p->policy->push;
	if (l->odd) {
		/* What has its place is nobody's to throw away. */
		p->plan->deferred++;
	} else if (p->policy->defer_gone) {
		p->plan->deferred++;
		note_gone(p, b->uid);
	} else if (kept && p->policy->push) {
		p->plan->kept_here++;
		forget(p, b->uid, true);
	} else if (!kept && p->policy->restore && b->shown) {
		p->plan->restored++;
		forget(p, b->uid, true);
	} else if (!kept && may_delete_here(p)) {
		count(p, &p->here, b);
		planner_add(p, (struct action){.type = ACTION_DIE_HERE,
					       .uid = b->uid,
					       .flags = l->flags,
					       .key = b->key,
					       .in_new = l->in_new});
	} else if (b->fate != FATE_LEFT_HERE) {
		set_fate(p, b->uid, FATE_LEFT_HERE);
	}
}

static const struct move_there *moved_there(const struct planner *p,
					    uint32_t uid)
{
	const struct plan_input *in = p->in;

	return in->nmoved_there
		   ? bsearch(&uid, in->moved_there, in->nmoved_there,
			     sizeof(*in->moved_there), row_uid_cmp)
		   : NULL;
}

/* Neither side has it. Its file may be in another folder, where it is no longer
 * to be waited for. */
static void gone_both(struct planner *p, const struct base_row *b)
{
	if (p->policy->defer_gone && moved_there(p, b->uid))
		note_gone(p, b->uid);
	forget(p, b->uid, false);
}

static const struct local_row *find_local(const struct planner *p, uint64_t key,
					  enum use use)
{
	const struct local_view *local = p->in->local;
	const struct local_row *l = local_view_find(local, key);

	if (l && p->use[l - local->row] < use)
		p->use[l - local->row] = (uint8_t)use;
	return l;
}

/* Is it not known whether its file is gone? */
static bool is_unsure(struct planner *p, const struct base_row *b)
{
	return p->policy->partial || (p->in->local && p->in->local->unstable &&
				      !find_local(p, b->key, USE_NONE));
}

/* It is worth another look unless the file may be anywhere. */
static void unsure(struct planner *p)
{
	p->plan->unsure += !p->policy->partial;
	p->plan->deferred++;
}

/* Not where its name went to the file of another row. */
static bool is_late(const struct planner *p, const struct base_row *b)
{
	return planner_is_late_row(p, b->key) && p->in->local &&
	       !find_local(p, b->key, USE_NONE);
}

/* A delta would not say again how it was marked there. */
static void wants_scan(struct planner *p)
{
	p->plan->late++;
	p->plan->deferred++;
}

static void note_unmerged(struct planner *p, const struct base_row *b,
			  const struct there *t)
{
	p->plan->unmerged += t->flags != b->flags;
}

/* Its file is in another folder: its message follows. false: it is not, or may
 * not. */
static bool follows(struct planner *p, const struct base_row *b,
		    const struct there *t)
{
	const struct move_there *m = moved_there(p, b->uid);

	if (!m || (!m->pending && !p->policy->push))
		return false;
	if (m->pending)
		p->plan->deferred++;
	else if (!waits(p, t, &p->plan->pending_deletions))
		planner_add(p, (struct action){.type = ACTION_MOVE_THERE,
					       .uid = b->uid,
					       .other = m->to,
					       .key = m->key});
	return true;
}

/* Its file is gone; the server has it. */
static void gone_here(struct planner *p, const struct base_row *b,
		      const struct there *t)
{
	bool kept = cared_there(b, t) && p->policy->pull;

	if (follows(p, b, t))
		return;
	if (p->policy->push && waits(p, t, &p->plan->pending_deletions)) {
		return;
	} else if (is_unsure(p, b)) {
		unsure(p);
	} else if (kept && is_late(p, b)) {
		wants_scan(p);
	} else if (kept) {
		p->plan->kept_there++;
		forget(p, b->uid, true);
	} else if (p->policy->restore && b->shown && p->policy->pull) {
		p->plan->restored++;
		forget(p, b->uid, true);
	} else if (may_delete_there(p)) {
		count(p, &p->there, b);
		planner_add(p, (struct action){.type = ACTION_DIE_THERE,
					       .uid = b->uid,
					       .key = b->key});
		note_unmerged(p, b, t);
	} else if (b->fate != FATE_LEFT_THERE) {
		set_fate(p, b->uid, FATE_LEFT_THERE);
	}
}

/* New content is a new message; the old one goes when that is there. */
static void replace(struct planner *p, const struct base_row *b,
		    const struct there *t)
{
	if (!p->policy->push || waits(p, t, &p->plan->pending_uploads))
		return;
	if (p->policy->hold_there)
		/* The old content may have come from a backup. */
		count(p, &p->there, b);
	else
		set_fate(p, b->uid, FATE_REPLACED);
}

static void alive(struct planner *p, const struct base_row *b,
		  const struct local_row *l, const struct there *t)
{
	p->total++;
	p->here.left += !t->gone;
	p->there.left += l != NULL;
	if (t->gone && l)
		gone_there(p, b, l);
	else if (t->gone)
		gone_both(p, b);
	else if (!l)
		gone_here(p, b, t);
	else if (edited(b, l))
		replace(p, b, t);
	else
		merge(p, b, l, t);
}

/* What the server does not show is neither gone nor here to be changed. */
static void claimed(struct planner *p, const struct base_row *b,
		    const struct local_row *l, const struct there *t)
{
	if (!t->shown) {
		p->plan->waiting[WAIT_ANSWER]++;
		p->plan->deferred++;
		return;
	}
	bool whole = l && !edited(b, l);
	planner_add(p, (struct action){.type = ACTION_PROVE,
				       .uid = b->uid,
				       .key = b->key,
				       .flags = !whole});
	if (whole)
		alive(p, b, l, t);
}

static void delete_there(struct planner *p, const struct base_row *b,
			 const struct there *t, bool for_good)
{
	if (!waits(p, t, &p->plan->pending_deletions))
		planner_add(p, (struct action){.type = ACTION_DELETE_THERE,
					       .uid = b->uid,
					       .flags = for_good});
}

/* It is to be deleted there; the second look here has to agree: its file may
 * have been on its way to another folder. */
static void dying_there(struct planner *p, const struct base_row *b,
			const struct local_row *l, const struct there *t)
{
	if (t->gone) {
		gone_both(p, b);
	} else if (l) {
		set_fate(p, b->uid, FATE_ALIVE);
	} else if (follows(p, b, t)) {
		return;
	} else if (is_unsure(p, b)) {
		unsure(p);
	} else if (cared_there(b, t) && p->policy->pull) {
		if (is_late(p, b)) {
			wants_scan(p);
			return;
		}
		p->plan->kept_there++;
		forget(p, b->uid, true);
	} else if (p->policy->reap && p->policy->push) {
		delete_there(p, b, t, false);
	} else {
		note_unmerged(p, b, t);
	}
}

/* Its copy is where its file is now. What somebody marked it with is the copy's
 * matter. */
static void moved_away(struct planner *p, const struct base_row *b,
		       const struct there *t)
{
	const struct move_there *m = moved_there(p, b->uid);

	if (t->gone)
		forget(p, b->uid, false);
	else if (m && m->pending)
		/* No listing has shown the copy yet. */
		p->plan->deferred++;
	else if (p->policy->reap && p->policy->push)
		delete_there(p, b, t, true);
}

/* The server was told. Somebody may take that back there. */
static void deleted_there(struct planner *p, const struct base_row *b,
			  const struct there *t)
{
	if (t->gone)
		forget(p, b->uid, false);
	else if (!(t->flags & FLAG_DELETED) && p->policy->pull)
		forget(p, b->uid, true);
	else if (p->policy->reap && p->policy->force_delete &&
		 may_delete_there(p) && !p->policy->read_only)
		delete_there(p, b, t, true);
}

/* Of one that has no file: is the file of its name another row's? */
static bool has_other_row(struct planner *p, const struct base_row *b)
{
	if (!p->keys)
		p->keys = pair_keys(p->in->base, &p->nkeys);
	if (!p->keys)
		p->failed = true;
	return pair_has_key(p->keys, p->nkeys, b->key);
}

/* l: the file of the new content. */
static void replaced(struct planner *p, const struct base_row *b,
		     const struct local_row *l, const struct there *t)
{
	bool cared = cared_there(b, t) && p->policy->pull;

	if (t->gone) {
		forget(p, b->uid, false);
	} else if (l && !has_other_row(p, b)) {
		/* A delta would not say so again. */
		p->plan->deferred += cared;
	} else if (cared) {
		p->plan->kept_there++;
		forget(p, b->uid, true);
	} else {
		set_fate(p, b->uid,
			 may_delete_there(p) ? FATE_DYING_THERE
					     : FATE_LEFT_THERE);
	}
}

/* What was left alone follows where the configuration wants it by now. */
static void left_here(struct planner *p, const struct base_row *b,
		      const struct local_row *l)
{
	if (!l) {
		forget(p, b->uid, false);
	} else if (may_delete_here(p)) {
		p->total++;
		gone_there(p, b, l);
	}
}

static void left_there(struct planner *p, const struct base_row *b,
		       const struct local_row *l, const struct there *t)
{
	if (t->gone) {
		forget(p, b->uid, false);
	} else if (l) {
		/* Positions did not wait for what it was marked with. It is
		 * merged by the next pass: that has to list all. */
		planner_add(p, (struct action){.type = ACTION_FATE,
					       .uid = b->uid,
					       .fate = FATE_ALIVE,
					       .flags = 1});
	} else if (may_delete_there(p)) {
		p->total++;
		gone_here(p, b, t);
	}
}

/* Its file, if it is there. */
static const struct local_row *file_of(struct planner *p,
				       const struct base_row *b)
{
	enum fate fate = (enum fate)b->fate;
	enum use use = fate_is_here(fate)      ? USE_ROW
		       : fate == FATE_REPLACED ? USE_NEW
					       : USE_NONE;
	const struct local_row *l = find_local(p, b->key, use);

	if (!l || fate_is_here(fate) || fate == FATE_REPLACED)
		return l;
	/* One that came back; not one that got its name. */
	bool back = (fate == FATE_DYING_THERE || fate == FATE_LEFT_THERE) &&
		    (l->odd || l->print == b->print) && !has_other_row(p, b);
	return back ? find_local(p, b->key, USE_ROW) : NULL;
}

void planner_row(struct planner *p, const struct base_row *b,
		 const struct there *t)
{
	const struct local_row same = {
	    .key = b->key, .flags = b->flags, .print = b->print};
	enum fate fate = (enum fate)b->fate;
	const struct local_row *l = NULL;

	if (p->in->local)
		l = file_of(p, b);
	else if (fate_is_here(fate))
		l = &same;
	switch (fate) {
	case FATE_ALIVE:
		alive(p, b, l, t);
		break;
	case FATE_DYING_HERE:
		/* Its file is on its way, whatever is said now. */
		break;
	case FATE_DYING_THERE:
		dying_there(p, b, l, t);
		break;
	case FATE_REPLACED:
		replaced(p, b, l, t);
		break;
	case FATE_LEFT_HERE:
		left_here(p, b, l);
		break;
	case FATE_LEFT_THERE:
		left_there(p, b, l, t);
		break;
	case FATE_DELETED_THERE:
		deleted_there(p, b, t);
		break;
	case FATE_MOVED_THERE:
		moved_away(p, b, t);
		break;
	case FATE_CLAIMED:
		claimed(p, b, l, t);
		break;
	}
}
