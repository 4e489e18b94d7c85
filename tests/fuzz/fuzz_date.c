/* SPDX-License-Identifier: MIT */
/* INTERNALDATE: what parses formats to a text that parses to the same, and that
 * text is the C library's for that time.
 */
#include <imap4/codec.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int64_t epoch, int zone)
{
	char text[IMAP4_DATE_MAX], theirs[64];
	int64_t epoch2;
	int zone2;
	time_t local = (time_t)(epoch + zone * 60);
	struct tm tm;

	if (imap4_date_format(epoch, zone, text) < 0)
		return;
	if (imap4_date_parse(text, strlen(text), &epoch2, &zone2) < 0 ||
	    epoch2 != epoch || zone2 != zone)
		abort();
	if (!gmtime_r(&local, &tm) ||
	    strftime(theirs, sizeof(theirs), "%H:%M:%S", &tm) != 8 ||
	    memcmp(theirs, text + 12, 8) != 0 ||
	    strftime(theirs, sizeof(theirs), "%d-%b-", &tm) != 7 ||
	    memcmp(theirs, text, 7) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[IMAP4_DATE_MAX];
	int64_t epoch;
	int zone;

	if (imap4_date_parse((const char *)data, size, &epoch, &zone) == 0) {
		check(epoch, zone);
		/* A leap second may lead out of year 9999; nothing else. */
		if (imap4_date_format(epoch, zone, text) < 0 &&
		    imap4_date_format(epoch - 1, zone, text) < 0)
			abort();
	}
	if (size == sizeof(epoch) + sizeof(zone)) {
		memcpy(&epoch, data, sizeof(epoch));
		memcpy(&zone, data + sizeof(epoch), sizeof(zone));
		if (imap4_date_format(epoch, zone, text) == 0)
			check(epoch, zone);
	}
	return 0;
}
