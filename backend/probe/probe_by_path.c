/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "probe_by_path.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "../devices/sysfs.h"

/* One walk from the disk up to the root of the device tree. */
struct walk {
	const struct context *ctx;
	const char *disk;        /* directory of the disk */
	char *at;                /* directory of the ancestor the walk is at */
	char *name;              /* the name so far */
	bool has_parent, has_transport;
};

static void prepend(struct walk *walk, char *part)
{
	char *longer = NULL;

	if (!part)
		return;
	if (walk->name)
		longer = text_format("%s-%s", part, walk->name);
	if (longer) {
		free(walk->name);
		free(part);
		walk->name = longer;
	} else {
		free(walk->name);
		walk->name = part;
	}
}

/* Cuts the last component; false at the top. */
static bool go_up(char *directory)
{
	char *slash = strrchr(directory, '/');

	if (!slash || slash == directory)
		return false;
	*slash = '\0';
	return strlen(directory) > strlen("/sys/devices");
}

static const char *last_component(const char *path)
{
	return strrchr(path, '/') + 1;
}

static char *subsystem_of(const struct context *ctx, const char *directory)
{
	AUTO_FREE char *path = text_format("%s/subsystem", directory);

	return path ? sysfs_link_name(ctx, path) : NULL;
}

/* DEVTYPE of the ancestor, out of its uevent file. */
static char *devtype_of(const struct context *ctx, const char *directory)
{
	AUTO_FREE char *data = NULL;
	char *line, *state;

	if (sysfs_bytes(ctx, directory, "uevent", 65536, &data, NULL))
		return NULL;
	for (line = strtok_r(data, "\n", &state); line; line = strtok_r(NULL, "\n", &state))
		if (!strncmp(line, "DEVTYPE=", 8))
			return strdup(line + 8);
	return NULL;
}

/* Leaves all further ancestors of the same subsystem behind. */
static void skip_subsystem(struct walk *walk, const char *subsystem)
{
	AUTO_FREE char *up = strdup(walk->at);

	while (up && go_up(up)) {
		AUTO_FREE char *other = subsystem_of(walk->ctx, up);

		if (!other || strcmp(other, subsystem))
			return;
		walk->at[strlen(up)] = '\0';
	}
}

/* The nearest ancestor whose last component starts with PREFIX and continues with a digit; new string or NULL. */
static char *ancestor(const char *directory, const char *prefix)
{
	AUTO_FREE char *up = strdup(directory);
	size_t length = strlen(prefix);

	while (up && go_up(up)) {
		const char *last = last_component(up);

		if (!strncmp(last, prefix, length) && isdigit((unsigned char)last[length]))
			return TAKE_POINTER(up);
	}
	return NULL;
}

/* Attribute of the class device CLASS/NAME. */
static char *class_text(const struct context *ctx, const char *class, const char *name, const char *attribute)
{
	AUTO_FREE char *directory = text_format("/sys/class/%s/%s", class, name);

	return directory ? sysfs_text(ctx, directory, attribute) : NULL;
}

/* How a logical unit number is written: small ones plain, others as SCSI addresses them. */
static char *print_lun(unsigned lun)
{
	if (lun < 256)
		return text_format("lun-%u", lun);
	return text_format("lun-0x%04x%04x00000000", lun & 0xffff, lun >> 16);
}

/* Hosts are numbered over the whole machine; the name counts from the first of the same controller. 0 or -errno. */
static int first_host(const struct walk *walk, const char *controller, unsigned host, unsigned *ret)
{
	AUTO_STRV char **entries = NULL;
	int r = sysfs_list(walk->ctx, controller, &entries);

	*ret = host;
	for (char **entry = entries; entry && *entry; entry++) {
		uint64_t number;

		if (!strncmp(*entry, "host", 4) && parse_u64(*entry + 4, &number) && number < *ret)
			*ret = (unsigned)number;
	}
	return r;
}

static char *name_ata(const struct walk *walk, const unsigned address[4])
{
	AUTO_FREE char *port = ancestor(walk->at, "ata");
	AUTO_FREE char *number = port ? class_text(walk->ctx, "ata_port", last_component(port), "port_no") : NULL;

	if (!number)
		return NULL;
	/* Behind a port multiplier the channel tells the disks apart, else master and slave do. */
	return address[1] ? text_format("ata-%s.%u.0", number, address[1]) : text_format("ata-%s.%u", number, address[2]);
}

static char *name_fibre_channel(const struct walk *walk, const char *lun)
{
	AUTO_FREE char *target = ancestor(walk->at, "target");
	AUTO_FREE char *port = target ? class_text(walk->ctx, "fc_transport", last_component(target), "port_name") : NULL;

	return port ? text_format("fc-%s-%s", port, lun) : NULL;
}

static char *name_sas(const struct walk *walk, const char *lun)
{
	AUTO_FREE char *end = ancestor(walk->at, "end_device-");
	AUTO_FREE char *port = end ? strdup(end) : NULL;
	AUTO_FREE char *phys = NULL, *phy = NULL, *address = NULL, *expander = NULL;

	if (!end || !port || !go_up(port))
		return NULL;
	phys = class_text(walk->ctx, "sas_port", last_component(port), "num_phys");
	if (!phys)
		return NULL;
	if (strcmp(phys, "1")) {
		address = class_text(walk->ctx, "sas_device", last_component(end), "sas_address");
		return address ? text_format("sas-%s-%s", address, lun) : NULL;
	}
	phy = class_text(walk->ctx, "sas_device", last_component(end), "phy_identifier");
	if (!phy)
		return NULL;
	expander = strdup(port);
	if (expander && go_up(expander))
		address = class_text(walk->ctx, "sas_device", last_component(expander), "sas_address");
	return address ? text_format("sas-exp%s-phy%s-%s", address, phy, lun) : text_format("sas-phy%s-%s", phy, lun);
}

static char *name_iscsi(const struct walk *walk, const char *lun)
{
	AUTO_FREE char *session = ancestor(walk->at, "session");
	AUTO_FREE char *target = NULL, *connection = NULL, *address = NULL, *port = NULL;

	if (!session)
		return NULL;
	target = class_text(walk->ctx, "iscsi_session", last_component(session), "targetname");
	connection = text_format("connection%s:0", last_component(session) + strlen("session"));
	if (!target || !connection)
		return NULL;
	address = class_text(walk->ctx, "iscsi_connection", connection, "persistent_address");
	port = class_text(walk->ctx, "iscsi_connection", connection, "persistent_port");
	return address && port ? text_format("ip-%s:%s-iscsi-%s-%s", address, port, target, lun) : NULL;
}

/* A SCSI disk: its transport has the word; the walk continues above its host. False: it has no name. */
static bool walk_scsi(struct walk *walk)
{
	AUTO_FREE char *devtype = devtype_of(walk->ctx, walk->at);
	AUTO_FREE char *host = NULL, *lun = NULL;
	unsigned address[4];
	char *part;

	if (!devtype || strcmp(devtype, "scsi_device"))
		return true;
	host = ancestor(walk->at, "host");
	if (!host || sscanf(last_component(walk->at), "%u:%u:%u:%u", &address[0], &address[1], &address[2], &address[3]) != 4)
		return false;
	lun = print_lun(address[3]);
	if (!lun)
		return false;
	if (strstr(walk->at, "/rport-")) {
		part = name_fibre_channel(walk, lun);
	} else if (strstr(walk->at, "/end_device-")) {
		part = name_sas(walk, lun);
	} else if (strstr(walk->at, "/session")) {
		part = name_iscsi(walk, lun);
	} else if (strstr(walk->at, "/ata")) {
		part = name_ata(walk, address);
	} else {
		AUTO_FREE char *controller = strdup(host);
		unsigned first;

		if (!controller || !go_up(controller) || first_host(walk, controller, address[0], &first) < 0)
			return false;
		part = text_format("scsi-%u:%u:%u:%u", address[0] - first, address[1], address[2], address[3]);
	}
	if (!part)
		return false;
	/* A network path is a name by itself. */
	if (strstr(walk->at, "/session") || strstr(walk->at, "/rport-") || strstr(walk->at, "/end_device-"))
		walk->has_parent = true;
	prepend(walk, part);
	walk->at[strlen(host)] = '\0';
	return true;
}

static void walk_usb(struct walk *walk)
{
	const char *port = strchr(last_component(walk->at), '-');

	if (!port)
		return;
	prepend(walk, text_format("usb-0:%s", port + 1));
	skip_subsystem(walk, "usb");
}

/* Ancestors whose kernel name is the part, whose subsystem is its kind. */
static bool walk_named(struct walk *walk, const char *subsystem)
{
	static const char *const named[] = { "pci", "platform", "acpi", "xen", "ccw", "scm" };

	for (size_t i = 0; i < ARRAY_LENGTH(named); i++) {
		if (strcmp(named[i], subsystem))
			continue;
		prepend(walk, text_format("%s-%s", subsystem, last_component(walk->at)));
		skip_subsystem(walk, subsystem);
		walk->has_parent = true;
		if (strcmp(subsystem, "pci") && strcmp(subsystem, "acpi") && strcmp(subsystem, "xen"))
			walk->has_transport = true;
		return true;
	}
	return false;
}

static bool walk_step(struct walk *walk)
{
	AUTO_FREE char *subsystem = subsystem_of(walk->ctx, walk->at);
	AUTO_FREE char *namespace = NULL;

	if (!subsystem || walk_named(walk, subsystem))
		return true;
	if (!strcmp(subsystem, "scsi")) {
		walk->has_transport = true;
		return walk_scsi(walk);
	}
	if (!strcmp(subsystem, "usb")) {
		walk->has_transport = true;
		walk_usb(walk);
	} else if (!strcmp(subsystem, "virtio")) {
		walk->has_transport = true;
		skip_subsystem(walk, "virtio");
	} else if (!strcmp(subsystem, "nvme")) {
		namespace = sysfs_text(walk->ctx, walk->disk, "nsid");
		if (!namespace)
			return true;
		prepend(walk, text_format("nvme-%s", namespace));
		skip_subsystem(walk, "nvme");
		walk->has_parent = walk->has_transport = true;
	}
	return true;
}

char *probe_by_path(const struct context *ctx, const char *directory)
{
	AUTO_FREE char *at = strdup(directory);
	struct walk walk = { .ctx = ctx, .disk = directory, .at = at };
	bool known = at && !strncmp(directory, "/sys/devices/", 13) && !strstr(directory, "/virtual/");

	while (known && go_up(at))
		known = walk_step(&walk);
	/* As with udev: a name that does not reach a bus and a transport may not be the same next time. */
	if (!known || !walk.has_parent || !walk.has_transport) {
		free(walk.name);
		return NULL;
	}
	return walk.name;
}
