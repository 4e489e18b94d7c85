/* SPDX-License-Identifier: MIT */
/* Any command, argument by argument: for what submit.h has no call for, and
 * what its calls are made of.
 *
 *	imap4_engine_command_begin(e, "UID SEARCH");
 *	imap4_engine_command_syntax(e, "RETURN (COUNT) CHARSET UTF-8 SUBJECT");
 *	imap4_engine_command_astring(e, text);
 *	rc = imap4_engine_command_end(e, &id);
 *
 * An engine has one command in the making. The first thing that goes wrong is
 * kept and returned by the end; nothing is queued then. Arguments are copied,
 * and none can end the line or start another command. */
#ifndef IMAP4_COMMAND_H
#define IMAP4_COMMAND_H

#include <imap4/engine.h>

#ifdef __cplusplus
extern "C" {
#endif

/* name: as in the RFCs, in any case ("SETACL", "UID STORE"). Known ones are
 * allowed in the states of their RFCs only; others in any, and nothing is sent
 * behind them before they are answered. LOGIN, AUTHENTICATE and COMPRESS are
 * refused: they have their own calls. A command in the making is dropped. */
IMAP4_EXPORT void imap4_engine_command_begin(struct imap4_engine *e,
					     const char *name);
/* RFC 9051 atom. */
IMAP4_EXPORT void imap4_engine_command_atom(struct imap4_engine *e,
					    const char *atom);
/* An atom, a quoted string or a literal, as the content demands: mailbox names
 * (as on the wire), users, entries, what to search for. NUL is refused. */
IMAP4_EXPORT void imap4_engine_command_astring(struct imap4_engine *e,
					       struct imap4_str s);
/* The same, but never an atom; NIL where s.p is NULL. */
IMAP4_EXPORT void imap4_engine_command_string(struct imap4_engine *e,
					      struct imap4_str s);
/* The same for any octets: those with NUL as literal8 (RFC 3516). */
IMAP4_EXPORT void imap4_engine_command_binary(struct imap4_engine *e,
					      struct imap4_str s);
IMAP4_EXPORT void imap4_engine_command_number(struct imap4_engine *e,
					      uint64_t n);
/* A set as text ("1:*", from imap4_set_format()), or "$" (RFC 5182). */
IMAP4_EXPORT void imap4_engine_command_set(struct imap4_engine *e,
					   const char *set);
/* Blank-separated flags or attributes, as a list in parentheses. */
IMAP4_EXPORT void imap4_engine_command_flags(struct imap4_engine *e,
					     const char *flags);
/* Protocol syntax as it is: printable ASCII (once UTF-8 is enabled, that too),
 * quotes and parentheses closed, not empty. */
IMAP4_EXPORT void imap4_engine_command_syntax(struct imap4_engine *e,
					      const char *text);
IMAP4_EXPORT void imap4_engine_command_open(struct imap4_engine *e);
IMAP4_EXPORT void imap4_engine_command_close(struct imap4_engine *e);
/* Queues it; like the calls of submit.h. IMAP4_ELIMIT also for a line of more
 * than 8192 octets without its literals (RFC 7162 4): split the set. */
IMAP4_EXPORT int imap4_engine_command_end(struct imap4_engine *e, imap4_id *id);

#ifdef __cplusplus
}
#endif
#endif
