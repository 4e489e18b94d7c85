/* SPDX-License-Identifier: MIT */
#include "daemon/maildir/examine.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/base/fs.h"
#include "daemon/base/xalloc.h"
#include "daemon/maildir/find.h"
#include "daemon/maildir/name.h"

#define READ_BYTES 65536

/* A program that delivers as Maildir wants it writes to tmp/ and renames: that
 * changes ctime but not mtime. One that writes in place may go on in a moment,
 * and where nobody can tell whether it has the file open, in a while. */
#define SETTLE_NS       INT64_C(500000000)
#define SETTLE_BLIND_NS INT64_C(2000000000)

struct examiner {
	const struct maildir *m;
	struct facts *f;
	struct digester *digester;
	int64_t now_ns;
	char *in; /* READ_BYTES */
	struct err *err;
};

/* Counts bytes from disk as those that the wire has. cr: the last one was CR.
 */
static void count_wire(struct facts *f, const char *in, size_t n, bool *cr)
{
	f->wire_size += n;
	for (size_t i = 0; i < n; i++) {
		f->wire_size += in[i] == '\n' && !*cr;
		f->has_nul |= in[i] == '\0';
		*cr = in[i] == '\r';
	}
}

static int digest_file(struct examiner *x, int fd, struct facts *f)
{
	bool cr = false;
	ssize_t n;

	f->wire_size = 0;
	f->has_nul = false;
	digester_begin(x->digester, DIGEST_ALL);
	while ((n = read(fd, x->in, READ_BYTES)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		f->size += (uint64_t)n;
		count_wire(f, x->in, (size_t)n, &cr);
		digester_add(x->digester, x->in, (size_t)n);
	}
	if (digester_end(x->digester, &f->digests) < 0) {
		errno = ENOMEM; /* what OpenSSL's failures come to */
		return -1;
	}
	return 0;
}

/* Does anybody have it open for writing? 1, 0, or -1: nobody can tell. A lease
 * is only given where nobody has (fcntl(2)). Should somebody open it just now,
 * the kernel tells us so by a signal that is ignored by default. */
static int has_writer(int fd)
{
	if (fcntl(fd, F_SETSIG, SIGURG) < 0)
		return -1;
	if (fcntl(fd, F_SETLEASE, F_RDLCK) < 0)
		return errno == EAGAIN ? 1 : -1;
	(void)fcntl(fd, F_SETLEASE, F_UNLCK);
	return 0;
}

static bool is_busy(const struct examiner *x, int fd, const struct stat *st)
{
	int writer = has_writer(fd);

	if (writer > 0)
		return true;
	if (st->st_ctim.tv_sec != st->st_mtim.tv_sec ||
	    st->st_ctim.tv_nsec != st->st_mtim.tv_nsec)
		return false;
	int64_t age = x->now_ns - fs_mtime_ns(st);
	return age >= 0 && age < (writer < 0 ? SETTLE_BLIND_NS : SETTLE_NS);
}

/* 1: it changed while it was read, or is gone. */
static int read_facts(struct examiner *x, int fd, struct facts *f)
{
	struct stat before, after;

	if (fstat(fd, &before) < 0)
		return -1;
	if (!S_ISREG(before.st_mode))
		return 1;
	f->size = 0;
	if (digest_file(x, fd, f) < 0 || fstat(fd, &after) < 0)
		return -1;
	if (fs_mtime_ns(&before) != fs_mtime_ns(&after) ||
	    f->size != (uint64_t)after.st_size)
		return 1;
	f->busy = is_busy(x, fd, &after);
	f->inode = after.st_ino;
	f->mtime_ns = fs_mtime_ns(&after);
	return 0;
}

/* As read_facts(). */
static int examine_content(struct examiner *x, int dir, const char *file,
			   struct facts *f)
{
	int fd = fs_open(dir, file, O_RDONLY | O_NONBLOCK, 0);
	int r = fd < 0 ? -1 : read_facts(x, fd, f);

	if (r == 0 && f->keep && lseek(fd, 0, SEEK_SET) < 0)
		r = -1;
	if (r == 0 && f->keep)
		f->fd = fd;
	else
		fs_drop(fd);
	return r;
}

/* Needs no permission to read it, and no descriptor. */
static int examine_stat(int dir, const char *file, struct facts *f)
{
	struct stat st;

	if (fstatat(dir, file, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -1;
	if (!S_ISREG(st.st_mode))
		return 1;
	f->size = (uint64_t)st.st_size;
	f->inode = st.st_ino;
	f->mtime_ns = fs_mtime_ns(&st);
	return 0;
}

/* Every file would be said to be unreadable. */
static bool machine_ran_short(int number)
{
	return number == EMFILE || number == ENFILE || number == ENOMEM;
}

static void take_name(struct facts *f, const char *file)
{
	struct name name;

	if (f->name && !f->unique && name_parse(file, &name) == 0)
		f->unique = xstrndup(file, name.unique_len);
}

static int examine(void *ctx, size_t i, const char *file, bool in_new)
{
	struct examiner *x = ctx;
	struct facts *f = &x->f[i];
	int dir = in_new ? x->m->new_ : x->m->cur;

	if (f->found)
		return 0;
	f->failed = 0;
	int r = f->content ? examine_content(x, dir, file, f)
			   : examine_stat(dir, file, f);
	if (r < 0 && errno == ENOENT)
		return 0; /* renamed just now: the next look has it */
	if (r < 0 && machine_ran_short(errno))
		return maildir_error(x->err, "cannot read '%s'", file);
	f->found = r == 0;
	f->failed = r < 0 ? errno : 0;
	if (r <= 0)
		take_name(f, file);
	return 0;
}

void examine_release(struct facts *f, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		/* Of one that was never looked at, 0 is no descriptor. */
		if (f[i].found && f[i].keep)
			fs_drop(f[i].fd);
		free(f[i].unique);
		f[i].fd = -1;
		f[i].unique = NULL;
	}
}

static int compare(const void *a, const void *b)
{
	const struct facts *x = a, *y = b;

	return (x->key > y->key) - (x->key < y->key);
}

struct facts *facts_find(struct facts *f, size_t n, uint64_t key)
{
	struct facts want = {.key = key};

	return n > 0 ? bsearch(&want, f, n, sizeof(*f), compare) : NULL;
}

size_t facts_failed(const struct facts *f, size_t n, struct err *err)
{
	size_t failed = 0;

	for (size_t i = 0; i < n; i++) {
		if (f[i].failed == 0 || failed++ > 0)
			continue;
		errno = f[i].failed;
		(void)err_errno(err, ERR_HELD, ERR_SCOPE_MESSAGE,
				"cannot read '%s'",
				f[i].unique ? f[i].unique : "a message");
		(void)err_hint(err, "it is left alone until it can be read; "
				    "all others go on");
	}
	return failed;
}

/* Returns how many were not there; -1. */
static int try_names(struct examiner *x, const struct listing *names, size_t n)
{
	int missing = 0;

	for (size_t i = 0; i < n; i++) {
		const struct listing_file *f = listing_find(names, x->f[i].key);
		if (f && examine(x, i, f->name, f->in_new) < 0)
			return -1;
		missing += !x->f[i].found && !x->f[i].failed;
	}
	return missing;
}

static int examine_all(struct examiner *x, const struct listing *names,
		       size_t n)
{
	uint64_t *keys = xcalloc(n + 1, sizeof(*keys));
	int r = 1;

	if (n > 1)
		qsort(x->f, n, sizeof(*x->f), compare);
	for (size_t i = 0; i < n; i++) {
		keys[i] = x->f[i].key;
		x->f[i].fd = -1;
		x->f[i].unique = NULL;
	}
	if (names)
		r = try_names(x, names, n);
	if (r > 0)
		r = find_files(x->m, keys, n, examine, x, x->err);
	free(keys);
	return r;
}

int examine_files(const struct maildir *m, const struct listing *names,
		  struct facts *f, size_t n, int64_t now_ns, struct err *err)
{
	struct examiner x = {
	    .m = m,
	    .f = f,
	    .digester = digester_new(),
	    .now_ns = now_ns,
	    .in = xmalloc(READ_BYTES),
	    .err = err,
	};
	int r;

	if (x.digester)
		r = examine_all(&x, names, n);
	else
		r = err_set(err, ERR_INTERNAL, ERR_SCOPE_DAEMON,
			    "out of memory");
	digester_free(x.digester);
	free(x.in);
	return r;
}
