/* SPDX-License-Identifier: MIT */
/* Any bytes as a configuration file: they load or give errors, and what loads
 * comes back the same from its dump.
 */
#include "config/config.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Loads size bytes from a file without a name. NULL: refused. */
static struct config *load(const void *data, size_t size)
{
	struct config_errors errors;
	struct config *c = NULL;
	char path[64];
	int fd = memfd_create("config", MFD_CLOEXEC);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size ||
	    fchmod(fd, 0600) < 0)
		abort();
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (config_load(path, &c, &errors) < 0) {
		if (errors.count == 0 || errors.text[0] == '\0' || c)
			abort();
		config_errors_release(&errors);
	}
	(void)close(fd);
	return c;
}

static char *dump(const struct config *c, size_t *len)
{
	char *out = NULL;
	FILE *mem = open_memstream(&out, len);

	if (!mem || config_dump(c, mem) < 0 || fclose(mem) != 0)
		abort();
	return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t first_len, second_len;

	/* Its own name is part of the dump, but not of what is compared. */
	struct config *c = load(data, size);
	if (!c)
		return 0;
	for (size_t i = 0; i < c->naccounts; i++)
		(void)config_folder_included(&c->accounts[i], "A/b", 1 << 13);
	char *first = dump(c, &first_len);
	config_free(c);
	c = load(first, first_len);
	if (!c)
		abort();
	char *second = dump(c, &second_len);
	config_free(c);
	if (strcmp(strchr(first, '\n'), strchr(second, '\n')) != 0)
		abort();
	free(first);
	free(second);
	return 0;
}
