/* SPDX-License-Identifier: MIT */
/* Status responses: OK, NO, BAD, PREAUTH, BYE with [CODE arguments] and text.
 * A code whose arguments are not what its RFC says is UNKNOWN, so that nobody
 * acts upon a number that was not there. */
#include "lib/wire/resp_priv.h"

#include <string.h>

#include <imap4/codec.h>

#include "lib/util/ascii.h"

enum code_args {
	ARGS_NONE,      /* whatever stands there is only for reading */
	ARGS_NUMBER,    /* 32 bits */
	ARGS_MODSEQ,    /* 63 bits */
	ARGS_WORDS,     /* bare */
	ARGS_LIST,      /* in parentheses */
	ARGS_SET,       /* MODIFIED */
	ARGS_APPENDUID, /* uidvalidity uid-set */
	ARGS_COPYUID,   /* uidvalidity uid-set uid-set */
	ARGS_OBJECTID,  /* "(" id ")" */
};

static const struct {
	const char *name;
	enum imap4_code code;
	enum code_args args;
} codes[] = {
    {"ALERT", IMAP4_CODE_ALERT, ARGS_NONE},
    {"ALREADYEXISTS", IMAP4_CODE_ALREADYEXISTS, ARGS_NONE},
    {"APPENDUID", IMAP4_CODE_APPENDUID, ARGS_APPENDUID},
    {"AUTHENTICATIONFAILED", IMAP4_CODE_AUTHENTICATIONFAILED, ARGS_NONE},
    {"AUTHORIZATIONFAILED", IMAP4_CODE_AUTHORIZATIONFAILED, ARGS_NONE},
    {"BADCHARSET", IMAP4_CODE_BADCHARSET, ARGS_NONE},
    {"CANNOT", IMAP4_CODE_CANNOT, ARGS_NONE},
    {"CAPABILITY", IMAP4_CODE_CAPABILITY, ARGS_WORDS},
    {"CLIENTBUG", IMAP4_CODE_CLIENTBUG, ARGS_NONE},
    {"CLOSED", IMAP4_CODE_CLOSED, ARGS_NONE},
    {"CONTACTADMIN", IMAP4_CODE_CONTACTADMIN, ARGS_NONE},
    {"COPYUID", IMAP4_CODE_COPYUID, ARGS_COPYUID},
    {"CORRUPTION", IMAP4_CODE_CORRUPTION, ARGS_NONE},
    {"EXPIRED", IMAP4_CODE_EXPIRED, ARGS_NONE},
    {"EXPUNGEISSUED", IMAP4_CODE_EXPUNGEISSUED, ARGS_NONE},
    {"HASCHILDREN", IMAP4_CODE_HASCHILDREN, ARGS_NONE},
    {"HIGHESTMODSEQ", IMAP4_CODE_HIGHESTMODSEQ, ARGS_MODSEQ},
    {"INPROGRESS", IMAP4_CODE_INPROGRESS, ARGS_NONE},
    {"INUSE", IMAP4_CODE_INUSE, ARGS_NONE},
    {"LIMIT", IMAP4_CODE_LIMIT, ARGS_NONE},
    {"MAILBOXID", IMAP4_CODE_MAILBOXID, ARGS_OBJECTID},
    {"MESSAGELIMIT", IMAP4_CODE_MESSAGELIMIT, ARGS_NUMBER},
    {"MODIFIED", IMAP4_CODE_MODIFIED, ARGS_SET},
    {"NOMODSEQ", IMAP4_CODE_NOMODSEQ, ARGS_NONE},
    {"NONEXISTENT", IMAP4_CODE_NONEXISTENT, ARGS_NONE},
    {"NOPERM", IMAP4_CODE_NOPERM, ARGS_NONE},
    {"OVERQUOTA", IMAP4_CODE_OVERQUOTA, ARGS_NONE},
    {"PARSE", IMAP4_CODE_PARSE, ARGS_NONE},
    {"PERMANENTFLAGS", IMAP4_CODE_PERMANENTFLAGS, ARGS_LIST},
    {"PRIVACYREQUIRED", IMAP4_CODE_PRIVACYREQUIRED, ARGS_NONE},
    {"READ-ONLY", IMAP4_CODE_READ_ONLY, ARGS_NONE},
    {"READ-WRITE", IMAP4_CODE_READ_WRITE, ARGS_NONE},
    {"SERVERBUG", IMAP4_CODE_SERVERBUG, ARGS_NONE},
    {"THROTTLED", IMAP4_CODE_THROTTLED, ARGS_NONE},
    {"TOOBIG", IMAP4_CODE_TOOBIG, ARGS_NONE},
    {"TRYCREATE", IMAP4_CODE_TRYCREATE, ARGS_NONE},
    {"UIDNEXT", IMAP4_CODE_UIDNEXT, ARGS_NUMBER},
    {"UIDNOTSTICKY", IMAP4_CODE_UIDNOTSTICKY, ARGS_NONE},
    {"UIDVALIDITY", IMAP4_CODE_UIDVALIDITY, ARGS_NUMBER},
    {"UNAVAILABLE", IMAP4_CODE_UNAVAILABLE, ARGS_NONE},
    {"UNSEEN", IMAP4_CODE_UNSEEN, ARGS_NUMBER},
};

/* Where the ']' is that ends the code at p, or NULL. One in quotes, in a
 * literal or in parentheses (Gmail's flags) does not count. */
static const char *code_end(const char *p, const char *end)
{
	size_t depth = 0;
	bool quoted = false;
	uint64_t size;
	bool streamed;

	for (; p < end; p++) {
		if (quoted) {
			quoted = *p != '"';
			p += *p == '\\' && end - p > 1;
		} else if (*p == '"') {
			quoted = true;
		} else if (*p == '(') {
			depth++;
		} else if (*p == ')' && depth > 0) {
			depth--;
		} else if (*p == ']' && depth == 0) {
			return p;
		} else if (*p == '{') {
			size_t n = lex_literal(p, end, &size, &streamed);
			if (n > 0)
				p += n + (streamed ? 0 : size) - 1;
		}
	}
	return NULL;
}

/* A uid-set without "*": the server knows its numbers. */
static int parse_set(struct lex *lex, struct imap4_set *set)
{
	struct lex_token tok;

	if (lex_next(lex, &tok) != LEX_ATOM || memchr(tok.s.p, '*', tok.s.len))
		return IMAP4_EPROTO;
	int rc = imap4_set_parse(tok.s.p, tok.s.len, SIZE_MAX, set);
	if (rc < 0)
		return rc == IMAP4_ENOMEM ? IMAP4_ENOMEM : IMAP4_EPROTO;
	return 0;
}

static int parse_uidplus(struct resp *r, struct lex *lex, bool copy)
{
	struct imap4_respcode *code = &r->ev.code;
	uint64_t uidvalidity;

	if (!lex_number(lex, UINT32_MAX, &uidvalidity) || uidvalidity == 0)
		return IMAP4_EPROTO;
	int rc = copy ? parse_set(lex, &r->src) : 0;
	if (rc == 0)
		rc = parse_set(lex, &r->dst);
	if (rc < 0)
		return rc;
	code->uidvalidity = (uint32_t)uidvalidity;
	if (copy)
		code->src = r->src;
	code->dst = r->dst;
	return 0;
}

static int parse_code_words(struct resp *r, struct lex *lex, bool list)
{
	struct imap4_str word;

	if (list) {
		int rc = resp_parse_words(r, lex);
		if (rc < 0)
			return rc;
	}
	while (!list && !lex_at_end(lex)) {
		if (!lex_astring(lex, &word))
			return IMAP4_EPROTO;
		if (resp_add_word(r, word) < 0)
			return IMAP4_ENOMEM;
	}
	resp_take_words(r, &r->ev.code.words, &r->ev.code.nwords);
	return 0;
}

static int parse_objectid(struct resp *r, struct lex *lex)
{
	if (!lex_open(lex) || !lex_astring(lex, &r->ev.code.text_arg) ||
	    !lex_close(lex))
		return IMAP4_EPROTO;
	return 0;
}

static int parse_args(struct resp *r, struct lex *lex, enum code_args args)
{
	int rc = 0;

	switch (args) {
	case ARGS_NONE:
		break;
	case ARGS_NUMBER:
	case ARGS_MODSEQ:
		if (!lex_number(lex,
				args == ARGS_NUMBER ? UINT32_MAX : INT64_MAX,
				&r->ev.code.number))
			rc = IMAP4_EPROTO;
		break;
	case ARGS_WORDS:
	case ARGS_LIST:
		rc = parse_code_words(r, lex, args == ARGS_LIST);
		break;
	case ARGS_SET:
		rc = parse_set(lex, &r->src);
		r->ev.code.src = r->src;
		break;
	case ARGS_APPENDUID:
	case ARGS_COPYUID:
		rc = parse_uidplus(r, lex, args == ARGS_COPYUID);
		break;
	case ARGS_OBJECTID:
		rc = parse_objectid(r, lex);
		break;
	}
	return rc;
}

static int parse_code(struct resp *r, struct imap4_str name,
		      struct imap4_str args)
{
	struct imap4_respcode *code = &r->ev.code;
	const struct imap4_respcode unknown = {
	    .code = IMAP4_CODE_UNKNOWN, .name = name, .args = args};
	struct lex lex;

	*code = unknown;
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		if (!ascii_is(name.p, name.len, codes[i].name))
			continue;
		code->code = codes[i].code;
		lex_init(&lex, args, r->max_nesting, &r->scratch);
		int rc = parse_args(r, &lex, codes[i].args);
		if (rc == IMAP4_ENOMEM || lex.nomem)
			return IMAP4_ENOMEM;
		if (rc < 0)
			*code = unknown;
		return 0;
	}
	return 0;
}

static const char *skip_blanks(const char *p, const char *end)
{
	while (p < end && *p == ' ')
		p++;
	return p;
}

/* "[" name [SP args] "]" at p: moves *p behind it. Text that only looks like a
 * code stays text. */
static int parse_bracket(struct resp *r, const char **p, const char *end)
{
	const char *start = *p + 1;
	const char *close = code_end(start, end);
	const char *q = start;

	if (!close)
		return 0;
	while (q < close && *q != ' ')
		q++;
	struct imap4_str name = {start, (size_t)(q - start)};
	q = skip_blanks(q, close);
	struct imap4_str args = {q, (size_t)(close - q)};
	*p = skip_blanks(close + 1, end);
	return parse_code(r, name, args);
}

static enum imap4_status status_of(struct imap4_str name)
{
	static const enum imap4_status all[] = {
	    IMAP4_STATUS_OK, IMAP4_STATUS_NO, IMAP4_STATUS_BAD,
	    IMAP4_STATUS_PREAUTH, IMAP4_STATUS_BYE};
	size_t i = 0;

	while (i < sizeof(all) / sizeof(all[0]) - 1 &&
	       !ascii_is(name.p, name.len, imap4_status_name(all[i])))
		i++;
	return all[i];
}

int resp_parse_status(struct resp *r, struct lex *lex)
{
	const char *p = skip_blanks(lex->p, lex->end);

	r->ev.status = status_of(r->name);
	if (p < lex->end && *p == '[') {
		int rc = parse_bracket(r, &p, lex->end);
		if (rc < 0)
			return rc;
	}
	r->ev.text = (struct imap4_str){p, (size_t)(lex->end - p)};
	return 0;
}

const char *imap4_status_name(enum imap4_status status)
{
	switch (status) {
	case IMAP4_STATUS_OK:
		return "OK";
	case IMAP4_STATUS_NO:
		return "NO";
	case IMAP4_STATUS_BAD:
		return "BAD";
	case IMAP4_STATUS_PREAUTH:
		return "PREAUTH";
	case IMAP4_STATUS_BYE:
		return "BYE";
	case IMAP4_STATUS_LOST:
		break;
	}
	return "LOST";
}
