/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Network interfaces, from /sys/class/net (Documentation/ABI/testing/sysfs-class-net of the kernel), with their addresses. */
#include <string.h>

#include "../core/json_text.h"
#include "../devices/sysfs.h"
#include "hardware.h"
#include "../network/ip.h"

/* Whether a cable is connected; null: the kernel does not say it of an interface that is down. */
static json_t *carrier(const struct context *ctx, const char *directory)
{
	AUTO_FREE char *text = sysfs_text(ctx, directory, "carrier");

	return text ? json_boolean(!strcmp(text, "1")) : json_null();
}

static json_t *interface_report(const struct context *ctx, const json_t *all, const char *name)
{
	AUTO_FREE char *directory = text_format("/sys/class/net/%s", name);
	AUTO_FREE char *link = text_format("/sys/class/net/%s/device/driver", name);
	AUTO_FREE char *driver = NULL, *mac = NULL, *state = NULL;

	if (!directory || !link)
		return NULL;
	driver = sysfs_link_name(ctx, link);
	mac = sysfs_text(ctx, directory, "address");
	state = sysfs_text(ctx, directory, "operstate");
	return json_pack("{so, ss, so, sb, so, so}", "name", json_printable(name), "mac", mac ? mac : "", "driver", json_printable(driver),
			 "up", state && !strcmp(state, "up"), "carrier", carrier(ctx, directory), "addresses", ip_addresses_of(all, name));
}

json_t *hardware_network(struct context *ctx)
{
	AUTO_STRV char **names = NULL;
	json_t *array = json_array();
	json_t *all = *ctx->prefix ? NULL : ip_addresses_read(ctx);
	int r = sysfs_list(ctx, "/sys/class/net", &names);

	if (r < 0)
		context_warn(ctx, "The network interfaces cannot be read from /sys/class/net: %s", strerror(-r));
	for (char **name = names; name && *name; name++)
		if (strcmp(*name, "lo"))
			json_array_append_new(array, interface_report(ctx, all, *name));
	json_decref(all);
	return array;
}
