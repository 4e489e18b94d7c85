/* SPDX-License-Identifier: MIT */
/* Is a mailbox the one whose messages a folder's rows are, under another name?
 * Where the server has no MAILBOXID (RFC 8474), its messages must say so: some
 * are compared with files, by size and header. */
#ifndef DAEMON_FOLDER_MAILBOX_IDENTITY_H
#define DAEMON_FOLDER_MAILBOX_IDENTITY_H

#include <imap4.h>

#include "daemon/base/disk.h"
#include "daemon/store/store.h"

struct mailbox_identity;

struct mailbox_identity_env {
	struct imap4_conn *conn; /* authenticated or selected */
	struct disk *disk;
	struct store *store;
	int64_t row;
	const char *path; /* where its files are */
	const char *wire; /* of the mailbox */
	bool anew;        /* with another UIDVALIDITY */
	/* It ended; err NULL: same is true. May free the likeness. */
	void (*done)(void *ctx, bool same, const struct err *err);
	void *ctx;
};

/* Starts; what env points to is borrowed. done is never called from here. */
struct mailbox_identity *mailbox_identity_new(
    const struct mailbox_identity_env *env);
void mailbox_identity_event(struct mailbox_identity *l,
			    const struct imap4_event *ev);
/* The connection is gone: done follows as soon as the disk is. */
void mailbox_identity_stop(struct mailbox_identity *l);
void mailbox_identity_free(struct mailbox_identity *l);

#endif
