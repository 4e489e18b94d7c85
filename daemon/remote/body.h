/* SPDX-License-Identifier: MIT */
/* A message's body as it comes in. A server may send any body at any moment (or
 * none, or several, or a piece): taken is only the section that was asked for,
 * from its beginning, and alone in its FETCH response. */
#ifndef DAEMON_REMOTE_BODY_H
#define DAEMON_REMOTE_BODY_H

#include <imap4/event.h>
#include <stdbool.h>

/* Begin with one that is all zero; so, too, what has no FETCH response to come
 * any more. */
struct body {
	bool open;  /* its bytes are taken */
	bool other; /* the response has a body that is not */
	bool empty; /* of the last one that was opened */
};

enum body_step {
	BODY_NOTHING, /* for those who take the body */
	BODY_OPENS,
	BODY_GROWS,   /* by ev->body.data */
	BODY_DROPPED, /* what was opened is none */
	BODY_WHOLE,   /* ev->fetch tells whose it is */
};

/* Is it that section? "TEXT<0>": the beginning of TEXT. */
bool body_is(const struct imap4_body *b, const char *section);
/* What an event means. section: "" or "HEADER", as asked for; NULL: none was,
 * or all is answered. */
enum body_step body_event(struct body *b, const struct imap4_event *ev,
			  const char *section);

#endif
