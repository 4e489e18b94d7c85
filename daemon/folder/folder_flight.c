/* SPDX-License-Identifier: MIT */
/* What of a folder is on its way: what may have cost the connection that just
 * broke. */
#include "daemon/folder/run.h"

static void add_folder(const struct folder *f, struct flight *out)
{
	struct flight_item item = {.kind = FLIGHT_FOLDER,
				   .folder = f->box->display};

	if (!flight_find(out, &item))
		flight_add(out, &item);
}

void folder_in_flight(const struct folder *f, struct flight *out)
{
	if (f->phase != FOLDER_RUNNING)
		add_folder(f, out);
	for (const struct run *r = f->runs.first; r; r = r->next) {
		if (r->commands == 0)
			continue;
		if (r->kind->in_flight)
			r->kind->in_flight(r, out);
		else
			add_folder(f, out);
	}
}
