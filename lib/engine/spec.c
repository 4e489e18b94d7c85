/* SPDX-License-Identifier: MIT */
/* Which commands there are, in which states they are allowed (RFC 9051 6), and
 * what must not overtake them. */
#include "lib/engine/engine_priv.h"

#include <string.h>
#include <strings.h>

#include "lib/util/ascii.h"

#define NONAUTH  (1U << IMAP4_STATE_NONAUTH)
#define AUTH     (1U << IMAP4_STATE_AUTH)
#define SELECTED (1U << IMAP4_STATE_SELECTED)
#define LATER    (AUTH | SELECTED)
#define ANY      (NONAUTH | LATER)

static const struct command_spec specs[] = {
    {.name = "CAPABILITY", .answers = "CAPABILITY", .states = ANY},
    {.name = "NOOP", .states = ANY},
    {.name = "ID", .answers = "ID", .states = ANY},
    {.name = "LOGOUT",
     .states = ANY,
     .kind = CMD_LOGOUT,
     .moves = true,
     .to = IMAP4_STATE_LOGOUT,
     .barrier = true},
    /* Nothing may follow these before their end (RFC 9051 6.2.1, 6.2.2); a
     * LOGIN may be refused, and what followed it would have been said to a
     * stranger. */
    {.name = "STARTTLS",
     .states = NONAUTH,
     .kind = CMD_STARTTLS,
     .first = true,
     .barrier = true},
    {.name = "LOGIN",
     .states = NONAUTH,
     .kind = CMD_LOGIN,
     .own = true,
     .moves = true,
     .to = IMAP4_STATE_AUTH,
     .barrier = true},
    {.name = "AUTHENTICATE",
     .states = NONAUTH,
     .kind = CMD_AUTHENTICATE,
     .own = true,
     .moves = true,
     .to = IMAP4_STATE_AUTH,
     .barrier = true},
    /* RFC 4978 3: not before its result is known. */
    {.name = "COMPRESS",
     .states = LATER,
     .kind = CMD_COMPRESS,
     .own = true,
     .first = true,
     .barrier = true},
    /* RFC 5161 3.1: not once a mailbox is selected. */
    {.name = "ENABLE",
     .answers = "ENABLED",
     .states = AUTH,
     .kind = CMD_ENABLE},
    {.name = "PROXYAUTH", .states = AUTH},
    {.name = "LANGUAGE", .states = ANY},
    {.name = "COMPARATOR", .states = LATER},
    {.name = "NAMESPACE", .answers = "NAMESPACE", .states = LATER},
    {.name = "LIST", .answers = "LIST STATUS", .states = LATER},
    {.name = "LSUB", .answers = "LSUB", .states = LATER},
    {.name = "XLIST", .answers = "XLIST LIST", .states = LATER},
    {.name = "STATUS", .answers = "STATUS", .states = LATER},
    {.name = "CREATE", .states = LATER},
    {.name = "DELETE", .states = LATER},
    {.name = "RENAME", .states = LATER},
    {.name = "SUBSCRIBE", .states = LATER},
    {.name = "UNSUBSCRIBE", .states = LATER},
    {.name = "APPEND", .states = LATER, .kind = CMD_APPEND},
    {.name = "UID REPLACE", .states = SELECTED, .kind = CMD_APPEND},
    {.name = "NOTIFY", .states = LATER},
    /* Nothing may follow it but DONE (RFC 2177). */
    {.name = "IDLE",
     .states = LATER,
     .kind = CMD_IDLE,
     .own = true,
     .barrier = true},
    {.name = "GETQUOTA", .answers = "QUOTA", .states = LATER},
    {.name = "GETQUOTAROOT", .answers = "QUOTAROOT QUOTA", .states = LATER},
    {.name = "SETQUOTA", .answers = "QUOTA", .states = LATER},
    {.name = "GETACL", .answers = "ACL", .states = LATER},
    {.name = "SETACL", .states = LATER},
    {.name = "DELETEACL", .states = LATER},
    {.name = "LISTRIGHTS", .answers = "LISTRIGHTS", .states = LATER},
    {.name = "MYRIGHTS", .answers = "MYRIGHTS", .states = LATER},
    {.name = "GETMETADATA", .answers = "METADATA", .states = LATER},
    {.name = "SETMETADATA", .states = LATER},
    {.name = "GETANNOTATION", .answers = "ANNOTATION", .states = LATER},
    {.name = "SETANNOTATION", .states = LATER},
    {.name = "ESEARCH", .answers = "ESEARCH", .states = LATER},
    {.name = "SELECT",
     .answers = "FLAGS EXISTS VANISHED FETCH",
     .states = LATER,
     .kind = CMD_SELECT,
     .moves = true,
     .to = IMAP4_STATE_SELECTED},
    {.name = "EXAMINE",
     .answers = "FLAGS EXISTS VANISHED FETCH",
     .states = LATER,
     .kind = CMD_SELECT,
     .moves = true,
     .to = IMAP4_STATE_SELECTED},
    {.name = "UNSELECT",
     .states = SELECTED,
     .kind = CMD_UNSELECT,
     .moves = true,
     .to = IMAP4_STATE_AUTH},
    {.name = "CLOSE",
     .states = SELECTED,
     .kind = CMD_UNSELECT,
     .moves = true,
     .to = IMAP4_STATE_AUTH},
    {.name = "CHECK", .states = SELECTED},
    {.name = "EXPUNGE", .answers = "EXPUNGE VANISHED", .states = SELECTED},
    {.name = "UID FETCH",
     .answers = "FETCH UIDFETCH VANISHED",
     .states = SELECTED},
    {.name = "UID STORE", .answers = "FETCH UIDFETCH", .states = SELECTED},
    {.name = "UID SEARCH", .answers = "SEARCH ESEARCH", .states = SELECTED},
    {.name = "UID SORT", .answers = "SORT ESEARCH", .states = SELECTED},
    {.name = "UID THREAD", .answers = "THREAD", .states = SELECTED},
    {.name = "UID COPY", .states = SELECTED},
    {.name = "UID MOVE", .states = SELECTED},
    {.name = "UID EXPUNGE", .answers = "EXPUNGE VANISHED", .states = SELECTED},
    /* RFC 9051 7.5.1: no EXPUNGE during these, but for COPY and MOVE. */
    {.name = "FETCH",
     .answers = "FETCH",
     .states = SELECTED,
     .sequence = true,
     .keeps = true},
    {.name = "STORE",
     .answers = "FETCH",
     .states = SELECTED,
     .sequence = true,
     .keeps = true},
    {.name = "SEARCH",
     .answers = "SEARCH ESEARCH",
     .states = SELECTED,
     .sequence = true,
     .keeps = true},
    {.name = "SORT",
     .answers = "SORT ESEARCH",
     .states = SELECTED,
     .sequence = true,
     .keeps = true},
    {.name = "THREAD",
     .answers = "THREAD",
     .states = SELECTED,
     .sequence = true,
     .keeps = true},
    {.name = "COPY", .states = SELECTED, .sequence = true},
    {.name = "MOVE", .states = SELECTED, .sequence = true},
    {.name = "REPLACE",
     .states = SELECTED,
     .kind = CMD_APPEND,
     .sequence = true},
};

/* Nobody knows what it does. */
static const struct command_spec unknown = {
    .name = "", .states = ANY, .first = true, .barrier = true};

/* Words of letters, digits and "-._", with one blank between them. */
static bool is_name(const char *name)
{
	bool start = true;

	for (const char *p = name; *p; p++) {
		bool inside = ascii_alpha(*p) || ascii_digit(*p) || *p == '-' ||
			      *p == '.' || *p == '_';
		if (!inside && (*p != ' ' || start))
			return false;
		start = !inside;
	}
	return !start;
}

const struct command_spec *spec_find(const char *name)
{
	for (size_t i = 0; i < sizeof(specs) / sizeof(specs[0]); i++) {
		if (ascii_same(name, specs[i].name))
			return &specs[i];
	}
	return is_name(name) ? &unknown : NULL;
}

bool spec_asks_for(const struct command_spec *spec, struct imap4_str name)
{
	const char *p = spec->answers;

	if (!p)
		return spec == &unknown;
	if (name.len == 0)
		return true;
	while (*p) {
		size_t n = strcspn(p, " ");
		if (n == name.len && strncasecmp(p, name.p, n) == 0)
			return true;
		p += n + strspn(p + n, " ");
	}
	return false;
}
