/* SPDX-License-Identifier: MIT */
/* Commands. Each call queues one command; several may be queued before the
 * first answer (RFC 9051 5.5): the engine holds back what must not overtake
 * (nothing behind STARTTLS, LOGIN, AUTHENTICATE, COMPRESS, IDLE, LOGOUT; no
 * message numbers behind what may bring an EXPUNGE).
 * All return 0 and set *id (may be NULL), or IMAP4_EINVAL, IMAP4_ESTATE,
 * IMAP4_ENOMEM, IMAP4_ELIMIT and queue nothing. Arguments are copied. No
 * argument can inject a command: CR, LF and NUL go as literals or are refused.
 * Mailbox names are wire names (imap4_list.raw, imap4_engine_wire_name()).
 * Sets are text ("1:*", from imap4_set_format()), or "$" (RFC 5182). What is
 * called syntax here is RFC 9051's own, without quotes or parentheses that are
 * left open. For all else there is <imap4/command.h>. */
#ifndef IMAP4_SUBMIT_H
#define IMAP4_SUBMIT_H

#include <imap4/engine.h>

#ifdef __cplusplus
extern "C" {
#endif

IMAP4_EXPORT int imap4_engine_capability(struct imap4_engine *e, imap4_id *id);
IMAP4_EXPORT int imap4_engine_noop(struct imap4_engine *e, imap4_id *id);
IMAP4_EXPORT int imap4_engine_logout(struct imap4_engine *e, imap4_id *id);
IMAP4_EXPORT int imap4_engine_starttls(struct imap4_engine *e, imap4_id *id);
/* Refused with IMAP4_ESTATE where LOGINDISABLED is advertised. The caller
 * decides whether the channel is fit for a password. */
IMAP4_EXPORT int imap4_engine_login(struct imap4_engine *e,
				    struct imap4_str user,
				    struct imap4_str password, imap4_id *id);
/* initial: the first client message or {NULL, 0} for none. It goes on the
 * command line where SASL-IR is offered (RFC 4959; an empty one as "="), else
 * in answer to the first empty challenge. Further challenges arrive as
 * IMAP4_EV_CHALLENGE. */
IMAP4_EXPORT int imap4_engine_authenticate(struct imap4_engine *e,
					   const char *mechanism,
					   struct imap4_str initial,
					   imap4_id *id);
/* Answers a challenge (raw bytes; the engine encodes), or cancels by "*". */
IMAP4_EXPORT int imap4_engine_auth_respond(struct imap4_engine *e,
					   struct imap4_str response);
IMAP4_EXPORT int imap4_engine_auth_cancel(struct imap4_engine *e);

/* The server's own way to act for somebody else. */
IMAP4_EXPORT int imap4_engine_proxyauth(struct imap4_engine *e,
					struct imap4_str user, imap4_id *id);
/* RFC 4978. With its OK both sides begin to compress; the caller sees nothing
 * of it. IMAP4_ESTATE: not offered, or asked for already. */
IMAP4_EXPORT int imap4_engine_compress(struct imap4_engine *e, imap4_id *id);

/* "CONDSTORE", "QRESYNC", ...; blank-separated (RFC 5161). What the server
 * lists of UTF8=ACCEPT and IMAP4rev2 changes mailbox names to UTF-8 from there
 * on: wait for the end of this one before sending any. With UTF8=ACCEPT also
 * append with .utf8, and leave CHARSET out of SEARCH, which is refused then
 * (RFC 6855). IMAP4_ESTATE: one of them is not offered. */
IMAP4_EXPORT int imap4_engine_enable(struct imap4_engine *e, const char *caps,
				     imap4_id *id);
/* RFC 2971. n pairs of key and value in kv, values may be NIL; n == 0 sends
 * NIL. */
IMAP4_EXPORT int imap4_engine_identify(struct imap4_engine *e,
				       const struct imap4_str *kv, size_t n,
				       imap4_id *id);
IMAP4_EXPORT int imap4_engine_namespace(struct imap4_engine *e, imap4_id *id);

/* RFC 2177, RFC 9051 6.3.13. IMAP4_EV_IDLING says that the server listens;
 * what is submitted meanwhile waits for imap4_engine_idle_done(). */
IMAP4_EXPORT int imap4_engine_idle(struct imap4_engine *e, imap4_id *id);
/* Ends the oldest IDLE; may be called before IMAP4_EV_IDLING. Its DONE event
 * follows; what is submitted now goes out together with this. IMAP4_ESTATE:
 * there is none, or it ended already; IMAP4_ECLOSED. */
IMAP4_EXPORT int imap4_engine_idle_done(struct imap4_engine *e);
/* RFC 5465. what: syntax behind NOTIFY ("SET STATUS (SELECTED (MessageNew
 * MessageExpunge FlagChange))"), NULL: NONE. Message numbers may change at any
 * time from then on: use UIDs. */
IMAP4_EXPORT int imap4_engine_notify(struct imap4_engine *e, const char *what,
				     imap4_id *id);

/* LIST reference pattern. return_options: what stands behind RETURN without
 * the outer parentheses ("SPECIAL-USE STATUS (MESSAGES UIDNEXT)"), or NULL.
 * select_options: likewise before the reference ("SUBSCRIBED"), or NULL. */
IMAP4_EXPORT int imap4_engine_list(struct imap4_engine *e,
				   const char *select_options,
				   struct imap4_str reference,
				   struct imap4_str pattern,
				   const char *return_options, imap4_id *id);
IMAP4_EXPORT int imap4_engine_lsub(struct imap4_engine *e,
				   struct imap4_str reference,
				   struct imap4_str pattern, imap4_id *id);
/* items: enum imap4_status_item. */
IMAP4_EXPORT int imap4_engine_status(struct imap4_engine *e,
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
IMAP4_EXPORT int imap4_engine_select(struct imap4_engine *e,
				     struct imap4_str mailbox,
				     const struct imap4_select_opts *opts,
				     imap4_id *id);
/* RFC 3691. */
IMAP4_EXPORT int imap4_engine_unselect(struct imap4_engine *e, imap4_id *id);
/* Expunges all that has \Deleted, whoever marked it, and tells nobody: to
 * leave a mailbox there is UNSELECT. */
IMAP4_EXPORT int imap4_engine_close_mailbox(struct imap4_engine *e,
					    imap4_id *id);

/* UID FETCH. items: syntax without the outer parentheses ("UID FLAGS
 * BODY.PEEK[]"). changedsince 0: none; vanished needs changedsince (QRESYNC).
 */
IMAP4_EXPORT int imap4_engine_uid_fetch(struct imap4_engine *e, const char *set,
					const char *items,
					uint64_t changedsince, bool vanished,
					imap4_id *id);
/* RFC 9394: of set only the first to the last one: 1, 100 from the oldest, -1,
 * -100 from the newest. */
IMAP4_EXPORT int imap4_engine_uid_fetch_partial(struct imap4_engine *e,
						const char *set,
						const char *items,
						int64_t first, int64_t last,
						imap4_id *id);
/* UID STORE set [(UNCHANGEDSINCE n)] +FLAGS.SILENT (flags). sign: '+' or '-';
 * the bare form does not exist here: it overwrites what others did
 * (RFC 4549 4.2.3). flags: blank-separated names. unchangedsince 0: none. */
IMAP4_EXPORT int imap4_engine_uid_store(struct imap4_engine *e, const char *set,
					char sign, const char *flags,
					uint64_t unchangedsince, imap4_id *id);
/* UID SEARCH, with RETURN (return_options) where not NULL (needs ESEARCH;
 * "SAVE" keeps the result as "$"). criteria: syntax ("UID 1:5", "SUBJECT
 * \"x\""); for other text than ASCII see <imap4/command.h>. Without
 * return_options have one SEARCH under way at a time: answers have no tag. */
IMAP4_EXPORT int imap4_engine_uid_search(struct imap4_engine *e,
					 const char *return_options,
					 const char *criteria, imap4_id *id);
/* RFC 7377, in several mailboxes. source: what stands in IN's parentheses
 * ("personal", "subtree \"a\""), NULL: the selected one. */
IMAP4_EXPORT int imap4_engine_esearch(struct imap4_engine *e,
				      const char *source,
				      const char *return_options,
				      const char *criteria, imap4_id *id);
/* RFC 5256. keys: without parentheses ("REVERSE DATE SUBJECT"); algorithm:
 * "REFERENCES", "ORDEREDSUBJECT", ...; charset: that of the criteria. */
IMAP4_EXPORT int imap4_engine_uid_sort(struct imap4_engine *e, const char *keys,
				       const char *charset,
				       const char *criteria, imap4_id *id);
IMAP4_EXPORT int imap4_engine_uid_thread(struct imap4_engine *e,
					 const char *algorithm,
					 const char *charset,
					 const char *criteria, imap4_id *id);
/* UID COPY and UID MOVE (RFC 6851: needs MOVE or IMAP4rev2). Which message got
 * which UID: imap4_copyuid_pairs(), of the DONE event for COPY, of an untagged
 * OK before it for MOVE; that has no tag, and servers also send it before the
 * end of earlier commands, so have one MOVE under way at a time. */
IMAP4_EXPORT int imap4_engine_uid_copy(struct imap4_engine *e, const char *set,
				       struct imap4_str mailbox, imap4_id *id);
IMAP4_EXPORT int imap4_engine_uid_move(struct imap4_engine *e, const char *set,
				       struct imap4_str mailbox, imap4_id *id);
/* RFC 4315 2.1: needs UIDPLUS or IMAP4rev2. Expunges those of set that have
 * \Deleted. */
IMAP4_EXPORT int imap4_engine_uid_expunge(struct imap4_engine *e,
					  const char *set, imap4_id *id);
/* CHECK (RFC 3501 6.4.1; gone from IMAP4rev2). */
IMAP4_EXPORT int imap4_engine_check(struct imap4_engine *e, imap4_id *id);

/* The same by message numbers, which change with every EXPUNGE, and without
 * the restraint of the UID forms: not for programs that must not lose mail.
 * item of STORE: "FLAGS", "+FLAGS", "-FLAGS.SILENT", ... EXPUNGE takes all
 * that has \Deleted, whoever marked it. */
IMAP4_EXPORT int imap4_engine_fetch(struct imap4_engine *e, const char *set,
				    const char *items, uint64_t changedsince,
				    imap4_id *id);
IMAP4_EXPORT int imap4_engine_store(struct imap4_engine *e, const char *set,
				    const char *item, const char *flags,
				    imap4_id *id);
IMAP4_EXPORT int imap4_engine_search(struct imap4_engine *e,
				     const char *return_options,
				     const char *criteria, imap4_id *id);
IMAP4_EXPORT int imap4_engine_sort(struct imap4_engine *e, const char *keys,
				   const char *charset, const char *criteria,
				   imap4_id *id);
IMAP4_EXPORT int imap4_engine_thread(struct imap4_engine *e,
				     const char *algorithm, const char *charset,
				     const char *criteria, imap4_id *id);
IMAP4_EXPORT int imap4_engine_copy(struct imap4_engine *e, const char *set,
				   struct imap4_str mailbox, imap4_id *id);
IMAP4_EXPORT int imap4_engine_move(struct imap4_engine *e, const char *set,
				   struct imap4_str mailbox, imap4_id *id);
IMAP4_EXPORT int imap4_engine_expunge(struct imap4_engine *e, imap4_id *id);

IMAP4_EXPORT int imap4_engine_create(struct imap4_engine *e,
				     struct imap4_str mailbox, imap4_id *id);
/* RFC 6154 3: needs CREATE-SPECIAL-USE. use: blank-separated ("\\Archive"). */
IMAP4_EXPORT int imap4_engine_create_use(struct imap4_engine *e,
					 struct imap4_str mailbox,
					 const char *use, imap4_id *id);
IMAP4_EXPORT int imap4_engine_delete(struct imap4_engine *e,
				     struct imap4_str mailbox, imap4_id *id);
IMAP4_EXPORT int imap4_engine_rename(struct imap4_engine *e,
				     struct imap4_str from, struct imap4_str to,
				     imap4_id *id);
IMAP4_EXPORT int imap4_engine_subscribe(struct imap4_engine *e,
					struct imap4_str mailbox, imap4_id *id);
IMAP4_EXPORT int imap4_engine_unsubscribe(struct imap4_engine *e,
					  struct imap4_str mailbox,
					  imap4_id *id);

/* Quotas, RFC 9208. limits: without parentheses ("STORAGE 512"). */
IMAP4_EXPORT int imap4_engine_getquota(struct imap4_engine *e,
				       struct imap4_str root, imap4_id *id);
IMAP4_EXPORT int imap4_engine_getquotaroot(struct imap4_engine *e,
					   struct imap4_str mailbox,
					   imap4_id *id);
IMAP4_EXPORT int imap4_engine_setquota(struct imap4_engine *e,
				       struct imap4_str root,
				       const char *limits, imap4_id *id);

/* Access rights, RFC 4314. rights: "lrs", "+lrs", "-lrs". */
IMAP4_EXPORT int imap4_engine_getacl(struct imap4_engine *e,
				     struct imap4_str mailbox, imap4_id *id);
IMAP4_EXPORT int imap4_engine_setacl(struct imap4_engine *e,
				     struct imap4_str mailbox,
				     struct imap4_str identifier,
				     struct imap4_str rights, imap4_id *id);
IMAP4_EXPORT int imap4_engine_deleteacl(struct imap4_engine *e,
					struct imap4_str mailbox,
					struct imap4_str identifier,
					imap4_id *id);
IMAP4_EXPORT int imap4_engine_listrights(struct imap4_engine *e,
					 struct imap4_str mailbox,
					 struct imap4_str identifier,
					 imap4_id *id);
IMAP4_EXPORT int imap4_engine_myrights(struct imap4_engine *e,
				       struct imap4_str mailbox, imap4_id *id);

/* Annotations, RFC 5464. mailbox "": the server's. options: without
 * parentheses ("DEPTH 1"), or NULL. kv: n pairs of an entry and its value,
 * NIL: remove it. */
IMAP4_EXPORT int imap4_engine_getmetadata(struct imap4_engine *e,
					  struct imap4_str mailbox,
					  const char *options,
					  const struct imap4_str *entries,
					  size_t n, imap4_id *id);
IMAP4_EXPORT int imap4_engine_setmetadata(struct imap4_engine *e,
					  struct imap4_str mailbox,
					  const struct imap4_str *kv, size_t n,
					  imap4_id *id);

/* A piece of a message that the server puts together (RFC 4469). */
struct imap4_catenate {
	struct imap4_str url; /* of something that it has; p == NULL: */
	uint64_t length;      /* so many octets come from here; not 0 */
};

/* One message to append. */
struct imap4_append {
	size_t size; /* sizeof(struct imap4_append) */
	struct imap4_str mailbox;
	const char *flags; /* blank-separated names, or NULL; \Recent is the
			    * server's alone: IMAP4_EINVAL */
	bool has_date;
	int64_t internaldate; /* seconds since the epoch */
	int zone;             /* to show it in, minutes east */
	uint64_t length; /* octets of the message, its lines ended by CRLF; 0
			  * alone only: among several it cancels them all (RFC
			  * 3502), and many servers say NO to it */
	bool binary;     /* it may hold NUL: literal8 (RFC 3516) */
	bool utf8;       /* its header is in UTF-8 (RFC 6855 4) */
	const struct imap4_catenate *part; /* instead of .length */
	size_t nparts;
};
/* The most that one imap4_engine_append_data() takes. */
#define IMAP4_APPEND_CHUNK 65536

/* APPEND. The message is asked for by IMAP4_EV_APPEND_DATA: at once where the
 * server takes the literal unasked (RFC 7888), else when it said "+". It may
 * refuse before, or in between: nothing is asked for after IMAP4_EV_DONE; what
 * was announced and is not wanted any more is then made up of blanks. What is
 * submitted behind waits for all of the message: open the file first. The new
 * UID is in the DONE event's APPENDUID, where the server has UIDPLUS.
 * IMAP4_ESTATE: the server has no BINARY, CATENATE or (ENABLEd) UTF8=ACCEPT,
 * and would take what it does not understand for commands. */
IMAP4_EXPORT int imap4_engine_append(struct imap4_engine *e,
				     const struct imap4_append *a,
				     imap4_id *id);
/* RFC 3502: n messages in one command, all or none of which are stored; their
 * own .mailbox is not looked at. IMAP4_ESTATE without MULTIAPPEND: such a
 * server would take what follows the first message for commands. */
IMAP4_EXPORT int imap4_engine_multiappend(struct imap4_engine *e,
					  struct imap4_str mailbox,
					  const struct imap4_append *msgs,
					  size_t n, imap4_id *id);
/* RFC 8508: appends, and expunges uid, both or nothing. IMAP4_ESTATE without
 * REPLACE. */
IMAP4_EXPORT int imap4_engine_uid_replace(struct imap4_engine *e, uint32_t uid,
					  const struct imap4_append *a,
					  imap4_id *id);
/* The next n octets of the message that was asked for, copied; from the handler
 * of the event, or later. The engine asks again when it has sent most of what
 * it holds, but not before it was given something. Queues all or nothing:
 * IMAP4_EINVAL: more than what is left of the message; IMAP4_ELIMIT: more than
 * IMAP4_APPEND_CHUNK, or given unasked and too much is waiting to be sent;
 * IMAP4_ESTATE: this is not the message that is due, or the command ended;
 * IMAP4_ECLOSED, IMAP4_ENOMEM. */
IMAP4_EXPORT int imap4_engine_append_data(struct imap4_engine *e, imap4_id id,
					  const void *p, size_t n);
/* Takes an APPEND back of which nothing was written: 0, and there will be no
 * DONE event for it. IMAP4_ESTATE: too late, a literal that is announced must
 * be delivered; only closing the connection ends it without a message that is
 * not what it should be. IMAP4_EINVAL: no such APPEND is pending. */
IMAP4_EXPORT int imap4_engine_append_abort(struct imap4_engine *e, imap4_id id);

#ifdef __cplusplus
}
#endif
#endif
