/* SPDX-License-Identifier: MIT */
/* What is said of a sync of an account, and what it came to. */
#ifndef DAEMON_ACCOUNT_ACCOUNT_REPORT_H
#define DAEMON_ACCOUNT_ACCOUNT_REPORT_H

#include <imap4.h>

#include "daemon/account/report.h"
#include "daemon/base/err.h"
#include "daemon/core/failure/alerts.h"

struct account;

/* What an account said. */
struct notes {
	char **text;
	size_t n;
};

struct account_report {
	struct alerts alerts;
	enum err_code code; /* the gravest */
	char *failure; /* what that is about, from ERR_USAGE on; else NULL */
	struct totals totals;
	struct notes said, saying; /* in the last sync, in this one */
	int64_t started_ms;
};

/* Logs it and keeps the gravest code. */
void account_fail(struct account *a, const char *folder, const struct err *err);
/* Warns of what is no error; a service says it once. */
void account_remark(struct account *a, const char *text);
/* Shows the event, where a person must see it. */
void account_report_alert(struct account *a, const struct imap4_event *ev);
/* A sync begins; it came to its end, well or not. */
void account_report_begin(struct account *a);
void account_report_end(struct account *a);
void account_report_release(struct account_report *r);

#endif
