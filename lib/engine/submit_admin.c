/* SPDX-License-Identifier: MIT */
/* Commands for quotas (RFC 9208), access rights (RFC 4314) and annotations
 * (RFC 5464). Like submit.c. */
#include <imap4/submit.h>

#include "lib/engine/engine_priv.h"

int imap4_engine_getquota(struct imap4_engine *e, struct imap4_str root,
			  imap4_id *id)
{
	return submit_mailbox(e, "GETQUOTA", root, id);
}

int imap4_engine_getquotaroot(struct imap4_engine *e, struct imap4_str mailbox,
			      imap4_id *id)
{
	return submit_mailbox(e, "GETQUOTAROOT", mailbox, id);
}

int imap4_engine_setquota(struct imap4_engine *e, struct imap4_str root,
			  const char *limits, imap4_id *id)
{
	command_begin(e, "SETQUOTA");
	imap4_engine_command_astring(e, root);
	command_list(e, limits);
	return imap4_engine_command_end(e, id);
}

int imap4_engine_getacl(struct imap4_engine *e, struct imap4_str mailbox,
			imap4_id *id)
{
	return submit_mailbox(e, "GETACL", mailbox, id);
}

int imap4_engine_setacl(struct imap4_engine *e, struct imap4_str mailbox,
			struct imap4_str identifier, struct imap4_str rights,
			imap4_id *id)
{
	command_begin(e, "SETACL");
	imap4_engine_command_astring(e, mailbox);
	imap4_engine_command_astring(e, identifier);
	imap4_engine_command_astring(e, rights);
	return imap4_engine_command_end(e, id);
}

int imap4_engine_deleteacl(struct imap4_engine *e, struct imap4_str mailbox,
			   struct imap4_str identifier, imap4_id *id)
{
	command_begin(e, "DELETEACL");
	imap4_engine_command_astring(e, mailbox);
	imap4_engine_command_astring(e, identifier);
	return imap4_engine_command_end(e, id);
}

int imap4_engine_listrights(struct imap4_engine *e, struct imap4_str mailbox,
			    struct imap4_str identifier, imap4_id *id)
{
	command_begin(e, "LISTRIGHTS");
	imap4_engine_command_astring(e, mailbox);
	imap4_engine_command_astring(e, identifier);
	return imap4_engine_command_end(e, id);
}

int imap4_engine_myrights(struct imap4_engine *e, struct imap4_str mailbox,
			  imap4_id *id)
{
	return submit_mailbox(e, "MYRIGHTS", mailbox, id);
}

int imap4_engine_getmetadata(struct imap4_engine *e, struct imap4_str mailbox,
			     const char *options,
			     const struct imap4_str *entries, size_t n,
			     imap4_id *id)
{
	command_begin(e, "GETMETADATA");
	if (n == 0)
		command_fail(e, IMAP4_EINVAL);
	if (options)
		command_list(e, options);
	imap4_engine_command_astring(e, mailbox);
	imap4_engine_command_open(e);
	for (size_t i = 0; i < n; i++)
		imap4_engine_command_astring(e, entries[i]);
	imap4_engine_command_close(e);
	return imap4_engine_command_end(e, id);
}

int imap4_engine_setmetadata(struct imap4_engine *e, struct imap4_str mailbox,
			     const struct imap4_str *kv, size_t n, imap4_id *id)
{
	command_begin(e, "SETMETADATA");
	if (n == 0)
		command_fail(e, IMAP4_EINVAL);
	imap4_engine_command_astring(e, mailbox);
	imap4_engine_command_open(e);
	for (size_t i = 0; i < n; i++) {
		imap4_engine_command_astring(e, kv[2 * i]);
		imap4_engine_command_binary(e, kv[2 * i + 1]);
	}
	imap4_engine_command_close(e);
	return imap4_engine_command_end(e, id);
}
