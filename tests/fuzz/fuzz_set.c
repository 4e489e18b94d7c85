/* SPDX-License-Identifier: MIT */
/* Number sets: what parses is sorted and disjoint, equals what adding range by
 * range gives, and comes back from its text in parts of any size.
 */
#include <imap4/codec.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_form(const struct imap4_set *set)
{
	uint64_t count = 0;

	for (size_t i = 0; i < set->n; i++) {
		struct imap4_range r = set->range[i];
		if (r.first == 0 || r.first > r.last ||
		    (i > 0 && r.first - 1 <= set->range[i - 1].last) ||
		    !imap4_set_contains(set, r.first) ||
		    !imap4_set_contains(set, r.last) ||
		    imap4_set_contains(set, r.first - 1))
			abort();
		count += (uint64_t)r.last - r.first + 1;
	}
	if (imap4_set_count(set) != count)
		abort();
}

static void check_same(const struct imap4_set *a, const struct imap4_set *b)
{
	if (a->n != b->n ||
	    memcmp(a->range, b->range, a->n * sizeof(*a->range)) != 0)
		abort();
}

/* Prints in parts of cap bytes, and adds what they say from the back. */
static void check_text(const struct imap4_set *set, size_t cap)
{
	struct imap4_set part = {0}, all = {0};
	char out[300];

	for (size_t from = 0; from < set->n;) {
		size_t before = from;
		size_t n = imap4_set_format(set, &from, out, cap);
		if (from == before || n >= cap || out[n] != '\0' ||
		    imap4_set_parse(out, n, from - before, &part) < 0)
			abort();
		for (size_t i = part.n; i-- > 0;) {
			struct imap4_range r = part.range[i];
			if (imap4_set_add(&all, r.last, r.first) < 0)
				abort();
		}
	}
	check_same(set, &all);
	imap4_set_release(&part);
	imap4_set_release(&all);
}

/* Adds the elements of a text that is known to be good, one at a time. */
static void add_each(const char *s, size_t len, struct imap4_set *to)
{
	struct imap4_set one = {0};
	const char *end = s + len;

	while (s < end) {
		const char *comma = memchr(s, ',', (size_t)(end - s));
		size_t n = comma ? (size_t)(comma - s) : (size_t)(end - s);
		if (imap4_set_parse(s, n, 1, &one) < 0 ||
		    imap4_set_add(to, one.range[0].first, one.range[0].last) <
			0)
			abort();
		s += n + 1;
	}
	imap4_set_release(&one);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct imap4_set set = {0}, added = {0};
	size_t max;

	if (size < 2)
		return 0;
	size_t cap = 22 + data[0];
	max = data[1];
	const char *s = (const char *)data + 2;
	if (imap4_set_parse(s, size - 2, max, &set) == 0) {
		if (set.n == 0 || set.n > max)
			abort();
		check_form(&set);
		check_text(&set, cap);
		add_each(s, size - 2, &added);
		check_same(&set, &added);
	} else if (set.n != 0) {
		abort();
	}
	imap4_set_release(&set);
	imap4_set_release(&added);
	return 0;
}
