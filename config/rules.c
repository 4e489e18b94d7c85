/* SPDX-License-Identifier: MIT */
/* Which folders are mirrored: include and exclude, the last match wins. The
 * matching of names is LIST's own, from the library. */
#include "config/config.h"

#include <imap4/codec.h>

#include "config/check.h"
#include "config/suggest.h"

bool config_rule_matches(const struct config_rule *rule, const char *name,
			 uint32_t special_use)
{
	return rule->pattern[0] == '\\'
		   ? (special_use & check_special_use(rule->pattern)) != 0
		   : imap4_list_match(rule->pattern, name, '/');
}

const char *config_rule_meant(const struct config_rule *rule,
			      const char *const *names)
{
	return rule->pattern[0] == '\\' ? NULL
					: suggest_word(names, rule->pattern);
}

bool config_folder_included(const struct config_account *a, const char *name,
			    uint32_t special_use)
{
	for (size_t i = a->nrules; i-- > 0;) {
		const struct config_rule *rule = &a->rules[i];
		if (config_rule_matches(rule, name, special_use))
			return rule->include;
	}
	/* The provider's excludes are not what the user began with. */
	return a->nrules == a->npreset || !a->rules[a->npreset].include;
}
