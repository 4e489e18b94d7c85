/* SPDX-License-Identifier: MIT */
/* One login. libgsasl does the cryptography; the OAuth2 mechanisms need none.
 * Secrets are kept until the login is over, and wiped. */
#include "lib/net/sasl.h"

#include "lib/codec/base64.h"
#include "lib/net/conn.h"
#include "lib/net/oauth.h"
#include "lib/util/ascii.h"
#include "lib/util/num.h"
#include "lib/util/secret.h"
#include "lib/util/text.h"

#include <imap4/submit.h>

#include <gsasl.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX_STEPS   8
#define MAX_ERROR   4096
#define MAX_MESSAGE (2 * 1024 * 1024)
/* RFC 5802 5.1 sets no upper bound; a server that asks for thousands of
 * millions would stop the program for hours. 600,000 is advised today. */
#define MAX_ITERATIONS 2000000

struct imap4_sasl {
	struct imap4_engine *engine;
	const struct sasl_mechanism *mechanism;
	Gsasl *gsasl;
	Gsasl_session *session;
	struct secret *user, *password; /* SASL_COMMAND */
	struct buf token_message;       /* SASL_TOKEN */
	struct buf server_error;
	unsigned steps;
	bool proved; /* libgsasl is content with the server */
};

/* libgsasl frees its copies of the secrets without wiping them. */
static void wipe_property(Gsasl_session *session, Gsasl_property property)
{
	const char *p = gsasl_property_fast(session, property);

	if (p)
		explicit_bzero((void *)(uintptr_t)p, strlen(p));
}

static void free_output(char *p, size_t len)
{
	if (p)
		explicit_bzero(p, len);
	gsasl_free(p);
}

static int set_binding(Gsasl_session *session,
		       const struct transport_binding *binding)
{
	Gsasl_property property = binding->type == BINDING_EXPORTER
				      ? GSASL_CB_TLS_EXPORTER
				      : GSASL_CB_TLS_UNIQUE;
	struct buf b;

	buf_init(&b, MAX_ERROR);
	int rc = base64_encode(binding->data, binding->len, &b);
	if (rc == 0)
		rc = gsasl_property_set(session, property, b.data);
	buf_wipe(&b);
	return rc;
}

static int set_up_gsasl(struct imap4_sasl *s,
			const struct sasl_channel *channel,
			const struct imap4_credentials *cred)
{
	if (gsasl_init(&s->gsasl) != GSASL_OK ||
	    gsasl_client_start(s->gsasl, s->mechanism->name, &s->session) !=
		GSASL_OK)
		return -1;
	/* EXTERNAL has no user but the one to act as (RFC 4422 A). */
	Gsasl_property user =
	    s->mechanism->traits & SASL_NAMED ? GSASL_AUTHZID : GSASL_AUTHID;
	if (gsasl_property_set_raw(s->session, user, cred->user.p,
				   cred->user.len) != GSASL_OK)
		return -1;
	if (cred->password.p &&
	    gsasl_property_set_raw(s->session, GSASL_PASSWORD, cred->password.p,
				   cred->password.len) != GSASL_OK)
		return -1;
	/* Only there: libgsasl fails the others when it sees one. */
	if (s->mechanism->traits & SASL_BOUND)
		return set_binding(s->session, &channel->binding);
	return 0;
}

static int set_up_token(struct imap4_sasl *s,
			const struct imap4_credentials *cred)
{
	if (ascii_same(s->mechanism->name, "XOAUTH2"))
		return oauth_xoauth2(cred->user, cred->token,
				     &s->token_message);
	return oauth_bearer(cred->user, cred->host, cred->port, cred->token,
			    &s->token_message);
}

static int set_up(struct imap4_sasl *s, const struct sasl_channel *channel,
		  const struct imap4_credentials *cred)
{
	if (s->mechanism->traits & SASL_TOKEN)
		return set_up_token(s, cred);
	if (!(s->mechanism->traits & SASL_COMMAND))
		return set_up_gsasl(s, channel, cred);
	s->user = secret_new(cred->user.p, cred->user.len);
	s->password = secret_new(cred->password.p, cred->password.len);
	return s->user && s->password ? 0 : -1;
}

static bool has_nul(struct imap4_str s)
{
	return s.len > 0 && memchr(s.p, '\0', s.len) != NULL;
}

/* NULL, or what is wrong with the credentials. */
static const char *check(const struct imap4_credentials *cred)
{
	if (!cred->user.p)
		return "there is no user name";
	if (has_nul(cred->user) || has_nul(cred->password))
		return "the user name or the password holds a NUL";
	if (!cred->token.p)
		return NULL;
	if (!oauth_text_valid(cred->user))
		return "the user name holds a control character";
	if (cred->host && !oauth_text_valid((struct imap4_str){
			      cred->host, strlen(cred->host)}))
		return "the host name holds a control character";
	if (!oauth_token_valid(cred->token))
		return "the token is no bearer token (RFC 6750): it holds "
		       "other characters than A-Z a-z 0-9 - . _ ~ + / =";
	return NULL;
}

struct imap4_sasl *sasl_new(struct imap4_engine *e,
			    const struct sasl_channel *channel,
			    const struct imap4_credentials *cred, char *err,
			    size_t errlen)
{
	struct imap4_credentials own = {0};

	memcpy(&own, cred, cred->size < sizeof(own) ? cred->size : sizeof(own));
	const char *wrong = check(&own);
	if (wrong) {
		(void)snprintf(err, errlen, "%s", wrong);
		return NULL;
	}
	const struct sasl_mechanism *m =
	    sasl_choose(e, channel, &own, err, errlen);
	if (!m)
		return NULL;
	struct imap4_sasl *s = calloc(1, sizeof(*s));
	if (s) {
		s->engine = e;
		s->mechanism = m;
		buf_init(&s->token_message, MAX_MESSAGE);
		buf_init(&s->server_error, MAX_ERROR);
	}
	if (!s || set_up(s, channel, &own) != 0) {
		(void)snprintf(err, errlen, "cannot set up %s", m->name);
		imap4_sasl_free(s);
		return NULL;
	}
	return s;
}

struct imap4_sasl *imap4_sasl_new(struct imap4_conn *conn,
				  const struct imap4_credentials *cred,
				  char *err, size_t errlen)
{
	struct sasl_channel channel = {.protected_ =
					   imap4_conn_protected(conn)};

	transport_get_binding(&conn->transport, &channel.binding);
	return sasl_new(conn->engine, &channel, cred, err, errlen);
}

void imap4_sasl_free(struct imap4_sasl *s)
{
	if (!s)
		return;
	if (s->session) {
		wipe_property(s->session, GSASL_PASSWORD);
		gsasl_finish(s->session);
	}
	if (s->gsasl)
		gsasl_done(s->gsasl);
	secret_free(s->user);
	secret_free(s->password);
	buf_wipe(&s->token_message);
	buf_release(&s->server_error);
	free(s);
}

const char *imap4_sasl_mechanism(const struct imap4_sasl *s)
{
	return s->mechanism->name;
}

static int start_gsasl(struct imap4_sasl *s, imap4_id *id)
{
	const struct sasl_mechanism *m = s->mechanism;
	struct imap4_str initial = {NULL, 0};
	char *out = NULL;
	size_t len = 0;

	if (m->traits & SASL_FIRST) {
		int rc = gsasl_step(s->session, NULL, 0, &out, &len);
		if (rc != GSASL_OK && rc != GSASL_NEEDS_MORE)
			return rc == GSASL_MALLOC_ERROR ? IMAP4_ENOMEM
							: IMAP4_EAUTH;
		/* Nothing to say is not the same as saying nothing. */
		initial.p = len > 0 ? out : "";
		initial.len = len;
	}
	int rc = imap4_engine_authenticate(s->engine, m->name, initial, id);
	free_output(out, len);
	return rc;
}

int imap4_sasl_start(struct imap4_sasl *s, imap4_id *id)
{
	struct imap4_str message = {s->token_message.data,
				    s->token_message.len};

	if (s->mechanism->traits & SASL_TOKEN)
		return imap4_engine_authenticate(s->engine, s->mechanism->name,
						 message, id);
	if (!(s->mechanism->traits & SASL_COMMAND))
		return start_gsasl(s, id);
	struct imap4_str user = {secret_text(s->user), secret_len(s->user)};
	struct imap4_str password = {secret_text(s->password),
				     secret_len(s->password)};
	return imap4_engine_login(s->engine, user, password, id);
}

static int give_up(struct imap4_sasl *s, int result)
{
	s->proved = false;
	int rc = imap4_engine_auth_cancel(s->engine);
	return rc < 0 ? rc : result;
}

/* A token was not accepted: the server says why, and waits for a sign before it
 * says NO (RFC 7628 3.2.3; XOAUTH2: an empty line). */
static int acknowledge(struct imap4_sasl *s, struct imap4_str error)
{
	bool xoauth2 = ascii_same(s->mechanism->name, "XOAUTH2");
	const struct imap4_str sign = {xoauth2 ? "" : "\x01", xoauth2 ? 0 : 1};
	char text[MAX_ERROR];

	if (error.len > 0 && s->server_error.len == 0) {
		text_clean(text, sizeof(text), error.p, error.len);
		if (buf_adds(&s->server_error, text) < 0)
			return give_up(s, IMAP4_ENOMEM);
	}
	return imap4_engine_auth_respond(s->engine, sign);
}

/* The i= of a SCRAM server's first message (RFC 5802 5.1) is within reason, or
 * the message is another. */
static bool iterations_ok(struct imap4_str message)
{
	const char *p = message.p;
	const char *end = message.p + message.len;
	uint64_t n;

	while (p < end) {
		const char *comma = memchr(p, ',', (size_t)(end - p));
		const char *stop = comma ? comma : end;
		if (stop - p > 2 && p[0] == 'i' && p[1] == '=')
			return num_parse(p + 2, (size_t)(stop - p) - 2,
					 MAX_ITERATIONS, &n) == 0;
		p = stop + (comma ? 1 : 0);
	}
	return true;
}

int imap4_sasl_step(struct imap4_sasl *s, struct imap4_str challenge)
{
	char *out = NULL;
	size_t len = 0;

	if (++s->steps > MAX_STEPS || s->mechanism->traits & SASL_COMMAND)
		return give_up(s, IMAP4_EAUTH);
	if (s->mechanism->traits & SASL_TOKEN)
		return acknowledge(s, challenge);
	const char *in = challenge.p ? challenge.p : "";
	if (challenge.p && (s->mechanism->traits & SASL_PROOF) &&
	    !iterations_ok(challenge))
		return give_up(s, IMAP4_EAUTH);
	int rc = gsasl_step(s->session, in, challenge.len, &out, &len);
	if (rc != GSASL_OK && rc != GSASL_NEEDS_MORE)
		return give_up(s, rc == GSASL_MALLOC_ERROR ? IMAP4_ENOMEM
							   : IMAP4_EAUTH);
	s->proved = rc == GSASL_OK;
	const struct imap4_str answer = {len > 0 ? out : "", len};
	rc = imap4_engine_auth_respond(s->engine, answer);
	free_output(out, len);
	return rc;
}

bool imap4_sasl_complete(const struct imap4_sasl *s)
{
	return !(s->mechanism->traits & SASL_PROOF) || s->proved;
}

const char *imap4_sasl_server_error(const struct imap4_sasl *s)
{
	return s->server_error.data ? s->server_error.data : "";
}
