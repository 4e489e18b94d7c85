/* SPDX-License-Identifier: MIT */
/* A line at the control socket: what is taken for a request can be written
 * again, and is read as the same. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/control/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_again(const struct request *r)
{
	char *line = request_print(r);
	const char *why;
	struct request again;

	/* Controls are longer when written. */
	if (!line)
		return;
	assert(request_parse(line, strlen(line), &again, &why) == 0);
	assert(again.verb == r->verb && again.wait == r->wait);
	assert(again.ntargets == r->ntargets);
	for (size_t i = 0; i < r->ntargets; i++)
		assert(strcmp(again.target[i], r->target[i]) == 0);
	request_release(&again);
	free(line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *why = NULL;
	struct request r;

	if (request_parse((const char *)data, size, &r, &why) < 0) {
		assert(why);
		return 0;
	}
	assert(r.target && !r.target[r.ntargets]);
	if (r.verb != REQUEST_ONCE) {
		/* Prints of other verbs are of no use, and not as many. */
		char **print = r.print;
		r.print = NULL;
		check_again(&r);
		r.print = print;
	} else {
		check_again(&r);
	}
	request_release(&r);
	return 0;
}
