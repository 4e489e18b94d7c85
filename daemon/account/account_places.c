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
	assert(i < a->placing.plan.n);
	return &a->placing.plan.action[i];
}

static struct imap4_str str(const char *s)
{
	return (struct imap4_str){s, strlen(s)};
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

char account_places_delim(const struct account *a)
{
	char delim = a->placing.delim;

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
char *account_places_wire(const struct account *a,
			  const struct folders_action *f, const char *name)
{
	if (f->there && is_name(f->there->name, name))
		return xstrdup(f->there->wire);
	return wire_name(account_places_delim(a), name);
}

char *account_places_path(const struct account *a,
			  const struct folders_action *f, const char *name)
{
	struct tree tree = store_tree(&a->store);
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
	out->wire = account_places_wire(a, f, f->to);
	out->path = account_places_path(a, f, f->to);
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
	char *from = account_places_path(a, f, f->from);
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
static int carry_out_alone(struct account *a, const struct folders_action *f)
{
	struct store *s = &a->store;

	if (f->type == FOLDERS_FORGET)
		return place_forget(s, f->base->id, &a->job_err);
	if (buries(f) && place_bury(s, f->base->id, &a->job_err) < 0)
		return -1;
	if (state_begin(s->state, &a->job_err) < 0)
		return -1;
	return store_end(s, carry_out(a, f, &a->job_err), &a->job_err);
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
static int clear(struct account *a, size_t n)
{
	struct placing *p = &a->placing;
	struct store *s = &a->store;
	bool any = false;
	int r = 0;

	for (size_t i = 0; i < n; i++)
		any |= recreates(action(a, p->at + i));
	if (!any)
		return 0;
	if (state_begin(s->state, &a->job_err) < 0)
		return -1;
	for (size_t i = 0; i < n && r == 0; i++) {
		const struct folders_action *f = action(a, p->at + i);
		if (recreates(f))
			r = state_folder_reset(s->state, f->base->id, 0,
					       &a->job_err);
	}
	return store_end(s, r, &a->job_err);
}

/* One transaction for the first n, up to the first that fails. Sets placing.n
 * to how many were done. */
static int carry_out_batch(struct account *a, size_t n)
{
	struct placing *p = &a->placing;
	struct store *s = &a->store;
	int r = 0;

	if (clear(a, n) < 0 || state_begin(s->state, &a->job_err) < 0)
		return -1;
	while (p->n < n && r == 0) {
		r = carry_out(a, action(a, p->at + p->n), &a->job_err);
		p->n += r == 0;
	}
	/* A directory that cannot be made is no business of the others. */
	bool none = r < 0 && a->job_err.scope >= ERR_SCOPE_ACCOUNT;
	struct err err;
	if (store_end(s, none ? -1 : 0, &err) < 0) {
		p->n = 0;
		if (!none)
			a->job_err = err;
		return -1;
	}
	return r;
}

static void disk_run(struct job *j)
{
	struct account *a = ((struct account_job *)j)->account;
	struct placing *p = &a->placing;

	size_t n = p->n;

	p->n = 0;
	a->job_result = store_touch(&a->store, &a->job_err);
	if (a->job_result < 0)
		return;
	if (!is_alone(action(a, p->at))) {
		a->job_result = carry_out_batch(a, n);
		return;
	}
	a->job_result = carry_out_alone(a, action(a, p->at));
	p->n = a->job_result >= 0;
}

static void disk_done(struct job *j)
{
	struct account *a = ((struct account_job *)j)->account;
	struct placing *p = &a->placing;

	free(j);
	p->on_disk = false;
	p->acted |= p->n > 0 && a->job_result <= 0;
	p->at += p->n;
	if (a->job_result < 0) {
		account_places_failed(a, action(a, p->at), &a->job_err);
		if (a->job_err.scope >= ERR_SCOPE_ACCOUNT) {
			account_finish_disk(a);
			return;
		}
		p->at++;
	}
	account_folders_next(a);
}

static void begin_disk(struct account *a)
{
	struct placing *p = &a->placing;

	p->n = 1;
	while (!is_alone(action(a, p->at)) && p->n < BATCH &&
	       p->at + p->n < p->plan.n &&
	       is_on_disk(action(a, p->at + p->n)->type) &&
	       !is_alone(action(a, p->at + p->n)) &&
	       !account_places_has_failed(a, action(a, p->at + p->n)))
		p->n++;
	p->on_disk = true;
	account_post(a, disk_run, disk_done);
}

/* Commands. */

void account_places_reset(struct placing *p)
{
	free(p->command);
	p->command = NULL;
	p->ncommands = p->left = 0;
}

void account_places_remember(struct placing *p, imap4_id id, size_t action)
{
	p->command =
	    xreallocarray(p->command, p->ncommands + 1, sizeof(*p->command));
	p->command[p->ncommands++] =
	    (struct placing_command){.id = id, .action = action};
	p->left++;
}

static void remember(struct account *a, int submitted, imap4_id id, size_t at)
{
	if (submitted == 0)
		account_places_remember(&a->placing, id, at);
}

static void refuse_name(struct account *a, const struct folders_action *f)
{
	struct err err;

	err_set(&err, ERR_HELD, ERR_SCOPE_FOLDER,
		"its name cannot be sent to the server");
	err_hint(&err, "rename it, or: exclude = ...");
	account_places_failed(a, f, &err);
}

/* RFC 9051 6.3.4: parents that are missing are made by the server; they come
 * first all the same where they are folders here. */
static void submit_create(struct account *a, size_t at)
{
	struct imap4_engine *e = session_engine(a->session);
	const struct folders_action *f = action(a, at);
	char *wire = wire_name(account_places_delim(a), f->to);
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
	struct placing *p = &a->placing;

	for (size_t i = 0; i < p->n; i++)
		submit_create(a, p->at + i);
}

static void submit_rename(struct account *a)
{
	struct imap4_engine *e = session_engine(a->session);
	struct placing *p = &a->placing;
	const struct folders_action *f = action(a, p->at);
	char *from = account_places_wire(a, f, f->from),
	     *wire = account_places_wire(a, f, f->to);
	imap4_id id = 0;
	int r = from && wire ? imap4_engine_rename(e, str(from), str(wire), &id)
			     : -1;

	if (r < 0) {
		refuse_name(a, f);
	} else {
		remember(a, r, id, p->at);
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

static void commands_done(struct account *a);

static void submit(struct account *a)
{
	struct placing *p = &a->placing;

	account_places_reset(p);
	if (action(a, p->at)->type == FOLDERS_RENAME_THERE)
		submit_rename(a);
	else
		submit_creates(a);
	if (p->left == 0)
		commands_done(a);
	else
		imap4_conn_flush(session_conn(a->session));
}

static void clear_run(struct job *j)
{
	struct account *a = ((struct account_job *)j)->account;

	a->job_result = store_touch(&a->store, &a->job_err);
	if (a->job_result == 0)
		a->job_result = clear(a, a->placing.n);
}

static void clear_done(struct job *j)
{
	struct account *a = ((struct account_job *)j)->account;

	free(j);
	a->placing.on_disk = false;
	if (a->job_result < 0)
		account_fail(a, NULL, &a->job_err);
	if (a->job_result < 0 || account_is_over(a))
		account_finish_disk(a);
	else
		submit(a);
}

/* RENAME was carried out. */
static void record_run(struct job *j)
{
	struct account *a = ((struct account_job *)j)->account;

	a->job_result = store_touch(&a->store, &a->job_err);
	if (a->job_result == 0)
		a->job_result = carry_out_alone(a, action(a, a->placing.at));
}

static void record_done(struct job *j)
{
	struct account *a = ((struct account_job *)j)->account;

	free(j);
	a->placing.on_disk = false;
	if (a->job_result < 0) {
		account_fail(a, NULL, &a->job_err);
		account_finish_disk(a);
		return;
	}
	a->placing.at++;
	account_folders_next(a);
}

/* All answers are in. */
static void commands_done(struct account *a)
{
	struct placing *p = &a->placing;
	const struct folders_action *f = action(a, p->at);
	bool records = f->type == FOLDERS_RENAME_THERE && !f->passing;

	p->relist = true;
	for (size_t i = 0; i < p->ncommands; i++)
		p->acted |= p->command[i].ok;
	if (records && p->ncommands > 0 && p->command[0].ok) {
		p->on_disk = true;
		account_post(a, record_run, record_done);
		return;
	}
	p->at += p->n;
	account_folders_next(a);
}

static void answered(struct account *a, struct placing_command *c,
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
	session_command_err(
	    ev, REACH_FOLDER,
	    f->type == FOLDERS_RENAME_THERE ? "RENAME" : "CREATE", &err);
	account_avoid(a, f->to, err.text);
	account_places_failed(a, f, &err);
}

void account_places_event(struct account *a, const struct imap4_event *ev)
{
	struct placing *p = &a->placing;

	if (ev->type != IMAP4_EV_DONE || ev->status == IMAP4_STATUS_LOST ||
	    ev->id == 0)
		return;
	for (size_t i = 0; i < p->ncommands; i++) {
		if (p->command[i].id != ev->id)
			continue;
		answered(a, &p->command[i], ev);
		if (--p->left == 0)
			commands_done(a);
		return;
	}
}

static bool is_creation(enum folders_type type)
{
	return type == FOLDERS_CREATE_THERE || type == FOLDERS_RECREATE_THERE;
}

/* May it go along with those before it? */
static bool goes_along(struct account *a, size_t i)
{
	return is_creation(action(a, i)->type) &&
	       !account_places_has_failed(a, action(a, i)) &&
	       !account_flight_careful(a, action(a, i)->to);
}

static void begin_creations(struct account *a)
{
	struct placing *p = &a->placing;
	bool clears = recreates(action(a, p->at));

	p->n = 1;
	while (p->n < BATCH && p->at + p->n < p->plan.n &&
	       !account_flight_careful(a, action(a, p->at)->to) &&
	       goes_along(a, p->at + p->n)) {
		clears |= recreates(action(a, p->at + p->n));
		p->n++;
	}
	if (!clears) {
		submit(a);
		return;
	}
	p->on_disk = true;
	account_post(a, clear_run, clear_done);
}

bool account_places_begin(struct account *a)
{
	struct placing *p = &a->placing;
	enum folders_type type = action(a, p->at)->type;

	if (is_on_disk(type)) {
		begin_disk(a);
	} else if (is_creation(type)) {
		begin_creations(a);
	} else if (type == FOLDERS_RENAME_THERE) {
		p->n = 1;
		submit(a);
	} else {
		return false;
	}
	return true;
}
