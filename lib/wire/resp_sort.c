/* SPDX-License-Identifier: MIT */
/* SORT and THREAD (RFC 5256). A thread is walked with a pointer to where we
 * are, not by recursion: "(1 2 3 ...)" is as deep as it is long. */
#include "lib/wire/resp_priv.h"

#include <limits.h>

#include "lib/util/ascii.h"
#include "lib/util/num.h"

static int number_of(const struct lex_token *tok, uint32_t *out)
{
	return num_parse_u32(tok->s.p, tok->s.len, out) == 0 && *out > 0 ? 0
									 : -1;
}

/* "(MODSEQ n)" at the end (RFC 7162 3.1.6). */
static int parse_modseq(struct lex *lex, struct imap4_sort *sort)
{
	struct imap4_str name;

	if (!lex_open(lex) || !lex_astring(lex, &name) ||
	    !ascii_is(name.p, name.len, "MODSEQ") ||
	    !lex_number(lex, INT64_MAX, &sort->modseq) || !lex_close(lex))
		return IMAP4_EPROTO;
	sort->has_modseq = true;
	return 0;
}

int resp_parse_sort(struct resp *r, struct lex *lex)
{
	struct imap4_sort *sort = &r->ev.sort;
	uint32_t *v = NULL;
	struct lex_token tok;
	uint32_t number;

	while (lex_peek(lex) == LEX_ATOM) {
		if (lex_next(lex, &tok) != LEX_ATOM ||
		    number_of(&tok, &number) < 0)
			return IMAP4_EPROTO;
		uint32_t *more = arena_grow(&r->arena, v, sort->n, sizeof(*v));
		if (!more)
			return IMAP4_ENOMEM;
		v = more;
		v[sort->n++] = number;
	}
	sort->number = v;
	return lex_at_end(lex) ? 0 : parse_modseq(lex, sort);
}

/* An open parenthesis. */
struct level {
	struct level *up;
	struct imap4_thread *parent; /* of what stands in it */
	struct imap4_thread *first;  /* NULL: nothing yet */
};

struct walk {
	struct resp *r;
	struct level *level; /* the innermost, NULL: outside */
	struct level *spare; /* to be used again */
	/* The next message answers this one, NULL: none, and is the next one to
	 * do so after that one, NULL: the first. */
	struct imap4_thread *parent, *last;
};

static int add(struct walk *w, uint32_t number)
{
	struct imap4_thread *t = arena_alloc(&w->r->arena, sizeof(*t));

	if (!t)
		return IMAP4_ENOMEM;
	t->number = number;
	t->parent = w->parent;
	if (w->last)
		w->last->next = t;
	else if (w->parent)
		w->parent->child = t;
	else
		w->r->ev.thread = t;
	if (!w->level->first)
		w->level->first = t;
	w->parent = t;
	w->last = NULL;
	return 0;
}

static int go_in(struct walk *w)
{
	struct level *level = w->spare;

	/* "((1)(2))": both answer a message that is not there. */
	if (w->level && !w->level->first && add(w, 0) < 0)
		return IMAP4_ENOMEM;
	if (level)
		w->spare = level->up;
	else
		level = arena_alloc(&w->r->arena, sizeof(*level));
	if (!level)
		return IMAP4_ENOMEM;
	*level = (struct level){.up = w->level, .parent = w->parent};
	w->level = level;
	return 0;
}

static int go_out(struct walk *w)
{
	struct level *level = w->level;

	if (!level || !level->first)
		return IMAP4_EPROTO;
	w->parent = level->parent;
	w->last = level->first;
	w->level = level->up;
	level->up = w->spare;
	w->spare = level;
	return 0;
}

int resp_parse_thread(struct resp *r, struct lex *lex)
{
	struct walk w = {.r = r};
	struct lex_token tok;
	uint32_t number;
	int rc = 0;

	/* Long discussions nest deeper than anything else. */
	lex->max_depth = UINT_MAX;
	while (rc == 0) {
		switch (lex_next(lex, &tok)) {
		case LEX_OPEN:
			rc = go_in(&w);
			break;
		case LEX_CLOSE:
			rc = go_out(&w);
			break;
		case LEX_ATOM:
			if (!w.level || number_of(&tok, &number) < 0)
				return IMAP4_EPROTO;
			rc = add(&w, number);
			break;
		case LEX_END:
			return w.level ? IMAP4_EPROTO : 0;
		default:
			return IMAP4_EPROTO;
		}
	}
	return rc;
}
