/* SPDX-License-Identifier: MIT */
/* From text to values, one function a type. The limits come from the table;
 * no value of a KEY_SECRET is ever quoted. */
#include "config/typed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "config/errlist.h"
#include "config/mem.h"
#include "config/paths.h"
#include "config/suggest.h"
#include "lib/util/ascii.h"
#include "lib/util/num.h"

/* A list longer than this is not one that a person wrote. */
#define LIST_MAX 10000

struct unit {
	char name;
	int64_t factor;
};

/* Ends with name 0. Largest last. */
static const struct unit durations[] = {
    {'s', 1000}, {'m', 60000}, {'h', 3600000}, {'d', 86400000}, {0},
};
static const struct unit sizes[] = {
    {'k', 1 << 10},
    {'m', 1 << 20},
    {'g', 1 << 30},
    {0},
};

static void *member(void *object, const struct key *k)
{
	return (char *)object + k->offset;
}

static const void *cmember(const void *object, const struct key *k)
{
	return (const char *)object + k->offset;
}

/* Stores an int64_t as the type of the key. */
static void put_number(void *object, const struct key *k, int64_t value)
{
	void *p = member(object, k);

	switch (k->type) {
	case KEY_BOOL:
		*(bool *)p = value != 0;
		break;
	case KEY_PORT:
		*(uint16_t *)p = (uint16_t)value;
		break;
	case KEY_COUNT:
	case KEY_ENUM: /* gcc and clang: enums without negatives */
		*(unsigned *)p = (unsigned)value;
		break;
	case KEY_PERCENT:
		*(int *)p = (int)value;
		break;
	default: /* KEY_DURATION, KEY_SIZE */
		*(int64_t *)p = value;
		break;
	}
}

static int64_t get_number(const void *object, const struct key *k)
{
	const void *p = cmember(object, k);

	switch (k->type) {
	case KEY_BOOL:
		return *(const bool *)p;
	case KEY_PORT:
		return *(const uint16_t *)p;
	case KEY_COUNT:
	case KEY_ENUM:
		return *(const unsigned *)p;
	case KEY_PERCENT:
		return *(const int *)p;
	default:
		return *(const int64_t *)p;
	}
}

static int wrong(struct typed_error *err, const char *text, const char *what)
{
	char quoted[ERRLIST_QUOTE_MAX];

	(void)snprintf(err->text, sizeof(err->text), "\"%s\" %s",
		       errlist_quote(text, quoted), what);
	return -1;
}

static int did_you_mean(struct typed_error *err, const char *word)
{
	size_t len = strlen(err->text);

	if (word)
		(void)snprintf(err->text + len, sizeof(err->text) - len,
			       " (did you mean \"%s\"?)", word);
	return -1;
}

static int unknown_word(struct typed_error *err, const char *text,
			const char *const *words)
{
	struct buf all;

	(void)wrong(err, text, "is not a value of this key");
	(void)did_you_mean(err, suggest_word(words, text));
	buf_init(&all, sizeof(err->hint) - 1);
	(void)buf_adds(&all, "one of:");
	for (; *words; words++)
		(void)buf_addf(&all, " %s", *words);
	(void)snprintf(err->hint, sizeof(err->hint), "%s", all.data);
	buf_release(&all);
	return -1;
}

/* -1: none of them. */
static int find_word(const char *const *words, const char *text)
{
	for (int i = 0; words && words[i]; i++) {
		if (ascii_same(text, words[i]))
			return i;
	}
	return -1;
}

static const char *const yes_no[] = {"no", "yes", NULL};

static int set_bool(void *object, const struct key *k, const char *text,
		    struct typed_error *err)
{
	static const char *const others[] = {"false", "true", "off", "on",
					     "0",     "1",    NULL};
	const char *const *words = k->words ? k->words : yes_no;
	int i = find_word(words, text);

	if (i < 0) {
		int other = find_word(others, text);
		(void)snprintf(err->hint, sizeof(err->hint), "write %s or %s",
			       words[1], words[0]);
		(void)wrong(err, text,
			    k->words ? "is not a value of this key"
				     : "is neither yes nor no");
		return did_you_mean(err, other < 0 ? suggest_word(words, text)
						   : words[other % 2]);
	}
	put_number(object, k, i);
	return 0;
}

static int set_enum(void *object, const struct key *k, const char *text,
		    struct typed_error *err)
{
	int i = find_word(k->words, text);

	if (i < 0)
		return unknown_word(err, text, k->words);
	put_number(object, k, i);
	return 0;
}

static void print_units(struct buf *out, int64_t value,
			const struct unit *units)
{
	const struct unit *best = NULL;

	for (; units->name; units++) {
		if (value % units->factor == 0)
			best = units;
	}
	if (value == 0 && best)
		best = &durations[0];
	(void)buf_addf(out, "%lld",
		       (long long)(best ? value / best->factor : value));
	if (best)
		(void)buf_addc(out, best->factor % 1000 == 0
					? best->name
					: (char)(best->name - ('a' - 'A')));
}

/* A number as the key's type writes it. */
static void print_number(struct buf *out, const struct key *k, int64_t value)
{
	if (k->type == KEY_DURATION)
		print_units(out, value, durations);
	else if (k->type == KEY_SIZE)
		print_units(out, value, sizes);
	else
		(void)buf_addf(out, "%lld%s", (long long)value,
			       k->type == KEY_PERCENT ? "%" : "");
}

static int out_of_range(struct typed_error *err, const struct key *k,
			const char *text)
{
	struct buf what;

	buf_init(&what, 200);
	(void)buf_adds(&what, "is out of range, ");
	print_number(&what, k, k->min);
	if (k->max < INT64_MAX) {
		(void)buf_adds(&what, " to ");
		print_number(&what, k, k->max);
	} else {
		(void)buf_adds(&what, " at least");
	}
	(void)wrong(err, text, what.data);
	buf_release(&what);
	return -1;
}

/* Digits, then one unit of the list, or none where bare numbers are allowed.
 * -1: not that; 1: too large to be counted. */
static int parse_units(const char *text, const struct unit *units, bool bare,
		       int64_t *out)
{
	size_t len = strlen(text);
	size_t digits = strspn(text, "0123456789");
	int64_t factor = bare && digits == len ? 1 : 0;
	uint64_t n;

	for (; units->name && digits + 1 == len; units++) {
		if (ascii_lower(text[digits]) == units->name)
			factor = units->factor;
	}
	if (factor == 0 || digits == 0)
		return -1;
	if (num_parse(text, digits, (uint64_t)(INT64_MAX / factor), &n) < 0)
		return 1;
	*out = (int64_t)n * factor;
	return 0;
}

static int parse_number(const struct key *k, const char *text, int64_t *out)
{
	static const struct unit percent[] = {{'%', 1}, {0}};
	static const struct unit plain[] = {{0}};

	switch (k->type) {
	case KEY_DURATION:
		return parse_units(text, durations, false, out);
	case KEY_SIZE:
		return parse_units(text, sizes, true, out);
	case KEY_PERCENT:
		return parse_units(text, percent, false, out);
	default:
		return parse_units(text, plain, true, out);
	}
}

static int not_a_number(struct typed_error *err, const struct key *k,
			const char *text)
{
	static const struct {
		const char *what;
		const char *hint;
	} texts[] = {
	    [KEY_PORT] = {"is not a port", "a number from 1 to 65535"},
	    [KEY_COUNT] = {"is not a number", ""},
	    [KEY_DURATION] = {"is not a duration",
			      "a number with its unit, as in 90s 5m 1h "
			      "2d"},
	    [KEY_SIZE] = {"is not a size", "as in 500K 50M 2G"},
	    [KEY_PERCENT] = {"is not a percentage", "as in 25%"},
	};

	(void)snprintf(err->hint, sizeof(err->hint), "%s%s",
		       texts[k->type].hint, k->none ? ", or none" : "");
	return wrong(err, text, texts[k->type].what);
}

static int set_number(void *object, const struct key *k, const char *text,
		      struct typed_error *err)
{
	int64_t value = 0;

	if (k->none && ascii_same(text, "none")) {
		put_number(object, k, k->type == KEY_PERCENT ? -1 : 0);
		return 0;
	}
	int rc = parse_number(k, text, &value);
	if (rc < 0)
		return not_a_number(err, k, text);
	if (rc > 0 || value < k->min || value > k->max)
		return out_of_range(err, k, text);
	put_number(object, k, value);
	return 0;
}

/* Is a text or an element of a list acceptable? */
static int check_text(const struct key *k, const char *text,
		      struct typed_error *err)
{
	if (k->accept && find_word(k->accept, text) < 0)
		return unknown_word(err, text, k->accept);
	const char *what = k->check ? k->check(text) : NULL;
	return what ? wrong(err, text, what) : 0;
}

static char *copy_text(const struct key *k, const char *text, size_t len)
{
	char *copy = mem_dup_len(text, len);

	for (char *p = copy; k->lower && *p; p++)
		*p = ascii_lower(*p);
	return copy;
}

static int set_text(void *object, const struct key *k, const char *text,
		    struct typed_error *err)
{
	char *copy;

	if (k->type == KEY_PATH) {
		const char *why = NULL;
		copy = paths_expand(text, &why);
		if (!copy)
			return wrong(err, text, why);
	} else {
		if (check_text(k, text, err) < 0)
			return -1;
		copy = copy_text(k, text, strlen(text));
	}
	typed_clear(object, k);
	*(char **)member(object, k) = copy;
	return 0;
}

static int too_long(struct typed_error *err)
{
	(void)snprintf(err->text, sizeof(err->text),
		       "more than %d elements in the list", LIST_MAX);
	return -1;
}

/* Takes over element. */
static int add_rule(void *object, const struct key *k, char *element,
		    struct typed_error *err)
{
	struct config_account *a = object;

	if (a->nrules == LIST_MAX) {
		free(element);
		return too_long(err);
	}
	a->rules = mem_grow(a->rules, a->nrules + 1, sizeof(*a->rules));
	a->rules[a->nrules++] = (struct config_rule){
	    .include = strcmp(k->name, "include") == 0,
	    .pattern = element,
	};
	return 0;
}

static int add_element(void *object, const struct key *k, char *element,
		       struct typed_error *err)
{
	char ***list;

	if (check_text(k, element, err) < 0) {
		free(element);
		return -1;
	}
	if (k->type == KEY_RULE)
		return add_rule(object, k, element, err);
	list = member(object, k);
	if (mem_list_count(*list) == LIST_MAX) {
		free(element);
		return too_long(err);
	}
	mem_list_add(list, element);
	return 0;
}

static int add_elements(void *object, const struct key *k, const char *text,
			struct typed_error *err)
{
	for (const char *s = text;; s++) {
		s += strspn(s, " \t");
		size_t len = strcspn(s, ",");
		const char *end = s + len;
		while (len > 0 && (s[len - 1] == ' ' || s[len - 1] == '\t'))
			len--;
		if (len == 0)
			return wrong(err, text, "has an empty element");
		char *element = copy_text(k, s, len);
		if (find_word(k->words, element) >= 0) {
			(void)wrong(err, element,
				    "cannot stand beside other values");
			free(element);
			return -1;
		}
		if (add_element(object, k, element, err) < 0)
			return -1;
		s = end;
		if (*s == '\0')
			return 0;
	}
}

static int set_list(void *object, const struct key *k, const char *text,
		    bool add, struct typed_error *err)
{
	int word = k->type == KEY_RULE ? -1 : find_word(k->words, text);

	if (word >= 0) {
		if (add)
			return wrong(err, text,
				     "cannot stand beside other values");
		typed_clear(object, k);
		if (word == 1)
			*(char ***)member(object, k) =
			    mem_zalloc(1, sizeof(char *));
		return 0;
	}
	if (!add && k->type == KEY_LIST)
		typed_clear(object, k);
	return add_elements(object, k, text, err);
}

int typed_set(void *object, const struct key *k, const char *text, bool add,
	      struct typed_error *err)
{
	*err = (struct typed_error){.text = ""};
	if (text[0] == '\0') {
		if (k->def) {
			(void)snprintf(err->text, sizeof(err->text),
				       "has no value");
			return -1;
		}
		if (!add && k->type != KEY_RULE)
			typed_clear(object, k);
		return 0;
	}
	switch (k->type) {
	case KEY_BOOL:
		return set_bool(object, k, text, err);
	case KEY_ENUM:
		return set_enum(object, k, text, err);
	case KEY_TEXT:
	case KEY_SECRET:
	case KEY_PATH:
		return set_text(object, k, text, err);
	case KEY_LIST:
	case KEY_RULE:
		return set_list(object, k, text, add, err);
	default:
		return set_number(object, k, text, err);
	}
}

static void clear_rules(struct config_account *a)
{
	for (size_t i = 0; i < a->nrules; i++)
		free(a->rules[i].pattern);
	free(a->rules);
	a->rules = NULL;
	a->nrules = 0;
	a->npreset = 0;
}

void typed_clear(void *object, const struct key *k)
{
	switch (k->type) {
	case KEY_SECRET:
	case KEY_TEXT:
	case KEY_PATH:
		mem_wipe(*(char **)member(object, k));
		*(char **)member(object, k) = NULL;
		break;
	case KEY_LIST:
		mem_list_free(*(char ***)member(object, k));
		*(char ***)member(object, k) = NULL;
		break;
	case KEY_RULE:
		clear_rules(object);
		break;
	default:
		put_number(object, k, 0);
		break;
	}
}

static bool print_list(const struct key *k, char *const *list, struct buf *out)
{
	if (!list && (!k->words || !k->words[0]))
		return false;
	if (!list || !list[0]) {
		(void)buf_adds(out, k->words[list ? 1 : 0]);
		return true;
	}
	for (size_t i = 0; list[i]; i++)
		(void)buf_addf(out, "%s%s", i > 0 ? ", " : "", list[i]);
	return true;
}

static bool print_text(const struct key *k, const char *text, struct buf *out)
{
	if (!text)
		return false;
	(void)buf_adds(out, k->type == KEY_SECRET ? "(hidden)" : text);
	return true;
}

bool typed_print(const void *object, const struct key *k, struct buf *out)
{
	int64_t value;

	switch (k->type) {
	case KEY_TEXT:
	case KEY_SECRET:
	case KEY_PATH:
		return print_text(k, *(char *const *)cmember(object, k), out);
	case KEY_LIST:
		return print_list(k, *(char **const *)cmember(object, k), out);
	default:
		break;
	}
	value = get_number(object, k);
	if (k->type == KEY_BOOL)
		(void)buf_adds(out, (k->words ? k->words : yes_no)[value]);
	else if (k->type == KEY_ENUM)
		(void)buf_adds(out, k->words[value]);
	else if (k->none && value == (k->type == KEY_PERCENT ? -1 : 0))
		(void)buf_adds(out, "none");
	else
		print_number(out, k, value);
	return true;
}
