/* SPDX-License-Identifier: MIT */
/* A world of folders for the planner's tests: a server, a Maildir and a
 * database that obey the plan, and complain where it cannot be obeyed. Messages
 * are bits: the same bit is the same message wherever it is. */
#ifndef TESTS_DAEMON_CORE_FOLDERS_FOLDERS_WORLD_H
#define TESTS_DAEMON_CORE_FOLDERS_FOLDERS_WORLD_H

#include "tests/support/t.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "daemon/core/folders/folder_name.h"
#include "daemon/core/folders/folders.h"

#define WORLD_MAX  24 /* folders of a side, rows */
#define WORLD_NAME 40

struct world_box {
	char name[WORLD_NAME];
	char mailboxid[12];
	int64_t was; /* what it truly is */
	uint32_t uidvalidity, uidnext;
	uint64_t messages;
};

struct world_dir {
	char name[WORLD_NAME];
	uint64_t inode;
	uint64_t files;
};

struct world_row {
	char name[WORLD_NAME]; /* wire and path are the same */
	char mailboxid[12];
	int64_t id;
	int64_t was; /* the mailbox whose UIDs the rows hold */
	uint64_t inode;
	uint64_t messages;
	uint32_t uidvalidity, uidnext;
	enum folders_answer answer;
};

/* RFC 9051 2.3.1.1: name, UIDVALIDITY and UID are one message for ever. */
struct world_used {
	char name[WORLD_NAME];
	uint32_t uidvalidity;
	int64_t was;
};
#define WORLD_USED 128

struct world {
	struct world_box box[WORLD_MAX];
	struct world_dir dir[WORLD_MAX];
	struct world_row row[WORLD_MAX];
	size_t boxes, dirs, rows;
	struct folders_policy policy;
	bool objectid;
	bool one_uidvalidity; /* all the same, as long as that is legal */
	bool new_uidvalidity; /* RENAME gives another one */
	struct world_used used[WORLD_USED];
	size_t nused;
	int64_t last_was, last_id;
	uint32_t last_uidvalidity;
	uint64_t last_inode, free_inode;
	unsigned last_message;
	uint64_t deleted; /* by somebody */
	uint64_t existed;
};

static inline uint32_t world_count(uint64_t messages)
{
	return (uint32_t)__builtin_popcountll(messages);
}

static inline uint64_t world_new_message(struct world *w)
{
	uint64_t m = UINT64_C(1) << (w->last_message++ % 64);

	w->existed |= m;
	return m;
}

static inline struct world_box *world_box(struct world *w, const char *name)
{
	for (size_t i = 0; i < w->boxes; i++) {
		if (strcmp(w->box[i].name, name) == 0)
			return &w->box[i];
	}
	return NULL;
}

static inline struct world_dir *world_dir(struct world *w, const char *name)
{
	for (size_t i = 0; i < w->dirs; i++) {
		if (strcmp(w->dir[i].name, name) == 0)
			return &w->dir[i];
	}
	return NULL;
}

static inline struct world_row *world_row(struct world *w, int64_t id)
{
	for (size_t i = 0; i < w->rows; i++) {
		if (w->row[i].id == id)
			return &w->row[i];
	}
	return NULL;
}

static inline void world_set(char *out, const char *text)
{
	size_t n = strlen(text);

	assert_true(n < WORLD_NAME);
	memcpy(out, text, n + 1);
}

/* ---- what somebody does ---- */

/* The mailbox has this name from now on. */
static inline void world_use(struct world *w, struct world_box *b)
{
	for (size_t i = 0; i < w->nused; i++) {
		const struct world_used *u = &w->used[i];
		if (strcmp(u->name, b->name) == 0 &&
		    u->uidvalidity == b->uidvalidity) {
			if (u->was != b->was)
				b->uidvalidity = 1000 + ++w->last_uidvalidity;
			return;
		}
	}
	assert_true(w->nused < WORLD_USED);
	struct world_used *u = &w->used[w->nused++];
	memcpy(u->name, b->name, sizeof(u->name));
	u->uidvalidity = b->uidvalidity;
	u->was = b->was;
}

static inline struct world_box *world_create(struct world *w, const char *name)
{
	struct world_box *b = &w->box[w->boxes];

	if (w->boxes == WORLD_MAX || world_box(w, name))
		return NULL;
	*b = (struct world_box){.was = ++w->last_was, .uidnext = 1};
	world_set(b->name, name);
	(void)snprintf(b->mailboxid, sizeof(b->mailboxid), "M%d", (int)b->was);
	b->uidvalidity = w->one_uidvalidity ? 1 : (uint32_t)(100 + b->was);
	world_use(w, b);
	w->boxes++;
	return b;
}

static inline void world_delete(struct world *w, struct world_box *b)
{
	*b = w->box[--w->boxes];
}

static inline void world_append(struct world_box *b, uint64_t messages)
{
	messages &= ~b->messages;
	b->messages |= messages;
	b->uidnext += world_count(messages);
}

static inline bool world_moved_name(char *out, const char *name,
				    const char *from, const char *to)
{
	char moved[2 * WORLD_NAME];

	if (strcmp(name, from) != 0 && !folder_name_below(name, from))
		return false;
	(void)snprintf(moved, sizeof(moved), "%s%s", to, name + strlen(from));
	if (strlen(moved) >= WORLD_NAME)
		return false;
	world_set(out, moved);
	return true;
}

/* Is the name that a rename would give to anything taken? */
static inline bool world_blocked(struct world *w, bool here, const char *from,
				 const char *to)
{
	size_t n = here ? w->dirs : w->boxes;
	char name[WORLD_NAME];

	if (folder_name_below(to, from) || folder_name_below(from, to) ||
	    strcmp(from, to) == 0 || strlen(to) + 8 > WORLD_NAME)
		return true;
	for (size_t i = 0; i < n; i++) {
		const char *old = here ? w->dir[i].name : w->box[i].name;
		if (!world_moved_name(name, old, from, to))
			continue;
		if ((here ? (void *)world_dir(w, name)
			  : (void *)world_box(w, name)) &&
		    !folder_name_below(name, from))
			return true;
	}
	return false;
}

static inline bool world_rename(struct world *w, bool here, const char *from,
				const char *to)
{
	char source[WORLD_NAME];
	size_t n = here ? w->dirs : w->boxes;

	if (world_blocked(w, here, from, to))
		return false;
	world_set(source, from);
	for (size_t i = 0; i < n; i++) {
		char *name = here ? w->dir[i].name : w->box[i].name;
		char moved[WORLD_NAME];
		if (!world_moved_name(moved, name, source, to))
			continue;
		world_set(name, moved);
		if (here)
			continue;
		if (w->new_uidvalidity)
			w->box[i].uidvalidity = 1000 + ++w->last_uidvalidity;
		world_use(w, &w->box[i]);
	}
	return true;
}

static inline struct world_dir *world_mkdir(struct world *w, const char *name)
{
	struct world_dir *d = &w->dir[w->dirs];

	if (w->dirs == WORLD_MAX || world_dir(w, name))
		return NULL;
	*d = (struct world_dir){.inode = w->free_inode};
	if (!d->inode)
		d->inode = ++w->last_inode;
	w->free_inode = 0;
	world_set(d->name, name);
	w->dirs++;
	return d;
}

/* Its inode is the first to be used again. */
static inline void world_rmdir(struct world *w, struct world_dir *d)
{
	w->free_inode = d->inode;
	*d = w->dir[--w->dirs];
}

/* ---- how it is seen ---- */

/* With the names as they were then. */
struct world_look {
	struct world seen;
	struct folders_base base[WORLD_MAX];
	struct folders_there there[WORLD_MAX];
	struct folders_here here[WORLD_MAX];
	struct folders_verdict verdict[WORLD_MAX];
	struct folders_view view;
};

static inline void world_owner(const struct world *w, const struct world_dir *d,
			       struct folders_here *h)
{
	for (size_t i = 0; i < w->rows; i++) {
		uint32_t n = world_count(d->files & w->row[i].messages);
		/* A fetched file has a name of its own. */
		bool own = strcmp(w->row[i].name, d->name) == 0;
		if (n > h->owned || (n > 0 && n == h->owned &&
				     (own || w->row[i].id < h->owner))) {
			h->owned = n;
			h->owner = w->row[i].id;
		}
	}
}

static inline void world_look(const struct world *now, struct world_look *l)
{
	const struct world *w = &l->seen;

	l->seen = *now;
	for (size_t i = 0; i < w->rows; i++) {
		const struct world_row *r = &w->row[i];
		l->base[i] = (struct folders_base){
		    .id = r->id,
		    .wire = r->name,
		    .name = r->name,
		    .path = r->name,
		    .mailboxid =
			w->objectid && r->mailboxid[0] ? r->mailboxid : NULL,
		    .inode = r->inode,
		    .uidvalidity = r->uidvalidity,
		    .uidnext = r->uidnext,
		    .messages = world_count(r->messages),
		    .there = world_count(r->messages),
		    .wanted = true,
		    .answer = r->answer,
		    .bound = 64,
		};
	}
	for (size_t i = 0; i < w->boxes; i++) {
		const struct world_box *b = &w->box[i];
		l->there[i] = (struct folders_there){
		    .wire = b->name,
		    .name = b->name,
		    .wanted = true,
		    .mailboxid = w->objectid ? b->mailboxid : NULL,
		    .status = true,
		    .messages = world_count(b->messages),
		    .uidnext = b->uidnext,
		    .uidvalidity = b->uidvalidity,
		};
	}
	for (size_t i = 0; i < w->dirs; i++) {
		const struct world_dir *d = &w->dir[i];
		l->here[i] = (struct folders_here){
		    .path = d->name,
		    .name = d->name,
		    .inode = d->inode,
		    .wanted = true,
		    .messages = world_count(d->files),
		};
		world_owner(w, d, &l->here[i]);
	}
	l->view = (struct folders_view){
	    .base = l->base,
	    .nbase = w->rows,
	    .there = l->there,
	    .nthere = w->boxes,
	    .there_complete = true,
	    .here = l->here,
	    .nhere = w->dirs,
	    .here_complete = true,
	    .verdict = l->verdict,
	};
}

/* ---- how the plan is obeyed ---- */

static inline void world_free_name(struct world *w, int64_t id,
				   const char *name)
{
	for (size_t i = 0; i < w->rows; i++) {
		struct world_row *r = &w->row[i];
		if (r->id != id && strcmp(r->name, name) == 0)
			(void)snprintf(r->name, sizeof(r->name), "imapsyncd-%d",
				       (int)r->id);
	}
}

static inline void world_record(struct world *w, int64_t id, const char *name)
{
	struct world_row *r = world_row(w, id);
	const struct world_box *b = world_box(w, name);
	const struct world_dir *d = world_dir(w, name);

	if (!r) {
		assert_true(w->rows < WORLD_MAX);
		r = &w->row[w->rows++];
		*r = (struct world_row){.id = ++w->last_id};
	}
	world_free_name(w, r->id, name);
	world_set(r->name, name);
	for (size_t i = 0; i < w->rows; i++) {
		struct world_row *o = &w->row[i];
		if (b && strcmp(o->mailboxid, b->mailboxid) == 0)
			o->mailboxid[0] = '\0';
		if (d && o->inode == d->inode)
			o->inode = 0;
	}
	if (b && w->objectid)
		memcpy(r->mailboxid, b->mailboxid, sizeof(r->mailboxid));
	if (d)
		r->inode = d->inode;
}

static inline void world_drop(struct world *w, int64_t id)
{
	struct world_row *r = world_row(w, id);

	*r = w->row[--w->rows];
}

static inline void world_forget_messages(struct world *w, int64_t id)
{
	struct world_row *r = world_row(w, id);

	if (!r)
		return;
	r->messages = 0;
	r->uidvalidity = r->uidnext = 0;
	r->answer = FOLDERS_UNANSWERED;
}

/* Files that have no partner in the mailbox that took the old one's place. */
static inline void world_approved(struct world *w,
				  const struct folders_action *a)
{
	struct world_row *r = world_row(w, a->base->id);
	const struct world_box *b = world_box(w, a->to);

	world_dir(w, a->to)->files &= ~(r->messages & ~b->messages);
}

static inline void world_remove(struct world *w, const struct folders_action *a)
{
	struct world_row *r = world_row(w, a->base->id);
	struct world_box *b = world_box(w, a->to);
	struct world_dir *d = world_dir(w, a->to);

	/* What the messages' own sync has changed meanwhile is looked at once
	 * more, by whoever carries it out. */
	if (a->type == FOLDERS_REMOVE_THERE) {
		assert_non_null(b);
		if (b->messages & ~r->messages)
			return;
		world_delete(w, b);
	} else {
		assert_non_null(d);
		if (d->files & ~r->messages)
			return;
		world_rmdir(w, d);
	}
	world_drop(w, a->base->id);
}

/* How far an action gets. */
enum world_step {
	WORLD_BEGUN, /* its first step */
	WORLD_DONE,  /* but not recorded */
	WORLD_RECORDED,
};

/* What was removed on one side is wanted back: nobody has deleted it. */
static inline void world_restore(struct world *w,
				 const struct folders_action *a)
{
	if (a->type == FOLDERS_RECREATE_HERE)
		w->deleted &= ~world_box(w, a->to)->messages;
	else if (a->type == FOLDERS_RECREATE_THERE)
		w->deleted &= ~world_dir(w, a->to)->files;
	else
		return;
	world_forget_messages(w, a->base->id);
}

/* Carries out one action, and fails where that is not possible. */
static inline void world_obey(struct world *w, const struct folders_action *a,
			      enum world_step step)
{
	int64_t id = a->base ? a->base->id : 0;

	world_restore(w, a);
	if (step == WORLD_BEGUN)
		return;
	switch (a->type) {
	case FOLDERS_FORGET:
		world_drop(w, id);
		return;
	case FOLDERS_RENAME_THERE:
	case FOLDERS_RENAME_HERE:
		assert_true(world_rename(w, a->type == FOLDERS_RENAME_HERE,
					 a->from, a->to));
		break;
	case FOLDERS_RECORD:
		assert_non_null(world_box(w, a->to));
		assert_non_null(world_dir(w, a->to));
		if (a->answer == FOLDERS_APPROVE && step == WORLD_RECORDED)
			world_approved(w, a);
		break;
	case FOLDERS_CREATE_HERE:
	case FOLDERS_RECREATE_HERE:
		assert_non_null(world_box(w, a->to));
		assert_non_null(world_mkdir(w, a->to));
		break;
	case FOLDERS_CREATE_THERE:
	case FOLDERS_RECREATE_THERE:
		assert_non_null(world_dir(w, a->to));
		assert_non_null(world_create(w, a->to));
		break;
	case FOLDERS_REMOVE_HERE:
	case FOLDERS_REMOVE_THERE:
		world_remove(w, a);
		return;
	default:
		return;
	}
	if (step == WORLD_RECORDED && !a->passing)
		world_record(w, id, a->to);
}

/* ---- the messages' own sync ---- */

static inline bool world_left_alone(const struct folders_plan *p, int64_t id)
{
	for (size_t i = 0; i < p->n; i++) {
		if (p->action[i].base && p->action[i].base->id == id &&
		    p->action[i].type != FOLDERS_RECORD)
			return true;
	}
	return false;
}

/* Of the folders that both sides have under one name. Was there anything to do?
 */
static inline bool world_sync(struct world *w, const struct folders_plan *p)
{
	static struct world before;

	before = *w;
	for (size_t i = 0; i < w->rows; i++) {
		struct world_row *r = &w->row[i];
		struct world_box *b = world_box(w, r->name);
		struct world_dir *d = world_dir(w, r->name);
		if (!b || !d || world_left_alone(p, r->id))
			continue;
		/* UIDs that mean nothing any more: paired by content. */
		uint64_t base =
		    r->uidvalidity == b->uidvalidity ? r->messages : 0;
		uint64_t new_here = d->files & ~base;
		d->files &= ~(base & ~b->messages);
		d->files |= b->messages & ~base;
		b->messages &= ~(base & ~d->files);
		world_append(b, new_here);
		r->messages = d->files;
		r->uidvalidity = b->uidvalidity;
		r->uidnext = b->uidnext;
		r->was = b->was;
		r->answer = FOLDERS_UNANSWERED;
	}
	return memcmp(&before, w, sizeof(before)) != 0;
}

#endif
