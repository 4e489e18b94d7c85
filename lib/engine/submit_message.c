/* SPDX-License-Identifier: MIT */
/* Commands for the messages of the selected mailbox (RFC 9051 6.4), by UID and
 * by message number. Like submit.c. */
#include <imap4/submit.h>

#include <string.h>

#include "lib/engine/engine_priv.h"

static void begin(struct imap4_engine *e, const char *name, const char *set)
{
	command_begin(e, name);
	imap4_engine_command_set(e, set);
}

static void begin_fetch(struct imap4_engine *e, const char *name,
			const char *set, const char *items)
{
	begin(e, name, set);
	imap4_engine_command_open(e);
	imap4_engine_command_syntax(e, items);
	imap4_engine_command_close(e);
}

/* RFC 7162 3.1.4.1 */
static void since(struct imap4_engine *e, uint64_t changedsince, bool vanished)
{
	/* RFC 7162 3.2.6: VANISHED without CHANGEDSINCE is BAD. */
	if (vanished && changedsince == 0)
		command_fail(e, IMAP4_EINVAL);
	if (changedsince == 0)
		return;
	imap4_engine_command_open(e);
	imap4_engine_command_atom(e, "CHANGEDSINCE");
	imap4_engine_command_number(e, changedsince);
	if (vanished)
		imap4_engine_command_atom(e, "VANISHED");
	imap4_engine_command_close(e);
}

int imap4_engine_fetch(struct imap4_engine *e, const char *set,
		       const char *items, uint64_t changedsince, imap4_id *id)
{
	begin_fetch(e, "FETCH", set, items);
	since(e, changedsince, false);
	return imap4_engine_command_end(e, id);
}

int imap4_engine_uid_fetch(struct imap4_engine *e, const char *set,
			   const char *items, uint64_t changedsince,
			   bool vanished, imap4_id *id)
{
	begin_fetch(e, "UID FETCH", set, items);
	since(e, changedsince, vanished);
	return imap4_engine_command_end(e, id);
}

/* RFC 9394 3.1: "1:100" from the oldest, "-1:-100" from the newest on. */
static void partial_range(struct imap4_engine *e, int64_t first, int64_t last)
{
	const int64_t max = UINT32_MAX;
	struct encode *enc = command_argument(e);

	if (first == 0 || last == 0 || (first < 0) != (last < 0) ||
	    first > max || last > max || first < -max || last < -max) {
		command_fail(e, IMAP4_EINVAL);
		return;
	}
	if (!enc)
		return;
	encode_text(enc, first < 0 ? "-" : "");
	encode_number(enc, (uint64_t)(first < 0 ? -first : first));
	encode_text(enc, last < 0 ? ":-" : ":");
	encode_number(enc, (uint64_t)(last < 0 ? -last : last));
}

int imap4_engine_uid_fetch_partial(struct imap4_engine *e, const char *set,
				   const char *items, int64_t first,
				   int64_t last, imap4_id *id)
{
	begin_fetch(e, "UID FETCH", set, items);
	imap4_engine_command_open(e);
	imap4_engine_command_atom(e, "PARTIAL");
	partial_range(e, first, last);
	imap4_engine_command_close(e);
	return imap4_engine_command_end(e, id);
}

int imap4_engine_store(struct imap4_engine *e, const char *set,
		       const char *item, const char *flags, imap4_id *id)
{
	begin(e, "STORE", set);
	imap4_engine_command_atom(e, item);
	imap4_engine_command_flags(e, flags);
	return imap4_engine_command_end(e, id);
}

int imap4_engine_uid_store(struct imap4_engine *e, const char *set, char sign,
			   const char *flags, uint64_t unchangedsince,
			   imap4_id *id)
{
	if (sign != '+' && sign != '-')
		return IMAP4_EINVAL;
	begin(e, "UID STORE", set);
	if (unchangedsince > 0) {
		imap4_engine_command_open(e);
		imap4_engine_command_atom(e, "UNCHANGEDSINCE");
		imap4_engine_command_number(e, unchangedsince);
		imap4_engine_command_close(e);
	}
	imap4_engine_command_atom(e, sign == '+' ? "+FLAGS.SILENT"
						 : "-FLAGS.SILENT");
	imap4_engine_command_flags(e, flags);
	return imap4_engine_command_end(e, id);
}

static int search(struct imap4_engine *e, const char *name,
		  const char *return_options, const char *criteria,
		  imap4_id *id)
{
	command_begin(e, name);
	if (return_options)
		command_return(e, return_options);
	imap4_engine_command_syntax(e, criteria);
	return imap4_engine_command_end(e, id);
}

int imap4_engine_search(struct imap4_engine *e, const char *return_options,
			const char *criteria, imap4_id *id)
{
	return search(e, "SEARCH", return_options, criteria, id);
}

int imap4_engine_uid_search(struct imap4_engine *e, const char *return_options,
			    const char *criteria, imap4_id *id)
{
	return search(e, "UID SEARCH", return_options, criteria, id);
}

int imap4_engine_esearch(struct imap4_engine *e, const char *source,
			 const char *return_options, const char *criteria,
			 imap4_id *id)
{
	command_begin(e, "ESEARCH");
	if (source) {
		imap4_engine_command_atom(e, "IN");
		command_list(e, source);
	}
	if (return_options)
		command_return(e, return_options);
	imap4_engine_command_syntax(e, criteria);
	return imap4_engine_command_end(e, id);
}

static int sort(struct imap4_engine *e, const char *name, const char *keys,
		const char *charset, const char *criteria, imap4_id *id)
{
	command_begin(e, name);
	command_list(e, keys);
	imap4_engine_command_astring(
	    e, (struct imap4_str){charset, strlen(charset)});
	imap4_engine_command_syntax(e, criteria);
	return imap4_engine_command_end(e, id);
}

int imap4_engine_sort(struct imap4_engine *e, const char *keys,
		      const char *charset, const char *criteria, imap4_id *id)
{
	return sort(e, "SORT", keys, charset, criteria, id);
}

int imap4_engine_uid_sort(struct imap4_engine *e, const char *keys,
			  const char *charset, const char *criteria,
			  imap4_id *id)
{
	return sort(e, "UID SORT", keys, charset, criteria, id);
}

static int thread(struct imap4_engine *e, const char *name,
		  const char *algorithm, const char *charset,
		  const char *criteria, imap4_id *id)
{
	command_begin(e, name);
	imap4_engine_command_atom(e, algorithm);
	imap4_engine_command_astring(
	    e, (struct imap4_str){charset, strlen(charset)});
	imap4_engine_command_syntax(e, criteria);
	return imap4_engine_command_end(e, id);
}

int imap4_engine_thread(struct imap4_engine *e, const char *algorithm,
			const char *charset, const char *criteria, imap4_id *id)
{
	return thread(e, "THREAD", algorithm, charset, criteria, id);
}

int imap4_engine_uid_thread(struct imap4_engine *e, const char *algorithm,
			    const char *charset, const char *criteria,
			    imap4_id *id)
{
	return thread(e, "UID THREAD", algorithm, charset, criteria, id);
}

static int to_mailbox(struct imap4_engine *e, const char *name, const char *set,
		      struct imap4_str mailbox, imap4_id *id)
{
	begin(e, name, set);
	imap4_engine_command_astring(e, mailbox);
	return imap4_engine_command_end(e, id);
}

int imap4_engine_copy(struct imap4_engine *e, const char *set,
		      struct imap4_str mailbox, imap4_id *id)
{
	return to_mailbox(e, "COPY", set, mailbox, id);
}

int imap4_engine_move(struct imap4_engine *e, const char *set,
		      struct imap4_str mailbox, imap4_id *id)
{
	return to_mailbox(e, "MOVE", set, mailbox, id);
}

int imap4_engine_uid_copy(struct imap4_engine *e, const char *set,
			  struct imap4_str mailbox, imap4_id *id)
{
	return to_mailbox(e, "UID COPY", set, mailbox, id);
}

int imap4_engine_uid_move(struct imap4_engine *e, const char *set,
			  struct imap4_str mailbox, imap4_id *id)
{
	return to_mailbox(e, "UID MOVE", set, mailbox, id);
}

int imap4_engine_expunge(struct imap4_engine *e, imap4_id *id)
{
	return submit_simple(e, "EXPUNGE", id);
}

int imap4_engine_uid_expunge(struct imap4_engine *e, const char *set,
			     imap4_id *id)
{
	begin(e, "UID EXPUNGE", set);
	return imap4_engine_command_end(e, id);
}

int imap4_engine_check(struct imap4_engine *e, imap4_id *id)
{
	return submit_simple(e, "CHECK", id);
}
