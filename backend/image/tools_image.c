/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A tar of what goes into the image is piped into mksquashfs(1): nothing is copied on the way. */
#include "tools_image.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <glob.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#include "../core/background.h"
#include "../core/bytes.h"
#include "../core/digest.h"
#include "../core/file.h"
#include "../core/progress.h"
#include "../core/rescue_names.h"
#include "../core/run.h"
#include "packages.h"
#include "programs.h"

#define FIRMWARE "/lib/firmware"
/* Its level 15 takes four times as long as 9 and makes the image a twentieth smaller. */
#define LEVEL "9"
/* Kernels without SMP read one block after the other; 128 KiB keeps single files cheap. */
#define BLOCK_SIZE "131072"
#define DIGEST_BLOCK (1u << 20)
#define DEADLINE_S 7200

/* Beside those of the boot archive (tools.c). Patterns of glob(7); what is not installed is not missed. */
static const char *const programs_wanted[] = {
	/* Text, and a terminal that outlives a line. */
	"vim.tiny", "vim.basic", "vim", "emacs", "joe", "mc", "mcedit", "tmux", "screen", "jq", "xxd", "hexedit", "bc", "pv", "strings",
	/* Disks: looking at them, rescuing what is on them. */
	"cgdisk", "fixparts", "gdisk", "testdisk", "photorec", "fidentify", "ddrescue", "dd_rescue", "partclone.*", "partimage", "fsarchiver", "sdparm",
	"sg_*", "nvme", "smartctl", "hdparm", "blktrace", "blkparse", "fio", "iostat", "dmraid", "kpartx", "bcache-super-show", "make-bcache", "mdmon",
	"cryptsetup-reencrypt", "veritysetup", "integritysetup", "thin_*", "cache_*", "era_*", "lvm*", "ledctl", "ipmitool", "tapeinfo", "cdrecord",
	"wodim", "xorriso", "growisofs",
	/* Filesystems. */
	"ntfs-3g", "ntfsfix", "ntfsclone", "ntfsinfo", "ntfsresize", "ntfsundelete", "ntfslabel", "mkfs.ntfs", "mkntfs", "mount.ntfs", "mount.ntfs-3g",
	"mkfs.jfs", "fsck.jfs", "jfs_*", "mkfs.nilfs2", "mount.nilfs2", "mkfs.reiserfs", "reiserfsck", "mkfs.udf", "xfsdump", "xfsrestore", "xfs_*",
	"btrfs-*", "dump", "restore", "extundelete", "mksquashfs", "unsquashfs", "zfs", "zpool", "zdb", "sshfs", "fusermount3",
	/* The network. */
	"tcpdump", "ethtool", "mtr", "mtr-packet", "traceroute", "nmap", "ncat", "nc.openbsd", "nc.traditional", "socat", "iperf3", "dig", "host", "nslookup",
	"ssh", "scp", "sftp", "ssh-keygen", "rsync", "wget", "curl", "iscsiadm", "iscsid", "showmount", "smbclient", "bridge", "iw", "wpa_supplicant",
	"wpa_cli", "lldpctl", "arping", "ss", "tc", "iptables", "nft",
	/* Hardware and processes. */
	"dmidecode", "lshw", "hwinfo", "lstopo-no-graphics", "cpuid", "sensors", "memtester", "stress-ng", "mokutil", "efivar", "htop", "top", "strace",
	"ltrace", "lsof", "fuser", "gdb", "perf", "openssl", "gpg", "minicom", "picocom",
};

static const char *const program_places[] = { "/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin" };

/* What programs above look for by its name. */
static const char *const files_wanted[] = {
	"/usr/share/misc/magic.mgc", "/usr/lib/file/magic.mgc", "/usr/share/vim/vim*/defaults.vim", "/usr/share/nmap/nmap-*", "/usr/share/hwdata/*.ids",
	"/usr/share/terminfo/*/*", "/lib/terminfo/*/*",
};

struct collector {
	struct context *ctx;
	struct contents *contents;
	size_t modules, firmware, programs;
};

static int take(struct collector *collector, const char *path)
{
	int r = contents_take(collector->ctx, collector->contents, path, NULL);

	return r == -ENOMEM ? context_oom(collector->ctx) : r;
}

/* A link to a directory of the same tree stays one; what lies elsewhere is no part of it. */
static int take_directory_link(struct collector *collector, const char *top, const char *path)
{
	AUTO_FREE char *end = realpath(path, NULL), *merged = NULL;

	if (!end || strncmp(end, top, strlen(top)) || end[strlen(top)] != '/')
		return 0;
	merged = contents_merged(end);
	return !merged || contents_link(collector->contents, path, merged) < 0 ? context_oom(collector->ctx) : 0;
}

/* All files below TOP; a link whose end is away is left out. */
static int take_tree(struct collector *collector, const char *top, size_t *count)
{
	AUTO_FREE char *real = realpath(top, NULL);
	char *const paths[] = { real, NULL };
	FTS *walk = real ? fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL) : NULL;
	FTSENT *entry;
	int r = 0;

	if (!real)
		return errno == ENOENT ? 0 : context_fail(collector->ctx, errno, "Cannot read %s: %s", top, strerror(errno));
	while (walk && r == 0 && (entry = fts_read(walk))) {
		struct stat st;

		r = context_check_cancel(collector->ctx);
		if (r < 0)
			break;
		if (entry->fts_info == FTS_DNR || entry->fts_info == FTS_ERR)
			r = context_fail(collector->ctx, entry->fts_errno, "Cannot read %s: %s", entry->fts_path, strerror(entry->fts_errno));
		if (entry->fts_info == FTS_SL && stat(entry->fts_path, &st) < 0)
			continue;
		if (entry->fts_info == FTS_SL && S_ISDIR(st.st_mode)) {
			r = take_directory_link(collector, real, entry->fts_path);
			continue;
		}
		if (r == 0 && (entry->fts_info == FTS_F || (entry->fts_info == FTS_SL && S_ISREG(st.st_mode)))) {
			r = take(collector, entry->fts_path);
			*count += 1;
		}
	}
	if (walk)
		fts_close(walk);
	return walk ? r : context_oom(collector->ctx);
}

/* The module tree, and its indexes a second time: the boot archive has those of its own modules by their names. */
static int add_modules(struct collector *collector, const char *release)
{
	AUTO_FREE char *tree = text_format("/lib/modules/%s", release), *pattern = text_format("/lib/modules/%s/modules.*", release);
	glob_t found;
	int r = tree && pattern ? take_tree(collector, tree, &collector->modules) : context_oom(collector->ctx);

	if (r < 0 || glob(pattern, 0, NULL, &found) != 0)
		return r;
	for (size_t i = 0; r == 0 && i < found.gl_pathc; i++) {
		AUTO_FREE char *name = text_format("/" TOOLS_INDEXES "/%s/%s", release, strrchr(found.gl_pathv[i], '/') + 1);

		if (!name || contents_file(collector->contents, name, 0644, found.gl_pathv[i]) < 0)
			r = context_oom(collector->ctx);
	}
	globfree(&found);
	return r;
}

/* A program whose library is away would not run here either. */
static int add_program(struct collector *collector, struct programs *programs, const char *path)
{
	AUTO_SCOPE struct error_scope scope = context_scope_begin(collector->ctx);
	int r = programs_add(collector->ctx, programs, path);

	if (r == -ENOMEM || r == -ECANCELED)
		return context_scope_keep(&scope, r);
	if (r < 0 && r != -ENOENT)
		context_info(collector->ctx, "The tools image lacks %s: %s", path, context_detail(collector->ctx));
	if (r == 0)
		collector->programs++;
	return 0;
}

static int add_programs(struct collector *collector, struct programs *programs)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_LENGTH(programs_wanted); i++)
		for (size_t k = 0; r == 0 && k < ARRAY_LENGTH(program_places); k++) {
			AUTO_FREE char *pattern = text_format("%s/%s", program_places[k], programs_wanted[i]);
			glob_t found;

			if (!pattern)
				return context_oom(collector->ctx);
			if (glob(pattern, 0, NULL, &found) != 0)
				continue;
			for (size_t f = 0; r == 0 && f < found.gl_pathc; f++)
				r = access(found.gl_pathv[f], X_OK) < 0 ? 0 : add_program(collector, programs, found.gl_pathv[f]);
			globfree(&found);
		}
	return r;
}

static int add_files(struct collector *collector)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_LENGTH(files_wanted); i++) {
		glob_t found;

		if (glob(files_wanted[i], 0, NULL, &found) != 0)
			continue;
		for (size_t f = 0; r == 0 && f < found.gl_pathc; f++) {
			struct stat st;

			if (stat(found.gl_pathv[f], &st) == 0 && S_ISREG(st.st_mode))
				r = take(collector, found.gl_pathv[f]);
		}
		globfree(&found);
	}
	return r;
}

static int collect(struct collector *collector, struct programs *programs, const char *release)
{
	size_t before;
	int r = add_modules(collector, release);

	before = collector->firmware;
	if (r == 0)
		r = take_tree(collector, FIRMWARE, &collector->firmware);
	if (r == 0 && collector->firmware == before)
		context_info(collector->ctx, "%s is empty on this machine, so the tools image has no firmware", FIRMWARE);
	if (r == 0)
		r = add_programs(collector, programs);
	return r < 0 ? r : add_files(collector);
}

/* ---- writing ---- */

struct feed {
	struct context ctx;      /* of the thread */
	const struct contents *contents, *boot;
	int fd;                  /* the pipe's end; closed by the thread */
};

static int feed_run(void *data)
{
	struct feed *feed = data;
	sigset_t pipe_signal;
	int r;

	/* A program that dies is told by its status. */
	sigemptyset(&pipe_signal);
	sigaddset(&pipe_signal, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &pipe_signal, NULL);
	r = contents_write_tar(&feed->ctx, feed->contents, feed->boot, feed->fd, NULL);
	close(TAKE_FD(feed->fd));
	return r;
}

static int write_squashfs(struct context *ctx, const struct contents *contents, const struct contents *boot, const char *mksquashfs, const char *path)
{
	const char *const argv[] = { mksquashfs, "-", path, "-tar", "-noappend", "-comp", "zstd", "-Xcompression-level", LEVEL, "-b", BLOCK_SIZE, "-no-xattrs", "-quiet", "-no-progress",
				     "-mkfs-time", "0", NULL };
	struct feed feed = { .contents = contents, .boot = boot, .fd = -1 };
	struct background background;
	int ends[2], r, fed;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return context_fail(ctx, errno, "Cannot make a pipe: %s", strerror(errno));
	feed.fd = ends[1];
	context_init_child(&feed.ctx, ctx);
	r = background_start(&background, feed_run, &feed);
	if (r < 0) {
		close(ends[0]);
		close(ends[1]);
		context_done(&feed.ctx);
		return context_fail(ctx, -r, "The tools image cannot be made: %s", strerror(-r));
	}
	r = run_program(ctx, &(struct run){ .argv = argv, .input_file = &ends[0], .deadline_s = DEADLINE_S }, NULL);
	/* Whoever writes into it gets an error, however the program ended. */
	close(ends[0]);
	while (!background_wait(&background))
		;
	fed = background_result(&background);
	background_join(&background);
	if (fed < 0 && fed != -EPIPE && (r == 0 || r == -EIO))
		r = context_reword(ctx, -fed, "%s", context_detail(&feed.ctx));
	else if (fed < 0 && r == 0)
		r = context_fail(ctx, EIO, "%s ended before it had read all that goes into the tools image", mksquashfs);
	context_done(&feed.ctx);
	return r;
}

static int digest_image(struct context *ctx, const char *path, char hex[DIGEST_HEX], uint64_t *ret_size)
{
	AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct digest AUTO_DIGEST *digest = digest_new();
	AUTO_FREE char *block = malloc(DIGEST_BLOCK);
	ssize_t got = fd < 0 ? -errno : 0;
	uint64_t size = 0;

	if (!digest || !block)
		return context_oom(ctx);
	while (got >= 0 && (got = read_full(fd, block, DIGEST_BLOCK)) > 0) {
		digest_update(digest, block, (size_t)got);
		size += (uint64_t)got;
	}
	if (got < 0)
		return context_fail(ctx, (int)-got, "Cannot read %s: %s", path, strerror((int)-got));
	digest_finish(digest, hex);
	*ret_size = size;
	return 0;
}

static int note_digest(struct context *ctx, struct contents *contents, const char *path, uint64_t *ret_size)
{
	char hex[DIGEST_HEX];
	AUTO_FREE char *line = NULL;
	int r = digest_image(ctx, path, hex, ret_size);

	if (r < 0)
		return r;
	line = text_format("%s %" PRIu64 "\n", hex, *ret_size);
	return !line || contents_text(contents, TOOLS_DIGEST_PATH, 0644, line) < 0 ? context_oom(ctx) : 0;
}

int tools_image_make(struct context *ctx, struct contents *contents, const char *release, const char *path)
{
	struct contents AUTO_CONTENTS *tools = contents_new();
	struct programs AUTO_PROGRAMS *programs = tools ? programs_new(ctx, tools) : NULL;
	struct collector collector = { .ctx = ctx, .contents = tools };
	AUTO_FREE char *mksquashfs = programs_find_command("mksquashfs"), *shown = NULL;
	uint64_t size = 0;
	int r;

	if (!mksquashfs) {
		context_warn(ctx, "No tools image is made, because this machine lacks the program mksquashfs: the rescue system has the drivers and tools of "
			     "the boot archive only. Install the package %s (version 4.5 or newer), or say --no-tools",
			     distribution_package(distribution_here(ctx), "squashfs-tools"));
		return -ENOENT;
	}
	if (!programs)
		return context_oom(ctx);
	r = collect(&collector, programs, release);
	if (r == 0) {
		progress_begin(ctx, "tools", contents_bytes(tools), 0);
		r = write_squashfs(ctx, tools, contents, mksquashfs, path);
	}
	if (r == 0)
		r = note_digest(ctx, contents, path, &size);
	if (r < 0)
		return r;
	progress_end(ctx);
	shown = bytes_print_size(size);
	context_info(ctx, "The tools image is %s: %zu files of kernel modules, %zu files of firmware, %zu programs", shown ? shown : "",
		     collector.modules, collector.firmware, collector.programs);
	return 0;
}
