/* SPDX-License-Identifier: MIT */
#include "lib/client/command.h"

#include <imap4/command.h>

#include <assert.h>
#include <string.h>

#include "lib/client/run.h"
#include "lib/client/words.h"
#include "lib/util/ascii.h"

/* Of one command. */
#define ARGS_MAX 4

struct verb {
	const char *name;
	/* One letter an argument:
	 *  m  mailbox name in UTF-8, NULL: INBOX
	 *  l  the same, a pattern: never an atom
	 *  s  string or atom, whatever it needs
	 *  q  string, NULL: NIL
	 *  n  set of numbers
	 *  r  protocol syntax
	 *  p  the same, to be in parentheses
	 *  f  what FETCH takes behind its set
	 *  c  "CHARSET" and its name, NULL: neither
	 * and parentheses, which are sent. */
	const char *args;
	/* The responses to return, NULL: the tagged text. Modern servers that
	 * were asked to may use other ones instead. */
	const char *data;
	const char *modern;
};

static const struct verb verbs[] = {
    {"CAPABILITY", "", "CAPABILITY", NULL},
    {"CHECK", "", NULL, NULL},
    {"CLOSE", "", NULL, NULL},
    {"COPY", "nm", NULL, NULL},
    {"CREATE", "m", NULL, NULL},
    {"DELETE", "m", NULL, NULL},
    {"DELETEACL", "ms", NULL, NULL},
    {"ENABLE", "r", "ENABLED", NULL},
    {"EXAMINE", "m", "EXISTS", NULL},
    {"EXPUNGE", "", "EXPUNGE", "VANISHED"},
    {"FETCH", "nf", "FETCH", "UIDFETCH"},
    {"GETACL", "m", "ACL", NULL},
    {"GETANNOTATION", "mqq", "ANNOTATION", NULL},
    {"GETMETADATA", "ms", "METADATA", NULL},
    {"GETQUOTA", "s", "QUOTA", NULL},
    {"GETQUOTAROOT", "m", "QUOTAROOT", NULL},
    {"LIST", "ll", "LIST", NULL},
    {"LISTRIGHTS", "ms", "LISTRIGHTS", NULL},
    {"LSUB", "ll", "LSUB", NULL},
    {"MOVE", "nm", NULL, NULL},
    {"MYRIGHTS", "m", "MYRIGHTS", NULL},
    {"NAMESPACE", "", "NAMESPACE", NULL},
    {"NOOP", "", NULL, NULL},
    {"PARTIAL", "nsnn", "FETCH", NULL},
    {"PROXYAUTH", "s", NULL, NULL},
    {"RENAME", "mm", NULL, NULL},
    {"SEARCH", "c", "SEARCH", "ESEARCH"},
    {"SELECT", "m", "EXISTS", NULL},
    {"SETACL", "mss", NULL, NULL},
    {"SETANNOTATION", "mqp", NULL, NULL},
    {"SETMETADATA", "m(sq)", NULL, NULL},
    {"SETQUOTA", "sp", "QUOTA", NULL},
    {"SORT", "ps", "SORT", "ESEARCH"},
    {"STATUS", "mp", "STATUS", NULL},
    {"STORE", "nsp", "FETCH", "UIDFETCH"},
    {"SUBSCRIBE", "m", NULL, NULL},
    {"THREAD", "ss", "THREAD", NULL},
    {"UID COPY", "nm", NULL, NULL},
    {"UID EXPUNGE", "n", "EXPUNGE", "VANISHED"},
    {"UID FETCH", "nf", "FETCH", "UIDFETCH"},
    {"UID MOVE", "nm", NULL, NULL},
    {"UID SEARCH", "", "SEARCH", "ESEARCH"},
    {"UID SORT", "", "SORT", "ESEARCH"},
    {"UID STORE", "nsp", "FETCH", "UIDFETCH"},
    {"UID THREAD", "", "THREAD", NULL},
    {"UNSELECT", "", NULL, NULL},
    {"UNSUBSCRIBE", "m", NULL, NULL},
};

static const struct verb *find(const char *name)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (ascii_same(name, verbs[i].name))
			return &verbs[i];
	}
	return NULL;
}

static struct imap4_str str(const char *s)
{
	return (struct imap4_str){s, s ? strlen(s) : 0};
}

int command_mailbox(const struct imap4_client *c, const char *name,
		    struct buf *out)
{
	size_t len = strlen(name);

	if (c->raw_names)
		return buf_add(out, name, len) < 0 ? IMAP4_ENOMEM : 0;
	if (len > (SIZE_MAX - 3) / 4 || buf_reserve(out, 4 * len + 3) < 0)
		return IMAP4_ENOMEM;
	long n = imap4_engine_wire_name(imap4_conn_engine(c->conn), name, len,
					out->data, out->cap);
	if (n < 0)
		return (int)n;
	out->len = (size_t)n;
	return 0;
}

static int add_mailbox(struct imap4_client *c, const char *name, bool pattern)
{
	struct imap4_engine *e = imap4_conn_engine(c->conn);
	struct buf wire;

	buf_init(&wire, SIZE_MAX / 2);
	int rc = command_mailbox(c, name ? name : "INBOX", &wire);
	const struct imap4_str s = {wire.data, wire.len};
	if (rc == 0 && pattern)
		imap4_engine_command_string(e, s);
	else if (rc == 0)
		imap4_engine_command_astring(e, s);
	buf_release(&wire);
	return rc;
}

static int add(struct imap4_client *c, char kind, const char *arg)
{
	struct imap4_engine *e = imap4_conn_engine(c->conn);

	switch (kind) {
	case 'm':
	case 'l':
		return add_mailbox(c, arg, kind == 'l');
	case 's':
		imap4_engine_command_astring(e, str(arg));
		break;
	case 'q':
		imap4_engine_command_string(e, str(arg));
		break;
	case 'n':
		imap4_engine_command_set(e, arg);
		break;
	case 'r':
		imap4_engine_command_syntax(e, arg);
		break;
	case 'p':
		words_add_list(e, arg);
		break;
	case 'f':
		words_add_items(e, arg);
		break;
	default: /* 'c' */
		if (!arg)
			break;
		imap4_engine_command_syntax(e, "CHARSET");
		imap4_engine_command_astring(e, str(arg));
		break;
	}
	return 0;
}

/* The arguments that the table names. */
static int add_all(struct imap4_client *c, const char *kinds,
		   const char *const *args)
{
	struct imap4_engine *e = imap4_conn_engine(c->conn);
	int rc = 0;

	for (; *kinds && rc == 0; kinds++) {
		if (*kinds == '(')
			imap4_engine_command_open(e);
		else if (*kinds == ')')
			imap4_engine_command_close(e);
		else
			rc = add(c, *kinds, *args++);
	}
	return rc;
}

static int end(struct imap4_client *c, int rc, const char *name,
	       const struct verb *verb)
{
	imap4_id id = 0;

	if (rc == 0)
		rc = imap4_engine_command_end(imap4_conn_engine(c->conn), &id);
	rc = client_end(c, rc, id, name, verb ? verb->data : NULL);
	if (rc == 0 && verb && verb->modern && c->data.n == 0 &&
	    items_take(&c->kept, verb->modern, &c->data) < 0)
		return client_fail(c, IMAP4_ENOMEM, "out of memory");
	return rc;
}

static int run(struct imap4_client *c, const char *name, va_list ap)
{
	const struct verb *verb = find(name);
	const char *args[ARGS_MAX] = {NULL};
	size_t n = 0;

	assert(verb);
	for (const char *kind = verb->args; *kind; kind++) {
		if (ascii_alpha(*kind))
			args[n++] = va_arg(ap, const char *);
	}
	imap4_engine_command_begin(imap4_conn_engine(c->conn), name);
	return end(c, add_all(c, verb->args, args), name, verb);
}

int command(struct imap4_client *c, const char *name, ...)
{
	va_list ap;
	int rc = client_begin(c);

	if (rc < 0)
		return rc;
	va_start(ap, name);
	rc = run(c, name, ap);
	va_end(ap);
	return rc;
}

int command_typed(struct imap4_client *c, command_taker *take, const void *ctx,
		  const char *name, ...)
{
	va_list ap;
	int rc = client_begin(c);

	if (rc < 0)
		return rc;
	c->on_typed = take;
	c->typed = ctx;
	va_start(ap, name);
	rc = run(c, name, ap);
	va_end(ap);
	return rc;
}

/* The first words may be of a kind of their own. Those of STORE are told apart
 * by what they say. */
static const char *kinds_of_words(const struct verb *verb,
				  const struct words *words)
{
	if (!verb)
		return "";
	return words->store ? "n" : verb->args;
}

int command_words(struct imap4_client *c, const char *name,
		  const char *const *first, va_list ap)
{
	const struct verb *verb = find(name);
	struct words words;
	const char *word;
	int rc = client_begin(c);

	if (rc < 0)
		return rc;
	struct imap4_engine *e = imap4_conn_engine(c->conn);
	imap4_engine_command_begin(e, name);
	words_init(&words, e, name);
	const char *kinds = first ? "" : kinds_of_words(verb, &words);
	if (first)
		rc = add_all(c, verb->args, first);
	while ((word = va_arg(ap, const char *)) != NULL) {
		if (*kinds && rc == 0)
			rc = add(c, *kinds++, word);
		else
			words_add(&words, word);
	}
	return end(c, rc, name, verb);
}

int command_pairs(struct imap4_client *c, const char *name,
		  const char *const *first, va_list ap)
{
	const struct verb *verb = find(name);
	const char *pair[2];
	int rc = client_begin(c);

	if (rc < 0)
		return rc;
	imap4_engine_command_begin(imap4_conn_engine(c->conn), name);
	rc = add_all(c, verb->args, first);
	while (rc == 0 && (pair[0] = va_arg(ap, const char *)) != NULL) {
		pair[1] = va_arg(ap, const char *);
		/* An entry without its values is the caller's mistake. */
		rc = pair[1]
			 ? add_all(c, verb->args + strlen(verb->args) - 2, pair)
			 : IMAP4_EINVAL;
	}
	return end(c, rc, name, verb);
}

int command_query(struct imap4_client *c, const char *name, const char *sort,
		  const struct imap4_query *query)
{
	int rc = client_begin(c);

	if (rc < 0)
		return rc;
	struct imap4_engine *e = imap4_conn_engine(c->conn);
	imap4_engine_command_begin(e, name);
	if (sort) {
		words_add_list(e, sort);
		imap4_engine_command_atom(e, "UTF-8");
	}
	return end(c, imap4_query_add(query, e, !sort), name, find(name));
}
