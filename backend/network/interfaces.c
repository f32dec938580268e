/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "interfaces.h"

#include <dirent.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "../core/clock.h"
#include "../core/file.h"
#include "ip.h"

#define SETTLE_S 3
#define POLL_S 0.1

static int compare_names(const void *a, const void *b)
{
	return strverscmp(*(const char *const *)a, *(const char *const *)b);
}

char *network_attribute(const struct context *ctx, const char *name, const char *attribute)
{
	AUTO_FREE char *path = text_format("/sys/class/net/%s/%s", name, attribute);

	return path ? file_attribute(ctx, path) : NULL;
}

/* bonding_masters is a file among the links to interfaces. */
static bool is_interface(const struct context *ctx, const char *name, const char *device, const char *mac)
{
	AUTO_FREE char *address = name[0] == '.' || !strcmp(name, "lo") ? NULL : network_attribute(ctx, name, "address");

	return address && (!device || !strcmp(device, name)) && (!mac || !strcasecmp(address, mac));
}

char **network_names(const struct context *ctx, const char *device, const char *mac)
{
	AUTO_FREE char *path = context_path(ctx, "/sys/class/net");
	AUTO_CLOSEDIR DIR *dir = path ? opendir(path) : NULL;
	struct dirent *entry;
	char **names = NULL;

	while (dir && directory_next(dir, &entry) > 0)
		if (is_interface(ctx, entry->d_name, device, mac))
			strv_append_line(&names, entry->d_name);
	if (names)
		qsort(names, strv_length(names), sizeof(*names), compare_names);
	return names;
}

bool network_is_linked(const struct context *ctx, const char *name)
{
	AUTO_FREE char *carrier = network_attribute(ctx, name, "carrier");

	return carrier && !strcmp(carrier, "1");
}

bool network_is_enslaved(const struct context *ctx, const char *name)
{
	AUTO_FREE char *link = text_format("/sys/class/net/%s/master", name), *path = link ? context_path(ctx, link) : NULL;

	return path && access(path, F_OK) == 0;
}

void network_bring_up(struct context *ctx, const char *name)
{
	AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);
	AUTO_FREE char *flags = network_attribute(ctx, name, "flags");

	if ((!flags || !(strtoul(flags, NULL, 16) & IFF_UP)) && ip_link_up(ctx, name) < 0)
		context_debug(ctx, "%s", context_detail(ctx));
}

static bool are_linked(const struct context *ctx, char *const *names)
{
	for (; names && *names; names++)
		if (!network_is_linked(ctx, *names))
			return false;
	return true;
}

void network_bring_all_up(struct context *ctx)
{
	double end = clock_now() + SETTLE_S;
	AUTO_STRV char **names = network_names(ctx, NULL, NULL);

	for (char **name = names; name && *name; name++)
		network_bring_up(ctx, *name);
	while (!are_linked(ctx, names) && clock_now() < end && !context_is_cancelled(ctx))
		clock_pause(POLL_S);
}
