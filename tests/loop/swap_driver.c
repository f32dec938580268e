/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Carries out a plan while the name of a target disk comes to mean another disk, for tests/loop/test_disk_swapped:
 *   swap_driver LAYOUT.json ROOT WHEN INDEX TARGET... -- LOST OTHER
 * builds a plan of the layout onto the TARGETs, in order, and executes and unmounts it. At WHEN and INDEX the names of the disk LOST,
 * one of them, and its partitions begin to lead to OTHER: by bind mounts in a mount namespace of its own, as only names change when a
 * bus renumbers its disks. WHEN: "never"; "running", "done": before or after action INDEX; "mount", "program": right before the
 * INDEXth of these; "unmount": before the way out.
 * With RESUME in the environment the plan was carried out before, and is resumed.
 * Prints "actions N programs N mounts N". Errors go to standard error; the exit status is 1 then.
 */
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

#include "../../backend/core/ops.h"
#include "driver.h"

static struct swap {
	const char *when, *target, *other;
	int index, programs, mounts, actions;
	bool armed; /* the plan that counts is built */
	struct ops ops;
} swap;

static void take_name(const char *suffix)
{
	AUTO_FREE char *target = text_format("%s%s", swap.target, suffix), *other = text_format("%s%s", swap.other, suffix);

	if (mount(other, target, NULL, MS_BIND, NULL) == 0)
		fprintf(stderr, "swapped: %s\n", target);
}

static void swap_now(const char *when, int index)
{
	if (strcmp(swap.when, when) || swap.index != index)
		return;
	take_name("");
	take_name("p1");
	take_name("p2");
}

static int swapping_mount(struct context *ctx, const struct mount_device *devices, const char *target, const char *type,
			  unsigned long flags, const char *data)
{
	if (swap.armed)
		swap_now("mount", swap.mounts++);
	return ops_real.mount_open(ctx, devices, target, type, flags, data);
}

static int swapping_run(struct context *ctx, const struct run *run, struct run_result *result)
{
	if (swap.armed)
		swap_now("program", swap.programs++);
	return ops_real.run(ctx, run, result);
}

static void listen(void *data, json_t *event)
{
	const char *level = json_string_value(json_object_get(event, "level"));
	const char *state = json_string_value(json_object_get(event, "state"));
	int index = (int)json_integer_value(json_object_get(event, "index"));

	(void)data;
	if (level && !strcmp(level, "warning"))
		fprintf(stderr, "warning: %s\n", json_string_value(json_object_get(event, "text")));
	if (!state || !swap.armed)
		return;
	if (!strcmp(state, "done"))
		swap.actions++;
	swap_now(state, index);
}

/* The run before, interrupted once all is mounted. */
static int run_before(struct context *ctx, const char *file, const char *root, const char *const *targets)
{
	AUTO_LAYOUT struct layout *captured = NULL;
	AUTO_PLAN struct plan *plan = NULL;
	int r = driver_plan(ctx, file, targets, root, &captured, &plan);

	if (!r)
		r = plan_run(ctx, plan);
	return r ? r : plan_unmount(ctx, plan);
}

static int carry_out(struct context *ctx, const char *file, const char *root, char **targets)
{
	AUTO_LAYOUT struct layout *captured = NULL;
	AUTO_PLAN struct plan *plan = NULL;
	bool resumes = getenv("RESUME");
	int r = resumes ? run_before(ctx, file, root, (const char *const *)targets) : 0;

	if (!r)
		r = driver_plan(ctx, file, (const char *const *)targets, root, &captured, &plan);
	if (r)
		return r;
	plan->resumes = resumes;
	/* Only now do events, programs and mounts count. */
	swap.armed = true;
	r = plan_run(ctx, plan);
	/* As a session does where it may erase. */
	if (r && resumes) {
		context_clear(ctx);
		plan->resumes = false;
		r = plan_run(ctx, plan);
	}
	if (r)
		return r;
	swap_now("unmount", swap.index);
	return plan_unmount(ctx, plan);
}

int main(int argc, char **argv)
{
	struct context ctx;
	int last = argc - 1, r;

	if (argc < 9 || strcmp(argv[last - 2], "--"))
		return 2;
	swap = (struct swap){ .when = argv[3], .index = atoi(argv[4]), .target = argv[last - 1], .other = argv[last], .ops = ops_real };
	argv[last - 2] = NULL;
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) {
		perror("a mount namespace");
		return 2;
	}
	context_init(&ctx);
	ctx.listener = listen;
	swap.ops.mount_open = swapping_mount;
	swap.ops.run = swapping_run;
	ctx.ops = &swap.ops;
	r = carry_out(&ctx, argv[1], argv[2], argv + 5);
	printf("actions %d programs %d mounts %d\n", swap.actions, swap.programs, swap.mounts);
	if (r < 0)
		fprintf(stderr, "error %d: %s\n", -r, context_detail(&ctx));
	context_done(&ctx);
	return r < 0;
}
