/* SPDX-License-Identifier: MIT */
/* The command in the making: its arguments in order, and the first mistake. */
#include <imap4/command.h>

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "lib/engine/engine_priv.h"
#include "lib/util/ascii.h"
#include "lib/util/utf8.h"

void command_fail(struct imap4_engine *e, int error)
{
	if (e->draft_error == 0)
		e->draft_error = error;
}

struct encode *command_argument(struct imap4_engine *e)
{
	if (e->draft_error < 0)
		return NULL;
	if (e->draft_blank)
		encode_text(&e->draft->enc, " ");
	e->draft_blank = true;
	return &e->draft->enc;
}

void command_begin(struct imap4_engine *e, const char *name)
{
	if (e->draft)
		queue_drop(e->draft);
	e->draft = NULL;
	e->draft_blank = true;
	e->draft_error = queue_begin(e, name, &e->draft);
}

void imap4_engine_command_begin(struct imap4_engine *e, const char *name)
{
	command_begin(e, name);
	if (e->draft && e->draft->spec->own)
		command_fail(e, IMAP4_EINVAL);
}

void imap4_engine_command_atom(struct imap4_engine *e, const char *atom)
{
	struct encode *enc = command_argument(e);
	size_t len = strlen(atom);

	if (!enc)
		return;
	for (size_t i = 0; i < len; i++) {
		if (strchr("(){ %*\"\\]", atom[i]))
			enc->error = IMAP4_EINVAL;
	}
	if (len == 0)
		enc->error = IMAP4_EINVAL;
	encode_raw(enc, atom, len);
}

void imap4_engine_command_astring(struct imap4_engine *e, struct imap4_str s)
{
	struct encode *enc = command_argument(e);

	if (enc)
		encode_astring(enc, s);
}

void imap4_engine_command_string(struct imap4_engine *e, struct imap4_str s)
{
	struct encode *enc = command_argument(e);

	if (enc && s.p)
		encode_string(enc, s);
	else if (enc)
		encode_text(enc, "NIL");
}

void imap4_engine_command_binary(struct imap4_engine *e, struct imap4_str s)
{
	if (!s.p || !memchr(s.p, '\0', s.len)) {
		imap4_engine_command_string(e, s);
		return;
	}
	struct encode *enc = command_argument(e);
	if (enc)
		encode_literal8(enc, s);
}

void imap4_engine_command_number(struct imap4_engine *e, uint64_t n)
{
	struct encode *enc = command_argument(e);

	/* RFC 9051 number64 has 63 bits. */
	if (n > INT64_MAX)
		command_fail(e, IMAP4_EINVAL);
	else if (enc)
		encode_number(enc, n);
}

/* RFC 9051 sequence-set, as to its characters. */
static bool is_set(const char *set)
{
	return strcmp(set, "$") == 0 ||
	       (set[0] != '\0' && strspn(set, "0123456789:,*") == strlen(set));
}

void imap4_engine_command_set(struct imap4_engine *e, const char *set)
{
	struct encode *enc = command_argument(e);

	if (!is_set(set))
		command_fail(e, IMAP4_EINVAL);
	else if (enc)
		encode_text(enc, set);
}

/* ']' is no atom character, but Gmail has it in the names of labels. \Recent is
 * the server's alone (RFC 9051 9, flag). */
static bool are_flags(const char *flags)
{
	static const char recent[] = "\\Recent";
	bool start = true;

	for (const char *p = flags; *p; p++) {
		if (ascii_ctl(*p) || (*p & 0x80) || strchr("(){%*\"", *p) ||
		    (*p == '\\' && !start) ||
		    (start && ascii_is(p, strcspn(p, " "), recent)))
			return false;
		start = *p == ' ';
	}
	return strspn(flags, " ") < strlen(flags);
}

void imap4_engine_command_flags(struct imap4_engine *e, const char *flags)
{
	struct encode *enc = command_argument(e);

	if (!are_flags(flags))
		command_fail(e, IMAP4_EINVAL);
	if (!enc)
		return;
	encode_text(enc, "(");
	encode_raw(enc, flags, strlen(flags));
	encode_text(enc, ")");
}

/* Is each quote and parenthesis closed by what stands in text itself? */
static bool is_balanced(const char *text)
{
	size_t depth = 0;
	bool quoted = false;

	for (const char *p = text; *p; p++) {
		if (quoted) {
			quoted = *p != '"';
			if (*p == '\\' && *++p == '\0')
				return false;
		} else if (*p == '"') {
			quoted = true;
		} else if (*p == '(') {
			depth++;
		} else if (*p == ')' && depth-- == 0) {
			return false;
		}
	}
	return depth == 0 && !quoted;
}

/* RFC 6855 3: a SEARCH must not name one once UTF8=ACCEPT is enabled. It stands
 * in front, or behind RETURN (...) in the same piece. */
static bool names_charset(const struct imap4_engine *e, const char *text)
{
	static const struct imap4_str search = {"SEARCH", 6};

	if (!e->draft || !spec_asks_for(e->draft->spec, search) ||
	    !imap4_engine_enabled(e, "UTF8=ACCEPT"))
		return false;
	if (strncasecmp(text, "RETURN (", 8) == 0)
		text += strcspn(text, ")") + 1;
	text += strspn(text, " ");
	return ascii_is(text, strcspn(text, " "), "CHARSET");
}

void imap4_engine_command_syntax(struct imap4_engine *e, const char *text)
{
	struct encode *enc = command_argument(e);
	size_t len = strlen(text);

	if (len == 0 || !is_balanced(text) || names_charset(e, text))
		command_fail(e, IMAP4_EINVAL);
	else if (enc)
		encode_raw(enc, text, len);
}

void command_list(struct imap4_engine *e, const char *text)
{
	imap4_engine_command_open(e);
	if (text[0] != '\0')
		imap4_engine_command_syntax(e, text);
	imap4_engine_command_close(e);
}

void command_return(struct imap4_engine *e, const char *options)
{
	imap4_engine_command_atom(e, "RETURN");
	command_list(e, options);
}

void imap4_engine_command_open(struct imap4_engine *e)
{
	struct encode *enc = command_argument(e);

	if (enc)
		encode_text(enc, "(");
	e->draft_blank = false;
}

void imap4_engine_command_close(struct imap4_engine *e)
{
	if (e->draft)
		encode_text(&e->draft->enc, ")");
	e->draft_blank = true;
}

int command_end(struct imap4_engine *e, size_t extra, imap4_id *id)
{
	struct command *cmd = e->draft;
	int rc = e->draft_error;

	e->draft = NULL;
	e->draft_error = IMAP4_ESTATE;
	if (rc == 0)
		return queue_end(e, cmd, extra, id);
	if (cmd)
		queue_drop(cmd);
	return rc;
}

int imap4_engine_command_end(struct imap4_engine *e, imap4_id *id)
{
	return command_end(e, 0, id);
}
