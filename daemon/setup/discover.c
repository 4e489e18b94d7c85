/* SPDX-License-Identifier: MIT */
#include "daemon/setup/discover.h"

#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "config/check.h"
#include "config/provider.h"
#include "daemon/setup/autoconfig.h"
#include "daemon/setup/dns.h"
#include "daemon/setup/http.h"
#include "lib/util/ascii.h"

#define PROBE_MS 5000
#define HTTP_MS  8000

/* Domains of addresses, and suffixes of mail exchangers, by provider. */
static const struct {
	const char *suffix, *provider;
} domains[] =
    {
	{"gmail.com", "gmail"},
	{"googlemail.com", "gmail"},
	{"outlook.com", "outlook"},
	{"hotmail.com", "outlook"},
	{"live.com", "outlook"},
	{"msn.com", "outlook"},
	{"fastmail.com", "fastmail"},
	{"fastmail.fm", "fastmail"},
	{"yahoo.com", "yahoo"},
	{"ymail.com", "yahoo"},
	{"icloud.com", "icloud"},
	{"me.com", "icloud"},
	{"mac.com", "icloud"},
	{"proton.me", "proton-bridge"},
	{"protonmail.com", "proton-bridge"},
	{"pm.me", "proton-bridge"},
	{"aol.com", "aol"},
	{"posteo.de", "posteo"},
	{"posteo.net", "posteo"},
},
  exchangers[] = {
      {"google.com", "gmail"},
      {"googlemail.com", "gmail"},
      {"protection.outlook.com", "outlook"},
      {"messagingengine.com", "fastmail"},
      {"mail.icloud.com", "icloud"},
      {"protonmail.ch", "proton-bridge"},
      {"yahoodns.net", "yahoo"},
};
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Is name the domain, or below it? */
static bool is_within(const char *name, const char *domain)
{
	size_t n = strlen(name), d = strlen(domain);

	return n >= d && ascii_same(name + n - d, domain) &&
	       (n == d || name[n - d - 1] == '.');
}

static void show(const char *step, const char *what)
{
	printf("  %-12s %s\n", step, what);
	(void)fflush(stdout);
}

static void take_preset(struct discovery *d, const char *name,
			const char *address, bool trusted)
{
	const struct provider *p = provider_find(name);

	*d = (struct discovery){.provider = p->name,
				.port = p->port,
				.tls = p->tls,
				.trusted = trusted,
				.oauth_only = p->auth != NULL};
	(void)snprintf(d->host, sizeof(d->host), "%s", p->host);
	/* iCloud wants what stands before the @. */
	int len = strcmp(name, "icloud") == 0 ? (int)strcspn(address, "@")
					      : (int)strlen(address);
	(void)snprintf(d->user, sizeof(d->user), "%.*s", len, address);
}

static bool from_table(const char *address, const char *domain,
		       struct discovery *out)
{
	char mx[DNS_NAME], text[2 * DNS_NAME];

	for (size_t i = 0; i < COUNT(domains); i++) {
		if (ascii_same(domain, domains[i].suffix)) {
			show("known", domains[i].provider);
			take_preset(out, domains[i].provider, address, true);
			return true;
		}
	}
	show("known", "no");
	if (!dns_find_mx(domain, mx)) {
		show("MX", "none");
		return false;
	}
	for (size_t i = 0; i < COUNT(exchangers); i++) {
		if (is_within(mx, exchangers[i].suffix)) {
			(void)snprintf(text, sizeof(text), "%s: %s", mx,
				       exchangers[i].provider);
			show("MX", text);
			take_preset(out, exchangers[i].provider, address,
				    false);
			return true;
		}
	}
	show("MX", mx);
	return false;
}

static void take_host(struct discovery *d, const char *host, uint16_t port,
		      enum config_tls tls, const char *user, const char *domain)
{
	*d = (struct discovery){
	    .port = port, .tls = tls, .trusted = is_within(host, domain)};
	(void)snprintf(d->host, sizeof(d->host), "%s", host);
	(void)snprintf(d->user, sizeof(d->user), "%s", user);
}

/* RFC 6186, RFC 8314 5.1: TLS from the start is preferred. */
static bool from_srv(const char *address, const char *domain,
		     struct discovery *out)
{
	static const struct {
		const char *service;
		enum config_tls tls;
	} services[] = {{"_imaps._tcp", CONFIG_TLS_IMPLICIT},
			{"_imap._tcp", CONFIG_TLS_STARTTLS}};
	char name[2 * DNS_NAME], host[DNS_NAME];
	uint16_t port;

	for (size_t i = 0; i < COUNT(services); i++) {
		(void)snprintf(name, sizeof(name), "%s.%s", services[i].service,
			       domain);
		if (dns_find_srv(name, host, &port)) {
			show("SRV", host);
			take_host(out, host, port, services[i].tls, address,
				  domain);
			return true;
		}
	}
	show("SRV", "none");
	return false;
}

static bool from_url(const char *url, const char *address, const char *domain,
		     struct discovery *out)
{
	struct http_request request = {.url = url, .timeout_ms = HTTP_MS};
	struct http_answer answer;
	struct autoconfig found;
	struct err err;

	if (http_ask(&request, &answer, &err) < 0) {
		show("autoconfig", err.text);
		return false;
	}
	int rc = answer.status == 200
		     ? autoconfig_read(answer.body.data, answer.body.len,
				       address, &found)
		     : -1;
	http_release(&answer);
	if (rc < 0) {
		char text[600];
		(void)snprintf(text, sizeof(text), "%s: nothing to use", url);
		show("autoconfig", text);
		return false;
	}
	show("autoconfig", url);
	take_host(out, found.host, found.port, found.tls, found.user, domain);
	out->oauth_only = found.oauth_only;
	return true;
}

/* Only the domain is told to anybody, never the address. */
static bool from_web(const char *address, const char *domain,
		     struct discovery *out)
{
	static const char *const forms[] = {
	    "https://autoconfig.%s/mail/config-v1.1.xml",
	    "https://%s/.well-known/autoconfig/mail/config-v1.1.xml",
	    "https://live.thunderbird.net/autoconfig/v1.1/%s",
	};

	for (size_t i = 0; i < COUNT(forms); i++) {
		const char *at = strstr(forms[i], "%s");
		char url[512];
		(void)snprintf(url, sizeof(url), "%.*s%s%s",
			       (int)(at - forms[i]), forms[i], domain, at + 2);
		if (from_url(url, address, domain, out))
			return true;
	}
	return false;
}

static bool answers(const struct addrinfo *a)
{
	struct pollfd p = {.events = POLLOUT};
	int why = 0;
	socklen_t len = sizeof(why);

	p.fd =
	    socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (p.fd < 0)
		return false;
	bool ok = connect(p.fd, a->ai_addr, a->ai_addrlen) == 0;
	if (!ok && poll(&p, 1, PROBE_MS) == 1)
		ok = getsockopt(p.fd, SOL_SOCKET, SO_ERROR, &why, &len) == 0 &&
		     why == 0;
	(void)close(p.fd);
	return ok;
}

/* Nearly all have it there. TLS and the login will tell whether it is right. */
static bool from_probe(const char *address, const char *domain,
		       struct discovery *out)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct addrinfo *list = NULL;
	char host[DNS_NAME + 8];
	bool ok = false;

	(void)snprintf(host, sizeof(host), "imap.%s", domain);
	if (getaddrinfo(host, "993", &hints, &list) == 0) {
		for (const struct addrinfo *a = list; a && !ok; a = a->ai_next)
			ok = answers(a);
		freeaddrinfo(list);
	}
	show("probe", ok ? host : "no answer at imap.DOMAIN:993");
	if (ok)
		take_host(out, host, 993, CONFIG_TLS_IMPLICIT, address, domain);
	return ok;
}

int discover_server(const char *address, struct discovery *out, struct err *err)
{
	const char *at = strrchr(address, '@');

	if (!at || at == address || strlen(address) >= DISCOVER_TEXT ||
	    check_printable(address) || check_host(at + 1) ||
	    !strchr(at + 1, '.')) {
		(void)err_set(err, ERR_USAGE, ERR_SCOPE_DAEMON,
			      "'%s' is not an address", address);
		return err_hint(err, "such as ann@example.org");
	}
	printf("Looking for the server of %s\n", at + 1);
	if (from_table(address, at + 1, out) ||
	    from_srv(address, at + 1, out) || from_web(address, at + 1, out) ||
	    from_probe(address, at + 1, out))
		return 0;
	(void)err_set(err, ERR_TEMP, ERR_SCOPE_DAEMON,
		      "no server was found for %s", at + 1);
	return err_hint(err, "say it: imapsyncctl setup --host HOST %s",
			address);
}
