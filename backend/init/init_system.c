/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "init_system.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "../core/bytes.h"
#include "../core/clock.h"
#include "../core/file.h"
#include "../machine/mount_points.h"
#include "../network/ip.h"

#define GRACE_S 5
#define MOUNTINFO_LIMIT (4u << 20)

static const struct {
	const char *type, *point, *options;
	unsigned long flags;
	mode_t mode;
} mounts[] = {
	{ "proc", "/proc", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC, 0555 },
	{ "sysfs", "/sys", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC, 0555 },
	{ "devtmpfs", "/dev", "mode=0755", MS_NOSUID, 0755 },
	{ "devpts", "/dev/pts", "gid=5,mode=620", MS_NOSUID | MS_NOEXEC, 0755 },
	{ "tmpfs", "/run", "mode=0755", MS_NOSUID | MS_NODEV, 0755 },
	{ "tmpfs", "/tmp", "mode=1777", MS_NOSUID | MS_NODEV, 01777 },
	{ "efivarfs", "/sys/firmware/efi/efivars", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC, 0755 },
};

static const struct {
	const char *name, *target;
} links[] = {
	{ "/dev/fd", "/proc/self/fd" },
	{ "/dev/stdin", "/proc/self/fd/0" },
	{ "/dev/stdout", "/proc/self/fd/1" },
	{ "/dev/stderr", "/proc/self/fd/2" },
};

static void write_knob(const char *path, const char *text)
{
	AUTO_CLOSE int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);

	if (fd >= 0 && write_all(fd, text, strlen(text)) < 0)
		fprintf(stderr, "lifeboat: %s could not be set to %s\n", path, text);
}

void init_mount_all(void)
{
	for (size_t i = 0; i < ARRAY_LENGTH(mounts); i++) {
		mkdir(mounts[i].point, mounts[i].mode);
		/* EBUSY: it is there; ENOENT and ENODEV: no EFI here, or its module comes later. */
		mount(mounts[i].type, mounts[i].point, mounts[i].type, mounts[i].flags, mounts[i].options);
	}
	for (size_t i = 0; i < ARRAY_LENGTH(links); i++)
		if (symlink(links[i].target, links[i].name) < 0 && errno != EEXIST)
			fprintf(stderr, "lifeboat: %s could not be made: %s\n", links[i].name, strerror(errno));
	if (make_directories("/run/lifeboat", 0755) < 0 || make_directories("/run/lock", 0755) < 0)
		fprintf(stderr, "lifeboat: directories below /run could not be made\n");
}

void init_set_environment(const struct cmdline *cmdline)
{
	static const char *const variables[][2] = {
		{ "PATH", "/usr/sbin:/usr/bin:/sbin:/bin" },
		{ "HOME", "/root" },
		{ "LANG", "C.UTF-8" },
		/* No udev runs: device mapper's tools and mdadm make their nodes and links themselves and wait for nobody
		 * (docs/architecture.md, "Device nodes"). */
		{ "DM_DISABLE_UDEV", "1" },
		{ "MDADM_NO_UDEV", "1" },
	};

	for (size_t i = 0; i < ARRAY_LENGTH(variables); i++)
		setenv(variables[i][0], variables[i][1], 1);
	if (cmdline->lang)
		setenv("LANGUAGE", cmdline->lang, 1);
}

static void loopback_up(void)
{
	struct context ctx;

	context_init(&ctx);
	if (ip_link_up(&ctx, "lo") < 0)
		fprintf(stderr, "lifeboat: %s\n", context_detail(&ctx));
	context_done(&ctx);
}

void init_prepare(const struct cmdline *cmdline)
{
	/* Nothing is written over a screen, not even "emergencies" such as a processor that was slow for a while; all messages stay
	 * in the kernel's log, which the engine reads. A kernel that dies raises the level itself. */
	write_knob("/proc/sys/kernel/printk", "0 4 0 7");
	write_knob("/proc/sys/kernel/printk_devkmsg", "on");
	if (sethostname("lifeboat", strlen("lifeboat")) < 0)
		fprintf(stderr, "lifeboat: the host name could not be set: %s\n", strerror(errno));
	init_set_environment(cmdline);
	loopback_up();
	reboot(RB_DISABLE_CAD);
}

/* ---- the end ---- */

static bool stays_mounted(const char *point)
{
	static const char *const kept[] = { "/", "/proc", "/sys", "/dev" };

	for (size_t i = 0; i < ARRAY_LENGTH(kept); i++)
		if (!strcmp(point, kept[i]))
			return true;
	return false;
}

char **init_unmount_order(const char *mountinfo)
{
	AUTO_STRV char **all = NULL;
	char **points = NULL;

	if (mount_points(mountinfo, NULL, &all) < 0)
		return NULL;
	/* Without memory for all, some are unmounted in the next round. */
	for (size_t i = 0; i < strv_length(all); i++)
		if (!stays_mounted(all[i]) && strv_append(&points, all[i]) < 0)
			break;
	return points;
}

static void unmount_all(void)
{
	AUTO_FREE char *text = NULL;
	AUTO_STRV char **points = NULL, **target = NULL;

	if (file_read(AT_FDCWD, "/proc/self/mountinfo", MOUNTINFO_LIMIT, &text, NULL) < 0)
		return;
	if (mount_points(text, "/run/lifeboat/target", &target) == 0)
		mount_points_thaw(target);
	points = init_unmount_order(text);
	for (size_t i = 0; i < strv_length(points); i++)
		/* What is held goes read-only, so that its filesystem is clean on the disk. */
		if (umount2(points[i], 0) < 0 && mount(NULL, points[i], NULL, MS_REMOUNT | MS_RDONLY, NULL) < 0)
			umount2(points[i], MNT_DETACH);
}

/* Waits until no child is left, at most GRACE_S seconds. Everything that ran is pid 1's child by now. */
static void wait_for_all(void)
{
	double end = clock_now() + GRACE_S;

	do {
		pid_t pid;

		while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
			;
		if (pid < 0 && errno == ECHILD)
			return;
		clock_pause(0.02);
	} while (clock_now() < end);
}

void init_shut_down(int command)
{
	kill(-1, SIGTERM);
	kill(-1, SIGHUP); /* shells pass SIGTERM over */
	wait_for_all();
	kill(-1, SIGKILL);
	wait_for_all();
	sync();
	unmount_all();
	sync();
	reboot(command);
	/* No kernel was loaded after all: the firmware's way is left. */
	if (command == RB_KEXEC)
		reboot(RB_AUTOBOOT);
	/* A machine that cannot turn itself off can at least stand still. */
	reboot(RB_HALT_SYSTEM);
}
