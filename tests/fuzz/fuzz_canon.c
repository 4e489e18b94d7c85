/* SPDX-License-Identifier: MIT */
/* What is the same message: the same in one piece, in single bytes and with
 * CRLF for every LF; never longer than what came, but for its two line ends.
 */
#include "daemon/core/content/canon.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct out {
	char *text;
	size_t n, cap;
	size_t header;
};

static void take(void *ctx, enum canon_part part, const char *p, size_t n)
{
	struct out *o = ctx;

	if (n > o->cap - o->n)
		abort();
	memcpy(o->text + o->n, p, n);
	o->n += n;
	if (part == CANON_HEADER)
		o->header = o->n;
}

/* In pieces of `step` bytes, each LF with a CR before it where wire is set. */
static struct out run(const uint8_t *data, size_t size, size_t step, bool wire)
{
	struct out o = {.cap = size + 2, .text = malloc(size + 2)};
	struct canon c;

	if (!o.text)
		abort();
	canon_begin(&c, CANON_HEADER, take, &o);
	for (size_t i = 0; i < size;) {
		size_t n = step < size - i ? step : size - i;
		if (wire && data[i] == '\n')
			canon_add(&c, "\r", 1);
		canon_add(&c, (const char *)data + i, n);
		i += n;
	}
	canon_end(&c);
	return o;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct out whole = run(data, size, size, false);
	struct out other[] = {run(data, size, 1, false),
			      run(data, size, 1, true),
			      run(data, size, 7, false)};

	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++) {
		if (other[i].n != whole.n || other[i].header != whole.header ||
		    memcmp(other[i].text, whole.text, whole.n) != 0)
			abort();
		free(other[i].text);
	}
	free(whole.text);
	return 0;
}
