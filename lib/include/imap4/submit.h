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
IMAP4_EXPORT int imap4_submit_login(struct imap4_engine *e,
				    struct imap4_str user,
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
/* UID COPY and UID MOVE (RFC 6851: needs MOVE or IMAP4rev2). Which message got
 * which UID: imap4_copyuid_pairs(), of the DONE event for COPY, of an untagged
 * OK before it for MOVE; that has no tag, and servers also send it before the
 * end of earlier commands, so have one MOVE under way at a time. */
IMAP4_EXPORT int imap4_submit_uid_copy(struct imap4_engine *e, const char *set,
				       struct imap4_str mailbox, imap4_id *id);
IMAP4_EXPORT int imap4_submit_uid_move(struct imap4_engine *e, const char *set,
				       struct imap4_str mailbox, imap4_id *id);
/* RFC 4315 2.1: needs UIDPLUS or IMAP4rev2. Expunges those of set that have
 * \Deleted; the bare EXPUNGE does not exist here: it takes what others marked.
 */
IMAP4_EXPORT int imap4_submit_uid_expunge(struct imap4_engine *e,
					  const char *set, imap4_id *id);
/* CHECK (RFC 3501 6.4.1; gone from IMAP4rev2). */
IMAP4_EXPORT int imap4_submit_check(struct imap4_engine *e, imap4_id *id);

IMAP4_EXPORT int imap4_submit_create(struct imap4_engine *e,
				     struct imap4_str mailbox, imap4_id *id);
/* RFC 6154 3: needs CREATE-SPECIAL-USE. use: blank-separated ("\\Archive"). */
IMAP4_EXPORT int imap4_submit_create_use(struct imap4_engine *e,
					 struct imap4_str mailbox,
					 const char *use, imap4_id *id);
IMAP4_EXPORT int imap4_submit_delete(struct imap4_engine *e,
				     struct imap4_str mailbox, imap4_id *id);
IMAP4_EXPORT int imap4_submit_rename(struct imap4_engine *e,
				     struct imap4_str from, struct imap4_str to,
				     imap4_id *id);
IMAP4_EXPORT int imap4_submit_subscribe(struct imap4_engine *e,
					struct imap4_str mailbox, imap4_id *id);
IMAP4_EXPORT int imap4_submit_unsubscribe(struct imap4_engine *e,
					  struct imap4_str mailbox,
					  imap4_id *id);

/* One message to append. */
struct imap4_append {
	size_t size; /* sizeof(struct imap4_append) */
	struct imap4_str mailbox;
	const char *flags; /* blank-separated names, or NULL */
	bool has_date;
	int64_t internaldate; /* seconds since the epoch */
	int zone;             /* to show it in, minutes east */
	uint64_t length; /* octets of the message, its lines ended by CRLF; not
			  * 0, which servers take for a cancelled one */
};
/* The most that one imap4_append_data() takes. */
#define IMAP4_APPEND_CHUNK 65536

/* APPEND. The message is asked for by IMAP4_EV_APPEND_DATA: at once where the
 * server takes the literal unasked (RFC 7888), else when it said "+". It may
 * refuse before, or in between: nothing is asked for after IMAP4_EV_DONE; what
 * was announced and is not wanted any more is then made up of blanks. What is
 * submitted behind waits for all of the message: open the file first. The new
 * UID is in the DONE event's APPENDUID, where the server has UIDPLUS. */
IMAP4_EXPORT int imap4_submit_append(struct imap4_engine *e,
				     const struct imap4_append *a,
				     imap4_id *id);
/* RFC 3502: n messages in one command, all or none of which are stored; their
 * own .mailbox is not looked at. IMAP4_ESTATE without MULTIAPPEND: such a
 * server would take what follows the first message for commands. */
IMAP4_EXPORT int imap4_submit_multiappend(struct imap4_engine *e,
					  struct imap4_str mailbox,
					  const struct imap4_append *msgs,
					  size_t n, imap4_id *id);
/* The next n octets of the message that was asked for, copied; from the handler
 * of the event, or later. The engine asks again when it has sent most of what
 * it holds, but not before it was given something. Queues all or nothing:
 * IMAP4_EINVAL: more than what is left of the message; IMAP4_ELIMIT: more than
 * IMAP4_APPEND_CHUNK, or given unasked and too much is waiting to be sent;
 * IMAP4_ESTATE: this is not the message that is due, or the command ended;
 * IMAP4_ECLOSED, IMAP4_ENOMEM. */
IMAP4_EXPORT int imap4_append_data(struct imap4_engine *e, imap4_id id,
				   const void *p, size_t n);
/* Takes an APPEND back of which nothing was written: 0, and there will be no
 * DONE event for it. IMAP4_ESTATE: too late, a literal that is announced must
 * be delivered; only closing the connection ends it without a message that is
 * not what it should be. IMAP4_EINVAL: no such APPEND is pending. */
IMAP4_EXPORT int imap4_append_abort(struct imap4_engine *e, imap4_id id);

#ifdef __cplusplus
}
#endif
#endif
