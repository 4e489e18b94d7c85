/* SPDX-License-Identifier: MIT */
/* ENVELOPE. Fields that are missing at the end, NIL among the addresses, lists
 * that are empty (Yahoo) and addresses with more than four strings were all
 * seen. */
#include "lib/wire/message.h"

#include <stdlib.h>
#include <string.h>

/* What a value by itself may take of memory, for each byte of it. */
#define FACTOR  64
#define NESTING 100

/* Gmail and iCloud do not escape the quotes of a name, which then comes as
 * several strings: "A "B" C". The last three are still what they are; end[i] is
 * where the i-th of four ends. */
static int longer_name(struct lex *lex, const char *start, const char *end[4],
		       struct imap4_address *a)
{
	while (!lex_close(lex)) {
		a->route = a->mailbox;
		a->mailbox = a->host;
		if (!lex_nstring(lex, &a->host))
			return IMAP4_EPROTO;
		memmove(end, end + 1, 3 * sizeof(*end));
		end[3] = lex->p;
	}
	const char *stop = end[0];
	start += *start == '"';
	stop -= stop > start && stop[-1] == '"';
	a->name = (struct imap4_str){start, (size_t)(stop - start)};
	return 0;
}

static int strings(struct lex *lex, struct imap4_address *a)
{
	struct imap4_str *const s[] = {&a->name, &a->route, &a->mailbox,
				       &a->host};
	const char *end[4];

	if (!lex_open(lex))
		return IMAP4_EPROTO;
	const char *start = lex_here(lex);
	for (size_t i = 0; i < 4; i++) {
		if (!lex_nstring(lex, s[i]))
			return IMAP4_EPROTO;
		end[i] = lex->p;
	}
	return lex_close(lex) ? 0 : longer_name(lex, start, end, a);
}

static int add_address(struct lex *lex, bool *group, struct imap4_address **out)
{
	struct imap4_address *a = arena_alloc(lex->arena, sizeof(*a));

	if (!a)
		return IMAP4_ENOMEM;
	if (strings(lex, a) < 0)
		return IMAP4_EPROTO;
	if (!a->host.p && a->mailbox.p) {
		a->kind = IMAP4_GROUP_BEGIN;
		*group = true;
	} else if (!a->host.p && !a->name.p && *group) {
		/* Outside of a group nothing is just nothing. */
		a->kind = IMAP4_GROUP_END;
		*group = false;
	}
	*out = a;
	return 0;
}

static int addresses(struct lex *lex, const struct imap4_address **out)
{
	const struct imap4_address **tail = out;
	bool group = false;

	*out = NULL;
	if (lex_peek(lex) == LEX_NIL)
		return lex_skip(lex) ? 0 : IMAP4_EPROTO;
	if (lex_peek(lex) == LEX_CLOSE)
		return 0;
	if (!lex_open(lex))
		return IMAP4_EPROTO;
	while (!lex_close(lex)) {
		struct imap4_address *a;
		/* SmarterMail */
		if (lex_peek(lex) == LEX_NIL && lex_skip(lex))
			continue;
		int rc = add_address(lex, &group, &a);
		if (rc < 0)
			return rc;
		*tail = a;
		tail = &a->next;
	}
	return 0;
}

static int fields(struct lex *lex, struct imap4_envelope *env)
{
	const struct imap4_address **lists[] = {&env->from,     &env->sender,
						&env->reply_to, &env->to,
						&env->cc,       &env->bcc};

	if (!lex_open(lex) || !lex_nstring(lex, &env->date) ||
	    !lex_nstring(lex, &env->subject))
		return IMAP4_EPROTO;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		int rc = addresses(lex, lists[i]);
		if (rc < 0)
			return rc;
	}
	if (!lex_nstring(lex, &env->in_reply_to) ||
	    !lex_nstring(lex, &env->message_id))
		return IMAP4_EPROTO;
	while (!lex_close(lex)) {
		if (!lex_skip(lex))
			return IMAP4_EPROTO;
	}
	return 0;
}

static int failed(const struct lex *lex, int rc)
{
	return rc == IMAP4_EPROTO && lex->nomem ? IMAP4_ENOMEM : rc;
}

int message_envelope(struct lex *lex, const struct imap4_envelope **out)
{
	struct imap4_envelope *env = arena_alloc(lex->arena, sizeof(*env));

	if (!env)
		return IMAP4_ENOMEM;
	int rc = failed(lex, fields(lex, env));
	if (rc == 0)
		*out = env;
	return rc;
}

int message_begin(struct imap4_str text, struct lex *lex,
		  struct message_alone **alone)
{
	struct message_alone *m = calloc(1, sizeof(*m));

	if (!m)
		return IMAP4_ENOMEM;
	arena_init(&m->arena, text.len < SIZE_MAX / FACTOR - 1
				  ? (text.len + 1) * FACTOR
				  : SIZE_MAX);
	lex_init(lex, text, NESTING, &m->arena);
	*alone = m;
	return 0;
}

int message_end(struct imap4_str text, const struct lex *lex, int rc,
		struct message_alone *alone, size_t *used)
{
	if (rc < 0) {
		rc = rc == IMAP4_ENOMEM && !alone->arena.full ? IMAP4_ENOMEM
							      : IMAP4_EINVAL;
		message_free(alone);
	} else if (used) {
		*used = (size_t)(lex->p - text.p);
	}
	return rc;
}

void message_free(void *root)
{
	struct message_alone *m = root;

	if (!m)
		return;
	arena_release(&m->arena);
	free(m);
}

int imap4_envelope_parse(struct imap4_str text, size_t *used,
			 struct imap4_envelope **out)
{
	struct message_alone *m;
	struct lex lex;

	int rc = message_begin(text, &lex, &m);
	if (rc < 0)
		return rc;
	rc = failed(&lex, fields(&lex, &m->root.envelope));
	rc = message_end(text, &lex, rc, m, used);
	if (rc == 0)
		*out = &m->root.envelope;
	return rc;
}

void imap4_envelope_free(struct imap4_envelope *envelope)
{
	message_free(envelope);
}
