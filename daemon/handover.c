/* SPDX-License-Identifier: MIT */
#include "daemon/handover.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/xalloc.h"
#include "daemon/control/call.h"
#include "daemon/operand.h"
#include "daemon/state/state.h"

static void add_target(struct request *r, const char *target, uint64_t print)
{
	size_t n = r->ntargets++;

	r->target = xreallocarray(r->target, n + 2, sizeof(*r->target));
	r->print = xreallocarray(r->print, n + 2, sizeof(*r->print));
	r->target[n] = xstrdup(target);
	r->print[n] = xasprintf("%016" PRIx64, print);
	r->target[n + 1] = r->print[n + 1] = NULL;
}

/* The account as it was named, or as a whole. */
static void add_account(struct request *r, const struct config *config,
			const struct config_account *a, char *const *operands)
{
	uint64_t print = config_account_print(config, a);
	size_t before = r->ntargets;

	for (; *operands; operands++) {
		if (operand_account(config, *operands) == a)
			add_target(r, *operands, print);
	}
	if (r->ntargets == before)
		add_target(r, a->name, print);
}

int handover(const struct cli *cli, const struct config *config, bool *wanted)
{
	struct request r = {
	    .verb = REQUEST_ONCE, .full = cli->full, .quiet = cli->quiet};
	struct call *call = NULL;
	int status = 0;

	for (size_t i = 0; i < config->naccounts; i++) {
		const struct config_account *a = &config->accounts[i];
		/* Who has the lock need not be a daemon: one that does not
		 * answer is no help. */
		if (!wanted[i] || state_holder(config->state_dir, a->name) == 0)
			continue;
		if (!call)
			call = call_open(config->runtime_dir);
		if (!call)
			break;
		wanted[i] = false;
		add_account(&r, config, a, cli->operands);
	}
	if (call)
		status = call_ask(call, &r, NULL, NULL);
	call_close(call);
	request_release(&r);
	return status;
}
