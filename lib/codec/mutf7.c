/* SPDX-License-Identifier: MIT */
/* Modified UTF-7 (RFC 3501 5.1.3), both ways, for names of mailboxes.
 * Only the one canonical spelling of a name is accepted: two spellings of one
 * name on the server would be one folder on disk.
 */
#include "lib/codec/mutf7.h"

#include <imap4/codec.h>

#include <limits.h>

#include "lib/util/utf8.h"

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

/* Counts all that is put, keeps what fits. */
struct sink {
	char *out; /* may be NULL */
	size_t cap;
	size_t len;
};

static void put(struct sink *to, char c)
{
	if (to->out && to->len < to->cap)
		to->out[to->len] = c;
	to->len++;
}

static long finish(struct sink *to)
{
	if (to->len > LONG_MAX || (to->out && to->len >= to->cap))
		return IMAP4_ELIMIT;
	if (to->out)
		to->out[to->len] = '\0';
	return (long)to->len;
}

/* RFC 3501 5.1.3: these stand for themselves, but for "&". */
static bool is_direct(uint32_t cp)
{
	return cp >= 0x20 && cp <= 0x7e;
}

/* The state inside "&...-": bits that are not a whole digit or unit yet. */
struct shift {
	bool on;
	uint32_t bits;
	unsigned nbits;
	uint32_t high; /* decoder: a surrogate that waits for its other half */
};

static void encode_unit(struct sink *to, struct shift *s, uint32_t unit)
{
	s->bits = s->bits << 16 | unit;
	s->nbits += 16;
	while (s->nbits >= 6) {
		s->nbits -= 6;
		put(to, alphabet[s->bits >> s->nbits & 0x3f]);
	}
	s->bits &= 0x3f;
}

static void encode_shifted(struct sink *to, struct shift *s, uint32_t cp)
{
	if (!s->on) {
		*s = (struct shift){.on = true};
		put(to, '&');
	}
	if (cp < 0x10000) {
		encode_unit(to, s, cp);
		return;
	}
	cp -= 0x10000;
	encode_unit(to, s, 0xd800 | cp >> 10);
	encode_unit(to, s, 0xdc00 | (cp & 0x3ff));
}

static void encode_unshift(struct sink *to, struct shift *s)
{
	if (!s->on)
		return;
	if (s->nbits > 0)
		put(to, alphabet[s->bits << (6 - s->nbits) & 0x3f]);
	put(to, '-');
	s->on = false;
}

long imap4_mutf7_encode(const char *utf8, size_t len, char *out, size_t cap)
{
	struct sink to = {.out = out, .cap = cap};
	struct shift s = {.on = false};
	uint32_t cp;

	if (len > LONG_MAX / 4)
		return IMAP4_ELIMIT;
	for (size_t pos = 0; pos < len;) {
		if (utf8_next(utf8, len, &pos, &cp) < 0 || cp == 0)
			return IMAP4_EINVAL;
		if (!is_direct(cp)) {
			encode_shifted(&to, &s, cp);
			continue;
		}
		encode_unshift(&to, &s);
		put(&to, (char)cp);
		if (cp == '&')
			put(&to, '-');
	}
	encode_unshift(&to, &s);
	return finish(&to);
}

static int digit_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+')
		return 62;
	return c == ',' ? 63 : -1;
}

static int decode_unit(struct sink *to, struct shift *s, uint32_t unit,
		       bool lax)
{
	char utf8[UTF8_MAX];
	bool low = unit >= 0xdc00 && unit <= 0xdfff;

	/* A low half comes behind a high one, and nothing else does. */
	if (low != (s->high != 0))
		return -1;
	if (unit >= 0xd800 && unit <= 0xdbff) {
		s->high = unit;
		return 0;
	}
	if (low)
		unit = 0x10000 + ((s->high & 0x3ff) << 10 | (unit & 0x3ff));
	s->high = 0;
	/* "&" is to be "&-", and what is direct is not to be shifted. */
	if (unit == 0 || (is_direct(unit) && !(lax && unit == '&')))
		return -1;
	size_t n = utf8_put(unit, utf8);
	for (size_t i = 0; i < n; i++)
		put(to, utf8[i]);
	return 0;
}

/* Decodes from behind the "&", which is not "&-", up to and with the "-". */
static int decode_shifted(struct sink *to, const char *in, size_t len,
			  size_t *pos, bool lax)
{
	struct shift s = {.on = true};
	size_t i = *pos;

	for (; i < len && in[i] != '-'; i++) {
		int value = digit_value(in[i]);
		if (value < 0)
			return -1;
		s.bits = s.bits << 6 | (uint32_t)value;
		s.nbits += 6;
		if (s.nbits < 16)
			continue;
		s.nbits -= 16;
		if (decode_unit(to, &s, s.bits >> s.nbits & 0xffff, lax) < 0)
			return -1;
		s.bits &= (1U << s.nbits) - 1;
	}
	/* What is left pads the last digit: fewer bits than one, all zero. */
	if (i == len || s.high != 0 || s.nbits >= 6 || s.bits != 0)
		return -1;
	*pos = i + 1;
	return 0;
}

static long decode(const char *mutf7, size_t len, char *out, size_t cap,
		   bool lax)
{
	struct sink to = {.out = out, .cap = cap};
	bool after_shift = false;

	for (size_t pos = 0; pos < len;) {
		char c = mutf7[pos++];
		if (!is_direct((unsigned char)c))
			return IMAP4_EINVAL;
		if (c == '&' && (pos == len || mutf7[pos] != '-')) {
			/* RFC 3501 5.1.3: no superfluous shifts, "-&". */
			if (after_shift ||
			    decode_shifted(&to, mutf7, len, &pos, lax) < 0)
				return IMAP4_EINVAL;
			after_shift = true;
			continue;
		}
		put(&to, c);
		if (c == '&')
			pos++;
		after_shift = false;
	}
	return finish(&to);
}

long imap4_mutf7_decode(const char *mutf7, size_t len, char *out, size_t cap)
{
	return decode(mutf7, len, out, cap, false);
}

long mutf7_decode_lax(const char *mutf7, size_t len, char *out, size_t cap)
{
	return decode(mutf7, len, out, cap, true);
}
