/* SPDX-License-Identifier: MIT */
/* The one table of system flags.
 * "\*" is only ever found in PERMANENTFLAGS, \Recent only in old servers.
 */
#include "lib/codec/flags.h"

#include <imap4/event.h>

#include "lib/util/ascii.h"

static const struct {
	uint32_t bit;
	const char *name;
} flags[] = {
    {IMAP4_FLAG_SEEN, "\\Seen"},       {IMAP4_FLAG_ANSWERED, "\\Answered"},
    {IMAP4_FLAG_FLAGGED, "\\Flagged"}, {IMAP4_FLAG_DELETED, "\\Deleted"},
    {IMAP4_FLAG_DRAFT, "\\Draft"},     {IMAP4_FLAG_RECENT, "\\Recent"},
    {IMAP4_FLAG_ANY, "\\*"},
};

#define NFLAGS (sizeof(flags) / sizeof(flags[0]))

uint32_t flags_system_bit(const char *s, size_t len)
{
	for (size_t i = 0; i < NFLAGS; i++) {
		if (ascii_is(s, len, flags[i].name))
			return flags[i].bit;
	}
	return 0;
}
