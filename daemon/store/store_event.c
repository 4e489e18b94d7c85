/* SPDX-License-Identifier: MIT */
#include "daemon/store/store_event.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/base/xalloc.h"
#include "daemon/maildir/name.h"
#include "daemon/store/store_priv.h"

/* A file as it should be called now. */
struct file {
	const char *unique;
	uint64_t flags;
	uint32_t letters;
};

/* Owned. Where it is: a mail program may have moved it from new/ to cur/; else
 * where it would be. */
static char *path_of(const struct store *s, const struct local_folder *f,
		     const struct file *file)
{
	char name[NAME_BYTES];
	const char *dir = f->row.path, *sub = "cur", *as = name;
	bool bare = (file->flags & FLAG_SYSTEM) == 0 && file->letters == 0;

	if (name_build(name, file->unique, strlen(file->unique),
		       file->flags & FLAG_SYSTEM, file->letters, "") < 0)
		as = file->unique;
	if (bare && f->have_dir &&
	    faccessat(f->dir.cur, as, F_OK, AT_SYMLINK_NOFOLLOW) < 0) {
		as = file->unique;
		sub = faccessat(f->dir.new_, as, F_OK, AT_SYMLINK_NOFOLLOW) == 0
			  ? "new"
			  : "cur";
	}
	bool below = dir[0] && strcmp(dir, ".") != 0;
	return xasprintf("%s/%s%s%s/%s", s->account->maildir, below ? dir : "",
			 below ? "/" : "", sub, as);
}

static bool is_heard(const struct store *s)
{
	return s->listener || s->written.on;
}

static void note(struct store_written *w, const char *path)
{
	const char *name = strrchr(path, '/') + 1;

	if (!w->on || w->n > STORE_WRITTEN_MOST)
		return;
	if (w->n++ == STORE_WRITTEN_MOST) {
		free(w->name);
		w->name = NULL;
		return;
	}
	w->name = xgrow(w->name, w->n - 1, &w->cap, sizeof(*w->name));
	w->name[w->n - 1] = name_key(name, strlen(name));
}

static void tell_listener(const struct store *s, const struct local_folder *f,
			  enum store_event_kind kind, uint32_t uid,
			  const char *path)
{
	struct tree tree = store_tree(s->account);
	char name[PATH_MAX];
	struct store_event e = {
	    .kind = kind, .folder = f->row.path, .path = path, .uid = uid};

	if (tree_name(&tree, f->row.path, name, sizeof(name)) == 0)
		e.folder = name;
	s->listener->tell(s->listener->ctx, &e);
}

static void tell(struct store *s, const struct local_folder *f,
		 enum store_event_kind kind, uint32_t uid,
		 const struct file *file)
{
	char *path = path_of(s, f, file);

	note(&s->written, path);
	if (s->listener)
		tell_listener(s, f, kind, uid, path);
	free(path);
}

void store_tell_new(struct store *s, const struct delivered *d, size_t n)
{
	for (size_t i = 0; is_heard(s) && i < n; i++)
		tell(s, &s->folder, STORE_EVENT_NEW, d[i].uid,
		     &(struct file){
			 d[i].unique, d[i].flags,
			 local_folder_letters(&s->folder, d[i].flags)});
}

static struct file after(const struct change *c)
{
	return (struct file){
	    .unique = c->as ? c->as : c->unique,
	    .flags = (c->flags | c->add) & ~c->del,
	    .letters = (c->keywords | c->kadd) & ~c->kdel,
	};
}

void store_tell_changed(struct store *s, const struct action *a,
			const struct change *c, size_t n)
{
	for (size_t i = 0; is_heard(s) && i < n; i++) {
		struct file file = after(&c[i]);
		if (c[i].result == CHANGE_DONE)
			tell(s, &s->folder, STORE_EVENT_CHANGED, a[i].uid,
			     &file);
	}
}

void store_tell_moved(struct store *s, const struct action *a,
		      const struct change *c, size_t n)
{
	struct state_record row;
	struct err err;

	for (size_t i = 0; is_heard(s) && i < n; i++) {
		if (c[i].result != CHANGE_DONE ||
		    state_message_get(s->state, s->folder.row.id, a[i].uid,
				      &row, &err) != 0)
			continue;
		tell(s, &s->folder, STORE_EVENT_MOVED, a[i].uid,
		     &(struct file){
			 row.unique, row.flags,
			 local_folder_letters(&s->folder, row.flags)});
		state_record_release(&row);
	}
}

void store_tell_deleted(struct store *s, const struct local_folder *f,
			uint32_t uid, const struct change *c)
{
	if (is_heard(s))
		tell(s, f, STORE_EVENT_DELETED, uid,
		     &(struct file){c->unique, c->flags, c->keywords});
}
