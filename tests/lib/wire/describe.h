/* SPDX-License-Identifier: MIT */
/* A parsed response as JSON in the form of the vectors (their README.md), from
 * the typed event where there is one and from the token view otherwise. */
#ifndef TESTS_LIB_WIRE_DESCRIBE_H
#define TESTS_LIB_WIRE_DESCRIBE_H

#include "tests/support/t.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "lib/codec/flags.h"
#include "lib/wire/frame.h"
#include "lib/wire/lex.h"
#include "lib/wire/resp.h"

#define MAX_DEPTH 100

struct run {
	struct frame frame;
	struct resp resp;
	struct buf digest; /* all events, for the comparison of two runs */
	struct buf body;   /* the body being streamed */
	json_t *bodies;    /* of this response */
	json_t *responses; /* NULL: not wanted */
	size_t frames;
	size_t bad; /* responses that were refused */
	int error;  /* of the framer */
};

static inline json_t *latin1(const char *p, size_t len, const char *prefix)
{
	struct buf b;

	buf_init(&b, 1U << 28);
	assert_int_equal(buf_adds(&b, prefix), 0);
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)p[i];
		if (c < 0x80) {
			(void)buf_addc(&b, (char)c);
		} else {
			(void)buf_addc(&b, (char)(0xc0 | c >> 6));
			(void)buf_addc(&b, (char)(0x80 | (c & 0x3f)));
		}
	}
	json_t *s = json_stringn(b.data ? b.data : "", b.len);
	buf_release(&b);
	assert_non_null(s);
	return s;
}

static inline json_t *plain(struct imap4_str s)
{
	return s.p ? latin1(s.p, s.len, "") : json_null();
}

static inline json_t *upper(struct imap4_str s)
{
	char *copy = malloc(s.len + 1);

	assert_non_null(copy);
	for (size_t i = 0; i < s.len; i++)
		copy[i] = (char)toupper((unsigned char)s.p[i]);
	json_t *j = latin1(copy, s.len, "");
	free(copy);
	return j;
}

static inline json_t *leaf(struct run *run, const struct lex_token *tok)
{
	json_t *body;

	switch (tok->kind) {
	case LEX_ATOM:
		return latin1(tok->s.p, tok->s.len, "a:");
	case LEX_STRING:
		return latin1(tok->s.p, tok->s.len, "s:");
	case LEX_NIL:
		return json_null();
	case LEX_STREAMED:
		body = json_array_get(run->bodies, 0);
		assert_non_null(body);
		json_incref(body);
		assert_int_equal(json_array_remove(run->bodies, 0), 0);
		return body;
	default:
		return NULL;
	}
}

/* One value: a leaf or a list, without recursion. NULL: none, or malformed. */
static inline json_t *value(struct run *run, struct lex *lex)
{
	json_t *stack[MAX_DEPTH + 1];
	size_t depth = 0;
	struct lex_token tok;

	for (;;) {
		json_t *j;
		enum lex_kind kind = lex_next(lex, &tok);
		if (kind == LEX_OPEN) {
			stack[depth++] = json_array();
			continue;
		}
		if (kind == LEX_CLOSE && depth > 0)
			j = stack[--depth];
		else
			j = leaf(run, &tok);
		if (!j) {
			while (depth > 0)
				json_decref(stack[--depth]);
			return NULL;
		}
		if (depth == 0)
			return j;
		(void)json_array_append_new(stack[depth - 1], j);
	}
}

static inline json_t *tokens(struct run *run, struct imap4_str text)
{
	json_t *all = json_array();
	struct lex lex;

	lex_init(&lex, text, MAX_DEPTH, &run->resp.arena);
	while (!lex_at_end(&lex)) {
		json_t *j = value(run, &lex);
		if (!j)
			break;
		(void)json_array_append_new(all, j);
	}
	return all;
}

static inline json_t *words(const struct imap4_str *w, size_t n)
{
	json_t *all = json_array();

	for (size_t i = 0; i < n; i++)
		(void)json_array_append_new(all, plain(w[i]));
	return all;
}

static inline json_t *strip(json_t *list)
{
	json_t *out = json_array();
	json_t *v;
	size_t i;

	json_array_foreach(list, i, v)(void)
	    json_array_append_new(out, json_string(json_string_value(v) + 2));
	json_decref(list);
	return out;
}

static inline json_t *number(uint64_t n)
{
	return json_integer((json_int_t)n);
}

/* "(5)", "5" as a number; left alone where it is none. */
static inline json_t *as_number(json_t *j)
{
	json_t *n = json_is_array(j) ? json_array_get(j, 0) : j;
	const char *s = json_string_value(n);
	char *end;

	if (!s || strncmp(s, "a:", 2) != 0 || s[2] == '\0')
		return j;
	long long v = strtoll(s + 2, &end, 10);
	if (*end != '\0')
		return j;
	json_decref(j);
	return json_integer(v);
}

/* What the typed event says must be what stands in the text. */
static inline void check_typed(const struct imap4_fetch *f, const char *name,
			       const json_t *v)
{
	if (!strcmp(name, "UID")) {
		assert_true(f->have & IMAP4_F_UID);
		assert_int_equal(f->uid, json_integer_value(v));
	} else if (!strcmp(name, "RFC822.SIZE")) {
		assert_true(f->have & IMAP4_F_SIZE);
		assert_int_equal(f->size, json_integer_value(v));
	} else if (!strcmp(name, "MODSEQ") && json_integer_value(v) > 0 &&
		   json_integer_value(v) < INT64_MAX) {
		assert_true(f->have & IMAP4_F_MODSEQ);
		assert_int_equal(f->modseq, json_integer_value(v));
	} else if (!strcmp(name, "FLAGS")) {
		size_t known = 0;
		json_t *flag;
		size_t i;
		json_array_foreach(v, i, flag)
		{
			const char *s = json_string_value(flag);
			uint32_t bit = flags_system_bit(s, strlen(s));
			known += bit != 0;
			assert_int_equal(f->flags & bit, bit);
		}
		assert_int_equal(f->nwords, json_array_size(v) - known);
	}
}

static inline json_t *fetch(struct run *run)
{
	const struct imap4_fetch *f = &run->resp.ev.fetch;
	json_t *out = json_object();
	struct lex lex;
	struct lex_token tok;

	lex_init(&lex, f->raw, MAX_DEPTH, &run->resp.arena);
	assert_true(lex_open(&lex));
	while (lex.depth > 0) {
		if (lex_close(&lex) || lex_open(&lex))
			continue;
		if (lex_item(&lex, &tok) != LEX_ATOM)
			break;
		json_t *key = upper(tok.s);
		const char *name = json_string_value(key);
		json_t *v = value(run, &lex);
		if (!v) {
			json_decref(key);
			break;
		}
		if (!strcmp(name, "FLAGS"))
			v = strip(v);
		else if (!strcmp(name, "UID") || !strcmp(name, "MODSEQ") ||
			 strstr(name, ".SIZE"))
			v = as_number(v);
		check_typed(f, name, v);
		(void)json_object_set_new(out, name, v);
		json_decref(key);
	}
	return out;
}

static inline json_t *list(struct run *run)
{
	const struct imap4_list *l = &run->resp.ev.list;
	struct imap4_str delim = {l->delim ? &l->delim : NULL, 1};
	const char *end = run->resp.args.p + run->resp.args.len;
	/* raw may have been unescaped: then there is no extension to see. */
	bool inside = l->raw.p >= run->resp.args.p && l->raw.p <= end;
	const char *rest = inside ? l->raw.p + l->raw.len : end;
	rest += rest < end && *rest == '"';
	struct imap4_str ext = {rest, (size_t)(end - rest)};

	return json_pack("{s:o, s:o, s:o, s:o}", "attrs",
			 words(l->words, l->nwords), "delim", plain(delim),
			 "name", plain(l->raw), "ext", tokens(run, ext));
}

static inline json_t *status_items(struct run *run)
{
	const struct imap4_mailbox_status *st = &run->resp.ev.mailbox_status;
	static const struct {
		const char *name;
		enum imap4_status_item bit;
	} names[] = {{"MESSAGES", IMAP4_ST_MESSAGES},
		     {"RECENT", IMAP4_ST_RECENT},
		     {"UIDNEXT", IMAP4_ST_UIDNEXT},
		     {"UIDVALIDITY", IMAP4_ST_UIDVALIDITY},
		     {"UNSEEN", IMAP4_ST_UNSEEN},
		     {"HIGHESTMODSEQ", IMAP4_ST_HIGHESTMODSEQ},
		     {"SIZE", IMAP4_ST_SIZE},
		     {"DELETED", IMAP4_ST_DELETED},
		     {"APPENDLIMIT", IMAP4_ST_APPENDLIMIT}};
	const uint64_t values[] = {
	    st->messages,    st->recent,  st->uidnext,
	    st->uidvalidity, st->unseen,  st->highestmodseq,
	    st->size,        st->deleted, st->appendlimit};
	json_t *items = json_object();
	char text[32];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!(st->have & names[i].bit))
			continue;
		(void)snprintf(text, sizeof(text), "%llu",
			       (unsigned long long)values[i]);
		(void)json_object_set_new(items, names[i].name,
					  json_string(text));
	}
	return json_pack("{s:o, s:o}", "name", plain(st->raw), "items", items);
}

static inline json_t *search(const struct imap4_search *s)
{
	json_t *ranges = json_array();

	for (size_t i = 0; i < s->set.n; i++)
		(void)json_array_append_new(
		    ranges,
		    json_pack("[I, I]", (json_int_t)s->set.range[i].first,
			      (json_int_t)s->set.range[i].last));
	json_t *out = json_pack("{s:o}", "ranges", ranges);
	if (s->has_modseq)
		(void)json_object_set_new(out, "modseq", number(s->modseq));
	return out;
}

static inline void add_code(struct run *run, json_t *out)
{
	const struct imap4_respcode *code = &run->resp.ev.code;

	if (code->code == IMAP4_CODE_NONE)
		return;
	(void)json_object_set_new(out, "code",
				  json_pack("{s:o, s:o}", "name",
					    upper(code->name), "args",
					    tokens(run, code->args)));
}

static const char *const kinds[] = {"untagged", "tagged", "continue"};

/* The parsed response in the form of the vectors. */
static inline json_t *describe(struct run *run)
{
	const struct resp *r = &run->resp;
	json_t *out = json_pack("{s:s}", "t", kinds[r->kind]);

	if (r->kind == RESP_CONTINUE) {
		add_code(run, out);
		(void)json_object_set_new(out, "text", plain(r->ev.text));
		return out;
	}
	if (r->kind == RESP_TAGGED)
		(void)json_object_set_new(out, "tag", plain(r->tag));
	(void)json_object_set_new(out, "name", upper(r->name));
	if (r->has_number)
		(void)json_object_set_new(out, "num", number(r->number));
	switch (r->ev.type) {
	case IMAP4_EV_STATUS:
	case IMAP4_EV_DONE:
		add_code(run, out);
		(void)json_object_set_new(out, "text", plain(r->ev.text));
		break;
	case IMAP4_EV_FETCH:
		(void)json_object_set_new(out, "fetch", fetch(run));
		break;
	case IMAP4_EV_LIST:
		(void)json_object_set_new(out, "list", list(run));
		break;
	case IMAP4_EV_MAILBOX_STATUS:
		(void)json_object_set_new(out, "status", status_items(run));
		break;
	case IMAP4_EV_SEARCH:
		(void)json_object_set_new(out, "search", search(&r->ev.search));
		break;
	default:
		break;
	}
	/* The streamed bodies are used up. */
	if (r->ev.type != IMAP4_EV_FETCH)
		(void)json_object_set_new(out, "tokens", tokens(run, r->args));
	return out;
}

#endif
