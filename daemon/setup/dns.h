/* SPDX-License-Identifier: MIT */
/* What the domain name system says of a mail domain. Nobody signs that: it is a
 * hint, and every name in it is checked. */
#ifndef DAEMON_SETUP_DNS_H
#define DAEMON_SETUP_DNS_H

#include <stdint.h>

#define DNS_NAME 256

/* The target and port of the first SRV record of a name such as
 * _imaps._tcp.example.org (RFC 6186), by priority and weight. 1; 0: there is
 * none, or "." (the service is not offered), or none that is a host name. */
int dns_find_srv(const char *name, char host[DNS_NAME], uint16_t *port);
/* The mail exchanger of the best preference (RFC 5321 5.1). As above. */
int dns_find_mx(const char *domain, char host[DNS_NAME]);

/* The same out of the bytes of an answer; type: ns_t_srv or ns_t_mx; *port is
 * not set for the latter. */
int dns_read(const unsigned char *answer, int len, int type,
	     char host[DNS_NAME], uint16_t *port);

#endif
