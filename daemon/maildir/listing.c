/* SPDX-License-Identifier: MIT */
#include "daemon/maildir/listing.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/fs.h"
#include "daemon/base/xalloc.h"
#include "daemon/maildir/name.h"

static int add(struct listing *n, int dir, bool in_new,
	       const struct dirent *entry)
{
	struct name name;

	if (name_parse(entry->d_name, &name) < 0)
		return 0;
	int file = fs_is_file(dir, entry);
	if (file <= 0)
		return file;
	n->file = xgrow(n->file, n->n, &n->cap, sizeof(*n->file));
	n->file[n->n++] = (struct listing_file){
	    .key = name_key(entry->d_name, name.unique_len),
	    .in_new = in_new,
	    .name = xstrdup(entry->d_name),
	};
	return 0;
}

static int list(struct listing *n, int dir, bool in_new, struct err *err)
{
	DIR *d = fs_opendir(dir);
	int rc = d ? 0 : -1;

	while (rc == 0) {
		const struct dirent *entry = fs_readdir(d);
		if (!entry) {
			rc = errno != 0 ? -1 : 1;
			break;
		}
		rc = add(n, dir, in_new, entry);
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
	const struct listing_file *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	int r = strcmp(x->name, y->name);
	return r != 0 ? r : (int)x->in_new - (int)y->in_new;
}

int listing_read(const struct maildir *m, struct listing *out, struct err *err)
{
	struct listing n = {.n = 0};

	/* new first: a message moves from there to cur. */
	if (list(&n, m->new_, true, err) < 0 ||
	    list(&n, m->cur, false, err) < 0) {
		listing_release(&n);
		return -1;
	}
	if (n.n > 1)
		qsort(n.file, n.n, sizeof(*n.file), compare);
	*out = n;
	return 0;
}

const struct listing_file *listing_find(const struct listing *n, uint64_t key)
{
	size_t lo = 0, hi = n->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (n->file[mid].key < key)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < n->n && n->file[lo].key == key ? &n->file[lo] : NULL;
}

void listing_release(struct listing *n)
{
	for (size_t i = 0; i < n->n; i++)
		free(n->file[i].name);
	free(n->file);
	*n = (struct listing){.n = 0};
}
