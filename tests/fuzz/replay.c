/* SPDX-License-Identifier: MIT */
/* A fuzz target without a fuzzer: runs it on the corpus that is kept, each
 * input also cut short at every byte, and on what comes of changing a few
 * bytes of it at random (SEED). For any compiler; with files as arguments, on
 * those alone. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util/buf.h"
#include "tests/support/rng.h"

#define MAX_FILE (1U << 20)
/* Longer inputs are cut in fewer places. */
#define MAX_CUTS 300
#define MUTANTS  200

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct rng rng;

/* In memory of exactly that size, so that an overrun is seen. */
static void run(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	if (!copy)
		abort();
	if (size > 0)
		memcpy(copy, data, size);
	(void)LLVMFuzzerTestOneInput(copy, size);
	free(copy);
}

static void run_mutant(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size);

	if (!copy)
		abort();
	memcpy(copy, data, size);
	for (uint32_t n = rng_below(&rng, 4) + 1; n > 0; n--)
		copy[rng_below(&rng, (uint32_t)size)] =
		    (uint8_t)rng_below(&rng, 256);
	run(copy, size);
	free(copy);
}

static void read_file(const char *path, struct buf *out)
{
	char block[4096];
	FILE *f = fopen(path, "re");

	if (!f) {
		perror(path);
		exit(1);
	}
	buf_reset(out);
	for (size_t n; (n = fread(block, 1, sizeof(block), f)) > 0;) {
		if (buf_add(out, block, n) < 0)
			abort();
	}
	(void)fclose(f);
}

static void run_around(const uint8_t *data, size_t size)
{
	size_t step = size / MAX_CUTS + 1;

	for (size_t n = 0; n < size; n += step)
		run(data, n);
	for (int i = 0; size > 0 && i < MUTANTS; i++)
		run_mutant(data, size);
}

/* Returns how many files there were. */
static size_t run_corpus(const char *dir)
{
	struct dirent **names;
	struct buf text, path;
	int n = scandir(dir, &names, NULL, alphasort);
	size_t count = 0;

	if (n < 0) {
		perror(dir);
		exit(1);
	}
	buf_init(&text, MAX_FILE);
	buf_init(&path, 4096);
	for (int i = 0; i < n; i++) {
		buf_reset(&path);
		if (buf_addf(&path, "%s/%s", dir, names[i]->d_name) < 0)
			abort();
		if (names[i]->d_name[0] != '.') {
			puts(path.data);
			read_file(path.data, &text);
			run((uint8_t *)text.data, text.len);
			run_around((uint8_t *)text.data, text.len);
			count++;
		}
		free(names[i]);
	}
	free(names);
	buf_release(&text);
	buf_release(&path);
	return count;
}

int main(int argc, char **argv)
{
	const char *name = strstr(argv[0], "fuzz_");
	struct buf text;
	char dir[256];

	buf_init(&text, MAX_FILE);
	for (int i = 1; i < argc; i++) {
		read_file(argv[i], &text);
		run((uint8_t *)text.data, text.len);
	}
	buf_release(&text);
	if (argc > 1)
		return 0;
	setlinebuf(stdout);
	rng_init(&rng, argv[0]);
	(void)snprintf(dir, sizeof(dir), "tests/fuzz/corpus/%s",
		       name ? name + strlen("fuzz_") : "?");
	return run_corpus(dir) > 0 ? 0 : 1;
}
