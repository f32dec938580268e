/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "qemu.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../core/bytes.h"
#include "../core/clock.h"
#include "../core/file.h"
#include "../core/run.h"

#define QEMU "qemu-system-x86_64"
#define TICK_S 0.2
#define EXEC_FAILED 127
#define STOP_TICKS 50
#define SERIAL_SEEN 20 /* virtio-blk: what a machine sees of a serial number */

/* Where distributions put OVMF: code and the template of its variables. */
static const char *const firmware_files[][2] = {
	{ "/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd" },
	{ "/usr/share/OVMF/OVMF_CODE.fd", "/usr/share/OVMF/OVMF_VARS.fd" },
	{ "/usr/share/edk2/ovmf/OVMF_CODE.fd", "/usr/share/edk2/ovmf/OVMF_VARS.fd" },
	{ "/usr/share/edk2/x64/OVMF_CODE.4m.fd", "/usr/share/edk2/x64/OVMF_VARS.4m.fd" },
};

static int add(char ***argv, const char *word)
{
	return word ? strv_append(argv, word) : -ENOMEM;
}

/* Appends OPTION and the formatted value (taken). */
static int add_option(char ***argv, const char *option, char *value)
{
	AUTO_FREE char *owned = value;
	int r = add(argv, option);

	return r < 0 ? r : add(argv, owned);
}

static int no_firmware(struct context *ctx)
{
	return context_fail(ctx, ENOENT, "The UEFI firmware for virtual machines is not installed: install the package ovmf");
}

int qemu_check(struct context *ctx, bool uefi)
{
	if (!run_is_present(NULL, QEMU))
		return context_fail(ctx, ENOENT, "%s is not installed: install the package qemu-system-x86", QEMU);
	for (size_t i = 0; uefi && i < ARRAY_LENGTH(firmware_files); i++)
		if (access(firmware_files[i][0], R_OK) == 0)
			return 0;
	return uefi ? no_firmware(ctx) : 0;
}

/* TEXT, at most LIMIT bytes of it, as a value of QEMU's options, where a comma ends a value and two are one. New string,
 * or NULL. */
static char *value_of(const char *text, size_t limit)
{
	AUTO_BUFFER struct buffer value = { 0 };

	for (size_t i = 0; i < limit && text[i]; i++)
		if (buffer_append(&value, text[i] == ',' ? ",," : text + i, text[i] == ',' ? 2 : 1) < 0)
			return NULL;
	return value.data ? TAKE_POINTER(value.data) : strdup("");
}

/* Appends OPTION and a value that ends in the file PATH. */
static int add_file(char ***argv, const char *option, const char *before, const char *path)
{
	AUTO_FREE char *value = value_of(path, SIZE_MAX);

	return value ? add_option(argv, option, text_format("%s%s", before, value)) : -ENOMEM;
}

static int add_firmware(struct context *ctx, char ***argv, const char *variables)
{
	for (size_t i = 0; i < ARRAY_LENGTH(firmware_files); i++) {
		AUTO_FREE char *template = NULL;
		size_t length;
		int r;

		if (access(firmware_files[i][0], R_OK) != 0)
			continue;
		if (access(variables, F_OK) != 0) {
			r = file_read(AT_FDCWD, firmware_files[i][1], 16 << 20, &template, &length);
			if (r == 0)
				r = file_replace(AT_FDCWD, variables, template, length, 0600);
			if (r < 0)
				return context_fail(ctx, -r, "The UEFI variables could not be copied from %s to %s: %s",
						    firmware_files[i][1], variables, strerror(-r));
		}
		r = add_option(argv, "-drive", text_format("if=pflash,format=raw,unit=0,readonly=on,file=%s", firmware_files[i][0]));
		if (r == 0)
			r = add_file(argv, "-drive", "if=pflash,format=raw,unit=1,file=", variables);
		return r < 0 ? context_oom(ctx) : 0;
	}
	return no_firmware(ctx);
}

/* An error of the host's disk is the machine's error too: QEMU would otherwise wait until there is room. */
static int add_disk(char ***argv, const struct qemu *machine, size_t i)
{
	const struct qemu_disk *disk = machine->disks + i;
	AUTO_FREE char *order = machine->uefi ? strdup("") : text_format(",bootindex=%u", disk->boot_order + (machine->cdrom ? 1 : 0));
	AUTO_FREE char *serial = value_of(disk->serial ? disk->serial : "", SERIAL_SEEN), *path = value_of(disk->path, SIZE_MAX);
	int r;

	if (!order || !serial || !path)
		return -ENOMEM;
	/* unsafe: the disks are thrown away, the host's own syncs would only slow it. */
	r = add_option(argv, "-drive",
		       text_format("if=none,id=disk%zu,format=raw,cache=unsafe,discard=unmap,werror=report,rerror=report,file=%s", i, path));
	if (r < 0)
		return r;
	return add_option(argv, "-device",
			  text_format("virtio-blk-pci,drive=disk%zu,logical_block_size=%u,physical_block_size=%u%s%s%s", i, disk->sector,
				      disk->sector, order, *serial ? ",serial=" : "", serial));
}

/* SeaBIOS takes the number of a port, low byte first, for its console on a serial line (its file docs/Runtime_config). The
 * machine keeps its screen: GRUB that is told to draw its menu (gfxterm) stops for good where there is none. */
static int add_console(char ***argv, const struct qemu *machine)
{
	int r = 0;

	/* On a terminal it is written down all the same: what the machine says is watched in the file. */
	if (machine->terminal)
		r = add_file(argv, "-chardev", "stdio,id=console,mux=on,signal=off,logfile=", machine->console);
	if (r == 0 && machine->terminal)
		r = add_option(argv, "-mon", strdup("chardev=console,mode=readline"));
	if (r == 0)
		r = machine->terminal ? add_option(argv, "-serial", strdup("chardev:console")) :
					add_file(argv, "-serial", "file:", machine->console);

	if (r == 0 && machine->log)
		r = add_file(argv, "-serial", "file:", machine->log);
	if (r == 0 && machine->copies_screen && !machine->uefi)
		r = add_option(argv, "-fw_cfg", strdup("name=etc/sercon-port,string=\xf8\x02"));
	return r;
}

static int build_argv(struct context *ctx, const struct qemu *machine, char ***argv)
{
	int r = add(argv, QEMU);

	if (r == 0)
		r = add_option(argv, "-machine", strdup("q35"));
	if (r == 0)
		r = add_option(argv, "-accel", strdup(machine->kvm ? "kvm" : "tcg,thread=multi"));
	if (r == 0)
		/* Emulated, a copy by one instruction goes byte by byte: a processor without it takes a twentieth less time. */
		r = add_option(argv, "-cpu", strdup(machine->kvm ? "max" : "max,-erms"));
	if (r == 0)
		r = add_option(argv, "-smp", text_format("%u", machine->processors));
	if (r == 0)
		r = add_option(argv, "-m", text_format("%u", machine->memory_mib));
	if (r == 0)
		r = add_option(argv, "-display", strdup("none"));
	if (r == 0)
		r = add_option(argv, "-nic", strdup("none"));
	if (r == 0)
		r = add(argv, "-no-reboot");
	if (r == 0)
		r = add_option(argv, "-device", strdup("virtio-rng-pci"));
	if (r == 0)
		r = add_console(argv, machine);
	if (r == 0 && machine->uefi)
		r = add_firmware(ctx, argv, machine->variables);
	for (size_t i = 0; r == 0 && i < machine->disk_count; i++)
		r = add_disk(argv, machine, i);
	if (r == 0 && machine->cdrom) {
		r = add_file(argv, "-drive", "if=none,id=medium,media=cdrom,readonly=on,format=raw,file=", machine->cdrom);
		if (r == 0)
			r = add_option(argv, "-device", strdup("ide-cd,drive=medium,bootindex=0"));
	}
	if (r == -ENOMEM)
		context_oom(ctx);
	return r;
}

/* In the child; never returns. Only async-signal-safe calls. Standard input is the terminal only for a machine whose console it is; what QEMU itself
 * complains of goes to a file. */
static void start_program(const struct qemu *machine, char *const *argv, const char *complaints, pid_t parent)
{
	int none = open("/dev/null", O_RDWR), said = open(complaints, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	sigset_t mask;

	/* It does not outlive us: nobody would stop it. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EXEC_FAILED);
	/* Signals that this program watches another way are blocked in it; the machine must hear SIGTERM. */
	sigemptyset(&mask);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	if (none >= 0 && said >= 0 && (machine->terminal || (dup2(none, 0) >= 0 && dup2(none, 1) >= 0)) && dup2(said, 2) >= 0)
		execvp(argv[0], argv);
	_exit(EXEC_FAILED);
}

static int start(struct context *ctx, const struct qemu *machine, char *const *argv, const char *complaints, pid_t *ret)
{
	AUTO_FREE char *printed = run_print((const char *const *)argv);
	pid_t parent = getpid();

	context_debug(ctx, "run: %s", printed ? printed : QEMU);
	*ret = fork();
	if (*ret == 0)
		start_program(machine, argv, complaints, parent);
	return *ret < 0 ? context_fail(ctx, errno, "%s could not be started: %s", QEMU, strerror(errno)) : 0;
}

static int judge(struct context *ctx, int status, const char *complaints)
{
	AUTO_FREE char *said = NULL, *line = NULL;

	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (file_read(AT_FDCWD, complaints, 1 << 20, &said, NULL) == 0)
		line = text_strip(said);
	if (WIFEXITED(status))
		return context_fail(ctx, EIO, "The virtual machine ended badly (status %d): %s", WEXITSTATUS(status),
				    line ? line : sentence_words(N_("it said nothing")));
	return context_fail(ctx, EIO, "The virtual machine ended badly (signal %d): %s", WTERMSIG(status),
			    line ? line : sentence_words(N_("it said nothing")));
}

/* Asked first, so that its disks are closed in order. */
static void stop(pid_t pid)
{
	int status;

	kill(pid, SIGTERM);
	for (unsigned ticks = 0; ticks < STOP_TICKS; ticks++) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return;
		clock_pause(TICK_S);
	}
	kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
}

int qemu_run(struct context *ctx, const struct qemu *machine, unsigned deadline_s, qemu_watch watch, void *data, bool *ret_off)
{
	AUTO_STRV char **argv = NULL;
	AUTO_FREE char *complaints = text_format("%s.qemu", machine->console);
	double started = clock_now();
	pid_t pid = -1;
	int status, r;

	if (!complaints)
		return context_oom(ctx);
	r = build_argv(ctx, machine, &argv);
	if (r == 0)
		r = start(ctx, machine, argv, complaints, &pid);
	if (r < 0)
		return r;
	for (;;) {
		pid_t done = waitpid(pid, &status, WNOHANG);

		if (done == pid) {
			*ret_off = true;
			watch(data, clock_now() - started); /* what it said last */
			/* A terminal's interrupt reaches it too. */
			r = context_check_cancel(ctx);
			return r < 0 ? r : judge(ctx, status, complaints);
		}
		r = watch(data, clock_now() - started);
		if (r == 0)
			r = context_check_cancel(ctx);
		if (r == 0 && clock_now() - started > deadline_s)
			r = context_fail(ctx, ETIMEDOUT, "The virtual machine did not get there within %u seconds", deadline_s);
		if (r != 0)
			break;
		clock_pause(TICK_S);
	}
	stop(pid);
	*ret_off = false;
	return r < 0 ? r : 0;
}
