/* SPDX-License-Identifier: MIT */
/* A search as a list of what to send, and whether it is a complete one. */
#include <imap4/codec.h>
#include <imap4/command.h>
#include <imap4/query.h>

#include <stdlib.h>
#include <string.h>

#include "lib/util/utf8.h"

/* Servers have bounds of their own, and lower ones. */
#define DEPTH_MAX 32

/* One argument. */
struct piece {
	enum {
		PIECE_SYNTAX, /* ours */
		PIECE_ATOM,
		PIECE_TEXT,
		PIECE_SET,
		PIECE_NUMBER,
		PIECE_OPEN,
		PIECE_CLOSE,
	} kind;
	const char *name; /* PIECE_SYNTAX: a constant string */
	char *text;
	uint64_t number;
};

struct imap4_query {
	struct piece *piece;
	size_t n, cap;
	int error; /* the first one */
	bool utf8; /* a text is more than ASCII */
	/* Of each open group, and of the whole: how many keys NOT and OR still
	 * want, and how many there are. */
	struct {
		size_t wanted, keys;
	} level[DEPTH_MAX];
	size_t depth;
};

struct imap4_query *imap4_query_new(void)
{
	return calloc(1, sizeof(struct imap4_query));
}

void imap4_query_free(struct imap4_query *q)
{
	if (!q)
		return;
	for (size_t i = 0; i < q->n; i++)
		free(q->piece[i].text);
	free(q->piece);
	free(q);
}

static void fail(struct imap4_query *q, int error)
{
	if (q->error == 0)
		q->error = error;
}

static void add(struct imap4_query *q, struct piece piece)
{
	if (q->n == q->cap) {
		size_t cap = q->cap ? q->cap * 2 : 8;
		struct piece *p = realloc(q->piece, cap * sizeof(*p));
		if (!p) {
			fail(q, IMAP4_ENOMEM);
			free(piece.text);
			return;
		}
		q->piece = p;
		q->cap = cap;
	}
	q->piece[q->n++] = piece;
}

static void add_syntax(struct imap4_query *q, const char *name)
{
	add(q, (struct piece){.kind = PIECE_SYNTAX, .name = name});
}

static void add_copy(struct imap4_query *q, int kind, const char *text)
{
	struct piece piece = {.text = strdup(text)};

	piece.kind = kind;
	if (piece.text)
		add(q, piece);
	else
		fail(q, IMAP4_ENOMEM);
}

static void add_text(struct imap4_query *q, const char *text)
{
	size_t len = strlen(text);

	if (!utf8_valid(text, len))
		fail(q, IMAP4_EINVAL);
	for (size_t i = 0; i < len; i++)
		q->utf8 = q->utf8 || (text[i] & 0x80);
	add_copy(q, PIECE_TEXT, text);
}

static void add_number(struct imap4_query *q, uint64_t number)
{
	add(q, (struct piece){.kind = PIECE_NUMBER, .number = number});
}

/* A key is there, whether it is wanted or one of those that must all match. */
static void count_key(struct imap4_query *q)
{
	q->level[q->depth].keys++;
	if (q->level[q->depth].wanted > 0)
		q->level[q->depth].wanted--;
}

static void add_key(struct imap4_query *q, const char *name)
{
	count_key(q);
	add_syntax(q, name);
}

/* ---- Keys --------------------------------------------------------------- */

void imap4_query_flag(struct imap4_query *q, enum imap4_flag flag, bool set)
{
	static const struct {
		enum imap4_flag flag;
		const char *set, *unset;
	} keys[] = {
	    {IMAP4_FLAG_SEEN, "SEEN", "UNSEEN"},
	    {IMAP4_FLAG_ANSWERED, "ANSWERED", "UNANSWERED"},
	    {IMAP4_FLAG_FLAGGED, "FLAGGED", "UNFLAGGED"},
	    {IMAP4_FLAG_DELETED, "DELETED", "UNDELETED"},
	    {IMAP4_FLAG_DRAFT, "DRAFT", "UNDRAFT"},
	};

	if (!q)
		return;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (keys[i].flag == flag) {
			add_key(q, set ? keys[i].set : keys[i].unset);
			return;
		}
	}
	fail(q, IMAP4_EINVAL);
}

void imap4_query_keyword(struct imap4_query *q, const char *keyword, bool set)
{
	if (!q)
		return;
	add_key(q, set ? "KEYWORD" : "UNKEYWORD");
	add_copy(q, PIECE_ATOM, keyword);
}

void imap4_query_text(struct imap4_query *q, enum imap4_query_field field,
		      const char *text)
{
	static const char *const names[] = {"BCC",     "BODY", "CC", "FROM",
					    "SUBJECT", "TEXT", "TO"};

	if (!q)
		return;
	add_key(q, names[field]);
	add_text(q, text);
}

void imap4_query_header(struct imap4_query *q, const char *name,
			const char *text)
{
	if (!q)
		return;
	add_key(q, "HEADER");
	add_text(q, name);
	add_text(q, text);
}

void imap4_query_day(struct imap4_query *q, enum imap4_query_day day,
		     int64_t epoch)
{
	static const char *const names[] = {
	    "BEFORE", "ON", "SINCE", "SENTBEFORE", "SENTON", "SENTSINCE"};
	char date[IMAP4_DATE_MAX];

	if (!q)
		return;
	if (imap4_date_format(epoch, 0, date) < 0) {
		fail(q, IMAP4_EINVAL);
		return;
	}
	date[strcspn(date, " ")] = '\0';
	add_key(q, names[day]);
	add_copy(q, PIECE_ATOM, date);
}

static void add_measure(struct imap4_query *q, const char *name, uint64_t n)
{
	if (!q)
		return;
	add_key(q, name);
	add_number(q, n);
}

void imap4_query_larger(struct imap4_query *q, uint64_t octets)
{
	add_measure(q, "LARGER", octets);
}

void imap4_query_smaller(struct imap4_query *q, uint64_t octets)
{
	add_measure(q, "SMALLER", octets);
}

void imap4_query_modseq(struct imap4_query *q, uint64_t modseq)
{
	add_measure(q, "MODSEQ", modseq);
}

void imap4_query_uids(struct imap4_query *q, const char *set)
{
	if (!q)
		return;
	add_key(q, "UID");
	add_copy(q, PIECE_SET, set);
}

void imap4_query_numbers(struct imap4_query *q, const char *set)
{
	if (!q)
		return;
	count_key(q);
	add_copy(q, PIECE_SET, set);
}

/* ---- What joins them ---------------------------------------------------- */

static void want(struct imap4_query *q, const char *name, size_t keys)
{
	size_t *wanted;

	if (!q)
		return;
	wanted = &q->level[q->depth].wanted;
	/* It is a key itself, and may be what another one wants. */
	*wanted += *wanted > 0 ? keys - 1 : keys;
	add_syntax(q, name);
}

void imap4_query_not(struct imap4_query *q)
{
	want(q, "NOT", 1);
}

void imap4_query_or(struct imap4_query *q)
{
	want(q, "OR", 2);
}

void imap4_query_open(struct imap4_query *q)
{
	if (!q)
		return;
	if (q->depth + 1 == DEPTH_MAX) {
		fail(q, IMAP4_EINVAL);
		return;
	}
	q->depth++;
	q->level[q->depth].wanted = 0;
	q->level[q->depth].keys = 0;
	add(q, (struct piece){.kind = PIECE_OPEN});
}

void imap4_query_close(struct imap4_query *q)
{
	if (!q)
		return;
	if (q->depth == 0 || q->level[q->depth].wanted > 0 ||
	    q->level[q->depth].keys == 0) {
		fail(q, IMAP4_EINVAL);
		return;
	}
	q->depth--;
	count_key(q);
	add(q, (struct piece){.kind = PIECE_CLOSE});
}

/* ---- Sending ------------------------------------------------------------ */

static void send_piece(struct imap4_engine *e, const struct piece *p)
{
	switch (p->kind) {
	case PIECE_SYNTAX:
		imap4_engine_command_syntax(e, p->name);
		break;
	case PIECE_ATOM:
		imap4_engine_command_atom(e, p->text);
		break;
	case PIECE_TEXT:
		imap4_engine_command_astring(
		    e, (struct imap4_str){p->text, strlen(p->text)});
		break;
	case PIECE_SET:
		imap4_engine_command_set(e, p->text);
		break;
	case PIECE_NUMBER:
		imap4_engine_command_number(e, p->number);
		break;
	case PIECE_OPEN:
		imap4_engine_command_open(e);
		break;
	case PIECE_CLOSE:
		imap4_engine_command_close(e);
		break;
	}
}

int imap4_query_add(const struct imap4_query *q, struct imap4_engine *e,
		    bool charset)
{
	if (!q)
		return IMAP4_ENOMEM;
	if (q->error < 0)
		return q->error;
	if (q->depth > 0 || q->level[0].wanted > 0)
		return IMAP4_EINVAL;
	/* RFC 6855 3 forbids it where UTF-8 was agreed on. */
	if (charset && q->utf8 && !imap4_engine_enabled(e, "UTF8=ACCEPT") &&
	    !imap4_engine_enabled(e, "IMAP4rev2"))
		imap4_engine_command_syntax(e, "CHARSET UTF-8");
	for (size_t i = 0; i < q->n; i++)
		send_piece(e, &q->piece[i]);
	if (q->n == 0)
		imap4_engine_command_syntax(e, "ALL");
	return 0;
}
