/* SPDX-License-Identifier: MIT */
#include "daemon/maildir/examine.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>

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
	EVP_MD_CTX *body, *header;
	int64_t now_ns;
	char *in;  /* READ_BYTES */
	char *out; /* twice that: every LF may become CRLF */
	struct err *err;
};

/* Where a message's reading stands. */
struct position {
	bool cr;        /* the last byte was CR */
	bool line_open; /* the line has bytes besides its end */
	bool header;    /* not past the empty line */
	uint64_t wire_size;
	bool has_nul;
};

/* Turns bytes from disk into bytes for the wire. Returns how many; *header says
 * how many of them belong to the header. */
static size_t to_wire(struct position *p, const char *in, size_t n, char *out,
		      size_t *header)
{
	size_t len = 0;
	bool in_header = p->header;

	*header = 0;
	for (size_t i = 0; i < n; i++) {
		char c = in[i];
		if (c == '\n' && !p->cr)
			out[len++] = '\r';
		out[len++] = c;
		p->has_nul |= c == '\0';
		if (c == '\n') {
			if (p->header && !p->line_open) {
				p->header = false;
				*header = len;
			}
			p->line_open = false;
		} else if (c != '\r') {
			p->line_open = true;
		}
		p->cr = c == '\r';
	}
	if (in_header && p->header)
		*header = len;
	p->wire_size += len;
	return len;
}

/* What OpenSSL's failures come to. */
static int no_memory(void)
{
	errno = ENOMEM;
	return -1;
}

static int digest_file(struct examiner *x, int fd, struct facts *f)
{
	struct position p = {.header = true};
	ssize_t n;

	if (EVP_DigestInit_ex(x->body, EVP_sha256(), NULL) != 1 ||
	    EVP_DigestInit_ex(x->header, EVP_sha256(), NULL) != 1)
		return no_memory();
	while ((n = read(fd, x->in, READ_BYTES)) != 0) {
		size_t header;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		f->size += (uint64_t)n;
		(void)to_wire(&p, x->in, (size_t)n, x->out, &header);
		if (EVP_DigestUpdate(x->body, x->in, (size_t)n) != 1 ||
		    EVP_DigestUpdate(x->header, x->out, header) != 1)
			return no_memory();
	}
	f->wire_size = p.wire_size;
	f->has_nul = p.has_nul;
	if (EVP_DigestFinal_ex(x->body, f->digest, NULL) != 1 ||
	    EVP_DigestFinal_ex(x->header, f->header, NULL) != 1)
		return no_memory();
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
	    .body = EVP_MD_CTX_new(),
	    .header = EVP_MD_CTX_new(),
	    .now_ns = now_ns,
	    .in = xmalloc(READ_BYTES),
	    .out = xmalloc(2 * READ_BYTES),
	    .err = err,
	};
	int r;

	if (x.body && x.header)
		r = examine_all(&x, names, n);
	else
		r = err_set(err, ERR_INTERNAL, ERR_SCOPE_DAEMON,
			    "out of memory");
	EVP_MD_CTX_free(x.body);
	EVP_MD_CTX_free(x.header);
	free(x.in);
	free(x.out);
	return r;
}
