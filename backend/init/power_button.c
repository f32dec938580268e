/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "power_button.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/input.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>

#include "../core/bytes.h"
#include "../core/file.h"

#define DEVICES_MAX 16
#define LOOK_AGAIN_MS 5000

static bool has_power_key(int fd)
{
	uint8_t keys[KEY_MAX / 8 + 1] = { 0 };

	return ioctl(fd, EVIOCGBIT(EV_KEY, sizeof(keys)), keys) > 0 && (keys[KEY_POWER / 8] >> KEY_POWER % 8 & 1);
}

static size_t open_devices(const char *directory, struct pollfd *ret)
{
	AUTO_CLOSEDIR DIR *dir = opendir(directory);
	struct dirent *entry;
	size_t count = 0;

	while (dir && count < DEVICES_MAX && directory_next(dir, &entry) > 0) {
		int fd = strncmp(entry->d_name, "event", 5) ? -1 : openat(dirfd(dir), entry->d_name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

		if (fd >= 0 && has_power_key(fd))
			ret[count++] = (struct pollfd){ .fd = fd, .events = POLLIN };
		else if (fd >= 0)
			close(fd);
	}
	return count;
}

static bool was_pressed(int fd)
{
	struct input_event event;
	bool pressed = false;

	while (read(fd, &event, sizeof(event)) == sizeof(event))
		pressed |= event.type == EV_KEY && event.code == KEY_POWER && event.value == 1;
	return pressed;
}

void power_button_wait(const char *directory)
{
	bool pressed = false;

	while (!pressed) {
		struct pollfd devices[DEVICES_MAX];
		size_t count = open_devices(directory, devices);

		poll(devices, count, LOOK_AGAIN_MS);
		for (size_t i = 0; i < count; i++) {
			pressed |= was_pressed(devices[i].fd);
			close(devices[i].fd);
		}
	}
}
