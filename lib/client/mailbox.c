/* SPDX-License-Identifier: MIT */
/* The commands that are a name and some arguments. */
#include <imap4/client.h>
#include <imap4/command.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/client/command.h"
#include "lib/client/run.h"
#include "lib/util/ascii.h"

int imap4_client_capability(struct imap4_client *c)
{
	return command(c, "CAPABILITY");
}

int imap4_client_noop(struct imap4_client *c)
{
	return command(c, "NOOP");
}

int imap4_client_enable(struct imap4_client *c, const char *capabilities)
{
	const struct imap4_engine *e = imap4_client_engine(c);

	/* RFC 5161 3.1 */
	if (e && !imap4_engine_has(e, "ENABLE")) {
		int rc = client_begin(c);
		return rc < 0 ? rc
			      : client_fail(c, IMAP4_ESTATE,
					    "the server does not support "
					    "ENABLE");
	}
	return command(c, "ENABLE", capabilities);
}

int imap4_client_proxyauth(struct imap4_client *c, const char *user)
{
	return command(c, "PROXYAUTH", user);
}

int imap4_client_namespace(struct imap4_client *c)
{
	return command(c, "NAMESPACE");
}

int imap4_client_list(struct imap4_client *c, const char *directory,
		      const char *pattern)
{
	return command(c, "LIST", directory ? directory : "",
		       pattern ? pattern : "*");
}

int imap4_client_lsub(struct imap4_client *c, const char *directory,
		      const char *pattern)
{
	return command(c, "LSUB", directory ? directory : "",
		       pattern ? pattern : "*");
}

int imap4_client_status(struct imap4_client *c, const char *mailbox,
			const char *names)
{
	return command(c, "STATUS", mailbox, names);
}

int imap4_client_create(struct imap4_client *c, const char *mailbox)
{
	return command(c, "CREATE", mailbox);
}

int imap4_client_delete(struct imap4_client *c, const char *mailbox)
{
	return command(c, "DELETE", mailbox);
}

int imap4_client_rename(struct imap4_client *c, const char *from,
			const char *to)
{
	return command(c, "RENAME", from, to);
}

int imap4_client_subscribe(struct imap4_client *c, const char *mailbox)
{
	return command(c, "SUBSCRIBE", mailbox);
}

int imap4_client_unsubscribe(struct imap4_client *c, const char *mailbox)
{
	return command(c, "UNSUBSCRIBE", mailbox);
}

int imap4_client_getacl(struct imap4_client *c, const char *mailbox)
{
	return command(c, "GETACL", mailbox);
}

int imap4_client_setacl(struct imap4_client *c, const char *mailbox,
			const char *who, const char *rights)
{
	return command(c, "SETACL", mailbox, who, rights);
}

int imap4_client_deleteacl(struct imap4_client *c, const char *mailbox,
			   const char *who)
{
	return command(c, "DELETEACL", mailbox, who);
}

int imap4_client_myrights(struct imap4_client *c, const char *mailbox)
{
	return command(c, "MYRIGHTS", mailbox);
}

int imap4_client_listrights(struct imap4_client *c, const char *mailbox,
			    const char *who)
{
	return command(c, "LISTRIGHTS", mailbox, who);
}

int imap4_client_getquota(struct imap4_client *c, const char *root)
{
	return command(c, "GETQUOTA", root);
}

int imap4_client_getquotaroot(struct imap4_client *c, const char *mailbox)
{
	return command(c, "GETQUOTAROOT", mailbox);
}

int imap4_client_setquota(struct imap4_client *c, const char *root,
			  const char *limits)
{
	return command(c, "SETQUOTA", root, limits);
}

int imap4_client_getannotation(struct imap4_client *c, const char *mailbox,
			       const char *entry, const char *attribute)
{
	return command(c, "GETANNOTATION", mailbox, entry, attribute);
}

int imap4_client_setannotation(struct imap4_client *c, const char *mailbox,
			       const char *entry, const char *values, ...)
{
	const char *const first[] = {mailbox, entry, values};
	va_list more;

	va_start(more, values);
	int rc = command_pairs(c, "SETANNOTATION", first, more);
	va_end(more);
	return rc;
}

int imap4_client_getmetadata(struct imap4_client *c, const char *mailbox,
			     const char *entry)
{
	return command(c, "GETMETADATA", mailbox, entry);
}

int imap4_client_setmetadata(struct imap4_client *c, const char *mailbox,
			     const char *entry, const char *value)
{
	return command(c, "SETMETADATA", mailbox, entry, value);
}

/* ---- Which mailbox ------------------------------------------------------ */

static int select_mailbox(struct imap4_client *c, const char *mailbox,
			  bool readonly)
{
	if (!c)
		return IMAP4_ENOMEM;
	if (c->idle.on)
		return command(c, "SELECT", mailbox); /* which is refused */
	/* What was said of the last mailbox is not true of this one. */
	items_release(&c->kept);
	c->turned_readonly = false;
	c->is_readonly = readonly;
	c->selecting = true;
	int rc = command(c, readonly ? "EXAMINE" : "SELECT", mailbox);
	c->selecting = false;
	/* Also for who asks for it with the rest. */
	for (size_t i = 0; rc == 0 && i < c->data.n; i++) {
		const struct imap4_str name = {"EXISTS", strlen("EXISTS")};
		const struct imap4_str none = {NULL, 0};
		if (items_add(&c->kept, name, c->data.item[i].text, none) < 0)
			rc = client_fail(c, IMAP4_ENOMEM, "out of memory");
	}
	if (rc == 0 && c->is_readonly && !readonly)
		return client_fail(c, IMAP4_EREADONLY,
				   "the mailbox is read-only");
	return rc;
}

int imap4_client_select(struct imap4_client *c, const char *mailbox,
			bool readonly)
{
	return select_mailbox(c, mailbox, readonly);
}

int imap4_client_examine(struct imap4_client *c, const char *mailbox)
{
	return select_mailbox(c, mailbox, true);
}

int imap4_client_close_mailbox(struct imap4_client *c)
{
	return command(c, "CLOSE");
}

int imap4_client_unselect(struct imap4_client *c)
{
	return command(c, "UNSELECT");
}

int imap4_client_check(struct imap4_client *c)
{
	return command(c, "CHECK");
}
