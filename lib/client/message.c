/* SPDX-License-Identifier: MIT */
/* The commands on messages, and those by name. */
#include <imap4/client.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/client/command.h"
#include "lib/client/run.h"
#include "lib/util/ascii.h"

/* Longer than any that there is. */
#define COMMAND_MAX 64

int imap4_client_expunge(struct imap4_client *c)
{
	return command(c, "EXPUNGE");
}

int imap4_client_fetch(struct imap4_client *c, const char *set,
		       const char *parts)
{
	return command(c, "FETCH", set, parts);
}

int imap4_client_store(struct imap4_client *c, const char *set,
		       const char *what, const char *flags)
{
	return command(c, "STORE", set, what, flags);
}

int imap4_client_copy(struct imap4_client *c, const char *set,
		      const char *mailbox)
{
	return command(c, "COPY", set, mailbox);
}

int imap4_client_move(struct imap4_client *c, const char *set,
		      const char *mailbox)
{
	return command(c, "MOVE", set, mailbox);
}

int imap4_client_uid_store(struct imap4_client *c, const char *set,
			   const char *what, const char *flags)
{
	return command(c, "UID STORE", set, what, flags);
}

int imap4_client_uid_copy(struct imap4_client *c, const char *set,
			  const char *mailbox)
{
	return command(c, "UID COPY", set, mailbox);
}

int imap4_client_uid_move(struct imap4_client *c, const char *set,
			  const char *mailbox)
{
	return command(c, "UID MOVE", set, mailbox);
}

int imap4_client_uid_expunge(struct imap4_client *c, const char *set)
{
	return command(c, "UID EXPUNGE", set);
}

int imap4_client_uid_search(struct imap4_client *c,
			    const struct imap4_query *query)
{
	return command_query(c, "UID SEARCH", NULL, query);
}

int imap4_client_uid_sort(struct imap4_client *c, const char *sort,
			  const struct imap4_query *query)
{
	return command_query(c, "UID SORT", sort, query);
}

/* RFC 1730's names of what RFC 3501 writes as BODY[section]. */
static const char *modern_part(const char *part)
{
	static const char *const names[][2] = {
	    {"RFC822", "BODY[]"},
	    {"RFC822.PEEK", "BODY.PEEK[]"},
	    {"RFC822.HEADER", "BODY.PEEK[HEADER]"},
	    {"RFC822.TEXT", "BODY[TEXT]"},
	    {"RFC822.TEXT.PEEK", "BODY.PEEK[TEXT]"},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (ascii_same(part, names[i][0]))
			return names[i][1];
	}
	return part;
}

int imap4_client_partial(struct imap4_client *c, uint32_t number,
			 const char *part, uint32_t start, uint32_t length)
{
	char set[16], first[16], count[16], item[256];

	(void)snprintf(set, sizeof(set), "%" PRIu32, number);
	(void)snprintf(first, sizeof(first), "%" PRIu32, start);
	(void)snprintf(count, sizeof(count), "%" PRIu32, length);
	if (strcmp(imap4_client_protocol(c), "IMAP4") == 0)
		return command(c, "PARTIAL", set, part, first, count);
	int n = snprintf(item, sizeof(item), "%s<%" PRIu32 ".%" PRIu32 ">",
			 modern_part(part), start > 0 ? start - 1 : 0, length);
	/* Too long for any part there is: let it be refused as no set. */
	return command(c, "FETCH", n < (int)sizeof(item) ? set : "", item);
}

int imap4_client_search(struct imap4_client *c, const char *charset, ...)
{
	va_list words;
	int rc;

	/* RFC 6855 3: MUST NOT. */
	if (charset && client_has_utf8(c)) {
		rc = client_begin(c);
		return rc < 0 ? rc
			      : client_fail(c, IMAP4_EINVAL,
					    "SEARCH: no charset may be named "
					    "once UTF8 is enabled");
	}
	va_start(words, charset);
	rc = command_words(c, "SEARCH", &charset, words);
	va_end(words);
	return rc;
}

int imap4_client_sort(struct imap4_client *c, const char *sort,
		      const char *charset, ...)
{
	const char *const first[] = {sort, charset ? charset : "UTF-8"};
	va_list words;

	va_start(words, charset);
	int rc = command_words(c, "SORT", first, words);
	va_end(words);
	return rc;
}

int imap4_client_thread(struct imap4_client *c, const char *algorithm,
			const char *charset, ...)
{
	const char *const first[] = {algorithm, charset ? charset : "UTF-8"};
	va_list words;

	va_start(words, charset);
	int rc = command_words(c, "THREAD", first, words);
	va_end(words);
	return rc;
}

/* prefix and name in capitals; too long, it is none: "". */
static const char *command_name(const char *prefix, const char *name,
				char out[COMMAND_MAX])
{
	int n = snprintf(out, COMMAND_MAX, "%s%s", prefix, name);

	if (n >= COMMAND_MAX)
		return "";
	for (char *p = out; *p; p++)
		*p = ascii_upper(*p);
	return out;
}

int imap4_client_uid(struct imap4_client *c, const char *name, ...)
{
	char full[COMMAND_MAX];
	va_list words;

	va_start(words, name);
	int rc =
	    command_words(c, command_name("UID ", name, full), NULL, words);
	va_end(words);
	return rc;
}

int imap4_client_xatom(struct imap4_client *c, const char *name, ...)
{
	char full[COMMAND_MAX];
	va_list words;

	va_start(words, name);
	int rc = command_words(c, command_name("", name, full), NULL, words);
	va_end(words);
	return rc;
}

/* ---- What came by itself ------------------------------------------------ */

int imap4_client_response(struct imap4_client *c, const char *name)
{
	if (client_clear(c) < 0)
		return IMAP4_ENOMEM;
	if (items_take(&c->kept, name, &c->data) < 0)
		return client_fail(c, IMAP4_ENOMEM, "out of memory");
	return 0;
}

/* Its type is the answer's, as if it had been asked for. */
int imap4_client_recent(struct imap4_client *c)
{
	int rc = imap4_client_response(c, "RECENT");

	if (rc < 0)
		return rc;
	if (c->data.n == 0) {
		rc = imap4_client_noop(c);
		if (rc == 0)
			rc = imap4_client_response(c, "RECENT");
	}
	if (rc == 0)
		c->type = "OK";
	return rc;
}
