/* SPDX-License-Identifier: MIT */
#include "lib/util/secret.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct secret {
	size_t mapped;
	size_t len;
	char text[];
};

struct secret *secret_new(const char *p, size_t len)
{
	if (len > 1 << 20)
		return NULL;
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t size =
	    (sizeof(struct secret) + len + 1 + page - 1) / page * page;
	/* Pages of its own: locking and leaving out of core dumps work on whole
	 * pages only. */
	struct secret *s = mmap(NULL, size, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (s == MAP_FAILED)
		return NULL;
	/* Best effort: RLIMIT_MEMLOCK may forbid it. */
	(void)mlock(s, size);
	(void)madvise(s, size, MADV_DONTDUMP);
	s->mapped = size;
	s->len = len;
	if (len > 0)
		memcpy(s->text, p, len);
	s->text[len] = '\0';
	return s;
}

void secret_free(struct secret *s)
{
	if (!s)
		return;
	size_t size = s->mapped;
	explicit_bzero(s, size);
	(void)munmap(s, size);
}

const char *secret_text(const struct secret *s)
{
	return s->text;
}

size_t secret_len(const struct secret *s)
{
	return s->len;
}
