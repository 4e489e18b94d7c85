/* SPDX-License-Identifier: MIT */
/* From a stranger to a user, and back out. */
#include <imap4/client.h>

#include <string.h>

#include "lib/client/run.h"

/* RFC 2971 3.3 */
#define ID_FIELDS_MAX 30

static struct imap4_str str(const char *s)
{
	return (struct imap4_str){s, strlen(s)};
}

/* The answer to a login. A NO is an error of its own kind here, and what the
 * server offers to a user, it may not have said yet (RFC 9051 6.2.3). */
static int logged_in(struct imap4_client *c, int rc)
{
	imap4_id id = 0;

	if (rc == IMAP4_ENO)
		c->result = IMAP4_EAUTH;
	/* The last thing that a server says may be OK. */
	if (rc < 0 || c->lost)
		return c->result;
	if (imap4_engine_has_capabilities(imap4_client_engine(c)))
		return 0;
	struct imap4_data data = c->data;
	c->data = (struct imap4_data){0};
	c->done = false;
	rc = imap4_engine_capability(imap4_client_engine(c), &id);
	rc = client_end(c, rc, id, "CAPABILITY", "CAPABILITY");
	data_release(&c->data);
	c->data = data;
	return rc == IMAP4_ENO || rc == IMAP4_EBAD ? 0 : rc;
}

int imap4_client_starttls(struct imap4_client *c, struct imap4_tls *tls)
{
	int rc = client_begin(c);

	if (rc < 0)
		return rc;
	rc = client_tls(c, &tls);
	if (rc < 0)
		return rc;
	rc = imap4_conn_starttls(c->conn, tls);
	if (rc == IMAP4_ESTATE)
		return client_fail(c, rc, "STARTTLS is not offered now");
	if (rc < 0)
		return client_fail(c, rc, "STARTTLS cannot be sent");
	/* Anybody on the line could have said what came so far. */
	items_release(&c->kept);
	c->ready = false;
	rc = client_wait_ready(c);
	c->type = rc < 0 ? "" : "OK";
	return rc;
}

/* Would somebody on the line see the password? */
static int check_channel(struct imap4_client *c)
{
	if (imap4_engine_has(imap4_client_engine(c), "LOGINDISABLED"))
		return client_fail(c, IMAP4_EAUTH,
				   "the server takes no password here "
				   "(LOGINDISABLED): use TLS");
	if (!c->clear_password && !imap4_conn_protected(c->conn))
		return client_fail(c, IMAP4_EAUTH,
				   "the password would be sent in clear: use "
				   "TLS");
	return 0;
}

int imap4_client_login(struct imap4_client *c, const char *user,
		       const char *password)
{
	imap4_id id = 0;
	int rc = client_begin(c);

	if (rc < 0)
		return rc;
	/* In a wrong state, that is the reason to be told. */
	if (imap4_client_state(c) == IMAP4_STATE_NONAUTH)
		rc = check_channel(c);
	if (rc < 0)
		return rc;
	rc = imap4_engine_login(imap4_client_engine(c), str(user),
				str(password), &id);
	return logged_in(c, client_end(c, rc, id, "LOGIN", NULL));
}

/* ---- AUTHENTICATE ------------------------------------------------------- */

struct step {
	int (*fn)(void *ctx, struct imap4_str challenge,
		  struct imap4_str *response);
	void *ctx;
};

static void ask_caller(struct imap4_client *c, struct imap4_str challenge)
{
	const struct step *step = c->asked;
	struct imap4_engine *e = imap4_client_engine(c);
	struct imap4_str response = {"", 0};

	/* A failure here is the end of the connection, which is noticed. */
	if (step->fn(step->ctx, challenge, &response) < 0)
		(void)imap4_engine_auth_cancel(e);
	else if (imap4_engine_auth_respond(e, response) < 0)
		(void)imap4_engine_auth_cancel(e);
}

int imap4_client_authenticate(struct imap4_client *c, const char *mechanism,
			      int (*fn)(void *ctx, struct imap4_str challenge,
					struct imap4_str *response),
			      void *ctx)
{
	const struct imap4_str none = {NULL, 0};
	struct step step = {fn, ctx};
	imap4_id id = 0;
	int rc = client_begin(c);

	if (rc < 0)
		return rc;
	c->on_challenge = ask_caller;
	c->asked = &step;
	rc = imap4_engine_authenticate(imap4_client_engine(c), mechanism, none,
				       &id);
	return logged_in(c, client_end(c, rc, id, "AUTHENTICATE", NULL));
}

static void ask_sasl(struct imap4_client *c, struct imap4_str challenge)
{
	/* On failure it has cancelled, and the server will say NO. */
	(void)imap4_sasl_step(c->asked, challenge);
}

int imap4_client_login_sasl(struct imap4_client *c,
			    const struct imap4_credentials *cred)
{
	char err[CLIENT_TEXT_MAX];
	imap4_id id = 0;
	int rc = client_begin(c);

	if (rc < 0)
		return rc;
	if (imap4_client_state(c) != IMAP4_STATE_NONAUTH)
		return client_end(c, IMAP4_ESTATE, 0, "AUTHENTICATE", NULL);
	struct imap4_sasl *sasl =
	    imap4_sasl_new(c->conn, cred, err, sizeof(err));
	if (!sasl)
		return client_fail(c, IMAP4_EAUTH, "%s", err);
	c->on_challenge = ask_sasl;
	c->asked = sasl;
	rc = imap4_sasl_start(sasl, &id);
	rc = client_end(c, rc, id, imap4_sasl_mechanism(sasl), NULL);
	/* Of a token it is told before the NO why it was not accepted. */
	if (rc == IMAP4_ENO && imap4_sasl_server_error(sasl)[0])
		rc = client_fail(c, rc, "%s: %s", c->error,
				 imap4_sasl_server_error(sasl));
	if (rc == 0 && !imap4_sasl_complete(sasl)) {
		/* RFC 5802 5: it may not be who it says. */
		(void)client_lose(c, IMAP4_EAUTH,
				  "the server did not prove that it knows the "
				  "password");
		rc = client_fail(c, c->lost, "%s", c->lost_text);
	}
	imap4_sasl_free(sasl);
	return logged_in(c, rc);
}

static int login_by(struct imap4_client *c, const char *mechanism,
		    const char *user, const char *password)
{
	const char *const mechanisms[] = {mechanism, NULL};
	const struct imap4_credentials cred = {
	    .size = sizeof(cred),
	    .user = str(user),
	    .password = str(password),
	    .mechanisms = mechanisms,
	};

	return imap4_client_login_sasl(c, &cred);
}

int imap4_client_login_cram_md5(struct imap4_client *c, const char *user,
				const char *password)
{
	return login_by(c, "CRAM-MD5", user, password);
}

int imap4_client_login_plain(struct imap4_client *c, const char *user,
			     const char *password)
{
	return login_by(c, "PLAIN", user, password);
}

/* ---- */

int imap4_client_identify(struct imap4_client *c, const char *const *fields)
{
	struct imap4_str kv[2 * ID_FIELDS_MAX];
	imap4_id id = 0;
	size_t n = 0;
	int rc = client_begin(c);

	if (rc < 0)
		return rc;
	for (; fields && fields[n]; n++) {
		if (n == 2 * ID_FIELDS_MAX)
			return client_end(c, IMAP4_EINVAL, 0, "ID", NULL);
		kv[n] = str(fields[n]);
	}
	/* A key without a value. */
	rc = n % 2 != 0 ? IMAP4_EINVAL
			: imap4_engine_identify(imap4_client_engine(c), kv,
						n / 2, &id);
	return client_end(c, rc, id, "ID", "ID");
}

int imap4_client_logout(struct imap4_client *c)
{
	imap4_id id = 0;
	int rc = client_begin(c);

	if (rc < 0)
		return rc;
	rc = imap4_engine_logout(imap4_client_engine(c), &id);
	rc = client_end(c, rc, id, "LOGOUT", NULL);
	/* What was asked for is done, whether it said so or not. */
	if (rc == IMAP4_ENET || rc == IMAP4_ECLOSED) {
		c->error[0] = '\0';
		c->result = 0;
	}
	data_release(&c->data);
	c->type = "BYE";
	if (items_take(&c->kept, "BYE", &c->data) < 0)
		return client_fail(c, IMAP4_ENOMEM, "out of memory");
	c->lost = 0;
	(void)client_lose(c, IMAP4_ECLOSED, "logged out");
	return c->result;
}
