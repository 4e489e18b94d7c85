/* SPDX-License-Identifier: MIT */
/* Recognises files that no row knows, and files that other folders lost, among
 * the messages that are new on the server, so that they are neither fetched nor
 * sent: asks for sizes and headers, and for as much of the bodies as it takes.
 */
#ifndef DAEMON_FOLDER_PAIRING_H
#define DAEMON_FOLDER_PAIRING_H

#include <imap4.h>

#include "daemon/base/disk.h"
#include "daemon/core/ledger.h"
#include "daemon/core/pair.h"
#include "daemon/store/store.h"

struct pairing;

struct pairing_env {
	struct imap4_engine *engine; /* the mailbox is selected */
	void (*flush)(void *ctx);    /* sends what was submitted */
	struct disk *disk;
	struct store *store;     /* the folder is open */
	struct store_view *view; /* its intents learn .changed */
	const struct remote_view *remote;
	struct local_view *local;   /* gains hints */
	const struct ledger *moves; /* what other folders lost */
	bool dry_run;
	bool fetched; /* what is new there and has no file is fetched */
	/* It ended; NULL, or what could not be read. moved: the messages that
	 * other folders lost, n of them, by uid; owned by the callee. The
	 * pairing may be freed here. */
	void (*done)(void *ctx, struct move_here *moved, size_t n,
		     const struct err *err);
	void *ctx;
};

/* Starts, or NULL where there is nothing to pair. env's pointers are borrowed;
 * done is never called from here. */
struct pairing *pairing_new(const struct pairing_env *env);
/* Events of the session while it lasts. */
void pairing_event(struct pairing *p, const struct imap4_event *ev);
/* The connection is gone: done follows as soon as the disk is. */
void pairing_stop(struct pairing *p);
/* Files were renamed while they were read: one of those that were not there may
 * be what is new. Nothing was paired then. */
bool pairing_missed(const struct pairing *p);
void pairing_free(struct pairing *p);

#endif
