/* SPDX-License-Identifier: MIT */
/* What people wrote, out of what a message's header and a BODYSTRUCTURE have:
 * subjects, names, file names and dates, in UTF-8 that can be printed.
 *
 *	char subject[400];
 *	imap4_header_decode(envelope->subject, subject, sizeof(subject));
 *	puts(subject);
 *
 * Nothing here fails on what it cannot read, but for missing things: that is
 * left as it was sent, or becomes U+FFFD. Control characters become U+FFFD too,
 * line ends vanish; what a reader takes for markup is the caller's business.
 * Text is written to out (cap bytes, cut at a character and NUL-terminated
 * where cap > 0); the length it has altogether is returned, so a result of cap
 * or more says that it was cut. out may be NULL where cap is 0. */
#ifndef IMAP4_MIME_H
#define IMAP4_MIME_H

#include <imap4/message.h>
#include <imap4/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A header field's text with its encoded words decoded (RFC 2047), or in UTF-8
 * as it is (RFC 6532). p == NULL: "". Words are read as they come from real
 * programs too: with blanks inside, cut within a character, in the charset that
 * was meant by the one named. One in a charset that is not known stays as it
 * is. */
IMAP4_EXPORT size_t imap4_header_decode(struct imap4_str s, char *out,
					size_t cap);

/* The value of a parameter ("filename" of .disposition_param, "name" of
 * .param), put together from its pieces and decoded (RFC 2231); an encoded word
 * of RFC 2047 in a plain value is decoded as well. It is text, no path: see
 * what it has of "/" and ".." before a file is named so. -1: there is none. */
IMAP4_EXPORT long imap4_param_decode(const struct imap4_param *list,
				     const char *name, char *out, size_t cap);

/* Addresses as a header shows them: "Ann Lee <ann@example.org>, team: b@x;".
 * Names are decoded, and quoted where they need it. */
IMAP4_EXPORT size_t imap4_addresses_format(const struct imap4_address *list,
					   char *out, size_t cap);

/* The date of a header (RFC 5322 3.3, with the obsolete forms of 4.3: "10 Feb
 * 23 10:00 EST"), comments and day of the week not looked at. Seconds since the
 * epoch to *epoch, minutes east of UTC to *zone (may be NULL). IMAP4_EINVAL. */
IMAP4_EXPORT int imap4_header_date(struct imap4_str s, int64_t *epoch,
				   int *zone);

#ifdef __cplusplus
}
#endif
#endif
