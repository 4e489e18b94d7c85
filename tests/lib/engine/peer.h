/* SPDX-License-Identifier: MIT */
/* An engine with a scripted server: text goes in in pieces of any size, events
 * come out as one line of text each, and so does what the client sent. */
#ifndef TESTS_LIB_ENGINE_PEER_H
#define TESTS_LIB_ENGINE_PEER_H

#include "tests/support/t.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/engine/engine_priv.h"
#include "tests/lib/engine/show.h"

struct peer {
	struct imap4_engine *e;
	size_t piece; /* bytes per read; 0: all */
	int rc;       /* of the last read */
	struct buf log;
	struct buf sent;
	struct buf body;
	const char *body_from; /* where the caller's buffer was */
};

static const char *const peer_names[] = {
    "NONE",       "GREETING",   "DONE",        "CHALLENGE",      "STATUS",
    "CAPABILITY", "ENABLED",    "LIST",        "MAILBOX_STATUS", "NAMESPACE",
    "ID",         "FLAGS",      "EXISTS",      "RECENT",         "EXPUNGE",
    "VANISHED",   "SEARCH",     "SORT",        "THREAD",         "QUOTA",
    "QUOTAROOT",  "ACL",        "LISTRIGHTS",  "MYRIGHTS",       "METADATA",
    "IDLING",     "BODY_BEGIN", "BODY_DATA",   "BODY_END",       "FETCH",
    "OTHER",      "BAD",        "APPEND_DATA",
};

static inline struct imap4_str peer_str(const char *s)
{
	return (struct imap4_str){s, s ? strlen(s) : 0};
}

static inline void peer_init(struct peer *p, const struct imap4_limits *limits)
{
	memset(p, 0, sizeof(*p));
	p->e = imap4_engine_new(limits, 42);
	assert_non_null(p->e);
	buf_init(&p->log, 1 << 24);
	buf_init(&p->sent, 1 << 24);
	buf_init(&p->body, 1 << 24);
}

static inline void peer_release(struct peer *p)
{
	imap4_engine_free(p->e);
	buf_release(&p->log);
	buf_release(&p->sent);
	buf_release(&p->body);
}

static inline void peer_log_str(struct peer *p, const char *key,
				struct imap4_str s)
{
	if (s.p)
		(void)buf_addf(&p->log, " %s=%.*s", key, (int)s.len, s.p);
}

static inline void peer_log_words(struct peer *p, const struct imap4_str *w,
				  size_t n)
{
	for (size_t i = 0; i < n; i++)
		(void)buf_addf(&p->log, " %.*s", w[i].p ? (int)w[i].len : 3,
			       w[i].p ? w[i].p : "NIL");
}

static inline void peer_log_set(struct peer *p, const char *key,
				const struct imap4_set *set)
{
	if (set->n > 0)
		(void)buf_addf(&p->log, " %s=", key);
	for (size_t i = 0; i < set->n; i++)
		(void)buf_addf(&p->log, "%s%u:%u", i ? "," : "",
			       set->range[i].first, set->range[i].last);
}

static inline void peer_log_code(struct peer *p,
				 const struct imap4_respcode *code)
{
	if (code->code == IMAP4_CODE_NONE)
		return;
	(void)buf_addf(&p->log, " [%s%.*s %llu %u",
		       code->code == IMAP4_CODE_UNKNOWN ? "?" : "",
		       (int)code->name.len, code->name.p,
		       (unsigned long long)code->number, code->uidvalidity);
	if (code->goal > 0)
		(void)buf_addf(&p->log, " of=%llu",
			       (unsigned long long)code->goal);
	if (code->id > 0)
		(void)buf_addf(&p->log, " id=%u", code->id);
	if (code->uid > 0)
		(void)buf_addf(&p->log, " uid=%u", code->uid);
	peer_log_words(p, code->words, code->nwords);
	if (code->id == 0)
		peer_log_str(p, "arg", code->text_arg);
	peer_log_set(p, "src", &code->src);
	peer_log_set(p, "dst", &code->dst);
	(void)buf_adds(&p->log, "]");
}

static inline void peer_log_fetch(struct peer *p, const struct imap4_fetch *f)
{
	(void)buf_addf(&p->log, " %u", f->seq);
	if (f->have & IMAP4_F_UID)
		(void)buf_addf(&p->log, " uid=%u", f->uid);
	if (f->have & IMAP4_F_FLAGS)
		(void)buf_addf(&p->log, " flags=%x", f->flags);
	peer_log_words(p, f->words, f->nwords);
	if (f->have & IMAP4_F_MODSEQ)
		(void)buf_addf(&p->log, " modseq=%llu",
			       (unsigned long long)f->modseq);
	if (f->have & IMAP4_F_INTERNALDATE)
		(void)buf_addf(&p->log, " date=%lld%+d",
			       (long long)f->internaldate, f->zone);
	if (f->have & IMAP4_F_SIZE)
		(void)buf_addf(&p->log, " size=%llu",
			       (unsigned long long)f->size);
	if (f->have & IMAP4_F_GM_MSGID)
		(void)buf_addf(&p->log, " gm=%llu",
			       (unsigned long long)f->gm_msgid);
	peer_log_str(p, "emailid", f->emailid);
	peer_log_str(p, "threadid", f->threadid);
	if (f->have & IMAP4_F_GM_THRID)
		(void)buf_addf(&p->log, " gm-thread=%llu",
			       (unsigned long long)f->gm_thrid);
	if (f->have & IMAP4_F_GM_LABELS)
		(void)buf_addf(&p->log, " labels:%zu", f->ngm_labels);
	peer_log_words(p, f->gm_labels, f->ngm_labels);
	if (f->have & IMAP4_F_SAVEDATE)
		(void)buf_addf(&p->log, " saved=%lld%+d",
			       (long long)f->savedate, f->savedate_zone);
	if (f->have & IMAP4_F_PREVIEW)
		(void)buf_adds(&p->log, " preview=");
	if (f->have & IMAP4_F_PREVIEW)
		show_str(&p->log, f->preview);
	for (const struct imap4_binary_size *s = f->binary_size; s; s = s->next)
		(void)buf_addf(&p->log, " binary[%.*s]=%llu",
			       (int)s->section.len, s->section.p,
			       (unsigned long long)s->size);
	if (f->envelope)
		show_envelope(&p->log, f->envelope);
	if (f->bodystructure)
		show_part(&p->log, f->bodystructure);
	if (f->have & IMAP4_F_BODY)
		(void)buf_adds(&p->log, " body");
	if (f->have & IMAP4_F_BODY_NIL)
		(void)buf_adds(&p->log, " body-nil");
}

static inline void peer_log_body(struct peer *p, const struct imap4_event *ev)
{
	const struct imap4_body *b = &ev->body;

	if (ev->type == IMAP4_EV_BODY_DATA) {
		(void)buf_add(&p->body, b->data.p, b->data.len);
		return;
	}
	if (ev->type == IMAP4_EV_BODY_END) {
		(void)buf_addf(&p->log, " '%.*s'", (int)p->body.len,
			       p->body.data ? p->body.data : "");
		buf_reset(&p->body);
	}
	(void)buf_addf(&p->log, " %u/%u %llu", b->seq, b->uid,
		       (unsigned long long)b->size);
	peer_log_str(p, "section", b->section);
	if (b->binary)
		(void)buf_adds(&p->log, " binary");
	if (b->has_origin)
		(void)buf_addf(&p->log, " from=%llu",
			       (unsigned long long)b->origin);
}

static inline void peer_log_status(struct peer *p,
				   const struct imap4_mailbox_status *st)
{
	static const char *const names[] = {
	    "messages", "recent", "uidnext", "uidvalidity", "unseen",
	    "modseq",   "size",   "deleted", "mailboxid",   "limit"};
	const uint64_t values[] = {
	    st->messages,    st->recent,  st->uidnext,
	    st->uidvalidity, st->unseen,  st->highestmodseq,
	    st->size,        st->deleted, 0,
	    st->appendlimit};

	peer_log_str(p, "raw", st->raw);
	if (!st->name.p)
		(void)buf_adds(&p->log, " undecodable");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!(st->have & (1U << i)))
			continue;
		if ((1U << i) == IMAP4_ST_MAILBOXID)
			peer_log_str(p, names[i], st->mailboxid);
		else
			(void)buf_addf(&p->log, " %s=%llu", names[i],
				       (unsigned long long)values[i]);
	}
}

static inline void peer_log_list(struct peer *p, const struct imap4_list *l)
{
	(void)buf_addf(&p->log, " %s%x %c", l->lsub ? "lsub " : "", l->attr,
		       l->delim ? l->delim : '0');
	peer_log_str(p, "raw", l->raw);
	if (l->name.p)
		peer_log_str(p, "name", l->name);
	else
		(void)buf_adds(&p->log, " undecodable");
	if (l->irregular)
		(void)buf_adds(&p->log, " irregular");
	peer_log_str(p, "old", l->oldname);
	show_words(&p->log, "child", l->childinfo, l->nchildinfo);
	peer_log_str(p, "ext", l->extended);
}

static inline void peer_log_namespace(struct peer *p,
				      const struct imap4_namespace *ns)
{
	for (int kind = 0; kind < 3; kind++) {
		(void)buf_addf(&p->log, " %d:", kind);
		for (size_t i = 0; i < ns->n[kind]; i++)
			(void)buf_addf(&p->log, "'%.*s'%c",
				       (int)ns->entry[kind][i].prefix.len,
				       ns->entry[kind][i].prefix.p,
				       ns->entry[kind][i].delim
					   ? ns->entry[kind][i].delim
					   : '0');
	}
}

static inline void peer_log_search(struct peer *p, const struct imap4_search *s)
{
	(void)buf_addf(&p->log, " id=%u%s%s", s->id, s->uid ? " uid" : "",
		       s->extended ? " extended" : "");
	if (s->has_count)
		(void)buf_addf(&p->log, " count=%llu",
			       (unsigned long long)s->count);
	if (s->has_min)
		(void)buf_addf(&p->log, " min=%u", s->min);
	if (s->has_max)
		(void)buf_addf(&p->log, " max=%u", s->max);
	if (s->has_modseq)
		(void)buf_addf(&p->log, " modseq=%llu",
			       (unsigned long long)s->modseq);
	peer_log_set(p, "set", &s->set);
	if (s->has_partial)
		peer_log_str(p, "partial", s->partial_range);
	peer_log_set(p, "part", &s->partial);
	for (const struct imap4_search_update *u = s->update; u; u = u->next) {
		(void)buf_addf(&p->log, " %c%u", u->add ? '+' : '-',
			       u->position);
		peer_log_set(p, "set", &u->set);
		peer_log_str(p, "text", u->text);
	}
	peer_log_str(p, "raw", s->raw);
	peer_log_str(p, "name", s->name);
	if (s->uidvalidity > 0)
		(void)buf_addf(&p->log, " uidvalidity=%u", s->uidvalidity);
}

static inline void peer_log_more(struct peer *p, const struct imap4_event *ev)
{
	switch (ev->type) {
	case IMAP4_EV_SORT:
		show_sort(&p->log, &ev->sort);
		break;
	case IMAP4_EV_THREAD:
		(void)buf_adds(&p->log, " ");
		show_thread(&p->log, ev->thread);
		break;
	case IMAP4_EV_QUOTA:
		show_quota(&p->log, ev->quota);
		break;
	case IMAP4_EV_QUOTAROOT:
		show_named(&p->log, "raw", ev->quotaroot->raw);
		show_named(&p->log, "name", ev->quotaroot->name);
		show_words(&p->log, "root", ev->quotaroot->root,
			   ev->quotaroot->n);
		break;
	case IMAP4_EV_ACL:
	case IMAP4_EV_LISTRIGHTS:
	case IMAP4_EV_MYRIGHTS:
		show_acl(&p->log, ev->acl);
		break;
	case IMAP4_EV_METADATA:
		show_metadata(&p->log, ev->metadata);
		break;
	case IMAP4_EV_IDLING:
		(void)buf_addf(&p->log, " %u", ev->id);
		break;
	default:
		break;
	}
}

static inline void peer_log_rest(struct peer *p, const struct imap4_event *ev)
{
	if (ev->type == IMAP4_EV_LIST)
		peer_log_list(p, &ev->list);
	else if (ev->type == IMAP4_EV_MAILBOX_STATUS)
		peer_log_status(p, &ev->mailbox_status);
	else if (ev->type == IMAP4_EV_NAMESPACE)
		peer_log_namespace(p, &ev->namespace_);
	else if (ev->type == IMAP4_EV_SEARCH)
		peer_log_search(p, &ev->search);
	else if (ev->type == IMAP4_EV_VANISHED)
		peer_log_set(p, ev->vanished.earlier ? "earlier" : "set",
			     &ev->vanished.set);
	else
		peer_log_more(p, ev);
}

static inline void peer_log(struct peer *p, const struct imap4_event *ev)
{
	if (ev->type != IMAP4_EV_BODY_DATA)
		(void)buf_adds(&p->log, peer_names[ev->type]);
	if (ev->type == IMAP4_EV_GREETING || ev->type == IMAP4_EV_DONE ||
	    ev->type == IMAP4_EV_STATUS) {
		(void)buf_addf(&p->log, " %u %s", ev->id,
			       imap4_status_name(ev->status));
		peer_log_code(p, &ev->code);
		if (ev->partial)
			(void)buf_adds(&p->log, " partial");
		if (ev->unparsed)
			(void)buf_adds(&p->log, " unparsed");
		peer_log_str(p, "text", ev->text);
	} else if (ev->type == IMAP4_EV_CHALLENGE) {
		(void)buf_addf(&p->log, " %u", ev->id);
		peer_log_str(p, "challenge", ev->challenge);
	} else if (ev->type >= IMAP4_EV_BODY_BEGIN &&
		   ev->type <= IMAP4_EV_BODY_END) {
		peer_log_body(p, ev);
	} else if (ev->type == IMAP4_EV_FETCH) {
		peer_log_fetch(p, &ev->fetch);
	} else if (ev->type == IMAP4_EV_APPEND_DATA) {
		(void)buf_addf(&p->log, " %u #%u %llu", ev->id, ev->number,
			       (unsigned long long)ev->body.size);
	} else {
		if (ev->type >= IMAP4_EV_EXISTS && ev->type <= IMAP4_EV_EXPUNGE)
			(void)buf_addf(&p->log, " %u", ev->number);
		peer_log_words(p, ev->words, ev->nwords);
		peer_log_rest(p, ev);
	}
	if (ev->type != IMAP4_EV_BODY_DATA)
		(void)buf_addc(&p->log, '\n');
}

/* Reads all of it, a piece at a time, each piece in memory of its own so that
 * an overrun is seen. Stops at an error, which it also logs. */
static inline void peer_feed(struct peer *p, const char *s, size_t len)
{
	const struct imap4_event *ev;
	size_t at = 0;

	do {
		size_t n = len - at;
		if (p->piece > 0 && n > p->piece)
			n = p->piece;
		char *piece = malloc(n ? n : 1);
		assert_non_null(piece);
		memcpy(piece, s + at, n);
		size_t done = 0;
		do {
			size_t used;
			p->rc = imap4_engine_read(p->e, piece + done, n - done,
						  &used, &ev);
			done += used;
			if (p->rc == 0 && ev->type != IMAP4_EV_NONE)
				peer_log(p, ev);
		} while (p->rc == 0 && ev->type != IMAP4_EV_NONE);
		free(piece);
		at += n;
		if (p->rc < 0) {
			(void)buf_addf(&p->log, "ERROR %d\n", p->rc);
			return;
		}
		assert_int_equal(done, n);
	} while (at < len);
}

/* The same for text in which "T" at the start of a line stands for the prefix
 * of the engine's tags, and "@" for it anywhere. */
static inline void peer_server(struct peer *p, const char *text)
{
	struct buf b;

	buf_init(&b, 1 << 24);
	for (const char *s = text; *s; s++) {
		bool start = s == text || s[-1] == '\n';
		if ((start && *s == 'T') || *s == '@')
			(void)buf_adds(&b, p->e->prefix);
		else
			(void)buf_addc(&b, *s);
	}
	peer_feed(p, b.data ? b.data : "", b.len);
	buf_release(&b);
}

/* Sends what there is, and appends it to p->sent with "T" for the prefix. */
static inline void peer_flush(struct peer *p)
{
	const void *data;
	size_t n;

	while ((n = imap4_engine_write(p->e, &data)) > 0) {
		const char *s = data;
		size_t len = strlen(p->e->prefix);
		for (size_t i = 0; i < n; i++) {
			if (n - i > len && !memcmp(s + i, p->e->prefix, len)) {
				(void)buf_addc(&p->sent, 'T');
				i += len - 1;
			} else {
				(void)buf_addc(&p->sent, s[i]);
			}
		}
		imap4_engine_sent(p->e, n);
	}
}

static inline void peer_expect(struct buf *b, const char *expected)
{
	assert_string_equal(b->data ? b->data : "", expected);
	buf_reset(b);
}

/* What the client sends now is this. */
static inline void peer_sends(struct peer *p, const char *expected)
{
	peer_flush(p);
	peer_expect(&p->sent, expected);
}

/* Sends what there is; the server takes every literal that it is asked to. */
static inline void peer_flush_literals(struct peer *p)
{
	peer_flush(p);
	while (p->e->literal && p->rc == 0) {
		peer_feed(p, "+ go\r\n", 6);
		peer_flush(p);
	}
}

static inline void peer_sends_literals(struct peer *p, const char *expected)
{
	peer_flush_literals(p);
	peer_expect(&p->sent, expected);
}

/* The events since the last call were these. */
static inline void peer_logs(struct peer *p, const char *expected)
{
	peer_expect(&p->log, expected);
}

#endif
