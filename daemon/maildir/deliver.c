/* SPDX-License-Identifier: MIT */
/* Writes new messages in batches. The only way in which mail comes into a
 * Maildir: nothing here overwrites, and nothing is visible before it is
 * durable.
 */
#include "daemon/maildir/deliver.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/base/fs.h"
#include "daemon/base/rand.h"
#include "daemon/base/xalloc.h"
#include "daemon/maildir/scan.h"

/* Up to here each file is synced on its own; a larger batch is cheaper with one
 * syncfs(), which also waits for other programs' data. */
#define KEPT_MAX     32
#define BUFFER_BYTES 65536
#define ITEMS_FIRST  64
#define TMP_TRIES    100

/* What delivery_commit() must know beyond struct delivered. */
struct item {
	uint32_t counter; /* names the file in tmp/ */
	uint32_t keywords;
};

struct delivery {
	const struct maildir *m;
	const struct local_view *present;
	struct digester *digester;
	uint64_t random;
	pid_t pid;
	uint32_t counter;

	/* The message being written. */
	int fd;
	uint64_t size;
	char *buffer; /* BUFFER_BYTES */
	size_t buffered;

	/* The batch: both arrays have cap entries, n in use. */
	struct delivered *done;
	struct item *item;
	size_t n, cap;
	uint64_t bytes;
	/* Opened before the batch's first file, so that syncfs() reports every
	 * write-back error since then (Linux 5.8). */
	int syncfs_fd;
	int kept[KEPT_MAX];
	size_t nkept; /* kept[i] is item i; 0 once the batch is larger */
	int spoiled;  /* errno of a close() that lost data of the batch */
	bool new_touched, cur_touched;
};

struct delivery *delivery_new(const struct maildir *m,
			      const struct local_view *present)
{
	struct delivery *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->m = m;
	d->present = present;
	d->fd = -1;
	d->syncfs_fd = -1;
	d->pid = getpid();
	d->random = rand_u64();
	d->buffer = malloc(BUFFER_BYTES);
	d->digester = digester_new();
	if (!d->buffer || !d->digester) {
		delivery_free(d);
		return NULL;
	}
	return d;
}

static void tmp_name(const struct delivery *d, uint32_t counter,
		     char out[NAME_BYTES])
{
	(void)snprintf(out, NAME_BYTES,
		       MAILDIR_TMP_PREFIX "%016" PRIx64 ".%ld.%" PRIu32,
		       d->random, (long)d->pid, counter);
}

static void drop_tmp(const struct delivery *d, uint32_t counter)
{
	char name[NAME_BYTES];

	tmp_name(d, counter, name);
	/* What stays is swept by maildir_clean_tmp(). */
	(void)unlinkat(d->m->tmp, name, 0);
}

static void reserve(struct delivery *d)
{
	if (d->n < d->cap)
		return;
	d->cap = d->cap ? d->cap * 2 : ITEMS_FIRST;
	d->done = xreallocarray(d->done, d->cap, sizeof(*d->done));
	d->item = xreallocarray(d->item, d->cap, sizeof(*d->item));
}

static int open_tmp(struct delivery *d)
{
	char name[NAME_BYTES];

	for (int i = 0; i < TMP_TRIES; i++) {
		tmp_name(d, ++d->counter, name);
		int fd =
		    fs_open(d->m->tmp, name, O_WRONLY | O_CREAT | O_EXCL, 0600);
		if (fd >= 0 || errno != EEXIST)
			return fd;
	}
	return -1;
}

int delivery_open(struct delivery *d, struct err *err)
{
	assert(d->fd < 0);
	reserve(d);
	if (d->syncfs_fd < 0)
		d->syncfs_fd =
		    fs_open(d->m->tmp, ".", O_RDONLY | O_DIRECTORY, 0);
	if (d->syncfs_fd < 0)
		return maildir_error(err, "cannot open tmp/");
	d->fd = open_tmp(d);
	if (d->fd < 0)
		return maildir_error(err, "cannot create a file in tmp/");
	digester_begin(d->digester, DIGEST_MESSAGE);
	d->size = 0;
	d->buffered = 0;
	return 0;
}

static int put(struct delivery *d, const void *p, size_t n, struct err *err)
{
	if (fs_write(d->fd, p, n) < 0)
		return maildir_error(err, "cannot write a message");
	digester_add(d->digester, p, n);
	d->size += n;
	return 0;
}

static int flush(struct delivery *d, struct err *err)
{
	size_t n = d->buffered;

	d->buffered = 0;
	return n > 0 ? put(d, d->buffer, n, err) : 0;
}

int delivery_write(struct delivery *d, const void *p, size_t n, struct err *err)
{
	assert(d->fd >= 0);
	if (n > BUFFER_BYTES - d->buffered && flush(d, err) < 0)
		return -1;
	if (n >= BUFFER_BYTES)
		return put(d, p, n, err);
	if (n > 0)
		memcpy(d->buffer + d->buffered, p, n);
	d->buffered += n;
	return 0;
}

/* Closes the files that were kept open for a small batch. */
static void close_kept(struct delivery *d)
{
	for (size_t i = 0; i < d->nkept; i++) {
		if (fs_close(d->kept[i]) < 0)
			d->spoiled = errno;
	}
	d->nkept = 0;
}

/* Ends the file: its time, then its descriptor, kept or closed. */
static int finish_file(struct delivery *d, struct delivered *out)
{
	struct stat st;

	struct timespec times[2] = {
	    {.tv_nsec = UTIME_OMIT},
	    {.tv_sec = (time_t)out->internaldate},
	};

	if (futimens(d->fd, times) < 0)
		return -1;
	if (fstat(d->fd, &st) < 0)
		return -1;
	if (st.st_size < 0 || (uint64_t)st.st_size != out->size) {
		errno = EIO;
		return -1;
	}
	out->inode = st.st_ino;
	out->mtime_ns = fs_mtime_ns(&st);
	if (d->n < KEPT_MAX) {
		d->kept[d->nkept++] = d->fd;
		d->fd = -1;
		return 0;
	}
	close_kept(d);
	int fd = d->fd;
	d->fd = -1;
	return fs_close(fd);
}

static int end_message(struct delivery *d, struct delivered *out,
		       struct err *err)
{
	struct digests digests;

	if (flush(d, err) < 0)
		return -1;
	if (digester_end(d->digester, &digests) < 0)
		return err_set(err, ERR_INTERNAL, ERR_SCOPE_DAEMON,
			       "cannot compute SHA-256");
	memcpy(out->digest, digests.message, sizeof(out->digest));
	out->size = d->size;
	if (finish_file(d, out) < 0)
		return maildir_error(err, "cannot finish a message");
	return 0;
}

/* A file that was edited keeps the name of the message that it was, which may
 * come once more. */
static void name_it(const struct delivery *d, const struct name_origin *origin,
		    struct delivered *out)
{
	name_unique(out->unique, origin, out->internaldate, out->size);
	if (d->present &&
	    local_view_find(d->present,
			    name_key(out->unique, strlen(out->unique))))
		name_fresh(out->unique, out->internaldate, rand_u64(),
			   out->size);
}

int delivery_close(struct delivery *d, const struct name_origin *origin,
		   uint64_t flags, uint32_t keyword_letters,
		   int64_t internaldate, struct err *err)
{
	struct delivered *out = &d->done[d->n];

	assert(d->fd >= 0);
	*out = (struct delivered){
	    .uid = origin->uid,
	    .flags = flags,
	    .internaldate = internaldate,
	};
	if (end_message(d, out, err) < 0) {
		fs_drop(d->fd);
		d->fd = -1;
		drop_tmp(d, d->counter);
		return -1;
	}
	name_it(d, origin, out);
	d->item[d->n] = (struct item){d->counter, keyword_letters};
	d->n++;
	d->bytes += out->size;
	return 0;
}

void delivery_cancel(struct delivery *d)
{
	if (d->fd < 0)
		return;
	fs_drop(d->fd);
	d->fd = -1;
	drop_tmp(d, d->counter);
}

size_t delivery_count(const struct delivery *d)
{
	return d->n;
}

uint64_t delivery_bytes(const struct delivery *d)
{
	return d->bytes;
}

static int sync_all(int fd)
{
	int rc;

	do
		rc = syncfs(fd);
	while (rc < 0 && errno == EINTR);
	return rc;
}

static int sync_data(struct delivery *d)
{
	if (d->nkept == 0 && d->spoiled == 0)
		return sync_all(d->syncfs_fd);
	for (size_t i = 0; i < d->nkept; i++) {
		if (fs_datasync(d->kept[i]) < 0)
			return -1;
	}
	close_kept(d);
	errno = d->spoiled;
	return d->spoiled ? -1 : 0;
}

/* A file has that very name: a run that was killed between its renames and its
 * commit left it, and synced it before. */
static int adopt(struct delivery *d, size_t i, int dir, const char *name)
{
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -1;
	if (!S_ISREG(st.st_mode) || st.st_size < 0 ||
	    (uint64_t)st.st_size != d->done[i].size) {
		errno = EEXIST;
		return -1;
	}
	d->done[i].inode = st.st_ino;
	d->done[i].mtime_ns = fs_mtime_ns(&st);
	drop_tmp(d, d->item[i].counter);
	return 0;
}

static int publish(struct delivery *d, size_t i)
{
	const struct delivered *out = &d->done[i];
	uint64_t flags = out->flags & FLAG_SYSTEM;
	uint32_t keywords = d->item[i].keywords;
	bool to_new = flags == 0 && keywords == 0;
	int dir = to_new ? d->m->new_ : d->m->cur;
	char from[NAME_BYTES], name[NAME_BYTES];

	tmp_name(d, d->item[i].counter, from);
	if (to_new) {
		memcpy(name, out->unique, sizeof(name));
	} else if (name_build(name, out->unique, strlen(out->unique), flags,
			      keywords, "") < 0) {
		errno = ENAMETOOLONG;
		return -1;
	}
	d->new_touched |= to_new;
	d->cur_touched |= !to_new;
	if (fs_rename_new(d->m->tmp, from, dir, name) == 0)
		return 0;
	return errno == EEXIST ? adopt(d, i, dir, name) : -1;
}

static int sync_dirs(const struct delivery *d)
{
	if (d->new_touched && fs_sync_dir(d->m->new_) < 0)
		return -1;
	return d->cur_touched ? fs_sync_dir(d->m->cur) : 0;
}

/* Empties the batch; what is published stays. */
static void reset(struct delivery *d)
{
	close_kept(d);
	d->spoiled = 0;
	fs_drop(d->syncfs_fd);
	d->syncfs_fd = -1;
	d->n = 0;
	d->bytes = 0;
	d->new_touched = false;
	d->cur_touched = false;
}

static int commit(struct delivery *d, size_t *published, struct err *err)
{
	*published = 0;
	if (sync_data(d) < 0)
		return maildir_error(err, "cannot sync new messages");
	for (; *published < d->n; (*published)++) {
		if (publish(d, *published) < 0)
			return maildir_error(err, "cannot move a message from "
						  "tmp/ to its place");
	}
	if (sync_dirs(d) < 0)
		return maildir_error(err, "cannot sync new/ and cur/");
	return 0;
}

int delivery_commit(struct delivery *d, const struct delivered **out, size_t *n,
		    struct err *err)
{
	size_t count = d->n, published = 0;

	assert(d->fd < 0);
	int rc = count > 0 ? commit(d, &published, err) : 0;
	for (size_t i = published; i < count; i++)
		drop_tmp(d, d->item[i].counter);
	reset(d);
	if (rc < 0)
		return -1;
	*out = d->done;
	*n = count;
	return 0;
}

void delivery_free(struct delivery *d)
{
	if (!d)
		return;
	delivery_cancel(d);
	for (size_t i = 0; i < d->n; i++)
		drop_tmp(d, d->item[i].counter);
	reset(d);
	digester_free(d->digester);
	free(d->buffer);
	free(d->done);
	free(d->item);
	free(d);
}
