/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "grub_others.h"

#include <errno.h>
#include <string.h>

#include "../core/bytes.h"

/* grub-mkconfig's 30_os-prober: menuentry 'TITLE' ... $menuentry_id_option 'osprober-KIND-UUID' {. The id stays the same, titles name devices. */
#define ENTRY "menuentry '"
#define ID "'osprober-"

/* New string; NULL when out of memory. */
static char *quoted(const char *text)
{
	return strndup(text, strcspn(text, "'\n"));
}

int grub_others_lost(const char *before, const char *now, char ***titles)
{
	for (const char *line = before; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		const char *words = line + strspn(line, " \t");
		AUTO_FREE char *all = strndup(words, strcspn(words, "\n")), *title = NULL, *id = NULL;
		const char *at = all ? strstr(all, ID) : NULL;

		if (!all)
			return -ENOMEM;
		if (strncmp(all, ENTRY, strlen(ENTRY)) || !at)
			continue;
		title = quoted(all + strlen(ENTRY));
		id = quoted(at + 1);
		if (!title || !id)
			return -ENOMEM;
		if (!strstr(now, id) && strv_append(titles, title) < 0)
			return -ENOMEM;
	}
	return 0;
}
