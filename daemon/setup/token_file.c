/* SPDX-License-Identifier: MIT */
#include "daemon/setup/token_file.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/base/fs.h"
#include "daemon/base/xalloc.h"

#define FILE_MAX_BYTES 262144
#define VERSION_NUMBER 1
#define MARGIN         120 /* seconds for a login */

static const struct {
	const char *name;
	size_t offset;
} texts[] = {
    {"user", offsetof(struct token_set, user)},
    {"client_id", offsetof(struct token_set, client_id)},
    {"token_url", offsetof(struct token_set, token_url)},
    {"scope", offsetof(struct token_set, scope)},
    {"access_token", offsetof(struct token_set, access_token)},
    {"refresh_token", offsetof(struct token_set, refresh_token)},
};
static const struct {
	const char *name;
	size_t offset;
} numbers[] = {
    {"obtained_at", offsetof(struct token_set, obtained_at)},
    {"expires_at", offsetof(struct token_set, expires_at)},
    {"granted_at", offsetof(struct token_set, granted_at)},
    {"strikes", offsetof(struct token_set, strikes)},
};
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static char **text_at(struct token_set *t, size_t i)
{
	return (char **)(void *)((char *)t + texts[i].offset);
}

static int64_t *number_at(struct token_set *t, size_t i)
{
	return (int64_t *)(void *)((char *)t + numbers[i].offset);
}

/* An account's name has no slash (check_account_name()). */
static int take_lock(struct token_dir *d, struct err *err)
{
	char *name = xasprintf("%s.lock", d->name);

	d->lock = fs_open(d->dir, name, O_RDWR | O_CREAT, 0600);
	free(name);
	if (d->lock < 0)
		return err_errno(err, ERR_CREATE, ERR_SCOPE_ACCOUNT,
				 "cannot create the lock of the tokens");
	while (flock(d->lock, LOCK_EX) < 0) {
		if (errno != EINTR)
			return err_errno(err, ERR_IO, ERR_SCOPE_ACCOUNT,
					 "cannot lock the tokens");
	}
	return 0;
}

int token_dir_open(const char *state_dir, const char *account,
		   struct token_dir *out, struct err *err)
{
	char *path = xasprintf("%s/tokens", state_dir);
	struct token_dir d = {.dir = -1, .lock = -1, .name = NULL};
	int rc = fs_make_dirs(AT_FDCWD, path, true);

	if (rc == 0)
		d.dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (d.dir < 0) {
		rc = err_errno(err, ERR_CREATE, ERR_SCOPE_ACCOUNT,
			       "cannot create '%s'", path);
	} else {
		d.name = xasprintf("%s.json", account);
		rc = take_lock(&d, err);
	}
	free(path);
	if (rc < 0)
		token_dir_close(&d);
	else
		*out = d;
	return rc;
}

void token_dir_close(struct token_dir *d)
{
	if (d->lock >= 0)
		fs_drop(d->lock);
	if (d->dir >= 0)
		fs_drop(d->dir);
	free(d->name);
	*d = (struct token_dir){.dir = -1, .lock = -1};
}

static int broken(struct err *err, const struct token_dir *d, const char *why)
{
	(void)err_set(err, ERR_CONFIG, ERR_SCOPE_ACCOUNT,
		      "the file of tokens, %s, %s", d->name, why);
	return err_hint(err, "authorise again: imapsyncctl auth");
}

static int decode(const struct token_dir *d, const struct buf *bytes,
		  struct token_set *out, struct err *err)
{
	json_t *o = bytes->len > 0 ? json_loadb(bytes->data, bytes->len,
						JSON_REJECT_DUPLICATES, NULL)
				   : NULL;
	struct token_set t = {0};

	if (json_integer_value(json_object_get(o, "v")) != VERSION_NUMBER) {
		json_decref(o);
		return broken(err, d, "cannot be read");
	}
	for (size_t i = 0; i < COUNT(texts); i++) {
		const char *s =
		    json_string_value(json_object_get(o, texts[i].name));
		*text_at(&t, i) = s ? xstrdup(s) : NULL;
	}
	for (size_t i = 0; i < COUNT(numbers); i++)
		*number_at(&t, i) =
		    json_integer_value(json_object_get(o, numbers[i].name));
	json_decref(o);
	*out = t;
	return 0;
}

static int check_mode(const struct token_dir *d, struct err *err)
{
	struct stat st;

	if (fstatat(d->dir, d->name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		if (errno != ENOENT)
			return err_errno(err, ERR_IO, ERR_SCOPE_ACCOUNT,
					 "cannot read '%s'", d->name);
		(void)err_set(err, ERR_AUTH, ERR_SCOPE_ACCOUNT,
			      "the account is not authorised");
		return err_hint(err, "imapsyncctl auth");
	}
	if (!S_ISREG(st.st_mode) || (st.st_mode & 077) != 0)
		return broken(err, d, "is readable by others");
	return 0;
}

int token_set_load(const struct token_dir *d, struct token_set *out,
		   struct err *err)
{
	struct buf bytes;

	if (check_mode(d, err) < 0)
		return -1;
	buf_init(&bytes, FILE_MAX_BYTES);
	int rc = fs_read_small(d->dir, d->name, FILE_MAX_BYTES, &bytes);
	if (rc < 0)
		(void)err_errno(err, ERR_IO, ERR_SCOPE_ACCOUNT,
				"cannot read '%s'", d->name);
	else
		rc = decode(d, &bytes, out, err);
	buf_wipe(&bytes);
	return rc;
}

int token_set_save(const struct token_dir *d, const struct token_set *t,
		   struct err *err)
{
	struct token_set copy = *t; /* its texts are only read */
	json_t *o = json_object();
	int rc = json_object_set_new(o, "v", json_integer(VERSION_NUMBER));

	for (size_t i = 0; i < COUNT(texts); i++) {
		const char *s = *text_at(&copy, i);
		if (s)
			rc |= json_object_set_new(o, texts[i].name,
						  json_string(s));
	}
	for (size_t i = 0; i < COUNT(numbers); i++)
		rc |= json_object_set_new(o, numbers[i].name,
					  json_integer(*number_at(&copy, i)));
	char *text = rc == 0 ? json_dumps(o, JSON_INDENT(1)) : NULL;
	json_decref(o);
	if (!text)
		return err_set(err, ERR_INTERNAL, ERR_SCOPE_ACCOUNT,
			       "cannot write '%s': a text is no UTF-8",
			       d->name);
	rc = fs_write_durable(d->dir, d->name, text, strlen(text));
	if (rc < 0)
		(void)err_errno(err, ERR_IO, ERR_SCOPE_ACCOUNT,
				"cannot write '%s'", d->name);
	explicit_bzero(text, strlen(text));
	free(text);
	return rc;
}

int token_set_remove(const struct token_dir *d, struct err *err)
{
	if (unlinkat(d->dir, d->name, 0) < 0 && errno != ENOENT)
		return err_errno(err, ERR_IO, ERR_SCOPE_ACCOUNT,
				 "cannot remove '%s'", d->name);
	return fs_sync_dir(d->dir);
}

void token_set_take(struct token_set *t, struct grant *g, int64_t now)
{
	struct token_set old = {.access_token = t->access_token};

	if (g->refresh_token) {
		old.refresh_token = t->refresh_token;
		t->refresh_token = g->refresh_token;
		g->refresh_token = NULL;
	}
	t->access_token = g->access_token;
	g->access_token = NULL;
	t->obtained_at = now;
	t->expires_at = now + g->expires_in;
	t->strikes = 0;
	token_set_release(&old);
}

bool token_set_is_fresh(const struct token_set *t, int64_t now)
{
	int64_t life = t->expires_at - t->obtained_at;
	int64_t margin = life / 4 < MARGIN ? life / 4 : MARGIN;

	/* A clock that was set back makes it neither older nor younger: it is
	 * renewed. */
	return t->access_token && now >= t->obtained_at &&
	       now < t->expires_at - margin;
}

void token_set_release(struct token_set *t)
{
	for (size_t i = 0; i < COUNT(texts); i++) {
		char *s = *text_at(t, i);
		if (s)
			explicit_bzero(s, strlen(s));
		free(s);
	}
	*t = (struct token_set){0};
}
