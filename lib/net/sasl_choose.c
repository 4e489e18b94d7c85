/* SPDX-License-Identifier: MIT */
/* Which mechanism? The strongest that both sides have; where the user names
 * some, the first of those. A secret is never shown to a line that others can
 * read, whoever asks for it. */
#include "lib/net/sasl.h"

#include "lib/util/ascii.h"
#include "lib/util/buf.h"
#include "lib/util/text.h"

#include <gsasl.h>
#include <stdio.h>
#include <stdlib.h>

#define NAME_MAX_LEN 32
#define LIST_MAX     256

/* In order of preference. -PLUS first: only it notices that somebody else holds
 * the other end of the TLS connection. */
static const struct sasl_mechanism mechanisms[] = {
    {"OAUTHBEARER", SASL_TOKEN | SASL_CLEAR},
    {"XOAUTH2", SASL_TOKEN | SASL_CLEAR},
    {"SCRAM-SHA-256-PLUS",
     SASL_PROOF | SASL_FIRST | SASL_PREPARED | SASL_BOUND},
    {"SCRAM-SHA-1-PLUS", SASL_PROOF | SASL_FIRST | SASL_PREPARED | SASL_BOUND},
    {"SCRAM-SHA-256", SASL_PROOF | SASL_FIRST | SASL_PREPARED},
    {"SCRAM-SHA-1", SASL_PROOF | SASL_FIRST | SASL_PREPARED},
    {"CRAM-MD5", SASL_PREPARED},
    {"PLAIN", SASL_CLEAR | SASL_FIRST},
    {"LOGIN", SASL_CLEAR},
    {"LOGIN", SASL_CLEAR | SASL_COMMAND},
    {"EXTERNAL", SASL_NAMED | SASL_FIRST},
};
#define MECHANISMS (sizeof(mechanisms) / sizeof(mechanisms[0]))

static bool offered(const struct imap4_engine *e,
		    const struct sasl_mechanism *m)
{
	char capability[NAME_MAX_LEN];

	/* RFC 9051 6.2.3. */
	if (m->traits & SASL_COMMAND)
		return !imap4_engine_has(e, "LOGINDISABLED");
	(void)snprintf(capability, sizeof(capability), "AUTH=%s", m->name);
	return imap4_engine_has(e, capability);
}

static bool prepare(const char *s, Gsasl_saslprep_flags flags)
{
	char *prepared = NULL;

	if (gsasl_saslprep(s, flags, &prepared, NULL) != GSASL_OK)
		return false;
	explicit_bzero(prepared, strlen(prepared));
	gsasl_free(prepared);
	return true;
}

/* Passwords that SASLprep refuses (RFC 4013; characters younger than Unicode
 * 3.2, such as most emoji) cannot be used with SCRAM and CRAM-MD5. libgsasl's
 * mechanisms do not agree on the flag: both must do. */
static bool preparable(struct imap4_str s)
{
	char *copy = strndup(s.p, s.len);

	if (!copy)
		return false;
	bool ok = prepare(copy, 0) && prepare(copy, GSASL_ALLOW_UNASSIGNED);
	explicit_bzero(copy, s.len);
	free(copy);
	return ok;
}

static bool have_secret(const struct sasl_mechanism *m,
			const struct imap4_credentials *cred)
{
	if (m->traits & SASL_NAMED)
		return true;
	if (m->traits & SASL_TOKEN)
		return cred->token.p != NULL;
	if (!cred->password.p)
		return false;
	return !(m->traits & SASL_PREPARED) ||
	       (preparable(cred->user) && preparable(cred->password));
}

static bool safe(const struct sasl_mechanism *m,
		 const struct sasl_channel *channel)
{
	if ((m->traits & SASL_BOUND) && channel->binding.type == BINDING_NONE)
		return false;
	return channel->protected_ || !(m->traits & SASL_CLEAR);
}

static bool fits(const struct sasl_mechanism *m, const struct imap4_engine *e,
		 const struct sasl_channel *channel,
		 const struct imap4_credentials *cred)
{
	return offered(e, m) && safe(m, channel) && have_secret(m, cred);
}

/* Cyrus 3.6 offers -PLUS over TLS 1.3, but knows only tls-unique there, which
 * RFC 9266 3 forbids; who would use tls-exporter could not log in. A server
 * does not tell which it has, so over TLS 1.3 the user must ask for -PLUS. */
static bool automatic(const struct sasl_mechanism *m,
		      const struct sasl_channel *channel)
{
	if (m->traits & SASL_NAMED)
		return false;
	return !(m->traits & SASL_BOUND) ||
	       channel->binding.type == BINDING_UNIQUE;
}

static void add_word(struct buf *b, const char *p, size_t len)
{
	char word[NAME_MAX_LEN];

	text_clean(word, sizeof(word), p, len);
	(void)buf_addf(b, "%s%s", b->len > 0 ? " " : "", word);
}

static void list_server(const struct imap4_engine *e, struct buf *b)
{
	const char *p = imap4_engine_capabilities(e);

	while (p && *p) {
		size_t len = strcspn(p, " ");
		if (len > 5 && ascii_is(p, 5, "AUTH="))
			add_word(b, p + 5, len - 5);
		p += len;
		p += strspn(p, " ");
	}
	if (!imap4_engine_has(e, "LOGINDISABLED"))
		add_word(b, "LOGIN-command", strlen("LOGIN-command"));
}

static void list_ours(const struct imap4_credentials *cred, struct buf *b)
{
	for (size_t i = 0; cred->mechanisms && cred->mechanisms[i]; i++)
		add_word(b, cred->mechanisms[i], strlen(cred->mechanisms[i]));
	for (size_t i = 0; !cred->mechanisms && i < MECHANISMS; i++) {
		const struct sasl_mechanism *m = &mechanisms[i];
		if (!(m->traits & SASL_NAMED) && have_secret(m, cred))
			add_word(b, m->name, strlen(m->name));
	}
}

static void explain(const struct imap4_engine *e,
		    const struct sasl_channel *channel,
		    const struct imap4_credentials *cred, char *err,
		    size_t errlen)
{
	struct buf server, ours;

	buf_init(&server, LIST_MAX);
	buf_init(&ours, LIST_MAX);
	list_server(e, &server);
	list_ours(cred, &ours);
	(void)snprintf(
	    err, errlen,
	    "no login mechanism fits: the server has (%s), we have "
	    "(%s)%s",
	    server.data ? server.data : "", ours.data ? ours.data : "",
	    channel->protected_ ? ""
				: ", and on a line that is not encrypted no "
				  "password is shown");
	buf_release(&server);
	buf_release(&ours);
}

const struct sasl_mechanism *sasl_choose(const struct imap4_engine *e,
					 const struct sasl_channel *channel,
					 const struct imap4_credentials *cred,
					 char *err, size_t errlen)
{
	const char *const *names = cred->mechanisms;

	for (size_t i = 0; !names && i < MECHANISMS; i++) {
		const struct sasl_mechanism *m = &mechanisms[i];
		if (automatic(m, channel) && fits(m, e, channel, cred))
			return m;
	}
	for (size_t i = 0; names && names[i]; i++) {
		for (size_t j = 0; j < MECHANISMS; j++) {
			const struct sasl_mechanism *m = &mechanisms[j];
			if (ascii_same(names[i], m->name) &&
			    fits(m, e, channel, cred))
				return m;
		}
	}
	explain(e, channel, cred, err, errlen);
	return NULL;
}
