/* SPDX-License-Identifier: MIT */
#include "daemon/maildir/twins.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/base/fs.h"
#include "daemon/base/rand.h"
#include "daemon/base/xalloc.h"
#include "daemon/core/content/print.h"
#include "daemon/maildir/listing.h"
#include "daemon/maildir/name.h"

/* A file as a row has it. */
struct known {
	uint64_t key, print;
};

struct parting {
	const struct maildir *m;
	struct listing names;
	struct known *known; /* sorted */
	size_t nknown;
	struct err *err;
};

static int known_cmp(const void *a, const void *b)
{
	const struct known *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return (x->print > y->print) - (x->print < y->print);
}

static void list_known(struct parting *p, const struct base_view *base)
{
	p->known = xcalloc(base->n + 1, sizeof(*p->known));
	p->nknown = base->n;
	for (size_t i = 0; i < base->n; i++)
		p->known[i] =
		    (struct known){base->row[i].key, base->row[i].print};
	qsort(p->known, p->nknown, sizeof(*p->known), known_cmp);
}

static bool is_known(const struct parting *p, uint64_t key, uint64_t print)
{
	struct known want = {key, print};

	return bsearch(&want, p->known, p->nknown, sizeof(want), known_cmp);
}

static int dir_of(const struct parting *p, const struct listing_file *f)
{
	return f->in_new ? p->m->new_ : p->m->cur;
}

/* 0: it is gone by now, or nobody can examine it: then it is no twin. */
static uint64_t print_at(const struct parting *p, const struct listing_file *f)
{
	struct stat st;

	if (fstatat(dir_of(p, f), f->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	return print_of(st.st_ino, (uint64_t)st.st_size, fs_mtime_ns(&st));
}

/* 0, also where it is gone by now; 1: it has a new name; -1. */
static int rename_one(const struct parting *p, const struct listing_file *f)
{
	int dir = dir_of(p, f);
	char unique[NAME_BYTES], target[NAME_BYTES];
	struct name name;
	struct stat st;

	if (name_parse(f->name, &name) < 0)
		return 0;
	if (fstatat(dir, f->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -1;
	name_fresh(unique, st.st_mtim.tv_sec, rand_u64(), (uint64_t)st.st_size);
	if (!name.has_info) {
		memcpy(target, unique, sizeof(target));
	} else if (name_build(target, unique, strlen(unique), name.flags,
			      name.keywords, name.other) < 0) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if (fs_rename_new(dir, f->name, dir, target) < 0)
		return errno == ENOENT ? 0 : -1;
	return 1;
}

/* The print of the one that keeps its name: the one that a row knows, else the
 * first. */
static uint64_t original(const struct parting *p, const struct listing_file *f,
			 const uint64_t *print, size_t n)
{
	uint64_t first = 0;

	for (size_t i = 0; i < n; i++) {
		if (print[i] != 0 && is_known(p, f[i].key, print[i]))
			return print[i];
		if (first == 0)
			first = print[i];
	}
	return first;
}

/* n files with one unique part. */
static int part_set(const struct parting *p, const struct listing_file *f,
		    size_t n)
{
	uint64_t *print = xcalloc(n, sizeof(*print));
	int renamed = 0, rc = 0;

	for (size_t i = 0; i < n; i++)
		print[i] = print_at(p, &f[i]);
	uint64_t keep = original(p, f, print, n);
	for (size_t i = 0; i < n && rc >= 0; i++) {
		if (print[i] == 0 || print[i] == keep)
			continue;
		rc = rename_one(p, &f[i]);
		renamed += rc;
	}
	free(print);
	return rc < 0 ? -1 : renamed;
}

static int part_all(const struct parting *p)
{
	const struct listing *all = &p->names;
	int renamed = 0;

	for (size_t i = 0, n; i < all->n; i += n) {
		for (n = 1; i + n < all->n &&
			    all->file[i + n].key == all->file[i].key;)
			n++;
		int rc = n > 1 ? part_set(p, &all->file[i], n) : 0;
		if (rc < 0)
			return maildir_error(p->err, "cannot rename a copy");
		renamed += rc;
	}
	if (renamed > 0 &&
	    (fs_sync_dir(p->m->cur) < 0 || fs_sync_dir(p->m->new_) < 0))
		return maildir_error(p->err, "cannot sync the folder's "
					     "directories");
	return renamed;
}

int twins_part(const struct maildir *m, const struct base_view *base,
	       struct err *err)
{
	struct parting p = {.m = m, .err = err};

	if (listing_read(m, &p.names, err) < 0)
		return -1;
	list_known(&p, base);
	int rc = part_all(&p);
	listing_release(&p.names);
	free(p.known);
	return rc;
}
