/* SPDX-License-Identifier: MIT */
#include "daemon/setup/ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "daemon/base/xalloc.h"

#define LINE_BYTES 1024

bool ask_can(void)
{
	return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

/* Not through stdio, whose buffer would keep a password. */
static char *read_line(void)
{
	char line[LINE_BYTES];
	size_t n = 0;
	ssize_t r;

	(void)fflush(stdout);
	while ((r = read(STDIN_FILENO, line + n, 1)) == 1 && line[n] != '\n') {
		if (n + 1 < sizeof(line))
			n++;
	}
	char *text = r == 1 || n > 0 ? xstrndup(line, n) : NULL;
	explicit_bzero(line, sizeof(line));
	return text;
}

char *ask_text(const char *question, const char *def)
{
	if (def)
		printf("%s [%s]: ", question, def);
	else
		printf("%s: ", question);
	char *text = read_line();
	if (text && text[0] == '\0') {
		free(text);
		text = def ? xstrdup(def) : NULL;
	}
	return text;
}

char *ask_secret(const char *question)
{
	struct termios old, now;
	bool hidden = tcgetattr(STDIN_FILENO, &old) == 0;

	now = old;
	now.c_lflag &= ~(tcflag_t)ECHO;
	/* Before the question: what is typed early is thrown away. */
	hidden = hidden && tcsetattr(STDIN_FILENO, TCSAFLUSH, &now) == 0;
	printf("%s: ", question);
	/* Never where it would be seen. */
	char *text = hidden ? read_line() : NULL;
	if (hidden)
		(void)tcsetattr(STDIN_FILENO, TCSADRAIN, &old);
	(void)putchar('\n');
	if (text && text[0] == '\0') {
		free(text);
		text = NULL;
	}
	return text;
}

bool ask_yes(const char *question, bool def)
{
	printf("%s [%s]: ", question, def ? "Y/n" : "y/N");
	char *text = read_line();
	bool yes =
	    text && (text[0] == '\0' ? def : text[0] == 'y' || text[0] == 'Y');

	free(text);
	return yes;
}
