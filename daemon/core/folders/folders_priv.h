/* SPDX-License-Identifier: MIT */
/* What folders.c (decisions), folders_nodes.c (the view, sorted),
 * folders_match.c and folders_candidate.c (who is who), folders_rename.c and
 * folders_order.c (renames) share.
 */
#ifndef DAEMON_CORE_FOLDERS_FOLDERS_PRIV_H
#define DAEMON_CORE_FOLDERS_FOLDERS_PRIV_H

#include <string.h>

#include "daemon/core/folders/folder_name.h"
#include "daemon/core/refs.h"

#define NONE SIZE_MAX

enum side { HERE, THERE, SIDES };

/* A folder on one side. */
struct node {
	const struct folders_there *there; /* one of the two */
	const struct folders_here *here;
	const char *name; /* NULL: has none */
	const char *tie;  /* orders those of one name: wire or path */
	const char *now;  /* the name, once the renames so far are done */
	size_t row;       /* the base folder that it is, or NONE */
	bool wanted;
	bool place;  /* a name without a mailbox */
	bool twin;   /* of another one that is used instead */
	bool frozen; /* a verdict is needed first */
	bool listed; /* folders_order.c has moved it */
	/* It has a name that renames use in between, or is below one. */
	bool temporary;
	struct folders_action todo;
};

struct name_at {
	const char *name;
	size_t at;
};

/* All of a side: by name, those without one last. */
struct nodes {
	struct node *node;
	size_t n;
	size_t named;
	bool fold;
	struct name_at *by_now;
};

/* A base folder and where it is now. */
struct row {
	const struct folders_base *base;
	size_t at[SIDES]; /* node, or NONE: it is gone */
	bool inbox;
	bool doubtful;  /* another UIDVALIDITY under its name */
	bool recreated; /* another mailbox under its name */
	bool verify;    /* at[THERE] is but a candidate */
	bool waits;     /* nothing can be said of it now */
	/* A rename on side move, to the name that it has on the other one. */
	enum side move; /* SIDES: none */
	enum { UNCHECKED, CHECKING, POSSIBLE, IMPOSSIBLE } check;
	bool renamed[SIDES]; /* an action of its own records its new name */
	struct folders_action todo;
};

struct folders {
	struct folders_plan *plan;
	const struct folders_view *view;
	const struct folders_policy *policy;
	struct nodes side[SIDES];
	struct row *row; /* by name */
	size_t nrow;
	bool noinferiors; /* some mailbox is so */
	bool failed;      /* out of memory */
};

/* folders_nodes.c: from the view. 0, or -1: out of memory; release either way.
 */
int folders_init(struct folders *f);
void folders_release(struct folders *f);

/* folders_match.c: binds rows and nodes. */
void folders_match_here(struct folders *f);
void folders_match_there(struct folders *f);
/* folders_candidate.c: binds those that have to be verified; verdict: by wire
 * and row. */
void folders_match_candidates(struct folders *f, const struct refs *verdict);

/* folders_rename.c: which row is to be renamed where (.move), as far as the
 * names allow; those that they do not become two folders, or are refused. */
void folders_choose_renames(struct folders *f);
/* folders_order.c: adds the actions to out; .now of all nodes is then what they
 * lead to. Returns whether they take along what is to be renamed on the other
 * side. */
bool folders_order_renames(struct folders *f, enum side s,
			   struct folders_plan *out);

/* The first row, node of that name (what it was in the view), or NONE. */
size_t folders_row(const struct folders *f, const char *name);
size_t folders_node(const struct nodes *side, const char *name);
/* The first node of that name that is a folder; a twin only where there is no
 * other; NONE. */
size_t folders_namesake(const struct nodes *side, const char *name);
/* Has the row no folder on that side yet, and is the node none's? */
bool folders_free(const struct folders *f, const struct row *r, enum side s,
		  size_t node);
/* A folder other than `but` that has the name (when folders_index() was called)
 * or, where the side folds, that name in another case; NONE. */
size_t folders_occupant(const struct nodes *side, const char *name, size_t but);
void folders_index(struct nodes *side);
/* Why no mailbox of that name may be made, WHY_NONE: it may. */
enum folders_why folders_refused(struct folders *f, const char *name);
void folders_bind(struct folders *f, size_t row, enum side s, size_t node);
void folders_unbind(struct folders *f, size_t row, enum side s);
/* Text that lives as long as the plan; NULL: out of memory. */
const char *folders_text(struct folders *f, const char *a, size_t na,
			 const char *b);
const char *folders_lower(struct folders *f, const char *name);
/* The name that renames use in between for a row's folder; NULL: out of memory.
 */
const char *folders_temporary_name(struct folders *f, size_t row);
/* Is it such a name, or below one? */
bool folders_temporary(const struct folders *f, const char *name);
/* The row's id in such a name; 0: it is none. */
int64_t folders_temporary_id(const struct folders *f, const char *name);
void folders_add(struct folders *f, struct folders_plan *to,
		 struct folders_action a);

static inline enum side folders_other(enum side s)
{
	return s == HERE ? THERE : HERE;
}

/* May changes be made on that side at all? */
static inline bool folders_may_act(const struct folders *f, enum side s)
{
	return s == HERE ? f->policy->pull : f->policy->push;
}

/* May a folder get a name there? */
static inline bool folders_may_create(const struct folders *f, enum side s)
{
	return folders_may_act(f, s) &&
	       (s == HERE ? f->policy->create_here : f->policy->create_there);
}

static inline void folders_refuse(struct row *r, enum folders_why why)
{
	r->todo.type = FOLDERS_REFUSE;
	r->todo.why = why;
}

/* MAILBOXID. 1: the same, 0: another one, -1: nobody says. */
static inline int folders_same_id(const struct row *r, const struct node *n)
{
	const char *a = r->base->mailboxid, *b = n->there->mailboxid;

	return a && b ? strcmp(a, b) == 0 : -1;
}

static inline struct node *folders_at(const struct folders *f,
				      const struct row *r, enum side s)
{
	return r->at[s] == NONE ? NULL : &f->side[s].node[r->at[s]];
}

#endif
