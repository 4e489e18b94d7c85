/* SPDX-License-Identifier: MIT */
/* Takes message bodies from the wire to the disk thread: turns CRLF into LF,
 * packs them into parcels, bounds what is on the way. */
#ifndef DAEMON_FOLDER_SINK_H
#define DAEMON_FOLDER_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/base/disk.h"
#include "daemon/store/batch/parcel.h"

struct sink;

struct sink_handler {
	/* committed messages are durable and recorded. room: the sink takes
	 * more; read on if it was full. err: NULL, or why nothing more can be
	 * stored (once). */
	void (*progress)(void *ctx, size_t committed, const struct err *err);
};

/* store is used on the disk thread from now on; its folder must stay open until
 * sink_free(). present: NULL, or the folder's files, which stay as they are
 * meanwhile. handler is borrowed. */
struct sink *sink_new(struct disk *disk, struct store *store,
		      const struct local_view *present,
		      const struct sink_handler *handler, void *ctx);
/* Drops what was not posted. Parcels under way end by themselves, silently. */
void sink_free(struct sink *k);

/* A message begins, grows, ends (its facts are known only then), or is dropped.
 */
void sink_open(struct sink *k);
void sink_data(struct sink *k, const char *p, size_t n);
void sink_close(struct sink *k, const struct store_arrival *a);
void sink_cancel(struct sink *k);
/* Posts what waits; commit: and makes it durable. Jobs posted to the disk
 * thread afterwards run behind it. */
void sink_flush(struct sink *k, bool commit);
/* Too much on the way: stop reading until progress says otherwise. */
bool sink_full(const struct sink *k);
/* Nothing on the way, nothing waiting to be posted. */
bool sink_idle(const struct sink *k);
/* Bytes taken since sink_new(), as they came. */
uint64_t sink_bytes(const struct sink *k);

#endif
