/* SPDX-License-Identifier: MIT */
/* What is to become of each folder, once it is known who is who. */
#include "daemon/core/folders/folders.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/core/folders/folders_priv.h"
#include "daemon/core/plan.h"

struct judge {
	struct folders *f;
	bool mass[SIDES]; /* so many are gone at once that nothing follows */
};

static void set(struct folders_action *todo, enum folders_type type,
		enum folders_why why, const char *to)
{
	todo->type = type;
	todo->why = why;
	todo->to = to;
}

static bool may_remove(const struct folders *f, enum side s, uint32_t messages)
{
	const struct folders_policy *p = f->policy;

	if (!folders_may_act(f, s))
		return false;
	return s == HERE
		   ? p->remove_here && (messages == 0 || p->delete_here)
		   : p->remove_there && (messages == 0 || p->delete_there);
}

/* Has the user agreed to the loss of so many messages? */
static bool approved(const struct folders_base *b, uint32_t messages)
{
	return b->answer == FOLDERS_APPROVE && messages <= b->bound;
}

/* ---- both sides have it ---- */

static bool differs(const char *known, const char *seen)
{
	return seen && (!known || strcmp(known, seen) != 0);
}

static bool is_recorded(const struct row *r, const struct node *here,
			const struct node *there)
{
	const struct folders_base *b = r->base;

	if (r->renamed[HERE] || r->renamed[THERE])
		return true;
	return strcmp(here->now, here->name) == 0 &&
	       strcmp(there->now, there->name) == 0 &&
	       !differs(b->wire, there->there->wire) &&
	       !differs(b->path, here->here->path) &&
	       !differs(b->mailboxid, there->there->mailboxid) &&
	       (here->here->inode == 0 || here->here->inode == b->inode);
}

static bool lacks_many(const struct judge *j, uint32_t known,
		       const struct folders_there *t)
{
	if (!j->f->policy->guard || known == 0)
		return false;
	return !t->status || t->messages == 0 ||
	       known > (uint64_t)t->messages + GUARD_FREE;
}

/* The mailbox under that name is another one than it was. Its messages are
 * paired by content, and what has no partner is sent there; but where that is
 * much it is neither deleted here nor sent as long as nobody says which. */
static void judge_recreated(struct judge *j, struct row *r,
			    const struct node *here, const struct node *there)
{
	const struct folders_here *h = here->here;
	const struct folders_policy *p = j->f->policy;
	uint32_t known = h->owner == r->base->id ? h->owned : 0;
	bool fits = there->there->status && known <= there->there->messages;

	set(&r->todo, FOLDERS_RECORD, FOLDERS_WHY_NONE, there->now);
	if (fits || r->base->answer == FOLDERS_RESTORE)
		return;
	if (approved(r->base, known) && p->pull && p->delete_here) {
		r->todo.answer = FOLDERS_APPROVE;
		return;
	}
	if (!lacks_many(j, known, there->there))
		return;
	set(&r->todo, FOLDERS_HOLD, FOLDERS_WHY_RECREATED, there->now);
	r->todo.messages = known;
}

static void judge_both(struct judge *j, struct row *r, const struct node *here,
		       const struct node *there)
{
	if (!here->wanted || !there->wanted || !here->now ||
	    strcmp(here->now, there->now) != 0)
		return;
	if (r->recreated)
		judge_recreated(j, r, here, there);
	else if (!is_recorded(r, here, there))
		set(&r->todo, FOLDERS_RECORD, FOLDERS_WHY_NONE, there->now);
}

/* ---- one side has it ---- */

enum evidence {
	KNOWN, /* there is nothing in it but what was in sync */
	NEWS,
	UNKNOWN,
};

static enum evidence look_there(const struct folders_base *b,
				const struct folders_there *t)
{
	if (!t->status)
		return UNKNOWN;
	if (b->uidvalidity == 0)
		return t->messages == 0 ? KNOWN : NEWS;
	if (t->uidvalidity != b->uidvalidity)
		return NEWS;
	if (t->messages == 0)
		return KNOWN;
	/* Fewer than there were is no news. */
	return t->uidnext == b->uidnext && t->messages <= b->there ? KNOWN
								   : NEWS;
}

static enum evidence look_here(const struct folders_base *b,
			       const struct folders_here *h)
{
	uint64_t known =
	    h->owner == b->id ? (uint64_t)h->owned + h->left : UINT64_C(0);

	return h->messages <= known ? KNOWN : NEWS;
}

/* Messages that go with it. */
static uint32_t stake(const struct folders_base *b, const struct node *n)
{
	if (n->here)
		return n->here->messages;
	return n->there->status ? n->there->messages : b->there;
}

/* To be brought back, to be removed too (and if not, why), or left. */
static void judge_left(struct judge *j, struct row *r, const struct node *n)
{
	const struct folders_base *b = r->base;
	enum side is = n->here ? HERE : THERE, gone = folders_other(is);
	enum folders_type back =
	    gone == HERE ? FOLDERS_RECREATE_HERE : FOLDERS_RECREATE_THERE;
	enum folders_type keep =
	    gone == HERE ? FOLDERS_GONE_HERE : FOLDERS_GONE_THERE;
	enum evidence found =
	    n->here ? look_here(b, n->here) : look_there(b, n->there);
	bool interest =
	    r->inbox || (strcmp(n->name, b->name) != 0 && !n->temporary);

	r->todo.messages = stake(b, n);
	if (b->answer == FOLDERS_RESTORE && folders_may_act(j->f, gone)) {
		set(&r->todo, back, FOLDERS_WHY_NONE, n->now);
	} else if (interest || found == NEWS) {
		if (folders_may_create(j->f, gone))
			set(&r->todo, back, FOLDERS_WHY_NONE, n->now);
		else
			set(&r->todo, keep,
			    interest ? FOLDERS_WHY_POLICY : FOLDERS_WHY_NEWS,
			    n->now);
	} else if (found == UNKNOWN) {
		set(&r->todo, keep, FOLDERS_WHY_UNKNOWN, n->now);
	} else if (!may_remove(j->f, is, r->todo.messages) ||
		   (n->here && n->here->owner == b->id && n->here->left > 0)) {
		set(&r->todo, keep, FOLDERS_WHY_POLICY, n->now);
	} else if (n->there && n->there->attr & FOLDERS_SPECIAL) {
		set(&r->todo, keep, FOLDERS_WHY_SPECIAL, n->now);
	} else {
		set(&r->todo,
		    is == HERE ? FOLDERS_REMOVE_HERE : FOLDERS_REMOVE_THERE,
		    FOLDERS_WHY_NONE, n->now);
	}
}

static void hold(struct row *r, enum folders_why why)
{
	set(&r->todo, FOLDERS_HOLD, why, r->todo.to);
}

static bool removes(const struct row *r)
{
	return r->todo.type == FOLDERS_REMOVE_HERE ||
	       r->todo.type == FOLDERS_REMOVE_THERE;
}

static bool recreates(const struct row *r)
{
	return r->todo.type == FOLDERS_RECREATE_HERE ||
	       r->todo.type == FOLDERS_RECREATE_THERE;
}

/* The guard, as far as one folder is concerned. */
static void guard_one(struct judge *j, struct row *r, enum side gone)
{
	const struct folders_base *b = r->base;

	if (!removes(r) && !recreates(r))
		return;
	/* The server's INBOX cannot be gone (RFC 9051 5.1). */
	if (gone == THERE && r->inbox)
		hold(r, FOLDERS_WHY_MASS);
	else if (b->answer == FOLDERS_RESTORE || approved(b, r->todo.messages))
		return;
	else if (j->mass[gone])
		hold(r, FOLDERS_WHY_MASS);
	else if (removes(r) && b->hold)
		hold(r, FOLDERS_WHY_RESTORED);
	else if (removes(r) && j->f->policy->guard &&
		 r->todo.messages > GUARD_FREE)
		hold(r, FOLDERS_WHY_MANY);
}

/* It is to be made under a name that must be free, and possible. */
static void check_name(struct folders *f, struct row *r, const struct node *n,
		       enum side gone)
{
	enum folders_why why = FOLDERS_WHY_NONE;

	if (!n->now)
		why = FOLDERS_WHY_NAME;
	else if (folders_occupant(&f->side[gone], n->now, NONE) != NONE)
		why = FOLDERS_WHY_IN_THE_WAY;
	else if (gone == THERE && strcmp(n->now, r->base->name) != 0)
		why = folders_refused(f, n->now);
	if (why != FOLDERS_WHY_NONE)
		set(&r->todo, FOLDERS_REFUSE, why, n->now);
}

static void judge_one(struct judge *j, struct row *r, const struct node *n)
{
	enum side gone = n->here ? THERE : HERE;

	/* Taken along by a rename: see where it is next time. */
	if (n->now && strcmp(n->now, n->name) != 0)
		return;
	if (!r->base->wanted && !n->wanted)
		return;
	if (!r->base->wanted || !n->wanted) {
		set(&r->todo, FOLDERS_REFUSE, FOLDERS_WHY_EXCLUDED, n->now);
		return;
	}
	if (!n->name) {
		set(&r->todo, FOLDERS_REFUSE, FOLDERS_WHY_NAME, NULL);
		return;
	}
	judge_left(j, r, n);
	guard_one(j, r, gone);
	if (recreates(r))
		check_name(j->f, r, n, gone);
}

/* Neither side has it. */
static void judge_none(struct judge *j, struct row *r)
{
	const struct folders_base *b = r->base;
	bool mass = j->mass[HERE] || j->mass[THERE];

	if (!b->wanted)
		return;
	r->todo.messages = b->messages;
	set(&r->todo, FOLDERS_FORGET, FOLDERS_WHY_NONE, b->name);
	if (r->inbox || (mass && !approved(b, b->messages)))
		hold(r, FOLDERS_WHY_MASS);
}

/* ---- rows ---- */

static void judge_row(struct judge *j, struct row *r)
{
	const struct node *here = folders_at(j->f, r, HERE);
	const struct node *there = folders_at(j->f, r, THERE);

	if (r->todo.type == FOLDERS_REFUSE)
		r->todo.to = here->now;
	if (r->base->aside || r->waits || r->todo.type != FOLDERS_NONE)
		return;
	if (r->verify) {
		if (here->wanted || there->wanted)
			set(&r->todo, FOLDERS_VERIFY, FOLDERS_WHY_NONE,
			    there->now);
	} else if (here && there) {
		judge_both(j, r, here, there);
	} else if (here || there) {
		judge_one(j, r, here ? here : there);
	} else {
		judge_none(j, r);
	}
}

/* More than half of all folders at once, or INBOX. */
static bool is_mass(const struct folders *f, enum side s)
{
	size_t synced = 0, gone = 0;

	for (size_t i = 0; i < f->nrow; i++) {
		const struct row *r = &f->row[i];
		bool missing = r->at[s] == NONE && !r->waits;
		if (s == THERE && missing && r->inbox)
			return true;
		synced += r->base->uidvalidity != 0;
		gone += missing && r->base->uidvalidity != 0;
	}
	return gone >= 2 && gone * 2 > synced;
}

/* The guard over all folders together. */
static void guard_all(struct folders *f, enum folders_type removal)
{
	uint64_t n = 0;

	for (size_t i = 0; i < f->nrow; i++) {
		const struct row *r = &f->row[i];
		if (r->todo.type == removal &&
		    !approved(r->base, r->todo.messages))
			n += r->todo.messages;
	}
	for (size_t i = 0; i < f->nrow && n > GUARD_FREE; i++) {
		struct row *r = &f->row[i];
		if (r->todo.type == removal && r->todo.messages > 0 &&
		    !approved(r->base, r->todo.messages))
			hold(r, FOLDERS_WHY_MANY);
	}
}

/* ---- what no row knows ---- */

/* Where an interrupted rename has taken a folder along, its name means nothing.
 */
static bool is_astray(const struct folders *f, const struct node *n)
{
	return n->temporary && folders_temporary_id(f, n->name) == 0;
}

static bool is_stranger(const struct folders *f, const struct node *n)
{
	if (n->row != NONE || n->place || !n->wanted || n->frozen ||
	    n->todo.type != FOLDERS_NONE)
		return false;
	return !n->name || (strcmp(n->name, n->now) == 0 && !is_astray(f, n));
}

/* Both sides have it: from before the database was lost, or made alike. */
static bool judge_pair(struct folders *f, struct node *there)
{
	size_t at = folders_node(&f->side[HERE], there->name);
	struct node *here = at == NONE ? NULL : &f->side[HERE].node[at];

	if (!here || here->twin || !is_stranger(f, here))
		return false;
	set(&there->todo, FOLDERS_RECORD, FOLDERS_WHY_NONE, there->now);
	there->todo.here = here->here;
	here->row = f->nrow; /* nobody's, and no stranger */
	return true;
}

static void judge_stranger(struct folders *f, struct node *n)
{
	enum side is = n->here ? HERE : THERE, gone = folders_other(is);
	struct folders_action *todo = &n->todo;

	if (n->twin) {
		set(todo, FOLDERS_TWINS, FOLDERS_WHY_NONE, n->now);
		return;
	}
	if (!n->name) {
		set(todo, FOLDERS_REFUSE, FOLDERS_WHY_NAME, NULL);
		return;
	}
	if (is == THERE && judge_pair(f, n))
		return;
	size_t at = folders_occupant(&f->side[gone], n->now, NONE);
	const struct node *o = at == NONE ? NULL : &f->side[gone].node[at];
	enum folders_why why =
	    gone == THERE ? folders_refused(f, n->now) : FOLDERS_WHY_NONE;
	if (gone == THERE && n->here->foreign)
		why = FOLDERS_WHY_FOREIGN;
	if (o && strcmp(o->now, n->now) != 0)
		set(todo, FOLDERS_TWINS, FOLDERS_WHY_NONE, n->now);
	else if (o && !o->wanted)
		return; /* excluded by its special use, say */
	else if (o)
		set(todo, FOLDERS_REFUSE, FOLDERS_WHY_IN_THE_WAY, n->now);
	else if (why != FOLDERS_WHY_NONE)
		set(todo, FOLDERS_REFUSE, why, n->now);
	else if (!folders_may_create(f, gone))
		set(todo, FOLDERS_REFUSE, FOLDERS_WHY_POLICY, n->now);
	else
		set(todo,
		    gone == HERE ? FOLDERS_CREATE_HERE : FOLDERS_CREATE_THERE,
		    FOLDERS_WHY_NONE, n->now);
}

static void judge_strangers(struct folders *f, enum side s)
{
	for (size_t i = 0; i < f->side[s].n; i++) {
		if (is_stranger(f, &f->side[s].node[i]))
			judge_stranger(f, &f->side[s].node[i]);
	}
}

/* ---- the plan ---- */

/* Types that are carried out together are ordered by name, not by type. */
static int phase(enum folders_type type)
{
	switch (type) {
	case FOLDERS_RECREATE_HERE:
		return FOLDERS_CREATE_HERE;
	case FOLDERS_RECREATE_THERE:
		return FOLDERS_CREATE_THERE;
	default:
		return type < FOLDERS_HOLD ? (int)type : FOLDERS_HOLD;
	}
}

static void add_row(struct folders *f, const struct row *r)
{
	const struct node *here = folders_at(f, r, HERE);
	const struct node *there = folders_at(f, r, THERE);
	struct folders_action a = r->todo;

	a.base = r->base;
	a.here = here ? here->here : NULL;
	a.there = there ? there->there : NULL;
	folders_add(f, f->plan, a);
}

static void add_node(struct folders *f, const struct node *n, int want)
{
	bool of_row = n->row < f->nrow;
	const struct folders_action *todo =
	    of_row ? &f->row[n->row].todo : &n->todo;

	/* A row with both sides is met twice; its two have one plan. */
	if (todo->type == FOLDERS_NONE || phase(todo->type) != want ||
	    (of_row && f->row[n->row].at[THERE] != NONE && n->here))
		return;
	if (of_row) {
		add_row(f, &f->row[n->row]);
		return;
	}
	struct folders_action a = *todo;
	a.there = n->there;
	a.here = n->here ? n->here : todo->here;
	folders_add(f, f->plan, a);
}

/* Parents first; removals children first. */
static void add_phase(struct folders *f, int want)
{
	bool reverse =
	    want == FOLDERS_REMOVE_HERE || want == FOLDERS_REMOVE_THERE;

	for (size_t i = 0; i < f->nrow; i++) {
		const struct row *r = &f->row[i];
		if (r->at[HERE] == NONE && r->at[THERE] == NONE &&
		    r->todo.type != FOLDERS_NONE && phase(r->todo.type) == want)
			add_row(f, r);
	}
	for (int s = SIDES - 1; s >= 0; s--) {
		const struct nodes *side = &f->side[s];
		for (size_t i = 0; i < side->n; i++)
			add_node(f, &side->node[reverse ? side->n - 1 - i : i],
				 want);
	}
}

static void judge(struct folders *f)
{
	struct judge j = {.f = f,
			  .mass = {is_mass(f, HERE), is_mass(f, THERE)}};

	for (size_t i = 0; i < f->nrow; i++)
		judge_row(&j, &f->row[i]);
	if (f->policy->guard) {
		guard_all(f, FOLDERS_REMOVE_HERE);
		guard_all(f, FOLDERS_REMOVE_THERE);
	}
	judge_strangers(f, THERE);
	judge_strangers(f, HERE);
}

/* Bits of the phases that there is something for. */
static unsigned phases(const struct folders *f)
{
	unsigned found = 0;

	for (size_t i = 0; i < f->nrow; i++)
		found |= 1U << phase(f->row[i].todo.type);
	for (int s = 0; s < SIDES; s++) {
		for (size_t i = 0; i < f->side[s].n; i++)
			found |= 1U << phase(f->side[s].node[i].todo.type);
	}
	return found;
}

static void append(struct folders *f, const struct folders_plan *renames)
{
	for (size_t i = 0; i < renames->n; i++)
		folders_add(f, f->plan, renames->action[i]);
}

/* A folder that is on its way to the name that it has on the other side must
 * not lose it there before it has arrived: who knew it after a crash? */
static void make_plan(struct folders *f, struct folders_plan *renames)
{
	bool here_first = folders_order_renames(f, THERE, &renames[THERE]);

	if (folders_order_renames(f, HERE, &renames[HERE]))
		here_first = false;
	folders_index(&f->side[THERE]);
	folders_index(&f->side[HERE]);
	judge(f);
	add_phase(f, FOLDERS_VERIFY);
	add_phase(f, FOLDERS_FORGET);
	append(f, &renames[here_first ? HERE : THERE]);
	append(f, &renames[here_first ? THERE : HERE]);
	unsigned found = phases(f);
	for (int want = FOLDERS_RECORD; want <= FOLDERS_HOLD; want++) {
		if (found & 1U << want)
			add_phase(f, want);
	}
}

int plan_folders(struct folders_plan *out, const struct folders_view *view,
		 const struct folders_policy *policy)
{
	struct folders f = {.plan = out, .view = view, .policy = policy};
	struct folders_plan renames[SIDES] = {0};

	*out = (struct folders_plan){0};
	if (!view->there_complete)
		return 0;
	f.failed = folders_init(&f) < 0;
	if (!f.failed)
		folders_match_here(&f);
	if (!f.failed)
		folders_match_there(&f);
	if (!f.failed)
		folders_choose_renames(&f);
	if (!f.failed)
		make_plan(&f, renames);
	folders_release(&f);
	free(renames[HERE].action);
	free(renames[THERE].action);
	if (!f.failed)
		return 0;
	folders_plan_release(out);
	return -1;
}

void folders_plan_release(struct folders_plan *p)
{
	for (size_t i = 0; i < p->ntext; i++)
		free(p->text[i]);
	free(p->text);
	free(p->action);
	*p = (struct folders_plan){0};
}
