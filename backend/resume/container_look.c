/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "container_look.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "../core/run.h"
#include "../layout/stretch.h"
#include "../stack/brought_up.h"
#include "../storage/loop_device.h"

#define STATUS_NO_KEY 2 /* cryptsetup(8), RETURN CODES */

/* The device that CONTAINER lies on, in *RET, borrowed; LOOP shows it where it is a part of another one. 0 or -errno with a sentence. */
static int find_device(struct context *ctx, const struct layout *present, const struct node *container, struct loop_device *loop, const char **ret)
{
	const struct node *on = layout_find(present, container->on[0]);
	AUTO_CLOSE int fd = -1;
	struct stretch stretch;
	int r;

	if (!on || !layout_stretch(present, on, &stretch) || !stretch.holder->device)
		return context_fail(ctx, ENODEV, "the array or volume that it lies on is not up");
	*ret = stretch.holder->device;
	if (stretch.holder == on)
		return 0;
	fd = open(*ret, O_RDONLY | O_CLOEXEC);
	r = fd < 0 ? -errno : loop_device_open_part(fd, layout_sector_of(present, stretch.holder), stretch.start, stretch.size, loop);
	if (r < 0)
		return context_fail(ctx, -r, "%s cannot be looked at: %s", *ret, strerror(-r));
	*ret = loop->path;
	return 0;
}

/* As container_look(), of DEVICE. */
static int open_device(struct context *ctx, const char *device, const char *name, const char *key, size_t length, int *ret_note)
{
	char *below = strrchr(device, '/') + 1;
	const char *const argv[] = { "cryptsetup", "open", "--readonly", "--type=luks", "--key-file=-", device, name, NULL };
	struct run run = { .argv = argv, .input = key, .input_length = length, .accept = { [STATUS_NO_KEY] = true } };
	AUTO_RUN_RESULT struct run_result result = { 0 };
	int note = up_note(ctx, &up_container, name, (char *[]){ below, NULL }), r = note < 0 ? note : run_program(ctx, &run, &result);

	if (r == 0 && result.status == 0) {
		*ret_note = note;
		return 1;
	}
	if (note >= 0) {
		AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);

		(void)up_take_down(ctx, &up_container, name, note);
	}
	return r;
}

int container_look(struct context *ctx, const struct layout *present, const struct node *container, const char *name, const char *key, size_t length,
		   int *ret_note)
{
	struct loop_device loop = LOOP_DEVICE_NONE;
	const char *device = NULL;
	int r = find_device(ctx, present, container, &loop, &device);

	if (r == 0)
		r = open_device(ctx, device, name, key, length, ret_note);
	/* The container keeps it. */
	if (r > 0)
		loop_device_leave(&loop);
	else
		loop_device_done(&loop);
	return r;
}

int container_look_end(struct context *ctx, const char *name, int note)
{
	return up_take_down(ctx, &up_container, name, note);
}
