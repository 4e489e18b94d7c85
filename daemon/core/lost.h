/* SPDX-License-Identifier: MIT */
/* What folders have lost on the server during one sync, account-wide: it may
 * turn up in another folder, and then its file follows. */
#ifndef DAEMON_CORE_LOST_H
#define DAEMON_CORE_LOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lost_message {
	int64_t folder; /* the row's */
	uint32_t uid;
	uint64_t key; /* of its file */
	int64_t internaldate;
	uint64_t emailid; /* a hash of its EMAILID (RFC 8474), or of "gm:" and
			   * X-GM-MSGID; 0: not known */
	bool found;       /* dry run: its file is to follow to another folder */
};

struct lost {
	struct lost_message *message;
	size_t n, cap;
};

/* 0, or -1: out of memory. */
int lost_add(struct lost *l, const struct lost_message *m);
void lost_release(struct lost *l);

#endif
