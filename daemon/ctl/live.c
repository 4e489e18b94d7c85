/* SPDX-License-Identifier: MIT */
#include "daemon/ctl/live.h"

#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "daemon/base/clock.h"
#include "daemon/base/err.h"
#include "daemon/base/log.h"
#include "daemon/base/xalloc.h"
#include "daemon/control/call.h"
#include "daemon/ctl/instance.h"
#include "daemon/ctl/status_text.h"

#define WATCH_MS 1000

static struct call *open_call(const struct config *config)
{
	struct call *call = instance_call(config);
	struct err err;

	if (call)
		return call;
	(void)err_set(&err, ERR_NO_DAEMON, ERR_SCOPE_DAEMON,
		      "no imapsyncd is running (asked in '%s')",
		      config->runtime_dir);
	(void)err_hint(&err, "start it: systemctl --user start imapsyncd; or "
			     "sync once: imapsyncd --once");
	log_err(LOG_ERROR, NULL, NULL, &err);
	return NULL;
}

static void keep_status(void *ctx, const char *key, const json_t *value)
{
	json_t **status = ctx;

	if (strcmp(key, "status") != 0)
		return;
	json_decref(*status);
	*status = json_deep_copy(value);
}

/* *out is owned where 0 is returned. */
static int ask_status(struct call *call, json_t **out)
{
	const struct request r = {.verb = REQUEST_STATUS};
	json_t *status = NULL;
	int rc = call_ask(call, &r, keep_status, &status);

	if (rc == 0 && !json_is_object(status)) {
		log_at(LOG_ERROR, NULL, NULL,
		       "the running imapsyncd is of another version");
		rc = ERR_TEMP;
	}
	if (rc != 0)
		json_decref(status);
	else
		*out = status;
	return rc;
}

static unsigned columns(void)
{
	const char *said = getenv("COLUMNS");
	struct winsize w;
	unsigned n = said ? (unsigned)strtoul(said, NULL, 10) : 0;

	if (n == 0 && ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0)
		n = w.ws_col;
	return n ? n : 80;
}

/* Owned, with its line ends. */
static char *render(const json_t *status, bool json)
{
	char *text = json ? json_dumps(status, JSON_COMPACT)
			  : status_text(status, clock_wall(), columns());

	if (!json || !text)
		return text;
	char *line = xasprintf("%s\n", text);
	free(text);
	return line;
}

static void show(const char *text, const struct live_opts *opts)
{
	/* On a terminal in place of what was there before. */
	if (opts->watch && !opts->json && isatty(STDOUT_FILENO))
		(void)fputs("\033[H\033[2J", stdout);
	(void)fputs(text, stdout);
	(void)fflush(stdout);
}

int live_status(const struct config *config, const struct live_opts *opts)
{
	struct call *call = open_call(config);
	char *last = NULL;
	int rc = call ? 0 : ERR_NO_DAEMON;

	while (rc == 0) {
		json_t *status;
		rc = ask_status(call, &status);
		if (rc != 0)
			break;
		char *text = render(status, opts->json);
		json_decref(status);
		if (text && (!last || strcmp(last, text) != 0))
			show(text, opts);
		free(last);
		last = text;
		/* Whoever reads it may be gone. */
		if (!opts->watch || ferror(stdout))
			break;
		(void)poll(NULL, 0, WATCH_MS);
	}
	free(last);
	call_close(call);
	return rc;
}

static const json_t *account_in(const json_t *status, const char *name)
{
	size_t i;
	json_t *account;

	json_array_foreach(json_object_get(status, "accounts"), i, account)
	{
		const char *have =
		    json_string_value(json_object_get(account, "name"));
		if (have && strcmp(have, name) == 0)
			return account;
	}
	return NULL;
}

static void show_folders(const json_t *account, bool json)
{
	const json_t *folders = json_object_get(account, "folders");
	char *text = json ? json_dumps(folders, JSON_COMPACT)
			  : status_folders_text(folders, columns());

	if (text)
		(void)printf("%s%s", text, json ? "\n" : "");
	free(text);
}

int live_folders(const struct config *config, const char *account,
		 const struct live_opts *opts)
{
	struct call *call = open_call(config);
	json_t *status = NULL;
	int rc = call ? ask_status(call, &status) : ERR_NO_DAEMON;

	call_close(call);
	if (rc != 0)
		return rc;
	const json_t *found = account_in(status, account);
	if (found) {
		show_folders(found, opts->json);
	} else {
		log_at(LOG_ERROR, NULL, NULL, "there is no account '%s'",
		       account);
		rc = ERR_USAGE;
	}
	json_decref(status);
	return rc;
}

int live_order(const struct config *config, enum request_verb verb,
	       char *const *operands, const struct live_opts *opts)
{
	struct request r = {.verb = verb, .wait = opts->wait};
	struct call *call = open_call(config);

	if (!call)
		return ERR_NO_DAEMON;
	while (operands[r.ntargets])
		r.ntargets++;
	r.target = xcalloc(r.ntargets + 1, sizeof(*r.target));
	for (size_t i = 0; i < r.ntargets; i++)
		r.target[i] = xstrdup(operands[i]);
	int rc = call_ask(call, &r, NULL, NULL);
	request_release(&r);
	call_close(call);
	return rc;
}
