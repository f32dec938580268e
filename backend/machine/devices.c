/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Devices on PCI and USB. Classes: "PCI Code and ID Assignment Specification" and "USB Class Codes" (usb.org). */
#include <string.h>

#include "../core/json_text.h"
#include "../devices/sysfs.h"
#include "hardware.h"

struct class {
	unsigned code, mask;
	const char *text;        /* NULL: nothing a person looks for */
};

/* 24 bits: base class, subclass, interface. The first that fits. */
static const struct class pci_classes[] = {
	{ 0x010000, 0xffff00, N_("SCSI controller") },
	{ 0x010100, 0xffff00, N_("IDE controller") },
	{ 0x010400, 0xffff00, N_("RAID controller") },
	{ 0x010600, 0xffff00, N_("SATA controller") },
	{ 0x010700, 0xffff00, N_("SAS controller") },
	{ 0x010800, 0xffff00, N_("NVMe disk") },
	{ 0x010000, 0xff0000, N_("disk controller") },
	{ 0x020000, 0xffff00, N_("network card") },
	{ 0x028000, 0xffff00, N_("wireless network card") },
	{ 0x020000, 0xff0000, N_("network card") },
	{ 0x030000, 0xff0000, N_("graphics card") },
	{ 0x040000, 0xff0000, N_("sound or video") },
	{ 0x050000, 0xff0000, NULL },
	{ 0x060000, 0xff0000, NULL },
	{ 0x070000, 0xff0000, N_("serial or parallel port") },
	{ 0x080500, 0xffff00, N_("memory card reader") },
	{ 0x080000, 0xff0000, NULL },
	{ 0x0c0300, 0xffff00, N_("USB controller") },
	{ 0x0c0400, 0xffff00, N_("Fibre Channel card") },
	{ 0x0c0600, 0xffff00, N_("InfiniBand card") },
	{ 0x0c0000, 0xff0000, NULL },
	{ 0x0d0000, 0xff0000, N_("wireless controller") },
	{ 0, 0, N_("other device") },
};

/* Interface class, subclass. */
static const struct class usb_classes[] = {
	{ 0x0100, 0xff00, N_("sound") },
	{ 0x0200, 0xff00, N_("network card or modem") },
	{ 0x0a00, 0xff00, NULL },
	{ 0x0300, 0xff00, N_("keyboard, mouse or other input") },
	{ 0x0600, 0xff00, N_("camera") },
	{ 0x0700, 0xff00, N_("printer") },
	{ 0x0800, 0xff00, N_("disk or stick") },
	{ 0x0900, 0xff00, NULL },
	{ 0x0b00, 0xff00, N_("smart card reader") },
	{ 0x0e00, 0xff00, N_("camera") },
	{ 0xe000, 0xff00, N_("wireless controller") },
	{ 0, 0, N_("other device") },
};

static const char *class_text(const struct class *classes, unsigned code)
{
	while (classes->mask && (code & classes->mask) != classes->code)
		classes++;
	return classes->text;
}

/* A hexadecimal attribute, with or without 0x. */
static unsigned hex_attribute(const struct context *ctx, const char *directory, const char *name)
{
	AUTO_FREE char *text = sysfs_text(ctx, directory, name);

	return text ? (unsigned)strtoul(text, NULL, 16) : 0;
}

static json_t *device_report(const struct context *ctx, const char *bus, const char *address, const char *directory,
			     const char *class, const char *name, const char *id)
{
	AUTO_FREE char *link = text_format("%s/driver", directory);
	AUTO_FREE char *driver = link ? sysfs_link_name(ctx, link) : NULL;
	AUTO_FREE char *modalias = sysfs_text(ctx, directory, "modalias");

	return json_pack("{ss, so, ss, so, so, so, so}", "bus", bus, "address", json_printable(address), "class", class, "name",
			 json_printable(name), "id", json_printable(id), "modalias", json_printable(modalias), "driver",
			 json_printable(driver));
}

/* The names in PATH; said when they cannot be read. */
static char **list(struct context *ctx, const char *path)
{
	char **names;
	int r = sysfs_list(ctx, path, &names);

	if (r < 0)
		context_warn(ctx, "The list of devices in %s cannot be read: %s", path, strerror(-r));
	return names;
}

static void add_pci(struct context *ctx, json_t *array)
{
	AUTO_STRV char **addresses = list(ctx, "/sys/bus/pci/devices");

	for (char **address = addresses; address && *address; address++) {
		AUTO_FREE char *directory = text_format("/sys/bus/pci/devices/%s", *address);
		AUTO_FREE char *id = NULL;
		const char *class = directory ? class_text(pci_classes, hex_attribute(ctx, directory, "class")) : NULL;

		if (!class)
			continue;
		id = text_format("%04x:%04x", hex_attribute(ctx, directory, "vendor"), hex_attribute(ctx, directory, "device"));
		json_array_append_new(array, device_report(ctx, "pci", *address, directory, class, NULL, id));
	}
}

/* What the device says it is: manufacturer and product. */
static char *usb_name(const struct context *ctx, const char *directory)
{
	AUTO_FREE char *maker = sysfs_text(ctx, directory, "manufacturer"), *product = sysfs_text(ctx, directory, "product");

	if (!maker && !product)
		return NULL;
	return text_format("%s%s%s", maker ? maker : "", maker && product ? " " : "", product ? product : "");
}

/* Drivers bind to interfaces ("1-2:1.0"); identity and name are those of their device ("1-2"). */
static void add_usb(struct context *ctx, json_t *array)
{
	AUTO_STRV char **names = list(ctx, "/sys/bus/usb/devices");

	for (char **name = names; name && *name; name++) {
		AUTO_FREE char *directory = text_format("/sys/bus/usb/devices/%s", *name);
		AUTO_FREE char *device = text_format("/sys/bus/usb/devices/%.*s", (int)strcspn(*name, ":"), *name);
		AUTO_FREE char *own_name = NULL, *id = NULL;
		const char *class;

		if (!strchr(*name, ':') || !directory || !device)
			continue;
		class = class_text(usb_classes, hex_attribute(ctx, directory, "bInterfaceClass") << 8 |
				   hex_attribute(ctx, directory, "bInterfaceSubClass"));
		if (!class)
			continue;
		own_name = usb_name(ctx, device);
		id = text_format("%04x:%04x", hex_attribute(ctx, device, "idVendor"), hex_attribute(ctx, device, "idProduct"));
		json_array_append_new(array, device_report(ctx, "usb", *name, directory, class, own_name, id));
	}
}

static char *pci_text(struct context *ctx, const char *address, const char *directory)
{
	const char *class = class_text(pci_classes, hex_attribute(ctx, directory, "class"));
	AUTO_FREE char *id = text_format("%04x:%04x", hex_attribute(ctx, directory, "vendor"), hex_attribute(ctx, directory, "device"));

	return id ? sentence("%s %s at %s", sentence_words(class ? class : N_("device")), id, address) : NULL;
}

static char *usb_text(struct context *ctx, const char *address)
{
	AUTO_FREE char *device = text_format("/sys/bus/usb/devices/%.*s", (int)strcspn(address, ":"), address);
	AUTO_FREE char *name = device ? usb_name(ctx, device) : NULL;
	AUTO_FREE char *id = device ? text_format("%04x:%04x", hex_attribute(ctx, device, "idVendor"), hex_attribute(ctx, device, "idProduct")) : NULL;

	return id ? sentence("%s %s at %s", name ? name : sentence_words(N_("USB device")), id, address) : NULL;
}

char *hardware_device_text(struct context *ctx, const char *address)
{
	AUTO_FREE char *pci = text_format("/sys/bus/pci/devices/%s", address), *usb = text_format("/sys/bus/usb/devices/%s", address);
	AUTO_FREE char *pci_here = pci ? context_path(ctx, pci) : NULL, *usb_here = usb ? context_path(ctx, usb) : NULL;

	if (!pci_here || !usb_here)
		return NULL;
	if (access(pci_here, F_OK) == 0)
		return pci_text(ctx, address, pci);
	return access(usb_here, F_OK) == 0 ? usb_text(ctx, address) : strdup(address);
}

json_t *hardware_devices(struct context *ctx)
{
	json_t *array = json_array();

	add_pci(ctx, array);
	add_usb(ctx, array);
	return array;
}
