/* SPDX-License-Identifier: MIT */
/* Tables of response lines and the events that they become. */
#ifndef TESTS_LIB_ENGINE_LINE_H
#define TESTS_LIB_ENGINE_LINE_H

#include "tests/lib/engine/peer.h"

struct line {
	const char *text; /* without the last CRLF */
	const char *log;
};

/* Each line alone, and again in one-byte pieces; then one that is well formed:
 * whatever came before, the connection is in step. */
static inline void lines_check(const struct line *lines, size_t n)
{
	for (size_t i = 0; i < 2 * n; i++) {
		struct peer p;
		peer_init(&p, NULL);
		p.piece = i % 2;
		peer_server(&p, "* PREAUTH hi\r\n");
		buf_reset(&p.log);
		peer_server(&p, lines[i / 2].text);
		peer_server(&p, "\r\n* 7 EXISTS\r\n");
		assert_true(p.log.len > 9);
		assert_string_equal(p.log.data + p.log.len - 9, "EXISTS 7\n");
		buf_truncate(&p.log, p.log.len - 9);
		assert_string_equal(p.log.data, lines[i / 2].log);
		peer_release(&p);
	}
}

#endif
