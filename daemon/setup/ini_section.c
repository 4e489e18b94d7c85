/* SPDX-License-Identifier: MIT */
#include "daemon/setup/ini_section.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/check.h"
#include "config/mem.h"
#include "config/paths.h"
#include "daemon/base/fs.h"
#include "daemon/base/xalloc.h"

static const char *const tls_words[] = {"implicit", "starttls", "none"};

/* Where it is, or will be. Allocated. */
static char *find_file(const char *path)
{
	char **places = paths_config_files();
	/* The user's own is the first; /etc is not this program's to write. */
	const char *wanted = path ? path : places[0];
	char *real = realpath(wanted, NULL);

	if (!real && wanted[0] != '/') {
		char here[PATH_MAX];
		real = getcwd(here, sizeof(here))
			   ? xasprintf("%s/%s", here, wanted)
			   : NULL;
	}
	if (!real)
		real = xstrdup(wanted);
	mem_list_free(places);
	return real;
}

static bool is_taken(const struct buf *text, const char *name)
{
	char *header = xasprintf("[account %s]", name);
	bool taken = text->data && strstr(text->data, header) != NULL;

	free(header);
	return taken;
}

/* The preset, else the domain without its last label. Allocated. */
static char *choose_name(const struct buf *text, const struct discovery *d)
{
	const char *at = strrchr(d->user, '@');
	const char *base = d->provider ? d->provider : at ? at + 1 : "mail";
	size_t len = d->provider ? strlen(base) : strcspn(base, ".");
	char *name = xasprintf("%.*s", (int)len, base);

	if (check_account_name(name)) {
		free(name);
		name = xstrdup("mail");
		len = strlen(name);
		base = "mail";
	}
	for (unsigned i = 2; is_taken(text, name); i++) {
		free(name);
		name = xasprintf("%.*s%u", (int)len, base, i);
	}
	return name;
}

static int read_file(struct ini_section *s, struct err *err)
{
	int dir = open(s->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = -1;

	if (dir >= 0) {
		rc = fs_read_small(dir, strrchr(s->file, '/') + 1,
				   SECTION_FILE_MAX, &s->text);
		int saved = errno;
		fs_drop(dir);
		errno = saved;
	}
	if (rc < 0 && errno == ENOENT)
		rc = 0; /* it will be made */
	if (rc < 0)
		(void)err_errno(err, ERR_IO, ERR_SCOPE_DAEMON,
				"cannot read '%s'", s->file);
	return rc;
}

int ini_section_open(const char *path, const struct discovery *d,
		     struct ini_section *out, struct err *err)
{
	struct ini_section s = {.file = find_file(path)};

	s.dir = xstrndup(s.file, (size_t)(strrchr(s.file, '/') - s.file));
	buf_init(&s.text, SECTION_FILE_MAX);
	if (read_file(&s, err) < 0) {
		ini_section_release(&s);
		return -1;
	}
	s.name = choose_name(&s.text, d);
	*out = s;
	return 0;
}

void ini_section_release(struct ini_section *s)
{
	free(s->file);
	free(s->dir);
	free(s->name);
	buf_wipe(&s->text);
}

static int compose(const struct ini_section *s, const struct discovery *d,
		   const char *credential, struct buf *out)
{
	size_t n = s->text.len;
	int rc = buf_add(out, s->text.data ? s->text.data : "", n);

	if (n > 0)
		rc |=
		    buf_adds(out, s->text.data[n - 1] == '\n' ? "\n" : "\n\n");
	rc |= buf_addf(out, "[account %s]\n", s->name);
	if (d->provider)
		rc |= buf_addf(out, "provider = %s\n", d->provider);
	else
		rc |= buf_addf(out, "host = %s\nport = %u\ntls = %s\n", d->host,
			       (unsigned)d->port, tls_words[d->tls]);
	rc |= buf_addf(out, "user = %s\n%s\n", d->user, credential);
	return rc;
}

int ini_section_write(const struct ini_section *s, const struct discovery *d,
		      const char *credential, const char *dir, const char *name,
		      struct err *err)
{
	struct buf text;

	buf_init(&text, 2 * SECTION_FILE_MAX);
	if (compose(s, d, credential, &text) < 0) {
		buf_wipe(&text);
		return err_set(err, ERR_INTERNAL, ERR_SCOPE_DAEMON,
			       "out of memory");
	}
	int rc = fs_make_dirs(AT_FDCWD, dir, true);
	int fd = rc < 0 ? -1 : open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	rc = fd < 0 ? -1 : fs_write_durable(fd, name, text.data, text.len);
	if (rc < 0)
		(void)err_errno(err, ERR_CREATE, ERR_SCOPE_DAEMON,
				"cannot write '%s/%s'", dir, name);
	if (fd >= 0)
		fs_drop(fd);
	buf_wipe(&text);
	return rc;
}
