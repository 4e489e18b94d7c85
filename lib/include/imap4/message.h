/* SPDX-License-Identifier: MIT */
/* What a server says about a message without sending it: ENVELOPE and
 * BODYSTRUCTURE (RFC 9051 7.5.2). Lists are linked, strings are as sent: in
 * UTF-8 or in the encoded words of RFC 2047. */
#ifndef IMAP4_MESSAGE_H
#define IMAP4_MESSAGE_H

#include <imap4/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* RFC 9051 7.5.2: a list of addresses may hold groups ("team: a@x, b@y;"). One
 * begins with an entry whose .mailbox is its name, and ends with one that has
 * nothing. */
enum imap4_address_kind {
	IMAP4_ADDRESS,
	IMAP4_GROUP_BEGIN,
	IMAP4_GROUP_END,
};

struct imap4_address {
	const struct imap4_address *next;
	enum imap4_address_kind kind;
	struct imap4_str name;  /* of the person; p == NULL: none */
	struct imap4_str route; /* source route, obsolete */
	struct imap4_str mailbox;
	struct imap4_str host;
};

/* The header fields as the server parsed them; p == NULL: not there. */
struct imap4_envelope {
	struct imap4_str date, subject, in_reply_to, message_id;
	const struct imap4_address *from, *sender, *reply_to, *to, *cc, *bcc;
};

/* "charset" "utf-8" */
struct imap4_param {
	const struct imap4_param *next;
	struct imap4_str name;
	struct imap4_str value;
};

/* A string of a list. */
struct imap4_word {
	const struct imap4_word *next;
	struct imap4_str s;
};

/* A node of BODYSTRUCTURE. Servers leave out or garble what they do not know:
 * then strings have p == NULL, numbers are 0, lists NULL. BODY gives the same
 * without what stands below "extension data". */
struct imap4_part {
	const struct imap4_part *next;  /* sibling */
	const struct imap4_part *child; /* first part of a multipart, or the
					 * body of a message/rfc822 */
	/* Its name in BODY[...]: "1.2". A multipart that is a message has the
	 * message's name, "" at the top. */
	struct imap4_str section;
	bool multipart;
	struct imap4_str type; /* p == NULL for a multipart */
	struct imap4_str subtype;
	const struct imap4_param *param;
	struct imap4_str id, description, encoding;
	uint64_t size;                         /* octets, as encoded */
	uint64_t lines;                        /* text/... and message/rfc822 */
	const struct imap4_envelope *envelope; /* message/rfc822 */

	/* Extension data: so many of .md5 (a multipart: .param), .disposition,
	 * .language and .location were sent. */
	unsigned nextension;
	struct imap4_str md5;
	struct imap4_str disposition;
	const struct imap4_param *disposition_param;
	const struct imap4_word *language;
	struct imap4_str location;
	struct imap4_str extension; /* raw text of what follows */
};

/* Each parses one value that stands at the beginning of text, which must
 * outlive the result; *used (may be NULL) is how much of it was taken.
 * IMAP4_EINVAL: it is none, or nested too deep; IMAP4_ENOMEM. */
IMAP4_EXPORT int imap4_envelope_parse(struct imap4_str text, size_t *used,
				      struct imap4_envelope **out);
IMAP4_EXPORT void imap4_envelope_free(struct imap4_envelope *envelope);
IMAP4_EXPORT int imap4_part_parse(struct imap4_str text, size_t *used,
				  struct imap4_part **out);
IMAP4_EXPORT void imap4_part_free(struct imap4_part *part);

#ifdef __cplusplus
}
#endif
#endif
