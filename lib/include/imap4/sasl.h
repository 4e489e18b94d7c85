/* SPDX-License-Identifier: MIT */
/* SASL for IMAP (RFC 4422), on libgsasl; XOAUTH2 and OAUTHBEARER are ours. */
#ifndef IMAP4_SASL_H
#define IMAP4_SASL_H

#include <imap4/conn.h>
#include <imap4/engine.h>

#ifdef __cplusplus
extern "C" {
#endif

struct imap4_sasl;

struct imap4_credentials {
	size_t size; /* sizeof(struct imap4_credentials) */
	struct imap4_str user;
	struct imap4_str password; /* p NULL: none */
	struct imap4_str token;    /* OAuth2 access token, p NULL: none */
	const char *host;          /* for OAUTHBEARER */
	uint16_t port;
	/* Mechanisms allowed, in order, lower or upper case, NULL-terminated
	 * list; NULL: the strongest that both sides have. */
	const char *const *mechanisms;
};

/* Chooses a mechanism that the engine's server offers and the credentials fit.
 * conn gives the channel binding for -PLUS and whether the channel is
 * protected: PLAIN, LOGIN, XOAUTH2 and OAUTHBEARER are used only over TLS, a
 * tunnel or loopback. "LOGIN" as last resort means the LOGIN command where
 * AUTH=LOGIN is not offered and LOGINDISABLED is not set. EXTERNAL, and -PLUS
 * over TLS 1.3 (servers disagree on its binding), are used only where
 * cred->mechanisms names them. What cred points to is copied; conn is borrowed.
 * NULL with a text in err: nothing fits (the text names both sides' lists), or
 * the credentials cannot be sent. */
IMAP4_EXPORT struct imap4_sasl *imap4_sasl_new(
    struct imap4_conn *conn, const struct imap4_credentials *cred, char *err,
    size_t errlen);
/* Wipes the secrets. Accepts NULL; the conn may be gone. */
IMAP4_EXPORT void imap4_sasl_free(struct imap4_sasl *sasl);
/* The name of the chosen mechanism, e.g. "SCRAM-SHA-256". */
IMAP4_EXPORT const char *imap4_sasl_mechanism(const struct imap4_sasl *sasl);
/* Submits AUTHENTICATE (or LOGIN). Once per sasl. 0, IMAP4_EAUTH where the
 * credentials do not suit the mechanism, or what submitting returned. */
IMAP4_EXPORT int imap4_sasl_start(struct imap4_sasl *sasl, imap4_id *id);
/* Answers a challenge event; cancels the exchange where the server's message is
 * wrong (a SCRAM server that cannot prove itself): IMAP4_EAUTH, and the server
 * will answer the command with NO or BAD. 0 or an error. */
IMAP4_EXPORT int imap4_sasl_step(struct imap4_sasl *sasl,
				 struct imap4_str challenge);
/* To be asked at the tagged OK: did the server prove what the mechanism demands
 * (RFC 5802: the signature)? false: treat the login as failed. */
IMAP4_EXPORT bool imap4_sasl_complete(const struct imap4_sasl *sasl);
/* The JSON error that an OAuth2 mechanism sent, control characters replaced by
 * '?', or "". Lives as long as the sasl. */
IMAP4_EXPORT const char *imap4_sasl_server_error(const struct imap4_sasl *sasl);

/* All of the above in one: chooses a mechanism, answers the challenges, demands
 * the server's proof, and asks for the capabilities that a user has, where the
 * server does not tell them by itself. To be called from ready() on; several
 * times, where one was refused. The events of its commands are reported too,
 * but for the challenges.
 *
 * done is called once, from the loop. result 0: logged in; IMAP4_EAUTH: no
 * mechanism fits, nothing was sent, or the server refused, and code says how
 * (AUTHENTICATIONFAILED: the secret is wrong; UNAVAILABLE: try later), if it
 * does; text: one line without a secret, "" on success. Where the connection
 * ends before, closed() is called instead; with IMAP4_EAUTH where the server
 * did not prove that it knows the password (RFC 5802 5).
 *
 * 0, or IMAP4_ESTATE: not before ready(), logged in, or a login is under way;
 * IMAP4_ECLOSED; IMAP4_ENOMEM. What cred points to is copied. */
IMAP4_EXPORT int imap4_conn_login(
    struct imap4_conn *conn, const struct imap4_credentials *cred,
    void (*done)(void *ctx, struct imap4_conn *conn, int result,
		 enum imap4_code code, const char *text),
    void *ctx);

#ifdef __cplusplus
}
#endif
#endif
