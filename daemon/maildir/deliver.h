/* SPDX-License-Identifier: MIT */
/* Writes new messages in batches: tmp/, one barrier, rename, directory sync.
 * Rule W1: only when delivery_commit() has returned 0 may the database say that
 * a message is there. */
#ifndef DAEMON_MAILDIR_DELIVER_H
#define DAEMON_MAILDIR_DELIVER_H

#include "daemon/core/types.h"
#include "daemon/maildir/digest.h"
#include "daemon/maildir/maildir.h"
#include "daemon/maildir/name.h"

struct delivery;

/* One message of a batch. */
struct delivered {
	uint32_t uid;
	uint64_t flags;       /* as given */
	int64_t internaldate; /* as given */
	char unique[NAME_BYTES];
	uint64_t size; /* bytes on disk */
	uint64_t inode;
	int64_t mtime_ns;
	unsigned char digest[DIGEST_BYTES]; /* of its canonical form */
};

/* A batch for one folder. m is borrowed, as is present: the files that are
 * there (NULL: none is known), whose unique parts no message gets. NULL: out of
 * memory. */
struct delivery *delivery_new(const struct maildir *m,
			      const struct local_view *present);
/* Starts a message: a file in tmp/ (0600). 0 or -1 and *err. */
int delivery_open(struct delivery *d, struct err *err);
/* Bytes of it, lines already ending in LF. Handles short writes and EINTR;
 * gathers small pieces. 0, or -1 and *err: only delivery_cancel() is left. */
int delivery_write(struct delivery *d, const void *p, size_t n,
		   struct err *err);
/* Ends it: name, flags and time (mtime) are known only now.
 * No flags and no keyword: it goes to new/, else to cur/. 0, or -1 and *err:
 * the message is dropped, as by delivery_cancel(), the batch is as it was. */
int delivery_close(struct delivery *d, const struct name_origin *origin,
		   uint64_t flags, uint32_t keyword_letters,
		   int64_t internaldate, struct err *err);
/* Drops the message being written, if there is one. */
void delivery_cancel(struct delivery *d);
/* How many messages are closed and wait for the commit, and their bytes. */
size_t delivery_count(const struct delivery *d);
uint64_t delivery_bytes(const struct delivery *d);
/* Makes all closed messages durable and visible; none may be open. A file of
 * that very name that is there already (adopted before) is replaced by nobody:
 * the new one is dropped and counts as delivered where the size is the same. 0:
 * *out (n = delivery_count() before) is valid until the next call on d, the
 * batch is empty again. -1 and *err: nothing of the batch counts, what is in
 * tmp/ is removed; what was renamed already will be recognised by its name. A
 * failed sync is never tried again (the kernel forgets the pages it could not
 * write). */
int delivery_commit(struct delivery *d, const struct delivered **out, size_t *n,
		    struct err *err);
/* Drops everything not committed; accepts NULL. */
void delivery_free(struct delivery *d);

#endif
