/* SPDX-License-Identifier: MIT */
/* Waits on this machine for the browser to come back (RFC 8252 7.3): a web
 * server of one page, on 127.0.0.1 and ::1, for as long as it takes. */
#ifndef DAEMON_SETUP_LOOPBACK_H
#define DAEMON_SETUP_LOOPBACK_H

#include <stdint.h>

#include "daemon/setup/redirect.h"

#define LOOPBACK_REQUEST_MAX 8192

struct loopback {
	int fd[2]; /* IPv4, IPv6; -1: not there */
	uint16_t port;
};

/* Listens; port 0: any that is free for both. 0, or -1 and *err. */
int loopback_open(uint16_t port, struct loopback *out, struct err *err);
void loopback_close(struct loopback *l);

/* Answers requests until one is the answer that is expected. Others (a wrong
 * state, another path, too long, another Host) get an error page, and are
 * waited out. 0 and *code (allocated), or -1 and *err. */
int loopback_wait(const struct loopback *l,
		  const struct redirect_expected *expected, int64_t timeout_ms,
		  char **code, struct err *err);

#endif
