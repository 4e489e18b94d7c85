/* SPDX-License-Identifier: MIT */
/* The outcome of an APPEND, COPY or MOVE that was not answered (RFC 4549 5.1):
 * it must not be sent again before that is known. */
#ifndef DAEMON_CORE_RESOLVE_H
#define DAEMON_CORE_RESOLVE_H

#include "daemon/core/types.h"

/* What was known before it was sent. */
struct resolve_intent {
	uint32_t uidvalidity, uidnext; /* of the target */
	/* 0: it was sent; 1: and looked for in vain; 2: and sent once more. */
	uint32_t attempts;
	bool stored; /* the server said that it has it */
	bool copied; /* by the server, from another mailbox */
};

/* What the target has now: a complete look. */
struct resolve_look {
	uint32_t uidvalidity;
	uint32_t uidnext; /* 0: the server does not say */
	/* Messages that came since then (in another mailbox: at all) and that
	 * nobody knows: neither a row nor a file here has their content. One of
	 * them may be ours, changed by the server, unless it was copied. */
	bool unknown;
};

enum resolve {
	RESOLVE_NOT_DONE, /* it surely was not stored */
	RESOLVE_WAIT,     /* look again in the next sync; one attempt */
	RESOLVE_AGAIN,    /* nobody can tell, or the server was wrong: send it
			   * once more. A message twice is better than none */
	RESOLVE_GIVE_UP,  /* that was done already, or it was stored and is not
			   * to be found: a person has to look */
};

/* Of an intent whose message was not found by its content. */
enum resolve resolve(const struct resolve_intent *intent,
		     const struct resolve_look *remote_list);

/* Did messages come since uidnext that neither a row nor a file here knows? */
bool resolve_unknown_since(const struct base_view *base,
			   const struct remote_view *remote,
			   const struct local_view *local, uint32_t uidnext);

/* An intent, and what is known of its file. */
struct resolve_facts {
	struct resolve_intent what;
	struct resolve_look look;
	bool file;    /* it is there */
	bool changed; /* it has other content by now */
	bool owned;   /* it belongs to a row */
	bool claimed; /* to one that the server shall show that it has */
	bool found;   /* its message is there, and has no row */
	bool partial; /* the look lacks messages: it may be one of them */
	bool first;   /* look of this sync */
};

enum resolve_record {
	RESOLVE_KEEP,  /* the intent stays as it is */
	RESOLVE_DROP,  /* it is void */
	RESOLVE_COUNT, /* one more look that did not tell */
};

/* What is to be recorded of an intent. *wait: its file is not to be sent now.
 */
enum resolve_record resolve_judge(const struct resolve_facts *f, bool *wait);

#endif
