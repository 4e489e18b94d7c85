/* SPDX-License-Identifier: MIT */
/* COPYUID and what else stands in brackets: as many pairs as the sets have
 * numbers, each in its set, and none where the sets differ. Input: arguments.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <imap4/codec.h>

#include "lib/util/buf.h"
#include "lib/wire/resp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct pairs {
	const struct imap4_respcode *code;
	uint64_t n;
};

static int pair(void *ctx, uint32_t src, uint32_t dst)
{
	struct pairs *p = ctx;

	assert(imap4_set_contains(&p->code->src, src));
	assert(imap4_set_contains(&p->code->dst, dst));
	p->n++;
	return p->n > 1000;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char head[] = "* OK [COPYUID ";
	struct buf text;
	struct resp r;

	buf_init(&text, SIZE_MAX / 2);
	assert(buf_adds(&text, head) == 0);
	assert(buf_add(&text, data, size) == 0);
	resp_init(&r, 8, 1U << 20);
	if (resp_parse(&r, text.data, text.len) == 0 &&
	    r.ev.code.code == IMAP4_CODE_COPYUID) {
		struct pairs p = {.code = &r.ev.code};
		int rc = imap4_copyuid_pairs(p.code, pair, &p);
		assert(rc == 0 || rc == 1 || rc == IMAP4_EINVAL ||
		       rc == IMAP4_ELIMIT);
		assert(rc >= 0 || p.n == 0);
		/* A set has each number once, the wire may repeat it. */
		if (rc == 0)
			assert(p.n >= imap4_set_count(&p.code->src) &&
			       p.n >= imap4_set_count(&p.code->dst));
	}
	resp_release(&r);
	buf_release(&text);
	return 0;
}
