/* SPDX-License-Identifier: MIT */
/* Encodings: mailbox names, dates, number sets, flags. Pure functions. */
#ifndef IMAP4_CODEC_H
#define IMAP4_CODEC_H

#include <imap4/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Modified UTF-7, RFC 3501 5.1.3. Both write at most cap bytes including a
 * terminating NUL to out and return the length without it, or IMAP4_EINVAL for
 * input that is not valid or not canonical, or IMAP4_ELIMIT where it does not
 * fit (encode needs at most 4 * len + 3 bytes, decode at most 3 * len + 1;
 * out may be NULL to only check and count). */
IMAP4_EXPORT long imap4_mutf7_encode(const char *utf8, size_t len, char *out,
				     size_t cap);
IMAP4_EXPORT long imap4_mutf7_decode(const char *mutf7, size_t len, char *out,
				     size_t cap);

/* INTERNALDATE, RFC 9051 date-time without the quotes: "17-Jul-1996 02:44:25
 * -0700" (one-digit days accepted: old servers). Seconds since the epoch to
 * *epoch, minutes east of UTC to *zone (may be NULL). IMAP4_EINVAL otherwise.
 */
IMAP4_EXPORT int imap4_date_parse(const char *s, size_t len, int64_t *epoch,
				  int *zone);
/* The same from epoch and zone to out (at least IMAP4_DATE_MAX bytes),
 * NUL-terminated. IMAP4_EINVAL for years outside 1..9999. */
#define IMAP4_DATE_MAX 32
IMAP4_EXPORT int imap4_date_format(int64_t epoch, int zone, char *out);

/* Number sets. An all-zero struct is a valid empty set. */
IMAP4_EXPORT void imap4_set_release(struct imap4_set *set);
/* Adds first..last (either order, neither 0); merges. Amortised O(1) when
 * numbers come in ascending or descending order, O(ranges) otherwise.
 * IMAP4_ENOMEM, IMAP4_EINVAL. */
IMAP4_EXPORT int imap4_set_add(struct imap4_set *set, uint32_t first,
			       uint32_t last);
IMAP4_EXPORT bool imap4_set_contains(const struct imap4_set *set, uint32_t n);
/* How many numbers it names. */
IMAP4_EXPORT uint64_t imap4_set_count(const struct imap4_set *set);
/* Parses "1,3:5" into *set (cleared first). "*" becomes 4294967295.
 * IMAP4_EINVAL: not a set; IMAP4_ELIMIT: more than max_ranges. */
IMAP4_EXPORT int imap4_set_parse(const char *s, size_t len, size_t max_ranges,
				 struct imap4_set *set);
/* Writes ranges from index *from on as text, as many as fit in cap bytes (at
 * least 22: one range), NUL-terminated; advances *from. Returns the length.
 * Call until *from == set->n: this is how a long set becomes several commands
 * (RFC 7162 4: at most about 8,000 octets a line). */
IMAP4_EXPORT size_t imap4_set_format(const struct imap4_set *set, size_t *from,
				     char *out, size_t cap);

/* Does a mailbox name match a LIST pattern (RFC 9051 6.3.9: '*' anything, '%'
 * anything but the delimiter)? delim 0: none. INBOX matches in any case.
 * Time is bounded by pattern length times name length. */
IMAP4_EXPORT bool imap4_list_match(const char *pattern, const char *name,
				   char delim);

#ifdef __cplusplus
}
#endif
#endif
