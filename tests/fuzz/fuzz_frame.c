/* SPDX-License-Identifier: MIT */
/* Oracle: the framer gives the same events for the same bytes in whatever
 * pieces they come. The first byte of the input says how to cut the rest. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/wire/frame.h"

#define MAX_RESPONSE 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void note(struct buf *log, int event, const struct frame *f)
{
	assert(buf_addf(log, "<%d>", event) == 0);
	if (event == FRAME_RESPONSE)
		assert(buf_add(log, f->line.data, f->line.len) == 0);
	if (event == FRAME_BODY_BEGIN)
		assert(buf_addf(log, "%u %u", f->section.seq, f->section.uid) ==
		       0);
	assert(f->line.len <= MAX_RESPONSE + 2);
}

/* False: the framer is dead. */
static int feed(struct frame *f, struct buf *log, const uint8_t *p, size_t len)
{
	char *piece = malloc(len ? len : 1);
	size_t at = 0;
	int event = 0;

	assert(piece);
	memcpy(piece, p, len);
	do {
		size_t used;
		event = frame_feed(f, piece + at, len - at, &used);
		assert(used <= len - at);
		if (event == FRAME_BODY_DATA)
			assert(buf_add(log, piece + at, used) == 0);
		else if (event != FRAME_MORE)
			note(log, event, f);
		at += used;
	} while (event > FRAME_MORE);
	assert(event < 0 || at == len);
	free(piece);
	return event == FRAME_MORE;
}

static void run(struct buf *log, const uint8_t *p, size_t len, size_t step)
{
	struct frame f;
	int alive = 1;

	buf_init(log, 1U << 26);
	frame_init(&f, MAX_RESPONSE, 1U << 20);
	while (len > 0 && alive) {
		size_t n = step > 0 && step < len ? step : len;
		alive = feed(&f, log, p, n);
		p += n;
		len -= n;
	}
	frame_release(&f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf whole, cut;

	if (size < 2)
		return 0;
	run(&whole, data + 1, size - 1, 0);
	run(&cut, data + 1, size - 1, data[0] % 16 + 1U);
	assert(whole.len == cut.len);
	assert(whole.len == 0 || memcmp(whole.data, cut.data, cut.len) == 0);
	buf_release(&whole);
	buf_release(&cut);
	return 0;
}
