/* SPDX-License-Identifier: MIT */
/* The parsing bench: libetpan. */
#include "tests/bench/fetch.h"

#include <libetpan/libetpan.h>

static void *fetch_login(unsigned short port)
{
	mailimap *session = mailimap_new(0, NULL);

	if (!session ||
	    mailimap_socket_connect(session, "127.0.0.1", port) !=
		MAILIMAP_NO_ERROR_NON_AUTHENTICATED ||
	    mailimap_login(session, "u", "p") != MAILIMAP_NO_ERROR ||
	    mailimap_select(session, "INBOX") != MAILIMAP_NO_ERROR)
		fetch_fail("login");
	return session;
}

static clist *fetch(mailimap *session, struct mailimap_set *set,
		    struct mailimap_fetch_att *att)
{
	struct mailimap_fetch_type *type =
	    mailimap_fetch_type_new_fetch_att(att);
	clist *result;

	if (mailimap_uid_fetch(session, set, type, &result) !=
	    MAILIMAP_NO_ERROR)
		fetch_fail("fetch");
	mailimap_fetch_type_free(type);
	mailimap_set_free(set);
	return result;
}

static unsigned long long fetch_flags(void *session)
{
	clist *result = fetch(session, mailimap_set_new_interval(1, 0),
			      mailimap_fetch_att_new_flags());
	unsigned long long n = (unsigned long long)clist_count(result);

	mailimap_fetch_list_free(result);
	return n;
}

static unsigned long long fetch_body(void *session)
{
	clist *result = fetch(session, mailimap_set_new_single(1),
			      mailimap_fetch_att_new_body_peek_section(
				  mailimap_section_new(NULL)));
	struct mailimap_msg_att *msg = clist_content(clist_begin(result));
	unsigned long long n = 0;

	for (clistiter *i = clist_begin(msg->att_list); i; i = clist_next(i)) {
		const struct mailimap_msg_att_item *item = clist_content(i);
		if (item->att_type == MAILIMAP_MSG_ATT_ITEM_STATIC &&
		    item->att_data.att_static->att_type ==
			MAILIMAP_MSG_ATT_BODY_SECTION)
			n = item->att_data.att_static->att_data
				.att_body_section->sec_length;
	}
	mailimap_fetch_list_free(result);
	return n;
}

int main(int argc, char **argv)
{
	static const struct fetch_client client = {fetch_login, fetch_flags,
						   fetch_body};

	return fetch_main(&client, argc, argv);
}
