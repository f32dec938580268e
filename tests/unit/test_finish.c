/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The steps of finishing that need no chroot: files reached inside a root, what was changed, drivers, archives, swap
 * files, labels, links. */
#include "finish_case.h"

#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <time.h>

#include <archive.h>
#include <archive_entry.h>

#include "../../backend/finish/changes.h"
#include "../../backend/finish/chroot.h"
#include "../../backend/finish/drivers.h"
#include "../../backend/finish/finish.h"
#include "../../backend/finish/initramfs.h"
#include "../../backend/finish/initramfs_list.h"
#include "../../backend/finish/labels.h"
#include "../../backend/finish/differences.h"
#include "../../backend/finish/rooted.h"
#include "../../backend/finish/special_files.h"
#include "../../backend/finish/swapfile.h"

/* Seconds by which the wall clock was set back since files were stamped. */
static time_t set_back;

/* Instead of the C library's. */
int clock_gettime(clockid_t clock, struct timespec *ret)
{
	int r = (int)syscall(SYS_clock_gettime, clock, ret);

	if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)
		ret->tv_sec -= set_back;
	return r;
}

static bool exists(const struct finish_case *it, const char *path)
{
	return faccessat(it->fd, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void test_links_stay_inside(void **state)
{
	struct finish_case *it = *state;
	AUTO_FREE char *outside = text_format("%s-outside", it->directory), *text = NULL;
	int fd;

	fd = open(outside, O_WRONLY | O_CREAT, 0644);
	assert_int_equal(write_all(fd, "secret", 6), 0);
	close(fd);
	case_write_text(it, "etc/real", "inside");
	assert_int_equal(symlinkat(outside, it->fd, "absolute"), 0);
	assert_int_equal(symlinkat("../../../../../../etc/real", it->fd, "etc/climbs"), 0);
	assert_int_equal(symlinkat("/etc", it->fd, "config"), 0);
	assert_int_equal(rooted_read(it->fd, "absolute", 100, &text), -ENOENT);
	assert_int_equal(rooted_read(it->fd, "/etc/climbs", 100, &text), 0);
	assert_string_equal(text, "inside");
	assert_true(rooted_is_directory(it->fd, "/config"));
	assert_int_equal(rooted_rewrite(&it->ctx, it->fd, "config/real", "new", 3), 0);
	case_check_text(it, "etc/real", "new");
	case_check_text(it, "etc/real.lifeboat-original", "inside");
	assert_int_equal(rooted_make_directories(it->fd, "/config/a/b"), 1);
	assert_true(exists(it, "etc/a/b"));
	assert_int_equal(rooted_make_directories(it->fd, "/config/a/b"), 0);
	assert_int_equal(rooted_make_directories(it->fd, "../../x/"), 1);
	assert_true(exists(it, "x"));
	unlink(outside);
}

/* As a crash may leave it: it is not taken for the text before its first NUL, and not written back without the rest. */
static void test_no_text(void **state)
{
	struct finish_case *it = *state;
	AUTO_FREE char *text = NULL;
	int fd = openat(it->fd, "broken", O_WRONLY | O_CREAT, 0644);

	assert_int_equal(write_all(fd, "one\n\0two\n", 9), 0);
	close(fd);
	assert_int_equal(rooted_read(it->fd, "broken", 100, &text), -EILSEQ);
	assert_string_equal(root_strerror(-EILSEQ), "it is no text");
	assert_null(text);
}

static void test_originals(void **state)
{
	const struct timespec times[2] = { { 1000, 5 }, { 2000, 7 } };
	struct finish_case *it = *state;
	struct stat before, after, copy;

	case_write_text(it, "file", "one");
	assert_int_equal(fchmodat(it->fd, "file", 0640, 0), 0);
	assert_int_equal(utimensat(it->fd, "file", times, 0), 0);
	assert_int_equal(fstatat(it->fd, "file", &before, 0), 0);
	assert_int_equal(rooted_rewrite(&it->ctx, it->fd, "file", "second", 6), 0);
	assert_int_equal(rooted_rewrite(&it->ctx, it->fd, "file", "3", 1), 0);
	case_check_text(it, "file", "3");
	case_check_text(it, "file.lifeboat-original", "one");
	assert_int_equal(fstatat(it->fd, "file", &after, 0), 0);
	assert_int_equal(fstatat(it->fd, "file.lifeboat-original", &copy, 0), 0);
	assert_int_equal(after.st_mode, before.st_mode);
	assert_int_equal(copy.st_mode, before.st_mode);
	assert_int_equal(copy.st_mtim.tv_sec, 2000);
	assert_int_equal(copy.st_mtim.tv_nsec, 7);
	assert_int_equal(rooted_rewrite(&it->ctx, it->fd, "missing", "x", 1), -ENOENT);
	assert_non_null(strstr(context_detail(&it->ctx), "/missing"));
	assert_true(rooted_is_same(it->fd, "file", "file"));
	assert_false(rooted_is_same(it->fd, "file", "file.lifeboat-original"));
	assert_false(rooted_is_same(it->fd, "missing", "missing"));
}

static void test_differences(void **state)
{
	struct finish_case *it = *state;
	char *const paths[] = { "file", "gone", "file", "absent", "odd", NULL };
	AUTO_STRV char **lines = NULL;

	case_write_text(it, "file", "kept\none\nend\n");
	assert_int_equal(rooted_rewrite(&it->ctx, it->fd, "file", "kept\ntwo\nend\n", 13), 0);
	case_write_text(it, "gone.lifeboat-original", "was here\n");
	assert_int_equal(mkfifoat(it->fd, "odd.lifeboat-original", 0600), 0);
	case_write_text(it, "odd", "odd\n");
	assert_int_equal(differences_collect(&it->ctx, it->fd, paths, &lines), 0);
	assert_string_equal(*context_detail(&it->ctx) ? "a sentence" : "", "");
	assert_int_equal(strv_length(lines), 9);
	assert_string_equal(lines[0], "--- /file.lifeboat-original");
	assert_string_equal(lines[1], "+++ /file");
	assert_string_equal(lines[3], "-one");
	assert_string_equal(lines[4], "+two");
	assert_string_equal(lines[5], "--- /gone.lifeboat-original");
	assert_string_equal(lines[8], "-was here");
}

static void test_differences_have_an_end(void **state)
{
	struct finish_case *it = *state;
	char *const paths[] = { "file", "other", NULL };
	AUTO_BUFFER struct buffer long_text = { 0 };
	AUTO_STRV char **lines = NULL;

	for (int i = 0; i < 2000; i++)
		assert_int_equal(buffer_append(&long_text, "a line that is there\n", 21), 0);
	case_write_text(it, "file", "short\n");
	assert_int_equal(rooted_rewrite(&it->ctx, it->fd, "file", long_text.data, long_text.length), 0);
	assert_int_equal(differences_collect(&it->ctx, it->fd, paths, &lines), 0);
	assert_int_equal(strv_length(lines), DIFFERENCES_MAX + 1);
	assert_string_equal(lines[DIFFERENCES_MAX], "...");
}

/* What a hostile set, or an odd system, may have at any path. */
enum thing { FIFO, DEVICE, DISK, SOCKET, LINK_OUTSIDE, LINK_TO_FIFO, LOOP, DIRECTORY, THING_COUNT };

static const char *const thing_names[] = { "fifo", "device", "disk", "socket", "link outside", "link to a fifo", "loop", "directory" };

/* False where this user cannot make it. */
static bool put(const struct finish_case *it, const char *path, enum thing thing, const char *outside)
{
	switch (thing) {
	case FIFO: return mkfifoat(it->fd, path, 0600) == 0;
	/* /dev/full: what is written to it fails, what is read never ends. */
	case DEVICE: return mknodat(it->fd, path, S_IFCHR | 0600, makedev(1, 7)) == 0;
	/* A loop device that nobody has. */
	case DISK: return mknodat(it->fd, path, S_IFBLK | 0600, makedev(7, 9999)) == 0;
	case SOCKET: return mknodat(it->fd, path, S_IFSOCK | 0600, 0) == 0;
	case LINK_OUTSIDE: return symlinkat(outside, it->fd, path) == 0;
	case LINK_TO_FIFO: return mkfifoat(it->fd, "the-fifo", 0600) == 0 && symlinkat("/the-fifo", it->fd, path) == 0;
	case LOOP: return symlinkat(strrchr(path, '/') + 1, it->fd, path) == 0;
	case DIRECTORY: return mkdirat(it->fd, path, 0700) == 0;
	default: return false;
	}
}

/* Every helper meets every thing: none hangs, none reads or writes what is no file, none reaches outside. */
static void test_things_in_place_of_files(void **state)
{
	struct finish_case *it = *state;
	AUTO_FREE char *outside = text_format("%s-outside", it->directory), *secret = NULL;
	int fd = open(outside, O_WRONLY | O_CREAT, 0600);

	assert_int_equal(write_all(fd, "secret", 6), 0);
	close(fd);
	case_write_text(it, "good", "good");
	assert_int_equal(mkdirat(it->fd, "d", 0755), 0);
	for (enum thing thing = FIFO; thing < THING_COUNT; thing++) {
		AUTO_FREE char *text = NULL;
		char start[4];
		struct stat before, after;

		if (!put(it, "d/f", thing, outside))
			continue;
		assert_int_equal(fstatat(it->fd, "d/f", &before, AT_SYMLINK_NOFOLLOW), 0);
		alarm(10);
		if (rooted_read(it->fd, "d/f", 100, &text) >= 0 || rooted_read_start(it->fd, "d/f", start, 4) >= 0 ||
		    rooted_is_same(it->fd, "d/f", "d/f") || rooted_has_content(it->fd, "d/f") ||
		    rooted_rewrite(&it->ctx, it->fd, "d/f", "new", 3) >= 0 || rooted_copy(it->fd, "good", "d/f") >= 0 ||
		    rooted_copy(it->fd, "d/f", "copy") >= 0 || rooted_make_empty(it->fd, "d/f") >= 0)
			fail_msg("a %s was taken for a file", thing_names[thing]);
		assert_non_null(strstr(context_detail(&it->ctx), "/d/f"));
		context_clear(&it->ctx);
		assert_int_equal(fstatat(it->fd, "d/f", &after, AT_SYMLINK_NOFOLLOW), 0);
		assert_int_equal(after.st_ino, before.st_ino);
		assert_false(exists(it, "d/f" ROOTED_ORIGINAL));
		assert_false(exists(it, "copy"));
		assert_int_equal(unlinkat(it->fd, "d/f", thing == DIRECTORY ? AT_REMOVEDIR : 0), 0);
		/* In the place of the kept original it keeps nothing. */
		case_write_text(it, "d/f", "one");
		if (thing != LINK_TO_FIFO)
			assert_true(put(it, "d/f" ROOTED_ORIGINAL, thing, outside));
		else
			assert_int_equal(symlinkat("/the-fifo", it->fd, "d/f" ROOTED_ORIGINAL), 0);
		assert_true(rooted_rewrite(&it->ctx, it->fd, "d/f", "new", 3) < 0);
		case_check_text(it, "d/f", "one");
		context_clear(&it->ctx);
		unlinkat(it->fd, "d/f" ROOTED_ORIGINAL, thing == DIRECTORY ? AT_REMOVEDIR : 0);
		/* In that of the file that is being written it stays, or goes unopened. */
		if (thing != LINK_TO_FIFO)
			assert_true(put(it, "d/.lifeboat-new", thing, outside));
		else
			assert_int_equal(symlinkat("/the-fifo", it->fd, "d/.lifeboat-new"), 0);
		assert_true(rooted_copy(it->fd, "good", "d/f") < 0);
		case_check_text(it, "d/f", "one");
		unlinkat(it->fd, "d/.lifeboat-new", thing == DIRECTORY ? AT_REMOVEDIR : 0);
		assert_int_equal(unlinkat(it->fd, "d/f", 0), 0);
		alarm(0);
		unlinkat(it->fd, "the-fifo", 0);
	}
	assert_int_equal(file_read(AT_FDCWD, outside, 100, &secret, NULL), 0);
	assert_string_equal(secret, "secret");
	unlink(outside);
}

/* What is too deep to be looked through is not taken for harmless. */
static void test_special_files_too_deep(void **state)
{
	struct finish_case *it = *state;
	struct finish_result result = { 0 };
	struct finish_options options = { .root = it->directory, .plan = &it->plan };
	struct finish_job job = { .options = &options, .result = &result, .root_fd = it->fd };
	AUTO_BUFFER struct buffer path = { 0 };

	assert_int_equal(buffer_append(&path, "boot/grub", 9), 0);
	for (int i = 0; i < 70; i++)
		assert_int_equal(buffer_append(&path, "/d", 2), 0);
	assert_int_equal(buffer_append(&path, "/f", 3), 0);
	case_write_text(it, path.data, "");
	assert_int_equal(special_files_tell(&job), 1);
	assert_true(job.broken);
	assert_non_null(strstr(result.reasons[0], "too deep"));
	finish_result_done(&result);
}

static void test_special_files(void **state)
{
	static const char *const places[] = { "boot/grub/grub.cfg", "boot/efi/EFI/BOOT/BOOTX64.EFI", "boot/initrd.img-6.1",
					      "boot/efi/EFI/debian/shimx64.efi", "boot/efi/EFI/debian/grub.cfg",
					      "boot/efi/loader/entries/one.conf",
					      "etc/default/grub", "etc/initramfs-tools/modules" };
	struct finish_case *it = *state;

	for (size_t i = 0; i < ARRAY_LENGTH(places); i++)
		for (enum thing thing = FIFO; thing <= LINK_TO_FIFO; thing++) {
			struct finish_result result = { 0 };
			struct finish_options options = { .root = it->directory, .plan = &it->plan };
			struct finish_job job = { .options = &options, .result = &result, .root_fd = it->fd };

			case_write_text(it, places[i], "");
			assert_int_equal(special_files_tell(&job), 0);
			assert_int_equal(unlinkat(it->fd, places[i], 0), 0);
			/* A link out of the tree leads to nothing inside it; /dev/full harms nobody. */
			if (thing == LINK_OUTSIDE || thing == DEVICE || !put(it, places[i], thing, "/x"))
				continue;
			assert_int_equal(special_files_tell(&job), 1);
			assert_true(job.broken);
			assert_non_null(strstr(result.reasons[0], places[i]));
			assert_int_equal(unlinkat(it->fd, places[i], 0), 0);
			unlinkat(it->fd, "the-fifo", 0);
			finish_result_done(&result);
		}
	assert_false(special_files_has_links(it->fd, "boot/grub"));
	assert_false(special_files_has_links(it->fd, "boot/none"));
	assert_int_equal(symlinkat("/etc", it->fd, "boot/grub/i386-pc"), 0);
	assert_true(special_files_has_links(it->fd, "boot/grub"));
	assert_true(special_files_has_links(it->fd, "boot/grub/i386-pc/x"));
}

static void test_programs(void **state)
{
	struct finish_case *it = *state;
	AUTO_FREE char *none = NULL, *found = NULL;

	case_write_text(it, "usr/sbin/tool", "#!/bin/sh\n");
	none = rooted_program(it->fd, "tool");
	assert_null(none);
	assert_int_equal(fchmodat(it->fd, "usr/sbin/tool", 0755, 0), 0);
	assert_int_equal(symlinkat("usr/sbin", it->fd, "sbin"), 0);
	found = rooted_program(it->fd, "tool");
	assert_string_equal(found, "/usr/sbin/tool");
}

static void test_changes(void **state)
{
	struct finish_case *it = *state;
	struct changes changes;
	AUTO_STRV char **paths = NULL;

	case_write_text(it, "etc/same", "same");
	case_write_text(it, "etc/edited", "a");
	case_write_text(it, "etc/gone", "a");
	case_write_text(it, "var/lib/deep/replaced", "a");
	case_write_text(it, "usr/share/touched", "a");
	case_write_text(it, "usr/bin/program", "a");
	assert_int_equal(symlinkat("nowhere", it->fd, "etc/link"), 0);
	assert_int_equal(changes_begin(&it->ctx, it->fd, &changes), 0);
	case_write_text(it, "var/lib/deep/replaced", "b");
	assert_int_equal(fchmodat(it->fd, "usr/share/touched", 0600, 0), 0);
	/* A time set back hides nothing. */
	assert_int_equal(utimensat(it->fd, "etc/edited", (struct timespec[]){ { 1, 0 }, { 1, 0 } }, 0), 0);
	assert_int_equal(unlinkat(it->fd, "etc/gone", 0), 0);
	case_write_text(it, "boot/new", "n");
	assert_int_equal(changes_collect(&it->ctx, &changes, &paths), 0);
	changes_done(&changes);
	static const char *const expected[] = { ".",
						"boot",
						"boot/new",
						"etc",
						"etc/edited",
						"etc/gone",
						"var/lib/deep",
						"var/lib/deep/replaced",
						"usr/share/touched" };
	for (size_t i = 0; i < ARRAY_LENGTH(expected); i++)
		if (!strv_contains(paths, expected[i]))
			fail_msg("%s is not told", expected[i]);
	assert_int_equal(strv_length(paths), ARRAY_LENGTH(expected));
}

/* The files that were restored before the clock was set back are verified all the same. */
static void test_changes_after_clock_was_set_back(void **state)
{
	static const char *const expected[] = { "etc/edited", "etc/gone", "etc/new" };
	struct finish_case *it = *state;
	struct changes changes;
	AUTO_STRV char **paths = NULL;

	case_write_text(it, "etc/same", "same");
	case_write_text(it, "usr/bin/program", "a");
	case_write_text(it, "etc/edited", "a");
	case_write_text(it, "etc/gone", "a");
	set_back = 3600;
	assert_int_equal(changes_begin(&it->ctx, it->fd, &changes), 0);
	case_write_text(it, "etc/edited", "b");
	assert_int_equal(unlinkat(it->fd, "etc/gone", 0), 0);
	case_write_text(it, "etc/new", "n");
	assert_int_equal(changes_collect(&it->ctx, &changes, &paths), 0);
	set_back = 0;
	changes_done(&changes);
	for (size_t i = 0; i < ARRAY_LENGTH(expected); i++)
		assert_true(strv_contains(paths, expected[i]));
	/* Their directory. */
	assert_true(strv_contains(paths, "etc"));
	assert_int_equal(strv_length(paths), ARRAY_LENGTH(expected) + 1);
}

static void test_drivers(void **state)
{
	struct finish_case *it = *state;
	AUTO_STRV char **drivers = NULL, **none = NULL;

	case_write_text(it, "sys/devices/pci0000:00/0000:00:04.0/virtio1/block/vda/vda3/partition", "3");
	case_write_text(it, "sys/module/virtio_blk/x", "");
	case_write_text(it, "sys/module/virtio_pci/x", "");
	case_write_text(it, "sys/bus/virtio/drivers/virtio_blk/x", "");
	case_write_text(it, "sys/bus/pci/drivers/virtio-pci/x", "");
	case_write_text(it, "sys/class/block/x", "");
	assert_int_equal(symlinkat("../../../../module/virtio_blk", it->fd, "sys/bus/virtio/drivers/virtio_blk/module"),
			 0);
	assert_int_equal(symlinkat("../../../../module/virtio_pci", it->fd, "sys/bus/pci/drivers/virtio-pci/module"),
			 0);
	assert_int_equal(symlinkat("../../../../bus/virtio/drivers/virtio_blk", it->fd,
				   "sys/devices/pci0000:00/0000:00:04.0/virtio1/driver"),
			 0);
	assert_int_equal(
		symlinkat("../../../bus/pci/drivers/virtio-pci", it->fd, "sys/devices/pci0000:00/0000:00:04.0/driver"),
		0);
	assert_int_equal(symlinkat("../../devices/pci0000:00/0000:00:04.0/virtio1/block/vda/vda3", it->fd,
				   "sys/class/block/vda3"),
			 0);
	it->ctx.prefix = it->directory;
	assert_int_equal(drivers_of_device(&it->ctx, "/dev/vda3", &drivers), 0);
	assert_int_equal(strv_length(drivers), 2);
	assert_string_equal(drivers[0], "virtio_blk");
	assert_string_equal(drivers[1], "virtio_pci");
	assert_int_equal(drivers_of_device(&it->ctx, "/dev/nothing", &none), 0);
	assert_null(none);
	it->ctx.prefix = "";
}

static void test_driver_lists(void **state)
{
	static const char list[] = "kernel/fs/ext4/ext4.ko\nusr/lib/modules/6.1/kernel/drivers/block/"
				   "virtio-blk.ko.xz\nlib/modules/x/ahci.ko.zst\n";

	(void)state;
	assert_true(drivers_are_listed(list, "ext4"));
	assert_true(drivers_are_listed(list, "virtio_blk"));
	assert_true(drivers_are_listed(list, "ahci"));
	assert_false(drivers_are_listed(list, "xt4"));
	assert_false(drivers_are_listed(list, "ext"));
	assert_false(drivers_are_listed(list, "nvme"));
	assert_false(drivers_are_listed("", "nvme"));
}

static void test_archive_names(void **state)
{
	struct finish_case *it = *state;
	AUTO_FREE char *debian = NULL, *fedora = NULL, *none = NULL;

	case_write_text(it, "boot/initrd.img-6.1", "x");
	case_write_text(it, "boot/initramfs-5.14.img", "x");
	case_write_text(it, "boot/initrd.img-4", "");
	debian = initramfs_path(it->fd, "6.1");
	fedora = initramfs_path(it->fd, "5.14");
	none = initramfs_path(it->fd, "4");
	assert_string_equal(debian, "boot/initrd.img-6.1");
	assert_string_equal(fedora, "boot/initramfs-5.14.img");
	assert_null(none);
}

/* Appends a cpio archive with the one member NAME to the file. */
static void add_member(int fd, int (*filter)(struct archive *), const char *name, const char *content, size_t size)
{
	struct archive *archive = archive_write_new();
	struct archive_entry *entry = archive_entry_new();

	archive_write_set_format_cpio_newc(archive);
	assert_int_equal(filter(archive), ARCHIVE_OK);
	assert_int_equal(archive_write_open_fd(archive, fd), ARCHIVE_OK);
	archive_entry_set_pathname(entry, name);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_size(entry, (la_int64_t)size);
	assert_int_equal(archive_write_header(archive, entry), ARCHIVE_OK);
	assert_int_equal(archive_write_data(archive, content, size), size);
	assert_int_equal(archive_write_free(archive), ARCHIVE_OK);
	archive_entry_free(entry);
}

static void add_archive(int fd, int (*filter)(struct archive *), const char *name)
{
	add_member(fd, filter, name, "odd", sizeof("odd"));
}

/* What initramfs_list() makes of the first LENGTH bytes; NULL when it refuses them. */
static char *list_start(struct finish_case *it, int fd, off_t length)
{
	AUTO_BUFFER struct buffer names = { 0 };
	int r;

	assert_int_equal(ftruncate(fd, length), 0);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	r = initramfs_list(&it->ctx, fd, &names);
	if (r == 0)
		return strdup(names.data);
	assert_int_equal(r, -EBADMSG);
	assert_true(*context_detail(&it->ctx));
	context_clear(&it->ctx);
	return NULL;
}

static void test_archive_members(void **state)
{
	static int (*const filters[])(struct archive *) = {
		archive_write_add_filter_none, archive_write_add_filter_gzip, archive_write_add_filter_xz,
		archive_write_add_filter_zstd, archive_write_add_filter_lz4,  archive_write_add_filter_bzip2,
	};
	struct finish_case *it = *state;

	for (size_t i = 0; i < ARRAY_LENGTH(filters); i++) {
		AUTO_CLOSE int fd = openat(it->fd, "initrd", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
		AUTO_FREE char *whole = NULL, *cut = NULL, *early = NULL, *begun = NULL, *empty = NULL;
		off_t first, all;

		/* As microcode comes first, by itself and not compressed. */
		add_archive(fd, archive_write_add_filter_none, "kernel/x86/microcode/GenuineIntel.bin");
		first = lseek(fd, 0, SEEK_CUR);
		add_archive(fd, filters[i], "usr/lib/modules/6.1/nvme.ko");
		all = lseek(fd, 0, SEEK_CUR);
		whole = list_start(it, fd, all);
		assert_non_null(whole);
		assert_non_null(strstr(whole, "/kernel/x86/microcode/GenuineIntel.bin\n"));
		assert_non_null(strstr(whole, "/usr/lib/modules/6.1/nvme.ko\n"));
		/* Cut off where the disk was full; past the member itself, since libarchive fills a cpio up with zeros. */
		cut = list_start(it, fd, i ? all - 9 : first + 150);
		assert_null(cut);
		early = list_start(it, fd, first);
		assert_non_null(early);
		assert_null(strstr(early, "nvme"));
		begun = list_start(it, fd, 60);
		assert_null(begun);
		empty = list_start(it, fd, 0);
		assert_null(empty);
	}
	case_write_text(it, "page", "<html>an archive that a proxy lost</html>");
	{
		AUTO_CLOSE int fd = openat(it->fd, "page", O_RDWR | O_CLOEXEC);
		AUTO_FREE char *page = list_start(it, fd, 41);

		assert_null(page);
	}
}

/* Debian puts both files into each archive, with nothing in them on a machine that has neither containers nor arrays. */
static void test_archive_tables(void **state)
{
	static const struct {
		const char *name, *text;
		bool counts;
	} rows[] = {
		{ "cryptroot/crypttab", "", false },
		{ "main/cryptroot/crypttab", "# none\n\n", false },
		{ "cryptroot/crypttab", "#\nroot UUID=1 none luks", true },
		{ "etc/crypttab", " \t\n", false },
		{ "xcryptroot/crypttab", "", true },
		{ "etc/mdadm/mdadm.conf", "HOMEHOST <system>\nMAILADDR root\n#ARRAY /dev/md0\n", false },
		{ "etc/mdadm/mdadm.conf", "DEVICE partitions containers\n", false },
		{ "etc/mdadm.conf", "DEV /dev/sda*\n", true },
		{ "etc/mdadm.conf", "HOMEHOST a\nARR /dev/md0 UUID=1\n", true },
		{ "etc/mdadm.conf", "array /dev/md0 UUID=1", true },
	};
	struct finish_case *it = *state;

	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		AUTO_CLOSE int fd = openat(it->fd, "initrd", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
		AUTO_FREE char *names = NULL, *line = text_format("/%s\n", rows[i].name);

		add_archive(fd, archive_write_add_filter_none, "conf/initramfs.conf");
		add_member(fd, archive_write_add_filter_gzip, rows[i].name, rows[i].text, strlen(rows[i].text));
		names = list_start(it, fd, lseek(fd, 0, SEEK_CUR));
		assert_non_null(names);
		assert_non_null(strstr(names, "/conf/initramfs.conf\n"));
		if (!strstr(names, line) == rows[i].counts)
			fail_msg("%s '%s'", rows[i].name, rows[i].text);
	}
}

static void test_swap_file(void **state)
{
	struct finish_case *it = *state;
	struct stat st;
	AUTO_CLOSE int fd = openat(it->fd, "swap", O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	assert_int_equal(ftruncate(fd, 1 << 20), 0);
	assert_false(swapfile_has_header(fd, 4096));
	assert_int_equal(pwrite(fd, "SWAPSPACE2", 10, 4086), 10);
	assert_true(swapfile_has_header(fd, 4096));
	assert_false(swapfile_has_header(fd, 16384));
	if (swapfile_fill(fd) == -EOPNOTSUPP)
		skip();
	assert_int_equal(fstat(fd, &st), 0);
	assert_true(st.st_blocks * 512 >= 1 << 20);
	assert_int_equal(swapfile_fill(fd), 0);
	assert_true(swapfile_has_header(fd, 4096));
}

static void test_label_policy(void **state)
{
	struct finish_case *it = *state;
	AUTO_FREE char *absent = labels_policy(it->fd), *off = NULL, *on = NULL, *left_out = NULL;

	assert_null(absent);
	case_write_text(it, "etc/selinux/config", "SELINUX=disabled\nSELINUXTYPE=targeted\n");
	off = labels_policy(it->fd);
	assert_null(off);
	case_write_text(it, "etc/selinux/config", "# SELINUX=disabled\nSELINUX=enforcing \nSELINUXTYPE= mls\n");
	on = labels_policy(it->fd);
	assert_string_equal(on, "mls");
	case_write_text(it, "etc/selinux/config", "SELINUX=permissive\n");
	left_out = labels_policy(it->fd);
	assert_string_equal(left_out, "targeted");
}

static void check_link(const struct finish_case *it, const char *path, const char *target)
{
	char found[128] = { 0 };

	if (readlinkat(it->fd, path, found, sizeof(found) - 1) < 0)
		fail_msg("%s is not there", path);
	assert_string_equal(found, target);
}

static void test_device_links(void **state)
{
	struct finish_case *it = *state;

	assert_int_equal(chroot_make_links(it->fd, &it->plan), 0);
	check_link(it, "by-uuid/" ROOT_UUID, "../../vda3");
	check_link(it, "by-uuid/" SWAP_UUID, "../../vda4");
	check_link(it, "by-label/my\\x20root", "../../vda3");
	check_link(it, "by-partuuid/aaaa0000-0000-4000-8000-000000000001", "../../vda1");
	check_link(it, "by-partlabel/name\\x202", "../../vda2");
	check_link(it, "by-uuid/" KEPT_UUID, "../../vdb1");
	assert_false(exists(it, "by-uuid/" DATA_UUID));
}

static void test_no_system(void **state)
{
	struct finish_case *it = *state;
	struct manifest manifest = { .layout = it->plan.target.captured };
	struct finish_options options = {
		.root = it->directory, .manifest = &manifest, .plan = &it->plan, .firmware = "bios"
	};
	struct finish_result result;

	assert_int_equal(finish_system(&it->ctx, &options, &result), 0);
	assert_false(result.bootable);
	assert_int_equal(strv_length(result.reasons), 1);
	finish_result_done(&result);
	options.root = "/nonexistent/root";
	assert_int_equal(finish_system(&it->ctx, &options, &result), -ENOENT);
	assert_false(result.bootable);
	assert_non_null(strstr(context_detail(&it->ctx), "/nonexistent/root"));
	finish_result_done(&result);
}

static void test_firmware_mode(void **state)
{
	struct finish_case *it = *state;

	it->ctx.prefix = it->directory;
	assert_string_equal(firmware_mode(&it->ctx), "bios");
	case_write_text(it, "sys/firmware/efi/fw_platform_size", "64\n");
	assert_string_equal(firmware_mode(&it->ctx), "uefi");
	it->ctx.prefix = "";
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE_TEST(test_links_stay_inside), CASE_TEST(test_no_text), CASE_TEST(test_originals), CASE_TEST(test_differences), CASE_TEST(test_differences_have_an_end),
		CASE_TEST(test_programs),
		CASE_TEST(test_things_in_place_of_files), CASE_TEST(test_special_files), CASE_TEST(test_special_files_too_deep),
		CASE_TEST(test_changes),	   CASE_TEST(test_changes_after_clock_was_set_back), CASE_TEST(test_drivers),   CASE_TEST(test_driver_lists),
		CASE_TEST(test_archive_names),	   CASE_TEST(test_archive_members), CASE_TEST(test_archive_tables),
		CASE_TEST(test_swap_file),	   CASE_TEST(test_label_policy),
		CASE_TEST(test_device_links),	   CASE_TEST(test_no_system), CASE_TEST(test_firmware_mode),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
