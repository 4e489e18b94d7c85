/* SPDX-License-Identifier: MIT */
#include "tests/sim/user.h"

#include "tests/sim/trace.h"

/* So many messages in a folder are enough for anything to happen. */
#define ENOUGH 7

static const uint64_t flags_there[] = {FLAG_SEEN,       FLAG_FLAGGED,
				       FLAG_PASSED,     WORLD_LETTER,
				       WORLD_NO_LETTER, FLAG_DELETED};
static const uint64_t flags_here[] = {FLAG_SEEN, FLAG_FLAGGED, FLAG_PASSED,
				      WORLD_LETTER, FLAG_DELETED};

static uint32_t new_body(struct world *w)
{
	uint32_t body = w->bodies++;

	w->deeds[body].made++;
	return body;
}

void user_arrive(struct world *w, int box, uint64_t flags)
{
	uint32_t text = text_of(new_body(w), TEXT_PLAIN);
	uint32_t uid = world_arrive(&w->box[box], w->ids++, text, flags);

	trace("user: there %u.%u arrives, body %u", box, uid, text_body(text));
}

void user_expunge(struct world *w, int box, struct world_message *m)
{
	trace("user: there %u.%u is expunged, body %u", box, m->uid,
	      text_body(m->text));
	w->deeds[text_body(m->text)].deleted++;
	world_expunge(w, &w->box[box], m);
}

void user_move_there(struct world *w, int box, struct world_message *m, int to)
{
	uint32_t uid = world_copy(&w->box[box], m->uid, &w->box[to]);

	trace("user: there %u.%u moves to folder %u", box, m->uid, to);
	trace("            as %u.%u, body %u", to, uid, text_body(m->text));
	w->deeds[text_body(m->text)].moved_there++;
	world_expunge(w, &w->box[box], m);
}

void user_copy_there(struct world *w, int box, struct world_message *m, int to)
{
	struct world_deeds *d = &w->deeds[text_body(m->text)];
	uint32_t uid = world_arrive(&w->box[to], w->ids++, m->text, m->flags);

	d->made++;
	d->copied_there++;
	trace("user: there %u.%u is copied to folder %u", box, m->uid, to);
	trace("            as %u.%u, body %u", to, uid, text_body(m->text));
}

void user_flag_there(struct world *w, int box, struct world_message *m,
		     uint64_t flag)
{
	struct world_deeds *d = &w->deeds[text_body(m->text)];

	trace("user: there %u.%u toggles flag %x", box, m->uid, flag);
	d->marked_there++;
	d->unmarked += (flag & m->flags & FLAG_DELETED) != 0;
	world_store(&w->box[box], m, flag & ~m->flags, flag & m->flags);
}

void user_new(struct world *w, int folder, uint64_t flags)
{
	struct world_file f = {
	    .key = world_name(w),
	    .flags = flags & w->here_mask,
	    .id = w->ids++,
	    .text = text_of(new_body(w), TEXT_PLAIN),
	    .inode = ++w->inodes,
	    .mtime = ++w->times,
	    .in_new = flags == 0,
	};

	(void)world_add_file(&w->folder[folder].dir, f);
	trace("user: here %u/%04x is new, body %u", folder, f.key,
	      text_body(f.text));
}

void user_delete(struct world *w, int folder, struct world_file *f)
{
	trace("user: here %u/%04x is removed, body %u", folder, f->key,
	      text_body(f->text));
	w->deeds[text_body(f->text)].deleted++;
	world_remove_file(&w->folder[folder].dir, f);
}

static void another_file(struct world *w, struct world_file *f,
			 struct user_way way)
{
	if (way.new_name) {
		f->key = world_name(w);
		f->hint_uid = 0;
	}
	if (way.new_file)
		f->inode = ++w->inodes;
	if (way.new_time)
		f->mtime = ++w->times;
}

/* To the same folder: it gets another name. */
void user_move_here(struct world *w, int folder, struct world_file *f, int to,
		    struct user_way way)
{
	struct world_file moved = *f;

	if (world_file(&w->folder[to].dir, f->key))
		way.new_name = true;
	trace("user: here %u/%04x moves to folder %u", folder, f->key, to);
	if (to != folder)
		w->deeds[text_body(f->text)].moved_here++;
	else
		w->deeds[text_body(f->text)].renamed++;
	world_remove_file(&w->folder[folder].dir, f);
	another_file(w, &moved, way);
	(void)world_add_file(&w->folder[to].dir, moved);
	trace("            as %u/%04x, body %u", to, moved.key,
	      text_body(moved.text));
}

void user_copy_here(struct world *w, int folder, struct world_file *f, int to)
{
	struct world_deeds *d = &w->deeds[text_body(f->text)];
	struct world_file copy = *f;

	d->made++;
	d->copied_here++;
	copy.id = w->ids++;
	another_file(w, &copy, (struct user_way){true, true, true});
	trace("user: here %u/%04x is copied to folder %u", folder, f->key, to);
	trace("            as %u/%04x, body %u", to, copy.key,
	      text_body(copy.text));
	(void)world_add_file(&w->folder[to].dir, copy);
}

void user_edit(struct world *w, int folder, struct world_file *f,
	       struct user_way way)
{
	struct world_file edited = *f;

	w->deeds[text_body(f->text)].deleted++;
	edited.text = text_of(new_body(w), TEXT_PLAIN);
	edited.id = w->ids++;
	/* Marks stay with the file. */
	w->deeds[text_body(edited.text)].marked_here =
	    w->deeds[text_body(f->text)].marked_here;
	trace("user: here %u/%04x is edited: body %u", folder, f->key,
	      text_body(edited.text));
	way.new_time = true;
	another_file(w, &edited, way);
	if (way.new_name || way.new_file) {
		world_remove_file(&w->folder[folder].dir, f);
		(void)world_add_file(&w->folder[folder].dir, edited);
	} else {
		*f = edited;
	}
}

void user_touch(struct world *w, struct world_file *f)
{
	trace("user: here %04x is touched", f->key);
	f->mtime = ++w->times;
}

void user_flag_here(struct world *w, int folder, struct world_file *f,
		    uint64_t flag)
{
	trace("user: here %u/%04x toggles flag %x", folder, f->key, flag);
	w->deeds[text_body(f->text)].marked_here++;
	f->in_new = false;
	world_flag_file(w, &w->folder[folder].dir, f, flag & ~f->flags,
			flag & f->flags);
}

/* Chance. */

static uint64_t any_flag(struct rng *rng, const uint64_t *from, size_t n)
{
	/* \Deleted is rare. */
	return from[rng_below(rng, (uint32_t)n - (rng_below(rng, 4) != 0))];
}

static uint64_t first_flags(struct rng *rng)
{
	return rng_below(rng, 2) ? 0 : any_flag(rng, flags_there, 5);
}

static bool has_room(const struct world *w, int folder)
{
	const struct world_box *b = &w->box[folder];

	return b->messages < ENOUGH && b->uidnext < WORLD_UIDS / 2 &&
	       w->folder[folder].dir.files < ENOUGH &&
	       w->bodies < WORLD_BODIES - 1;
}

static void act_there(struct world *w, struct rng *rng, enum user_deed deed)
{
	int box = (int)rng_below(rng, WORLD_FOLDERS);
	int to = (int)rng_below(rng, WORLD_FOLDERS);
	struct world_box *b = &w->box[box];

	if (deed == USER_ARRIVE || b->messages == 0) {
		if (has_room(w, box))
			user_arrive(w, box, first_flags(rng));
		return;
	}
	struct world_message *m =
	    &b->message[rng_below(rng, (uint32_t)b->messages)];
	/* Deleted mail is hidden, or brought back, or gone for good. */
	bool marked = m->flags & FLAG_DELETED;
	if (marked && deed != USER_EXPUNGE)
		user_flag_there(w, box, m, FLAG_DELETED);
	else if (deed == USER_EXPUNGE)
		user_expunge(w, box, m);
	else if (deed == USER_MOVE_THERE && to != box && has_room(w, to))
		user_move_there(w, box, m, to);
	else if (deed == USER_COPY_THERE && has_room(w, to))
		user_copy_there(w, box, m, to);
	else
		user_flag_there(w, box, m, any_flag(rng, flags_there, 6));
}

static void act_here(struct world *w, struct rng *rng, enum user_deed deed)
{
	int folder = (int)rng_below(rng, WORLD_FOLDERS);
	int to = (int)rng_below(rng, WORLD_FOLDERS);
	struct world_dir *d = &w->folder[folder].dir;
	uint32_t bits = (uint32_t)rng_next(rng);
	struct user_way way = {bits & 1, (bits & 6) == 0, bits & 8};

	if (deed == USER_NEW || d->files == 0) {
		if (has_room(w, folder))
			user_new(w, folder, first_flags(rng));
		return;
	}
	struct world_file *f = &d->file[rng_below(rng, (uint32_t)d->files)];
	if (deed == USER_DELETE)
		user_delete(w, folder, f);
	else if (deed == USER_MOVE_HERE && to != folder && has_room(w, to))
		user_move_here(w, folder, f, to, way);
	else if (deed == USER_RENAME)
		user_move_here(w, folder, f, folder, way);
	else if (deed == USER_COPY_HERE && has_room(w, to))
		user_copy_here(w, folder, f, to);
	else if (deed == USER_EDIT && w->bodies < WORLD_BODIES - 1)
		user_edit(w, folder, f, (struct user_way){false, bits & 1, 1});
	else if (deed == USER_TOUCH)
		user_touch(w, f);
	else
		user_flag_here(w, folder, f, any_flag(rng, flags_here, 5));
}

void user_acts(struct world *w, struct rng *rng)
{
	enum user_deed deed = (enum user_deed)rng_below(rng, USER_DEEDS);

	if (deed < USER_NEW)
		act_there(w, rng, deed);
	else
		act_here(w, rng, deed);
}

void user_begins(struct world *w, struct rng *rng)
{
	for (int i = 0; i < WORLD_FOLDERS; i++) {
		for (uint32_t n = rng_below(rng, 4); n > 0; n--)
			user_arrive(w, i, first_flags(rng));
		for (uint32_t n = rng_below(rng, 3); n > 0; n--)
			user_new(w, i, first_flags(rng));
	}
}
