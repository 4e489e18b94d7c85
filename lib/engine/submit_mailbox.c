/* SPDX-License-Identifier: MIT */
/* The commands that change the tree of mailboxes (RFC 9051 6.3), and those that
 * move, copy and remove messages in it (6.4). Like submit.c. */
#include <imap4/submit.h>

#include <string.h>

#include "lib/engine/engine_priv.h"

static int on_mailbox(struct imap4_engine *e, enum command_kind kind,
		      struct imap4_str mailbox, imap4_id *id)
{
	struct command *cmd;

	int rc = submit_mailbox(e, kind, mailbox, &cmd);
	return rc < 0 ? rc : queue_end(e, cmd, 0, id);
}

int imap4_submit_create(struct imap4_engine *e, struct imap4_str mailbox,
			imap4_id *id)
{
	return on_mailbox(e, CMD_CREATE, mailbox, id);
}

int imap4_submit_create_use(struct imap4_engine *e, struct imap4_str mailbox,
			    const char *use, imap4_id *id)
{
	struct command *cmd;

	if (!submit_are_flags(use))
		return IMAP4_EINVAL;
	int rc = submit_mailbox(e, CMD_CREATE, mailbox, &cmd);
	if (rc < 0)
		return rc;
	encode_text(&cmd->enc, " (USE (");
	encode_raw(&cmd->enc, use, strlen(use));
	encode_text(&cmd->enc, "))");
	return queue_end(e, cmd, 0, id);
}

int imap4_submit_delete(struct imap4_engine *e, struct imap4_str mailbox,
			imap4_id *id)
{
	return on_mailbox(e, CMD_DELETE, mailbox, id);
}

int imap4_submit_rename(struct imap4_engine *e, struct imap4_str from,
			struct imap4_str to, imap4_id *id)
{
	struct command *cmd;

	int rc = submit_mailbox(e, CMD_RENAME, from, &cmd);
	if (rc < 0)
		return rc;
	encode_text(&cmd->enc, " ");
	encode_astring(&cmd->enc, to);
	return queue_end(e, cmd, 0, id);
}

int imap4_submit_subscribe(struct imap4_engine *e, struct imap4_str mailbox,
			   imap4_id *id)
{
	return on_mailbox(e, CMD_SUBSCRIBE, mailbox, id);
}

int imap4_submit_unsubscribe(struct imap4_engine *e, struct imap4_str mailbox,
			     imap4_id *id)
{
	return on_mailbox(e, CMD_UNSUBSCRIBE, mailbox, id);
}

int imap4_submit_check(struct imap4_engine *e, imap4_id *id)
{
	return submit_simple(e, CMD_CHECK, id);
}

static int to_mailbox(struct imap4_engine *e, enum command_kind kind,
		      const char *set, struct imap4_str mailbox, imap4_id *id)
{
	struct command *cmd;

	int rc = submit_set(e, kind, set, &cmd);
	if (rc < 0)
		return rc;
	encode_text(&cmd->enc, " ");
	encode_astring(&cmd->enc, mailbox);
	return queue_end(e, cmd, 0, id);
}

int imap4_submit_uid_copy(struct imap4_engine *e, const char *set,
			  struct imap4_str mailbox, imap4_id *id)
{
	return to_mailbox(e, CMD_UID_COPY, set, mailbox, id);
}

int imap4_submit_uid_move(struct imap4_engine *e, const char *set,
			  struct imap4_str mailbox, imap4_id *id)
{
	return to_mailbox(e, CMD_UID_MOVE, set, mailbox, id);
}

int imap4_submit_uid_expunge(struct imap4_engine *e, const char *set,
			     imap4_id *id)
{
	struct command *cmd;

	int rc = submit_set(e, CMD_UID_EXPUNGE, set, &cmd);
	return rc < 0 ? rc : queue_end(e, cmd, 0, id);
}
