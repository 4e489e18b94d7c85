/* SPDX-License-Identifier: MIT */
#include "daemon/core/resolve.h"

enum resolve resolve(const struct resolve_intent *intent,
		     const struct resolve_look *remote_list)
{
	bool same = remote_list->uidvalidity == intent->uidvalidity;

	/* Changed by the server, moved or deleted by others. Where the mailbox
	 * is another by now, it went with the old one. */
	if (intent->stored && same && intent->attempts == 0)
		return RESOLVE_WAIT;
	/* RFC 9051 2.3.1.1: UIDNEXT changes whenever messages are added, even
	 * if they are gone again, and never otherwise. */
	bool none = same && remote_list->uidnext != 0 &&
		    remote_list->uidnext == intent->uidnext;
	/* The server does not have what it said that it has. No server changes
	 * what it copies: that would have been found. */
	if (intent->stored && same)
		return (none || intent->copied) && intent->attempts == 1
			   ? RESOLVE_AGAIN
			   : RESOLVE_GIVE_UP;
	if (none)
		return RESOLVE_NOT_DONE;
	/* Everything that came is somebody else's. Only the first look can
	 * tell: what it did not know has been fetched since. */
	if (intent->attempts == 0 && (intent->copied || !remote_list->unknown))
		return RESOLVE_NOT_DONE;
	/* Some servers do not list at once what was appended. */
	if (intent->attempts == 0)
		return RESOLVE_WAIT;
	return intent->attempts == 1 ? RESOLVE_AGAIN : RESOLVE_GIVE_UP;
}
