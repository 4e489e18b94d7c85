/* SPDX-License-Identifier: MIT */
/* Finds, reads and walks the files of test vectors. Knows their outer format
 * only; what is expected of a case is its test's business.
 */
#include "tests/support/vectors.h"

#include <errno.h>
#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util/ascii.h"
#include "lib/util/buf.h"
#include "lib/util/num.h"
#include "lib/util/utf8.h"
#include "tests/support/t.h"

#define MAX_FILE (64U << 20)

struct walk {
	const char *kind;
	void (*fn)(const struct vector *v, void *ctx);
	void *ctx;
	int count;
};

const char *vectors_text(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

int vectors_number(const json_t *value, uint64_t *out)
{
	if (json_is_integer(value) && json_integer_value(value) >= 0) {
		*out = (uint64_t)json_integer_value(value);
		return 0;
	}
	const char *s = json_string_value(value);
	return s ? num_parse(s, strlen(s), UINT64_MAX, out) : -1;
}

unsigned char *vectors_bytes(const json_t *string, size_t *len)
{
	const char *s = json_string_value(string);
	if (!s)
		return NULL;
	size_t n = json_string_length(string);
	unsigned char *out = malloc(n + 1);
	if (!out)
		return NULL;
	size_t used = 0;
	for (size_t pos = 0; pos < n;) {
		size_t start = pos;
		uint32_t cp;
		if (utf8_next(s, n, &pos, &cp) < 0) {
			free(out);
			return NULL;
		}
		if (cp <= 0xff) {
			out[used++] = (unsigned char)cp;
			continue;
		}
		/* A few cases hold real text where bytes belong: its UTF-8. */
		memcpy(out + used, s + start, pos - start);
		used += pos - start;
	}
	out[used] = '\0';
	*len = used;
	return out;
}

static void walk_case(struct walk *w, json_t *c)
{
	const char *kind = vectors_text(c, "kind");
	if (!kind || strcmp(kind, w->kind) != 0)
		return;
	struct vector v = {
	    .id = vectors_text(c, "id"),
	    .source = vectors_text(c, "source"),
	    .name = vectors_text(c, "name"),
	    .expected = json_object_get(c, "expected"),
	    .whole = c,
	};
	unsigned char *raw = vectors_bytes(json_object_get(c, "raw"), &v.len);
	if (!v.id || !v.source || !v.name || !raw)
		fail_msg("a case without id, source, name or raw");
	v.raw = raw;
	w->fn(&v, w->ctx);
	w->count++;
	free(raw);
}

/* Puts quotes around integers that a json_t cannot hold: servers send, and so
 * the cases hold, numbers of 64 bits and absurd ones. */
static void quote_big_numbers(const char *s, size_t len, struct buf *out)
{
	bool in_string = false;
	int rc = 0;

	for (size_t i = 0; i < len && rc == 0;) {
		size_t end = i + 1;
		uint64_t n;
		if (in_string && s[i] == '\\' && end < len)
			end++;
		else if (s[i] == '"')
			in_string = !in_string;
		while (!in_string && ascii_digit(s[i]) && end < len &&
		       ascii_digit(s[end]))
			end++;
		bool big = end - i > 18 && !in_string &&
			   num_parse(s + i, end - i, INT64_MAX, &n) < 0;
		rc = big ? buf_addf(out, "\"%.*s\"", (int)(end - i), s + i)
			 : buf_add(out, s + i, end - i);
		i = end;
	}
	if (rc < 0)
		fail_msg("a file of vectors is too large");
}

static void read_file(const char *path, struct buf *out)
{
	char block[16384];
	FILE *f = fopen(path, "re");
	if (!f)
		fail_msg("cannot open %s: %s", path, strerror(errno));
	for (size_t n; (n = fread(block, 1, sizeof(block), f)) > 0;) {
		if (buf_add(out, block, n) < 0)
			fail_msg("%s is too large", path);
	}
	if (ferror(f))
		fail_msg("cannot read %s", path);
	(void)fclose(f);
}

static json_t *load_file(const char *path)
{
	struct buf text, quoted;
	json_error_t error;

	buf_init(&text, MAX_FILE);
	buf_init(&quoted, MAX_FILE);
	read_file(path, &text);
	quote_big_numbers(text.data, text.len, &quoted);
	json_t *root =
	    json_loadb(quoted.data, quoted.len, JSON_ALLOW_NUL, &error);
	if (!root)
		fail_msg("%s:%d: %s", path, error.line, error.text);
	buf_release(&text);
	buf_release(&quoted);
	return root;
}

static void walk_file(struct walk *w, const char *path)
{
	json_t *root = load_file(path);
	json_t *cases = json_object_get(root, "cases");
	if (!json_is_array(cases))
		fail_msg("%s: no cases", path);
	for (size_t i = 0; i < json_array_size(cases); i++)
		walk_case(w, json_array_get(cases, i));
	json_decref(root);
}

int vectors_each(const char *kind,
		 void (*fn)(const struct vector *v, void *ctx), void *ctx)
{
	struct walk w = {.kind = kind, .fn = fn, .ctx = ctx};
	const char *dir = getenv("IMAP4_VECTORS");
	char pattern[4096];
	glob_t found;

	int n = snprintf(pattern, sizeof(pattern), "%s/*/cases.json",
			 dir ? dir : "../shared/vectors");
	if (n < 0 || (size_t)n >= sizeof(pattern))
		fail_msg("the path of the vectors is too long");
	int rc = glob(pattern, 0, NULL, &found);
	if (rc == GLOB_NOMATCH) {
		printf("no vectors in %s: %s skipped\n", pattern, kind);
		return 0;
	}
	if (rc != 0)
		fail_msg("cannot list %s", pattern);
	for (size_t i = 0; i < found.gl_pathc; i++)
		walk_file(&w, found.gl_pathv[i]);
	globfree(&found);
	return w.count;
}
