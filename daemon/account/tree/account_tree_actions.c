/* SPDX-License-Identifier: MIT */
/* What is done with folders, one step after the other: on disk and in the
 * database by jobs, on the server by commands. */
#include <assert.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/account/account_priv.h"
#include "daemon/base/xalloc.h"
#include "daemon/store/place.h"

/* Actions at once. */
#define BATCH 64

static const struct folders_action *action(const struct account *a, size_t i)
{
	assert(i < a->cycle.tree.plan.n);
	return &a->cycle.tree.plan.action[i];
}

/* Names. */

/* As the server writes it; owned. NULL: it cannot. */
static char *wire_name(char delim, const char *name)
{
	size_t len = strlen(name);
	char *plain = xstrdup(name), *wire = xmalloc(4 * len + 3);
	size_t n = 0;

	/* With another delimiter, a level may hold a '/'; see tree_name(). */
	for (size_t i = 0; i < len; i++) {
		if (delim != '/' && name[i] == '/') {
			plain[n++] = delim;
		} else if (delim != '/' && strncmp(name + i, "%2F", 3) == 0) {
			plain[n++] = '/';
			i += 2;
		} else if (delim != '/' && strncmp(name + i, "%252F", 5) == 0) {
			memcpy(plain + n, "%2F", 3);
			n += 3;
			i += 4;
		} else {
			plain[n++] = name[i];
		}
	}
	if (imap4_mutf7_encode(plain, n, wire, 4 * len + 3) < 0) {
		free(wire);
		wire = NULL;
	}
	free(plain);
	return wire;
}

char account_tree_delim(const struct account *a)
{
	char delim = a->cycle.tree.names.delim;

	for (size_t i = 0; i < a->boxes.n && delim == 0; i++)
		delim = a->boxes.box[i].delim;
	return delim;
}

static bool is_name(const char *name, const char *to)
{
	return name && strcmp(name, to) == 0;
}

/* A name may be one that it has by an earlier action only. Owned; NULL: it can
 * have no such name. */
char *account_tree_wire(const struct account *a, const struct folders_action *f,
			const char *name)
{
	if (f->there && is_name(f->there->name, name))
		return xstrdup(f->there->wire);
	return wire_name(account_tree_delim(a), name);
}

char *account_tree_path(const struct account *a, const struct folders_action *f,
			const char *name)
{
	struct tree tree = store_tree(a->env.account);
	char path[PATH_MAX];

	if (f->here && is_name(f->here->name, name))
		return xstrdup(f->here->path);
	if (tree_path(&tree, name, '/', path, sizeof(path)) == 0)
		return xstrdup(path);
	return NULL;
}

/* What is to be on record of an action's folder; the names are owned. */
struct names {
	char *wire, *path;
};

static int find_names(const struct account *a, const struct folders_action *f,
		      struct names *out, struct err *err)
{
	out->wire = account_tree_wire(a, f, f->to);
	out->path = account_tree_path(a, f, f->to);
	if (out->wire && out->path)
		return 0;
	err_set(err, ERR_HELD, ERR_SCOPE_FOLDER, "no %s can have that name",
		out->path ? "mailbox" : "directory");
	return err_hint(err, "rename it, or: exclude = ...");
}

static void names_free(struct names *n)
{
	free(n->wire);
	free(n->path);
}

/* Jobs. */

static bool is_on_disk(enum folders_type type)
{
	switch (type) {
	case FOLDERS_FORGET:
	case FOLDERS_RENAME_HERE:
	case FOLDERS_RECORD:
	case FOLDERS_CREATE_HERE:
	case FOLDERS_RECREATE_HERE:
		return true;
	default:
		return false;
	}
}

static struct place place_of(const struct folders_action *f,
			     const struct names *n)
{
	return (struct place){
	    .id = f->base ? f->base->id : 0,
	    .wire = n->wire,
	    .path = n->path,
	    .mailboxid = f->there ? f->there->mailboxid : NULL,
	    .inode = f->here ? f->here->inode : 0,
	};
}

static int rename_here(struct account *a, const struct folders_action *f,
		       struct place *p, struct err *err)
{
	char *from = account_tree_path(a, f, f->from);
	int r = from ? place_rename(&a->store, from, p, err)
		     : err_set(err, ERR_INTERNAL, ERR_SCOPE_FOLDER,
			       "no folder has the name '%s'", f->from);

	free(from);
	return r;
}

/* In an open transaction. 0, or -1 and *err: of the folder's scope where
 * nothing was done to the database. */
static int carry_out(struct account *a, const struct folders_action *f,
		     struct err *err)
{
	struct store *s = &a->store;
	struct names names;
	int r = find_names(a, f, &names, err);
	struct place p = place_of(f, &names);

	if (r == 0 && f->type == FOLDERS_RENAME_HERE)
		r = rename_here(a, f, &p, err);
	if (r == 0 && (f->type == FOLDERS_CREATE_HERE ||
		       f->type == FOLDERS_RECREATE_HERE))
		r = place_make(s, &p, err);
	if (r == 0 && !f->passing)
		r = place_record(s, &p, err);
	names_free(&names);
	return r;
}

static bool buries(const struct folders_action *f)
{
	return f->type == FOLDERS_RECORD && f->answer == FOLDERS_APPROVE;
}

/* Each is a transaction of its own. 1: it has to wait. */
static int carry_out_alone(struct account *a, const struct folders_action *f,
			   struct err *err)
{
	struct store *s = &a->store;

	if (f->type == FOLDERS_FORGET)
		return place_forget(s, f->base->id, err);
	if (buries(f) && place_bury(s, f->base->id, err) < 0)
		return -1;
	if (state_begin(s->state, err) < 0)
		return -1;
	return store_end(s, carry_out(a, f, err), err);
}

static bool is_alone(const struct folders_action *f)
{
	return f->type == FOLDERS_FORGET || f->type == FOLDERS_RENAME_HERE ||
	       buries(f);
}

static bool recreates(const struct folders_action *f)
{
	return f->type == FOLDERS_RECREATE_HERE ||
	       f->type == FOLDERS_RECREATE_THERE;
}

/* Before it is made: else, after a crash, the rows of those of the next n that
 * come back would seem to be of messages that are gone from what was made. */
static int clear(struct account *a, size_t n, struct err *err)
{
	struct account_tree *t = &a->cycle.tree;
	struct store *s = &a->store;
	bool any = false;
	int r = 0;

	for (size_t i = 0; i < n; i++)
		any |= recreates(action(a, t->at + i));
	if (!any)
		return 0;
	if (state_begin(s->state, err) < 0)
		return -1;
	for (size_t i = 0; i < n && r == 0; i++) {
		const struct folders_action *f = action(a, t->at + i);
		if (recreates(f))
			r = state_folder_reset(s->state, f->base->id, 0, err);
	}
	return store_end(s, r, err);
}

/* One transaction for the first n, up to the first that fails. Sets placing.n
 * to how many were done. */
static int carry_out_batch(struct account *a, size_t n, struct err *err)
{
	struct account_tree *t = &a->cycle.tree;
	struct store *s = &a->store;
	int r = 0;

	if (clear(a, n, err) < 0 || state_begin(s->state, err) < 0)
		return -1;
	while (t->n < n && r == 0) {
		r = carry_out(a, action(a, t->at + t->n), err);
		t->n += r == 0;
	}
	/* A directory that cannot be made is no business of the others. */
	bool none = r < 0 && err->scope >= ERR_SCOPE_ACCOUNT;
	struct err end;
	if (store_end(s, none ? -1 : 0, &end) < 0) {
		t->n = 0;
		if (!none)
			*err = end;
		return -1;
	}
	return r;
}

static int disk_run(struct account *a, struct err *err)
{
	struct account_tree *t = &a->cycle.tree;
	size_t n = t->n;

	t->n = 0;
	if (store_touch(&a->store, err) < 0)
		return -1;
	if (!is_alone(action(a, t->at)))
		return carry_out_batch(a, n, err);
	int r = carry_out_alone(a, action(a, t->at), err);
	t->n = r >= 0;
	return r;
}

static enum cycle_found disk_done(struct account *a, int result,
				  const struct err *err)
{
	struct account_tree *t = &a->cycle.tree;

	t->on_disk = false;
	t->acted |= t->n > 0 && result <= 0;
	t->at += t->n;
	if (result < 0) {
		account_tree_failed(a, action(a, t->at), err);
		if (err->scope >= ERR_SCOPE_ACCOUNT)
			return CYCLE_FAILED;
		t->at++;
	}
	return CYCLE_MORE;
}

static enum cycle_found begin_disk(struct account *a)
{
	struct account_tree *t = &a->cycle.tree;

	t->n = 1;
	while (!is_alone(action(a, t->at)) && t->n < BATCH &&
	       t->at + t->n < t->plan.n &&
	       is_on_disk(action(a, t->at + t->n)->type) &&
	       !is_alone(action(a, t->at + t->n)) &&
	       !account_tree_has_failed(a, action(a, t->at + t->n)))
		t->n++;
	return account_tree_post(a, disk_run, disk_done);
}

/* Commands. */

void account_tree_reset(struct account_tree *t)
{
	free(t->commands.command);
	t->commands = (struct tree_commands){0};
}

void account_tree_remember(struct account_tree *t, imap4_id id, size_t action)
{
	t->commands.command =
	    xreallocarray(t->commands.command, t->commands.n + 1,
			  sizeof(*t->commands.command));
	t->commands.command[t->commands.n++] =
	    (struct tree_command){.id = id, .action = action};
	t->commands.left++;
}

static void remember(struct account *a, int submitted, imap4_id id, size_t at)
{
	if (submitted == 0)
		account_tree_remember(&a->cycle.tree, id, at);
}

static void refuse_name(struct account *a, const struct folders_action *f)
{
	struct err err;

	err_set(&err, ERR_HELD, ERR_SCOPE_FOLDER,
		"its name cannot be sent to the server");
	err_hint(&err, "rename it, or: exclude = ...");
	account_tree_failed(a, f, &err);
}

/* RFC 9051 6.3.4: parents that are missing are made by the server; they come
 * first all the same where they are folders here. */
static void submit_create(struct account *a, size_t at)
{
	struct imap4_engine *e = session_engine(a->session);
	const struct folders_action *f = action(a, at);
	char *wire = wire_name(account_tree_delim(a), f->to);
	imap4_id id = 0;
	int r = wire ? imap4_engine_create(e, str(wire), &id) : -1;

	if (r < 0) {
		refuse_name(a, f);
	} else {
		remember(a, r, id, at);
		r = imap4_engine_subscribe(e, str(wire), &id);
		remember(a, r, id, SIZE_MAX);
	}
	free(wire);
}

static void submit_creates(struct account *a)
{
	struct account_tree *t = &a->cycle.tree;

	for (size_t i = 0; i < t->n; i++)
		submit_create(a, t->at + i);
}

static void submit_rename(struct account *a)
{
	struct imap4_engine *e = session_engine(a->session);
	struct account_tree *t = &a->cycle.tree;
	const struct folders_action *f = action(a, t->at);
	char *from = account_tree_wire(a, f, f->from),
	     *wire = account_tree_wire(a, f, f->to);
	imap4_id id = 0;
	int r = from && wire ? imap4_engine_rename(e, str(from), str(wire), &id)
			     : -1;

	if (r < 0) {
		refuse_name(a, f);
	} else {
		remember(a, r, id, t->at);
		if (f->subscribe) {
			r = imap4_engine_subscribe(e, str(wire), &id);
			remember(a, r, id, SIZE_MAX);
			r = imap4_engine_unsubscribe(e, str(from), &id);
			remember(a, r, id, SIZE_MAX);
		}
	}
	free(from);
	free(wire);
}

/* RENAME was carried out. */
static int record_run(struct account *a, struct err *err)
{
	if (store_touch(&a->store, err) < 0)
		return -1;
	return carry_out_alone(a, action(a, a->cycle.tree.at), err);
}

static enum cycle_found record_done(struct account *a, int result,
				    const struct err *err)
{
	a->cycle.tree.on_disk = false;
	a->cycle.tree.at++;
	if (result >= 0)
		return CYCLE_MORE;
	account_fail(a, NULL, err);
	return CYCLE_FAILED;
}

/* All answers are in. */
static enum cycle_found commands_done(struct account *a)
{
	struct account_tree *t = &a->cycle.tree;
	const struct tree_commands *c = &t->commands;
	const struct folders_action *f = action(a, t->at);
	bool records = f->type == FOLDERS_RENAME_THERE && !f->passing;

	t->relist = true;
	for (size_t i = 0; i < c->n; i++)
		t->acted |= c->command[i].ok;
	if (records && c->n > 0 && c->command[0].ok)
		return account_tree_post(a, record_run, record_done);
	t->at += t->n;
	return CYCLE_MORE;
}

enum cycle_found account_tree_send(struct account *a)
{
	struct account_tree *t = &a->cycle.tree;

	account_tree_reset(t);
	if (action(a, t->at)->type == FOLDERS_RENAME_THERE)
		submit_rename(a);
	else
		submit_creates(a);
	if (t->commands.left == 0)
		return commands_done(a);
	imap4_conn_flush(session_conn(a->session));
	return CYCLE_WAITING;
}

static int clear_run(struct account *a, struct err *err)
{
	if (store_touch(&a->store, err) < 0)
		return -1;
	return clear(a, a->cycle.tree.n, err);
}

static enum cycle_found clear_done(struct account *a, int result,
				   const struct err *err)
{
	a->cycle.tree.on_disk = false;
	a->cycle.tree.step = TREE_SEND;
	if (result == 0)
		return CYCLE_MORE;
	account_fail(a, NULL, err);
	return CYCLE_FAILED;
}

static void answered(struct account *a, struct tree_command *c,
		     const struct imap4_event *ev)
{
	const struct folders_action *f;
	struct err err;

	c->id = 0;
	/* A subscription is not worth an error. */
	if (c->action == SIZE_MAX)
		return;
	f = action(a, c->action);
	c->ok = ev->status == IMAP4_STATUS_OK ||
		/* Somebody was faster. */
		(f->type != FOLDERS_RENAME_THERE &&
		 ev->code.code == IMAP4_CODE_ALREADYEXISTS);
	if (c->ok)
		return;
	reply_command_err(ev, REACH_FOLDER,
			  f->type == FOLDERS_RENAME_THERE ? "RENAME" : "CREATE",
			  &err);
	account_avoid(a, f->to, err.text);
	account_tree_failed(a, f, &err);
}

enum cycle_found account_tree_answer(struct account *a,
				     const struct imap4_event *ev)
{
	struct tree_commands *c = &a->cycle.tree.commands;

	if (ev->type != IMAP4_EV_DONE || ev->status == IMAP4_STATUS_LOST ||
	    ev->id == 0)
		return CYCLE_WAITING;
	for (size_t i = 0; i < c->n; i++) {
		if (c->command[i].id != ev->id)
			continue;
		answered(a, &c->command[i], ev);
		return --c->left == 0 ? commands_done(a) : CYCLE_WAITING;
	}
	return CYCLE_WAITING;
}

static bool is_creation(enum folders_type type)
{
	return type == FOLDERS_CREATE_THERE || type == FOLDERS_RECREATE_THERE;
}

/* May it go along with those before it? */
static bool goes_along(struct account *a, size_t i)
{
	return is_creation(action(a, i)->type) &&
	       !account_tree_has_failed(a, action(a, i)) &&
	       !account_flight_careful(a, action(a, i)->to);
}

static enum cycle_found begin_creations(struct account *a)
{
	struct account_tree *t = &a->cycle.tree;
	bool clears = recreates(action(a, t->at));

	t->n = 1;
	while (t->n < BATCH && t->at + t->n < t->plan.n &&
	       !account_flight_careful(a, action(a, t->at)->to) &&
	       goes_along(a, t->at + t->n)) {
		clears |= recreates(action(a, t->at + t->n));
		t->n++;
	}
	return clears ? account_tree_post(a, clear_run, clear_done)
		      : account_tree_send(a);
}

bool account_tree_act(struct account *a, enum cycle_found *found)
{
	struct account_tree *t = &a->cycle.tree;
	enum folders_type type = action(a, t->at)->type;

	if (is_on_disk(type)) {
		*found = begin_disk(a);
	} else if (is_creation(type)) {
		*found = begin_creations(a);
	} else if (type == FOLDERS_RENAME_THERE) {
		t->n = 1;
		*found = account_tree_send(a);
	} else {
		return false;
	}
	return true;
}
