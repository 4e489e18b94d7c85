/* SPDX-License-Identifier: MIT */
/* What to search for, key by key (RFC 9051 6.4.4): every text is a text,
 * whoever it comes from. All keys must match; imap4_query_or() and
 * imap4_query_not() apply to those that follow them:
 *
 *	struct imap4_query *q = imap4_query_new();
 *	imap4_query_flag(q, IMAP4_FLAG_SEEN, false);
 *	imap4_query_or(q);
 *	imap4_query_text(q, IMAP4_QUERY_FROM, "Ann Lee");
 *	imap4_query_text(q, IMAP4_QUERY_SUBJECT, text);
 *	rc = imap4_client_uid_search(c, q);
 *	imap4_query_free(q);
 *
 * Strings are copied. What goes wrong in between is kept and returned when the
 * query is used; every call takes NULL for a query that there was no memory
 * for. It may be used any number of times. */
#ifndef IMAP4_QUERY_H
#define IMAP4_QUERY_H

#include <imap4/engine.h>
#include <imap4/event.h>

#ifdef __cplusplus
extern "C" {
#endif

struct imap4_query;

enum imap4_query_field {
	IMAP4_QUERY_BCC,
	IMAP4_QUERY_BODY,
	IMAP4_QUERY_CC,
	IMAP4_QUERY_FROM,
	IMAP4_QUERY_SUBJECT,
	IMAP4_QUERY_TEXT, /* header or body */
	IMAP4_QUERY_TO,
};

/* By the day when it was delivered, or by its Date. */
enum imap4_query_day {
	IMAP4_QUERY_BEFORE,
	IMAP4_QUERY_ON,
	IMAP4_QUERY_SINCE,
	IMAP4_QUERY_SENTBEFORE,
	IMAP4_QUERY_SENTON,
	IMAP4_QUERY_SENTSINCE,
};

IMAP4_EXPORT struct imap4_query *imap4_query_new(void);
IMAP4_EXPORT void imap4_query_free(struct imap4_query *q);

/* flag: one of SEEN, ANSWERED, FLAGGED, DELETED, DRAFT. */
IMAP4_EXPORT void imap4_query_flag(struct imap4_query *q, enum imap4_flag flag,
				   bool set);
IMAP4_EXPORT void imap4_query_keyword(struct imap4_query *q,
				      const char *keyword, bool set);
/* UTF-8, anywhere in the field, in any case. */
IMAP4_EXPORT void imap4_query_text(struct imap4_query *q,
				   enum imap4_query_field field,
				   const char *text);
/* text "": the field is there. */
IMAP4_EXPORT void imap4_query_header(struct imap4_query *q, const char *name,
				     const char *text);
/* The day that epoch (seconds) is in, in Coordinated Universal Time: servers
 * look at the day alone, whatever the zone. */
IMAP4_EXPORT void imap4_query_day(struct imap4_query *q,
				  enum imap4_query_day day, int64_t epoch);
IMAP4_EXPORT void imap4_query_larger(struct imap4_query *q, uint64_t octets);
IMAP4_EXPORT void imap4_query_smaller(struct imap4_query *q, uint64_t octets);
/* "1:100": of UIDs, or of sequence numbers. */
IMAP4_EXPORT void imap4_query_uids(struct imap4_query *q, const char *set);
IMAP4_EXPORT void imap4_query_numbers(struct imap4_query *q, const char *set);
/* Changed since (RFC 7162). */
IMAP4_EXPORT void imap4_query_modseq(struct imap4_query *q, uint64_t modseq);

/* The key that follows must not match. */
IMAP4_EXPORT void imap4_query_not(struct imap4_query *q);
/* One of the two keys that follow must match. */
IMAP4_EXPORT void imap4_query_or(struct imap4_query *q);
/* Keys in between are one key: all of them must match. */
IMAP4_EXPORT void imap4_query_open(struct imap4_query *q);
IMAP4_EXPORT void imap4_query_close(struct imap4_query *q);

/* Adds the keys to the command in the making, after imap4_engine_command_begin
 * (e, "UID SEARCH"); charset: with CHARSET in front where it is needed. 0, or
 * IMAP4_EINVAL: a key is missing behind NOT or OR, a group is not closed, or a
 * text is no UTF-8; IMAP4_ENOMEM. */
IMAP4_EXPORT int imap4_query_add(const struct imap4_query *q,
				 struct imap4_engine *e, bool charset);

#ifdef __cplusplus
}
#endif
#endif
