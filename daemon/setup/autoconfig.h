/* SPDX-License-Identifier: MIT */
/* Reads the IMAP server out of a config-v1.1.xml, as Thunderbird's providers
 * publish it. Whoever wrote it may be anybody. */
#ifndef DAEMON_SETUP_AUTOCONFIG_H
#define DAEMON_SETUP_AUTOCONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/config.h"

#define AUTOCONFIG_TEXT 256

struct autoconfig {
	char host[AUTOCONFIG_TEXT];
	uint16_t port;
	enum config_tls tls;
	char user[AUTOCONFIG_TEXT]; /* with the address put in */
	bool oauth_only;
};

/* Of the first server of type imap that is protected by TLS. 0 and *out, or
 * -1: there is none, or that is no such file; one with a DOCTYPE is none. */
int autoconfig_read(const char *xml, size_t len, const char *address,
		    struct autoconfig *out);

#endif
