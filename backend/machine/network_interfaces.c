/* Network interfaces, from /sys/class/net (Documentation/ABI/testing/sysfs-class-net of the kernel). */
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>

#include "../probe/sysfs.h"
#include "hardware.h"

/* Bits set in a network mask. */
static unsigned prefix_length(const struct sockaddr *mask, const void *bytes, size_t length)
{
	unsigned bits = 0;

	for (size_t i = 0; mask && i < length; i++)
		bits += (unsigned)__builtin_popcount(((const unsigned char *)bytes)[i]);
	return bits;
}

static char *print_address(const struct ifaddrs *entry)
{
	char text[INET6_ADDRSTRLEN];

	if (entry->ifa_addr->sa_family == AF_INET) {
		const struct sockaddr_in *address = (const void *)entry->ifa_addr, *mask = (const void *)entry->ifa_netmask;

		if (!inet_ntop(AF_INET, &address->sin_addr, text, sizeof(text)))
			return NULL;
		return text_format("%s/%u", text, prefix_length(entry->ifa_netmask, mask ? &mask->sin_addr : NULL, 4));
	}
	if (entry->ifa_addr->sa_family == AF_INET6) {
		const struct sockaddr_in6 *address = (const void *)entry->ifa_addr, *mask = (const void *)entry->ifa_netmask;

		if (!inet_ntop(AF_INET6, &address->sin6_addr, text, sizeof(text)))
			return NULL;
		return text_format("%s/%u", text, prefix_length(entry->ifa_netmask, mask ? &mask->sin6_addr : NULL, 16));
	}
	return NULL;
}

static json_t *addresses_of(const struct ifaddrs *all, const char *name)
{
	json_t *array = json_array();

	for (const struct ifaddrs *entry = all; entry; entry = entry->ifa_next) {
		AUTO_FREE char *text = NULL;

		if (strcmp(entry->ifa_name, name) || !entry->ifa_addr)
			continue;
		text = print_address(entry);
		if (text)
			json_array_append_new(array, json_string(text));
	}
	return array;
}

/* Whether a cable is connected; null: the kernel does not say it of an interface that is down. */
static json_t *carrier(const struct context *ctx, const char *directory)
{
	AUTO_FREE char *text = sysfs_text(ctx, directory, "carrier");

	return text ? json_boolean(!strcmp(text, "1")) : json_null();
}

static json_t *interface_report(const struct context *ctx, const struct ifaddrs *all, const char *name)
{
	AUTO_FREE char *directory = text_format("/sys/class/net/%s", name);
	AUTO_FREE char *link = text_format("/sys/class/net/%s/device/driver", name);
	AUTO_FREE char *driver = NULL, *mac = NULL, *state = NULL;

	if (!directory || !link)
		return NULL;
	driver = sysfs_link_name(ctx, link);
	mac = sysfs_text(ctx, directory, "address");
	state = sysfs_text(ctx, directory, "operstate");
	return json_pack("{so, ss, so, sb, so, so}", "name", hardware_text(name), "mac", mac ? mac : "", "driver", hardware_text(driver),
			 "up", state && !strcmp(state, "up"), "carrier", carrier(ctx, directory), "addresses", addresses_of(all, name));
}

json_t *hardware_network(const struct context *ctx)
{
	AUTO_STRV char **names = sysfs_list(ctx, "/sys/class/net");
	json_t *array = json_array();
	struct ifaddrs *all = NULL;

	if (!*ctx->prefix && getifaddrs(&all))
		all = NULL;
	for (char **name = names; name && *name; name++)
		if (strcmp(*name, "lo"))
			json_array_append_new(array, interface_report(ctx, all, *name));
	if (all)
		freeifaddrs(all);
	return array;
}
