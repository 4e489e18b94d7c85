/* SPDX-License-Identifier: MIT */
/* Reads everything that an event points to, so that a sanitizer sees what must
 * not be there, and checks what always holds. */
#ifndef TESTS_FUZZ_TOUCH_H
#define TESTS_FUZZ_TOUCH_H

#include <assert.h>
#include <stddef.h>

#include <imap4/event.h>

static volatile unsigned touched;

static inline void touch(struct imap4_str s)
{
	for (size_t i = 0; s.p && i < s.len; i++)
		touched += (unsigned char)s.p[i];
}

static inline void touch_all(const struct imap4_str *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		touch(s[i]);
}

static inline void touch_set(const struct imap4_set *set)
{
	for (size_t i = 0; i < set->n; i++) {
		assert(set->range[i].first >= 1);
		assert(set->range[i].first <= set->range[i].last);
		assert(i == 0 ||
		       set->range[i].first - 1 > set->range[i - 1].last);
	}
}

static inline void touch_code(const struct imap4_respcode *code)
{
	touch(code->name);
	touch(code->args);
	touch(code->text_arg);
	touch_all(code->words, code->nwords);
	touch_set(&code->src);
	touch_set(&code->dst);
}

static inline void touch_list(const struct imap4_list *list)
{
	touch_all(list->words, list->nwords);
	touch(list->raw);
	touch(list->name);
	touch(list->oldname);
	touch_all(list->childinfo, list->nchildinfo);
	touch(list->extended);
}

static inline void touch_namespace(const struct imap4_namespace *ns)
{
	for (int kind = 0; kind < 3; kind++) {
		for (size_t i = 0; i < ns->n[kind]; i++)
			touch(ns->entry[kind][i].prefix);
	}
}

static inline void touch_addresses(const struct imap4_address *a)
{
	for (; a; a = a->next) {
		touch(a->name);
		touch(a->route);
		touch(a->mailbox);
		touch(a->host);
		assert(a->kind <= IMAP4_GROUP_END);
	}
}

static inline void touch_envelope(const struct imap4_envelope *env)
{
	touch(env->date);
	touch(env->subject);
	touch(env->in_reply_to);
	touch(env->message_id);
	touch_addresses(env->from);
	touch_addresses(env->sender);
	touch_addresses(env->reply_to);
	touch_addresses(env->to);
	touch_addresses(env->cc);
	touch_addresses(env->bcc);
}

static inline void touch_params(const struct imap4_param *p)
{
	for (; p; p = p->next) {
		touch(p->name);
		touch(p->value);
	}
}

/* Parts nest as deep as parentheses may. */
static inline void touch_part(const struct imap4_part *p)
{
	touch(p->section);
	touch(p->type);
	touch(p->subtype);
	touch(p->id);
	touch(p->description);
	touch(p->encoding);
	touch(p->md5);
	touch(p->disposition);
	touch(p->location);
	touch(p->extension);
	touch_params(p->param);
	touch_params(p->disposition_param);
	for (const struct imap4_word *w = p->language; w; w = w->next)
		touch(w->s);
	if (p->envelope)
		touch_envelope(p->envelope);
	assert(p->nextension <= 4);
	for (const struct imap4_part *c = p->child; c; c = c->next)
		touch_part(c);
}

static inline void touch_fetch(const struct imap4_fetch *f)
{
	touch_all(f->words, f->nwords);
	touch_all(f->gm_labels, f->ngm_labels);
	touch(f->emailid);
	touch(f->threadid);
	touch(f->preview);
	touch(f->raw);
	assert(!f->envelope == !(f->have & IMAP4_F_ENVELOPE));
	assert(!f->bodystructure == !(f->have & IMAP4_F_BODYSTRUCTURE));
	if (f->envelope)
		touch_envelope(f->envelope);
	if (f->bodystructure)
		touch_part(f->bodystructure);
	for (const struct imap4_binary_size *b = f->binary_size; b; b = b->next)
		touch(b->section);
}

static inline void touch_search(const struct imap4_search *s)
{
	touch_set(&s->set);
	touch_set(&s->partial);
	touch(s->all);
	touch(s->partial_range);
	touch(s->partial_text);
	touch(s->raw);
	touch(s->name);
	for (const struct imap4_search_update *u = s->update; u; u = u->next) {
		touch_set(&u->set);
		touch(u->text);
	}
}

/* Every message once, its parent is where it was come from. */
static inline void touch_thread(const struct imap4_thread *t)
{
	while (t) {
		assert(!t->next || t->next->parent == t->parent);
		assert(!t->child || t->child->parent == t);
		touched += t->number;
		if (t->child) {
			t = t->child;
			continue;
		}
		while (t && !t->next)
			t = t->parent;
		t = t ? t->next : NULL;
	}
}

static inline void touch_admin(const struct imap4_event *ev)
{
	for (size_t i = 0; ev->quota && i < ev->quota->n; i++)
		touch(ev->quota->resource[i].name);
	if (ev->quota)
		touch(ev->quota->root);
	if (ev->quotaroot) {
		touch(ev->quotaroot->raw);
		touch(ev->quotaroot->name);
		touch_all(ev->quotaroot->root, ev->quotaroot->n);
	}
	if (ev->acl) {
		touch(ev->acl->raw);
		touch(ev->acl->name);
		touch_all(ev->acl->optional, ev->acl->noptional);
	}
	for (size_t i = 0; ev->acl && i < ev->acl->n; i++) {
		touch(ev->acl->entry[i].identifier);
		touch(ev->acl->entry[i].rights);
	}
	if (ev->metadata) {
		touch(ev->metadata->raw);
		touch(ev->metadata->name);
	}
	for (size_t i = 0; ev->metadata && i < ev->metadata->n; i++) {
		touch(ev->metadata->entry[i].entry);
		touch(ev->metadata->entry[i].attribute);
		touch(ev->metadata->entry[i].value);
	}
}

static inline void touch_event(const struct imap4_event *ev)
{
	touch_code(&ev->code);
	touch(ev->text);
	touch_all(ev->words, ev->nwords);
	touch(ev->challenge);
	touch_list(&ev->list);
	touch(ev->mailbox_status.raw);
	touch(ev->mailbox_status.name);
	touch(ev->mailbox_status.mailboxid);
	touch_namespace(&ev->namespace_);
	touch_fetch(&ev->fetch);
	touch(ev->body.section);
	touch(ev->body.data);
	touch_set(&ev->vanished.set);
	touch_search(&ev->search);
	for (size_t i = 0; i < ev->sort.n; i++)
		touched += ev->sort.number[i];
	touch_thread(ev->thread);
	touch_admin(ev);
	touch(ev->raw);
}

#endif
