/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lvm_run.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "../core/bytes.h"
#include "../core/run.h"
#include "../storage/held_directory.h"

/* lvm.conf(5). Some of it a rescue system has in its own lvm.conf; a running system has what it likes. */
#define CONFIG                                                                                                                        \
	"devices { use_devicesfile=0 obtain_device_list_from_udev=0 external_device_info_source=\"none\" hints=\"none\" scan_lvs=1 "   \
	"%s } global { event_activation=0 use_lvmlockd=0 use_lvmpolld=0 %s } activation { monitoring=0 } backup { backup=0 archive=0 }"

int lvm_devices_add(struct context *ctx, struct lvm_devices *devices, int fd, const char *device)
{
	AUTO_FREE char *path = NULL;
	struct stat status;
	int r = 0;

	if (fd < 0)
		return strv_append(&devices->paths, device) < 0 ? context_oom(ctx) : 0;
	if (!devices->directory)
		r = held_directory_make("/dev", &devices->directory, &devices->lock);
	if (!r) {
		path = text_format("%s/%s", devices->directory, device + strlen("/dev/"));
		r = path ? 0 : -ENOMEM;
	}
	for (char *slash = r ? NULL : strchr(path + strlen(devices->directory) + 1, '/'); slash; slash = strchr(slash, '/'))
		*slash = '!';
	if (!r && (fstat(fd, &status) < 0 || mknod(path, S_IFBLK | 0600, status.st_rdev) < 0))
		r = -errno;
	if (!r)
		r = strv_append(&devices->paths, path);
	return r ? context_fail(ctx, -r, "LVM cannot be given the device %s: %s", device, strerror(-r)) : 0;
}

void lvm_devices_done(struct lvm_devices *devices)
{
	if (devices->directory) {
		for (char **path = devices->paths; path && *path; path++)
			unlink(*path);
		rmdir(devices->directory);
		close(devices->lock);
	}
	free(TAKE_POINTER(devices->directory));
	strv_free(TAKE_POINTER(devices->paths));
}

/* Names of devices have signs that a regular expression knows; directories of ours do not. */
static char *make_config(const struct lvm_devices *devices)
{
	AUTO_FREE char *only = devices->directory ? text_format("scan=[\"%s\"] filter=[\"a|^%s/|\", \"r|.*|\"] global_filter=[\"a|.*|\"]",
								devices->directory, devices->directory)
						  : strdup("filter=[\"a|.*|\"] global_filter=[\"a|.*|\"]");

	return only ? text_format(CONFIG, only, devices->trial ? "activation=0" : "") : NULL;
}

/* The first line that is no warning tells why; the last one only that it failed. */
struct listener {
	char *said;
};

static void listener_done(struct listener *listener)
{
	free(listener->said);
}

static void hear(void *data, const char *line)
{
	struct listener *listener = data;

	line += strspn(line, " ");
	if (!listener->said && *line && strncmp(line, "WARNING:", strlen("WARNING:")))
		listener->said = strdup(line);
}

static int fail(struct context *ctx, const char *command, bool trial, const char *said)
{
	return trial ? context_reword(ctx, EIO, "lvm %s failed: %s (a trial: no disk was written)", command, said)
		     : context_reword(ctx, EIO, "lvm %s failed: %s", command, said);
}

int lvm_run(struct context *ctx, const struct lvm_devices *devices, bool releases, const char *const *words)
{
	static const char *const environment[] = { "LVM_SUPPRESS_FD_WARNINGS=1", NULL };
	AUTO_FREE char *config = make_config(devices);
	CLEANUP(listener_done) struct listener listener = { NULL };
	AUTO_STRV char **argv = NULL;
	int r = config ? strv_append(&argv, "lvm") : -ENOMEM;

	if (!r)
		r = strv_append(&argv, words[0]);
	if (!r)
		r = strv_append(&argv, "--config");
	if (!r)
		r = strv_append(&argv, config);
	for (size_t i = 1; !r && words[i]; i++)
		r = strv_append(&argv, words[i]);
	if (r)
		return context_oom(ctx);
	r = run_program(ctx,
			&(struct run){ .argv = (const char *const *)argv,
				       .environment = environment,
				       .trial = devices->trial,
				       .releases = releases,
				       .line = hear,
				       .line_data = &listener },
			NULL);
	return r == -EIO && listener.said ? fail(ctx, words[0], devices->trial, listener.said) : r;
}
