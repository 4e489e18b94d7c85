/* SPDX-License-Identifier: MIT */
/* Maildir file names, taken apart and put together. Pure; touches no file and
 * believes nothing: a hint is only what a name claims.
 */
#include "daemon/maildir/name.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "daemon/core/types.h"
#include "lib/util/ascii.h"
#include "lib/util/fnv.h"
#include "lib/util/num.h"

#define MARK    ".imapsyncd,S="
#define TAG_LEN 16

static const struct {
	char letter;
	uint64_t flag;
} letters[] = {
    {'D', FLAG_DRAFT},    {'F', FLAG_FLAGGED}, {'P', FLAG_PASSED},
    {'R', FLAG_ANSWERED}, {'S', FLAG_SEEN},    {'T', FLAG_DELETED},
};

#define LETTERS (sizeof(letters) / sizeof(letters[0]))

static uint64_t flag_of(char c)
{
	for (size_t i = 0; i < LETTERS; i++) {
		if (letters[i].letter == c)
			return letters[i].flag;
	}
	return 0;
}

/* Dovecot ends the letters at a comma and leaves what follows to others; so it
 * is kept as it stands. -1: more of it than we can keep. */
static int parse_letters(const char *s, struct name *out)
{
	size_t other = 0;

	for (; *s && *s != ','; s++) {
		uint64_t flag = flag_of(*s);
		if (flag) {
			out->flags |= flag;
		} else if (*s >= 'a' && *s <= 'z') {
			out->keywords |= UINT32_C(1) << (*s - 'a');
		} else if (!memchr(out->other, *s, other)) {
			if (other + 1 >= sizeof(out->other))
				return -1;
			out->other[other++] = *s;
		}
	}
	size_t rest = strlen(s);
	if (rest >= sizeof(out->other) - other)
		return -1;
	memcpy(out->other + other, s, rest);
	return 0;
}

int name_parse(const char *file, struct name *out)
{
	size_t len = strnlen(file, NAME_BYTES);

	if (len == 0 || len >= NAME_BYTES || file[0] == '.')
		return -1;
	*out = (struct name){.unique_len = len};
	/* The last one: a unique part may hold colons, letters may not. */
	const char *info = strrchr(file, ':');
	if (!info || info == file || strncmp(info, ":2,", 3) != 0)
		return 0;
	struct name n = {.unique_len = (size_t)(info - file), .has_info = true};
	if (parse_letters(info + 3, &n) == 0)
		*out = n;
	return 0;
}

/* ASCII order, as the Maildir specification wants it; what stands behind a
 * comma keeps its place. */
static size_t put_letters(char out[NAME_BYTES], uint64_t flags,
			  uint32_t keywords, const char *other)
{
	bool set[256] = {false};
	size_t len = 0;

	for (size_t i = 0; i < LETTERS; i++) {
		if (flags & letters[i].flag)
			set[(unsigned char)letters[i].letter] = true;
	}
	for (int i = 0; i < 26; i++) {
		if (keywords & (UINT32_C(1) << i))
			set['a' + i] = true;
	}
	for (; *other && *other != ','; other++)
		set[(unsigned char)*other] = true;
	for (int c = 1; c < 256 && len + 1 < NAME_BYTES; c++) {
		if (set[c])
			out[len++] = (char)c;
	}
	out[len] = '\0';
	return len;
}

int name_letters(char out[NAME_BYTES], uint64_t flags, uint32_t keywords,
		 const char *other)
{
	char set[NAME_BYTES];
	const char *rest = other + strcspn(other, ",");
	size_t len = put_letters(set, flags, keywords, other);

	if (3 + len + strlen(rest) >= NAME_BYTES)
		return -1;
	memcpy(out, ":2,", 3);
	memcpy(out + 3, set, len);
	memcpy(out + 3 + len, rest, strlen(rest) + 1);
	return 0;
}

int name_build(char out[NAME_BYTES], const char *unique, size_t unique_len,
	       uint64_t flags, uint32_t keywords, const char *other)
{
	char info[NAME_BYTES];

	if (unique_len == 0 || unique_len >= NAME_BYTES || unique[0] == '.' ||
	    memchr(unique, '/', unique_len) ||
	    name_letters(info, flags, keywords, other) < 0)
		return -1;
	size_t len = strlen(info);
	if (unique_len + len >= NAME_BYTES)
		return -1;
	memcpy(out, unique, unique_len);
	memcpy(out + unique_len, info, len + 1);
	return 0;
}

void name_fresh(char out[NAME_BYTES], int64_t seconds, uint64_t random,
		uint64_t size)
{
	(void)snprintf(out, NAME_BYTES,
		       "%" PRId64 ".M%016" PRIx64 MARK "%" PRIu64,
		       seconds < 0 ? 0 : seconds, random, size);
}

uint64_t name_key(const char *unique, size_t len)
{
	uint64_t key = fnv_add(FNV_START, unique, len);
	return key ? key : 1;
}

uint64_t name_folder_tag(const char *account, const char *folder)
{
	/* With the NUL between them: "a" + "bc" is not "ab" + "c". */
	uint64_t h = fnv_add(FNV_START, account, strlen(account) + 1);
	return fnv_add(h, folder, strlen(folder));
}

void name_unique(char out[NAME_BYTES], const struct name_origin *origin,
		 int64_t internaldate, uint64_t size)
{
	int64_t seconds = internaldate < 0 ? 0 : internaldate;

	(void)snprintf(out, NAME_BYTES,
		       "%" PRId64 ".V%" PRIu32 "U%" PRIu32 ".%016" PRIx64 MARK
		       "%" PRIu64,
		       seconds, origin->uidvalidity, origin->uid,
		       origin->folder_tag, size);
}

/* Takes the digits at *p as a number. */
static bool take_number(const char **p, const char *end, uint64_t max,
			uint64_t *out)
{
	const char *s = *p;

	while (*p < end && ascii_digit(**p))
		(*p)++;
	return num_parse(s, (size_t)(*p - s), max, out) == 0;
}

static bool take_text(const char **p, const char *end, const char *text,
		      size_t len)
{
	if ((size_t)(end - *p) < len || memcmp(*p, text, len) != 0)
		return false;
	*p += len;
	return true;
}

bool name_hint(const char *unique, size_t len, uint64_t folder_tag,
	       uint32_t uidvalidity, uint32_t *uid, uint64_t *size)
{
	const char *p = unique, *end = unique + len;
	char tag[TAG_LEN + 1];
	uint64_t seconds, v, u, s;

	(void)snprintf(tag, sizeof(tag), "%016" PRIx64, folder_tag);
	if (!take_number(&p, end, INT64_MAX, &seconds) ||
	    !take_text(&p, end, ".V", 2) ||
	    !take_number(&p, end, UINT32_MAX, &v) ||
	    !take_text(&p, end, "U", 1) ||
	    !take_number(&p, end, UINT32_MAX, &u) ||
	    !take_text(&p, end, ".", 1) || !take_text(&p, end, tag, TAG_LEN) ||
	    !take_text(&p, end, MARK, strlen(MARK)) ||
	    !take_number(&p, end, UINT64_MAX, &s))
		return false;
	/* Others may add fields behind the size, as Dovecot does with W=. */
	if ((p != end && *p != ',') || v != uidvalidity || u == 0)
		return false;
	*uid = (uint32_t)u;
	*size = s;
	return true;
}
