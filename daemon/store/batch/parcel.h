/* SPDX-License-Identifier: MIT */
/* A piece of what comes in from a server, as it is written: bytes of messages,
 * and where among them each begins and ends. */
#ifndef DAEMON_STORE_BATCH_PARCEL_H
#define DAEMON_STORE_BATCH_PARCEL_H

#include "daemon/base/disk.h"
#include "daemon/store/store.h"

#define PARCEL_BYTES (128 * 1024)
#define PARCEL_MARKS 128

enum mark_type { MARK_OPEN, MARK_CLOSE, MARK_CANCEL, MARK_COMMIT };

/* Something that happens behind byte `at` of a parcel. */
struct mark {
	enum mark_type type;
	size_t at;
	struct store_arrival arrival; /* MARK_CLOSE */
};

/* What parcels belong together, one behind the other. Disk thread only. */
struct parcel_stream {
	struct store *store;
	const struct local_view *present; /* see delivery_new(); borrowed */
	bool broken;
};

struct parcel {
	struct job job; /* its run(): parcel_run() */
	void *owner;    /* the poster's */
	struct parcel_stream *stream;
	size_t committed; /* messages that this one made durable */
	bool failed;      /* this one broke the stream */
	struct err err;
	size_t len;
	size_t nmarks;
	struct mark mark[PARCEL_MARKS];
	char data[PARCEL_BYTES];
};
void parcel_run(struct job *j);

#endif
