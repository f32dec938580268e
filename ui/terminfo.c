/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "terminfo.h"

#include <stdlib.h>
#include <string.h>

#include <curses.h>
#include <term.h>

#include "memory.h"

/* Without "$<50>": no terminal of this century needs the time. What the library holds goes away with its screens. */
static char *copy_capability(const char *text)
{
	char *copy = ui_allocate(strlen(text) + 1), *out = copy;

	while (*text) {
		const char *end = text[0] == '$' && text[1] == '<' ? strchr(text, '>') : NULL;

		if (end)
			text = end + 1;
		else
			*out++ = *text++;
	}
	return copy;
}

void terminfo_ask(const char *name, int fd, struct terminfo *ret)
{
	int error;

	*ret = (struct terminfo){ 0 };
	/* "generic" types answer ERR here; they are of no use either. */
	if (setupterm(name, fd, &error) != OK)
		return;
	ret->known = true;
	ret->moves = cursor_address && clear_screen;
	ret->colors = max_colors;
	if (clear_screen)
		ret->clear = copy_capability(clear_screen);
	del_curterm(cur_term);
}

void terminfo_done(struct terminfo *terminfo)
{
	free(terminfo->clear);
	*terminfo = (struct terminfo){ 0 };
}
