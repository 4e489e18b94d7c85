/* SPDX-License-Identifier: MIT */
#include "daemon/remote/reply.h"

const char *reply_hint(enum imap4_code code)
{
	switch (code) {
	case IMAP4_CODE_UNAVAILABLE:
	case IMAP4_CODE_INUSE:
	case IMAP4_CODE_LIMIT:
	case IMAP4_CODE_THROTTLED:
		return "temporary; it will be tried again";
	case IMAP4_CODE_PRIVACYREQUIRED:
		return "use tls = implicit or tls = starttls";
	case IMAP4_CODE_CONTACTADMIN:
		return "ask the administrator of the server";
	default:
		return "";
	}
}

bool reply_is_temporary(enum imap4_code code)
{
	return code == IMAP4_CODE_UNAVAILABLE || code == IMAP4_CODE_INUSE ||
	       code == IMAP4_CODE_LIMIT || code == IMAP4_CODE_THROTTLED ||
	       code == IMAP4_CODE_SERVERBUG;
}

struct failure_verdict reply_judge(const struct imap4_event *ev,
				   enum reach about)
{
	struct failure f = {about, ev->code.name.p, ev->code.name.len,
			    ev->text.p, ev->text.len};

	return failure_judge(&f);
}

void reply_set_busy(struct err *err, int64_t ms)
{
	err->code = ERR_TEMP;
	err->scope = ERR_SCOPE_ACCOUNT;
	err->busy = true;
	err->busy_ms = ms;
	err_hint(err, "the server is left alone for a while, then the sync "
		      "goes on from here");
}

void reply_command_err(const struct imap4_event *done, enum reach about,
		       const char *what, struct err *err)
{
	static const enum err_scope scope[] = {
	    [REACH_MESSAGE] = ERR_SCOPE_MESSAGE,
	    [REACH_FOLDER] = ERR_SCOPE_FOLDER,
	    [REACH_ACCOUNT] = ERR_SCOPE_ACCOUNT,
	};

	if (done->status == IMAP4_STATUS_LOST) {
		err_set(err, ERR_TEMP, ERR_SCOPE_ACCOUNT,
			"the connection was lost during %s", what);
		return;
	}
	struct failure_verdict v = reply_judge(done, about);
	enum err_code code = ERR_HELD;
	if (v.reach == REACH_ACCOUNT && reply_is_temporary(done->code.code))
		code = ERR_TEMP;
	else if (v.reach == REACH_ACCOUNT && done->status == IMAP4_STATUS_BAD)
		code = ERR_PROTOCOL;
	err_set(err, code, scope[v.reach], "%s refused: %s %.*s", what,
		imap4_status_name(done->status), (int)done->text.len,
		done->text.p ? done->text.p : "");
	err_hint(err, "%s", reply_hint(done->code.code));
	err->may_spread = v.may_spread;
	if (v.busy)
		reply_set_busy(err, v.wait_ms);
}

bool reply_has_in_rev2(const struct imap4_engine *e, const char *extension)
{
	return imap4_engine_has(e, extension) ||
	       imap4_engine_has(e, "IMAP4rev2");
}
