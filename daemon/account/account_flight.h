/* SPDX-License-Identifier: MIT */
/* Connections that break: what was asked is written down, and what costs one
 * each time is set aside, so that all else can go on. */
#ifndef DAEMON_ACCOUNT_ACCOUNT_FLIGHT_H
#define DAEMON_ACCOUNT_ACCOUNT_FLIGHT_H

#include <imap4.h>

#include "daemon/base/err.h"
#include "daemon/core/failure/flight.h"

struct account;

/* Connections that broke in this sync. */
struct flights {
	struct flight before, now; /* see core/failure/flight.h */
	bool noted;                /* now is what cost the connection */
	const struct flight_item *condemned; /* of now; or NULL */
	unsigned losses;
	bool looking; /* for what costs the connections */
	bool goes_on; /* connect again at once */
	char why[400];
};

/* What was asked when a connection broke. To be called at the begin of a sync;
 * with each event, before all others; and when the connection is gone: says
 * why. */
void account_flights_begin(struct account *a);
void account_flight_hear(struct account *a, const struct imap4_event *ev);
void account_flight_lost(struct account *a, const struct err *err);
/* Of a folder, for a stage that says what is in flight. */
void account_flight_add(struct flight *out, enum flight_kind kind,
			const char *folder);
/* Is the folder to be asked for one thing after the other? */
bool account_flight_careful(const struct account *a, const char *folder);
/* Disk thread: what is on record, and what is to be. 0, or -1 and *err. */
int account_flight_read(struct account *a, struct err *err);
int account_flight_keep(struct account *a, struct err *err);
/* It is on record. true: connect again at once. */
bool account_flight_turn(struct account *a);
void account_flights_release(struct flights *f);

#endif
