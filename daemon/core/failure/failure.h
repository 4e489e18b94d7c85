/* SPDX-License-Identifier: MIT */
/* How far a refusal reaches: everything that is asked is asked on behalf of a
 * message, a folder or the account, and what is refused stops that and nothing
 * else, unless the server says that it is about more. */
#ifndef DAEMON_CORE_FAILURE_FAILURE_H
#define DAEMON_CORE_FAILURE_FAILURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* In ascending order of what it stops. */
enum reach {
	REACH_MESSAGE,
	REACH_FOLDER,
	REACH_ACCOUNT,
};

/* What the server said. Neither text ends with a NUL; both may be anything. */
struct failure {
	/* On whose behalf the command was sent. ACCOUNT: greeting, login, LIST,
	 * BYE. */
	enum reach about;
	const char *code; /* "THROTTLED", in any case */
	size_t code_len;  /* 0: none */
	const char *text;
	size_t text_len;
};

struct failure_verdict {
	enum reach reach;
	/* The server is busy or down, or wants less of us: nobody is to blame
	 * who asked, nothing is set aside, and nothing more is asked. */
	bool busy;
	/* busy: for so long, as the server says; 0: it does not say. */
	int64_t wait_ms;
	/* About one mailbox, it seems: where a second one gets the same, the
	 * account is busy. */
	bool may_spread;
};

/* RFC 5530 has codes for it, but big servers say it in prose as well, and that
 * prose goes with other codes, or none:
 *   NO Request is throttled. Suggested Backoff Time: 92415 milliseconds
 *   NO [OVERQUOTA] Account exceeded command or bandwidth limits.
 *   NO [ALERT] Too many simultaneous connections. (Failure) */
struct failure_verdict failure_judge(const struct failure *f);

/* How long the server is left alone, from what it said (0: nothing) and for how
 * long it was left alone the last time (0: it was not): at most a day; else a
 * minute, doubling to an hour. */
int64_t failure_wait_ms(int64_t said_ms, int64_t last_ms);

/* How much of that is left, where it ends at until_ms. Never more than a day: a
 * clock that was set back must not make it last for ever. */
int64_t failure_left_ms(int64_t until_ms, int64_t now_ms);

/* How long what was refused for the attempts-th time in a row (from 1) is left
 * alone, in seconds: 0, which is until the next sync, then 15 minutes, doubling
 * to a day. */
int64_t failure_aside_s(unsigned attempts);

#endif
