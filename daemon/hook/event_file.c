/* SPDX-License-Identifier: MIT */
#include "daemon/hook/event_file.h"

#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/base/fs.h"
#include "daemon/base/xalloc.h"

static const char *const kinds[STORE_EVENT_KINDS] = {
    [STORE_EVENT_NEW] = "new",
    [STORE_EVENT_CHANGED] = "changed",
    [STORE_EVENT_MOVED] = "moved",
    [STORE_EVENT_DELETED] = "deleted",
};

/* The hook is run all the same where the file cannot be had. */
static void make(struct event_file *f)
{
	char *path =
	    xasprintf("%s/events.%s.%u", f->dir, f->account, f->serial++);

	(void)unlink(path); /* of a process that was killed */
	int fd = fs_open(AT_FDCWD, path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	f->out = fd >= 0 ? fdopen(fd, "w") : NULL;
	if (f->out) {
		f->path = path;
		return;
	}
	if (fd >= 0) {
		fs_drop(fd);
		(void)unlink(path);
	}
	free(path);
}

/* A path need not be UTF-8, which JSON must: what is not is escaped. */
static json_t *text_of(const char *text)
{
	json_t *value = json_string(text);

	if (value)
		return value;
	size_t len = strlen(text);
	char *out = xmalloc(4 * len + 1), *at = out;
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];
		if (c < 0x80)
			*at++ = (char)c;
		else
			at += snprintf(at, 5, "\\x%02x", c);
	}
	*at = '\0';
	value = json_string(out);
	free(out);
	return value;
}

void event_file_add(struct event_file *f, const struct store_event *e)
{
	size_t all = 0;

	for (size_t i = 0; i < STORE_EVENT_KINDS; i++)
		all += f->count[i];
	f->count[e->kind]++;
	if (all == 0)
		make(f);
	if (!f->out)
		return;
	json_t *o = json_object();
	(void)json_object_set_new(o, "event", json_string(kinds[e->kind]));
	(void)json_object_set_new(o, "folder", text_of(e->folder));
	(void)json_object_set_new(o, "path", text_of(e->path));
	(void)json_object_set_new(o, "uid", json_integer(e->uid));
	(void)json_dumpf(o, f->out, JSON_COMPACT);
	(void)fputc('\n', f->out);
	json_decref(o);
}

void event_file_take(struct event_file *f, struct event_batch *out)
{
	*out = (struct event_batch){.path = f->path};
	memcpy(out->count, f->count, sizeof(out->count));
	if (f->out)
		(void)fclose(f->out);
	f->out = NULL;
	f->path = NULL;
	memset(f->count, 0, sizeof(f->count));
}

void event_batch_release(struct event_batch *b)
{
	if (b->path)
		(void)unlink(b->path);
	free(b->path);
	*b = (struct event_batch){0};
}
