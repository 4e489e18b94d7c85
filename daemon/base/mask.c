/* SPDX-License-Identifier: MIT */
/* A window of a secret's length slides over the text, and its polynomial hash
 * with it (Rabin and Karp): time in proportion to the text. */
#include "daemon/base/mask.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/rand.h"
#include "daemon/base/xalloc.h"

#define LEAST   4
#define LONGEST 4096
#define MOST    256

struct print {
	size_t len;
	uint64_t hash, power; /* of the byte that leaves the window */
};

static struct {
	pthread_mutex_t lock;
	uint64_t base; /* odd; 0: not chosen yet */
	struct print print[MOST];
	size_t n, next;
} known = {.lock = PTHREAD_MUTEX_INITIALIZER};

static uint64_t hash_of(const char *p, size_t len)
{
	uint64_t h = 0;

	for (size_t i = 0; i < len; i++)
		h = h * known.base + (unsigned char)p[i] + 1;
	return h;
}

/* The oldest makes room. */
static void add(const char *p, size_t len)
{
	struct print n = {.len = len, .power = 1};

	if (len < LEAST)
		return;
	if (known.base == 0)
		known.base = rand_u64() | 1;
	n.hash = hash_of(p, len);
	for (size_t i = 0; i < len; i++)
		n.power *= known.base;
	for (size_t i = 0; i < known.n; i++) {
		if (known.print[i].len == len && known.print[i].hash == n.hash)
			return;
	}
	known.print[known.next] = n;
	known.next = (known.next + 1) % MOST;
	known.n += known.n < MOST;
}

/* The letters of base64 that depend on nothing but the secret, where before
 * bytes of a group of three precede it. */
static void add_base64(const char *p, size_t len, size_t before)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz0123456789+/";
	char *out = xmalloc(2 * len + 4);
	uint32_t bits = 0;
	size_t have = before * 8 % 6, skip = have ? 6 - have : 0, n = 0;

	have = 0;
	for (size_t i = 0; i < len; i++) {
		bits = bits << 8 | (unsigned char)p[i];
		have += 8;
		if (skip) {
			have -= skip;
			skip = 0;
		}
		while (have >= 6) {
			have -= 6;
			out[n++] = letters[bits >> have & 63];
		}
	}
	add(out, n);
	explicit_bzero(out, 2 * len + 4);
	free(out);
}

void mask_add(const char *secret, size_t len)
{
	if (len < LEAST || len > LONGEST)
		return;
	pthread_mutex_lock(&known.lock);
	add(secret, len);
	for (size_t before = 0; before < 3; before++)
		add_base64(secret, len, before);
	pthread_mutex_unlock(&known.lock);
}

static void hide(char *text, size_t len, const struct print *x)
{
	size_t start = 0, end = 0;
	uint64_t h = 0;

	while (end < len) {
		h = h * known.base + (unsigned char)text[end++] + 1;
		if (end - start > x->len) {
			uint64_t out = (unsigned char)text[start++] + 1;
			h -= out * x->power;
		}
		if (end - start == x->len && h == x->hash) {
			memset(text + start, '*', x->len);
			start = end;
			h = 0;
		}
	}
}

void mask_text(char *text, size_t len)
{
	pthread_mutex_lock(&known.lock);
	for (size_t i = 0; i < known.n; i++)
		hide(text, len, &known.print[i]);
	pthread_mutex_unlock(&known.lock);
}
