/* SPDX-License-Identifier: MIT */
/* glibc's resolver library: it asks whom /etc/resolv.conf names. */
#include "daemon/setup/dns.h"

#include <arpa/nameser.h>
#include <netinet/in.h>
#include <resolv.h>
#include <stddef.h>
#include <string.h>

#include "config/check.h"

#define ANSWER_MAX 65535

struct record {
	unsigned first,
	    second; /* the lower, the better; the higher, the better */
	uint16_t port;
	char host[DNS_NAME];
};

static int read_record(const ns_msg *m, const ns_rr *rr, int type,
		       struct record *out)
{
	const unsigned char *p = ns_rr_rdata(*rr);
	size_t fixed = type == ns_t_srv ? 6 : 2;

	if (ns_rr_type(*rr) != (ns_type)type || ns_rr_rdlen(*rr) <= fixed)
		return -1;
	out->first = ns_get16(p);
	out->second = type == ns_t_srv ? ns_get16(p + 2) : 0;
	out->port = type == ns_t_srv ? (uint16_t)ns_get16(p + 4) : 0;
	if (dn_expand(ns_msg_base(*m), ns_msg_end(*m), p + fixed, out->host,
		      sizeof(out->host)) < 0)
		return -1;
	/* "." says that there is none; a name with a newline is no name. */
	if (out->host[0] == '\0' || check_host(out->host) != NULL)
		return -1;
	return type == ns_t_srv && out->port == 0 ? -1 : 0;
}

int dns_read(const unsigned char *answer, int len, int type,
	     char host[DNS_NAME], uint16_t *port)
{
	struct record best = {.host = ""};
	ns_msg m;

	if (ns_initparse(answer, len, &m) < 0)
		return 0;
	for (int i = 0; i < ns_msg_count(m, ns_s_an); i++) {
		struct record r;
		ns_rr rr;
		if (ns_parserr(&m, ns_s_an, i, &rr) < 0)
			break;
		if (read_record(&m, &rr, type, &r) < 0)
			continue;
		if (best.host[0] == '\0' || r.first < best.first ||
		    (r.first == best.first && r.second > best.second))
			best = r;
	}
	if (best.host[0] == '\0')
		return 0;
	memcpy(host, best.host, DNS_NAME);
	if (type == ns_t_srv)
		*port = best.port;
	return 1;
}

static int ask(const char *name, int type, char host[DNS_NAME], uint16_t *port)
{
	unsigned char answer[ANSWER_MAX];
	struct __res_state state = {0};
	int found = 0;

	if (res_ninit(&state) < 0)
		return 0;
	state.retrans = 3;
	state.retry = 2;
	int len =
	    res_nquery(&state, name, ns_c_in, type, answer, sizeof(answer));
	if (len > 0)
		found = dns_read(answer, len, type, host, port);
	res_nclose(&state);
	return found;
}

int dns_find_srv(const char *name, char host[DNS_NAME], uint16_t *port)
{
	return ask(name, ns_t_srv, host, port);
}

int dns_find_mx(const char *domain, char host[DNS_NAME])
{
	return ask(domain, ns_t_mx, host, NULL);
}
