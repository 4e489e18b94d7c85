/* SPDX-License-Identifier: MIT */
#include "daemon/setup/grant.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "daemon/base/xalloc.h"
#include "lib/util/num.h"
#include "lib/util/text.h"

#define TEXT_MAX     1000
#define YEAR         (366 * 24 * 3600)
#define INTERVAL     5 /* RFC 8628 3.2 */
#define INTERVAL_MAX 300

/* RFC 6750 2.1 b64token, and what providers use besides: printable ASCII
 * without blanks. It goes into a SASL message that SOH ends. */
static bool is_token(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (s[i] <= ' ' || s[i] >= 0x7f)
			return false;
	}
	return len > 0 && len <= GRANT_TOKEN_MAX;
}

/* false: it is there, and no token. */
static bool take_token(const json_t *o, const char *name, char **out)
{
	const json_t *v = json_object_get(o, name);

	if (!v || json_is_null(v))
		return true;
	if (!json_is_string(v) ||
	    !is_token(json_string_value(v), json_string_length(v)))
		return false;
	*out = xstrdup(json_string_value(v));
	return true;
}

static char *take_text(const json_t *o, const char *name)
{
	const json_t *v = json_object_get(o, name);
	char text[TEXT_MAX];

	if (!json_is_string(v) || json_string_length(v) == 0)
		return NULL;
	text_clean(text, sizeof(text), json_string_value(v),
		   json_string_length(v));
	return xstrdup(text);
}

/* Some write numbers as strings. */
static int64_t take_number(const json_t *o, const char *name, int64_t def,
			   int64_t max)
{
	const json_t *v = json_object_get(o, name);
	uint64_t n = 0;

	if (json_is_number(v)) {
		double d = json_number_value(v);
		return d >= 1 && d <= (double)max ? (int64_t)d : def;
	}
	if (json_is_string(v) &&
	    num_parse(json_string_value(v), json_string_length(v),
		      (uint64_t)max, &n) == 0 &&
	    n > 0)
		return (int64_t)n;
	return def;
}

static int take(const json_t *o, struct grant *out, const char **why)
{
	const char *type = json_string_value(json_object_get(o, "token_type"));

	out->expires_in = take_number(o, "expires_in", GRANT_EXPIRES_IN, YEAR);
	out->interval = take_number(o, "interval", INTERVAL, INTERVAL_MAX);
	out->error = take_text(o, "error");
	out->description = take_text(o, "error_description");
	if (out->error)
		return 0;
	*why = "a token has characters that no token has";
	if (!take_token(o, "access_token", &out->access_token) ||
	    !take_token(o, "refresh_token", &out->refresh_token) ||
	    !take_token(o, "device_code", &out->device_code))
		return -1;
	out->scope = take_text(o, "scope");
	out->user_code = take_text(o, "user_code");
	out->verification_uri = take_text(o, "verification_uri");
	if (!out->verification_uri) /* as drafts and Google had it */
		out->verification_uri = take_text(o, "verification_url");
	*why = "it is for no bearer token";
	if (out->access_token && type && strcasecmp(type, "Bearer") != 0)
		return -1;
	*why = "there is neither a token nor an error in it";
	return out->access_token || out->device_code ? 0 : -1;
}

int grant_parse(const char *json, size_t len, struct grant *out,
		const char **why)
{
	struct grant g = {0};
	json_t *o = len > 0
			? json_loadb(json, len, JSON_REJECT_DUPLICATES, NULL)
			: NULL;

	*why = "it is not JSON";
	int rc = json_is_object(o) ? take(o, &g, why) : -1;
	json_decref(o);
	if (rc < 0)
		grant_release(&g);
	else
		*out = g;
	return rc;
}

static void wipe(char *s)
{
	if (s)
		explicit_bzero(s, strlen(s));
	free(s);
}

void grant_release(struct grant *g)
{
	wipe(g->access_token);
	wipe(g->refresh_token);
	wipe(g->device_code);
	free(g->scope);
	free(g->error);
	free(g->description);
	free(g->user_code);
	free(g->verification_uri);
	*g = (struct grant){0};
}
