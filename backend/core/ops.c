/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ops.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>

#include "bytes.h"
#include "clock.h"
#include "file.h"

#define BUSY_S 5
#define BUSY_POLL_S 0.02

static int real_mount(struct context *ctx, const char *source, const char *target, const char *type, unsigned long flags,
		      const char *data)
{
	if (mount(source, target, type, flags, data) < 0)
		return context_fail(ctx, errno, "%s could not be mounted at %s: %s", source ? source : type, target,
				    strerror(errno));
	return 0;
}

/* mount(2) takes further devices as options. */
static int mount_by_names(struct context *ctx, const struct mount_device *devices, const char *target, const char *type, unsigned long flags,
			  const char *data)
{
	AUTO_FREE char *options = strdup(data ? data : "");

	for (const struct mount_device *device = devices + 1; options && device->name; device++) {
		AUTO_FREE char *before = options;

		options = text_format("%s%sdevice=%s", before, *before ? "," : "", device->name);
	}
	return options ? real_mount(ctx, devices->name, target, type, flags, *options ? options : NULL) : context_oom(ctx);
}

static int real_mount_open(struct context *ctx, const struct mount_device *devices, const char *target, const char *type,
			   unsigned long flags, const char *data)
{
	int r = mount_open(devices, target, type, flags, data);

	if (r == -ENOSYS)
		return mount_by_names(ctx, devices, target, type, flags, data);
	if (r < 0)
		return context_fail(ctx, -r, "%s could not be mounted at %s: %s", devices->name, target, strerror(-r));
	return 0;
}

static int real_unmount(struct context *ctx, const char *target, int flags)
{
	double deadline = clock_now() + (flags ? 0 : BUSY_S);

	while (umount2(target, flags) < 0) {
		if (errno != EBUSY || clock_now() >= deadline)
			return context_fail(ctx, errno, "%s could not be unmounted: %s", target, strerror(errno));
		clock_pause(BUSY_POLL_S);
	}
	return 0;
}

static int real_write_text(struct context *ctx, const char *path, const char *text)
{
	AUTO_CLOSE int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	int r = fd < 0 ? -errno : write_all(fd, text, strlen(text));

	if (r < 0)
		return context_fail(ctx, -r, "%s could not be written: %s", path, strerror(-r));
	return 0;
}

static int real_change(struct context *ctx, const char *text, int (*change)(struct context *ctx, void *data), void *data)
{
	context_debug(ctx, "%s", text);
	return change(ctx, data);
}

static int real_power(struct context *ctx, enum power_action action)
{
	static const int commands[] = {
		[POWER_REBOOT] = RB_AUTOBOOT,
		[POWER_OFF] = RB_POWER_OFF,
		[POWER_HALT] = RB_HALT_SYSTEM,
	};

	sync();
	reboot(commands[action]);
	return context_fail(ctx, errno, "The machine could not be restarted or turned off: %s", strerror(errno));
}

const struct ops ops_real = {
	.name = "real",
	.mount = real_mount,
	.mount_open = real_mount_open,
	.unmount = real_unmount,
	.run = run_real,
	.write_text = real_write_text,
	.change = real_change,
	.power = real_power,
};

static int dry_mount(struct context *ctx, const char *source, const char *target, const char *type, unsigned long flags,
		     const char *data)
{
	(void)flags;
	context_info(ctx, "would mount %s at %s (%s, %s)", source ? source : "nothing", target, type ? type : "bind",
		     data ? data : "no options");
	return 0;
}

static int dry_mount_open(struct context *ctx, const struct mount_device *devices, const char *target, const char *type,
			  unsigned long flags, const char *data)
{
	return dry_mount(ctx, devices->name, target, type, flags, data);
}

static int dry_unmount(struct context *ctx, const char *target, int flags)
{
	(void)flags;
	context_info(ctx, "would unmount %s", target);
	return 0;
}

static int dry_run(struct context *ctx, const struct run *run, struct run_result *result)
{
	AUTO_FREE char *line = run_print(run->argv);

	context_info(ctx, "would run %s", line ? line : run->argv[0]);
	if (result) {
		memset(result, 0, sizeof(*result));
		result->output = strdup("");
	}
	return 0;
}

static int dry_write_text(struct context *ctx, const char *path, const char *text)
{
	context_info(ctx, "would write '%s' to %s", text, path);
	return 0;
}

static int dry_change(struct context *ctx, const char *text, int (*change)(struct context *ctx, void *data), void *data)
{
	(void)change;
	(void)data;
	context_info(ctx, "would %s", text);
	return 0;
}

static int dry_power(struct context *ctx, enum power_action action)
{
	context_info(ctx, "would %s the machine", action == POWER_REBOOT ? "restart" : "turn off");
	return 0;
}

const struct ops ops_dry = {
	.name = "dry",
	.mount = dry_mount,
	.mount_open = dry_mount_open,
	.unmount = dry_unmount,
	.run = dry_run,
	.write_text = dry_write_text,
	.change = dry_change,
	.power = dry_power,
};

const struct ops *ops_of(const struct context *ctx)
{
	return ctx->ops ? ctx->ops : &ops_real;
}
