/* SPDX-License-Identifier: MIT */
/* One function per command: its arguments, in the order of RFC 9051 6. States,
 * tags and barriers are the queue's, atoms and literals the encoder's. */
#include <imap4/submit.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/engine/engine_priv.h"
#include "lib/util/ascii.h"

/* Input that is protocol syntax: it must at least be there. */
static void raw(struct encode *enc, const char *text)
{
	if (text[0] == '\0')
		enc->error = IMAP4_EINVAL;
	encode_raw(enc, text, strlen(text));
}

int submit_simple(struct imap4_engine *e, enum command_kind kind, imap4_id *id)
{
	struct command *cmd;

	int rc = queue_begin(e, kind, &cmd);
	return rc < 0 ? rc : queue_end(e, cmd, 0, id);
}

int imap4_submit_capability(struct imap4_engine *e, imap4_id *id)
{
	return submit_simple(e, CMD_CAPABILITY, id);
}

int imap4_submit_noop(struct imap4_engine *e, imap4_id *id)
{
	return submit_simple(e, CMD_NOOP, id);
}

int imap4_submit_logout(struct imap4_engine *e, imap4_id *id)
{
	return submit_simple(e, CMD_LOGOUT, id);
}

int imap4_submit_starttls(struct imap4_engine *e, imap4_id *id)
{
	return submit_simple(e, CMD_STARTTLS, id);
}

int imap4_submit_namespace(struct imap4_engine *e, imap4_id *id)
{
	return submit_simple(e, CMD_NAMESPACE, id);
}

int imap4_submit_unselect(struct imap4_engine *e, imap4_id *id)
{
	return submit_simple(e, CMD_UNSELECT, id);
}

int imap4_submit_login(struct imap4_engine *e, struct imap4_str user,
		       struct imap4_str password, imap4_id *id)
{
	struct command *cmd;

	/* RFC 9051 6.2.3 */
	if (imap4_engine_has(e, "LOGINDISABLED"))
		return IMAP4_ESTATE;
	int rc = queue_begin(e, CMD_LOGIN, &cmd);
	if (rc < 0)
		return rc;
	encode_text(&cmd->enc, " ");
	encode_secret(&cmd->enc, user);
	encode_text(&cmd->enc, " ");
	encode_secret(&cmd->enc, password);
	return queue_end(e, cmd, 0, id);
}

int imap4_submit_enable(struct imap4_engine *e, const char *caps, imap4_id *id)
{
	struct command *cmd;

	int rc = queue_begin(e, CMD_ENABLE, &cmd);
	if (rc < 0)
		return rc;
	encode_text(&cmd->enc, " ");
	raw(&cmd->enc, caps);
	return queue_end(e, cmd, 0, id);
}

int imap4_submit_id(struct imap4_engine *e, const struct imap4_str *kv,
		    size_t n, imap4_id *id)
{
	struct command *cmd;

	int rc = queue_begin(e, CMD_ID, &cmd);
	if (rc < 0)
		return rc;
	encode_text(&cmd->enc, n == 0 ? " NIL" : " (");
	for (size_t i = 0; i < 2 * n; i++) {
		if (i > 0)
			encode_text(&cmd->enc, " ");
		if (kv[i].p)
			encode_string(&cmd->enc, kv[i]);
		else if (i % 2 == 1)
			encode_text(&cmd->enc, "NIL");
		else
			cmd->enc.error = IMAP4_EINVAL;
	}
	if (n > 0)
		encode_text(&cmd->enc, ")");
	return queue_end(e, cmd, 0, id);
}

int imap4_submit_list(struct imap4_engine *e, const char *select_options,
		      struct imap4_str reference, struct imap4_str pattern,
		      const char *return_options, imap4_id *id)
{
	struct command *cmd;

	int rc = queue_begin(e, CMD_LIST, &cmd);
	if (rc < 0)
		return rc;
	if (select_options) {
		encode_text(&cmd->enc, " (");
		encode_raw(&cmd->enc, select_options, strlen(select_options));
		encode_text(&cmd->enc, ")");
	}
	encode_text(&cmd->enc, " ");
	encode_string(&cmd->enc, reference);
	encode_text(&cmd->enc, " ");
	encode_string(&cmd->enc, pattern);
	if (return_options) {
		encode_text(&cmd->enc, " RETURN (");
		encode_raw(&cmd->enc, return_options, strlen(return_options));
		encode_text(&cmd->enc, ")");
	}
	return queue_end(e, cmd, 0, id);
}

int imap4_submit_lsub(struct imap4_engine *e, struct imap4_str reference,
		      struct imap4_str pattern, imap4_id *id)
{
	struct command *cmd;

	int rc = queue_begin(e, CMD_LSUB, &cmd);
	if (rc < 0)
		return rc;
	encode_text(&cmd->enc, " ");
	encode_string(&cmd->enc, reference);
	encode_text(&cmd->enc, " ");
	encode_string(&cmd->enc, pattern);
	return queue_end(e, cmd, 0, id);
}

int submit_mailbox(struct imap4_engine *e, enum command_kind kind,
		   struct imap4_str mailbox, struct command **cmd)
{
	int rc = queue_begin(e, kind, cmd);

	if (rc < 0)
		return rc;
	encode_text(&(*cmd)->enc, " ");
	encode_astring(&(*cmd)->enc, mailbox);
	return 0;
}

int imap4_submit_status(struct imap4_engine *e, struct imap4_str mailbox,
			uint32_t items, imap4_id *id)
{
	/* In the order of enum imap4_status_item. */
	static const char *const names[] = {
	    "MESSAGES",      "RECENT", "UIDNEXT", "UIDVALIDITY", "UNSEEN",
	    "HIGHESTMODSEQ", "SIZE",   "DELETED", "MAILBOXID",   "APPENDLIMIT",
	};
	const size_t count = sizeof(names) / sizeof(names[0]);
	const char *before = " (";
	struct command *cmd;

	if (items == 0 || items >> count != 0)
		return IMAP4_EINVAL;
	int rc = submit_mailbox(e, CMD_STATUS, mailbox, &cmd);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < count; i++) {
		if (!(items & (1U << i)))
			continue;
		encode_text(&cmd->enc, before);
		encode_text(&cmd->enc, names[i]);
		before = " ";
	}
	encode_text(&cmd->enc, ")");
	return queue_end(e, cmd, 0, id);
}

int imap4_submit_select(struct imap4_engine *e, struct imap4_str mailbox,
			const struct imap4_select_opts *opts, imap4_id *id)
{
	struct imap4_select_opts o = {.size = sizeof(o)};
	struct command *cmd;
	char text[80];

	if (opts)
		memcpy(&o, opts,
		       opts->size < sizeof(o) ? opts->size : sizeof(o));
	if (o.modseq > INT64_MAX)
		return IMAP4_EINVAL;
	int rc = submit_mailbox(e, o.examine ? CMD_EXAMINE : CMD_SELECT,
				mailbox, &cmd);
	if (rc < 0)
		return rc;
	if (o.uidvalidity > 0 && o.modseq > 0) {
		(void)snprintf(text, sizeof(text),
			       " (QRESYNC (%" PRIu32 " %" PRIu64 "))",
			       o.uidvalidity, o.modseq);
		encode_text(&cmd->enc, text);
	} else if (o.condstore) {
		encode_text(&cmd->enc, " (CONDSTORE)");
	}
	return queue_end(e, cmd, 0, id);
}

/* RFC 9051 sequence-set, as to its characters. */
static bool is_set(const char *set)
{
	return set[0] != '\0' && strspn(set, "0123456789:,*") == strlen(set);
}

int submit_set(struct imap4_engine *e, enum command_kind kind, const char *set,
	       struct command **cmd)
{
	if (!is_set(set))
		return IMAP4_EINVAL;
	int rc = queue_begin(e, kind, cmd);
	if (rc < 0)
		return rc;
	encode_text(&(*cmd)->enc, " ");
	encode_text(&(*cmd)->enc, set);
	return 0;
}

int imap4_submit_uid_fetch(struct imap4_engine *e, const char *set,
			   const char *items, uint64_t changedsince,
			   bool vanished, imap4_id *id)
{
	struct command *cmd;
	char text[64];

	/* RFC 7162 3.2.6: VANISHED without CHANGEDSINCE is BAD. */
	if (changedsince > INT64_MAX || (vanished && changedsince == 0))
		return IMAP4_EINVAL;
	int rc = submit_set(e, CMD_UID_FETCH, set, &cmd);
	if (rc < 0)
		return rc;
	encode_text(&cmd->enc, " (");
	raw(&cmd->enc, items);
	encode_text(&cmd->enc, ")");
	if (changedsince > 0) {
		(void)snprintf(text, sizeof(text),
			       " (CHANGEDSINCE %" PRIu64 "%s)", changedsince,
			       vanished ? " VANISHED" : "");
		encode_text(&cmd->enc, text);
	}
	return queue_end(e, cmd, 0, id);
}

/* Blank-separated flags. ']' is no atom character, but Gmail has it in the
 * names of labels. */
bool submit_are_flags(const char *flags)
{
	bool start = true;

	for (const char *p = flags; *p; p++) {
		if (ascii_ctl(*p) || (*p & 0x80) || strchr("(){%*\"", *p) ||
		    (*p == '\\' && !start))
			return false;
		start = *p == ' ';
	}
	return strspn(flags, " ") < strlen(flags);
}

int imap4_submit_uid_store(struct imap4_engine *e, const char *set, char sign,
			   const char *flags, uint64_t unchangedsince,
			   imap4_id *id)
{
	struct command *cmd;
	char text[64];

	if ((sign != '+' && sign != '-') || !submit_are_flags(flags) ||
	    unchangedsince > INT64_MAX)
		return IMAP4_EINVAL;
	int rc = submit_set(e, CMD_UID_STORE, set, &cmd);
	if (rc < 0)
		return rc;
	if (unchangedsince > 0) {
		(void)snprintf(text, sizeof(text),
			       " (UNCHANGEDSINCE %" PRIu64 ")", unchangedsince);
		encode_text(&cmd->enc, text);
	}
	encode_text(&cmd->enc,
		    sign == '+' ? " +FLAGS.SILENT (" : " -FLAGS.SILENT (");
	raw(&cmd->enc, flags);
	encode_text(&cmd->enc, ")");
	return queue_end(e, cmd, 0, id);
}

int imap4_submit_uid_search(struct imap4_engine *e, const char *return_options,
			    const char *criteria, imap4_id *id)
{
	struct command *cmd;

	int rc = queue_begin(e, CMD_UID_SEARCH, &cmd);
	if (rc < 0)
		return rc;
	if (return_options) {
		encode_text(&cmd->enc, " RETURN (");
		encode_raw(&cmd->enc, return_options, strlen(return_options));
		encode_text(&cmd->enc, ")");
	}
	encode_text(&cmd->enc, " ");
	raw(&cmd->enc, criteria);
	return queue_end(e, cmd, 0, id);
}
