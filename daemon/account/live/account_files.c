/* SPDX-License-Identifier: MIT */
#include "daemon/account/live/account_files.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/account/account_priv.h"
#include "daemon/base/log.h"
#include "daemon/base/xalloc.h"
#include "daemon/maildir/name.h"

/* Directories that nobody watches are looked at so often. */
#define LOOK_SECONDS 5
/* The tag of the Maildir's root, which is no folder's. */
#define ROOT UINT32_MAX

static void changed(struct account *a, uint32_t tag)
{
	const struct account_files_names *f = &a->files.names;
	const char *name = tag < f->n ? f->name[tag] : NULL;
	const struct mailbox *box =
	    name ? mailboxes_find_display(&a->boxes, name) : NULL;

	/* A file that is written in place leaves the directory as it was. */
	if (box)
		clean_cache_forget(&a->clean_cache, box->wire);
	account_changed_here(a, name);
}

/* What is told. */

static void on_told(void *ctx, const struct dirwatch_event *e)
{
	struct account *a = ctx;
	bool syncing = a->phase == ACCOUNT_SYNCING;
	struct echo_event heard = {
	    .name = name_key(e->name, strlen(e->name)),
	    .folder = e->tag,
	    .cookie = e->cookie,
	    .came = e->came,
	};

	if (e->kind == DIRWATCH_TREE && syncing)
		a->files.tree = true;
	else if (e->kind == DIRWATCH_TREE)
		account_changed_here(a, NULL);
	else if (!syncing)
		changed(a, e->tag);
	else if (echo_heard(&a->files.echo, &heard) < 0)
		abort();
}

static void on_lost(void *ctx)
{
	struct account *a = ctx;

	if (a->phase == ACCOUNT_SYNCING)
		a->files.lost = true;
	else
		account_changed_here(a, NULL);
}

static void on_news(void *ctx, uint32_t folder)
{
	changed(ctx, folder);
}

void account_files_wrote(struct account *a, struct store_written *w)
{
	if (echo_wrote(&a->files.echo, w->name, w->n) < 0)
		abort();
	a->files.tree_written |= w->tree;
	free(w->name);
	*w = (struct store_written){.on = w->on};
}

void account_files_synced(struct account *a)
{
	struct account_files *f = &a->files;

	if (!a->env.dirwatch)
		return;
	dirwatch_drain(a->env.dirwatch);
	if (!a->stopping)
		echo_judge(&f->echo, on_news, a);
	/* Of directories nobody knows whose work they are. */
	if (!a->stopping && (f->lost || (f->tree && !f->tree_written)))
		account_changed_here(a, NULL);
	echo_release(&f->echo);
	f->tree = f->lost = f->tree_written = false;
}

/* Folders that nobody watches. */

static void look_done(struct job *j);

static void arm(struct account_files *f)
{
	const struct timeval t = {LOOK_SECONDS, 0};

	event_add(f->timer, &t);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct account *a = arg;
	struct watch_job *w = a->files.look;

	(void)fd;
	(void)what;
	/* A sync looks at all that it is about, and the next look at the rest.
	 */
	if (a->phase == ACCOUNT_SYNCING) {
		arm(&a->files);
		return;
	}
	a->files.look = NULL; /* the job's, while it is under way */
	disk_post(a->env.disk, &w->base.job);
}

static void look_later(struct account *a, struct watch_job *w)
{
	struct account_files *f = &a->files;

	w->add = NULL;
	w->base.job.done = look_done;
	f->look = w;
	if (!f->timer)
		f->timer = evtimer_new(a->env.base, on_timer, a);
	if (!f->timer)
		abort();
	arm(f);
}

static void drop(struct watch_job *w)
{
	if (!w)
		return;
	watch_job_release(w);
	free(w);
}

static void look_done(struct job *j)
{
	struct watch_job *w = (struct watch_job *)j;
	struct account *a = w->base.owner;

	/* A newer one took its place, or there is nobody any more. */
	if (a->files.look || a->stopping) {
		drop(w);
		return;
	}
	for (size_t i = 0; i < w->n; i++) {
		if (w->folder[i].changed && a->phase != ACCOUNT_SYNCING)
			changed(a, w->folder[i].tag);
	}
	look_later(a, w);
}

/* Folders that are watched. */

static int add(int fd, const char *path, bool tree)
{
	return dirwatch_add(fd, path, tree ? DIRWATCH_TREE : DIRWATCH_FILES);
}

static void say(struct account *a, const struct watch_job *w)
{
	struct err err;

	if (a->files.said)
		return;
	a->files.said = true;
	if (w->remote) {
		log_at(LOG_INFO, a->env.account->name, NULL,
		       "the Maildir is on %s, which does not tell of all "
		       "changes: it is looked at every %d s",
		       w->fs, LOOK_SECONDS);
		return;
	}
	err_set(&err, ERR_TEMP, ERR_SCOPE_ACCOUNT,
		"cannot watch all folders for changes: %s; the others are "
		"looked at every %d s",
		strerror(w->failed), LOOK_SECONDS);
	if (w->failed == ENOSPC)
		err_hint(&err, "sysctl fs.inotify.max_user_watches=1048576");
	log_err(LOG_WARNING, a->env.account->name, NULL, &err);
}

static void set(struct account *a, int handle, enum dirwatch_kind kind,
		uint32_t tag)
{
	if (handle >= 0)
		dirwatch_set(a->env.dirwatch, &a->files.owner, handle, kind,
			     tag);
}

static void free_names(struct account_files_names *f)
{
	for (size_t i = 0; i < f->n; i++)
		free(f->name[i]);
	free(f->name);
	*f = (struct account_files_names){0};
}

static bool is_same(const struct account_files_names *a,
		    const struct account_files_names *b)
{
	bool same = a->n == b->n;

	for (size_t i = 0; same && i < a->n; i++)
		same = strcmp(a->name[i], b->name[i]) == 0;
	return same;
}

/* What was told of those that had other numbers may be of any. */
static void take_names(struct account_files *f)
{
	f->lost |= f->echo.n > 0 && !is_same(&f->names, &f->next);
	free_names(&f->names);
	f->names = f->next;
	f->next = (struct account_files_names){0};
}

/* Those that are watched need not be looked at. */
static void keep_unwatched(struct watch_job *w)
{
	size_t kept = 0;

	for (size_t i = 0; i < w->n; i++) {
		struct watch_folder *f = &w->folder[i];
		if (f->bare || (f->new_ >= 0 && f->cur >= 0))
			free(f->path);
		else
			w->folder[kept++] = *f;
	}
	w->n = kept;
}

static void watch_done(struct job *j)
{
	struct watch_job *w = (struct watch_job *)j;
	struct account *a = w->base.owner;

	if (a->stopping) {
		drop(w);
		return;
	}
	take_names(&a->files);
	dirwatch_begin(&a->files.owner);
	set(a, w->root_tree, DIRWATCH_TREE, ROOT);
	for (size_t i = 0; i < w->n; i++) {
		const struct watch_folder *f = &w->folder[i];
		set(a, f->tree, DIRWATCH_TREE, f->tag);
		set(a, f->new_, DIRWATCH_FILES, f->tag);
		set(a, f->cur, DIRWATCH_FILES, f->tag);
		if (f->changed)
			changed(a, f->tag);
	}
	dirwatch_end(a->env.dirwatch, &a->files.owner);
	if (w->remote || w->failed)
		say(a, w);
	keep_unwatched(w);
	drop(a->files.look);
	a->files.look = NULL;
	if (w->n > 0)
		look_later(a, w);
	else
		drop(w);
}

/* Directories that only have folders below them. */
static void add_parents(struct watch_job *w, size_t *cap, const char *path)
{
	for (const char *p = strchr(path, '/'); p; p = strchr(p + 1, '/')) {
		w->folder = xgrow(w->folder, w->n, cap, sizeof(*w->folder));
		w->folder[w->n++] = (struct watch_folder){
		    .path = xstrndup(path, (size_t)(p - path)),
		    .tag = ROOT,
		    .bare = true};
	}
}

/* Their numbers count from when they are watched. */
static void fill(struct account *a, struct watch_job *w)
{
	struct account_files *f = &a->files;
	const struct local_scan *files = &a->cycle.scan.files;
	size_t cap = 0;

	free_names(&f->next);
	f->next.name = xcalloc(files->n + 1, sizeof(*f->next.name));
	for (size_t i = 0; i < files->n; i++) {
		const struct local_scan_folder *s = &files->folder[i];
		f->next.name[f->next.n++] = xstrdup(account_folder_name(a, i));
		if (!s->here)
			continue;
		add_parents(w, &cap, s->row.path);
		w->folder = xgrow(w->folder, w->n, &cap, sizeof(*w->folder));
		w->folder[w->n++] = (struct watch_folder){
		    .path = xstrdup(s->row.path),
		    .tag = (uint32_t)i,
		    .fresh = s->row.uidvalidity == 0,
		    .stamp = s->stamp,
		    .stamp_ns = s->stamp_ns,
		};
	}
}

void account_files_watch(struct account *a)
{
	struct account_files *f = &a->files;

	/* A sync of some folders knows nothing of the others. */
	if (!a->env.dirwatch || a->due.names ||
	    (a->env.account->watch && !a->env.account->watch[0]))
		return;
	f->owner = (struct dirwatch_owner){
	    .told = on_told, .lost = on_lost, .ctx = a, .turn = f->owner.turn};
	struct watch_job *w = xcalloc(1, sizeof(*w));
	w->base.job = (struct job){.run = watch_run, .done = watch_done};
	w->base.store = &a->store;
	w->base.owner = a;
	w->add = add;
	w->fd = dirwatch_fd(a->env.dirwatch);
	w->root = xstrdup(a->env.account->maildir);
	fill(a, w);
	disk_post(a->env.disk, &w->base.job);
}

void account_files_stop(struct account *a)
{
	struct account_files *f = &a->files;

	dirwatch_drop(a->env.dirwatch, &f->owner);
	drop(f->look);
	f->look = NULL;
	if (f->timer)
		event_free(f->timer);
	f->timer = NULL;
	echo_release(&f->echo);
	free_names(&f->names);
	free_names(&f->next);
}
