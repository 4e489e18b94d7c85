/* SPDX-License-Identifier: MIT */
/* Commands. Each call queues one command; several may be queued before the
 * first answer (RFC 9051 5.5): the engine holds back what must not overtake
 * (nothing behind STARTTLS, AUTHENTICATE, LOGOUT; a LOGIN may be followed).
 * All return 0 and set *id (may be NULL), or IMAP4_EINVAL, IMAP4_ESTATE,
 * IMAP4_ENOMEM, IMAP4_ELIMIT and queue nothing. Arguments are copied. No
 * argument can inject a command: CR, LF and NUL go as literals or are refused.
 * Mailbox names are wire names (imap4_list.raw) unless said otherwise. */
#ifndef IMAP4_SUBMIT_H
#define IMAP4_SUBMIT_H

#include <imap4/engine.h>

#ifdef __cplusplus
extern "C" {
#endif

IMAP4_EXPORT int imap4_submit_capability(struct imap4_engine *e, imap4_id *id);
IMAP4_EXPORT int imap4_submit_noop(struct imap4_engine *e, imap4_id *id);
IMAP4_EXPORT int imap4_submit_logout(struct imap4_engine *e, imap4_id *id);
IMAP4_EXPORT int imap4_submit_starttls(struct imap4_engine *e, imap4_id *id);
/* Refused with IMAP4_ESTATE where LOGINDISABLED is advertised. The caller
 * decides whether the channel is fit for a password. */
IMAP4_EXPORT int imap4_submit_login(struct imap4_engine *e, struct imap4_str user,
				    struct imap4_str password, imap4_id *id);
/* initial: the first client message or {NULL, 0} for none. It goes on the
 * command line where SASL-IR is offered (RFC 4959; an empty one as "="), else
 * in answer to the first empty challenge. Further challenges arrive as
 * IMAP4_EV_CHALLENGE. */
IMAP4_EXPORT int imap4_submit_authenticate(struct imap4_engine *e,
					   const char *mechanism,
					   struct imap4_str initial,
					   imap4_id *id);
/* Answers a challenge (raw bytes; the engine encodes), or cancels by "*". */
IMAP4_EXPORT int imap4_auth_respond(struct imap4_engine *e,
				    struct imap4_str response);
IMAP4_EXPORT int imap4_auth_cancel(struct imap4_engine *e);

/* "CONDSTORE", "QRESYNC", ...; blank-separated (RFC 5161). */
IMAP4_EXPORT int imap4_submit_enable(struct imap4_engine *e, const char *caps,
				     imap4_id *id);
/* RFC 2971. n pairs of key and value in kv, values may be NIL; n == 0 sends
 * NIL. */
IMAP4_EXPORT int imap4_submit_id(struct imap4_engine *e,
				 const struct imap4_str *kv, size_t n,
				 imap4_id *id);
IMAP4_EXPORT int imap4_submit_namespace(struct imap4_engine *e, imap4_id *id);

/* LIST reference pattern. return_options: what stands behind RETURN without
 * the outer parentheses ("SPECIAL-USE STATUS (MESSAGES UIDNEXT)"), or NULL.
 * select_options: likewise before the reference ("SUBSCRIBED"), or NULL. */
IMAP4_EXPORT int imap4_submit_list(struct imap4_engine *e,
				   const char *select_options,
				   struct imap4_str reference,
				   struct imap4_str pattern,
				   const char *return_options, imap4_id *id);
IMAP4_EXPORT int imap4_submit_lsub(struct imap4_engine *e,
				   struct imap4_str reference,
				   struct imap4_str pattern, imap4_id *id);
/* items: enum imap4_status_item. */
IMAP4_EXPORT int imap4_submit_status(struct imap4_engine *e,
				     struct imap4_str mailbox, uint32_t items,
				     imap4_id *id);

struct imap4_select_opts {
	size_t size; /* sizeof(struct imap4_select_opts) */
	bool examine;
	bool condstore;       /* RFC 7162 3.1.8 */
	uint32_t uidvalidity; /* with modseq: QRESYNC, RFC 7162 3.2.5 */
	uint64_t modseq;
};
/* opts may be NULL. */
IMAP4_EXPORT int imap4_submit_select(struct imap4_engine *e,
				     struct imap4_str mailbox,
				     const struct imap4_select_opts *opts,
				     imap4_id *id);
/* RFC 3691; never CLOSE, which expunges. */
IMAP4_EXPORT int imap4_submit_unselect(struct imap4_engine *e, imap4_id *id);

/* UID FETCH. set: text ("1:*" or from imap4_set_format()). items: blank-
 * separated without the outer parentheses ("UID FLAGS BODY.PEEK[]").
 * changedsince 0: none; vanished needs changedsince (QRESYNC). */
IMAP4_EXPORT int imap4_submit_uid_fetch(struct imap4_engine *e, const char *set,
					const char *items,
					uint64_t changedsince, bool vanished,
					imap4_id *id);
/* UID STORE set [(UNCHANGEDSINCE n)] +FLAGS.SILENT (flags). sign: '+' or '-';
 * the bare form does not exist here: it overwrites what others did
 * (RFC 4549 4.2.3). flags: blank-separated names. unchangedsince 0: none. */
IMAP4_EXPORT int imap4_submit_uid_store(struct imap4_engine *e, const char *set,
					char sign, const char *flags,
					uint64_t unchangedsince, imap4_id *id);
/* UID SEARCH, with RETURN (return_options) where not NULL (needs ESEARCH).
 * criteria: as on the wire, ASCII, no literals ("UID 1:5", "ALL"). */
IMAP4_EXPORT int imap4_submit_uid_search(struct imap4_engine *e,
					 const char *return_options,
					 const char *criteria, imap4_id *id);
/* CREATE. */
IMAP4_EXPORT int imap4_submit_create(struct imap4_engine *e,
				     struct imap4_str mailbox, imap4_id *id);

#ifdef __cplusplus
}
#endif
#endif
