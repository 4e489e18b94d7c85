/* SPDX-License-Identifier: MIT */
#include "daemon/store/watch_job.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>

#include "daemon/base/clock.h"
#include "daemon/base/xalloc.h"
#include "daemon/store/store_priv.h"

/* File systems that other machines, or programs, write to as well (statfs(2)):
 * inotify(7) tells of nothing that these do. */
static const struct {
	unsigned long magic;
	const char *name;
} remote[] = {
    {0x6969, "NFS"},      {0x517b, "SMB"},        {0xfe534d42, "SMB"},
    {0xff534d42, "CIFS"}, {0x65735546, "FUSE"},   {0x73757245, "Coda"},
    {0x5346414f, "AFS"},  {0x01021997, "9P"},     {0x00c36400, "Ceph"},
    {0x01161970, "GFS2"}, {0x7461636f, "OCFS2"},  {0x0bd00bd0, "Lustre"},
    {0x47504653, "GPFS"}, {0x786f4256, "vboxsf"}, {0xbacbacbc, "vmhgfs"},
};

static const char *remote_kind(const char *path)
{
	struct statfs fs;

	if (statfs(path, &fs) < 0)
		return NULL;
	for (size_t i = 0; i < sizeof(remote) / sizeof(remote[0]); i++) {
		if (((unsigned long)fs.f_type & 0xffffffffUL) ==
		    remote[i].magic)
			return remote[i].name;
	}
	return NULL;
}

static int add(struct watch_job *w, const char *path, bool tree)
{
	int handle;

	/* What has no room has none for the rest either. */
	if (!w->add || w->remote || w->failed == ENOSPC || w->failed == ENOMEM)
		return -1;
	handle = w->add(w->fd, path, tree);
	if (handle < 0 && errno != ENOENT && errno != ENOTDIR && w->failed == 0)
		w->failed = errno;
	return handle;
}

static void watch(struct watch_job *w, struct watch_folder *f)
{
	bool below = f->path[0] && strcmp(f->path, ".") != 0;
	char *path = xasprintf("%s%s%s", w->root, below ? "/" : "",
			       below ? f->path : "");
	char *new_ = xasprintf("%s/new", path);
	char *cur = xasprintf("%s/cur", path);

	f->tree = add(w, path, true);
	f->new_ = f->bare ? -1 : add(w, new_, false);
	f->cur = f->bare ? -1 : add(w, cur, false);
	free(path);
	free(new_);
	free(cur);
}

/* Behind watch(): what happens from now on is told. */
static void compare(struct watch_job *w, struct watch_folder *f)
{
	struct store *s = w->base.store;
	struct scan_stamp now;
	struct maildir dir;
	struct err err;
	int64_t now_ns = clock_wall_ns();

	f->changed = true;
	if (maildir_open(s->root, f->path, false, &dir, &err) != 0)
		return;
	if (scan_stamp(&dir, &now, &err) == 0) {
		/* What comes within a tick does not show; where other machines
		 * write, clocks differ as well. */
		bool sure = f->cur >= 0
				? f->fresh || !store_is_racy(&now, f->stamp_ns)
				: scan_stamp_settled(&now, f->stamp_ns);
		f->changed = !sure || !scan_stamp_same(&f->stamp, &now);
		f->fresh = false;
		f->stamp = now;
		f->stamp_ns = now_ns;
	}
	maildir_close(&dir);
}

void watch_run(struct job *j)
{
	struct watch_job *w = (struct watch_job *)j;

	w->root_tree = -1;
	w->fs = w->add ? remote_kind(w->root) : NULL;
	w->remote = w->fs != NULL;
	w->root_tree = add(w, w->root, true);
	for (size_t i = 0; i < w->n; i++) {
		struct watch_folder *f = &w->folder[i];
		watch(w, f);
		if (!f->bare)
			compare(w, f);
	}
}

void watch_job_release(struct watch_job *w)
{
	for (size_t i = 0; i < w->n; i++)
		free(w->folder[i].path);
	free(w->folder);
	free(w->root);
	w->folder = NULL;
	w->root = NULL;
	w->n = 0;
}
