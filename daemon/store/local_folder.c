/* SPDX-License-Identifier: MIT */
#include "daemon/store/local_folder.h"

#include "lib/util/ascii.h"

/* A system flag of ours, a keyword on the wire (RFC 5788), and a letter of its
 * own in Maildir names. */
static const char passed[] = "$Forwarded";

static void match_letters(struct local_folder *f)
{
	for (size_t i = 0; i < KEYWORD_MAX; i++)
		f->letter_of[i] =
		    i < f->table.n
			? keywords_find(&f->letters, f->table.name[i])
			: -1;
}

/* A letter that another program gave to a keyword we do not know yet. */
static int learn_letters(struct state *state, struct local_folder *f,
			 struct err *err)
{
	for (size_t i = 0; i < KEYWORD_LETTERS; i++) {
		const char *name = f->letters.name[i];
		if (!name || ascii_same(name, passed) ||
		    state_keywords_find(&f->table, name) >= 0)
			continue;
		if (state_keywords_add(state, f->row.id, &f->table, name,
				       err) == -1)
			return -1;
	}
	return 0;
}

static int open_dir(struct state *state, const struct local_folder_opts *opts,
		    struct local_folder *f, struct err *err)
{
	if (opts->write) {
		if (maildir_clean_tmp(&f->dir, err) < 0)
			return -1;
		keywords_clean(&f->dir);
	}
	if (keywords_load(&f->dir, &f->letters, err) < 0)
		return -1;
	return opts->write ? learn_letters(state, f, err) : 0;
}

int local_folder_open(struct state *state, int root, struct state_folder *row,
		      const struct local_folder_opts *opts,
		      struct local_folder *out, struct err *err)
{
	int r = 1;

	*out = (struct local_folder){.row = *row};
	*row = (struct state_folder){0};
	if (state_keywords_load(state, out->row.id, &out->table, err) < 0) {
		local_folder_close(out);
		return -1;
	}
	if (root >= 0)
		r = maildir_open(root, out->row.path, false, &out->dir, err);
	out->have_dir = r == 0;
	if (out->have_dir)
		r = open_dir(state, opts, out, err);
	if (r < 0) {
		local_folder_close(out);
		return -1;
	}
	match_letters(out);
	return 0;
}

void local_folder_close(struct local_folder *f)
{
	if (f->have_dir)
		maildir_close(&f->dir);
	state_folder_release(&f->row);
	keywords_release(&f->letters);
	state_keywords_release(&f->table);
	*f = (struct local_folder){0};
}

void local_folder_letter_bits(const struct local_folder *f,
			      uint64_t bit[KEYWORD_LETTERS])
{
	for (size_t i = 0; i < KEYWORD_LETTERS; i++) {
		const char *name = f->letters.name[i];
		int k = name ? state_keywords_find(&f->table, name) : -1;
		bit[i] = 0;
		if (k >= 0)
			bit[i] = KEYWORD_BIT(k);
		else if (name && ascii_same(name, passed))
			bit[i] = FLAG_PASSED;
	}
}

uint32_t local_folder_letters(const struct local_folder *f, uint64_t flags)
{
	uint32_t letters = 0;

	for (size_t i = 0; i < f->table.n; i++) {
		if ((flags & KEYWORD_BIT(i)) && f->letter_of[i] >= 0)
			letters |= UINT32_C(1) << f->letter_of[i];
	}
	return letters;
}

uint32_t local_folder_letters_showing(const struct local_folder *f,
				      uint64_t flags)
{
	uint64_t bit[KEYWORD_LETTERS];
	uint32_t letters = 0;

	local_folder_letter_bits(f, bit);
	for (size_t i = 0; i < KEYWORD_LETTERS; i++) {
		if (flags & bit[i])
			letters |= UINT32_C(1) << i;
	}
	return letters;
}

uint64_t local_folder_mask(const struct local_folder *f)
{
	uint64_t mask = FLAG_SYSTEM;

	for (size_t i = 0; i < f->table.n; i++) {
		if (f->letter_of[i] >= 0)
			mask |= KEYWORD_BIT(i);
	}
	return mask;
}

/* The letter comes first: without a row it is learnt when the folder is opened,
 * but a row says that all has been done that can be. */
int local_folder_keyword_add(struct state *state, struct local_folder *f,
			     const char *name, struct err *err)
{
	if (f->have_dir && keywords_find(&f->letters, name) < 0 &&
	    keywords_assign(&f->dir, &f->letters, &name, 1, err) < 0)
		return -1;
	if (state_keywords_add(state, f->row.id, &f->table, name, err) == -1)
		return -1;
	match_letters(f);
	return 0;
}

int local_folder_renew_letters(struct local_folder *f, struct err *err)
{
	for (size_t i = 0; i < KEYWORD_LETTERS; i++) {
		if (f->letters.name[i])
			return 0;
	}
	if (f->table.n > 0 &&
	    keywords_assign(&f->dir, &f->letters,
			    (const char *const *)f->table.name, f->table.n,
			    err) < 0)
		return -1;
	match_letters(f);
	return 0;
}

/* Also those that have no bit: $Forwarded, and what the table had no room for.
 */
static int map_letters(const struct local_folder *from, struct local_folder *to,
		       struct local_folder_map *out, struct err *err)
{
	for (size_t i = 0; i < KEYWORD_LETTERS; i++) {
		const char *name = from->letters.name[i];
		out->letter[i] = -1;
		if (!name)
			continue;
		if (to->have_dir &&
		    keywords_assign(&to->dir, &to->letters, &name, 1, err) < 0)
			return -1;
		out->letter[i] = (signed char)keywords_find(&to->letters, name);
	}
	match_letters(to);
	return 0;
}

int local_folder_map(struct state *state, const struct local_folder *from,
		     struct local_folder *to, struct local_folder_map *out,
		     struct err *err)
{
	*out = (struct local_folder_map){0};
	for (size_t i = 0; i < from->table.n; i++) {
		const char *name = from->table.name[i];
		if (state_keywords_find(&to->table, name) < 0 &&
		    local_folder_keyword_add(state, to, name, err) < 0)
			return -1;
		int k = state_keywords_find(&to->table, name);
		out->bit[i] = k >= 0 ? KEYWORD_BIT(k) : 0;
	}
	return map_letters(from, to, out, err);
}

uint64_t local_folder_map_flags(const struct local_folder_map *map,
				uint64_t flags)
{
	uint64_t out = flags & FLAG_SYSTEM;

	for (size_t i = 0; i < KEYWORD_MAX; i++) {
		if (flags & KEYWORD_BIT(i))
			out |= map->bit[i];
	}
	return out;
}
