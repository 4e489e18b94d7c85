/* SPDX-License-Identifier: MIT */
#include "daemon/setup/autoconfig.h"

#include <expat.h>
#include <stdio.h>
#include <string.h>

#include "config/check.h"
#include "lib/util/buf.h"
#include "lib/util/num.h"

#define DEPTH_MAX 16
#define USER_MAX  (AUTOCONFIG_TEXT - 1)

struct reader {
	XML_Parser parser;
	const char *address;
	struct autoconfig server; /* the one that is being read */
	bool in_server, secure, password, oauth, done;
	unsigned depth;
	char text[AUTOCONFIG_TEXT];
	size_t len;
	struct autoconfig *out;
};

static const char *attribute(const XML_Char **attributes, const char *name)
{
	for (; attributes[0]; attributes += 2) {
		if (strcmp(attributes[0], name) == 0)
			return attributes[1];
	}
	return "";
}

static void on_start(void *ctx, const XML_Char *name,
		     const XML_Char **attributes)
{
	struct reader *r = ctx;

	if (++r->depth > DEPTH_MAX) {
		(void)XML_StopParser(r->parser, XML_FALSE);
		return;
	}
	r->len = 0;
	if (strcmp(name, "incomingServer") != 0)
		return;
	r->server = (struct autoconfig){.tls = CONFIG_TLS_NONE};
	r->in_server = strcmp(attribute(attributes, "type"), "imap") == 0;
	r->secure = r->password = r->oauth = false;
}

static void on_text(void *ctx, const XML_Char *p, int n)
{
	struct reader *r = ctx;

	for (int i = 0; i < n && r->len + 1 < sizeof(r->text); i++)
		r->text[r->len++] = p[i];
}

/* %EMAILADDRESS%, %EMAILLOCALPART% and %EMAILDOMAIN% in a name of a user. A
 * text that does not fit is none. */
static void expand(const char *form, const char *address,
		   char out[AUTOCONFIG_TEXT])
{
	const char *at = strrchr(address, '@');
	struct {
		const char *name;
		const char *value;
		size_t len;
	} table[] = {
	    {"%EMAILADDRESS%", address, strlen(address)},
	    {"%EMAILLOCALPART%", address, (size_t)(at - address)},
	    {"%EMAILDOMAIN%", at + 1, strlen(at + 1)},
	};
	struct buf b;
	int rc = 0;

	buf_init(&b, USER_MAX);
	while (*form && rc == 0) {
		bool found = false;
		for (size_t i = 0; i < 3 && !found; i++) {
			size_t n = strlen(table[i].name);
			found = strncmp(form, table[i].name, n) == 0;
			if (found) {
				rc = buf_add(&b, table[i].value, table[i].len);
				form += n;
			}
		}
		if (!found)
			rc = buf_addc(&b, *form++);
	}
	(void)snprintf(out, AUTOCONFIG_TEXT, "%s",
		       rc == 0 && b.data ? b.data : "");
	buf_release(&b);
}

static void take(struct reader *r, const char *name)
{
	struct autoconfig *s = &r->server;
	uint64_t port;

	if (strcmp(name, "hostname") == 0) {
		(void)snprintf(s->host, sizeof(s->host), "%s",
			       check_host(r->text) ? "" : r->text);
	} else if (strcmp(name, "port") == 0) {
		if (num_parse(r->text, r->len, UINT16_MAX, &port) == 0)
			s->port = (uint16_t)port;
	} else if (strcmp(name, "socketType") == 0) {
		s->tls = strcmp(r->text, "SSL") == 0 ? CONFIG_TLS_IMPLICIT
						     : CONFIG_TLS_STARTTLS;
		r->secure = strcmp(r->text, "SSL") == 0 ||
			    strcmp(r->text, "STARTTLS") == 0;
	} else if (strcmp(name, "username") == 0) {
		expand(r->text, r->address, s->user);
	} else if (strcmp(name, "authentication") == 0) {
		bool oauth = strcmp(r->text, "OAuth2") == 0;
		r->oauth = r->oauth || oauth;
		r->password = r->password || !oauth;
	}
}

static void on_end(void *ctx, const XML_Char *name)
{
	struct reader *r = ctx;

	r->depth--;
	r->text[r->len] = '\0';
	if (r->in_server && strcmp(name, "incomingServer") == 0) {
		r->in_server = false;
		if (!r->done && r->secure && r->server.host[0] &&
		    r->server.port > 0 && r->server.user[0] &&
		    !check_printable(r->server.user)) {
			r->done = true;
			*r->out = r->server;
			r->out->oauth_only = r->oauth && !r->password;
		}
	} else if (r->in_server) {
		take(r, name);
	}
	r->len = 0;
}

/* Entities are declared in there, and only there: without, none can grow. */
static void on_doctype(void *ctx, const XML_Char *name, const XML_Char *sys,
		       const XML_Char *pub, int internal)
{
	const struct reader *r = ctx;

	(void)name;
	(void)sys;
	(void)pub;
	(void)internal;
	(void)XML_StopParser(r->parser, XML_FALSE);
}

int autoconfig_read(const char *xml, size_t len, const char *address,
		    struct autoconfig *out)
{
	struct autoconfig found;
	struct reader r = {.address = address, .out = &found};

	if (len > INT32_MAX || !strrchr(address, '@'))
		return -1;
	r.parser = XML_ParserCreate(NULL);
	if (!r.parser)
		return -1;
	XML_SetUserData(r.parser, &r);
	XML_SetElementHandler(r.parser, on_start, on_end);
	XML_SetCharacterDataHandler(r.parser, on_text);
	XML_SetStartDoctypeDeclHandler(r.parser, on_doctype);
	bool whole = XML_Parse(r.parser, xml, (int)len, 1) == XML_STATUS_OK;
	XML_ParserFree(r.parser);
	if (!whole || !r.done)
		return -1;
	*out = found;
	return 0;
}
