/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is still without driver or firmware, said so that a person can look for it. */
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/klog.h>

#include "../core/bytes.h"
#include "../core/file.h"
#include "modules.h"

#define KERNEL_LOG_MAX (1 << 20)
#define SYSLOG_ACTION_READ_ALL 3 /* syslog(2) */

/* Classes of PCI devices that a restore may need: PCI Code and ID Assignment Specification, base class and subclass. */
static const struct {
	const char *prefix, *what;
} pci_classes[] = {
	{ "0x01", N_("Storage controller") },
	{ "0x02", N_("Network card") },
	{ "0x0c03", N_("USB controller") },
};

static char *pci_attribute(const struct context *ctx, const char *device, const char *name)
{
	AUTO_FREE char *path = text_format("/sys/bus/pci/devices/%s/%s", device, name);

	return path ? file_attribute(ctx, path) : NULL;
}

static int check_pci_device(struct context *ctx, const char *device, char ***ret)
{
	AUTO_FREE char *driver = text_format("%s/sys/bus/pci/devices/%s/driver", ctx->prefix, device);
	AUTO_FREE char *class = pci_attribute(ctx, device, "class");
	AUTO_FREE char *vendor = NULL, *model = NULL, *line = NULL;
	const char *what = NULL;

	if (!driver)
		return -ENOMEM;
	for (size_t i = 0; class && i < ARRAY_LENGTH(pci_classes); i++)
		if (!strncmp(class, pci_classes[i].prefix, strlen(pci_classes[i].prefix)))
			what = pci_classes[i].what;
	if (!what || access(driver, F_OK) == 0)
		return 0;
	vendor = pci_attribute(ctx, device, "vendor");
	model = pci_attribute(ctx, device, "device");
	line = sentence("%s %s:%s at %s has no driver", sentence_words(what), vendor && strlen(vendor) > 2 ? vendor + 2 : "?",
			   model && strlen(model) > 2 ? model + 2 : "?", device);
	return line ? strv_append(ret, line) : -ENOMEM;
}

/* The kernel says "Direct firmware load for NAME failed with error -2" (drivers/base/firmware_loader/main.c); Debian's says
 * "firmware: failed to load NAME (-2)". */
static int check_kernel_line(const char *line, char ***ret)
{
	static const char *const marks[] = { "Direct firmware load for ", "firmware: failed to load " };

	for (size_t i = 0; i < ARRAY_LENGTH(marks); i++) {
		const char *name = strstr(line, marks[i]);
		AUTO_FREE char *text = NULL;

		if (!name)
			continue;
		name += strlen(marks[i]);
		text = sentence("Firmware %.*s could not be loaded", (int)strcspn(name, " \n"), name);
		if (!text)
			return -ENOMEM;
		return strv_contains(*ret, text) ? 0 : strv_append(ret, text);
	}
	return 0;
}

static int check_firmware(char ***ret)
{
	AUTO_FREE char *log = malloc(KERNEL_LOG_MAX + 1);
	char *save = NULL;
	int length = log ? klogctl(SYSLOG_ACTION_READ_ALL, log, KERNEL_LOG_MAX) : -1;
	int r = 0;

	if (length < 0)
		return 0; /* not root, or none: nothing to tell */
	log[length] = '\0';
	for (char *line = strtok_r(log, "\n", &save); line && r == 0; line = strtok_r(NULL, "\n", &save))
		r = check_kernel_line(line, ret);
	return r;
}

int modules_missing(struct context *ctx, char ***ret)
{
	AUTO_FREE char *path = context_path(ctx, "/sys/bus/pci/devices");
	AUTO_CLOSEDIR DIR *dir = path ? opendir(path) : NULL;
	AUTO_STRV char **lines = NULL;
	struct dirent *entry;
	int r = 0;

	while (dir && r == 0 && (r = directory_next(dir, &entry)) > 0)
		r = check_pci_device(ctx, entry->d_name, &lines);
	/* The running kernel's log says nothing of a captured machine. */
	if (r == 0 && !*ctx->prefix)
		r = check_firmware(&lines);
	if (r < 0)
		return context_fail(ctx, -r, "The devices of this machine cannot be listed: %s", strerror(-r));
	*ret = TAKE_POINTER(lines);
	return 0;
}
