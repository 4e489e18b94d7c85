/* SPDX-License-Identifier: MIT */
#include "daemon/remote/session.h"

#include <event2/event.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "daemon/base/log.h"
#include "daemon/base/mask.h"
#include "daemon/base/xalloc.h"
#include "daemon/remote/advice.h"
#include "daemon/remote/credential.h"
#include "daemon/remote/reply.h"
#include "lib/util/secret.h"

/* A server speaks first, and soon; one that waits for TLS never does. */
#define PATIENCE_S 5

struct session {
	struct event_base *base;
	const struct config_account *account;
	const struct session_handler *handler;
	void *ctx;
	struct credential_request *request; /* under way */
	struct secret *secret;
	struct imap4_tls *tls;
	struct imap4_conn *conn;
	struct imap4_sasl *sasl;
	struct event *fail_later;
	struct event *impatient;   /* no greeting yet */
	imap4_id login;            /* 0: not under way */
	imap4_id capability;       /* likewise */
	imap4_id enable, identify; /* sent along; 0: not */
	bool ready;
	bool renewed;               /* the token: it is the second one */
	struct failure_verdict bye; /* what the server's last words meant */
	struct err err; /* why the session ends, once err.code is set */
};

static const struct imap4_str nothing = {NULL, 0};

static struct imap4_str str(const char *s)
{
	return (struct imap4_str){s, strlen(s)};
}

static void finish(struct session *s)
{
	struct err err = s->err;

	s->handler->closed(s->ctx, &err);
}

static void on_fail_later(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	finish(arg);
}

/* Ends the session with s->err, from the loop. */
static void fail(struct session *s)
{
	struct timeval now = {0, 0};

	imap4_sasl_free(s->sasl);
	s->sasl = NULL;
	imap4_conn_free(s->conn);
	s->conn = NULL;
	event_add(s->fail_later, &now);
}

void session_abort(struct session *s, const struct err *why)
{
	s->err = *why;
	fail(s);
}

static void enable_and_id(struct session *s)
{
	struct imap4_engine *e = imap4_conn_engine(s->conn);
	const char *want = NULL;

	if (imap4_engine_has(e, "QRESYNC"))
		want = "QRESYNC";
	else if (imap4_engine_has(e, "CONDSTORE"))
		want = "CONDSTORE";
	if (want && imap4_engine_has(e, "ENABLE") &&
	    imap4_engine_enable(e, want, &s->enable) < 0)
		s->enable = 0;
	/* 163.com and QQ refuse SELECT to clients that do not say who they
	 * are. */
	const struct imap4_str id[] = {str("name"), str("imapsyncd"),
				       str("version"), str(VERSION)};
	if (imap4_engine_has(e, "ID") &&
	    imap4_engine_identify(e, id, 2, &s->identify) < 0)
		s->identify = 0;
}

/* A peer that is gone acknowledges nothing; the system's own patience with what
 * was sent is a quarter of an hour. Where it is no TCP, there is no need. */
static void watch_for_silence(struct session *s)
{
	int fd = imap4_conn_fd(s->conn);
	unsigned ms = s->account->timeout_ms < INT_MAX
			  ? (unsigned)s->account->timeout_ms
			  : INT_MAX;

	if (fd >= 0)
		(void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &ms,
				 sizeof(ms));
}

/* Logged in. */
static void set_up(struct session *s)
{
	struct imap4_engine *e = imap4_conn_engine(s->conn);

	imap4_sasl_free(s->sasl);
	s->sasl = NULL;
	secret_free(s->secret);
	s->secret = NULL;
	if (!imap4_engine_has_capabilities(e) &&
	    imap4_engine_capability(e, &s->capability) == 0) {
		imap4_conn_flush(s->conn);
		return;
	}
	/* Their answers are not waited for: what the owner asks goes with them
	 * in one flight. */
	enable_and_id(s);
	watch_for_silence(s);
	s->ready = true;
	s->handler->ready(s->ctx);
}

static void get_credential(struct session *s);

/* A token may have expired a moment ago, and its command have another one by
 * now. Servers hang up after a login that failed, or soon will. */
static void renew(struct session *s)
{
	s->renewed = true;
	s->err = (struct err){0};
	imap4_sasl_free(s->sasl);
	s->sasl = NULL;
	imap4_conn_free(s->conn);
	s->conn = NULL;
	/* The TLS settings stay: this is a callback of the connection, which
	 * goes when it has returned, and uses them until then. */
	secret_free(s->secret);
	s->secret = NULL;
	get_credential(s);
}

static void login_failed(struct session *s, const struct imap4_event *ev)
{
	const char *said = s->sasl ? imap4_sasl_server_error(s->sasl) : "";

	struct failure_verdict v = reply_judge(ev, REACH_ACCOUNT);
	err_set(&s->err,
		reply_is_temporary(ev->code.code) ? ERR_TEMP : ERR_AUTH,
		ERR_SCOPE_ACCOUNT, "login as '%s' refused: %.*s%s%s",
		s->account->user ? s->account->user : "", (int)ev->text.len,
		ev->text.p ? ev->text.p : "", *said ? " " : "", said);
	err_hint(&s->err, "%s", reply_hint(ev->code.code));
	if (s->err.hint[0] == '\0')
		advise_login(s->account, &s->err);
	if (v.busy)
		reply_set_busy(&s->err, v.wait_ms);
	if (s->account->token_command && s->err.code == ERR_AUTH && !s->renewed)
		renew(s);
	else
		fail(s);
}

static void login_done(struct session *s, const struct imap4_event *ev)
{
	s->login = 0;
	if (ev->status == IMAP4_STATUS_LOST)
		return; /* closed() follows and says why */
	if (ev->status != IMAP4_STATUS_OK) {
		login_failed(s, ev);
		return;
	}
	if (!imap4_sasl_complete(s->sasl)) {
		err_set(&s->err, ERR_AUTH, ERR_SCOPE_ACCOUNT,
			"the server did not prove that it knows the password "
			"(%s)",
			imap4_sasl_mechanism(s->sasl));
		err_hint(&s->err, "this may be somebody else's server");
		fail(s);
		return;
	}
	set_up(s);
}

/* The end of a command that the session sent along. */
static bool is_own(const struct session *s, const struct imap4_event *ev)
{
	return ev->type == IMAP4_EV_DONE &&
	       (ev->id == s->enable || ev->id == s->identify);
}

static void on_event(void *ctx, struct imap4_conn *c,
		     const struct imap4_event *ev)
{
	struct session *s = ctx;

	(void)c;
	if (ev->status == IMAP4_STATUS_BYE &&
	    (ev->type == IMAP4_EV_GREETING || ev->type == IMAP4_EV_STATUS))
		s->bye = reply_judge(ev, REACH_ACCOUNT);
	if (s->ready) {
		if (!is_own(s, ev))
			s->handler->event(s->ctx, ev);
		return;
	}
	if (ev->type == IMAP4_EV_CHALLENGE && s->sasl) {
		(void)imap4_sasl_step(s->sasl, ev->challenge);
		return;
	}
	if (ev->code.code == IMAP4_CODE_ALERT)
		s->handler->event(s->ctx, ev);
	if (ev->type != IMAP4_EV_DONE)
		return;
	if (s->login && ev->id == s->login) {
		login_done(s, ev);
	} else if (s->capability && ev->id == s->capability) {
		s->capability = 0;
		set_up(s);
	}
}

static void disable_extensions(struct session *s)
{
	struct imap4_engine *e = imap4_conn_engine(s->conn);
	char **name = s->account->disable_extension;

	for (; name && *name; name++)
		(void)imap4_engine_disable(e, *name);
}

static void log_in(struct session *s)
{
	const struct config_account *a = s->account;
	struct imap4_str secret =
	    s->secret ? str(secret_text(s->secret)) : nothing;
	struct imap4_credentials cred = {
	    .size = sizeof(cred),
	    .user = str(a->user ? a->user : ""),
	    .password = a->token_command ? nothing : secret,
	    .token = a->token_command ? secret : nothing,
	    .host = a->host,
	    .port = a->port,
	    .mechanisms = (const char *const *)a->auth,
	};
	char text[256];

	s->sasl = imap4_sasl_new(s->conn, &cred, text, sizeof(text));
	if (!s->sasl || imap4_sasl_start(s->sasl, &s->login) < 0) {
		err_set(&s->err, ERR_AUTH, ERR_SCOPE_ACCOUNT,
			"cannot log in: %s",
			s->sasl ? "the credentials cannot be sent" : text);
		err_hint(&s->err, "check auth, user and tls");
		fail(s);
		return;
	}
	log_at(LOG_DEBUG, a->name, NULL, "logging in as '%s' by %s",
	       a->user ? a->user : "", imap4_sasl_mechanism(s->sasl));
	imap4_conn_flush(s->conn);
}

static void on_ready(void *ctx, struct imap4_conn *c)
{
	struct session *s = ctx;
	struct imap4_engine *e = imap4_conn_engine(c);

	disable_extensions(s);
	if (imap4_engine_state(e) == IMAP4_STATE_NONAUTH) {
		log_in(s);
		return;
	}
	if (s->account->tunnel) {
		set_up(s);
		return;
	}
	/* RFC 9051 7.1.4: whose mailbox would that be? */
	err_set(&s->err, ERR_PROTOCOL, ERR_SCOPE_ACCOUNT,
		"the server skips the login (PREAUTH)");
	err_hint(&s->err, "that is accepted over tunnel = ... only");
	fail(s);
}

static enum err_code code_of(int result)
{
	switch (result) {
	case IMAP4_EPROTO:
	case IMAP4_ELIMIT:
		return ERR_PROTOCOL;
	case IMAP4_ETLS:
	case IMAP4_EAUTH:
		return ERR_AUTH;
	case IMAP4_ENOMEM:
	case IMAP4_EINVAL:
		return ERR_INTERNAL;
	default:
		return ERR_TEMP;
	}
}

static void on_closed(void *ctx, struct imap4_conn *c, int result,
		      const char *text)
{
	struct session *s = ctx;

	imap4_conn_free(c);
	s->conn = NULL;
	if (s->err.code == ERR_NONE) {
		err_set(&s->err, code_of(result), ERR_SCOPE_ACCOUNT, "%s",
			text);
		advise_connection(s->account, result, text, &s->err);
		/* Before STARTTLS its words are passed on by text alone. */
		if (!s->bye.busy && result == IMAP4_ECLOSED)
			s->bye = failure_judge(&(struct failure){
			    REACH_ACCOUNT, NULL, 0, text, strlen(text)});
		if (s->bye.busy)
			reply_set_busy(&s->err, s->bye.wait_ms);
	}
	finish(s);
}

static void on_impatient(evutil_socket_t fd, short what, void *arg)
{
	struct session *s = arg;
	struct err err;

	(void)fd;
	(void)what;
	if (!s->conn || !imap4_conn_is_silent(s->conn))
		return;
	err_set(&err, ERR_TEMP, ERR_SCOPE_ACCOUNT,
		"connected, but the server says nothing: waiting for it");
	advise_silence(s->account, &err);
	log_err(LOG_INFO, s->account->name, NULL, &err);
}

static const struct imap4_conn_handler conn_handler = {
    .ready = on_ready,
    .event = on_event,
    .closed = on_closed,
};

static void trace(void *ctx, char dir, const char *line, size_t len)
{
	const struct session *s = ctx;

	log_at(LOG_WIRE, s->account->name, NULL, "%c: %.*s", dir, (int)len,
	       line);
}

static int make_tls(struct session *s)
{
	const struct config_account *a = s->account;
	size_t npins = 0;
	char text[256];

	while (a->tls_pin && a->tls_pin[npins])
		npins++;
	struct imap4_tls_opts opts = {
	    .size = sizeof(opts),
	    .ca_file = a->tls_ca_file,
	    .pins = (const char *const *)a->tls_pin,
	    .npins = npins,
	    .cert_file = a->tls_client_cert,
	    .key_file = a->tls_client_key,
	};
	s->tls = imap4_tls_new(&opts, text, sizeof(text));
	if (s->tls)
		return 0;
	return err_set(&s->err, ERR_CONFIG, ERR_SCOPE_ACCOUNT, "%s", text);
}

static void connect_now(struct session *s)
{
	static const enum imap4_security security[] = {
	    [CONFIG_TLS_IMPLICIT] = IMAP4_SECURITY_TLS,
	    [CONFIG_TLS_STARTTLS] = IMAP4_SECURITY_STARTTLS,
	    [CONFIG_TLS_NONE] = IMAP4_SECURITY_NONE,
	};
	const struct config_account *a = s->account;
	struct imap4_conn_opts opts = {
	    .size = sizeof(opts),
	    .host = a->host,
	    .port = a->port,
	    .tunnel = a->tunnel,
	    .security = a->tunnel ? IMAP4_SECURITY_NONE : security[a->tls],
	    .timeout_ms = a->timeout_ms,
	};

	if (opts.security != IMAP4_SECURITY_NONE && !s->tls &&
	    make_tls(s) < 0) {
		fail(s);
		return;
	}
	opts.tls = s->tls;
	s->conn = imap4_conn_new(s->base, &opts, &conn_handler, s);
	if (!s->conn) {
		err_set(&s->err, ERR_INTERNAL, ERR_SCOPE_ACCOUNT,
			"cannot set up a connection");
		fail(s);
		return;
	}
	if (log_wanted(LOG_WIRE))
		imap4_engine_trace(imap4_conn_engine(s->conn), trace, s);
	if (opts.security != IMAP4_SECURITY_TLS && !a->tunnel) {
		const struct timeval t = {.tv_sec = PATIENCE_S};
		event_add(s->impatient, &t);
	}
}

static void on_credential(void *ctx, struct secret *secret,
			  const struct err *err)
{
	struct session *s = ctx;

	s->request = NULL;
	s->secret = secret;
	/* A server may repeat it in what it says. */
	if (secret)
		mask_add(secret_text(secret), secret_len(secret));
	if (err) {
		s->err = *err;
		fail(s);
		return;
	}
	connect_now(s);
}

static void get_credential(struct session *s)
{
	int rc = s->renewed
		     ? credential_renew(s->base, s->account, on_credential, s,
					&s->request, &s->err)
		     : credential_get(s->base, s->account, on_credential, s,
				      &s->request, &s->err);
	if (rc < 0)
		fail(s);
}

struct session *session_new(struct event_base *base,
			    const struct config_account *account,
			    const struct session_handler *handler, void *ctx)
{
	struct session *s = xcalloc(1, sizeof(*s));

	s->base = base;
	s->account = account;
	s->handler = handler;
	s->ctx = ctx;
	s->fail_later = evtimer_new(base, on_fail_later, s);
	s->impatient = evtimer_new(base, on_impatient, s);
	get_credential(s);
	return s;
}

void session_free(struct session *s)
{
	if (!s)
		return;
	credential_cancel(s->request);
	imap4_sasl_free(s->sasl);
	imap4_conn_free(s->conn);
	imap4_tls_free(s->tls);
	secret_free(s->secret);
	event_free(s->fail_later);
	event_free(s->impatient);
	free(s);
}

struct imap4_conn *session_conn(struct session *s)
{
	return s->conn;
}

void session_flush(struct session *s)
{
	if (s->conn)
		imap4_conn_flush(s->conn);
}

void session_pause(struct session *s)
{
	if (s->conn)
		imap4_conn_pause(s->conn);
}

void session_resume(struct session *s)
{
	if (s->conn)
		imap4_conn_resume(s->conn);
}

struct imap4_engine *session_engine(struct session *s)
{
	return s->conn ? imap4_conn_engine(s->conn) : NULL;
}
