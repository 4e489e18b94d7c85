/* SPDX-License-Identifier: MIT */
/* Patterns of LIST (RFC 9051 6.3.9) against one name, with constant memory and
 * at most pattern length times name length steps, whatever a user's pattern
 * and a server's name look like together.
 */
#include <imap4/codec.h>

#include <string.h>

#include "lib/util/ascii.h"

/* How many bytes at the front compare in any case: INBOX, also as the first
 * component, since servers present it in the spelling of the client. */
static size_t inbox_length(const char *name, char delim)
{
	size_t n = strcspn(name, (char[]){delim, '\0'});

	return ascii_is(name, n, "INBOX") ? n : 0;
}

/* Only the last '*' can ever need another try, since the text before it is
 * matched at the earliest place. The same holds for the last '%' behind it.
 * A '%' that would have to cross a delimiter is a dead end for every start in
 * the component in which this try began, so the '*' takes all of that at once;
 * this is what keeps the time bounded. */
bool imap4_list_match(const char *pattern, const char *name, char delim)
{
	const char *p = pattern, *n = name;
	const char *star = NULL, *star_n = NULL;
	const char *percent = NULL, *percent_n = NULL;
	const char *crossed = NULL; /* the first delimiter since star_n */
	const char *inbox = name + inbox_length(name, delim);

	for (;;) {
		if (*p == '*') {
			star = ++p;
			star_n = n;
			percent = crossed = NULL;
		} else if (*p == '%') {
			percent = ++p;
			percent_n = n;
		} else if (*n == '\0') {
			/* Another try would have even less to match. */
			return *p == '\0';
		} else if (*p == *n ||
			   (n < inbox && ascii_lower(*p) == ascii_lower(*n))) {
			if (*n == delim && !crossed)
				crossed = n;
			p++;
			n++;
		} else if (percent && *percent_n != delim) {
			p = percent;
			n = ++percent_n;
		} else if (star) {
			if (percent)
				star_n = crossed ? crossed : percent_n;
			p = star;
			n = ++star_n;
			percent = crossed = NULL;
		} else {
			return false;
		}
	}
}
