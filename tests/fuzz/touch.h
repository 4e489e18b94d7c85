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

static inline void touch_quota(const struct imap4_quota *q)
{
	touch(q->root);
	for (size_t i = 0; i < q->n; i++)
		touch(q->resource[i].name);
}

static inline void touch_quotaroot(const struct imap4_quotaroot *q)
{
	touch(q->raw);
	touch(q->name);
	touch_all(q->root, q->n);
}

static inline void touch_acl(const struct imap4_acl *acl)
{
	touch(acl->raw);
	touch(acl->name);
	touch_all(acl->optional, acl->noptional);
	for (size_t i = 0; i < acl->n; i++) {
		touch(acl->entry[i].identifier);
		touch(acl->entry[i].rights);
	}
}

static inline void touch_metadata(const struct imap4_metadata *m)
{
	touch(m->raw);
	touch(m->name);
	for (size_t i = 0; i < m->n; i++) {
		touch(m->entry[i].entry);
		touch(m->entry[i].attribute);
		touch(m->entry[i].value);
	}
}

static inline void touch_status(const struct imap4_mailbox_status *s)
{
	touch(s->raw);
	touch(s->name);
	touch(s->mailboxid);
}

static inline void touch_more(const struct imap4_event *ev)
{
	switch (ev->type) {
	case IMAP4_EV_SORT:
		for (size_t i = 0; i < ev->sort.n; i++)
			touched += ev->sort.number[i];
		break;
	case IMAP4_EV_THREAD:
		touch_thread(ev->thread);
		break;
	case IMAP4_EV_QUOTA:
		touch_quota(ev->quota);
		break;
	case IMAP4_EV_QUOTAROOT:
		touch_quotaroot(ev->quotaroot);
		break;
	case IMAP4_EV_ACL:
	case IMAP4_EV_LISTRIGHTS:
	case IMAP4_EV_MYRIGHTS:
		touch_acl(ev->acl);
		break;
	case IMAP4_EV_METADATA:
		touch_metadata(ev->metadata);
		break;
	default:
		break;
	}
}

/* What belongs to its type, as a program must. */
static inline void touch_event(const struct imap4_event *ev)
{
	touch_code(&ev->code);
	touch(ev->text);
	touch_all(ev->words, ev->nwords);
	touch(ev->raw);
	switch (ev->type) {
	case IMAP4_EV_CHALLENGE:
		touch(ev->challenge);
		break;
	case IMAP4_EV_LIST:
		touch_list(&ev->list);
		break;
	case IMAP4_EV_MAILBOX_STATUS:
		touch_status(&ev->mailbox_status);
		break;
	case IMAP4_EV_NAMESPACE:
		touch_namespace(&ev->namespace_);
		break;
	case IMAP4_EV_FETCH:
		touch_fetch(&ev->fetch);
		break;
	case IMAP4_EV_BODY_BEGIN:
	case IMAP4_EV_BODY_DATA:
	case IMAP4_EV_BODY_END:
		touch(ev->body.section);
		touch(ev->body.data);
		break;
	case IMAP4_EV_VANISHED:
		touch_set(&ev->vanished.set);
		break;
	case IMAP4_EV_SEARCH:
		touch_search(&ev->search);
		break;
	default:
		touch_more(ev);
		break;
	}
}

#endif
