/* SPDX-License-Identifier: MIT */
/* Strings as they are sent: the form is legal by RFC 9051's own grammar, the
 * lexer reads back the same bytes, and no byte gets out of its argument. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/codec/quote.h"
#include "lib/wire/encode.h"
#include "lib/wire/lex.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_quoted(const char *s, size_t len)
{
	struct buf out;

	buf_init(&out, SIZE_MAX / 2);
	assert(quote_add_quoted(&out, s, len) == 0);
	assert(out.len >= len + 2 && out.data[0] == '"' &&
	       out.data[out.len - 1] == '"');
	char *again = malloc(out.len);
	assert(again);
	assert(lex_unescape(out.data + 1, out.len - 2, again) == len);
	assert(memcmp(again, s, len) == 0);
	free(again);
	buf_release(&out);
}

/* One command "x ARGUMENT", read by the lexer; the framer's part, cutting at
 * literals, is done here. */
static void check_command(struct imap4_str s, enum encode_literals literals,
			  bool utf8)
{
	struct encode enc;
	struct arena arena;
	struct lex lex;
	struct imap4_str again;

	encode_init(&enc, literals, utf8);
	encode_text(&enc, "x ");
	encode_astring(&enc, s);
	if (memchr(s.p, '\0', s.len)) {
		assert(encode_end(&enc) == IMAP4_EINVAL);
		encode_release(&enc);
		return;
	}
	assert(encode_end(&enc) == 0);
	assert(enc.bytes.len > 4);
	arena_init(&arena, 1U << 20);
	lex_init(&lex,
		 (struct imap4_str){enc.bytes.data + 2, enc.bytes.len - 4}, 0,
		 &arena);
	assert(lex_astring(&lex, &again) && lex_at_end(&lex));
	assert(again.len == s.len && memcmp(again.p, s.p, s.len) == 0);
	/* A literal that must be asked for is one that waits. */
	bool literal = enc.bytes.data[2] == '{';
	bool waits = false;
	for (size_t i = 0; i < enc.n; i++)
		waits |= enc.seg[i].waits;
	assert(!waits || literal);
	assert(!literal || literals != ENCODE_SYNC || waits);
	arena_release(&arena);
	encode_release(&enc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct imap4_str s = {(const char *)data, size};

	if (size == 0)
		return 0;
	for (int utf8 = 0; utf8 < 2; utf8++) {
		if (quote_form(s.p, s.len, utf8) != QUOTE_LITERAL)
			check_quoted(s.p, s.len);
		for (int i = ENCODE_SYNC; i <= ENCODE_NONSYNC; i++)
			check_command(s, (enum encode_literals)i, utf8);
	}
	return 0;
}
