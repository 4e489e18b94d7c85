/* SPDX-License-Identifier: MIT */
#include "daemon/control/request.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/xalloc.h"

static const char *const verbs[] = {
    [REQUEST_STATUS] = "status", [REQUEST_SYNC] = "sync",
    [REQUEST_ONCE] = "once",     [REQUEST_PAUSE] = "pause",
    [REQUEST_RESUME] = "resume", [REQUEST_RELOAD] = "reload",
};
#define NVERBS (sizeof(verbs) / sizeof(verbs[0]))

static int take_verb(const json_t *root, enum request_verb *out)
{
	const char *name = json_string_value(json_object_get(root, "verb"));

	for (size_t i = 0; name && i < NVERBS; i++) {
		if (strcmp(verbs[i], name) == 0) {
			*out = (enum request_verb)i;
			return 0;
		}
	}
	return -1;
}

/* An array of texts, NULL-terminated; one that is not there is empty. */
static int take_texts(const json_t *root, const char *key, char ***out,
		      size_t *n)
{
	const json_t *list = json_object_get(root, key);
	size_t size = json_array_size(list);

	*n = 0;
	*out = xcalloc(size + 1, sizeof(**out));
	if (list && (!json_is_array(list) || size > REQUEST_MAX_TARGETS))
		return -1;
	for (; *n < size; (*n)++) {
		const char *text = json_string_value(json_array_get(list, *n));
		if (!text || text[0] == '\0')
			return -1;
		(*out)[*n] = xstrdup(text);
	}
	return 0;
}

static int take_bool(const json_t *root, const char *key, bool *out)
{
	const json_t *value = json_object_get(root, key);

	*out = json_is_true(value);
	return !value || json_is_boolean(value) ? 0 : -1;
}

static int take(const json_t *root, struct request *r, const char **why)
{
	size_t prints;

	*why = "this version does not know that verb";
	if (take_verb(root, &r->verb) < 0)
		return -1;
	*why = "a member is not what it should be";
	if (take_bool(root, "wait", &r->wait) < 0 ||
	    take_bool(root, "full", &r->full) < 0 ||
	    take_bool(root, "quiet", &r->quiet) < 0 ||
	    take_texts(root, "targets", &r->target, &r->ntargets) < 0 ||
	    take_texts(root, "prints", &r->print, &prints) < 0)
		return -1;
	*why = "each target needs a print";
	return r->verb != REQUEST_ONCE || (prints == r->ntargets && prints > 0)
		   ? 0
		   : -1;
}

int request_parse(const char *line, size_t len, struct request *out,
		  const char **why)
{
	struct request r = {0};
	json_t *root = NULL;

	*why = "no JSON object on one line";
	/* Without JSON_ALLOW_NUL no text has a NUL in it. */
	if (len <= REQUEST_MAX_BYTES)
		root = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL);
	int rc = json_is_object(root) ? take(root, &r, why) : -1;
	json_decref(root);
	if (rc < 0)
		request_release(&r);
	else
		*out = r;
	return rc;
}

static json_t *texts(char *const *text, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++) {
		if (json_array_append_new(list, json_string(text[i])) < 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

char *request_print(const struct request *r)
{
	json_t *root = json_object();
	int rc = json_object_set_new(root, "verb", json_string(verbs[r->verb]));

	if (r->wait)
		rc |= json_object_set_new(root, "wait", json_true());
	if (r->full)
		rc |= json_object_set_new(root, "full", json_true());
	if (r->quiet)
		rc |= json_object_set_new(root, "quiet", json_true());
	if (r->ntargets > 0)
		rc |= json_object_set_new(root, "targets",
					  texts(r->target, r->ntargets));
	if (r->print)
		rc |= json_object_set_new(root, "prints",
					  texts(r->print, r->ntargets));
	char *line = rc == 0 ? json_dumps(root, JSON_COMPACT) : NULL;
	json_decref(root);
	if (line && strlen(line) > REQUEST_MAX_BYTES) {
		free(line);
		return NULL;
	}
	return line;
}

static void release_texts(char **text)
{
	for (size_t i = 0; text && text[i]; i++)
		free(text[i]);
	free(text);
}

void request_release(struct request *r)
{
	release_texts(r->target);
	release_texts(r->print);
	*r = (struct request){0};
}
