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
#include "daemon/core/print.h"
#include "daemon/maildir/name.h"

struct file {
	uint64_t key;
	uint64_t print;
	bool in_new;
	char *name;
};

/* A file as a row has it. */
struct known {
	uint64_t key, print;
};

struct files {
	struct file *file;
	size_t n, cap;
	struct known *known; /* sorted */
	size_t nknown;
};

static void release(struct files *f)
{
	for (size_t i = 0; i < f->n; i++)
		free(f->file[i].name);
	free(f->file);
	free(f->known);
}

/* 0 or -1: one that is gone by now, or that nobody can examine, is no twin. */
static int add(struct files *f, int dir, bool in_new,
	       const struct dirent *entry)
{
	struct name name;
	struct stat st;

	if (name_parse(entry->d_name, &name) < 0)
		return 0;
	int file = fs_is_file(dir, entry);
	if (file <= 0)
		return file;
	if (fstatat(dir, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	if (f->n == f->cap) {
		f->cap = f->cap ? f->cap * 2 : 64;
		f->file = xreallocarray(f->file, f->cap, sizeof(*f->file));
	}
	f->file[f->n++] = (struct file){
	    .key = name_key(entry->d_name, name.unique_len),
	    .print =
		print_of(st.st_ino, (uint64_t)st.st_size, fs_mtime_ns(&st)),
	    .in_new = in_new,
	    .name = xstrdup(entry->d_name),
	};
	return 0;
}

static int list(struct files *f, int dir, bool in_new, struct err *err)
{
	DIR *d = fs_opendir(dir);
	int rc = d ? 0 : -1;

	while (rc == 0) {
		const struct dirent *entry = fs_readdir(d);
		if (!entry) {
			rc = errno != 0 ? -1 : 1;
			break;
		}
		rc = add(f, dir, in_new, entry);
	}
	int number = errno;
	if (d)
		(void)closedir(d);
	errno = number;
	return rc < 0 ? maildir_error(err, "cannot list a directory of the "
					   "folder")
		      : 0;
}

static int compare(const void *a, const void *b)
{
	const struct file *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	int r = strcmp(x->name, y->name);
	return r != 0 ? r : (int)x->in_new - (int)y->in_new;
}

static int known_cmp(const void *a, const void *b)
{
	const struct known *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return (x->print > y->print) - (x->print < y->print);
}

static void list_known(struct files *f, const struct base_view *base)
{
	f->known = xcalloc(base->n + 1, sizeof(*f->known));
	f->nknown = base->n;
	for (size_t i = 0; i < base->n; i++)
		f->known[i] =
		    (struct known){base->row[i].key, base->row[i].print};
	qsort(f->known, f->nknown, sizeof(*f->known), known_cmp);
}

static bool is_known(const struct files *all, const struct file *f)
{
	struct known want = {f->key, f->print};

	return bsearch(&want, all->known, all->nknown, sizeof(want), known_cmp);
}

/* 0, also where it is gone by now; 1: it has a new name; -1. */
static int rename_one(const struct maildir *m, const struct file *f)
{
	int dir = f->in_new ? m->new_ : m->cur;
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

/* n files with one unique part. */
static int part_set(const struct maildir *m, const struct files *all,
		    const struct file *f, size_t n)
{
	const struct file *original = f;
	int renamed = 0;

	for (size_t i = 0; i < n; i++) {
		if (is_known(all, &f[i])) {
			original = &f[i];
			break;
		}
	}
	for (size_t i = 0; i < n; i++) {
		if (f[i].print == original->print)
			continue;
		int rc = rename_one(m, &f[i]);
		if (rc < 0)
			return -1;
		renamed += rc;
	}
	return renamed;
}

static int part_all(const struct maildir *m, const struct files *f,
		    struct err *err)
{
	int renamed = 0;

	for (size_t i = 0, n; i < f->n; i += n) {
		for (n = 1;
		     i + n < f->n && f->file[i + n].key == f->file[i].key;)
			n++;
		int rc = n > 1 ? part_set(m, f, &f->file[i], n) : 0;
		if (rc < 0)
			return maildir_error(err, "cannot rename a copy");
		renamed += rc;
	}
	if (renamed > 0 &&
	    (fs_sync_dir(m->cur) < 0 || fs_sync_dir(m->new_) < 0))
		return maildir_error(err, "cannot sync the folder's "
					  "directories");
	return renamed;
}

int twins_part(const struct maildir *m, const struct base_view *base,
	       struct err *err)
{
	struct files f = {0};
	int rc = list(&f, m->new_, true, err);

	if (rc == 0)
		rc = list(&f, m->cur, false, err);
	if (rc == 0 && f.n > 1)
		qsort(f.file, f.n, sizeof(*f.file), compare);
	if (rc == 0) {
		list_known(&f, base);
		rc = part_all(m, &f, err);
	}
	release(&f);
	return rc;
}
