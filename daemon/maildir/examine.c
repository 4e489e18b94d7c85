/* SPDX-License-Identifier: MIT */
#include "daemon/maildir/examine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "daemon/base/fs.h"
#include "daemon/base/xalloc.h"
#include "daemon/maildir/find.h"

#define READ_BYTES 65536

struct examiner {
	const struct maildir *m;
	struct facts *f;
	EVP_MD_CTX *body, *header;
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

static int digest_file(struct examiner *x, int fd, struct facts *f)
{
	struct position p = {.header = true};
	ssize_t n;

	if (EVP_DigestInit_ex(x->body, EVP_sha256(), NULL) != 1 ||
	    EVP_DigestInit_ex(x->header, EVP_sha256(), NULL) != 1)
		return -1;
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
			return -1;
	}
	f->wire_size = p.wire_size;
	f->has_nul = p.has_nul;
	if (EVP_DigestFinal_ex(x->body, f->digest, NULL) != 1 ||
	    EVP_DigestFinal_ex(x->header, f->header, NULL) != 1)
		return -1;
	return 0;
}

static int64_t mtime_ns(const struct stat *st)
{
	return (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
}

/* 1: it changed while it was read, or is gone. */
static int read_facts(struct examiner *x, int fd, struct facts *f)
{
	struct stat before, after;

	if (fstat(fd, &before) < 0)
		return -1;
	if (!S_ISREG(before.st_mode))
		return 1;
	if (digest_file(x, fd, f) < 0 || fstat(fd, &after) < 0)
		return -1;
	if (mtime_ns(&before) != mtime_ns(&after) ||
	    f->size != (uint64_t)after.st_size)
		return 1;
	f->inode = after.st_ino;
	f->mtime_ns = mtime_ns(&after);
	return 0;
}

static int examine(void *ctx, size_t i, const char *file, bool in_new)
{
	struct examiner *x = ctx;
	struct facts *f = &x->f[i];

	if (f->found)
		return 0;
	int fd = fs_open(in_new ? x->m->new_ : x->m->cur, file,
			 O_RDONLY | O_NONBLOCK, 0);
	if (fd < 0 && errno == ENOENT)
		return 0; /* renamed just now: the next look has it */
	f->size = 0;
	int r = fd < 0 ? -1 : read_facts(x, fd, f);
	if (r < 0)
		err_errno(x->err, ERR_IO, ERR_SCOPE_FOLDER, "cannot read '%s'",
			  file);
	if (fd >= 0)
		fs_drop(fd);
	f->found = r == 0;
	return r < 0 ? -1 : 0;
}

int examine_files(const struct maildir *m, struct facts *f, size_t n,
		  struct err *err)
{
	uint64_t *keys = xcalloc(n + 1, sizeof(*keys));
	struct examiner x = {
	    .m = m,
	    .f = f,
	    .body = EVP_MD_CTX_new(),
	    .header = EVP_MD_CTX_new(),
	    .in = xmalloc(READ_BYTES),
	    .out = xmalloc(2 * READ_BYTES),
	    .err = err,
	};
	int r;

	for (size_t i = 0; i < n; i++)
		keys[i] = f[i].key;
	if (x.body && x.header)
		r = find_files(m, keys, n, examine, &x, err);
	else
		r = err_set(err, ERR_INTERNAL, ERR_SCOPE_DAEMON,
			    "out of memory");
	EVP_MD_CTX_free(x.body);
	EVP_MD_CTX_free(x.header);
	free(x.in);
	free(x.out);
	free(keys);
	return r;
}
