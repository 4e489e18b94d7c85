/* SPDX-License-Identifier: MIT */
/* An IMAP server in memory, in place of lib/net: it takes what the engine has
 * to send and gives back one event at a time, so that a test can cut the line
 * between any two. It knows what a sync asks for, and no more. */
#ifndef TESTS_DAEMON_ACCOUNT_SERVER_H
#define TESTS_DAEMON_ACCOUNT_SERVER_H

#include "tests/support/t.h"

#include <imap4.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util/buf.h"

#define SERVER_BOXES    8
#define SERVER_MESSAGES 16
#define SERVER_GREETING                                                        \
	"* PREAUTH [CAPABILITY IMAP4rev1 LITERAL+ UIDPLUS UNSELECT NAMESPACE " \
	"LIST-EXTENDED LIST-STATUS%s] ready\r\n"

struct server_message {
	uint32_t uid;
	bool seen, deleted;
	char text[120];
};

struct server_box {
	char name[32]; /* "": none */
	uint32_t uidvalidity, uidnext;
	struct server_message message[SERVER_MESSAGES];
	size_t n;
};

static struct {
	struct server_box box[SERVER_BOXES];
	uint32_t made; /* mailboxes */
	/* The command of that number, from 1, is answered so; 0: none. */
	unsigned commands, odd;
	const char *odd_answer;
	const char *odd_verb; /* and so is any that has this in it */
	char log[20000];      /* the last commands */
	const char *more;     /* capabilities, each behind a blank; or NULL */
} server;

struct imap4_conn {
	struct imap4_engine *engine;
	const struct imap4_conn_handler *handler;
	void *ctx;
	struct server_box *selected;
	struct buf heard, said;
	size_t at; /* of said */
	bool deaf; /* what is sent gets lost */
	bool ready, paused, freed, in_callback;
	char idle[40]; /* the tag of the IDLE that it listens to, or "" */
};

static struct imap4_conn *server_line; /* the one that is open, or NULL */

static inline struct server_box *server_box(const char *name)
{
	for (size_t i = 0; i < SERVER_BOXES; i++) {
		if (strcmp(server.box[i].name, name) == 0)
			return &server.box[i];
	}
	return NULL;
}

static inline struct server_box *server_make(const char *name)
{
	struct server_box *b = server_box("");

	assert_non_null(b);
	*b = (struct server_box){.uidvalidity = ++server.made, .uidnext = 1};
	(void)snprintf(b->name, sizeof(b->name), "%s", name);
	return b;
}

static inline uint32_t server_add(struct server_box *b, const char *text,
				  size_t len)
{
	assert_true(b->n < SERVER_MESSAGES);
	struct server_message *m = &b->message[b->n++];
	*m = (struct server_message){.uid = b->uidnext++};
	assert_true(len < sizeof(m->text));
	memcpy(m->text, text, len);
	return m->uid;
}

static inline void server_expunge(struct server_box *b, size_t i)
{
	memmove(&b->message[i], &b->message[i + 1],
		(b->n - i - 1) * sizeof(b->message[0]));
	b->n--;
}

/* What the server says. */

static inline void server_say(struct imap4_conn *c, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
static inline void server_say(struct imap4_conn *c, const char *fmt, ...)
{
	char text[600];
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	assert_true(n >= 0 && (size_t)n < sizeof(text));
	assert_int_equal(buf_add(&c->said, text, (size_t)n), 0);
}

static inline bool server_in_set(const char *set, const struct server_box *b,
				 uint32_t uid)
{
	uint32_t last = b->n > 0 ? b->message[b->n - 1].uid : 0;

	for (const char *p = set; *p && *p != ' ';) {
		char *end;
		unsigned long from = *p == '*' ? last : strtoul(p, &end, 10);
		p = *p == '*' ? p + 1 : end;
		unsigned long to = from;
		if (*p == ':') {
			p++;
			to = *p == '*' ? last : strtoul(p, &end, 10);
			p = *p == '*' ? p + 1 : end;
		}
		if (uid >= (from < to ? from : to) &&
		    uid <= (from < to ? to : from))
			return true;
		p += *p == ',';
	}
	return false;
}

static inline void server_fetch_one(struct imap4_conn *c, const char *items,
				    size_t i)
{
	const struct server_message *m = &c->selected->message[i];
	const char *blank = strstr(m->text, "\r\n\r\n");
	size_t head = blank ? (size_t)(blank - m->text) + 4 : strlen(m->text);

	server_say(c, "* %zu FETCH (UID %u", i + 1, m->uid);
	if (strstr(items, "FLAGS"))
		server_say(c, " FLAGS (%s%s%s)", m->seen ? "\\Seen" : "",
			   m->seen && m->deleted ? " " : "",
			   m->deleted ? "\\Deleted" : "");
	if (strstr(items, "RFC822.SIZE"))
		server_say(c, " RFC822.SIZE %zu", strlen(m->text));
	if (strstr(items, "INTERNALDATE"))
		server_say(c, " INTERNALDATE \"01-Nov-2026 10:00:0%u +0000\"",
			   m->uid % 10);
	if (strstr(items, "BODY.PEEK[HEADER]"))
		server_say(c, " BODY[HEADER] {%zu}\r\n%.*s", head, (int)head,
			   m->text);
	if (strstr(items, "BODY.PEEK[]"))
		server_say(c, " BODY[]%s {%zu}\r\n%s",
			   strstr(items, "BODY.PEEK[]<") ? "<0>" : "",
			   strlen(m->text), m->text);
	server_say(c, ")\r\n");
}

static inline void server_uid(struct imap4_conn *c, const char *verb,
			      const char *rest)
{
	struct server_box *b = c->selected;
	const char *items = strchr(rest, ' ');

	for (size_t i = 0; b && i < b->n;) {
		struct server_message *m = &b->message[i];
		bool in = server_in_set(rest, b, m->uid);
		if (in && strcmp(verb, "FETCH") == 0) {
			server_fetch_one(c, items, i);
		} else if (in && strcmp(verb, "STORE") == 0) {
			m->deleted |= strstr(items, "\\Deleted") != NULL;
			m->seen |= strstr(items, "\\Seen") != NULL;
		} else if (in && strcmp(verb, "EXPUNGE") == 0 && m->deleted) {
			server_expunge(b, i);
			server_say(c, "* %zu EXPUNGE\r\n", i + 1);
			continue;
		}
		i++;
	}
}

static inline void server_list(struct imap4_conn *c)
{
	for (size_t i = 0; i < SERVER_BOXES; i++) {
		const struct server_box *b = &server.box[i];
		if (b->name[0])
			server_say(c,
				   "* LIST (\\Subscribed) \"/\" %s\r\n"
				   "* STATUS %s (MESSAGES %zu UIDNEXT %u "
				   "UIDVALIDITY %u)\r\n",
				   b->name, b->name, b->n, b->uidnext,
				   b->uidvalidity);
	}
}

static inline void server_status(struct imap4_conn *c,
				 const struct server_box *b)
{
	server_say(c,
		   "* STATUS %s (MESSAGES %zu UIDNEXT %u UIDVALIDITY %u)\r\n",
		   b->name, b->n, b->uidnext, b->uidvalidity);
}

static inline void server_select(struct imap4_conn *c)
{
	const struct server_box *b = c->selected;

	server_say(c,
		   "* FLAGS (\\Seen \\Deleted)\r\n* %zu EXISTS\r\n"
		   "* OK [PERMANENTFLAGS (\\Seen \\Deleted \\*)] all\r\n"
		   "* OK [UIDVALIDITY %u] is\r\n* OK [UIDNEXT %u] is\r\n",
		   b->n, b->uidvalidity, b->uidnext);
}

/* The rest of a command's line, of which the first word is a mailbox. */
static inline struct server_box *server_named(const char *rest, char name[32])
{
	(void)snprintf(name, 32, "%.*s", (int)strcspn(rest, " "), rest);
	if (name[0] == '"') {
		memmove(name, name + 1, strlen(name));
		name[strcspn(name, "\"")] = '\0';
	}
	return server_box(name);
}

/* false: NO. */
static inline bool server_box_command(struct imap4_conn *c, const char *verb,
				      const char *rest)
{
	char name[32];
	struct server_box *b = server_named(rest, name);

	if (strcmp(verb, "CREATE") == 0)
		return !b && server_make(name);
	if (strstr(verb, "SUBSCRIBE"))
		return true;
	if (strcmp(verb, "SELECT") == 0 || strcmp(verb, "EXAMINE") == 0) {
		c->selected = b;
		if (b)
			server_select(c);
	} else if (b && strcmp(verb, "STATUS") == 0) {
		server_status(c, b);
	} else if (b && strcmp(verb, "DELETE") == 0) {
		*b = (struct server_box){.n = 0};
	}
	return b != NULL;
}

/* Returns the answer's code and text. */
static inline const char *server_obey(struct imap4_conn *c, char *line,
				      const char *literal, size_t len)
{
	static char text[80];
	char *verb = line, *rest = line + strcspn(line, " ");

	if (*rest)
		*rest++ = '\0';
	(void)snprintf(text, sizeof(text), "OK done");
	if (strcmp(verb, "LIST") == 0) {
		server_list(c);
	} else if (strcmp(verb, "NAMESPACE") == 0) {
		server_say(c, "* NAMESPACE ((\"\" \"/\")) NIL NIL\r\n");
	} else if (strcmp(verb, "UID") == 0) {
		char *args = rest + strcspn(rest, " ");
		*args++ = '\0';
		if (!c->selected)
			return "BAD nothing is selected";
		server_uid(c, rest, args);
	} else if (strcmp(verb, "APPEND") == 0) {
		char name[32];
		struct server_box *b = server_named(rest, name);
		if (!b)
			return "NO [TRYCREATE] no such mailbox";
		uint32_t uid = server_add(b, literal, len);
		(void)snprintf(text, sizeof(text), "OK [APPENDUID %u %u] done",
			       b->uidvalidity, uid);
	} else if (strcmp(verb, "UNSELECT") == 0) {
		c->selected = NULL;
	} else if (strcmp(verb, "LOGOUT") == 0) {
		server_say(c, "* BYE\r\n");
	} else if (strcmp(verb, "ENABLE") != 0 && strcmp(verb, "NOOP") != 0 &&
		   strcmp(verb, "NOTIFY") != 0 &&
		   !server_box_command(c, verb, rest)) {
		return "NO it is not so";
	}
	return text;
}

static inline void server_note(const char *line)
{
	size_t len = strlen(server.log), more = strlen(line) + 2;

	if (len + more > sizeof(server.log))
		server.log[len = 0] = '\0';
	(void)snprintf(server.log + len, sizeof(server.log) - len, "%s\n",
		       line);
}

static inline bool server_is_odd(const char *line)
{
	return server.odd_verb && strstr(line, server.odd_verb);
}

/* IDLE, and what ends it. */
static inline bool server_idle(struct imap4_conn *c, const char *line,
			       const char *tag, size_t space)
{
	if (strcmp(line, "DONE") == 0) {
		server_say(c, "%s OK done\r\n", c->idle);
		c->idle[0] = '\0';
		return true;
	}
	if (strcmp(line + space, " IDLE") != 0 ||
	    server.commands + 1 == server.odd || server_is_odd(line))
		return false;
	server.commands++;
	(void)snprintf(c->idle, sizeof(c->idle), "%s", tag);
	server_say(c, "+ idling\r\n");
	return true;
}

/* One command, if it is whole; how many octets it had, or 0. */
static inline size_t server_command(struct imap4_conn *c)
{
	const char *p = c->heard.data;
	size_t n = c->heard.len, len = 0, literal = 0;
	const char *end = n > 0 ? memchr(p, '\n', n) : NULL;
	char line[1000], tag[40];

	if (!end)
		return 0;
	len = (size_t)(end - p) + 1;
	(void)snprintf(line, sizeof(line), "%.*s", (int)(len - 2), p);
	char *brace = strrchr(line, '{');
	size_t total = len;
	if (brace && strstr(brace, "+}")) {
		literal = strtoul(brace + 1, NULL, 10);
		total = len + literal + 2;
		if (n < total)
			return 0;
	}
	size_t space = strcspn(line, " ");
	(void)snprintf(tag, sizeof(tag), "%.*s", (int)space, line);
	server_note(line);
	if (server_idle(c, line, tag, space))
		return total;
	/* RFC 9051 6.3.2: a SELECT that fails deselects. */
	if (strstr(line, " SELECT ") || strstr(line, " EXAMINE "))
		c->selected = NULL;
	if (++server.commands == server.odd || server_is_odd(line))
		server_say(c, "%s %s\r\n", tag, server.odd_answer);
	else
		server_say(c, "%s %s\r\n", tag,
			   server_obey(c, line + space + 1, p + len, literal));
	return total;
}

static inline void server_listen(struct imap4_conn *c)
{
	const void *data;
	size_t n;

	while ((n = imap4_engine_write(c->engine, &data)) > 0) {
		assert_int_equal(buf_add(&c->heard, data, n), 0);
		imap4_engine_sent(c->engine, n);
	}
	while ((n = server_command(c)) > 0)
		buf_consume(&c->heard, n);
}

/* In place of lib/net/conn.c. */

struct imap4_conn *imap4_conn_new(struct event_base *base,
				  const struct imap4_conn_opts *opts,
				  const struct imap4_conn_handler *handler,
				  void *ctx)
{
	struct imap4_conn *c = calloc(1, sizeof(*c));

	(void)base;
	(void)opts;
	assert_non_null(c);
	assert_null(server_line);
	c->engine = imap4_engine_new(NULL, 1);
	c->handler = handler;
	c->ctx = ctx;
	buf_init(&c->heard, 1 << 20);
	buf_init(&c->said, 1 << 20);
	server_say(c, SERVER_GREETING, server.more ? server.more : "");
	server_line = c;
	return c;
}

static inline void server_drop(struct imap4_conn *c)
{
	imap4_engine_free(c->engine);
	buf_release(&c->heard);
	buf_release(&c->said);
	free(c);
}

void imap4_conn_free(struct imap4_conn *c)
{
	if (!c)
		return;
	server_line = NULL;
	c->freed = true;
	if (!c->in_callback)
		server_drop(c);
}

struct imap4_engine *imap4_conn_engine(struct imap4_conn *c)
{
	return c->engine;
}

void imap4_conn_flush(struct imap4_conn *c)
{
	(void)c;
}

void imap4_conn_pause(struct imap4_conn *c)
{
	c->paused = true;
}

void imap4_conn_resume(struct imap4_conn *c)
{
	c->paused = false;
}

bool imap4_conn_is_silent(const struct imap4_conn *c)
{
	(void)c;
	return false;
}

int imap4_conn_fd(const struct imap4_conn *c)
{
	(void)c;
	return -1;
}

bool imap4_conn_protected(const struct imap4_conn *c)
{
	(void)c;
	return true;
}

int imap4_conn_starttls(struct imap4_conn *c, struct imap4_tls *tls)
{
	(void)c;
	(void)tls;
	return IMAP4_ESTATE;
}

/* The next event of the line that is open. false: there is none. */
static inline bool server_step(void)
{
	struct imap4_conn *c = server_line;
	const struct imap4_event *ev;
	size_t used;

	if (!c || c->paused || c->deaf)
		return false;
	server_listen(c);
	size_t left = c->said.len - c->at;
	if (imap4_engine_read(c->engine, c->said.data + c->at, left, &used,
			      &ev) < 0)
		fail_msg("%s", imap4_engine_error(c->engine));
	c->at += used;
	if (ev->type == IMAP4_EV_NONE && used == 0)
		return false;
	c->in_callback = true;
	if (ev->type != IMAP4_EV_NONE)
		c->handler->event(c->ctx, c, ev);
	if (!c->freed && !c->ready) {
		c->ready = true;
		c->handler->ready(c->ctx, c);
	}
	c->in_callback = false;
	if (c->freed)
		server_drop(c);
	return true;
}

/* The line breaks. */
static inline void server_cut(void)
{
	struct imap4_conn *c = server_line;
	const struct imap4_event *ev;
	size_t used;

	if (!c)
		return;
	c->in_callback = true;
	imap4_engine_close(c->engine);
	while (!c->freed &&
	       imap4_engine_read(c->engine, NULL, 0, &used, &ev) == 0 &&
	       ev->type != IMAP4_EV_NONE)
		c->handler->event(c->ctx, c, ev);
	server_line = NULL;
	if (!c->freed)
		c->handler->closed(c->ctx, c, IMAP4_ENET, "cut");
	c->in_callback = false;
	if (c->freed)
		server_drop(c);
}

#endif
