/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is still without driver or firmware, said so that a person can look for it. */
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/utsname.h>

#include "../core/bytes.h"
#include "../core/file.h"
#include "../core/ops.h"
#include "hardware.h"
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

/* Storage, network, and what has a class of its own: interfaces of USB devices (usb.org, "USB Class Codes"). */
static bool usb_matters(unsigned long class)
{
	return class == 0x02 || class == 0x08 || class == 0xff;
}

static int check_usb_interface(struct context *ctx, const char *name, char ***ret)
{
	AUTO_FREE char *driver = text_format("%s/sys/bus/usb/devices/%s/driver", ctx->prefix, name);
	AUTO_FREE char *path = text_format("/sys/bus/usb/devices/%s/bInterfaceClass", name), *class = path ? file_attribute(ctx, path) : NULL;
	AUTO_FREE char *text = NULL, *line = NULL;

	if (!driver || !path)
		return -ENOMEM;
	if (!strchr(name, ':') || !class || !usb_matters(strtoul(class, NULL, 16)) || access(driver, F_OK) == 0)
		return 0;
	text = hardware_device_text(ctx, name);
	line = text ? sentence("%s has no driver", text) : NULL;
	return line ? strv_append(ret, line) : -ENOMEM;
}

/* ---- firmware ---- */

/* The kernel says "DRIVER DEVICE: Direct firmware load for NAME failed with error -2" (drivers/base/firmware_loader/main.c); Debian's says
 * "DRIVER DEVICE: firmware: failed to load NAME (-2)". */
bool modules_firmware_line(const char *line, char **ret_device, char **ret_file, bool *ret_found)
{
	static const char *const marks[] = { "Direct firmware load for ", "firmware: failed to load " };

	for (size_t i = 0; i < ARRAY_LENGTH(marks); i++) {
		const char *mark = strstr(line, marks[i]), *name = mark ? mark + strlen(marks[i]) : NULL, *end, *start, *error;

		if (!mark)
			continue;
		end = mark - 1;
		while (end > line && (*end == ' ' || *end == ':'))
			end--;
		for (start = end; start > line && start[-1] != ' ' && start[-1] != ']';)
			start--;
		error = strstr(name, "-2");
		*ret_found = !error || (error[2] >= '0' && error[2] <= '9');
		*ret_device = mark == line || end == line ? strdup("") : strndup(start, (size_t)(end + 1 - start));
		*ret_file = strndup(name, strcspn(name, " \n"));
		return *ret_device && *ret_file && **ret_file;
	}
	return false;
}

/* Whether the kernel would find the file NAME now (Documentation/driver-api/firmware/fw_search_path.rst). */
static bool firmware_is_here(const char *name)
{
	static const char *const suffixes[] = { "", ".zst", ".xz" };
	struct utsname system;

	if (uname(&system) < 0)
		return false;
	for (size_t i = 0; i < ARRAY_LENGTH(suffixes); i++) {
		AUTO_FREE char *updates_own = text_format("/lib/firmware/updates/%s/%s%s", system.release, name, suffixes[i]);
		AUTO_FREE char *updates = text_format("/lib/firmware/updates/%s%s", name, suffixes[i]);
		AUTO_FREE char *own = text_format("/lib/firmware/%s/%s%s", system.release, name, suffixes[i]);
		AUTO_FREE char *plain = text_format("/lib/firmware/%s%s", name, suffixes[i]);
		const char *const places[] = { updates_own, updates, own, plain };

		for (size_t k = 0; k < ARRAY_LENGTH(places); k++)
			if (places[k] && access(places[k], R_OK) == 0)
				return true;
	}
	return false;
}

/* The lines of the kernel's log that speak of firmware, NULL-ended. NULL: none, or not root. */
static char **log_lines(void)
{
	AUTO_FREE char *log = malloc(KERNEL_LOG_MAX + 1);
	int length = log ? klogctl(SYSLOG_ACTION_READ_ALL, log, KERNEL_LOG_MAX) : -1;
	AUTO_STRV char **lines = NULL;
	char *save = NULL;

	if (length < 0)
		return NULL;
	log[length] = '\0';
	for (char *line = strtok_r(log, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		if (strstr(line, "firmware") && strv_append(&lines, line) < 0)
			return NULL;
	return TAKE_POINTER(lines);
}

static int check_kernel_line(struct context *ctx, const char *line, char ***ret)
{
	AUTO_FREE char *device = NULL, *file = NULL, *name = NULL, *text = NULL;
	bool found;

	/* What was not there then may have come with the tools image. */
	if (!modules_firmware_line(line, &device, &file, &found) || (!found && firmware_is_here(file)))
		return 0;
	name = *device ? hardware_device_text(ctx, device) : NULL;
	if (found)
		text = name ? sentence("%s: the firmware file %s cannot be used", name, file) : sentence("The firmware file %s cannot be used", file);
	else
		text = name ? sentence("%s lacks the firmware file %s", name, file) : sentence("The firmware file %s is missing", file);
	if (!text)
		return -ENOMEM;
	return strv_contains(*ret, text) ? 0 : strv_append(ret, text);
}

static int check_firmware(struct context *ctx, char ***ret)
{
	AUTO_STRV char **lines = log_lines();
	int r = 0;

	for (char **line = lines; r == 0 && line && *line; line++)
		r = check_kernel_line(ctx, *line, ret);
	return r;
}

/* Has the bus BUS look for a driver of DEVICE, unless it has one or is on another bus. */
static void offer(struct context *ctx, const char *bus, const char *device)
{
	AUTO_FREE char *directory = text_format("/sys/bus/%s/devices/%s", bus, device), *driver = text_format("/sys/bus/%s/devices/%s/driver", bus, device);
	AUTO_FREE char *probe = text_format("/sys/bus/%s/drivers_probe", bus);
	AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);

	if (!directory || !driver || !probe || access(directory, F_OK) < 0 || access(driver, F_OK) == 0)
		return;
	if (ops_of(ctx)->write_text(ctx, probe, device) < 0)
		context_debug(ctx, "%s", context_detail(ctx));
}

void modules_retry_firmware(struct context *ctx)
{
	AUTO_STRV char **lines = *ctx->prefix ? NULL : log_lines();

	for (char **line = lines; line && *line; line++) {
		AUTO_FREE char *device = NULL, *file = NULL;
		bool found;

		if (!modules_firmware_line(*line, &device, &file, &found) || found || !*device || strchr(device, '/') || !firmware_is_here(file))
			continue;
		offer(ctx, "pci", device);
		offer(ctx, "usb", device);
	}
}

int modules_missing(struct context *ctx, char ***ret)
{
	AUTO_FREE char *path = context_path(ctx, "/sys/bus/pci/devices");
	AUTO_FREE char *usb_path = context_path(ctx, "/sys/bus/usb/devices");
	AUTO_CLOSEDIR DIR *dir = path ? opendir(path) : NULL, *usb = usb_path ? opendir(usb_path) : NULL;
	AUTO_STRV char **lines = NULL;
	struct dirent *entry;
	int r = 0;

	while (dir && r == 0 && (r = directory_next(dir, &entry)) > 0)
		r = check_pci_device(ctx, entry->d_name, &lines);
	while (usb && r == 0 && (r = directory_next(usb, &entry)) > 0)
		r = check_usb_interface(ctx, entry->d_name, &lines);
	/* The running kernel's log says nothing of a captured machine. */
	if (r == 0 && !*ctx->prefix)
		r = check_firmware(ctx, &lines);
	if (r < 0)
		return context_fail(ctx, -r, "The devices of this machine cannot be listed: %s", strerror(-r));
	*ret = TAKE_POINTER(lines);
	return 0;
}
