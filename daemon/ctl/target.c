/* SPDX-License-Identifier: MIT */
#include "daemon/ctl/target.h"

#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/xalloc.h"
#include "daemon/ctl/instance.h"
#include "lib/util/ascii.h"

int target_open(const struct config *config, const char *operand,
		struct target *out, struct err *err)
{
	size_t len = strcspn(operand, "/");

	*out = (struct target){
	    .config = config,
	    .account = config_find_account(config, operand, len),
	    .folder =
		operand[len] && operand[len + 1] ? operand + len + 1 : NULL,
	};
	if (!out->account) {
		err_set(err, ERR_USAGE, ERR_SCOPE_DAEMON,
			"there is no account '%.*s'", (int)len, operand);
		return err_hint(err,
				"the accounts of '%s': imapsyncd "
				"--check-config --effective",
				config->file);
	}
	out->state_dir = instance_state_dir(config, out->account->name);
	int rc = state_open(out->state_dir, out->account->name, STATE_SHARE,
			    &out->state, err);
	if (rc < 0)
		free(out->state_dir);
	return rc;
}

void target_close(struct target *t)
{
	state_close(t->state);
	t->state = NULL;
	free(t->state_dir);
	t->state_dir = NULL;
}

struct tree target_tree(const struct target *t)
{
	static const enum tree_layout fs[] = {
	    [CONFIG_SEPARATOR_SLASH] = TREE_FS,
	    [CONFIG_SEPARATOR_DOT] = TREE_DOTTED,
	    [CONFIG_SEPARATOR_SLASH_DOT] = TREE_DOT_BELOW,
	};
	const struct config_account *a = t->account;

	return (struct tree){
	    .layout = a->layout == CONFIG_LAYOUT_FS ? fs[a->separator]
						    : TREE_MAILDIRPP,
	    .inbox = a->inbox,
	    .mutf7 = a->local_names == CONFIG_NAMES_MUTF7,
	};
}

bool target_is(const struct target *t, const char *path)
{
	if (!t->folder)
		return true;
	char *name = target_name(t, path);
	bool is = strcmp(name, t->folder) == 0 ||
		  (ascii_same(t->folder, "INBOX") && ascii_same(name, "INBOX"));
	free(name);
	return is;
}

char *target_name(const struct target *t, const char *path)
{
	struct tree tree = target_tree(t);
	char name[PATH_MAX];

	if (tree_name(&tree, path, name, sizeof(name)) < 0)
		return xstrdup(path);
	return xstrdup(name);
}

bool target_wake(const struct target *t)
{
	pid_t pid = state_holder(t->state_dir, t->account->name);

	return pid > 0 && kill(pid, SIGUSR1) == 0;
}
