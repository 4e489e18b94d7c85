/* SPDX-License-Identifier: MIT */
#include "daemon/setup/form.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/base/xalloc.h"
#include "lib/util/ascii.h"

void form_add(struct buf *out, const char *name, const char *value)
{
	int rc = 0;

	if (!value)
		return;
	if (out->len > 0 && out->data[out->len - 1] != '?')
		rc |= buf_addc(out, '&');
	rc |= buf_addf(out, "%s=", name);
	for (const char *p = value; *p; p++) {
		if (ascii_alpha(*p) || ascii_digit(*p) || strchr("-._~", *p))
			rc |= buf_addc(out, *p);
		else
			rc |= buf_addf(out, "%%%02X", (unsigned char)*p);
	}
	if (rc < 0)
		abort();
}

static int hex(char c)
{
	if (ascii_digit(c))
		return c - '0';
	c = ascii_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Allocated; NULL: it is not what it should be. */
static char *decode(const char *p, size_t len)
{
	char *out = xmalloc(len + 1);
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		char c = p[i] == '+' ? ' ' : p[i];
		if (c == '%') {
			int high = i + 2 < len ? hex(p[i + 1]) : -1;
			int low = high >= 0 ? hex(p[i + 2]) : -1;
			if (low < 0) {
				free(out);
				return NULL;
			}
			c = (char)(high * 16 + low);
			i += 2;
		}
		if (ascii_ctl(c)) {
			free(out);
			return NULL;
		}
		out[n++] = c;
	}
	out[n] = '\0';
	return out;
}

char *form_find(const char *query, size_t len, const char *name)
{
	const char *end = query + len, *value = NULL;
	size_t value_len = 0;

	for (const char *p = query; p < end;) {
		const char *amp = memchr(p, '&', (size_t)(end - p));
		const char *to = amp ? amp : end;
		const char *eq = memchr(p, '=', (size_t)(to - p));
		if (eq && (size_t)(eq - p) == strlen(name) &&
		    memcmp(p, name, strlen(name)) == 0) {
			if (value)
				return NULL;
			value = eq + 1;
			value_len = (size_t)(to - value);
		}
		p = to + 1;
	}
	return value ? decode(value, value_len) : NULL;
}
