/* SPDX-License-Identifier: MIT */
/* Commands for the session and the list of mailboxes: their arguments, in the
 * order of RFC 9051 6. States, tags and barriers are the queue's, atoms and
 * literals the encoder's. */
#include <imap4/submit.h>

#include <string.h>

#include "lib/engine/engine_priv.h"

int submit_simple(struct imap4_engine *e, const char *name, imap4_id *id)
{
	command_begin(e, name);
	return imap4_engine_command_end(e, id);
}

int submit_mailbox(struct imap4_engine *e, const char *name,
		   struct imap4_str mailbox, imap4_id *id)
{
	command_begin(e, name);
	imap4_engine_command_astring(e, mailbox);
	return imap4_engine_command_end(e, id);
}

int imap4_engine_capability(struct imap4_engine *e, imap4_id *id)
{
	return submit_simple(e, "CAPABILITY", id);
}

int imap4_engine_noop(struct imap4_engine *e, imap4_id *id)
{
	return submit_simple(e, "NOOP", id);
}

int imap4_engine_logout(struct imap4_engine *e, imap4_id *id)
{
	return submit_simple(e, "LOGOUT", id);
}

int imap4_engine_starttls(struct imap4_engine *e, imap4_id *id)
{
	return submit_simple(e, "STARTTLS", id);
}

int imap4_engine_namespace(struct imap4_engine *e, imap4_id *id)
{
	return submit_simple(e, "NAMESPACE", id);
}

static void secret(struct imap4_engine *e, struct imap4_str s)
{
	struct encode *enc = command_argument(e);

	if (enc)
		encode_secret(enc, s);
}

int imap4_engine_login(struct imap4_engine *e, struct imap4_str user,
		       struct imap4_str password, imap4_id *id)
{
	/* RFC 9051 6.2.3 */
	if (imap4_engine_has(e, "LOGINDISABLED"))
		return IMAP4_ESTATE;
	command_begin(e, "LOGIN");
	secret(e, user);
	secret(e, password);
	return imap4_engine_command_end(e, id);
}

int imap4_engine_proxyauth(struct imap4_engine *e, struct imap4_str user,
			   imap4_id *id)
{
	return submit_mailbox(e, "PROXYAUTH", user, id);
}

int imap4_engine_enable(struct imap4_engine *e, const char *caps, imap4_id *id)
{
	command_begin(e, "ENABLE");
	imap4_engine_command_syntax(e, caps);
	return imap4_engine_command_end(e, id);
}

int imap4_engine_identify(struct imap4_engine *e, const struct imap4_str *kv,
			  size_t n, imap4_id *id)
{
	const struct imap4_str nil = {NULL, 0};

	command_begin(e, "ID");
	if (n == 0)
		imap4_engine_command_string(e, nil);
	else
		imap4_engine_command_open(e);
	for (size_t i = 0; i < 2 * n; i++) {
		if (!kv[i].p && i % 2 == 0)
			command_fail(e, IMAP4_EINVAL);
		imap4_engine_command_string(e, kv[i]);
	}
	if (n > 0)
		imap4_engine_command_close(e);
	return imap4_engine_command_end(e, id);
}

int imap4_engine_list(struct imap4_engine *e, const char *select_options,
		      struct imap4_str reference, struct imap4_str pattern,
		      const char *return_options, imap4_id *id)
{
	command_begin(e, "LIST");
	if (select_options)
		command_list(e, select_options);
	imap4_engine_command_string(e, reference);
	imap4_engine_command_string(e, pattern);
	if (return_options)
		command_return(e, return_options);
	return imap4_engine_command_end(e, id);
}

int imap4_engine_lsub(struct imap4_engine *e, struct imap4_str reference,
		      struct imap4_str pattern, imap4_id *id)
{
	command_begin(e, "LSUB");
	imap4_engine_command_string(e, reference);
	imap4_engine_command_string(e, pattern);
	return imap4_engine_command_end(e, id);
}

int imap4_engine_status(struct imap4_engine *e, struct imap4_str mailbox,
			uint32_t items, imap4_id *id)
{
	/* In the order of enum imap4_status_item. */
	static const char *const names[] = {
	    "MESSAGES",      "RECENT", "UIDNEXT", "UIDVALIDITY", "UNSEEN",
	    "HIGHESTMODSEQ", "SIZE",   "DELETED", "MAILBOXID",   "APPENDLIMIT",
	};
	const size_t count = sizeof(names) / sizeof(names[0]);

	if (items == 0 || items >> count != 0)
		return IMAP4_EINVAL;
	command_begin(e, "STATUS");
	imap4_engine_command_astring(e, mailbox);
	imap4_engine_command_open(e);
	for (size_t i = 0; i < count; i++) {
		if (items & (1U << i))
			imap4_engine_command_atom(e, names[i]);
	}
	imap4_engine_command_close(e);
	return imap4_engine_command_end(e, id);
}

int imap4_engine_select(struct imap4_engine *e, struct imap4_str mailbox,
			const struct imap4_select_opts *opts, imap4_id *id)
{
	struct imap4_select_opts o = {.size = sizeof(o)};

	if (opts)
		memcpy(&o, opts,
		       opts->size < sizeof(o) ? opts->size : sizeof(o));
	command_begin(e, o.examine ? "EXAMINE" : "SELECT");
	imap4_engine_command_astring(e, mailbox);
	if (o.uidvalidity > 0 && o.modseq > 0) {
		imap4_engine_command_open(e);
		imap4_engine_command_atom(e, "QRESYNC");
		imap4_engine_command_open(e);
		imap4_engine_command_number(e, o.uidvalidity);
		imap4_engine_command_number(e, o.modseq);
		imap4_engine_command_close(e);
		imap4_engine_command_close(e);
	} else if (o.condstore) {
		command_list(e, "CONDSTORE");
	}
	return imap4_engine_command_end(e, id);
}

int imap4_engine_unselect(struct imap4_engine *e, imap4_id *id)
{
	return submit_simple(e, "UNSELECT", id);
}

int imap4_engine_close_mailbox(struct imap4_engine *e, imap4_id *id)
{
	return submit_simple(e, "CLOSE", id);
}

int imap4_engine_notify(struct imap4_engine *e, const char *what, imap4_id *id)
{
	command_begin(e, "NOTIFY");
	imap4_engine_command_syntax(e, what ? what : "NONE");
	return imap4_engine_command_end(e, id);
}

int imap4_engine_create(struct imap4_engine *e, struct imap4_str mailbox,
			imap4_id *id)
{
	return submit_mailbox(e, "CREATE", mailbox, id);
}

int imap4_engine_create_use(struct imap4_engine *e, struct imap4_str mailbox,
			    const char *use, imap4_id *id)
{
	command_begin(e, "CREATE");
	imap4_engine_command_astring(e, mailbox);
	imap4_engine_command_open(e);
	imap4_engine_command_atom(e, "USE");
	imap4_engine_command_flags(e, use);
	imap4_engine_command_close(e);
	return imap4_engine_command_end(e, id);
}

int imap4_engine_delete(struct imap4_engine *e, struct imap4_str mailbox,
			imap4_id *id)
{
	return submit_mailbox(e, "DELETE", mailbox, id);
}

int imap4_engine_rename(struct imap4_engine *e, struct imap4_str from,
			struct imap4_str to, imap4_id *id)
{
	command_begin(e, "RENAME");
	imap4_engine_command_astring(e, from);
	imap4_engine_command_astring(e, to);
	return imap4_engine_command_end(e, id);
}

int imap4_engine_subscribe(struct imap4_engine *e, struct imap4_str mailbox,
			   imap4_id *id)
{
	return submit_mailbox(e, "SUBSCRIBE", mailbox, id);
}

int imap4_engine_unsubscribe(struct imap4_engine *e, struct imap4_str mailbox,
			     imap4_id *id)
{
	return submit_mailbox(e, "UNSUBSCRIBE", mailbox, id);
}
