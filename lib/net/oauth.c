/* SPDX-License-Identifier: MIT */
/* The first messages of XOAUTH2 (Google's, from before the RFC; Outlook and
 * Yahoo took it up) and OAUTHBEARER (RFC 7628). Whatever follows in these
 * mechanisms is an error report and its acknowledgement. */
#include "lib/net/oauth.h"

#include "lib/util/ascii.h"

bool oauth_token_valid(struct imap4_str token)
{
	size_t n = token.len;

	while (n > 0 && token.p[n - 1] == '=')
		n--;
	for (size_t i = 0; i < n; i++) {
		char c = token.p[i];
		if (!ascii_alpha(c) && !ascii_digit(c) &&
		    (c == '\0' || !strchr("-._~+/", c)))
			return false;
	}
	return n > 0;
}

bool oauth_text_valid(struct imap4_str text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (ascii_ctl(text.p[i]))
			return false;
	}
	return true;
}

static int add_auth(struct imap4_str token, struct buf *out)
{
	if (buf_adds(out, "auth=Bearer ") < 0 ||
	    buf_add(out, token.p, token.len) < 0 ||
	    buf_adds(out, "\x01\x01") < 0)
		return -1;
	return 0;
}

int oauth_xoauth2(struct imap4_str user, struct imap4_str token,
		  struct buf *out)
{
	if (buf_adds(out, "user=") < 0 || buf_add(out, user.p, user.len) < 0 ||
	    buf_adds(out, "\x01") < 0)
		return -1;
	return add_auth(token, out);
}

/* RFC 5801 4: saslname in a GS2 header. */
static int add_saslname(struct imap4_str user, struct buf *out)
{
	for (size_t i = 0; i < user.len; i++) {
		char c = user.p[i];
		int rc = c == ','   ? buf_adds(out, "=2C")
			 : c == '=' ? buf_adds(out, "=3D")
				    : buf_addc(out, c);
		if (rc < 0)
			return -1;
	}
	return 0;
}

int oauth_bearer(struct imap4_str user, const char *host, uint16_t port,
		 struct imap4_str token, struct buf *out)
{
	if (buf_adds(out, "n,") < 0)
		return -1;
	if (user.len > 0 &&
	    (buf_adds(out, "a=") < 0 || add_saslname(user, out) < 0))
		return -1;
	if (buf_adds(out, ",\x01") < 0)
		return -1;
	if (host && buf_addf(out, "host=%s\x01", host) < 0)
		return -1;
	if (port != 0 && buf_addf(out, "port=%u\x01", (unsigned)port) < 0)
		return -1;
	return add_auth(token, out);
}
