/* SPDX-License-Identifier: MIT */
/* APPEND (RFC 9051 6.3.12, RFC 3502) and REPLACE (RFC 8508): their messages
 * come from the caller piece by piece, as fast as they are sent, so that none
 * is ever held here. */
#include <imap4/submit.h>

#include <string.h>

#include <imap4/codec.h>

#include "lib/codec/flags.h"
#include "lib/engine/engine_priv.h"
#include "lib/util/ascii.h"

/* What may wait to be sent before no more is asked for, or taken. */
#define ENOUGH 65536
#define WINDOW (ENOUGH + IMAP4_APPEND_CHUNK)

/* RFC 9051 2.3.2: those that may be set. */
#define PLAIN_FLAGS                                                   \
	(IMAP4_FLAG_SEEN | IMAP4_FLAG_ANSWERED | IMAP4_FLAG_FLAGGED | \
	 IMAP4_FLAG_DELETED | IMAP4_FLAG_DRAFT)
#define PLAIN_LENGTH 50

static void add_date(struct imap4_engine *e, const struct imap4_append *a)
{
	char date[IMAP4_DATE_MAX];

	if (imap4_date_format(a->internaldate, a->zone, date) < 0)
		command_fail(e, IMAP4_EINVAL);
	else
		imap4_engine_command_string(
		    e, (struct imap4_str){date, strlen(date)});
}

/* A keyword that no server takes for anything else. Not longer than Dovecot
 * allows. */
static bool is_plain_flag(const char *p, size_t len)
{
	if (p[0] == '\\')
		return (flags_system_bit(p, len) & ~(unsigned)PLAIN_FLAGS) ==
			   0 &&
		       flags_system_bit(p, len) != 0;
	for (size_t i = 0; i < len; i++) {
		if (!ascii_alpha(p[i]) && !ascii_digit(p[i]) &&
		    !memchr("$_-.", p[i], 4))
			return false;
	}
	return len <= PLAIN_LENGTH;
}

/* Does the server understand all that comes before the message, whatever it is?
 * One that does not (Dovecot, for one, does not know each system flag) answers
 * BAD, does not skip a literal that it did not ask for, and takes the lines of
 * the message for commands. */
static bool is_plain(const struct imap4_append *a)
{
	const char *p = a->flags ? a->flags : "";

	if (a->utf8 || a->binary || a->nparts > 0)
		return false;
	for (size_t n; *p; p += n) {
		p += strspn(p, " ");
		n = strcspn(p, " ");
		if (n > 0 && !is_plain_flag(p, n))
			return false;
	}
	return true;
}

static void add_stream(struct imap4_engine *e, uint64_t length,
		       const struct imap4_append *a)
{
	struct encode *enc = command_argument(e);

	/* RFC 9051 number64 has 63 bits. */
	if (length > INT64_MAX)
		command_fail(e, IMAP4_EINVAL);
	else if (enc)
		encode_stream(enc, length, a->binary || a->utf8, !is_plain(a));
}

/* RFC 4469 */
static void add_parts(struct imap4_engine *e, const struct imap4_append *a)
{
	imap4_engine_command_atom(e, "CATENATE");
	imap4_engine_command_open(e);
	for (size_t i = 0; i < a->nparts; i++) {
		const struct imap4_catenate *part = &a->part[i];
		imap4_engine_command_atom(e, part->url.p ? "URL" : "TEXT");
		if (part->url.p)
			imap4_engine_command_astring(e, part->url);
		else if (part->length == 0)
			command_fail(e, IMAP4_EINVAL);
		else
			add_stream(e, part->length, a);
	}
	imap4_engine_command_close(e);
}

static void add_message(struct imap4_engine *e, const struct imap4_append *a)
{
	if (a->flags && a->flags[0] != '\0')
		imap4_engine_command_flags(e, a->flags);
	else if (a->utf8)
		/* Courier takes UTF8 for a bad date where nothing precedes. */
		command_list(e, "");
	if (a->has_date)
		add_date(e, a);
	if (a->nparts > 0) {
		add_parts(e, a);
	} else if (a->utf8) {
		imap4_engine_command_atom(e, "UTF8");
		imap4_engine_command_open(e);
		add_stream(e, a->length, a);
		imap4_engine_command_close(e);
	} else {
		add_stream(e, a->length, a);
	}
}

/* A server without the extension would take what follows the first message, or
 * what it does not know, for commands. */
static bool can_append(const struct imap4_engine *e,
		       const struct imap4_append *a)
{
	if (a->nparts > 0 && !imap4_engine_has(e, "CATENATE"))
		return false;
	if (a->binary && !imap4_engine_has(e, "BINARY") &&
	    !imap4_engine_has(e, "IMAP4rev2"))
		return false;
	return !a->utf8 || imap4_engine_enabled(e, "UTF8=ACCEPT");
}

/* A caller built against an older header has smaller ones. */
static struct imap4_append take(const void *msg, size_t size)
{
	struct imap4_append a = {.size = sizeof(a)};

	memcpy(&a, msg, size < sizeof(a) ? size : sizeof(a));
	return a;
}

int imap4_engine_multiappend(struct imap4_engine *e, struct imap4_str mailbox,
			     const struct imap4_append *msgs, size_t n,
			     imap4_id *id)
{
	const char *at = (const char *)msgs;

	if (n == 0 || n > UINT32_MAX)
		return IMAP4_EINVAL;
	if (n > 1 && !imap4_engine_has(e, "MULTIAPPEND"))
		return IMAP4_ESTATE;
	command_begin(e, "APPEND");
	imap4_engine_command_astring(e, mailbox);
	for (size_t i = 0; i < n; i++) {
		struct imap4_append a = take(at, msgs->size);
		if (!can_append(e, &a))
			command_fail(e, IMAP4_ESTATE);
		/* RFC 3502 6.3.11: an empty one takes all of them back. */
		if (n > 1 && a.length == 0 && a.nparts == 0)
			command_fail(e, IMAP4_EINVAL);
		add_message(e, &a);
		at += msgs->size;
	}
	return imap4_engine_command_end(e, id);
}

int imap4_engine_append(struct imap4_engine *e, const struct imap4_append *a,
			imap4_id *id)
{
	return imap4_engine_multiappend(e, a->mailbox, a, 1, id);
}

int imap4_engine_uid_replace(struct imap4_engine *e, uint32_t uid,
			     const struct imap4_append *msg, imap4_id *id)
{
	struct imap4_append a = take(msg, msg->size);

	if (uid == 0)
		return IMAP4_EINVAL;
	if (!imap4_engine_has(e, "REPLACE") || !can_append(e, &a))
		return IMAP4_ESTATE;
	command_begin(e, "UID REPLACE");
	imap4_engine_command_number(e, uid);
	imap4_engine_command_astring(e, a.mailbox);
	add_message(e, &a);
	return imap4_engine_command_end(e, id);
}

void append_begin(struct imap4_engine *e, struct command *cmd, uint64_t length,
		  bool wanted)
{
	struct upload *u = &e->upload;

	/* Of an empty one there is nothing to ask for. */
	u->cmd = length > 0 ? cmd : NULL;
	u->left = length;
	u->wanted = wanted;
	u->asked = false;
	if (cmd->messages++ == 0)
		cmd->first_at = engine_position(e);
}

bool append_busy(const struct imap4_engine *e)
{
	return e->upload.cmd || e->upload.padding > 0;
}

static size_t waiting(const struct imap4_engine *e)
{
	return e->out.len - e->out_at;
}

int append_ask(struct imap4_engine *e, const struct imap4_event **ev)
{
	struct upload *u = &e->upload;

	engine_pump(e);
	if (e->dead)
		return e->dead;
	if (!u->cmd || u->asked || waiting(e) >= ENOUGH ||
	    e->state == IMAP4_STATE_LOGOUT)
		return 0;
	u->asked = true;
	memset(&u->event, 0, sizeof(u->event));
	u->event.type = IMAP4_EV_APPEND_DATA;
	u->event.id = u->cmd->id;
	u->event.number = u->cmd->messages - 1;
	u->event.body.size = u->left;
	*ev = &u->event;
	return 0;
}

/* Into the out buffer, on top of what is reserved there for commands. */
static int put(struct imap4_engine *e, const char *p, size_t n)
{
	buf_consume(&e->out, e->out_at);
	e->out_at = 0;
	if (n > e->out.max - e->out.len - e->reserved)
		return IMAP4_ELIMIT;
	if (buf_reserve(&e->out, e->reserved + n) < 0)
		return IMAP4_ENOMEM;
	(void)buf_add(&e->out, p, n);
	return 0;
}

int imap4_engine_append_data(struct imap4_engine *e, imap4_id id, const void *p,
			     size_t n)
{
	struct upload *u = &e->upload;

	if (e->closed || e->dead || e->state == IMAP4_STATE_LOGOUT)
		return IMAP4_ECLOSED;
	if (!u->cmd || u->cmd->id != id)
		return IMAP4_ESTATE;
	if (n > u->left)
		return IMAP4_EINVAL;
	if (n > IMAP4_APPEND_CHUNK || n + waiting(e) > WINDOW)
		return IMAP4_ELIMIT;
	if (n == 0)
		return 0;
	int rc = put(e, p, n);
	if (rc < 0)
		return rc;
	u->asked = false;
	u->left -= n;
	if (u->left > 0)
		return 0;
	u->cmd = NULL;
	engine_pump(e);
	return 0;
}

int imap4_engine_append_abort(struct imap4_engine *e, imap4_id id)
{
	struct command *c = e->head;

	if (e->closed || e->dead)
		return IMAP4_ECLOSED;
	while (c && c->id != id)
		c = c->next;
	if (!c || c->spec->kind != CMD_APPEND)
		return IMAP4_EINVAL;
	if (c->started)
		return IMAP4_ESTATE;
	queue_remove(e, c);
	return 0;
}

bool append_in_doubt(const struct imap4_engine *e, const struct command *cmd)
{
	return e->upload.cmd == cmd && !e->upload.wanted;
}

/* RFC 7888 4: what was announced must be sent, the server counts on it. It
 * throws the octets away, so any will do, and the caller is not bothered. */
void append_cancel(struct imap4_engine *e, const struct command *cmd)
{
	struct upload *u = &e->upload;

	if (u->cmd != cmd)
		return;
	u->cmd = NULL;
	u->padding = u->left;
}

void append_pad(struct imap4_engine *e)
{
	static const char crlf[] = "\r\n";
	struct upload *u = &e->upload;
	char blanks[4096];

	if (u->padding == 0)
		return;
	memset(blanks, ' ', sizeof(blanks));
	while (u->padding > 0 && waiting(e) < ENOUGH) {
		bool last = u->padding <= sizeof(blanks);
		size_t n = last ? (size_t)u->padding : sizeof(blanks);
		int rc = put(e, blanks, n);
		if (rc == 0 && last)
			rc = put(e, crlf, sizeof(crlf) - 1);
		if (rc < 0) {
			(void)engine_fail(e, rc, "out of memory");
			return;
		}
		u->padding -= n;
	}
}
