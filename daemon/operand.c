/* SPDX-License-Identifier: MIT */
#include "daemon/operand.h"

#include <string.h>

#include "daemon/base/err.h"
#include "daemon/base/log.h"

const struct config_account *operand_account(const struct config *config,
					     const char *operand)
{
	return config_find_account(config, operand, strcspn(operand, "/"));
}

const char *operand_folder(const char *operand)
{
	const char *slash = strchr(operand, '/');

	return slash && slash[1] ? slash + 1 : NULL;
}

int operands_check(char *const *operands, const struct config *config)
{
	for (; *operands; operands++) {
		if (operand_account(config, *operands))
			continue;
		log_at(LOG_ERROR, NULL, NULL, "there is no account '%.*s'",
		       (int)strcspn(*operands, "/"), *operands);
		return ERR_USAGE;
	}
	return 0;
}
