/* SPDX-License-Identifier: MIT */
/* What a web server and a name server say of a domain: what is taken stands in
 * a configuration file afterwards, one value a line. */
#include <arpa/nameser.h>
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "config/check.h"
#include "daemon/setup/autoconfig.h"
#include "daemon/setup/dns.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct autoconfig a;
	char host[DNS_NAME];
	uint16_t port = 0;

	if (autoconfig_read((const char *)data, size, "ann@example.org", &a) ==
	    0) {
		assert(a.host[0] && !check_host(a.host));
		assert(a.user[0] && !check_printable(a.user));
		assert(a.port > 0 && a.tls != CONFIG_TLS_NONE);
	}
	if (size > 65535)
		return 0;
	if (dns_read(data, (int)size, ns_t_srv, host, &port))
		assert(host[0] && !check_host(host) && port > 0);
	if (dns_read(data, (int)size, ns_t_mx, host, NULL))
		assert(host[0] && !check_host(host));
	return 0;
}
