/* SPDX-License-Identifier: MIT */
/* What an IMAP server sent, one line of JSON per response: a session recorded
 * by tcpdump or by a log becomes something that jq can search. Holds one
 * response at a time. */
#include <imap4.h>

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "lib/examples/json.h"

#define DEFAULT_MAX ((size_t)64 << 20)
#define MAX_DEPTH   100

static const char usage[] = "usage: imap4-parse [--selected] [--max-line "
			    "BYTES] [--max-literal BYTES]\n";

/* ---- responses ----------------------------------------------------------- */

static bool is(struct imap4_str s, const char *word)
{
	return s.len == strlen(word) && strncasecmp(s.p, word, s.len) == 0;
}

/* raw: the same as tokens, or NULL. */
static void put_addresses(const char *key, const struct imap4_address *a,
			  struct imap4_tokens *raw)
{
	/* Yahoo has "()" where NIL belongs. */
	const char *none = raw && peek(raw) == IMAP4_TOKEN_OPEN ? "[]" : "null";

	if (raw)
		skip_value(raw);
	put_key(key);
	fputs(a ? "[" : none, stdout);
	for (const struct imap4_address *i = a; i; i = i->next) {
		putchar('[');
		put_str(i->name);
		putchar(',');
		put_str(i->route);
		putchar(',');
		put_str(i->mailbox);
		putchar(',');
		put_str(i->host);
		fputs(i->next ? "]," : "]]", stdout);
	}
}

static void put_envelope(const struct imap4_envelope *env,
			 struct imap4_tokens *raw)
{
	if (raw) {
		(void)take(raw, IMAP4_TOKEN_OPEN);
		skip_value(raw);
		skip_value(raw);
	}
	fputs("{\"date\":", stdout);
	put_str(env->date);
	put_field("subject", env->subject);
	put_addresses("from", env->from, raw);
	put_addresses("sender", env->sender, raw);
	put_addresses("reply_to", env->reply_to, raw);
	put_addresses("to", env->to, raw);
	put_addresses("cc", env->cc, raw);
	put_addresses("bcc", env->bcc, raw);
	put_field("in_reply_to", env->in_reply_to);
	put_field("message_id", env->message_id);
	putchar('}');
}

static void put_params(const struct imap4_param *p)
{
	fputs(p ? "[" : "null", stdout);
	for (const struct imap4_param *i = p; i; i = i->next) {
		putchar('[');
		put_str(i->name);
		putchar(',');
		put_str(i->value);
		fputs(i->next ? "]," : "]]", stdout);
	}
}

static void put_disposition(const struct imap4_part *p)
{
	put_key("disposition");
	if (!p->disposition.p) {
		fputs("null", stdout);
		return;
	}
	putchar('[');
	put_str(p->disposition);
	putchar(',');
	put_params(p->disposition_param);
	putchar(']');
}

static void put_language(const struct imap4_word *w)
{
	put_key("language");
	fputs(w ? "[" : "null", stdout);
	for (; w; w = w->next) {
		put_str(w->s);
		putchar(w->next ? ',' : ']');
	}
}

/* As many of these as the server sent. */
static void put_extensions(const struct imap4_part *p)
{
	if (p->nextension > 0 && !p->multipart)
		put_field("md5", p->md5);
	if (p->nextension > 1)
		put_disposition(p);
	if (p->nextension > 2)
		put_language(p->language);
	if (p->nextension > 3)
		put_field("location", p->location);
	if (p->extension.p) {
		put_key("ext");
		put_all(p->extension);
	}
}

static void put_part(const struct imap4_part *p);

static void put_multipart(const struct imap4_part *p)
{
	fputs("\"multipart\":", stdout);
	put_lower(p->subtype);
	put_key("parts");
	putchar('[');
	for (const struct imap4_part *c = p->child; c; c = c->next) {
		put_part(c);
		if (c->next)
			putchar(',');
	}
	putchar(']');
	if (p->nextension > 0) {
		put_key("params");
		put_params(p->param);
	}
}

static void put_single(const struct imap4_part *p)
{
	fputs("\"type\":", stdout);
	put_lower(p->type);
	put_key("subtype");
	put_lower(p->subtype);
	put_key("params");
	put_params(p->param);
	put_field("id", p->id);
	put_field("description", p->description);
	put_field("encoding", p->encoding);
	printf(",\"size\":%" PRIu64, p->size);
	if (p->envelope) {
		put_key("envelope");
		put_envelope(p->envelope, NULL);
		put_key("body");
		if (p->child)
			put_part(p->child);
		else
			fputs("null", stdout);
	}
	if (p->envelope || is(p->type, "text"))
		printf(",\"lines\":%" PRIu64, p->lines);
}

/* Parts nest no deeper than parentheses, which the parser bounds. */
static void put_part(const struct imap4_part *p)
{
	putchar('{');
	if (p->multipart)
		put_multipart(p);
	else
		put_single(p);
	put_extensions(p);
	putchar('}');
}

/* A value that has a structure; false: none, or it was not understood. */
static bool put_structure(const struct imap4_tokens *t, struct imap4_str name)
{
	struct imap4_tokens raw = *t;
	struct imap4_envelope *env;
	struct imap4_part *part;
	size_t used;

	if (is(name, "ENVELOPE") &&
	    imap4_envelope_parse(t->rest, &used, &env) == 0) {
		put_envelope(env, &raw);
		imap4_envelope_free(env);
		return true;
	}
	if ((is(name, "BODYSTRUCTURE") || is(name, "BODY")) &&
	    peek(t) == IMAP4_TOKEN_OPEN &&
	    imap4_part_parse(t->rest, &used, &part) == 0) {
		put_part(part);
		imap4_part_free(part);
		return true;
	}
	return false;
}

static void put_item_value(struct imap4_tokens *t, struct imap4_str name)
{
	if (put_structure(t, name))
		skip_value(t);
	else if (is(name, "FLAGS"))
		put_words(t);
	else if (is(name, "UID") || is(name, "MODSEQ") ||
		 is(name, "RFC822.SIZE") ||
		 (name.len > 12 &&
		  strncasecmp(name.p, "BINARY.SIZE[", 12) == 0))
		put_number(t);
	else
		put_value(t);
}

static void put_fetch(struct imap4_str args)
{
	struct imap4_tokens t;
	struct imap4_token name;
	bool first = true;

	imap4_tokens_init(&t, args);
	(void)take(&t, IMAP4_TOKEN_OPEN);
	fputs(",\"fetch\":{", stdout);
	while (t.depth > 0) {
		/* Domino puts an item into parentheses of its own. */
		if (take(&t, IMAP4_TOKEN_OPEN) || take(&t, IMAP4_TOKEN_CLOSE))
			continue;
		if (imap4_tokens_item(&t, &name) != IMAP4_TOKEN_ATOM)
			break;
		/* Yandex leaves out the value of what it does not have. */
		if (!more(&t))
			continue;
		if (!first)
			putchar(',');
		put_upper(name.s);
		putchar(':');
		put_item_value(&t, name.s);
		first = false;
	}
	putchar('}');
}

/* "(\Noselect) "/" name extensions" */
static void put_list(struct imap4_str args)
{
	struct imap4_tokens t;

	imap4_tokens_init(&t, args);
	fputs(",\"list\":{\"attrs\":", stdout);
	put_words(&t);
	put_key("delim");
	put_word(&t);
	put_key("name");
	put_word(&t);
	put_key("ext");
	put_rest(&t);
	putchar('}');
}

static void put_status_items(struct imap4_tokens *t)
{
	struct imap4_token name;
	bool first = true;

	putchar('{');
	while (more(t)) {
		(void)imap4_tokens_next(t, &name);
		/* Courier leaves out a value that it does not know. */
		if (!more(t))
			break;
		if (!first)
			putchar(',');
		put_upper(name.s);
		putchar(':');
		if (peek(t) == IMAP4_TOKEN_ATOM)
			put_word(t);
		else
			put_value(t);
		first = false;
	}
	putchar('}');
}

/* "name (items)"; false: something else. */
static bool put_status(struct imap4_str args)
{
	struct imap4_tokens t;

	imap4_tokens_init(&t, args);
	struct imap4_tokens name = t;
	skip_value(&t);
	if (!take(&t, IMAP4_TOKEN_OPEN))
		return false;
	fputs(",\"status\":{\"name\":", stdout);
	put_word(&name);
	put_key("items");
	put_status_items(&t);
	putchar('}');
	return true;
}

/* "1 2 17 (MODSEQ 5)" */
static void put_search(struct imap4_str args)
{
	struct imap4_tokens t, modseq = {.depth = 0};
	bool first = true;

	imap4_tokens_init(&t, args);
	fputs(",\"search\":{\"ids\":[", stdout);
	while (more(&t)) {
		if (peek(&t) == IMAP4_TOKEN_OPEN) {
			modseq = t;
			skip_value(&t);
			continue;
		}
		if (!first)
			putchar(',');
		put_number(&t);
		first = false;
	}
	putchar(']');
	if (modseq.rest.p) {
		(void)take(&modseq, IMAP4_TOKEN_OPEN);
		skip_value(&modseq);
		put_key("modseq");
		put_number(&modseq);
	}
	putchar('}');
}

/* What is shown as tokens can be shown where its values are not what its name
 * promises, a set that is none, say; but it must be well formed, and no deeper
 * than readers of JSON go. */
static bool is_shown(const struct imap4_response *r)
{
	static const char *const formed[] = {
	    "BAD",  "BYE",    "EXISTS", "EXPUNGE", "FETCH",  "LIST",
	    "LSUB", "NO",     "OK",     "PREAUTH", "RECENT", "SEARCH",
	    "SORT", "STATUS", "XLIST",  "UIDFETCH"};
	struct imap4_tokens t;
	struct imap4_token tok;

	for (size_t i = 0; i < sizeof(formed) / sizeof(formed[0]); i++) {
		if (is(r->name, formed[i]))
			return r->ev->type != IMAP4_EV_BAD;
	}
	imap4_tokens_init(&t, r->args);
	while (imap4_tokens_next(&t, &tok) != IMAP4_TOKEN_END) {
		if (tok.type == IMAP4_TOKEN_BAD || t.depth > MAX_DEPTH)
			return false;
	}
	return r->name.len > 0 && t.depth == 0;
}

static void put_text(const struct imap4_event *ev)
{
	const struct imap4_respcode *code = &ev->code;

	if (code->code != IMAP4_CODE_NONE) {
		fputs(",\"code\":{\"name\":", stdout);
		put_upper(code->name);
		put_key("args");
		put_all(code->args);
		putchar('}');
	}
	put_key("text");
	put_str(ev->text);
}

static void put_untagged(const struct imap4_response *r)
{
	if (r->ev->type == IMAP4_EV_STATUS) {
		put_text(r->ev);
		return;
	}
	if (r->has_number)
		printf(",\"num\":%u", r->number);
	if (r->ev->type == IMAP4_EV_FETCH) {
		put_fetch(r->args);
	} else if (r->ev->type == IMAP4_EV_LIST) {
		put_list(r->args);
	} else if (is(r->name, "SEARCH") || is(r->name, "SORT")) {
		put_search(r->args);
	} else if (r->ev->type != IMAP4_EV_MAILBOX_STATUS ||
		   !put_status(r->args)) {
		put_key("tokens");
		put_all(r->args);
	}
}

static void put_error(const char *why, struct imap4_str raw)
{
	printf("{\"t\":\"error\",\"text\":\"%s\"", why);
	if (raw.p) {
		put_key("raw");
		put_str(raw);
	}
	puts("}");
}

static void put_response(const struct imap4_response *r)
{
	static const char *const kinds[] = {"untagged", "tagged", "continue"};

	fputs("{\"t\":\"", stdout);
	fputs(kinds[r->kind], stdout);
	putchar('"');
	if (r->kind == IMAP4_RESPONSE_TAGGED) {
		put_key("tag");
		put_str(r->tag);
	}
	if (r->kind != IMAP4_RESPONSE_CONTINUE) {
		put_key("name");
		put_upper(r->name);
	}
	if (r->kind == IMAP4_RESPONSE_UNTAGGED)
		put_untagged(r);
	else
		put_text(r->ev);
	puts("}");
}

/* ---- the program --------------------------------------------------------- */

struct options {
	bool selected;
	size_t max_line;
	size_t max_literal;
};

/* How many messages the selected mailbox has; as far as is known. */
struct mailbox {
	bool known;
	uint32_t exists;
};

/* Would this leave fewer than no message? */
static bool impossible(struct mailbox *m, const struct imap4_event *ev)
{
	if (ev->type == IMAP4_EV_EXISTS)
		*m = (struct mailbox){.known = true, .exists = ev->number};
	if (ev->type != IMAP4_EV_EXPUNGE || !m->known)
		return false;
	if (ev->number > m->exists)
		return true;
	m->exists--;
	return false;
}

/* False: it is an error. */
static bool show(const struct options *o, struct mailbox *m,
		 const struct imap4_response *r)
{
	if (r->kind == IMAP4_RESPONSE_UNTAGGED && !is_shown(r)) {
		put_error("a response that is not well formed", r->ev->raw);
		return false;
	}
	if (o->selected && impossible(m, r->ev)) {
		put_error("EXPUNGE of a message that EXISTS denies",
			  r->ev->raw);
		return false;
	}
	put_response(r);
	return true;
}

static int copy(const struct options *o, struct imap4_parser *parser)
{
	static char buf[65536];
	const struct imap4_str none = {NULL, 0};
	const struct imap4_response *r;
	struct mailbox mailbox = {.known = false};
	int status = EX_OK;
	ssize_t len;

	while ((len = read(STDIN_FILENO, buf, sizeof(buf))) > 0) {
		size_t at = 0, used;
		int rc;
		while ((rc = imap4_parser_read(parser, buf + at,
					       (size_t)len - at, &used, &r)) >
		       0) {
			at += used;
			if (!show(o, &mailbox, r))
				status = EX_DATAERR;
		}
		if (rc < 0) {
			put_error(imap4_parser_error(parser), none);
			return rc == IMAP4_ENOMEM ? EX_OSERR : EX_DATAERR;
		}
		/* Who watches a live session sees it at once. */
		(void)fflush(stdout);
	}
	if (len < 0) {
		fprintf(stderr, "imap4-parse: %s\n", strerror(errno));
		return EX_IOERR;
	}
	if (!imap4_parser_inside(parser))
		return status;
	put_error("the input ends within a response", none);
	return EX_DATAERR;
}

static bool parse_size(const char *s, size_t *out)
{
	char *end;

	errno = 0;
	unsigned long n = strtoul(s, &end, 10);
	*out = n;
	return isdigit((unsigned char)s[0]) && *end == '\0' && errno == 0;
}

static bool parse_options(int argc, char **argv, struct options *o)
{
	static const struct option options[] = {
	    {"selected", no_argument, NULL, 's'},
	    {"max-line", required_argument, NULL, 'l'},
	    {"max-literal", required_argument, NULL, 'b'},
	    {NULL, 0, NULL, 0},
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 's')
			o->selected = true;
		else if (c != 'l' && c != 'b')
			return false;
		else if (!parse_size(optarg,
				     c == 'l' ? &o->max_line : &o->max_literal))
			return false;
	}
	return optind == argc;
}

int main(int argc, char **argv)
{
	struct options o = {.max_line = DEFAULT_MAX,
			    .max_literal = DEFAULT_MAX};

	if (!parse_options(argc, argv, &o)) {
		fputs(usage, stderr);
		return EX_USAGE;
	}
	struct imap4_parser *parser =
	    imap4_parser_new(o.max_line, o.max_literal);
	if (!parser) {
		fputs("imap4-parse: out of memory\n", stderr);
		return EX_OSERR;
	}
	int status = copy(&o, parser);
	imap4_parser_free(parser);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		fprintf(stderr, "imap4-parse: %s\n", strerror(errno));
		return EX_IOERR;
	}
	return status;
}
