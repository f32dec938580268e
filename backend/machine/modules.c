/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "modules.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libkmod.h>
#include <linux/netlink.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/utsname.h>

#include "../core/bytes.h"
#include "../core/clock.h"
#include "../core/file.h"
#include "../core/ops.h"

#define DEPTH_MAX 40
#define ROUNDS_MAX 6
#define SETTLE_S 20
/* Devices come in bursts; a pause this long is the end of one. USB storage waits a second before it looks (delay_use). */
#define QUIET_MS 300
#define QUIET_USB_MS 1500

/* What no device's alias names. Filesystems and their digests come when the kernel is asked to mount one: it calls modprobe itself. */
static const char *const unaliased[] = { "loop" };
/* Processors ask for every cipher they have instructions for. Testing those takes seconds, and nothing here needs them at the start. */
#define PROCESSOR_ALIAS "cpu:"

static struct kmod_ctx *new_kmod(const char *directory)
{
	struct kmod_ctx *kmod = kmod_new(directory, NULL);

	/* Every failure is told by return value; libkmod's own words would go to a screen. */
	if (kmod)
		kmod_set_log_priority(kmod, 0);
	if (kmod)
		kmod_load_resources(kmod);
	return kmod;
}

/* ---- what the devices ask for ---- */

/* Where a device says what it needs. Some busses, that of SD and eMMC cards, say it only in the text of their events. */
static const struct { const char *file, *key; } alias_files[] = { { "modalias", "" }, { "uevent", "MODALIAS=" } };

static int add_alias(int dirfd, const char *name, char ***aliases)
{
	for (size_t i = 0; i < ARRAY_LENGTH(alias_files); i++) {
		AUTO_FREE char *text = NULL;
		char *alias;

		if (strcmp(name, alias_files[i].file) || file_read(dirfd, name, 65536, &text, NULL) < 0)
			continue;
		alias = strstr(text, alias_files[i].key);
		if (!alias)
			return 0;
		alias += strlen(alias_files[i].key);
		alias[strcspn(alias, "\n")] = '\0';
		return *alias && strncmp(alias, PROCESSOR_ALIAS, strlen(PROCESSOR_ALIAS)) ? strv_append(aliases, alias) : 0;
	}
	return 0;
}

/* Takes DIRFD. */
static int collect_aliases(int dirfd, unsigned depth, char ***aliases)
{
	AUTO_CLOSEDIR DIR *dir = fdopendir(dirfd);
	struct dirent *entry;
	int r;

	if (!dir) {
		close(dirfd);
		return -errno;
	}
	while ((r = directory_next(dir, &entry)) > 0) {
		int child;

		if (entry->d_name[0] == '.')
			continue;
		r = add_alias(dirfd, entry->d_name, aliases);
		if (r < 0)
			return r;
		if (entry->d_type != DT_DIR || depth >= DEPTH_MAX)
			continue;
		child = openat(dirfd, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (child < 0)
			continue; /* a device that went away */
		r = collect_aliases(child, depth + 1, aliases);
		if (r == -ENOMEM)
			return r;
	}
	/* Below the top, a device that went away. */
	return r;
}

static int device_aliases(struct context *ctx, char ***ret)
{
	AUTO_FREE char *path = context_path(ctx, "/sys/devices");
	int fd = path ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	int r;

	if (fd < 0)
		return context_fail(ctx, errno, "The devices of this machine cannot be read from /sys/devices: %s", strerror(errno));
	r = collect_aliases(fd, 0, ret);
	return r < 0 ? context_fail(ctx, -r, "The devices of this machine cannot be listed: %s", strerror(-r)) : 0;
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void sort_and_unite(char **texts)
{
	size_t count = strv_length(texts), kept = 0;

	if (!count)
		return;
	qsort(texts, count, sizeof(*texts), compare_texts);
	for (size_t i = 0; i < count; i++) {
		if (kept > 0 && !strcmp(texts[kept - 1], texts[i]))
			free(texts[i]);
		else
			texts[kept++] = texts[i];
	}
	texts[kept] = NULL;
}

int modules_wanted(struct context *ctx, const char *directory, char ***ret)
{
	struct kmod_ctx *kmod = new_kmod(directory);
	AUTO_STRV char **aliases = NULL, **names = NULL;
	int r = kmod ? device_aliases(ctx, &aliases) : context_oom(ctx);

	for (size_t i = 0; r == 0 && i < strv_length(aliases); i++) {
		struct kmod_list *list = NULL, *item;

		if (kmod_module_new_from_lookup(kmod, aliases[i], &list) < 0)
			continue;
		kmod_list_foreach(item, list) {
			struct kmod_module *module = kmod_module_get_module(item);

			if (r == 0 && strv_append(&names, kmod_module_get_name(module)) < 0)
				r = context_oom(ctx);
			kmod_module_unref(module);
		}
		kmod_module_unref_list(list);
	}
	kmod_unref(kmod);
	if (r < 0)
		return r;
	sort_and_unite(names);
	*ret = TAKE_POINTER(names);
	return 0;
}

/* ---- loading ---- */

static void add_failure(struct modules_result *result, const char *name, int error)
{
	AUTO_FREE char *line = text_format("%s: %s", name, strerror(error));

	if (line && !strv_contains(result->failed, line))
		strv_append_line(&result->failed, line);
}

static int insert_now(struct context *ctx, void *module)
{
	(void)ctx;
	return kmod_module_probe_insert_module(module, KMOD_PROBE_APPLY_BLACKLIST, NULL, NULL, NULL, NULL);
}

/* True when a module came in that was not there. */
static bool insert(struct context *ctx, struct kmod_module *module, struct modules_result *result)
{
	int state = kmod_module_get_initstate(module);
	AUTO_FREE char *text = NULL;
	int r;

	if (state == KMOD_MODULE_LIVE || state == KMOD_MODULE_BUILTIN)
		return false;
	text = text_format("load the driver %s", kmod_module_get_name(module));
	r = text ? ops_of(ctx)->change(ctx, text, insert_now, module) : -ENOMEM;
	/* ENODEV: a driver that found nothing of its own; a positive value: blacklisted. */
	if (r < 0 && r != -ENODEV && r != -EEXIST)
		add_failure(result, kmod_module_get_name(module), -r);
	if (r == 0)
		result->loaded++;
	return r == 0;
}

/* Everything NAME (an alias or a module's name) stands for. */
static bool load_one(struct context *ctx, struct kmod_ctx *kmod, const char *name, struct modules_result *result)
{
	struct kmod_list *list = NULL, *item;
	bool any = false;

	if (kmod_module_new_from_lookup(kmod, name, &list) < 0)
		return false;
	kmod_list_foreach(item, list) {
		struct kmod_module *module = kmod_module_get_module(item);

		any |= insert(ctx, module, result);
		kmod_module_unref(module);
	}
	kmod_module_unref_list(list);
	return any;
}

int modules_load_for_devices(struct context *ctx, struct modules_result *result)
{
	struct utsname system;
	AUTO_FREE char *index = uname(&system) < 0 ? NULL : text_format("/lib/modules/%s/modules.alias.bin", system.release);
	struct kmod_ctx *kmod;
	bool any = true;
	int r = 0;

	/* A captured machine's devices are not here. */
	*result = (struct modules_result){ .none = *ctx->prefix || !index || access(index, R_OK) < 0 };
	if (result->none)
		return 0;
	kmod = new_kmod(NULL);
	if (!kmod)
		return context_oom(ctx);
	for (unsigned round = 0; any && r == 0 && round < ROUNDS_MAX; round++) {
		AUTO_STRV char **aliases = NULL;

		any = false;
		r = device_aliases(ctx, &aliases);
		if (r < 0)
			break;
		sort_and_unite(aliases);
		result->devices = (unsigned)strv_length(aliases);
		for (size_t i = 0; i < strv_length(aliases); i++)
			any |= load_one(ctx, kmod, aliases[i], result);
		for (size_t i = 0; round == 0 && i < ARRAY_LENGTH(unaliased); i++)
			load_one(ctx, kmod, unaliased[i], result);
		if (any)
			modules_settle(ctx, SETTLE_S);
		r = context_check_cancel(ctx);
	}
	kmod_unref(kmod);
	return r;
}

void modules_result_done(struct modules_result *result)
{
	strv_free(result->failed);
	*result = (struct modules_result){ 0 };
}

static bool usb_storage_is_bound(const struct context *ctx)
{
	static const char *const drivers[] = { "/sys/bus/usb/drivers/usb-storage", "/sys/bus/usb/drivers/uas" };

	for (size_t i = 0; i < ARRAY_LENGTH(drivers); i++) {
		AUTO_FREE char *path = context_path(ctx, drivers[i]);
		AUTO_CLOSEDIR DIR *dir = path ? opendir(path) : NULL;
		struct dirent *entry;

		while (dir && directory_next(dir, &entry) > 0)
			if (strchr(entry->d_name, ':')) /* an interface: "1-1:1.0" */
				return true;
	}
	return false;
}

void modules_settle(struct context *ctx, unsigned deadline_s)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = 1 };
	AUTO_CLOSE int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT);
	double end = clock_now() + deadline_s;
	char event[8192];

	if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return;
	while (clock_now() < end && context_check_cancel(ctx) == 0) {
		struct pollfd poller = { .fd = fd, .events = POLLIN };

		if (poll(&poller, 1, usb_storage_is_bound(ctx) ? QUIET_USB_MS : QUIET_MS) == 0)
			return;
		while (recv(fd, event, sizeof(event), 0) > 0)
			;
	}
}
