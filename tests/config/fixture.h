/* SPDX-License-Identifier: MIT */
/* A home directory of its own with a configuration file in it, and what
 * loading it gives. Every test of config/ includes it.
 */
#ifndef TESTS_CONFIG_FIXTURE_H
#define TESTS_CONFIG_FIXTURE_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/config.h"
#include "tests/support/t.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
/* The least that an account needs; more keys may follow. */
#define ACCOUNT "[account a]\nhost = h\nuser = u\npassword_command = p\n"

struct fixture {
	char home[256];
	char file[300];
};

static inline int fixture_setup(void **state)
{
	static struct fixture f;
	const char *tmp = getenv("TMPDIR");
	static const char *const unset[] = {
	    "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR",
	    "STATE_DIRECTORY", "RUNTIME_DIRECTORY"};

	(void)snprintf(f.home, sizeof(f.home), "%s/config.XXXXXX",
		       tmp ? tmp : "/tmp");
	if (!mkdtemp(f.home))
		return -1;
	(void)snprintf(f.file, sizeof(f.file), "%s/t.ini", f.home);
	for (size_t i = 0; i < COUNT(unset); i++)
		(void)unsetenv(unset[i]);
	*state = &f;
	return setenv("HOME", f.home, 1);
}

static inline int fixture_teardown(void **state)
{
	const struct fixture *f = *state;

	(void)unlink(f->file);
	return rmdir(f->home);
}

static inline void fixture_write_mode(const struct fixture *f, const void *p,
				      size_t len, mode_t mode)
{
	int fd = open(f->file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, p, len), (ssize_t)len);
	assert_int_equal(fchmod(fd, mode), 0);
	assert_int_equal(close(fd), 0);
}

static inline void fixture_write(const struct fixture *f, const char *text)
{
	fixture_write_mode(f, text, strlen(text), 0600);
}

/* What is written loads. Free with config_free(). */
static inline struct config *fixture_load(const struct fixture *f)
{
	struct config_errors errors;
	struct config *c;

	if (config_load(f->file, &c, &errors) == 0) {
		assert_null(errors.text);
		return c;
	}
	print_error("%s", errors.text);
	config_errors_release(&errors);
	fail();
	return NULL;
}

static inline struct config *fixture_config(const struct fixture *f,
					    const char *text)
{
	fixture_write(f, text);
	return fixture_load(f);
}

/* text with every occurrence of from, which is not empty, replaced by to.
 * Allocated. */
static inline char *fixture_replace(const char *text, const char *from,
				    const char *to)
{
	char *out = NULL;
	size_t len = 0;
	FILE *mem = open_memstream(&out, &len);

	assert_non_null(mem);
	for (const char *hit; (hit = strstr(text, from)) != NULL;) {
		(void)fprintf(mem, "%.*s%s", (int)(hit - text), text, to);
		text = hit + strlen(from);
	}
	(void)fputs(text, mem);
	assert_int_equal(fclose(mem), 0);
	return out;
}

/* What is written does not load; returns the errors with FILE for the name of
 * the file and HOME for the home. Allocated. */
static inline char *fixture_errors(const struct fixture *f)
{
	struct config_errors errors;
	struct config *c = NULL;

	if (config_load(f->file, &c, &errors) == 0) {
		config_free(c);
		return strdup("");
	}
	assert_null(c);
	assert_true(errors.count > 0);
	char *text = fixture_replace(errors.text, f->file, "FILE");
	config_errors_release(&errors);
	char *out = fixture_replace(text, f->home, "HOME");
	free(text);
	return out;
}

static inline char *fixture_errors_of(const struct fixture *f, const char *text)
{
	fixture_write(f, text);
	return fixture_errors(f);
}

/* config_dump() as a string. Allocated. */
static inline char *fixture_dump(const struct config *c)
{
	char *out = NULL;
	size_t len = 0;
	FILE *mem = open_memstream(&out, &len);

	assert_non_null(mem);
	assert_int_equal(config_dump(c, mem), 0);
	assert_int_equal(fclose(mem), 0);
	return out;
}

#endif
