/* SPDX-License-Identifier: MIT */
/* Results that have a structure of their own, as text. */
#ifndef TESTS_LIB_ENGINE_SHOW_H
#define TESTS_LIB_ENGINE_SHOW_H

#include "tests/support/t.h"

#include <imap4/event.h>

#include "lib/util/buf.h"

static inline void show_str(struct buf *b, struct imap4_str s)
{
	if (s.p)
		(void)buf_addf(b, "'%.*s'", (int)s.len, s.p);
	else
		(void)buf_adds(b, "-");
}

static inline void show_named(struct buf *b, const char *name,
			      struct imap4_str s)
{
	if (!s.p)
		return;
	(void)buf_addf(b, " %s=", name);
	show_str(b, s);
}

/* "'Ann'<a@b>" and "{team:" ... "}" */
static inline void show_addresses(struct buf *b, const char *name,
				  const struct imap4_address *a)
{
	if (a)
		(void)buf_addf(b, " %s=", name);
	for (; a; a = a->next) {
		if (a->kind == IMAP4_GROUP_END) {
			(void)buf_adds(b, "}");
			continue;
		}
		if (a->kind == IMAP4_GROUP_BEGIN) {
			(void)buf_adds(b, "{");
			show_str(b, a->mailbox);
			continue;
		}
		(void)buf_adds(b, "[");
		show_str(b, a->name);
		if (a->route.p)
			show_str(b, a->route);
		show_str(b, a->mailbox);
		show_str(b, a->host);
		(void)buf_adds(b, "]");
	}
}

static inline void show_envelope(struct buf *b,
				 const struct imap4_envelope *env)
{
	(void)buf_adds(b, " envelope(");
	show_named(b, "date", env->date);
	show_named(b, "subject", env->subject);
	show_addresses(b, "from", env->from);
	show_addresses(b, "sender", env->sender);
	show_addresses(b, "reply-to", env->reply_to);
	show_addresses(b, "to", env->to);
	show_addresses(b, "cc", env->cc);
	show_addresses(b, "bcc", env->bcc);
	show_named(b, "in-reply-to", env->in_reply_to);
	show_named(b, "message-id", env->message_id);
	(void)buf_adds(b, " )");
}

static inline void show_params(struct buf *b, const struct imap4_param *p)
{
	for (; p; p = p->next) {
		(void)buf_adds(b, " ");
		show_str(b, p->name);
		(void)buf_adds(b, ":");
		show_str(b, p->value);
	}
}

static inline void show_part(struct buf *b, const struct imap4_part *p)
{
	(void)buf_addf(b, " <%.*s ", (int)p->section.len, p->section.p);
	if (p->multipart)
		(void)buf_adds(b, "multipart");
	else
		show_str(b, p->type);
	(void)buf_adds(b, "/");
	show_str(b, p->subtype);
	show_params(b, p->param);
	show_named(b, "id", p->id);
	show_named(b, "description", p->description);
	show_named(b, "encoding", p->encoding);
	if (p->size > 0)
		(void)buf_addf(b, " size=%llu", (unsigned long long)p->size);
	if (p->lines > 0)
		(void)buf_addf(b, " lines=%llu", (unsigned long long)p->lines);
	if (p->nextension > 0)
		(void)buf_addf(b, " +%u", p->nextension);
	show_named(b, "md5", p->md5);
	show_named(b, "disposition", p->disposition);
	show_params(b, p->disposition_param);
	for (const struct imap4_word *w = p->language; w; w = w->next)
		show_named(b, "language", w->s);
	show_named(b, "location", p->location);
	show_named(b, "extension", p->extension);
	if (p->envelope)
		show_envelope(b, p->envelope);
	for (const struct imap4_part *c = p->child; c; c = c->next)
		show_part(b, c);
	(void)buf_adds(b, ">");
}

/* As on the wire: "(2)(3 6 (4 23)(44 7 96))". */
static inline void show_thread(struct buf *b, const struct imap4_thread *t)
{
	for (; t; t = t->next) {
		const struct imap4_thread *last = t;
		(void)buf_adds(b, "(");
		while (last) {
			const struct imap4_thread *c = last->child;
			if (last->number > 0)
				(void)buf_addf(b, "%s%u", last == t ? "" : " ",
					       last->number);
			assert_true(!c || c->parent == last);
			if (c && c->next) {
				(void)buf_adds(b, last->number > 0 ? " " : "");
				show_thread(b, c);
				break;
			}
			last = c;
		}
		(void)buf_adds(b, ")");
	}
}

static inline void show_sort(struct buf *b, const struct imap4_sort *s)
{
	for (size_t i = 0; i < s->n; i++)
		(void)buf_addf(b, " %u", s->number[i]);
	if (s->has_modseq)
		(void)buf_addf(b, " modseq=%llu",
			       (unsigned long long)s->modseq);
}

static inline void show_quota(struct buf *b, const struct imap4_quota *q)
{
	show_named(b, "root", q->root);
	for (size_t i = 0; i < q->n; i++) {
		show_named(b, "resource", q->resource[i].name);
		(void)buf_addf(b, " %llu/%llu",
			       (unsigned long long)q->resource[i].usage,
			       (unsigned long long)q->resource[i].limit);
	}
}

static inline void show_words(struct buf *b, const char *name,
			      const struct imap4_str *w, size_t n)
{
	for (size_t i = 0; i < n; i++)
		show_named(b, name, w[i]);
}

static inline void show_acl(struct buf *b, const struct imap4_acl *acl)
{
	show_named(b, "raw", acl->raw);
	show_named(b, "name", acl->name);
	for (size_t i = 0; i < acl->n; i++) {
		show_named(b, "who", acl->entry[i].identifier);
		show_named(b, "rights", acl->entry[i].rights);
	}
	show_words(b, "optional", acl->optional, acl->noptional);
}

static inline void show_metadata(struct buf *b, const struct imap4_metadata *m)
{
	show_named(b, "raw", m->raw);
	show_named(b, "name", m->name);
	(void)buf_adds(b, m->annotatemore ? " annotation" : "");
	(void)buf_adds(b, m->changed ? " changed" : "");
	for (size_t i = 0; i < m->n; i++) {
		show_named(b, "entry", m->entry[i].entry);
		show_named(b, "attribute", m->entry[i].attribute);
		(void)buf_adds(b, " =");
		show_str(b, m->entry[i].value);
	}
}

#endif
