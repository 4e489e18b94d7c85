/* SPDX-License-Identifier: MIT */
#include "daemon/maildir/twins.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
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

struct files {
	struct file *file;
	size_t n, cap;
};

static void release(struct files *f)
{
	for (size_t i = 0; i < f->n; i++)
		free(f->file[i].name);
	free(f->file);
}

/* 0 or -1: a file that is gone by now is no twin. */
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
		return errno == ENOENT ? 0 : -1;
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
	return strcmp(x->name, y->name);
}

static bool is_known(const struct base_view *base, const struct file *f)
{
	for (size_t i = 0; i < base->n; i++) {
		const struct base_row *b = &base->row[i];
		if (b->key == f->key && b->print == f->print)
			return true;
	}
	return false;
}

/* 0, also where it is gone by now; 1: it has a new name; -1. */
static int rename_one(const struct maildir *m, const struct file *f)
{
	int dir = f->in_new ? m->new_ : m->cur;
	char target[NAME_BYTES];
	struct name name;
	struct stat st;

	if (name_parse(f->name, &name) < 0)
		return 0;
	if (fstatat(dir, f->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -1;
	name_fresh(target, st.st_mtim.tv_sec, rand_u64(), (uint64_t)st.st_size);
	size_t len = strlen(target);
	int n = snprintf(target + len, sizeof(target) - len, "%s",
			 f->name + name.unique_len);
	if (n < 0 || (size_t)n >= sizeof(target) - len) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if (fs_rename_new(dir, f->name, dir, target) < 0)
		return errno == ENOENT ? 0 : -1;
	return 1;
}

/* n files with one unique part. */
static int part_set(const struct maildir *m, const struct base_view *base,
		    const struct file *f, size_t n)
{
	const struct file *original = f;
	int renamed = 0;

	for (size_t i = 0; i < n; i++) {
		if (is_known(base, &f[i])) {
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

static int part_all(const struct maildir *m, const struct base_view *base,
		    const struct files *f, struct err *err)
{
	int renamed = 0;

	for (size_t i = 0, n; i < f->n; i += n) {
		for (n = 1;
		     i + n < f->n && f->file[i + n].key == f->file[i].key;)
			n++;
		int rc = n > 1 ? part_set(m, base, &f->file[i], n) : 0;
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
	if (rc == 0)
		rc = part_all(m, base, &f, err);
	release(&f);
	return rc;
}
