/* SPDX-License-Identifier: MIT */
/* The JSON of a token endpoint, and the query of a redirect: what comes out can
 * be put into a header, a SASL message and a terminal. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/setup/form.h"
#include "daemon/setup/grant.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_token(const char *s)
{
	for (; s && *s; s++)
		assert(*s > ' ' && *s < 0x7f);
}

static void check_text(const char *s)
{
	for (; s && *s; s++)
		assert((unsigned char)*s >= ' ' && *s != 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	const char *why;
	struct grant g;

	if (grant_parse(text, size, &g, &why) == 0) {
		check_token(g.access_token);
		check_token(g.refresh_token);
		check_token(g.device_code);
		check_text(g.error);
		check_text(g.description);
		check_text(g.user_code);
		check_text(g.verification_uri);
		assert(g.error || g.access_token || g.device_code);
		assert(g.expires_in >= 1 && g.interval >= 1);
		grant_release(&g);
	}
	char *value = form_find(text, size, "code");
	check_text(value);
	assert(!value || strlen(value) < size);
	free(value);
	return 0;
}
