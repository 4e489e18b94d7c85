/* SPDX-License-Identifier: MIT */
/* One pass over a folder for files of known keys. What is done with a file is
 * done at once: names grow old quickly where other programs rename.
 */
#include "daemon/maildir/find.h"

#include <errno.h>

#include "daemon/base/fs.h"
#include "daemon/maildir/name.h"

struct pass {
	const uint64_t *keys;
	size_t n;
	int (*fn)(void *ctx, size_t i, const char *file, bool in_new);
	void *ctx;
};

/* The first index whose key is not less, or n. */
static size_t lower_bound(const uint64_t *keys, size_t n, uint64_t key)
{
	size_t lo = 0, hi = n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (keys[mid] < key)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static int see(const struct pass *p, int dir, bool in_new,
	       const struct dirent *entry, struct err *err)
{
	const char *file = entry->d_name;
	struct name name;

	if (name_parse(file, &name) < 0)
		return 0;
	uint64_t key = name_key(file, name.unique_len);
	size_t i = lower_bound(p->keys, p->n, key);
	if (i == p->n || p->keys[i] != key)
		return 0;
	int rc = fs_is_file(dir, entry);
	if (rc <= 0)
		return rc < 0 ? maildir_error(err, "cannot examine a message")
			      : 0;
	for (rc = 0; rc == 0 && i < p->n && p->keys[i] == key; i++)
		rc = p->fn(p->ctx, i, file, in_new);
	return rc;
}

static int pass_over(const struct pass *p, int dir, bool in_new,
		     struct err *err)
{
	DIR *d = fs_opendir(dir);
	int rc = 0;

	if (!d)
		return maildir_error(err, "cannot open a directory of the "
					  "folder");
	while (rc == 0) {
		const struct dirent *entry = fs_readdir(d);
		if (!entry)
			break;
		rc = see(p, dir, in_new, entry, err);
		errno = 0;
	}
	if (errno != 0)
		rc = maildir_error(err, "cannot list a directory of the "
					"folder");
	(void)closedir(d);
	return rc;
}

int find_files(const struct maildir *m, const uint64_t *keys, size_t n,
	       int (*fn)(void *ctx, size_t i, const char *file, bool in_new),
	       void *ctx, struct err *err)
{
	struct pass p = {.keys = keys, .n = n, .fn = fn, .ctx = ctx};
	int rc;

	if (n == 0)
		return 0;
	/* new first: a message moves from there to cur. */
	rc = pass_over(&p, m->new_, true, err);
	return rc != 0 ? rc : pass_over(&p, m->cur, false, err);
}
