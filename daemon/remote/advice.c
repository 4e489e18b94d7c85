/* SPDX-License-Identifier: MIT */
/* Goes by the texts of lib/net: they are written for the same reader. */
#include "daemon/remote/advice.h"

#include <imap4.h>
#include <string.h>

#define PIN_DIGITS 64

/* The pin that a text ends with, or NULL. What stands before it may be the
 * server's, a name that looks like a pin included. */
static const char *find_pin(const char *text)
{
	const char *pin = NULL;

	for (const char *p = text; (p = strstr(p, "sha256:")); p++)
		pin = p;
	if (!pin)
		return NULL;
	size_t digits = strspn(pin + strlen("sha256:"), "0123456789abcdef");
	return digits == PIN_DIGITS ? pin : NULL;
}

static void advise_pin(const char *text, const char *pin, struct err *err)
{
	int len = (int)strlen("sha256:") + PIN_DIGITS;

	if (strstr(text, "match the pin"))
		err_hint(err,
			 "if its key was changed on purpose: tls_pin = "
			 "%.*s",
			 len, pin);
	else
		err_hint(err,
			 "if this is your server: tls_pin = %.*s; if it has an "
			 "authority of its own: tls_ca_file = that one's "
			 "certificate",
			 len, pin);
}

/* "certificate is for a.example, b.example, not c.example" */
static void advise_host(const char *names, struct err *err)
{
	size_t len = strcspn(names, ",");

	if (memchr(names, ' ', len))
		err_hint(err, "its administrator has to put the host's name "
			      "into the certificate");
	else if (memchr(names, '*', len))
		err_hint(err, "host = the name that the server has in there");
	else
		err_hint(err,
			 "if your provider told you that name: host = %.*s",
			 (int)len, names);
}

static void advise_tls(const struct config_account *a, const char *text,
		       struct err *err)
{
	static const char names[] = "certificate is for ";
	const char *pin = find_pin(text);

	if (strncmp(text, names, strlen(names)) == 0)
		advise_host(text + strlen(names), err);
	else if (pin)
		advise_pin(text, pin, err);
	else if (strstr(text, "expired on"))
		err_hint(err, "its administrator has to renew it; or is the "
			      "clock of this machine wrong?");
	else if (strstr(text, "not yet valid"))
		err_hint(err, "is the clock of this machine right?");
	else if (strstr(text, "without TLS on this port"))
		err_hint(err, "tls = starttls, port = %u", (unsigned)a->port);
	else if (strstr(text, "not offer STARTTLS"))
		err_hint(err, "tls = implicit, port = 993");
	else
		err_hint(err, "check host, tls and port; nothing was sent");
}

void advise_silence(const struct config_account *a, struct err *err)
{
	err_hint(err,
		 "where TLS is spoken from the start: tls = implicit, "
		 "port = %u",
		 a->port == 143 ? 993 : (unsigned)a->port);
}

static void advise_net(const struct config_account *a, const char *text,
		       struct err *err)
{
	bool implicit = a->tls == CONFIG_TLS_IMPLICIT;

	if (strstr(text, "resolve"))
		err_hint(err, "check host; offline? it will be tried again");
	else if (strstr(text, "refused"))
		err_hint(err, "check host and port; or is it: %s",
			 implicit ? "tls = starttls, port = 143"
				  : "tls = implicit, port = 993");
	else if (!implicit && !a->tunnel && strstr(text, "(no greeting)"))
		advise_silence(a, err);
	else
		err_hint(err, "temporary; it will be tried again");
}

void advise_connection(const struct config_account *a, int result,
		       const char *text, struct err *err)
{
	if (result == IMAP4_ETLS)
		advise_tls(a, text, err);
	else if (result == IMAP4_ENET || result == IMAP4_ERESOLVE ||
		 result == IMAP4_EREFUSED || result == IMAP4_ETIMEDOUT)
		advise_net(a, text, err);
	else if (result == IMAP4_EPROTO)
		err_hint(err, "check host, port and tls: is that an IMAP "
			      "server?");
	else
		err_hint(err, "temporary; it will be tried again");
}

void advise_login(const struct config_account *a, struct err *err)
{
	if (a->token_command)
		err_hint(err,
			 "is it a token of this user, for IMAP? run it by "
			 "hand: %s",
			 a->token_command);
	else if (a->tls_client_cert && !a->password_command &&
		 !a->password_file && !a->password && !a->password_credential)
		err_hint(err, "check user and tls_client_cert");
	else
		err_hint(err, "check user and password");
}
