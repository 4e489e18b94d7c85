/* SPDX-License-Identifier: MIT */
/* Envelopes and body structures as JSON in the form of the vectors. */
#ifndef TESTS_LIB_WIRE_DESCRIBE_MESSAGE_H
#define TESTS_LIB_WIRE_DESCRIBE_MESSAGE_H

#include "lib/util/ascii.h"
#include "tests/lib/wire/describe.h"

static inline void put(json_t *out, const char *key, json_t *value)
{
	assert_int_equal(json_object_set_new(out, key, value), 0);
}

static inline json_t *describe_addresses(const struct imap4_address *a)
{
	json_t *all = json_array();

	if (!a) {
		json_decref(all);
		return json_null();
	}
	for (; a; a = a->next)
		(void)json_array_append_new(
		    all,
		    json_pack("[o, o, o, o]", plain(a->name), plain(a->route),
			      plain(a->mailbox), plain(a->host)));
	return all;
}

static inline json_t *describe_envelope(const struct imap4_envelope *env)
{
	json_t *out = json_object();

	put(out, "date", plain(env->date));
	put(out, "subject", plain(env->subject));
	put(out, "from", describe_addresses(env->from));
	put(out, "sender", describe_addresses(env->sender));
	put(out, "reply_to", describe_addresses(env->reply_to));
	put(out, "to", describe_addresses(env->to));
	put(out, "cc", describe_addresses(env->cc));
	put(out, "bcc", describe_addresses(env->bcc));
	put(out, "in_reply_to", plain(env->in_reply_to));
	put(out, "message_id", plain(env->message_id));
	return out;
}

static inline json_t *lower(struct imap4_str s)
{
	json_t *j = s.p ? upper(s) : json_null();
	const char *text = json_string_value(j);

	if (!text)
		return j;
	char *copy = strdup(text);
	assert_non_null(copy);
	for (char *p = copy; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	json_decref(j);
	j = json_string(copy);
	free(copy);
	return j;
}

static inline json_t *describe_params(const struct imap4_param *p)
{
	json_t *all = json_array();

	if (!p) {
		json_decref(all);
		return json_null();
	}
	for (; p; p = p->next)
		(void)json_array_append_new(
		    all, json_pack("[o, o]", plain(p->name), plain(p->value)));
	return all;
}

static inline json_t *describe_language(const struct imap4_word *w)
{
	json_t *all = json_array();

	if (!w) {
		json_decref(all);
		return json_null();
	}
	for (; w; w = w->next)
		(void)json_array_append_new(all, plain(w->s));
	return all;
}

static inline json_t *describe_extension(struct imap4_str text)
{
	json_t *all = json_array();
	struct lex lex;

	lex_init(&lex, text, MAX_DEPTH, NULL);
	while (!lex_at_end(&lex)) {
		json_t *j = value(NULL, &lex);
		assert_non_null(j);
		(void)json_array_append_new(all, j);
	}
	return all;
}

static inline json_t *describe_disposition(const struct imap4_part *p)
{
	if (!p->disposition.p)
		return json_null();
	return json_pack("[o, o]", plain(p->disposition),
			 describe_params(p->disposition_param));
}

static inline void describe_extensions(const struct imap4_part *p, json_t *out)
{
	if (p->nextension > 0 && !p->multipart)
		put(out, "md5", plain(p->md5));
	if (p->nextension > 1)
		put(out, "disposition", describe_disposition(p));
	if (p->nextension > 2)
		put(out, "language", describe_language(p->language));
	if (p->nextension > 3)
		put(out, "location", plain(p->location));
	if (p->extension.p)
		put(out, "ext", describe_extension(p->extension));
}

static inline json_t *describe_part(const struct imap4_part *p)
{
	json_t *out = json_object();
	json_t *parts = json_array();

	for (const struct imap4_part *c = p->child; c; c = c->next)
		(void)json_array_append_new(parts, describe_part(c));
	if (p->multipart) {
		put(out, "multipart", lower(p->subtype));
		put(out, "parts", json_incref(parts));
	} else {
		put(out, "type", lower(p->type));
		put(out, "subtype", lower(p->subtype));
		put(out, "id", plain(p->id));
		put(out, "description", plain(p->description));
		put(out, "encoding", plain(p->encoding));
		put(out, "size", number(p->size));
	}
	if (!p->multipart || p->nextension > 0)
		put(out, "params", describe_params(p->param));
	if (p->envelope) {
		json_t *body = json_array_get(parts, 0);
		put(out, "envelope", describe_envelope(p->envelope));
		put(out, "body", body ? json_incref(body) : json_null());
	}
	if (p->envelope ||
	    (p->type.p && ascii_is(p->type.p, p->type.len, "TEXT")))
		put(out, "lines", number(p->lines));
	describe_extensions(p, out);
	json_decref(parts);
	return out;
}

/* Lists of nothing: no addresses, or a disposition (NIL NIL). */
static inline bool is_nothing(const json_t *j)
{
	json_t *v;
	size_t i;

	json_array_foreach(j, i, v)
	{
		if (!json_is_null(v))
			return false;
	}
	return json_is_array(j) && json_array_size(j) % 2 == 0 &&
	       json_array_size(j) < 4;
}

/* Are they alike, if nothing is as good as null? */
static inline bool same_message(const json_t *a, const json_t *b)
{
	const char *key;
	json_t *v;
	size_t i;

	if (json_equal(a, b) || (is_nothing(a) && json_is_null(b)))
		return true;
	if (json_is_array(a) && json_is_array(b) &&
	    json_array_size(a) == json_array_size(b)) {
		json_array_foreach(a, i, v)
		{
			if (!same_message(v, json_array_get(b, i)))
				return false;
		}
		return true;
	}
	if (!json_is_object(a) || json_object_size(a) != json_object_size(b))
		return false;
	json_object_foreach((json_t *)(uintptr_t)a, key, v)
	{
		if (!same_message(v, json_object_get(b, key)))
			return false;
	}
	return true;
}

#endif
