/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rehearse.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "../core/bytes.h"
#include "../core/event.h"
#include "../core/file.h"
#include "../image/image.h"
#include "../set/set.h"
#include "qemu.h"
#include "verdict.h"

#define DEADLINE_DEFAULT_S 3600
#define MEMORY_DEFAULT_MIB 1024
#define PROCESSORS_DEFAULT 2
#define CONSOLE_LIMIT (64u << 20)
/* The rescue system sends its events there, a line each (lifeboat.report). */
#define SERIAL_FORMAT "rehearsal%zu"
#define ARGUMENTS "lifeboat.report=ttyS1 lifeboat.rehearsal lifeboat.after="
/* What the rescue image takes beside the set, and what disks take beside files: bytes. */
#define SPACE_IMAGE (400ull << 20)
#define SPACE_DISKS (300ull << 20)
#define SPACE_LEFT (8ull << 20)

struct rehearsal {
	struct context *ctx;
	const struct rehearse_options *options;
	struct rehearse_result *result;
	char *work, *iso, *console, *report, *variables;
	char *loader;            /* text of firmware and boot loader at the start from the disks */
	bool temporary;
	struct qemu_disk *disks;
	size_t disk_count;
	int report_fd;           /* while the rescue system runs */
	struct buffer line;      /* of the report, not yet ended */
	struct buffer log;       /* what the rescue system said, a line each */
	double seconds;          /* since power-on */
	const char *failure;     /* what the consoles of the started system tell of its end; NULL */
	bool failed;             /* the reason is in the result */
};

static void rehearsal_done(struct rehearsal *r)
{
	if (r->report_fd >= 0)
		close(r->report_fd);
	for (size_t i = 0; i < r->disk_count; i++) {
		if (r->temporary && r->disks[i].path)
			unlink(r->disks[i].path);
		free(r->disks[i].path);
		free(r->disks[i].serial);
	}
	free(r->disks);
	if (r->temporary && r->work) {
		const char *const files[] = { r->iso, r->console, r->report, r->variables, r->loader };

		for (size_t i = 0; i < ARRAY_LENGTH(files); i++) {
			AUTO_FREE char *complaints = files[i] ? text_format("%s.qemu", files[i]) : NULL;

			if (files[i])
				unlink(files[i]);
			if (complaints)
				unlink(complaints);
		}
		rmdir(r->work);
	}
	free(r->work);
	free(r->iso);
	free(r->console);
	free(r->report);
	free(r->variables);
	free(r->loader);
	buffer_done(&r->line);
	buffer_done(&r->log);
}

static int make_work(struct rehearsal *r)
{
	const char *base = getenv("TMPDIR");
	int error;

	if (r->options->work) {
		r->work = strdup(r->options->work);
		error = r->work ? make_directories(r->work, 0755) : -ENOMEM;
		if (error < 0)
			return context_fail(r->ctx, -error, "%s cannot be used: %s", r->options->work, strerror(-error));
	} else {
		r->work = text_format("%s/lifeboat-rehearsal-XXXXXX", base && *base ? base : "/var/tmp");
		if (!r->work || !mkdtemp(r->work))
			return context_fail(r->ctx, errno, "No temporary directory could be made: %s", strerror(errno));
		r->temporary = true;
	}
	r->iso = text_format("%s/rescue.iso", r->work);
	r->console = text_format("%s/console.txt", r->work);
	r->report = text_format("%s/report.jsonl", r->work);
	r->variables = text_format("%s/uefi-variables.fd", r->work);
	r->loader = text_format("%s/loader.txt", r->work);
	if (!r->iso || !r->console || !r->report || !r->variables || !r->loader)
		return context_oom(r->ctx);
	return 0;
}

/* Bytes that can still be written below the work directory; UINT64_MAX when that is not known. */
static uint64_t space_left(const struct rehearsal *r)
{
	struct statvfs space;

	return statvfs(r->work, &space) < 0 ? UINT64_MAX : (uint64_t)space.f_bavail * space.f_frsize;
}

/* Disks are sparse, but what is restored must fit, beside an image that holds the set. */
static int check_space(struct rehearsal *r, const struct manifest *manifest)
{
	uint64_t needed = SPACE_IMAGE + SPACE_DISKS + manifest->total_bytes + manifest->index_stored, left = space_left(r);
	AUTO_FREE char *needed_text = NULL, *left_text = bytes_print_size(left);

	for (size_t i = 0; i < manifest->segment_count; i++)
		needed += manifest->segments[i].stored;
	needed_text = bytes_print_size(needed);
	if (left >= needed)
		return 0;
	return context_fail(r->ctx, ENOSPC,
			    "The rehearsal needs about %s in %s, where %s are free: name a directory with more room (--work)",
			    needed_text ? needed_text : "?", r->work, left_text ? left_text : "?");
}

/* While a machine runs: a full disk here would look like a broken disk there, and prove nothing. */
static int check_space_left(struct rehearsal *r)
{
	if (space_left(r) >= SPACE_LEFT)
		return 0;
	return context_fail(r->ctx, ENOSPC, "The file system of %s is full, so the rehearsal could not continue", r->work);
}

/* The disk the machine starts from, as far as the layout tells: one with boot code that holds /boot or a part of it, else the first
 * with boot code, else one that holds /boot. */
static unsigned boot_order(const struct layout *layout, const struct node *disk)
{
	const struct node *home = NULL;

	for (size_t i = 0; i < layout->count; i++) {
		const struct node *node = layout->nodes[i];
		const char *path = node->type == NODE_MOUNT ? node->mount.path : NULL;

		if (path && (!strcmp(path, "/boot") || (!home && !strcmp(path, "/"))))
			home = node;
	}
	return (disk->disk.boot_code ? 0 : 2) + (home && layout_lies_on(layout, home, disk) ? 0 : 1);
}

/* Lower is sooner; every disk has its own place. */
static void order_disks(struct rehearsal *r, const struct layout *layout)
{
	unsigned place = 0;

	for (unsigned order = 0; order < 4; order++)
		for (size_t i = 0, disk = 0; i < layout->count; i++) {
			if (layout->nodes[i]->type != NODE_DISK)
				continue;
			if (boot_order(layout, layout->nodes[i]) == order)
				r->disks[disk].boot_order = place++;
			disk++;
		}
}

static int make_disks(struct rehearsal *r, const struct layout *layout)
{
	r->disks = calloc(layout->count ? layout->count : 1, sizeof(*r->disks));
	if (!r->disks)
		return context_oom(r->ctx);
	for (size_t i = 0; i < layout->count; i++) {
		const struct node *node = layout->nodes[i];
		struct qemu_disk *disk = r->disks + r->disk_count;
		AUTO_CLOSE int fd = -1;

		if (node->type != NODE_DISK)
			continue;
		disk->path = text_format("%s/disk%zu.img", r->work, r->disk_count);
		/* New hardware: none of the serial numbers that the source had. */
		disk->serial = text_format(SERIAL_FORMAT, r->disk_count);
		disk->sector = node->disk.logical_sector ? node->disk.logical_sector : 512;
		r->disk_count++;
		if (!disk->path || !disk->serial)
			return context_oom(r->ctx);
		fd = open(disk->path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
		if (fd < 0 || ftruncate(fd, (off_t)node->size) < 0)
			return context_fail(r->ctx, errno, "The disk image %s could not be made: %s", disk->path, strerror(errno));
	}
	if (r->disk_count == 0)
		return context_fail(r->ctx, EINVAL,
				    "The set holds a tree of files without disks: there is no machine to rehearse");
	order_disks(r, layout);
	return 0;
}

/* What a person who waits for the rehearsal wants to see of the session inside. */
static bool is_worth_showing(const char *event, const char *level)
{
	return !strcmp(event, "progress") || !strcmp(event, "phase") || !strcmp(event, "action") ||
	       (!strcmp(event, "log") && level && strcmp(level, "debug"));
}

/* Its console is a full screen that is painted over and over; the log reads better, should the restore fail. */
static void keep_log(struct rehearsal *r, json_t *event)
{
	const char *text = json_string_value(json_object_get(event, "text"));

	if (text && buffer_append(&r->log, text, strlen(text)) == 0)
		buffer_append(&r->log, "\n", 1);
}

/* One line of the rescue system's report. What is not an event is skipped: firmware may have used the line before. */
static void take_event(struct rehearsal *r, const char *line, size_t length)
{
	json_t *event = json_loadb(line, length, 0, NULL);
	const char *name = event_name(event);

	if (!name) {
		json_decref(event);
		return;
	}
	if (r->result->first_screen_s == 0 && !strcmp(name, "attached"))
		r->result->first_screen_s = r->seconds;
	if (!strcmp(name, "log") && is_worth_showing(name, json_string_value(json_object_get(event, "level"))))
		keep_log(r, event);
	if (!strcmp(name, "end")) {
		const char *state = json_string_value(json_object_get(event, "state"));
		const char *reason = json_string_value(json_object_get(event, "reason"));

		r->result->restored_s = r->seconds;
		free(r->result->end_state);
		r->result->end_state = strdup(state ? state : "?");
		free(r->result->reason);
		r->result->reason = reason && *reason ? strdup(reason) : NULL;
	}
	if (!r->options->interactive && is_worth_showing(name, json_string_value(json_object_get(event, "level"))))
		context_emit(r->ctx, json_incref(event));
	json_decref(event);
}

static int watch_restore(void *data, double seconds)
{
	struct rehearsal *r = data;
	char block[65536];
	ssize_t n;

	r->seconds = seconds;
	if (r->report_fd < 0)
		r->report_fd = open(r->report, O_RDONLY | O_CLOEXEC);
	while (r->report_fd >= 0 && (n = read(r->report_fd, block, sizeof(block))) > 0) {
		const char *from = block, *end;

		while ((end = memchr(from, '\n', (size_t)(block + n - from)))) {
			if (buffer_append(&r->line, from, (size_t)(end - from)) == 0)
				take_event(r, r->line.data, r->line.length);
			r->line.length = 0;
			from = end + 1;
		}
		/* A line never grows beyond what an event can be. */
		if (r->line.length > (1u << 20))
			r->line.length = 0;
		buffer_append(&r->line, from, (size_t)(block + n - from));
	}
	return check_space_left(r);
}

/* 1 when the text of PATH holds PATTERN, or a failure (r->failure); 0 not yet. */
static int look_at(struct rehearsal *r, const char *path, const char *pattern)
{
	AUTO_FREE char *text = NULL;
	size_t length;

	if (file_read(AT_FDCWD, path, CONSOLE_LIMIT, &text, &length) < 0)
		return 0;
	if (pattern && memmem(text, length, pattern, strlen(pattern))) {
		r->result->passed = true;
		return 1;
	}
	r->failure = verdict_failure(text, length);
	return r->failure != NULL;
}

static int watch_login(void *data, double seconds)
{
	struct rehearsal *r = data;

	if (r->result->passed || r->failure)
		return 1;
	r->result->boot_s = seconds;
	if (look_at(r, r->console, r->options->pattern ? r->options->pattern : "login:") || look_at(r, r->loader, NULL))
		return 1;
	return check_space_left(r);
}

/* What the machine showed at last: the log while it restores, then its console, or what firmware and boot loader said
 * where that stayed silent. */
static char *last_screen(const struct rehearsal *r)
{
	const char *const files[] = { r->console, r->loader };

	if (r->log.length)
		return verdict_last_lines(r->log.data, r->log.length);
	for (size_t i = 0; i < ARRAY_LENGTH(files); i++) {
		AUTO_FREE char *text = NULL, *lines = NULL;
		size_t length;

		if (file_read(AT_FDCWD, files[i], CONSOLE_LIMIT, &text, &length) == 0)
			lines = verdict_last_lines(text, length);
		if (lines && *lines)
			return TAKE_POINTER(lines);
	}
	return NULL;
}

static int fail_rehearsal(struct rehearsal *r, const char *reason)
{
	r->failed = true;
	r->result->passed = false;
	if (!r->result->reason)
		r->result->reason = strdup(reason);
	r->result->last_screen = last_screen(r);
	return 0;
}

/* A machine that hangs is a failed rehearsal with a screen to look at, not a rehearsal that could not be made. */
static int judge_run(struct rehearsal *r, int error)
{
	AUTO_FREE char *reason = NULL;

	if (error != -ETIMEDOUT && error != -EIO)
		return error;
	/* The rehearsal's own result from here on. */
	reason = strdup(context_detail(r->ctx));
	context_clear(r->ctx);
	free(r->result->reason);
	r->result->reason = NULL;
	return fail_rehearsal(r, reason ? reason : N_("The virtual machine failed"));
}

static unsigned deadline(const struct rehearsal *r)
{
	return r->options->deadline_s ? r->options->deadline_s : DEADLINE_DEFAULT_S;
}

/* Runs the machine; FULL: screens come up on its console. */
static int run_here(struct rehearsal *r, struct qemu *machine, unsigned deadline_s, qemu_watch watch, bool full)
{
	bool off = false;
	int error;

	if (machine->terminal)
		context_info(r->ctx, "Its console is this terminal; Ctrl-A X turns the virtual machine off");
	error = qemu_run(r->ctx, machine, deadline_s, watch, r, &off);
	if (machine->terminal)
		context_emit(r->ctx, event_terminal_back(full));
	return error;
}

static int restore_machine(struct rehearsal *r, struct qemu *machine)
{
	int error;

	context_info(r->ctx, PLURAL(r->disk_count, "Starting a virtual machine with %zu blank disk from the rescue image",
				    "Starting a virtual machine with %zu blank disks from the rescue image"), r->disk_count);
	unlink(r->report);
	machine->cdrom = r->iso;
	machine->terminal = r->options->interactive;
	machine->log = r->report;
	/* A person takes the time a person takes. */
	error = run_here(r, machine, r->options->interactive ? UINT32_MAX : deadline(r), watch_restore, true);
	if (error < 0)
		return judge_run(r, error);
	if (!r->result->end_state)
		return fail_rehearsal(r, r->options->interactive ? N_("The virtual machine was turned off before the restore had ended")
								 : N_("The rescue system ended without saying how"));
	if (strcmp(r->result->end_state, "restored, bootable"))
		return fail_rehearsal(r, N_("The restore did not end as 'restored, bootable'"));
	context_info(r->ctx, "The rescue system says: %s (first screen after %.0f s, all after %.0f s)", r->result->end_state,
		     r->result->first_screen_s, r->result->restored_s);
	return 0;
}

static int boot_machine(struct rehearsal *r, struct qemu *machine)
{
	int error;

	context_info(r->ctx, "Starting the restored machine from its own disk");
	machine->cdrom = NULL;
	machine->log = r->loader;
	machine->copies_screen = true;
	unlink(r->console);
	unlink(r->loader);
	/* What the restore said is no reason for what comes now. */
	r->log.length = 0;
	free(r->result->reason);
	r->result->reason = NULL;
	error = run_here(r, machine, deadline(r), watch_login, false);
	if (error < 0)
		return judge_run(r, error);
	if (r->failure)
		return fail_rehearsal(r, r->failure);
	if (!r->result->passed)
		return fail_rehearsal(r, N_("The restored machine turned itself off before its login prompt"));
	context_info(r->ctx, "The restored machine is at its login prompt after %.0f s", r->result->boot_s);
	return 0;
}

/* Nobody can say which blank disk takes which place where several would do: they are named, in the order of the saved. */
static char *rescue_arguments(const struct rehearsal *r)
{
	/* A person has the last word, and means the restored machine by a restart. */
	char *text = text_format("%s%s", ARGUMENTS, r->options->interactive ? "reboot" : "poweroff");

	for (size_t i = 0; text && !r->options->interactive && i < r->disk_count; i++) {
		char *longer = text_format("%s%s%s", text, i ? "," : " lifeboat.target=", r->disks[i].serial);

		free(text);
		text = longer;
	}
	return text;
}

static int build_iso(struct rehearsal *r)
{
	AUTO_FREE char *program = realpath("/proc/self/exe", NULL), *arguments = rescue_arguments(r);
	struct image_options image = {
		.output = r->iso,
		.kernel = r->options->kernel,
		.set = r->options->set,
		.arguments = arguments,
		.default_entry = r->options->interactive ? "interactive" : "nuke",
		.timeout_s = 1,
		.program = program,
		/* A virtual machine has no hardware that needs more than the boot archive. */
		.no_tools = true,
	};

	if (!arguments)
		return context_oom(r->ctx);
	context_info(r->ctx, "Building the rescue image with the set on it");
	return image_iso(r->ctx, &image);
}

int rehearse_run(struct context *ctx, const struct rehearse_options *options, struct rehearse_result *result)
{
	CLEANUP(rehearsal_done) struct rehearsal r = { .ctx = ctx, .options = options, .result = result, .report_fd = -1 };
	AUTO_SET struct set *set = NULL;
	struct qemu machine;
	const char *firmware;
	int error;

	memset(result, 0, sizeof(*result));
	error = set_open(ctx, options->set, &set);
	if (error < 0)
		return error;
	firmware = options->firmware ? options->firmware : set_manifest(set)->machine.firmware;
	error = qemu_check(ctx, firmware && !strcmp(firmware, "uefi"));
	if (error == 0)
		error = make_work(&r);
	if (error == 0)
		error = check_space(&r, set_manifest(set));
	if (error == 0)
		error = make_disks(&r, set_manifest(set)->layout);
	if (error == 0)
		error = build_iso(&r);
	if (error < 0)
		return error;
	machine = (struct qemu){
		.disks = r.disks,
		.disk_count = r.disk_count,
		.uefi = firmware && !strcmp(firmware, "uefi"),
		.variables = r.variables,
		.memory_mib = options->memory_mib ? options->memory_mib : MEMORY_DEFAULT_MIB,
		.processors = options->processors ? options->processors : PROCESSORS_DEFAULT,
		.kvm = options->kvm,
		.console = r.console,
	};
	error = restore_machine(&r, &machine);
	if (error < 0 || r.failed)
		return error;
	return boot_machine(&r, &machine);
}

void rehearse_result_done(struct rehearse_result *result)
{
	free(result->end_state);
	free(result->last_screen);
	free(result->reason);
	memset(result, 0, sizeof(*result));
}
