/* SPDX-License-Identifier: MIT */
/* The file for a metrics collector (metrics_file). */
#ifndef DAEMON_METRICS_H
#define DAEMON_METRICS_H

#include "lib/util/buf.h"

struct service;

/* What stands in it: OpenMetrics 1.0. 0, or -1: it does not fit into out. */
int metrics_print(const struct service *s, struct buf *out);
/* Writes it anew, as a whole, where there is to be one; where that fails it is
 * said once. */
void metrics_write(struct service *s);

#endif
