/* SPDX-License-Identifier: MIT */
/* What an IMAP server sent, one line of JSON per response: a session recorded
 * by tcpdump or by a log becomes something that jq can search. Holds one
 * response at a time; a byte over 127 is shown as the character of that number.
 */
#include <imap4.h>

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#define DEFAULT_MAX ((size_t)64 << 20)
#define MAX_DEPTH   100

static const char usage[] = "usage: imap4-parse [--selected] [--max-line "
			    "BYTES] [--max-literal BYTES]\n";

/* ---- JSON ---------------------------------------------------------------- */

static void put_byte(unsigned char c)
{
	if (c == '"' || c == '\\') {
		putchar('\\');
		putchar(c);
	} else if (c < 0x20) {
		printf("\\u%04x", c);
	} else if (c < 0x80) {
		putchar(c);
	} else {
		putchar(0xc0 | c >> 6);
		putchar(0x80 | (c & 0x3f));
	}
}

/* The text of a token behind a prefix that tells its type. */
static void put_token(const char *prefix, const struct imap4_token *tok)
{
	const char *p = tok->s.p;
	const char *end = p + tok->s.len;

	putchar('"');
	fputs(prefix, stdout);
	for (; p < end; p++) {
		if (tok->escaped && *p == '\\' && end - p > 1)
			p++;
		put_byte((unsigned char)*p);
	}
	putchar('"');
}

static void put_str(struct imap4_str s)
{
	const struct imap4_token tok = {.s = s};

	if (s.p)
		put_token("", &tok);
	else
		fputs("null", stdout);
}

static void put_upper(struct imap4_str s)
{
	putchar('"');
	for (size_t i = 0; i < s.len; i++)
		put_byte((unsigned char)toupper((unsigned char)s.p[i]));
	putchar('"');
}

static void put_key(const char *key)
{
	fputs(",\"", stdout);
	fputs(key, stdout);
	fputs("\":", stdout);
}

/* ---- values -------------------------------------------------------------- */

static void put_leaf(const struct imap4_token *tok)
{
	if (tok->type == IMAP4_TOKEN_ATOM)
		put_token("a:", tok);
	else if (tok->type == IMAP4_TOKEN_STRING)
		put_token("s:", tok);
	else
		fputs("null", stdout);
}

static enum imap4_token_type peek(const struct imap4_tokens *t)
{
	struct imap4_tokens copy = *t;
	struct imap4_token tok;

	return imap4_tokens_next(&copy, &tok);
}

static bool more(const struct imap4_tokens *t)
{
	enum imap4_token_type type = peek(t);

	return type != IMAP4_TOKEN_END && type != IMAP4_TOKEN_CLOSE &&
	       type != IMAP4_TOKEN_BAD;
}

static bool take(struct imap4_tokens *t, enum imap4_token_type type)
{
	struct imap4_token tok;

	return peek(t) == type && imap4_tokens_next(t, &tok) == type;
}

/* One value, a list with all that is in it. */
static void put_value(struct imap4_tokens *t)
{
	unsigned outside = t->depth;
	bool comma = false;
	struct imap4_token tok;

	do {
		if (!more(t)) {
			putchar(']');
			comma = true;
			if (!take(t, IMAP4_TOKEN_CLOSE))
				t->depth--;
			continue;
		}
		if (comma)
			putchar(',');
		comma = imap4_tokens_next(t, &tok) != IMAP4_TOKEN_OPEN;
		if (comma)
			put_leaf(&tok);
		else
			putchar('[');
	} while (t->depth > outside);
}

static void skip_value(struct imap4_tokens *t)
{
	unsigned outside = t->depth;
	struct imap4_token tok;

	while (imap4_tokens_next(t, &tok) < IMAP4_TOKEN_BAD &&
	       tok.type != IMAP4_TOKEN_END && t->depth > outside)
		;
}

static void put_rest(struct imap4_tokens *t)
{
	putchar('[');
	for (bool first = true; more(t); first = false) {
		if (!first)
			putchar(',');
		put_value(t);
	}
	putchar(']');
}

static void put_all(struct imap4_str text)
{
	struct imap4_tokens t;

	imap4_tokens_init(&t, text);
	put_rest(&t);
}

/* One word without a prefix. */
static void put_word(struct imap4_tokens *t)
{
	struct imap4_token tok;

	if (imap4_tokens_next(t, &tok) == IMAP4_TOKEN_NIL)
		fputs("null", stdout);
	else
		put_token("", &tok);
}

/* "(a b)" */
static void put_words(struct imap4_tokens *t)
{
	(void)take(t, IMAP4_TOKEN_OPEN);
	putchar('[');
	for (bool first = true; more(t); first = false) {
		if (!first)
			putchar(',');
		put_word(t);
	}
	putchar(']');
	(void)take(t, IMAP4_TOKEN_CLOSE);
}

/* The digits of a number that JSON takes as they are, or NULL. */
static const char *digits(struct imap4_str s, int *len)
{
	size_t sign = s.len > 0 && s.p[0] == '-';

	for (size_t i = sign; i < s.len; i++) {
		if (!isdigit((unsigned char)s.p[i]))
			return NULL;
	}
	if (s.len == sign)
		return NULL;
	while (!sign && s.len > 1 && s.p[0] == '0') {
		s.p++;
		s.len--;
	}
	*len = (int)s.len;
	return s.p;
}

/* "5" or "(5)" as a number; anything else as it is. */
static void put_number(struct imap4_tokens *t)
{
	struct imap4_tokens copy = *t;
	struct imap4_token tok;
	const char *p;
	int len;

	bool list = take(&copy, IMAP4_TOKEN_OPEN);
	if (imap4_tokens_next(&copy, &tok) != IMAP4_TOKEN_ATOM ||
	    !(p = digits(tok.s, &len)) ||
	    (list && !take(&copy, IMAP4_TOKEN_CLOSE))) {
		put_value(t);
		return;
	}
	printf("%.*s", len, p);
	*t = copy;
}

/* ---- responses ----------------------------------------------------------- */

static bool is(struct imap4_str s, const char *word)
{
	return s.len == strlen(word) && strncasecmp(s.p, word, s.len) == 0;
}

static void put_item_value(struct imap4_tokens *t, struct imap4_str name)
{
	if (is(name, "FLAGS"))
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
		/* Yandex leaves out the value of what it does not have. */
		if (imap4_tokens_item(&t, &name) != IMAP4_TOKEN_ATOM ||
		    !more(&t))
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
	while (imap4_tokens_next(t, &name) != IMAP4_TOKEN_CLOSE) {
		/* Courier leaves out a value that it does not know. */
		if (!more(t))
			continue;
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
	struct imap4_tokens t;

	imap4_tokens_init(&t, args);
	fputs(",\"search\":{\"ids\":[", stdout);
	for (bool first = true; peek(&t) == IMAP4_TOKEN_ATOM; first = false) {
		if (!first)
			putchar(',');
		put_number(&t);
	}
	putchar(']');
	if (take(&t, IMAP4_TOKEN_OPEN)) {
		skip_value(&t);
		put_key("modseq");
		put_number(&t);
	}
	putchar('}');
}

/* An IMAP4_EV_BAD whose values are not what its name promises, a set that is
 * none, say, can still be shown as tokens, where that is its form. */
static bool readable(const struct imap4_response *r)
{
	static const char *const formed[] = {
	    "EXISTS", "EXPUNGE", "FETCH",  "LIST",     "LSUB", "RECENT",
	    "SEARCH", "SORT",    "STATUS", "UIDFETCH", "XLIST"};
	struct imap4_tokens t;
	struct imap4_token tok;

	for (size_t i = 0; i < sizeof(formed) / sizeof(formed[0]); i++) {
		if (is(r->name, formed[i]))
			return false;
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
	if (r->ev->type == IMAP4_EV_FETCH || is(r->name, "UIDFETCH")) {
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
	if (r->ev->type == IMAP4_EV_BAD && !readable(r)) {
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
