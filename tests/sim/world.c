/* SPDX-License-Identifier: MIT */
/* The state of the model. What users do to it is in user.c, what imapsyncd does
 * to it in sim*.c, what it must have come to in oracle.c.
 */
#include "tests/sim/world.h"

#include <string.h>

#include "daemon/core/content/print.h"
#include "tests/support/t.h"

/* The finalizer of SplitMix64. */
static uint64_t mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

/* Many messages are of the same size. */
uint64_t text_size(uint32_t text)
{
	static const uint64_t more[] = {
	    [TEXT_PLAIN] = 0, [TEXT_GROWN] = 2, [TEXT_REWRITTEN] = 40};

	return 1000 + 100 * (mix(text_body(text)) % 3) +
	       more[text % TEXT_FORMS];
}

void text_header(uint32_t text, unsigned char out[32])
{
	uint32_t header[8] = {text_body(text)};

	header[1] = text % TEXT_FORMS == TEXT_REWRITTEN;
	memcpy(out, header, sizeof(header));
}

static struct world_caps any_caps(struct rng *rng)
{
	uint64_t bits = rng_next(rng);
	struct world_caps caps = {
	    .uids = bits & 3,
	    .expunge = bits & 12,
	    .move = bits & 16,
	    .multiappend = bits & 32,
	    .condstore = bits & 64,
	    .qresync = (bits & 192) == 192,
	    .emailid = bits & 256,
	};

	if (bits >> 9 & 1)
		caps.form = (bits >> 10 & 1) ? TEXT_GROWN : TEXT_PLAIN;
	/* Where the content does not tell, nobody could know. */
	caps.lies = (bits >> 11 & 3) == 0 && caps.form == TEXT_PLAIN;
	return caps;
}

void world_init(struct world *w, struct rng *rng)
{
	memset(w, 0, sizeof(*w));
	w->caps = any_caps(rng);
	w->here_mask = FLAG_SYSTEM | WORLD_LETTER;
	w->there_mask = ~UINT64_C(0);
	if (rng_below(rng, 3) == 0)
		w->there_mask = ~FLAG_PASSED;
	w->expunge = rng_below(rng, 4) != 0;
	w->pull = w->push = w->delete_here = w->delete_there = true;
	w->trash_box = -1;
	if (rng_below(rng, 2))
		w->trash_box = WORLD_FOLDERS - (int)rng_below(rng, 2);
	for (size_t i = 0; i < WORLD_BOXES; i++) {
		w->box[i].uidvalidity = 1;
		w->box[i].uidnext = 1;
		w->box[i].modseq = 1;
	}
	for (size_t i = 0; i < WORLD_FOLDERS; i++)
		w->folder[i].table.horizon.exists = -1;
	w->bodies = w->ids = 1;
}

struct world_message *world_message(struct world_box *b, uint32_t uid)
{
	for (size_t i = 0; i < b->messages; i++) {
		if (b->message[i].uid == uid)
			return &b->message[i];
	}
	return NULL;
}

bool world_has(const struct world_box *b, uint32_t id)
{
	bool found = false;

	for (size_t k = 0; k < b->messages; k++)
		found |= b->message[k].id == id;
	return found;
}

struct world_file *world_file(struct world_dir *d, uint64_t key)
{
	for (size_t i = 0; i < d->files; i++) {
		if (d->file[i].key == key)
			return &d->file[i];
	}
	return NULL;
}

struct world_row *world_row(struct world_table *t, uint32_t uid)
{
	for (size_t i = 0; i < t->rows; i++) {
		if (t->row[i].base.uid == uid)
			return &t->row[i];
	}
	return NULL;
}

struct world_row *world_file_row(struct world_table *t, uint64_t key)
{
	for (size_t i = 0; i < t->rows; i++) {
		if (t->row[i].base.key == key &&
		    fate_is_here((enum fate)t->row[i].base.fate))
			return &t->row[i];
	}
	return NULL;
}

struct world_intent *world_intent(struct world *w, int folder, uint64_t key)
{
	for (size_t i = 0; i < w->intents; i++) {
		if (w->intent[i].folder == folder && w->intent[i].key == key)
			return &w->intent[i];
	}
	return NULL;
}

uint32_t world_arrive(struct world_box *b, uint32_t id, uint32_t text,
		      uint64_t flags)
{
	assert_true(b->messages < WORLD_MESSAGES);
	assert_true(b->uidnext < WORLD_UIDS);
	b->message[b->messages++] = (struct world_message){
	    .uid = b->uidnext,
	    .id = id,
	    .text = text,
	    .flags = flags,
	    .modseq = ++b->modseq,
	};
	return b->uidnext++;
}

void world_store(struct world_box *b, struct world_message *m, uint64_t add,
		 uint64_t del)
{
	uint64_t flags = (m->flags | add) & ~del;

	if (flags == m->flags)
		return;
	m->flags = flags;
	m->modseq = ++b->modseq;
}

/* RFC 7162 3.2.7: only with QRESYNC it raises the mod-sequence. */
void world_expunge(struct world *w, struct world_box *b,
		   struct world_message *m)
{
	size_t at = (size_t)(m - b->message);

	b->modseq += w->caps.qresync;
	b->gone[m->uid] = (uint16_t)b->modseq;
	b->messages--;
	memmove(m, m + 1, (b->messages - at) * sizeof(*m));
}

uint32_t world_copy(struct world_box *from, uint32_t uid, struct world_box *to)
{
	const struct world_message *m = world_message(from, uid);

	return world_arrive(to, m->id, m->text, m->flags);
}

void world_rebuild(struct world *w, struct world_box *b)
{
	struct world_box old = *b;

	memset(b->gone, 0, sizeof(b->gone));
	b->messages = 0;
	b->uidvalidity++;
	/* It may use the same numbers again, for other messages. */
	b->uidnext = 1;
	b->modseq = w->caps.condstore ? 2 : 1;
	for (size_t i = old.messages; i-- > 0;) {
		const struct world_message *m = &old.message[i];
		(void)world_arrive(b, m->id, m->text, m->flags);
	}
}

uint64_t world_name(struct world *w)
{
	/* Keys are in another order than UIDs. */
	return mix(UINT64_C(1) << 40 | ++w->names);
}

struct world_file *world_add_file(struct world_dir *d, struct world_file f)
{
	assert_true(d->files < WORLD_FILES);
	assert_null(world_file(d, f.key));
	d->stamp++;
	d->file[d->files] = f;
	return &d->file[d->files++];
}

void world_remove_file(struct world_dir *d, struct world_file *f)
{
	d->stamp++;
	*f = d->file[--d->files];
}

uint64_t world_print(const struct world_file *f)
{
	return print_of(f->inode, text_size(f->text), f->mtime);
}

void world_flag_file(struct world *w, struct world_dir *d, struct world_file *f,
		     uint64_t add, uint64_t del)
{
	d->stamp++;
	f->flags = ((f->flags | add) & ~del) & w->here_mask;
	if (f->flags)
		f->in_new = false;
}

void world_add_row(struct world_table *t, struct world_row row)
{
	size_t at = t->rows++;

	assert_true(t->rows <= WORLD_ROWS);
	assert_null(row.base.uid == 0 ? t : NULL);
	for (; at > 0 && t->row[at - 1].base.uid >= row.base.uid; at--) {
		assert_int_not_equal(t->row[at - 1].base.uid, row.base.uid);
		t->row[at] = t->row[at - 1];
	}
	t->row[at] = row;
}

void world_drop_row(struct world_table *t, uint32_t uid)
{
	struct world_row *r = world_row(t, uid);

	/* Nothing to drop is no error. */
	if (!r)
		return;
	t->rows--;
	memmove(r, r + 1, (size_t)(t->row + t->rows - r) * sizeof(*r));
}

void world_drop_intent(struct world *w, int folder, uint64_t key)
{
	struct world_intent *i;

	/* Two files may have had that name, one behind the other. */
	while ((i = world_intent(w, folder, key)))
		*i = w->intent[--w->intents];
}

void world_promise(struct world *w, struct world_intent i)
{
	const struct world_intent *before = world_intent(w, i.folder, i.key);

	if (before)
		i.attempts = before->attempts == 1 ? 2 : before->attempts;
	world_drop_intent(w, i.folder, i.key);
	assert_true(w->intents < WORLD_INTENTS);
	w->intent[w->intents++] = i;
}

void world_rename_intents(struct world *w, int folder, uint64_t key,
			  uint64_t to)
{
	for (size_t i = 0; i < w->intents; i++) {
		if (w->intent[i].folder == folder && w->intent[i].key == key)
			w->intent[i].key = to;
	}
}

size_t world_count_there(const struct world *w, int boxes, uint32_t body)
{
	size_t n = 0;

	for (int i = 0; i < boxes; i++) {
		for (size_t k = 0; k < w->box[i].messages; k++)
			n += text_body(w->box[i].message[k].text) == body;
	}
	return n;
}

size_t world_count_here(const struct world *w, uint32_t body)
{
	size_t n = 0;

	for (int i = 0; i < WORLD_FOLDERS; i++) {
		const struct world_dir *d = &w->folder[i].dir;
		for (size_t k = 0; k < d->files; k++)
			n += text_body(d->file[k].text) == body;
	}
	return n;
}
