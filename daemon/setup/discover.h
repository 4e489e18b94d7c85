/* SPDX-License-Identifier: MIT */
/* Where the mail of an address is: known providers, then what its domain says
 * in the DNS and on the web, then a guess. Each step is shown. */
#ifndef DAEMON_SETUP_DISCOVER_H
#define DAEMON_SETUP_DISCOVER_H

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"
#include "daemon/base/err.h"

#define DISCOVER_TEXT 256

struct discovery {
	const char *provider; /* preset; NULL: host, port and tls count */
	char host[DISCOVER_TEXT];
	uint16_t port;
	enum config_tls tls;
	char user[DISCOVER_TEXT];
	bool oauth_only;
	/* Known to us, or within the domain of the address. Else only the DNS
	 * or a web page says so, and a person is to agree before a password
	 * goes there. */
	bool trusted;
};

/* address: LOCAL@DOMAIN, checked here. 0 and *out, or -1 and *err: ERR_USAGE
 * (that is no address), ERR_TEMP (nothing was found). */
int discover_server(const char *address, struct discovery *out,
		    struct err *err);

#endif
