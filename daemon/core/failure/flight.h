/* SPDX-License-Identifier: MIT */
/* What was asked of the server and not answered when the connection broke.
 * Something of it may be why it broke, and will be again, each time: all that
 * is behind it would wait for ever. So it is written down, and asked for one by
 * one the next time; what was alone on its way when the connection broke a
 * second time is set aside. */
#ifndef DAEMON_CORE_FAILURE_FLIGHT_H
#define DAEMON_CORE_FAILURE_FLIGHT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The database keeps these numbers. */
enum flight_kind {
	FLIGHT_ACCOUNT, /* nothing that can be set aside: LIST */
	FLIGHT_FOLDER,  /* SELECT, the listing, what changes messages */
	FLIGHT_MAKE,    /* CREATE, RENAME */
	FLIGHT_BODY,    /* .id: UID */
	FLIGHT_UPLOAD,  /* .id: key of the file */
};
#define FLIGHT_KINDS 5

struct flight_item {
	enum flight_kind kind;
	const char *folder; /* its name for people */
	uint64_t id;
	const char *file; /* UPLOAD: its name for people, or NULL */
	uint64_t print;   /* UPLOAD: of the file, see print_of() */
	bool known;       /* it was set aside before, and this is another try */
};

/* The texts are the flight's own. */
struct flight {
	struct flight_item *item;
	size_t n, cap;
};

/* Copies it. Where there is no memory it is not added: what nobody knows of is
 * not set aside. */
void flight_add(struct flight *f, const struct flight_item *item);
/* The item of that kind, folder and id; NULL: it was not on its way. */
struct flight_item *flight_find(const struct flight *f,
				const struct flight_item *item);
/* Was something of that folder on its way? Then it is asked for one by one. */
bool flight_concerns(const struct flight *f, const char *folder);
void flight_release(struct flight *f);

/* now: what was on its way when a connection broke on which somebody had logged
 * in; before: the same of the time before. What is to be set aside; NULL:
 * nothing, and now takes the place of before. */
const struct flight_item *flight_condemned(const struct flight *before,
					   const struct flight *now);

/* Connections that one sync may cost. */
#define FLIGHT_LOSSES 20

/* Is it worth while to connect again at once, after so many losses? Where
 * something was set aside, or is being looked for, all else can go on; a line
 * that breaks for no known reason is tried again later. */
bool flight_goes_on(bool condemned, bool looking, unsigned losses);

#endif
