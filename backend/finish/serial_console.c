/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "serial_console.h"

#include <errno.h>
#include <string.h>

#include "grub_menu.h"
#include "rooted.h"

#define FILE_LIMIT (8u << 20)
#define ENTRIES "boot/loader/entries"
#define LINE "ttyS0"
/* The last one named is where init and its messages go. */
#define ARGUMENTS " console=tty0 console=" LINE ",115200"

static bool holds(const char *text, size_t length, const char *word)
{
	return memmem(text, length, word, strlen(word)) != NULL;
}

/* Adds the arguments to each line that begins with one of WORDS. */
static int add_arguments(const char *text, const char *const *words, struct buffer *out)
{
	int changed = 0;

	while (*text) {
		size_t length = strcspn(text, "\n"), blank = strspn(text, " \t");
		size_t first = strcspn(text + blank, " \t\n");
		bool add = false;

		for (size_t i = 0; words[i]; i++)
			add |= first == strlen(words[i]) && !strncmp(text + blank, words[i], first);
		add = add && !holds(text, length, "console=" LINE);
		if (buffer_append(out, text, length) < 0 ||
		    (add && buffer_append(out, ARGUMENTS, strlen(ARGUMENTS)) < 0))
			return -ENOMEM;
		changed += add;
		text += length;
		if (*text == '\n' && buffer_append(out, text++, 1) < 0)
			return -ENOMEM;
	}
	return changed;
}

int serial_console_menu(const char *text, struct buffer *out)
{
	static const char *const words[] = { "linux", "linux16", "linuxefi", NULL };

	return add_arguments(text, words, out);
}

int serial_console_entry(const char *text, struct buffer *out)
{
	static const char *const words[] = { "options", NULL };

	return add_arguments(text, words, out);
}

int serial_console_inittab(const char *text, struct buffer *out)
{
	/* busybox takes the first field as the line's name, sysvinit as any name of the entry. */
	const char *entry = strstr(text, "::sysinit:") ? LINE "::respawn:/sbin/getty -L 115200 " LINE " vt100\n"
						       : "LB:2345:respawn:/sbin/getty -L 115200 " LINE " vt100\n";
	size_t length = strlen(text);

	if (buffer_append(out, text, length) < 0)
		return -ENOMEM;
	for (const char *at = text; *at; at += strcspn(at, "\n"), at += *at == '\n')
		if (*at != '#' && holds(at, strcspn(at, "\n"), LINE))
			return 0;
	if ((length && text[length - 1] != '\n' && buffer_append(out, "\n", 1) < 0) ||
	    buffer_append(out, entry, strlen(entry)) < 0)
		return -ENOMEM;
	return 1;
}

static int change_file(struct context *ctx, int root_fd, const char *path,
		       int (*change)(const char *text, struct buffer *out))
{
	AUTO_BUFFER struct buffer changed = { 0 };
	AUTO_FREE char *text = NULL;
	int r = rooted_read(root_fd, path, FILE_LIMIT, &text);

	if (r < 0)
		return r == -ENOMEM ? context_oom(ctx) : 0;
	r = change(text, &changed);
	if (r < 0)
		return context_oom(ctx);
	if (r == 0)
		return 0;
	context_info(ctx, "/%s got a console on %s", path, LINE);
	return rooted_rewrite(ctx, root_fd, path, changed.data, changed.length);
}

int serial_console_add(struct context *ctx, int root_fd)
{
	const char *menu = grub_menu_path(root_fd);
	AUTO_STRV char **names = NULL;
	int r = menu ? change_file(ctx, root_fd, menu, serial_console_menu) : 0;

	if (rooted_list(root_fd, ENTRIES, &names) == -ENOMEM)
		return context_oom(ctx);
	for (size_t i = 0; r == 0 && names && names[i]; i++) {
		AUTO_FREE char *path = text_format(ENTRIES "/%s", names[i]);

		r = path ? change_file(ctx, root_fd, path, serial_console_entry) :
			   context_oom(ctx);
	}
	return r == 0 ? change_file(ctx, root_fd, "etc/inittab", serial_console_inittab) : r;
}
