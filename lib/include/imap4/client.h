/* SPDX-License-Identifier: MIT */
/* A blocking client in the manner of Python's imaplib: one call sends one
 * command and waits for its end. It is the engine on a connection with an event
 * loop of its own; imap4_client(3) has a table of imaplib's names and these.
 *
 * Commands return 0 where the server said OK, else a negative enum
 * imap4_result; imap4_client_error() says why in words, and imap4_client_code()
 * has the server's response code. The commonest are:
 * ENO, EBAD: the server said so; EPARTIAL: it said OK, but did only a part;
 * ESTATE: not in this state, nothing was sent; EINVAL: an argument cannot be
 * sent, nothing was sent; ENOMEM; ERESOLVE, EREFUSED, ETIMEDOUT, ENET, ETLS,
 * ECLOSED, EPROTO, ELIMIT: there is no connection (any more), open another one.
 *
 * Arguments are NUL-terminated strings, copied, and cannot inject anything:
 * what is not a plain word is quoted or sent as a literal. Mailbox names are
 * UTF-8, unless imap4_client_raw_names() says otherwise. Not for two threads at
 * once, but for imap4_client_wake(); different clients share nothing. */
#ifndef IMAP4_CLIENT_H
#define IMAP4_CLIENT_H

#include <imap4/engine.h>
#include <imap4/event.h>
#include <imap4/query.h>
#include <imap4/sasl.h>
#include <imap4/tls.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define IMAP4_SENTINEL __attribute__((sentinel))
#else
#define IMAP4_SENTINEL
#endif

struct imap4_client;
struct tm;

/* ---- The object --------------------------------------------------------- */

struct imap4_client_opts {
	size_t size;           /* sizeof(struct imap4_client_opts) */
	struct imap4_tls *tls; /* borrowed, outlives the client; NULL: with the
				* system's authorities */
	int64_t timeout_ms;    /* connecting, or nothing moved for so long while
				* something is waited for: ETIMEDOUT. 0: 60 s */
	bool clear_password; /* allow imap4_client_login() without TLS too; over
			      * a tunnel and loopback it always is */
	size_t max_data;     /* octets of results, and of responses that wait
			      * for imap4_client_response(): ELIMIT. 0: 256 MiB */
	const struct imap4_limits *limits; /* or NULL */
	/* See imap4_client_debug(). */
	int debug;
	void (*log)(void *ctx, const char *line);
	void *log_ctx;
	int64_t idle_renew_ms; /* IDLE is given anew so often. 0: 9 min */
};

/* Connects, reads the greeting and asks for the capabilities: imaplib's IMAP4,
 * IMAP4_SSL and IMAP4_stream. host NULL or "": the local host; port 0: 143,
 * or 993 for TLS; command: run by the shell, speaks IMAP on stdin and stdout.
 * opts may be NULL. The client is returned also where it did not succeed: every
 * command then fails with the reason, which imap4_client_error() has. NULL: out
 * of memory, and every call here takes a NULL client for that. */
IMAP4_EXPORT struct imap4_client *imap4_client_open(
    const char *host, uint16_t port, const struct imap4_client_opts *opts);
IMAP4_EXPORT struct imap4_client *imap4_client_open_tls(
    const char *host, uint16_t port, const struct imap4_client_opts *opts);
IMAP4_EXPORT struct imap4_client *imap4_client_open_stream(
    const char *command, const struct imap4_client_opts *opts);
/* Closes the connection, without LOGOUT. */
IMAP4_EXPORT void imap4_client_free(struct imap4_client *c);

/* imaplib's exceptions, by the last call's result. */
enum imap4_class {
	IMAP4_CLASS_NONE,     /* it succeeded, or the server said NO */
	IMAP4_CLASS_ERROR,    /* BAD, not in this state, bad argument, ... */
	IMAP4_CLASS_ABORT,    /* lost: a new client usually recovers */
	IMAP4_CLASS_READONLY, /* the mailbox is not writable (any more) */
};
IMAP4_EXPORT enum imap4_class imap4_client_class(const struct imap4_client *c);
/* Why the last call failed, with the server's text and without a secret; "".
 * One line, control characters replaced; lives until the next call. */
IMAP4_EXPORT const char *imap4_client_error(const struct imap4_client *c);

/* The response code of the last command's tagged answer: TRYCREATE, OVERQUOTA,
 * AUTHENTICATIONFAILED, ... NONE: there is none. */
IMAP4_EXPORT enum imap4_code imap4_client_code(const struct imap4_client *c);

IMAP4_EXPORT enum imap4_state imap4_client_state(const struct imap4_client *c);
/* The newest protocol that both sides have, "IMAP4rev1" or "IMAP4"; "IMAP4rev2"
 * once it was enabled. */
IMAP4_EXPORT const char *imap4_client_protocol(const struct imap4_client *c);
/* The text of the greeting. */
IMAP4_EXPORT const char *imap4_client_welcome(const struct imap4_client *c);
/* Was the mailbox selected read-only? */
IMAP4_EXPORT bool imap4_client_is_readonly(const struct imap4_client *c);
/* For imap4_engine_has() and its like, and for every imap4_engine_*(): run what
 * was submitted with imap4_client_run(). NULL where never connected. */
IMAP4_EXPORT struct imap4_engine *imap4_client_engine(struct imap4_client *c);
/* The descriptor that bytes come from, to be waited for with others while the
 * client idles: when it can be read, imap4_client_idle_next(c, 0) until that
 * returns 0. -1: not connected. */
IMAP4_EXPORT int imap4_client_fd(const struct imap4_client *c);
/* From now on mailbox names are given as on the wire: for one that is not
 * decodable (imap4_list.name.p is NULL), whose .raw this takes. */
IMAP4_EXPORT void imap4_client_raw_names(struct imap4_client *c, bool raw);
/* Waits for the end of a submitted command; name says what its data is
 * ("FETCH"), or NULL: the text of the tagged response. */
IMAP4_EXPORT int imap4_client_run(struct imap4_client *c, imap4_id id,
				  const char *name);

/* ---- Results ------------------------------------------------------------ */

/* One piece of a result: bytes of a response, or a pair of the bytes up to a
 * literal and the literal itself. Both are NUL-terminated, which does not
 * count; where there is no literal its p is NULL. */
struct imap4_item {
	const char *name; /* of the response ("FETCH"), its code ("UIDNEXT"), or
			   * the status ("OK") whose text it is */
	struct imap4_str text;
	struct imap4_str literal;
};

/* What imaplib calls data: the responses that belong to the command, or else
 * the text of the tagged response. n is 0 where imaplib has [None]. */
struct imap4_data {
	size_t n;
	struct imap4_item *item;
};

/* "OK", "NO", "BAD"; "BYE" of imap4_client_logout(); "" where there is no
 * answer. */
IMAP4_EXPORT const char *imap4_client_type(const struct imap4_client *c);
/* Lives until the next command. Never NULL. */
IMAP4_EXPORT const struct imap4_data *imap4_client_data(
    const struct imap4_client *c);
/* The same for keeps: to be freed by the caller. NULL: out of memory. */
IMAP4_EXPORT struct imap4_data *imap4_client_take(struct imap4_client *c);
IMAP4_EXPORT void imap4_data_free(struct imap4_data *data);

/* The numbers of the last command, where that was SEARCH or UID SEARCH, in
 * whatever form they came; and of SORT and UID SORT, in their order. They live
 * until the next command. Never NULL; *n is 0 where there are none. */
IMAP4_EXPORT const struct imap4_set *imap4_client_found(
    const struct imap4_client *c);
IMAP4_EXPORT const uint32_t *imap4_client_order(const struct imap4_client *c,
						size_t *n);

/* Calls fn with every event of the engine as it comes, typed: see
 * <imap4/event.h>. fn must not call the client. NULL: no more. */
IMAP4_EXPORT void imap4_client_on_event(struct imap4_client *c,
					void (*fn)(void *ctx,
						   const struct imap4_event *),
					void *ctx);
/* While fn is not NULL, body sections are given to it piece by piece
 * (IMAP4_EV_BODY_BEGIN, _DATA, _END), and those that come as literals are held
 * nowhere: the literal of their item has a length, and p == NULL. Where fn
 * returns a negative number the rest is dropped, and the command returns that.
 */
IMAP4_EXPORT void imap4_client_on_body(struct imap4_client *c,
				       int (*fn)(void *ctx,
						 const struct imap4_event *),
				       void *ctx);
/* Such a fn: writes the bodies to the descriptor that ctx points to (an int).
 * IMAP4_EIO. */
IMAP4_EXPORT int imap4_body_to_fd(void *ctx, const struct imap4_event *ev);

/* For the next one. */
struct imap4_body_dir {
	int dir; /* an open directory */
	int fd;  /* of the message that is being written, 0: none. To be closed
		  * by the caller where the connection is lost */
};
/* Such a fn: writes each body to a file of its own in the directory of the
 * struct imap4_body_dir that ctx points to: "17.eml" for the UID 17, "n3.eml"
 * for number 3 where the UID did not come before, "17.HEADER.eml" for a
 * section. An older one is replaced. It has its name when it is complete, and a
 * dot in front before. IMAP4_EIO. */
IMAP4_EXPORT int imap4_body_to_dir(void *ctx, const struct imap4_event *ev);

/* The responses of a name, or with a code of that name, that have come and that
 * no command has returned, oldest first: "EXISTS", "UIDVALIDITY", "FLAGS". They
 * are taken away. The oldest ones are dropped where nobody asks for them. */
IMAP4_EXPORT int imap4_client_response(struct imap4_client *c,
				       const char *name);
/* RECENT, if any came, else after a NOOP: the newest is the last. */
IMAP4_EXPORT int imap4_client_recent(struct imap4_client *c);

/* ---- Debugging ---------------------------------------------------------- */

/* What is logged by fn, one line a call, secrets masked: 0 nothing, 1 NO, BAD
 * and BYE, 3 also untagged responses, 4 every line sent and received. */
IMAP4_EXPORT void imap4_client_debug(struct imap4_client *c, int level,
				     void (*fn)(void *ctx, const char *line),
				     void *ctx);
/* Calls fn with the last lines of the conversation, whatever the level, oldest
 * first, long ones cut. Also where the connection is lost. */
IMAP4_EXPORT void imap4_client_print_log(const struct imap4_client *c,
					 void (*fn)(void *ctx,
						    const char *line),
					 void *ctx);

/* ---- Any state ---------------------------------------------------------- */

IMAP4_EXPORT int imap4_client_capability(struct imap4_client *c);
IMAP4_EXPORT int imap4_client_noop(struct imap4_client *c);
/* RFC 2971. Key, value, key, value, ..., NULL; or NULL: tell nothing. */
IMAP4_EXPORT int imap4_client_identify(struct imap4_client *c,
				       const char *const *fields);
/* LOGOUT, and closes. 0 also where the server closed without a word. */
IMAP4_EXPORT int imap4_client_logout(struct imap4_client *c);

/* ---- Not authenticated -------------------------------------------------- */

/* Encrypts the connection; tls as in the options, or NULL. What was learned
 * before is forgotten. Where it fails the connection is lost. */
IMAP4_EXPORT int imap4_client_starttls(struct imap4_client *c,
				       struct imap4_tls *tls);
/* LOGIN. EAUTH, nothing sent: LOGINDISABLED, or the password would be seen. */
IMAP4_EXPORT int imap4_client_login(struct imap4_client *c, const char *user,
				    const char *password);
/* AUTHENTICATE by the caller's own means. step gets the server's challenge,
 * decoded, and answers by *response, which must live until it is called again
 * or the call ends; a negative return cancels. */
IMAP4_EXPORT int imap4_client_authenticate(
    struct imap4_client *c, const char *mechanism,
    int (*step)(void *ctx, struct imap4_str challenge,
		struct imap4_str *response),
    void *ctx);
/* By the library's means: the strongest mechanism that both sides have. */
IMAP4_EXPORT int imap4_client_login_sasl(struct imap4_client *c,
					 const struct imap4_credentials *cred);
IMAP4_EXPORT int imap4_client_login_cram_md5(struct imap4_client *c,
					     const char *user,
					     const char *password);
IMAP4_EXPORT int imap4_client_login_plain(struct imap4_client *c,
					  const char *user,
					  const char *password);

/* ---- Authenticated ------------------------------------------------------ */

/* RFC 5161; blank-separated. */
IMAP4_EXPORT int imap4_client_enable(struct imap4_client *c,
				     const char *capabilities);
/* Sun's: an administrator becomes somebody else. */
IMAP4_EXPORT int imap4_client_proxyauth(struct imap4_client *c,
					const char *user);
/* mailbox NULL: INBOX. The data is EXISTS; the rest is
 * imap4_client_response()'s. EREADONLY: the server allows reading only, and
 * readonly was not asked for; the mailbox is selected. */
IMAP4_EXPORT int imap4_client_select(struct imap4_client *c,
				     const char *mailbox, bool readonly);
IMAP4_EXPORT int imap4_client_examine(struct imap4_client *c,
				      const char *mailbox);
/* directory NULL: the top; pattern NULL: "*". */
IMAP4_EXPORT int imap4_client_list(struct imap4_client *c,
				   const char *directory, const char *pattern);
IMAP4_EXPORT int imap4_client_lsub(struct imap4_client *c,
				   const char *directory, const char *pattern);
/* The same, typed, one call of fn for each: what it is given lives as long as
 * that call, and nothing is kept. fn must not call the client; a negative
 * return is the result, when the command has ended. */
IMAP4_EXPORT int imap4_client_list_each(
    struct imap4_client *c, const char *directory, const char *pattern,
    int (*fn)(void *ctx, const struct imap4_list *), void *ctx);
/* names: "(MESSAGES UNSEEN)". */
IMAP4_EXPORT int imap4_client_status(struct imap4_client *c,
				     const char *mailbox, const char *names);
/* The same as numbers; what came is in out->have, and the strings live until
 * the next command. */
IMAP4_EXPORT int imap4_client_status_get(struct imap4_client *c,
					 const char *mailbox, const char *names,
					 struct imap4_mailbox_status *out);
IMAP4_EXPORT int imap4_client_create(struct imap4_client *c,
				     const char *mailbox);
IMAP4_EXPORT int imap4_client_delete(struct imap4_client *c,
				     const char *mailbox);
IMAP4_EXPORT int imap4_client_rename(struct imap4_client *c, const char *from,
				     const char *to);
IMAP4_EXPORT int imap4_client_subscribe(struct imap4_client *c,
					const char *mailbox);
IMAP4_EXPORT int imap4_client_unsubscribe(struct imap4_client *c,
					  const char *mailbox);
/* mailbox NULL: INBOX. flags: "\\Seen \\Draft", in parentheses or not, or NULL.
 * date: from imap4_time2internaldate(), or NULL: now. Line ends become CRLF. */
IMAP4_EXPORT int imap4_client_append(struct imap4_client *c,
				     const char *mailbox, const char *flags,
				     const char *date, const void *message,
				     size_t len);
/* The same from a file, from its offset on, without holding it in memory. It is
 * read twice, and EIO where it cannot be. It is not to change meanwhile: EIO,
 * and the connection is lost. */
IMAP4_EXPORT int imap4_client_append_fd(struct imap4_client *c,
					const char *mailbox, const char *flags,
					const char *date, int fd);

IMAP4_EXPORT int imap4_client_namespace(struct imap4_client *c);
/* RFC 4314 */
IMAP4_EXPORT int imap4_client_getacl(struct imap4_client *c,
				     const char *mailbox);
IMAP4_EXPORT int imap4_client_setacl(struct imap4_client *c,
				     const char *mailbox, const char *who,
				     const char *rights);
IMAP4_EXPORT int imap4_client_deleteacl(struct imap4_client *c,
					const char *mailbox, const char *who);
IMAP4_EXPORT int imap4_client_myrights(struct imap4_client *c,
				       const char *mailbox);
IMAP4_EXPORT int imap4_client_listrights(struct imap4_client *c,
					 const char *mailbox, const char *who);
/* RFC 9208. limits: "(STORAGE 512)". The data of getquotaroot is QUOTAROOT;
 * imap4_client_response(c, "QUOTA") has the quotas themselves. */
IMAP4_EXPORT int imap4_client_getquota(struct imap4_client *c,
				       const char *root);
IMAP4_EXPORT int imap4_client_getquotaroot(struct imap4_client *c,
					   const char *mailbox);
IMAP4_EXPORT int imap4_client_setquota(struct imap4_client *c, const char *root,
				       const char *limits);
/* The ANNOTATEMORE draft; values: "(\"value.shared\" \"text\")". More entries
 * and their values may follow, up to NULL. */
IMAP4_EXPORT int imap4_client_getannotation(struct imap4_client *c,
					    const char *mailbox,
					    const char *entry,
					    const char *attribute);
IMAP4_EXPORT int imap4_client_setannotation(struct imap4_client *c,
					    const char *mailbox,
					    const char *entry,
					    const char *values,
					    ...) IMAP4_SENTINEL;
/* RFC 5464, what became of it. mailbox "": the server's; value NULL: remove. */
IMAP4_EXPORT int imap4_client_getmetadata(struct imap4_client *c,
					  const char *mailbox,
					  const char *entry);
IMAP4_EXPORT int imap4_client_setmetadata(struct imap4_client *c,
					  const char *mailbox,
					  const char *entry, const char *value);

/* ---- Selected ----------------------------------------------------------- */
/* set: "1", "2:4,7:*" of sequence numbers; the same on UIDs:
 * imap4_client_uid(). */

IMAP4_EXPORT int imap4_client_check(struct imap4_client *c);
/* Also expunges; imap4_client_unselect() does not. */
IMAP4_EXPORT int imap4_client_close_mailbox(struct imap4_client *c);
IMAP4_EXPORT int imap4_client_unselect(struct imap4_client *c);
/* Everything marked \Deleted, by whomever. The data are the numbers, each one
 * counted after those before it have gone. */
IMAP4_EXPORT int imap4_client_expunge(struct imap4_client *c);
/* parts: "(UID FLAGS BODY.PEEK[HEADER])"; the parentheses may be left out, and
 * modifiers may follow: "UID FLAGS (CHANGEDSINCE 17)". */
IMAP4_EXPORT int imap4_client_fetch(struct imap4_client *c, const char *set,
				    const char *parts);
/* RFC 1730's PARTIAL: length octets of a part ("RFC822", "BODY[1]") from start
 * on, the first one being 1. Sent as a FETCH where that knows how. */
IMAP4_EXPORT int imap4_client_partial(struct imap4_client *c, uint32_t number,
				      const char *part, uint32_t start,
				      uint32_t length);
/* command: "+FLAGS", "-FLAGS.SILENT", "FLAGS"; flags: "\\Seen $Work". */
IMAP4_EXPORT int imap4_client_store(struct imap4_client *c, const char *set,
				    const char *command, const char *flags);
IMAP4_EXPORT int imap4_client_copy(struct imap4_client *c, const char *set,
				   const char *mailbox);
IMAP4_EXPORT int imap4_client_move(struct imap4_client *c, const char *set,
				   const char *mailbox);
/* The criteria are words, the last one NULL: (c, NULL, "FROM", "Ann Lee",
 * "UNSEEN", NULL). Each is one argument. A list in parentheses where a key may
 * stand ("(OR SEEN FLAGGED)"), and one string in quotes, go as they are; any
 * other is quoted where it must be, and what follows FROM, SUBJECT, ... is text
 * whatever it says. charset NULL: not named. The data is one item, the numbers
 * with blanks between. */
IMAP4_EXPORT int imap4_client_search(struct imap4_client *c,
				     const char *charset, ...) IMAP4_SENTINEL;
/* RFC 5256. sort: "(REVERSE DATE)"; algorithm: "REFERENCES". */
IMAP4_EXPORT int imap4_client_sort(struct imap4_client *c, const char *sort,
				   const char *charset, ...) IMAP4_SENTINEL;
IMAP4_EXPORT int imap4_client_thread(struct imap4_client *c,
				     const char *algorithm, const char *charset,
				     ...) IMAP4_SENTINEL;

/* ---- Selected, by UID --------------------------------------------------- */
/* set: of UIDs, which stay what they are; the numbers above change whenever a
 * message goes. */

/* FETCH, typed: fn is called with each IMAP4_EV_FETCH as it comes, and with the
 * events of the bodies in front of it (IMAP4_EV_BODY_BEGIN, _DATA, _END); none
 * of it is kept. Also with those that nobody asked for: look at .uid and .have.
 * fn must not call the client. After a negative return it is not called again,
 * and that is the result when the command has ended. */
IMAP4_EXPORT int imap4_client_uid_fetch(
    struct imap4_client *c, const char *set, const char *items,
    int (*fn)(void *ctx, const struct imap4_event *), void *ctx);
IMAP4_EXPORT int imap4_client_uid_store(struct imap4_client *c, const char *set,
					const char *command, const char *flags);
IMAP4_EXPORT int imap4_client_uid_copy(struct imap4_client *c, const char *set,
				       const char *mailbox);
/* RFC 6851 */
IMAP4_EXPORT int imap4_client_uid_move(struct imap4_client *c, const char *set,
				       const char *mailbox);
/* Only what is in the set and marked \Deleted (RFC 4315). */
IMAP4_EXPORT int imap4_client_uid_expunge(struct imap4_client *c,
					  const char *set);
/* The UIDs of what matches: imap4_client_found(). */
IMAP4_EXPORT int imap4_client_uid_search(struct imap4_client *c,
					 const struct imap4_query *query);
/* sort: "REVERSE DATE" (RFC 5256). The UIDs: imap4_client_order(). */
IMAP4_EXPORT int imap4_client_uid_sort(struct imap4_client *c, const char *sort,
				       const struct imap4_query *query);

/* ---- Waiting ------------------------------------------------------------ */

/* IDLE (RFC 2177): begins to listen, for seconds at most (0: until done). It is
 * given again every few minutes, since routers forget silent connections; see
 * the options. */
IMAP4_EXPORT int imap4_client_idle(struct imap4_client *c, unsigned seconds);
/* Waits for a response: 1, the data is that one item; 0: the time is over, or
 * timeout_ms are (below 0: no such limit; 0: only what is there), or it was
 * woken. No other command may be given before imap4_client_idle_done(). */
IMAP4_EXPORT int imap4_client_idle_next(struct imap4_client *c,
					int64_t timeout_ms);
/* Waits for the first one, then for more, each within interval_ms of the last:
 * how many items the data has; 0: the time is over, or it was woken. */
IMAP4_EXPORT int imap4_client_idle_burst(struct imap4_client *c,
					 unsigned interval_ms);
IMAP4_EXPORT int imap4_client_idle_done(struct imap4_client *c);
/* Ends a wait: the imap4_client_idle_next() or _idle_burst() that waits now, or
 * else the next one, returns 0. The one call that is allowed from another
 * thread and from a signal handler, as long as the client lives. */
IMAP4_EXPORT void imap4_client_wake(struct imap4_client *c);

/* ---- By name ------------------------------------------------------------ */
/* Names in upper or lower case. Arguments up to NULL, each as
 * imap4_client_search() takes its criteria. */

/* A command on UIDs: (c, "FETCH", "17:20", "(FLAGS)", NULL). FETCH, STORE, COPY
 * and MOVE take what imap4_client_fetch() and its like take. */
IMAP4_EXPORT int imap4_client_uid(struct imap4_client *c, const char *command,
				  ...) IMAP4_SENTINEL;
/* A command that is not known here, of an extension. */
IMAP4_EXPORT int imap4_client_xatom(struct imap4_client *c, const char *name,
				    ...) IMAP4_SENTINEL;

/* ---- The module's functions --------------------------------------------- */

/* The date in a FETCH response's INTERNALDATE "...", or in a date alone, to
 * Coordinated Universal Time. IMAP4_EINVAL: there is none. */
IMAP4_EXPORT int imap4_internaldate2tuple(const char *text, struct tm *utc);
/* A time to such a date in double quotes, in a zone (minutes east). out has
 * IMAP4_DATE_MAX bytes. IMAP4_EINVAL. */
IMAP4_EXPORT int imap4_time2internaldate(int64_t epoch, int zone, char *out);
/* A number in base 16, of the digits A to P, "" for 0. */
IMAP4_EXPORT void imap4_int2ap(uint64_t number, char out[17]);
/* The flags in FLAGS (...), which borrow from text: as many as max to flags,
 * how many there are in all. */
IMAP4_EXPORT size_t imap4_parse_flags(const char *text, struct imap4_str *flags,
				      size_t max);

#ifdef __cplusplus
}
#endif
#endif
