/* SPDX-License-Identifier: MIT */
/* What the server offers and what was enabled. Lists are kept as text; they
 * are short and asked seldom. */
#include "lib/engine/engine_priv.h"

#include <string.h>

#include <imap4/codec.h>

#include "lib/util/ascii.h"
#include "lib/util/num.h"
#include "lib/util/utf8.h"

/* Bytes; there are not so many extensions. */
#define MAX_ENABLED 1024
#define MAX_NAME    64

static bool contains(const struct buf *list, const char *word)
{
	const char *p = list->data ? list->data : "";
	const char *end = p + list->len;

	while (p < end) {
		const char *blank = memchr(p, ' ', (size_t)(end - p));
		const char *stop = blank ? blank : end;
		if (ascii_is(p, (size_t)(stop - p), word))
			return true;
		p = stop + (blank != NULL);
	}
	return false;
}

static bool is_word(struct imap4_str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (ascii_ctl(s.p[i]) || s.p[i] == ' ')
			return false;
	}
	return s.len > 0;
}

/* Adds words that can be told apart; others are no capabilities. */
static int append(struct buf *list, const struct imap4_str *words, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!is_word(words[i]))
			continue;
		if ((list->len > 0 && buf_addc(list, ' ') < 0) ||
		    buf_add(list, words[i].p, words[i].len) < 0)
			return IMAP4_ENOMEM;
	}
	return 0;
}

int caps_set(struct imap4_engine *e, const struct imap4_str *words, size_t n)
{
	const struct command *c = e->head;

	buf_reset(&e->caps.list);
	if (append(&e->caps.list, words, n) < 0)
		return engine_fail(e, IMAP4_ENOMEM, "out of memory");
	e->caps.known = true;
	/* One that answers an older CAPABILITY is from before the login. */
	if (c && c->started &&
	    (c->spec->kind == CMD_LOGIN || c->spec->kind == CMD_AUTHENTICATE))
		e->caps.fresh = true;
	return 0;
}

/* RFC 6855 3: UTF8=ONLY offers UTF8=ACCEPT; RFC 7162 3.2.3: QRESYNC offers
 * CONDSTORE. */
static bool is_offered(const struct imap4_engine *e, const char *name)
{
	return !e->caps.known || imap4_engine_has(e, name) ||
	       (ascii_same(name, "UTF8=ACCEPT") &&
		imap4_engine_has(e, "UTF8=ONLY")) ||
	       (ascii_same(name, "CONDSTORE") &&
		imap4_engine_has(e, "QRESYNC"));
}

int caps_ask(struct imap4_engine *e, const char *words, size_t len)
{
	struct buf *asked = &e->caps.asked;
	size_t before = asked->len;

	for (size_t i = 0, n; i < len; i += n + 1) {
		const char *blank = memchr(words + i, ' ', len - i);
		char name[MAX_NAME];
		n = blank ? (size_t)(blank - words) - i : len - i;
		if (n >= sizeof(name))
			return IMAP4_ESTATE;
		memcpy(name, words + i, n);
		name[n] = '\0';
		if (n > 0 && !is_offered(e, name))
			return IMAP4_ESTATE;
	}
	if (buf_addc(asked, ' ') == 0 && buf_add(asked, words, len) == 0)
		return 0;
	buf_truncate(asked, before);
	return IMAP4_ENOMEM;
}

int caps_add_enabled(struct imap4_engine *e, const struct imap4_str *words,
		     size_t n)
{
	struct buf *list = &e->caps.enabled;

	for (size_t i = 0; i < n; i++) {
		char name[MAX_NAME];
		/* Each is looked for among the others. */
		if (words[i].len >= sizeof(name) || list->len > MAX_ENABLED)
			continue;
		memcpy(name, words[i].p, words[i].len);
		name[words[i].len] = '\0';
		/* Mailbox names, and what a VANISHED means, depend on it: what
		 * nobody asked for is not so. A server that repeats itself must
		 * not make the list grow. */
		if (!contains(&e->caps.asked, name) || contains(list, name))
			continue;
		if (ascii_same(name, "UTF8=ACCEPT") ||
		    ascii_same(name, "IMAP4rev2"))
			e->caps.utf8 = true;
		if (append(list, &words[i], 1) < 0)
			return engine_fail(e, IMAP4_ENOMEM, "out of memory");
	}
	return 0;
}

void caps_forget(struct imap4_engine *e)
{
	buf_release(&e->caps.list);
	e->caps.known = false;
	e->caps.fresh = false;
}

bool imap4_engine_has(const struct imap4_engine *e, const char *capability)
{
	return contains(&e->caps.list, capability) &&
	       !contains(&e->caps.disabled, capability);
}

bool imap4_engine_limit(const struct imap4_engine *e, const char *capability,
			uint64_t *value)
{
	const char *p = imap4_engine_capabilities(e);
	size_t len = strlen(capability);

	while (*p) {
		size_t n = strcspn(p, " ");
		if (n > len && p[len] == '=' && ascii_is(p, len, capability))
			return num_parse(p + len + 1, n - len - 1, INT64_MAX,
					 value) == 0;
		p += n + strspn(p + n, " ");
	}
	return false;
}

long imap4_engine_wire_name(const struct imap4_engine *e, const char *utf8,
			    size_t len, char *out, size_t cap)
{
	if (!e->caps.utf8)
		return imap4_mutf7_encode(utf8, len, out, cap);
	if (!utf8_valid(utf8, len) || memchr(utf8, '\0', len))
		return IMAP4_EINVAL;
	if (out && len >= cap)
		return IMAP4_ELIMIT;
	if (out) {
		memcpy(out, utf8, len);
		out[len] = '\0';
	}
	return (long)len;
}

bool imap4_engine_has_capabilities(const struct imap4_engine *e)
{
	return e->caps.known;
}

const char *imap4_engine_capabilities(const struct imap4_engine *e)
{
	return e->caps.list.data ? e->caps.list.data : "";
}

int imap4_engine_disable(struct imap4_engine *e, const char *capability)
{
	struct imap4_str word = {capability, strlen(capability)};

	if (!is_word(word))
		return IMAP4_EINVAL;
	return append(&e->caps.disabled, &word, 1);
}

bool imap4_engine_enabled(const struct imap4_engine *e, const char *capability)
{
	return contains(&e->caps.enabled, capability);
}
