/* SPDX-License-Identifier: MIT */
#include "daemon/core/resolve.h"

/* RFC 9051 2.3.1.1: UIDNEXT changes whenever messages are added, even if they
 * are gone again, and never otherwise. */
static bool nothing_came(const struct resolve_intent *intent,
			 const struct resolve_look *look)
{
	return look->uidvalidity == intent->uidvalidity && look->uidnext != 0 &&
	       look->uidnext == intent->uidnext;
}

enum resolve resolve(const struct resolve_intent *intent,
		     const struct resolve_look *remote_list)
{
	bool same = remote_list->uidvalidity == intent->uidvalidity;

	/* Changed by the server, moved or deleted by others. Where the mailbox
	 * is another by now, it went with the old one. */
	if (intent->stored && same && intent->attempts == 0)
		return RESOLVE_WAIT;
	bool none = nothing_came(intent, remote_list);
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

static bool is_hinted(const struct local_view *local, uint32_t uid)
{
	for (size_t i = 0; i < local->n; i++) {
		if (local->row[i].hint == uid)
			return true;
	}
	return false;
}

bool resolve_unknown_since(const struct base_view *base,
			   const struct remote_view *remote,
			   const struct local_view *local, uint32_t uidnext)
{
	for (size_t i = remote->n; i-- > 0 && remote->row[i].uid >= uidnext;) {
		uint32_t uid = remote->row[i].uid;
		if (!base_view_find(base, uid) && !is_hinted(local, uid))
			return true;
	}
	return false;
}

enum resolve_record resolve_judge(const struct resolve_facts *f, bool *wait)
{
	*wait = false;
	if (f->found || f->claimed)
		return RESOLVE_KEEP;
	/* Its file is gone, another message's by now, or other content. */
	if (!f->file || f->changed || f->owned)
		return RESOLVE_DROP;
	if (f->partial && !nothing_came(&f->what, &f->look)) {
		*wait = true;
		return RESOLVE_KEEP;
	}
	switch (resolve(&f->what, &f->look)) {
	case RESOLVE_NOT_DONE:
		/* The next intent takes its attempts over. */
		return f->what.attempts == 0 ? RESOLVE_DROP : RESOLVE_KEEP;
	case RESOLVE_AGAIN:
		/* The next intent says so. A later look of the same sync is no
		 * later one. */
		*wait = !f->first;
		return RESOLVE_KEEP;
	case RESOLVE_WAIT:
		*wait = true;
		return f->first ? RESOLVE_COUNT : RESOLVE_KEEP;
	case RESOLVE_GIVE_UP:
		*wait = true;
		return RESOLVE_KEEP;
	}
	return RESOLVE_KEEP;
}
