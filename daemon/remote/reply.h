/* SPDX-License-Identifier: MIT */
/* What a server's answer to a command means. */
#ifndef DAEMON_REMOTE_REPLY_H
#define DAEMON_REMOTE_REPLY_H

#include <imap4.h>

#include "daemon/base/err.h"
#include "daemon/core/failure/failure.h"

/* Has the server MOVE or UIDPLUS, by that name or with IMAP4rev2, which has
 * both (RFC 9051 appendix E)? */
bool reply_has_in_rev2(const struct imap4_engine *e, const char *extension);
/* What stops, by an answer to what was about that. */
struct failure_verdict reply_judge(const struct imap4_event *ev,
				   enum reach about);
/* The code says that it may be otherwise soon. */
bool reply_is_temporary(enum imap4_code code);
/* What to do about a code; "": nothing is known. */
const char *reply_hint(enum imap4_code code);

/* Why a command failed that was sent on behalf of a message, a folder or the
 * account, with the server's words; its scope is what that stops. what:
 * "SELECT". */
void reply_command_err(const struct imap4_event *done, enum reach about,
		       const char *what, struct err *err);

/* What *err is about was said by a server that is busy, and wants to be left
 * alone for so long; 0: it does not say how long. */
void reply_set_busy(struct err *err, int64_t ms);

#endif
