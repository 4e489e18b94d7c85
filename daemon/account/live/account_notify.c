/* SPDX-License-Identifier: MIT */
#include "daemon/account/live/account_notify.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/base/xalloc.h"
#include "lib/util/buf.h"

/* RFC 7162 4: servers take lines of 8192 octets. */
#define LINE_MAX_OCTETS 7500
/* Expunged, changed and new messages of a mailbox that is not selected are told
 * by STATUS. RFC 5465 5.2: none of the three without the others. */
#define MESSAGES "MessageNew MessageExpunge FlagChange"
/* Of the one that is selected all is as without NOTIFY. */
#define SELECTED "(SELECTED-DELAYED (" MESSAGES "))"
#define OF_ALL                               \
	"SET STATUS " SELECTED " (PERSONAL " \
	"(" MESSAGES " MailboxName))"

/* As a quoted string; false: it would have to be a literal. */
static bool is_quotable(const char *name)
{
	for (; *name; name++) {
		unsigned char c = (unsigned char)*name;
		if (c < 0x20 || c >= 0x7f)
			return false;
	}
	return true;
}

static void add(struct buf *out, const char *text)
{
	if (buf_adds(out, text) < 0)
		abort(); /* out of memory */
}

static void add_quoted(struct buf *out, const char *name)
{
	int rc = buf_addc(out, '"');

	for (; *name; name++) {
		if (*name == '"' || *name == '\\')
			rc |= buf_addc(out, '\\');
		rc |= buf_addc(out, *name);
	}
	if ((rc | buf_addc(out, '"')) < 0)
		abort();
}

char *account_notify_text(const struct mailboxes *boxes,
			  const struct account *a,
			  bool (*wants)(const struct account *a,
					const struct mailbox *box))
{
	struct buf out;
	size_t n = 0;

	buf_init(&out, SIZE_MAX / 2);
	add(&out, "SET STATUS " SELECTED " (MAILBOXES (");
	for (size_t i = 0; i < boxes->n; i++) {
		const struct mailbox *box = &boxes->box[i];
		if (!wants(a, box) || !is_quotable(box->wire))
			continue;
		if (n++ > 0)
			add(&out, " ");
		add_quoted(&out, box->wire);
	}
	add(&out, ") (" MESSAGES " MailboxName)) (PERSONAL (MailboxName))");
	char *text = n > 0 && out.len <= LINE_MAX_OCTETS
			 ? xstrndup(out.data, out.len)
			 : xstrdup(OF_ALL);
	buf_release(&out);
	return text;
}

bool account_notify_tells(const char *text, const struct mailbox *box)
{
	struct buf name;

	if (!text)
		return false;
	if (strcmp(text, OF_ALL) == 0)
		return true;
	buf_init(&name, SIZE_MAX / 2);
	add_quoted(&name, box->wire);
	bool found = strstr(text, name.data) != NULL;
	buf_release(&name);
	return found;
}
