/* SPDX-License-Identifier: MIT */
/* Parameters that came in pieces or encoded (RFC 2231 3, 4): "name*0",
 * "name*1*", "name*", with charset'language' in front of the first encoded one.
 */
#include <imap4/mime.h>

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/mime/words.h"
#include "lib/util/num.h"

/* Nobody's file name has more. */
#define MAX_PIECES 100

struct pieces {
	const struct imap4_param *plain; /* "name" */
	const struct imap4_param *whole; /* "name*" */
	const struct imap4_param *piece[MAX_PIECES];
	bool encoded[MAX_PIECES];
};

/* What stands behind "name" in a parameter's name, "" for it alone. */
static void sort_in(struct pieces *all, const struct imap4_param *p,
		    struct imap4_str rest)
{
	uint32_t n;
	bool encoded = rest.len > 0 && rest.p[rest.len - 1] == '*';

	if (rest.len == 0) {
		all->plain = all->plain ? all->plain : p;
		return;
	}
	if (rest.len == 1 && encoded) {
		all->whole = all->whole ? all->whole : p;
		return;
	}
	if (rest.p[0] != '*' ||
	    num_parse_u32(rest.p + 1, rest.len - 1 - encoded, &n) < 0 ||
	    n >= MAX_PIECES || all->piece[n])
		return;
	all->piece[n] = p;
	all->encoded[n] = encoded;
}

static void collect(struct pieces *all, const struct imap4_param *list,
		    const char *name)
{
	size_t len = strlen(name);

	for (; list; list = list->next) {
		struct imap4_str s = list->name;
		if (s.p && s.len >= len && strncasecmp(s.p, name, len) == 0)
			sort_in(all, list,
				(struct imap4_str){s.p + len, s.len - len});
	}
}

/* "charset'language'" in front, or -1 and nothing taken. */
static int take_charset(struct imap4_str *s)
{
	const char *a = s->len ? memchr(s->p, '\'', s->len) : NULL;
	const char *b =
	    a ? memchr(a + 1, '\'', s->len - (size_t)(a + 1 - s->p)) : NULL;

	if (!b)
		return -1;
	int charset =
	    charset_find((struct imap4_str){s->p, (size_t)(a - s->p)});
	s->len -= (size_t)(b + 1 - s->p);
	s->p = b + 1;
	return charset;
}

/* To bytes, with its "%41" decoded where it is encoded. */
static size_t add_bytes(char *to, struct imap4_str s, bool encoded)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++) {
		int high = -1, low = -1;
		if (encoded && s.p[i] == '%' && s.len - i > 2) {
			high = words_hex(s.p[i + 1]);
			low = words_hex(s.p[i + 2]);
		}
		if (high >= 0 && low >= 0) {
			to[n++] = (char)(high << 4 | low);
			i += 2;
		} else {
			to[n++] = s.p[i];
		}
	}
	return n;
}

static void put(const char *bytes, size_t n, int charset, struct mime_out *out)
{
	struct charsets *c = charset >= 0 ? charsets_new() : NULL;

	if (c)
		charset_convert(c, charset, bytes, n, out);
	else
		mime_put_utf8(out, bytes, n);
	charsets_free(c);
}

/* All of a value are bytes of one text: a character may be cut between two
 * pieces. */
static void decode(const struct pieces *all, struct mime_out *out)
{
	size_t size = 1, n = 0;
	int charset = -1;

	for (size_t i = 0; i < MAX_PIECES && all->piece[i]; i++)
		size += all->piece[i]->value.len;
	char *bytes = malloc(size);
	for (size_t i = 0; bytes && i < MAX_PIECES && all->piece[i]; i++) {
		struct imap4_str s = all->piece[i]->value;
		if (i == 0 && all->encoded[0])
			charset = take_charset(&s);
		n += add_bytes(bytes + n, s, all->encoded[i]);
	}
	put(bytes ? bytes : "", n, charset, out);
	free(bytes);
}

long imap4_param_decode(const struct imap4_param *list, const char *name,
			char *out, size_t cap)
{
	struct mime_out to = mime_out_make(out, cap);
	struct pieces all = {.plain = NULL};

	collect(&all, list, name);
	/* RFC 6266 4.3, as mail programs do: the encoded form is the better. */
	if (all.whole) {
		all.piece[0] = all.whole;
		all.encoded[0] = true;
		all.piece[1] = NULL;
	}
	if (all.piece[0])
		decode(&all, &to);
	else if (all.plain)
		words_decode(all.plain->value, &to);
	else
		return -1;
	size_t n = mime_out_end(&to);
	return n < LONG_MAX ? (long)n : LONG_MAX;
}
