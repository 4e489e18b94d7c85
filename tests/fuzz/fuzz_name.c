/* SPDX-License-Identifier: MIT */
/* Maildir names: what is taken apart goes together again to a name that means
 * the same, and only our own names give a hint.
 */
#include "daemon/maildir/name.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/core/types.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
	if (!ok)
		abort();
}

static void rebuild(const char *file, const struct name *n)
{
	char once[NAME_BYTES], twice[NAME_BYTES];
	struct name again;

	check(n->unique_len > 0 && n->unique_len <= strlen(file));
	check((n->flags & ~FLAG_SYSTEM) == 0 && n->keywords >> 26 == 0);
	check(memchr(n->other, '\0', sizeof(n->other)));
	if (name_build(once, file, n->unique_len, n->flags, n->keywords,
		       n->other) < 0) {
		/* With ":2," it is longer, or there is a '/' in it. */
		check(strlen(file) > NAME_BYTES - 5 ||
		      memchr(file, '/', n->unique_len));
		return;
	}
	check(strlen(once) < NAME_BYTES);
	check(name_parse(once, &again) == 0 && again.has_info);
	check(again.unique_len == n->unique_len && again.flags == n->flags &&
	      again.keywords == n->keywords);
	check(memcmp(once, file, n->unique_len) == 0);
	check(name_build(twice, once, again.unique_len, again.flags,
			 again.keywords, again.other) == 0);
	check(strcmp(once, twice) == 0);
}

static void hint(const char *file, const struct name *n)
{
	struct name_origin o = {.folder_tag = UINT64_C(0x123456789abcdef0),
				.uidvalidity = 17};
	char unique[NAME_BYTES];
	uint64_t bytes;

	if (!name_hint(file, n->unique_len, o.folder_tag, o.uidvalidity, &o.uid,
		       &bytes))
		return;
	check(o.uid != 0);
	name_unique(unique, &o, 0, bytes);
	uint32_t uid;
	uint64_t same;
	check(name_hint(unique, strlen(unique), o.folder_tag, o.uidvalidity,
			&uid, &same));
	check(uid == o.uid && same == bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct name n;
	/* Exactly as long as it is, so that a byte more is noticed. */
	char *file = strndup((const char *)data, size);

	check(file);
	if (name_parse(file, &n) == 0) {
		rebuild(file, &n);
		hint(file, &n);
		check(name_key(file, n.unique_len) != 0);
	} else {
		check(file[0] == '\0' || file[0] == '.' ||
		      strlen(file) >= NAME_BYTES);
	}
	free(file);
	return 0;
}
