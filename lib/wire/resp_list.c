/* SPDX-License-Identifier: MIT */
/* LIST, LSUB and XLIST (RFC 9051 7.3.1, RFC 6154), STATUS (7.3.4) and NAMESPACE
 * (RFC 2342). Names are given as sent and in UTF-8. */
#include "lib/wire/resp_priv.h"

#include <string.h>

#include "lib/util/ascii.h"

static const struct {
	const char *name;
	uint32_t bit;
} attrs[] = {
    {"\\HasNoChildren", IMAP4_LIST_HASNOCHILDREN},
    {"\\HasChildren", IMAP4_LIST_HASCHILDREN},
    {"\\Noselect", IMAP4_LIST_NOSELECT},
    {"\\Noinferiors", IMAP4_LIST_NOINFERIORS},
    {"\\Marked", IMAP4_LIST_MARKED},
    {"\\Unmarked", IMAP4_LIST_UNMARKED},
    {"\\Subscribed", IMAP4_LIST_SUBSCRIBED},
    /* RFC 5258: a name that does not exist cannot be selected either. */
    {"\\NonExistent", IMAP4_LIST_NONEXISTENT | IMAP4_LIST_NOSELECT},
    {"\\Remote", IMAP4_LIST_REMOTE},
    {"\\All", IMAP4_LIST_ALL},
    {"\\Archive", IMAP4_LIST_ARCHIVE},
    {"\\Drafts", IMAP4_LIST_DRAFTS},
    {"\\Flagged", IMAP4_LIST_FLAGGED},
    {"\\Junk", IMAP4_LIST_JUNK},
    {"\\Sent", IMAP4_LIST_SENT},
    {"\\Trash", IMAP4_LIST_TRASH},
    {"\\Important", IMAP4_LIST_IMPORTANT},
    /* Gmail's XLIST, before RFC 6154. */
    {"\\AllMail", IMAP4_LIST_ALL},
    {"\\Spam", IMAP4_LIST_JUNK},
    {"\\Starred", IMAP4_LIST_FLAGGED},
};

static uint32_t attr_bits(const struct resp_words *words)
{
	uint32_t bits = 0;

	for (size_t i = 0; i < words->n; i++) {
		const struct imap4_str *w = &words->v[i];
		size_t k = 0;
		while (k < sizeof(attrs) / sizeof(attrs[0]) &&
		       !ascii_is(w->p, w->len, attrs[k].name))
			k++;
		if (k < sizeof(attrs) / sizeof(attrs[0]))
			bits |= attrs[k].bit;
	}
	return bits;
}

/* One character in quotes, or NIL; "" as some servers have it for NIL. */
static bool parse_delim(struct lex *lex, char *delim)
{
	struct lex_token tok;
	enum lex_kind kind = lex_next(lex, &tok);

	*delim = 0;
	if (kind == LEX_NIL)
		return true;
	if ((kind != LEX_STRING && kind != LEX_ATOM) || tok.s.len > 1)
		return false;
	if (tok.s.len == 1)
		*delim = tok.s.p[0];
	return true;
}

/* One pair of a name and its value, which is a list. */
static int parse_extension(struct resp *r, struct lex *lex)
{
	struct imap4_list *list = &r->ev.list;
	struct resp_words info = {.n = 0};
	struct imap4_str name;
	int rc = 0;

	if (!lex_astring(lex, &name))
		return IMAP4_EPROTO;
	/* RFC 9051 6.3.9.7 */
	if (ascii_is(name.p, name.len, "OLDNAME"))
		return lex_open(lex) && lex_astring(lex, &list->oldname) &&
			       lex_close(lex)
			   ? 0
			   : IMAP4_EPROTO;
	if (ascii_is(name.p, name.len, "CHILDINFO")) {
		rc = resp_parse_words(r, lex, &info);
		list->childinfo = info.v;
		list->nchildinfo = info.n;
		return rc;
	}
	return lex_skip(lex) ? 0 : IMAP4_EPROTO;
}

/* RFC 5258 mbox-list-extended. Courier puts each pair into parentheses of its
 * own. */
static int parse_extended(struct resp *r, struct lex *lex)
{
	unsigned depth = lex->depth;
	struct imap4_str rest = lex_rest(lex);
	int rc = lex_open(lex) ? 0 : IMAP4_EPROTO;

	while (rc == 0 && lex->depth > depth) {
		if (lex_close(lex))
			continue;
		if (!lex_open(lex))
			rc = parse_extension(r, lex);
	}
	r->ev.list.extended =
	    (struct imap4_str){rest.p, (size_t)(lex->p - rest.p)};
	return rc;
}

int resp_parse_list(struct resp *r, struct lex *lex)
{
	struct imap4_list *list = &r->ev.list;
	struct resp_words words = {.n = 0};

	int rc = resp_parse_words(r, lex, &words);
	if (rc < 0)
		return rc;
	list->lsub = ascii_is(r->name.p, r->name.len, "LSUB");
	list->attr = attr_bits(&words);
	list->words = words.v;
	list->nwords = words.n;
	if (!parse_delim(lex, &list->delim))
		return IMAP4_EPROTO;
	rc = resp_parse_name(r, lex, &list->raw, &list->name);
	list->irregular = r->irregular;
	if (rc == 0 && lex_peek(lex) == LEX_OPEN)
		rc = parse_extended(r, lex);
	return rc;
}

struct status_item {
	const char *name;
	enum imap4_status_item item;
	size_t offset;
	uint64_t max;
};

#define ITEM(name, bit, field, max)                                          \
	{                                                                    \
		name, bit, offsetof(struct imap4_mailbox_status, field), max \
	}

static const struct status_item status_items[] = {
    ITEM("MESSAGES", IMAP4_ST_MESSAGES, messages, UINT32_MAX),
    ITEM("RECENT", IMAP4_ST_RECENT, recent, UINT32_MAX),
    ITEM("UIDNEXT", IMAP4_ST_UIDNEXT, uidnext, UINT32_MAX),
    ITEM("UIDVALIDITY", IMAP4_ST_UIDVALIDITY, uidvalidity, UINT32_MAX),
    ITEM("UNSEEN", IMAP4_ST_UNSEEN, unseen, UINT32_MAX),
    ITEM("HIGHESTMODSEQ", IMAP4_ST_HIGHESTMODSEQ, highestmodseq, INT64_MAX),
    ITEM("SIZE", IMAP4_ST_SIZE, size, INT64_MAX),
    ITEM("DELETED", IMAP4_ST_DELETED, deleted, UINT32_MAX),
    ITEM("APPENDLIMIT", IMAP4_ST_APPENDLIMIT, appendlimit, UINT32_MAX),
};

/* Sets the item where its value is a number in range. mail.ru sends sizes as
 * 9.3736e+06, APPENDLIMIT may be NIL: then the item is not there. */
static void set_status_item(struct lex *lex, struct imap4_mailbox_status *st,
			    const struct status_item *item)
{
	uint64_t n;

	if (!lex_number(lex, item->max, &n))
		return;
	memcpy((char *)st + item->offset, &n, sizeof(n));
	st->have |= item->item;
}

static int parse_status_item(struct lex *lex, struct imap4_mailbox_status *st)
{
	struct imap4_str name;

	if (!lex_astring(lex, &name))
		return IMAP4_EPROTO;
	/* Courier leaves out a value it does not know. */
	if (lex_peek(lex) == LEX_CLOSE)
		return 0;
	for (size_t i = 0; i < sizeof(status_items) / sizeof(status_items[0]);
	     i++) {
		if (ascii_is(name.p, name.len, status_items[i].name)) {
			set_status_item(lex, st, &status_items[i]);
			return 0;
		}
	}
	if (!ascii_is(name.p, name.len, "MAILBOXID"))
		return lex_skip(lex) ? 0 : IMAP4_EPROTO;
	/* RFC 8474 4.3 */
	if (!lex_open(lex) || !lex_astring(lex, &st->mailboxid) ||
	    !lex_close(lex))
		return IMAP4_EPROTO;
	st->have |= IMAP4_ST_MAILBOXID;
	return 0;
}

/* Strato does not quote a name with blanks: it goes up to the list then. */
static bool status_name(struct lex *lex, struct imap4_str *out)
{
	bool quoted = lex_peek(lex) == LEX_STRING;
	struct imap4_str more;

	if (!lex_astring(lex, out))
		return false;
	/* Only atoms are sure to stand in one piece of memory. */
	while (!quoted && lex_peek(lex) == LEX_ATOM) {
		if (!lex_astring(lex, &more))
			return false;
		out->len = (size_t)(more.p + more.len - out->p);
	}
	return true;
}

int resp_parse_mailbox_status(struct resp *r, struct lex *lex)
{
	struct imap4_mailbox_status *st = &r->ev.mailbox_status;

	if (!status_name(lex, &st->raw))
		return IMAP4_EPROTO;
	int rc = resp_decode_name(r, st->raw, &st->name);
	if (rc < 0)
		return rc;
	/* RFC 9051 makes the list mandatory, but it may be empty. */
	if (lex_at_end(lex))
		return 0;
	if (!lex_open(lex))
		return IMAP4_EPROTO;
	while (!lex_close(lex)) {
		rc = parse_status_item(lex, st);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* "(" string SP delimiter *extension ")" */
static int parse_space(struct lex *lex, struct imap4_namespace_entry *e)
{
	if (!lex_open(lex) || !lex_astring(lex, &e->prefix) ||
	    !parse_delim(lex, &e->delim))
		return IMAP4_EPROTO;
	while (!lex_close(lex)) {
		if (!lex_skip(lex))
			return IMAP4_EPROTO;
	}
	return 0;
}

static int parse_spaces(struct resp *r, struct lex *lex,
			const struct imap4_namespace_entry **out, size_t *n)
{
	struct imap4_namespace_entry *v = NULL, *more;

	if (lex_peek(lex) == LEX_NIL)
		return lex_skip(lex) ? 0 : IMAP4_EPROTO;
	if (!lex_open(lex))
		return IMAP4_EPROTO;
	while (!lex_close(lex)) {
		more = arena_grow(&r->arena, v, *n, sizeof(*v));
		if (!more)
			return IMAP4_ENOMEM;
		v = more;
		int rc = parse_space(lex, &v[(*n)++]);
		if (rc < 0)
			return rc;
	}
	*out = v;
	return 0;
}

int resp_parse_namespace(struct resp *r, struct lex *lex)
{
	struct imap4_namespace *ns = &r->ev.namespace_;
	int rc = 0;

	for (int i = 0; i < 3 && rc == 0; i++)
		rc = parse_spaces(r, lex, &ns->entry[i], &ns->n[i]);
	return rc;
}
