/* SPDX-License-Identifier: MIT */
/* Sets of UIDs or sequence numbers as sorted, disjoint, non-adjacent ranges.
 * Nothing here takes time or memory in proportion to the numbers that are
 * named, only to the ranges that name them.
 */
#include <imap4/codec.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util/num.h"

/* "4294967294:4294967295" */
#define RANGE_TEXT_MAX 21

void imap4_set_release(struct imap4_set *set)
{
	if (set->range)
		free(set->range - set->head);
	*set = (struct imap4_set){.range = NULL};
}

/* Moves the ranges to behind head free places, in cap places. */
static int place(struct imap4_set *set, size_t cap, size_t head)
{
	struct imap4_range *base = set->range ? set->range - set->head : NULL;
	size_t size = set->n * sizeof(*base);

	if (cap > set->cap) {
		if (cap > SIZE_MAX / sizeof(*base))
			return IMAP4_ENOMEM;
		base = realloc(base, cap * sizeof(*base));
		if (!base)
			return IMAP4_ENOMEM;
	}
	if (size > 0 && head != set->head)
		memmove(base + head, base + set->head, size);
	set->range = base + head;
	set->head = head;
	set->cap = cap;
	return IMAP4_OK;
}

/* For one more in front of all, or behind. Free places at the other end are
 * taken where they are many, so that each range is moved a few times at most,
 * whether numbers rise or fall. */
static int make_room(struct imap4_set *set, bool front)
{
	size_t tail = set->cap - set->head - set->n;
	size_t other = front ? tail : set->head;
	size_t cap = set->cap;

	if ((front ? set->head : tail) > 0)
		return IMAP4_OK;
	if (cap < 8)
		cap = 8;
	else if (other < cap / 2 && cap > SIZE_MAX / 2)
		return IMAP4_ENOMEM;
	else if (other < cap / 2)
		cap *= 2;
	size_t room = cap - set->n;
	if (front)
		return place(set, cap, room - room / 2);
	return place(set, cap, set->head > 0 ? room / 2 : 0);
}

/* Makes a gap at an index, by moving the shorter side. */
static int open_gap(struct imap4_set *set, size_t at)
{
	bool front = at < set->n - at;

	if (make_room(set, front) < 0)
		return IMAP4_ENOMEM;
	if (front) {
		set->range--;
		set->head--;
		memmove(set->range, set->range + 1, at * sizeof(*set->range));
	} else {
		memmove(&set->range[at + 1], &set->range[at],
			(set->n - at) * sizeof(*set->range));
	}
	set->n++;
	return IMAP4_OK;
}

static void close_gap(struct imap4_set *set, size_t at, size_t end)
{
	size_t gone = end - at;

	if (at < set->n - end) {
		memmove(set->range + gone, set->range,
			at * sizeof(*set->range));
		set->range += gone;
		set->head += gone;
	} else {
		memmove(&set->range[at], &set->range[end],
			(set->n - end) * sizeof(*set->range));
	}
	set->n -= gone;
}

/* Do a and b overlap or stand next to each other? No first is ever 0. */
static bool touches(const struct imap4_range *a, const struct imap4_range *b)
{
	return b->last >= a->first - 1 && a->last >= b->first - 1;
}

static void join(struct imap4_range *a, const struct imap4_range *b)
{
	if (b->first < a->first)
		a->first = b->first;
	if (b->last > a->last)
		a->last = b->last;
}

/* Index of the first range that ends at n or later. */
static size_t lower_bound(const struct imap4_set *set, uint32_t n)
{
	size_t lo = 0, hi = set->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (set->range[mid].last < n)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static int order(uint32_t a, uint32_t b, struct imap4_range *out)
{
	if (a == 0 || b == 0)
		return IMAP4_EINVAL;
	out->first = a < b ? a : b;
	out->last = a < b ? b : a;
	return IMAP4_OK;
}

int imap4_set_add(struct imap4_set *set, uint32_t first, uint32_t last)
{
	struct imap4_range r;

	if (order(first, last, &r) < 0)
		return IMAP4_EINVAL;
	/* Servers list in ascending order: look at the end first. */
	size_t at = set->n;
	if (at > 0 && r.last < set->range[0].first - 1)
		at = 0;
	else if (at > 0 && r.first - 1 <= set->range[at - 1].last)
		at = lower_bound(set, r.first - 1);
	if (at == set->n || !touches(&set->range[at], &r)) {
		if (open_gap(set, at) < 0)
			return IMAP4_ENOMEM;
		set->range[at] = r;
		return IMAP4_OK;
	}
	size_t end = at;
	while (end < set->n && touches(&set->range[end], &r))
		join(&r, &set->range[end++]);
	set->range[at] = r;
	close_gap(set, at + 1, end);
	return IMAP4_OK;
}

bool imap4_set_contains(const struct imap4_set *set, uint32_t n)
{
	size_t at = lower_bound(set, n);

	return n != 0 && at < set->n && set->range[at].first <= n;
}

uint64_t imap4_set_count(const struct imap4_set *set)
{
	uint64_t count = 0;

	for (size_t i = 0; i < set->n; i++)
		count += (uint64_t)set->range[i].last - set->range[i].first + 1;
	return count;
}

/* RFC 9051 seq-number: nz-number / "*" */
static int parse_number(const char *s, size_t len, uint32_t *out)
{
	if (len == 1 && s[0] == '*') {
		*out = UINT32_MAX;
		return IMAP4_OK;
	}
	if (len == 0 || s[0] == '0' || num_parse_u32(s, len, out) < 0)
		return IMAP4_EINVAL;
	return IMAP4_OK;
}

static int parse_range(const char *s, size_t len, struct imap4_range *out)
{
	const char *colon = memchr(s, ':', len);
	size_t head = colon ? (size_t)(colon - s) : len;
	uint32_t a, b;

	if (parse_number(s, head, &a) < 0)
		return IMAP4_EINVAL;
	b = a;
	if (colon && parse_number(colon + 1, len - head - 1, &b) < 0)
		return IMAP4_EINVAL;
	return order(a, b, out);
}

/* Appends, in the order of the text; normalise() sorts. Inserting each at its
 * place would let a server that counts down make us move the array each time.
 */
static int append(struct imap4_set *set, const struct imap4_range *r,
		  size_t max_ranges)
{
	struct imap4_range *last = set->n ? &set->range[set->n - 1] : NULL;

	if (last && touches(last, r)) {
		join(last, r);
		return IMAP4_OK;
	}
	if (set->n >= max_ranges)
		return IMAP4_ELIMIT;
	if (make_room(set, false) < 0)
		return IMAP4_ENOMEM;
	set->range[set->n++] = *r;
	return IMAP4_OK;
}

static int compare(const void *a, const void *b)
{
	const struct imap4_range *x = a, *y = b;

	return (x->first > y->first) - (x->first < y->first);
}

static void normalise(struct imap4_set *set)
{
	bool sorted = true;
	size_t kept = 0;

	for (size_t i = 1; i < set->n && sorted; i++)
		sorted = set->range[i - 1].last < set->range[i].first - 1;
	if (sorted)
		return;
	qsort(set->range, set->n, sizeof(*set->range), compare);
	for (size_t i = 1; i < set->n; i++) {
		if (touches(&set->range[kept], &set->range[i]))
			join(&set->range[kept], &set->range[i]);
		else
			set->range[++kept] = set->range[i];
	}
	set->n = kept + 1;
}

int imap4_set_parse(const char *s, size_t len, size_t max_ranges,
		    struct imap4_set *set)
{
	const char *end = s + len;
	int rc;

	set->n = 0;
	for (bool more = true; more;) {
		size_t left = (size_t)(end - s);
		const char *comma = left ? memchr(s, ',', left) : NULL;
		size_t n = comma ? (size_t)(comma - s) : left;
		struct imap4_range r;
		rc = n ? parse_range(s, n, &r) : IMAP4_EINVAL;
		if (rc == IMAP4_OK)
			rc = append(set, &r, max_ranges);
		if (rc < 0) {
			set->n = 0;
			return rc;
		}
		more = comma != NULL;
		s += n + more;
	}
	normalise(set);
	return IMAP4_OK;
}

static size_t range_text(const struct imap4_range *r, char *out, size_t cap)
{
	int n = r->first == r->last
		    ? snprintf(out, cap, "%lu", (unsigned long)r->first)
		    : snprintf(out, cap, "%lu:%lu", (unsigned long)r->first,
			       (unsigned long)r->last);

	return (size_t)n;
}

size_t imap4_set_format(const struct imap4_set *set, size_t *from, char *out,
			size_t cap)
{
	char text[RANGE_TEXT_MAX + 1];
	size_t len = 0;

	if (cap == 0)
		return 0;
	for (; *from < set->n; ++*from) {
		size_t n = range_text(&set->range[*from], text, sizeof(text));
		size_t comma = len > 0;
		if (n + comma >= cap - len)
			break;
		if (comma)
			out[len++] = ',';
		memcpy(out + len, text, n);
		len += n;
	}
	out[len] = '\0';
	return len;
}
