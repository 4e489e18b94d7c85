/* SPDX-License-Identifier: MIT */
/* What folders have lost on the server during one sync, account-wide: it may
 * turn up in another folder, and then its file follows. */
#ifndef DAEMON_STORE_LOST_H
#define DAEMON_STORE_LOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lost_message {
	int64_t folder; /* the row's */
	uint32_t uid;
	uint64_t key; /* of its file */
	int64_t internaldate;
	uint64_t emailid; /* lost_emailid(), 0: not known */
	bool found;       /* dry run: its file is to follow to another folder */
};

struct lost {
	struct lost_message *message;
	size_t n, cap;
};

void lost_add(struct lost *l, const struct lost_message *m);
void lost_release(struct lost *l);
/* A 64-bit hash of an EMAILID (RFC 8474) or "gm:" and X-GM-MSGID; never 0. */
uint64_t lost_emailid(const char *text, size_t len);

#endif
