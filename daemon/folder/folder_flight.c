/* SPDX-License-Identifier: MIT */
/* What of a folder is on its way: what may have cost the connection that just
 * broke. */
#include "daemon/core/print.h"
#include "daemon/folder/folder_priv.h"

static void add_folder(const struct folder *f, struct flight *out)
{
	struct flight_item item = {.kind = FLIGHT_FOLDER,
				   .folder = f->box->display};

	if (!flight_find(out, &item))
		flight_add(out, &item);
}

static bool was_refused(const struct folder *f, uint32_t uid)
{
	for (size_t i = 0; i < f->view.naside; i++) {
		if (f->view.aside[i].uid == uid)
			return true;
	}
	return false;
}

/* What came of a command came before what breaks the connection. */
static void add_bodies(const struct run *r, struct flight *out)
{
	const struct folder *f = r->folder;
	size_t first = (size_t)(r->effect.first - f->plan.action);

	for (size_t i = 0; i < r->effect.n; i++) {
		uint32_t uid = r->effect.first[i].uid;
		if (!f->got[first + i])
			flight_add(out, &(struct flight_item){
					    .kind = FLIGHT_BODY,
					    .folder = f->box->display,
					    .id = uid,
					    .known = was_refused(f, uid)});
	}
}

static void add_uploads(const struct run *r, struct flight *out)
{
	for (size_t i = 0; i < r->upload.n; i++) {
		const struct upload_item *u = &r->upload.item[i];
		if (u->state == UPLOAD_READY)
			flight_add(out, &(struct flight_item){
					    .kind = FLIGHT_UPLOAD,
					    .folder = r->folder->box->display,
					    .id = u->key,
					    .file = u->unique,
					    .print = print_of(u->inode, u->size,
							      u->mtime_ns)});
	}
}

void folder_in_flight(const struct folder *f, struct flight *out)
{
	if (f->phase != FOLDER_RUNNING)
		add_folder(f, out);
	for (const struct run *r = f->runs; r; r = r->next) {
		if (r->commands == 0)
			continue;
		if (r->effect.type == EFFECT_FETCH)
			add_bodies(r, out);
		else if (r->effect.type == EFFECT_UPLOAD)
			add_uploads(r, out);
		else
			add_folder(f, out);
	}
}
