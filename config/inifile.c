/* SPDX-License-Identifier: MIT */
/* From bytes to sections. libini_config takes keys and values apart; reading,
 * the limits and everything that it would let pass is done here. */
#include "config/inifile.h"

#include <errno.h>
#include <fcntl.h>
#include <ini_configobj.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/mem.h"
#include "lib/util/ascii.h"
#include "lib/util/buf.h"
#include "lib/util/utf8.h"

/* What the library gets is one section at a time, never the whole file: given
 * several, it merges those whose names differ only in case, and forgets the
 * lines of the headers, which "this account has no host" has to name. The name
 * of a section means things to it, too, so all get the same one; without any,
 * its list of keys lacks the first. */
struct body {
	char *text; /* from the header on */
	size_t len;
	unsigned line; /* of the header */
};
#define BODY_NAME "s"

#define KEY_LEN_MAX 64

static int read_all(int fd, struct buf *text)
{
	for (;;) {
		if (buf_reserve(text, 4096) < 0) {
			errno = EFBIG;
			return -1;
		}
		ssize_t n = read(fd, text->data + text->len, 4096);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -1 : 0;
		text->len += (size_t)n;
		text->data[text->len] = '\0';
	}
}

/* The mode comes from the descriptor that is read: a look at the path (as the
 * library has it) could see another file. */
static int read_file(const char *path, struct buf *text, struct stat *st,
		     struct errlist *e)
{
	int rc = -1;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0) {
		errlist_add(e, 0, "cannot open: %s", strerror(errno));
		return -1;
	}
	if (fstat(fd, st) < 0 || read_all(fd, text) < 0) {
		errlist_add(e, 0, "cannot read: %s", strerror(errno));
	} else if (text->len > INIFILE_SIZE_MAX) {
		errlist_add(e, 0, "cannot read: larger than 1 MiB");
	} else {
		rc = 0;
	}
	(void)close(fd);
	return rc;
}

/* 0: these bytes are text; else the error is told. */
static int check_bytes(const char *s, size_t len, unsigned line,
		       struct errlist *e)
{
	for (size_t i = 0; i < len; i++) {
		if (!ascii_ctl(s[i]) || s[i] == '\t')
			continue;
		errlist_add(e, line, "control character 0x%02x in the line",
			    (unsigned)(unsigned char)s[i]);
		errlist_hint(e, "remove it; no value may hold one");
		return -1;
	}
	if (!utf8_valid(s, len)) {
		errlist_add(e, line, "the line is not UTF-8");
		errlist_hint(e, "save the file as UTF-8");
		return -1;
	}
	return 0;
}

/* The library refuses a whole section for a "!" in one key. */
static bool is_key(const char *s, size_t len)
{
	if (len > KEY_LEN_MAX)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!ascii_alpha(s[i]) && !ascii_digit(s[i]) &&
		    !strchr("_-. \t", s[i]))
			return false;
	}
	return true;
}

/* Never quotes the line: what lacks its "=" may well be a password. */
static int check_pair(const char *s, size_t len, unsigned line,
		      struct errlist *e)
{
	const char *eq = memchr(s, '=', len);

	if (s[0] == ' ' || s[0] == '\t') {
		errlist_add(e, line, "the line begins with a blank");
		errlist_hint(e, "remove the blank; a value cannot go on in the "
				"next line");
		return -1;
	}
	if (!eq || eq == s || !is_key(s, (size_t)(eq - s))) {
		errlist_add(e, line,
			    "expected \"key = value\" or \"[section]\"");
		return -1;
	}
	if (len > INIFILE_VALUE_MAX) {
		errlist_add(e, line, "the line is longer than %d bytes",
			    INIFILE_VALUE_MAX);
		return -1;
	}
	return 0;
}

/* The library folds the case of keys, so "Host" would pass for "host" and the
 * error could not show what stands there: the spelling is taken from the line.
 */
static void add_entry(struct inifile_section *sec, const char *s, unsigned line,
		      struct errlist *e)
{
	size_t len = strcspn(s, "=");

	while (s[len - 1] == ' ' || s[len - 1] == '\t')
		len--;
	if (sec->n == INIFILE_KEYS_MAX) {
		errlist_add(e, line, "more than %d keys in one section",
			    INIFILE_KEYS_MAX);
	}
	sec->entries =
	    mem_grow(sec->entries, sec->n + 1, sizeof(*sec->entries));
	sec->entries[sec->n++] = (struct inifile_entry){
	    .key = mem_dup_len(s, len),
	    .line = line,
	};
}

static struct inifile_entry *entry_at(struct inifile_section *sec,
				      unsigned line)
{
	for (size_t i = 0; i < sec->n; i++) {
		if (sec->entries[i].line == line)
			return &sec->entries[i];
	}
	return NULL;
}

/* Copies all values of one key, repeated or not, to the entries of their
 * lines. A repeated key is also repeated in the library's list of keys. */
static void take_values(struct ini_cfgobj *obj, const char *key, unsigned base,
			struct inifile_section *sec)
{
	int mode = INI_GET_FIRST_VALUE;
	struct value_obj *vo;

	while (ini_get_config_valueobj(BODY_NAME, key, obj, mode, &vo) == 0 &&
	       vo) {
		uint32_t line = 0;
		(void)value_get_line(vo, &line);
		struct inifile_entry *entry = entry_at(sec, base + line - 1);
		const char *value = ini_get_const_string_config_value(vo, NULL);
		if (!entry || entry->value || !value)
			return;
		entry->value = mem_dup(value);
		mode = INI_GET_NEXT_VALUE;
	}
}

static int parse_body(struct ini_cfgobj *obj, const struct body *body,
		      struct inifile_section *sec)
{
	struct ini_cfgfile *file;
	int n = 0;
	int rc =
	    ini_config_file_from_mem(body->text, (uint32_t)body->len, &file);

	if (rc != 0)
		return rc;
	rc = ini_config_parse(file, INI_STOP_ON_ANY,
			      INI_MV1S_ALLOW | INI_MV2S_ALLOW,
			      INI_PARSE_NOWRAP | INI_PARSE_NO_C_COMMENTS, obj);
	ini_config_file_destroy(file);
	if (rc != 0)
		return rc;
	char **keys = ini_get_attribute_list(obj, BODY_NAME, &n, &rc);
	for (int i = 0; keys && i < n; i++)
		take_values(obj, keys[i], body->line, sec);
	ini_free_attribute_list(keys);
	return rc;
}

/* Hands the lines of a section to the library. */
static void finish_section(struct inifile_section *sec, const struct body *body,
			   struct errlist *e)
{
	struct ini_cfgobj *obj;

	if (sec->n == 0)
		return;
	int rc = ini_config_create(&obj);
	if (rc == 0) {
		rc = parse_body(obj, body, sec);
		ini_config_destroy(obj);
	}
	if (rc != 0)
		errlist_add(e, sec->line, "cannot take the section apart: %s",
			    strerror(rc));
	for (size_t i = 0; i < sec->n; i++) {
		if (!sec->entries[i].value)
			sec->entries[i].value = mem_dup("");
	}
}

/* "[name]": the name to *name, or NULL and an error. */
static char *section_name(const char *s, size_t len, unsigned line,
			  struct errlist *e)
{
	while (len > 0 && (s[len - 1] == ' ' || s[len - 1] == '\t'))
		len--;
	if (len < 2 || s[len - 1] != ']') {
		errlist_add(e, line, "the section has no closing \"]\"");
		return NULL;
	}
	s++;
	len -= 2;
	for (; len > 0 && (*s == ' ' || *s == '\t'); len--)
		s++;
	while (len > 0 && (s[len - 1] == ' ' || s[len - 1] == '\t'))
		len--;
	if (len == 0) {
		errlist_add(e, line, "the section has no name");
		return NULL;
	}
	return mem_dup_len(s, len);
}

static struct inifile_section *add_section(struct inifile *ini, char *name,
					   unsigned line)
{
	ini->sections =
	    mem_grow(ini->sections, ini->n + 1, sizeof(*ini->sections));
	ini->sections[ini->n] =
	    (struct inifile_section){.name = name, .line = line};
	return &ini->sections[ini->n++];
}

/* State of the walk over the lines. */
struct walk {
	struct inifile *ini;
	struct errlist *e;
	struct inifile_section *sec; /* NULL: before the first, or in one whose
				      * header is broken */
	bool broken_header;
	bool stop;
	struct body body;
};

static void begin_section(struct walk *w, char *s, size_t len, unsigned line)
{
	char *name = section_name(s, len, line, w->e);

	if (w->sec)
		finish_section(w->sec, &w->body, w->e);
	w->sec = NULL;
	w->broken_header = !name;
	if (!name)
		return;
	if (w->ini->n == INIFILE_SECTIONS_MAX) {
		errlist_add(w->e, line, "more than %d sections",
			    INIFILE_SECTIONS_MAX);
		free(name);
		w->stop = true;
		return;
	}
	w->sec = add_section(w->ini, name, line);
	memset(s, ' ', len);
	memcpy(s, "[" BODY_NAME "]", 3);
	w->body = (struct body){.text = s, .line = line};
}

static void pair_line(struct walk *w, const char *s, unsigned line)
{
	if (w->sec) {
		add_entry(w->sec, s, line, w->e);
		w->stop = w->sec->n > INIFILE_KEYS_MAX;
	} else if (!w->broken_header) {
		errlist_add(w->e, line, "a key outside of any section");
		errlist_hint(w->e, "put it below [general], [defaults] or "
				   "[account NAME]");
	}
}

/* One line, terminated. What the library must not see becomes a comment from
 * end to end, so that its line numbers stay true. */
static void one_line(struct walk *w, char *s, size_t len, unsigned line)
{
	size_t blank = strspn(s, " \t");
	bool comment = s[0] == '#' || s[0] == ';';

	if (check_bytes(s, len, line, w->e) < 0) {
		memset(s, '#', len);
		return;
	}
	if (comment || blank == len)
		return;
	if (s[0] == '[')
		begin_section(w, s, len, line);
	else if (check_pair(s, len, line, w->e) < 0)
		memset(s, '#', len);
	else
		pair_line(w, s, line);
}

static void walk_lines(struct walk *w, char *s, size_t len)
{
	char *end = s + len;

	for (unsigned line = 1; s < end && !w->stop; line++) {
		char *nl = memchr(s, '\n', (size_t)(end - s));
		char *next = nl ? nl + 1 : end;
		size_t n = (size_t)((nl ? nl : end) - s);
		*(s + n) = '\0';
		/* The CR of a CRLF file becomes a blank, which is trimmed. */
		if (n > 0 && s[n - 1] == '\r')
			s[n - 1] = ' ';
		one_line(w, s, n, line);
		if (nl)
			*nl = '\n';
		w->body.len = w->sec ? (size_t)(next - w->body.text) : 0;
		s = next;
	}
	if (w->sec)
		finish_section(w->sec, &w->body, w->e);
}

int inifile_read(const char *path, struct inifile *out, struct errlist *e)
{
	struct buf text;

	*out = (struct inifile){0};
	buf_init(&text, INIFILE_SIZE_MAX + 8192);
	int rc = read_file(path, &text, &out->st, e);
	if (rc == 0 && text.len > 0) {
		/* Editors on Windows put a byte order mark in front. */
		size_t bom = strncmp(text.data, "\xef\xbb\xbf", 3) ? 0 : 3;
		struct walk w = {.ini = out, .e = e};
		walk_lines(&w, text.data + bom, text.len - bom);
	}
	buf_wipe(&text);
	return rc;
}

void inifile_release(struct inifile *ini)
{
	for (size_t i = 0; i < ini->n; i++) {
		struct inifile_section *sec = &ini->sections[i];
		for (size_t k = 0; k < sec->n; k++) {
			free(sec->entries[k].key);
			mem_wipe(sec->entries[k].value);
		}
		free(sec->entries);
		free(sec->name);
	}
	free(ini->sections);
	*ini = (struct inifile){0};
}
