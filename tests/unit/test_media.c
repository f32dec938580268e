/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finding recovery sets where the operator says, and what is offered for what is found; the way to a local system's kernel. Real sets,
 * captured from a small tree.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <string.h>
#include <sys/stat.h>

#include "../../backend/machine/local_boot.h"
#include "../../backend/core/root_open.h"
#include "../../backend/session/set_check.h"
#include "../../backend/set/set.h"
#include "../../backend/capture/capture.h"
#include "../../backend/core/file.h"
#include "../../backend/media/device.h"
#include "../../backend/media/media.h"
#include "../../backend/media/memory.h"
#include "../../backend/core/run.h"
#include "../../backend/storage/mount_unreplayed.h"
#include "../../backend/sink/convert.h"
#include "../../backend/tape/volume.h"

struct place {
	struct context ctx;
	struct media media;
	char *root;
};

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *at)
{
	(void)status;
	(void)type;
	(void)at;
	return remove(path);
}

static int setup(void **state)
{
	char template[] = "/tmp/lifeboat-test-XXXXXX";
	struct place *place = calloc(1, sizeof(*place));

	context_init(&place->ctx);
	place->root = strdup(mkdtemp(template));
	*state = place;
	return 0;
}

static int teardown(void **state)
{
	struct place *place = *state;
	int r;

	media_release(&place->ctx, &place->media);
	context_done(&place->ctx);
	r = nftw(place->root, remove_one, 20, FTW_DEPTH | FTW_PHYS);
	free(place->root);
	free(place);
	return r;
}

static void put(const char *root, const char *path, const char *text)
{
	AUTO_FREE char *full = text_format("%s/%s", root, path), *parent = strdup(full);

	*strrchr(parent, '/') = '\0';
	assert_int_equal(make_directories(parent, 0755), 0);
	assert_int_equal(file_replace(AT_FDCWD, full, text, strlen(text), 0644), 0);
}

static void capture_to(struct place *place, const char *output, char set_id[37])
{
	AUTO_FREE char *tree = text_format("%s/tree", place->root);
	struct capture_options options = { .output = output, .root = tree, .label = "test" };
	struct capture_result result = { 0 };

	put(place->root, "tree/file", "content\n");
	if (capture_run(&place->ctx, &options, &result) < 0)
		fail_msg("%s", context_detail(&place->ctx));
	memcpy(set_id, result.set_id, 37);
}

/* A set below the place's root; its id goes to SET_ID. */
static char *make_set(struct place *place, const char *name, char set_id[37])
{
	char *output = text_format("%s/%s", place->root, name);

	capture_to(place, output, set_id);
	return output;
}

/* Of the set on a tape only the beginning is read; a tape that begins none is refused with what it is. */
static void test_tape(void **state)
{
	struct place *place = *state;
	AUTO_FREE char *where = text_format("tape:%s/drive", place->root);
	const char *path = where + strlen("tape:");
	char set_id[37];
	struct media *media = &place->media;

	assert_true(media_add_location(&place->ctx, media, where) == -ENOENT);
	context_clear(&place->ctx);
	assert_true(media_add_location(&place->ctx, media, "tape:") == -EINVAL);
	context_clear(&place->ctx);
	put(place->root, "drive", "");
	assert_true(media_add_location(&place->ctx, media, where) == -EMEDIUMTYPE);
	assert_non_null(strstr(context_detail(&place->ctx), "is empty: there is no recovery set on it"));
	context_clear(&place->ctx);
	capture_to(place, where, set_id);
	assert_int_equal(media_add_location(&place->ctx, media, where), 0);
	assert_int_equal(media_add_location(&place->ctx, media, where), 0);
	assert_int_equal(media->count, 1);
	assert_true(media->sets->usable);
	assert_string_equal(media->sets->location, where);
	assert_string_equal(media->sets->set_id, set_id);
	assert_string_equal(media->sets->label, "test");
	assert_string_equal(media->sets->sha256, "");
	assert_non_null(strstr(media->sets->medium, "the tape in the drive"));
	media_release(&place->ctx, media);
	/* The same set in a directory and on a tape is one set. */
	{
		AUTO_FREE char *copy = text_format("%s/copy", place->root);
		struct convert_result converted = { 0 };

		assert_int_equal(set_convert(&place->ctx, where, copy, &converted), 0);
		free(converted.set_id);
		assert_int_equal(media_add_location(&place->ctx, media, copy), 0);
		assert_int_equal(media_add_location(&place->ctx, media, where), 0);
		assert_int_equal(media->count, 1);
		assert_string_equal(media->sets->location, copy);
		assert_string_equal(media->sets->places[1], where);
		media_release(&place->ctx, media);
	}
	/* The label of another tape than the first: nobody is asked for that. */
	{
		struct tape_label label = { .number = 2, .block = TAPE_BLOCK, .series = "7f2b3c4d-0000-4000-8000-000000000001", .created = "2026-01-02T03:04:05Z" };
		struct drive *drive;

		assert_int_equal(drive_open(&place->ctx, NULL, path, &drive), 0);
		assert_int_equal(volume_write_label(&place->ctx, drive, &label), 0);
		drive_close(drive);
	}
	assert_int_equal(media_add_location(&place->ctx, media, where), -EMEDIUMTYPE);
	assert_non_null(strstr(context_detail(&place->ctx), "is number 2 of the recovery set, and number 1 is needed"));
	assert_int_equal(media->count, 0);
}

static void test_directory(void **state)
{
	struct place *place = *state;
	char set_id[37];
	AUTO_FREE char *set = make_set(place, "sets/first", set_id), *above = text_format("%s/sets", place->root);
	json_t *json;

	assert_int_equal(media_add_location(&place->ctx, &place->media, set), 0);
	assert_int_equal(place->media.count, 1);
	assert_string_equal(place->media.sets[0].set_id, set_id);
	assert_true(place->media.sets[0].usable);
	assert_int_equal(media_find(&place->media, set_id), 0);
	assert_int_equal(media_find(&place->media, "00000000-0000-0000-0000-000000000000"), -1);
	/* The same set by another way is no second one. */
	assert_int_equal(media_add_location(&place->ctx, &place->media, above), 0);
	assert_int_equal(place->media.count, 1);
	json = media_to_json(&place->media);
	assert_string_equal(json_string_value(json_object_get(json_array_get(json, 0), "label")), "test");
	assert_true(json_is_true(json_object_get(json_array_get(json, 0), "usable")));
	assert_true(json_is_null(json_object_get(json_array_get(json, 0), "reason")));
	json_decref(json);
}

static void test_same_set_in_two_places(void **state)
{
	struct place *place = *state;
	char set_id[37];
	AUTO_FREE char *set = make_set(place, "one/lifeboat", set_id), *copy = text_format("%s/two", place->root);
	AUTO_FREE char *one = text_format("%s/one", place->root), *from = text_format("%s/one", place->root);

	assert_int_equal(media_add_location(&place->ctx, &place->media, one), 0);
	assert_int_equal(rename(from, copy), 0);
	assert_int_equal(media_add_location(&place->ctx, &place->media, copy), 0);
	assert_int_equal(place->media.count, 1);
	assert_int_equal(strv_length(place->media.sets[0].places), 2);
	assert_string_equal(place->media.sets[0].places[0], set);
}

static void replace_in_manifest(const char *set, const char *from, const char *to)
{
	AUTO_FREE char *path = text_format("%s/lifeboat.json", set), *text = NULL;
	char sha256[DIGEST_HEX], *at, *closing;
	size_t length = 0;

	assert_int_equal(strlen(from), strlen(to));
	assert_int_equal(file_read(AT_FDCWD, path, 1 << 20, &text, &length), 0);
	at = strstr(text, from);
	closing = strstr(text, "  \"sha256\": \"");
	for (char *next = closing; (next = strstr(next + 1, "\n  \"sha256\": \""));)
		closing = next + 1;
	assert_non_null(at);
	memcpy(at, to, strlen(to));
	assert_int_equal(digest_buffer(text, (size_t)(closing - text), sha256), 0);
	memcpy(strchr(closing, ':') + 3, sha256, DIGEST_HEX - 1);
	assert_int_equal(file_replace(AT_FDCWD, path, text, length, 0644), 0);
}

/* An id is only what a set says of itself: a changed copy is another set. */
static void test_same_id_with_other_content(void **state)
{
	struct place *place = *state;
	char set_id[37];
	AUTO_FREE char *set = make_set(place, "one/lifeboat", set_id), *one = text_format("%s/one", place->root);
	AUTO_FREE char *two = text_format("%s/two", place->root);

	assert_int_equal(media_add_location(&place->ctx, &place->media, one), 0);
	assert_int_equal(rename(one, two), 0);
	free(set);
	set = text_format("%s/lifeboat", two);
	replace_in_manifest(set, "\"label\": \"test\"", "\"label\": \"tesT\"");
	assert_int_equal(media_add_location(&place->ctx, &place->media, two), 0);
	assert_int_equal(place->media.count, 2);
	assert_true(place->media.sets[1].usable);
	assert_string_equal(place->media.sets[1].set_id, set_id);
	assert_string_equal(place->media.sets[1].label, "tesT");
	assert_int_equal(media_find_same(&place->media, place->media.sets[1].sha256), 1);
}

static void test_broken_set_is_listed_with_the_reason(void **state)
{
	struct place *place = *state;

	put(place->root, "broken/lifeboat.json", "{}\n");
	put(place->root, "broken-too/lifeboat/lifeboat.json", "not a manifest");
	AUTO_FREE char *broken = text_format("%s/broken", place->root), *too = text_format("%s/broken-too", place->root);
	assert_int_equal(media_add_location(&place->ctx, &place->media, broken), 0);
	assert_int_equal(media_add_location(&place->ctx, &place->media, too), 0);
	assert_int_equal(place->media.count, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_false(place->media.sets[i].usable);
		assert_non_null(place->media.sets[i].reason);
	}
	assert_string_equal(context_detail(&place->ctx), "");
}

static void test_nothing_there(void **state)
{
	struct place *place = *state;
	AUTO_FREE char *missing = text_format("%s/missing", place->root);

	assert_int_equal(media_add_location(&place->ctx, &place->media, place->root), -ENOENT);
	assert_non_null(strstr(context_detail(&place->ctx), "There is no recovery set in"));
	context_clear(&place->ctx);
	assert_int_equal(media_add_location(&place->ctx, &place->media, missing), -ENOENT);
	assert_int_equal(place->media.count, 0);
}

static void test_where_this_version_does_not_read(void **state)
{
	static const char *const locations[] = { "FTP://host/set", "-", "ftp://user:geheim@host/set" };
	struct place *place = *state;

	for (size_t i = 0; i < ARRAY_LENGTH(locations); i++) {
		assert_int_equal(media_add_location(&place->ctx, &place->media, locations[i]), -EOPNOTSUPP);
		assert_non_null(strstr(context_detail(&place->ctx), "discs, disks, tapes, directories, and HTTP, S3, NFS, SMB and SSH servers"));
		assert_null(strstr(context_detail(&place->ctx), "geheim"));
		context_clear(&place->ctx);
	}
}

/* An image is read as a file alone, here or by the kernel's client of an NFS or SMB server; nobody is asked before that is said. */
static void test_images_on_servers(void **state)
{
	static const char *const locations[] = { "http://192.0.2.1/x.iso", "https://192.0.2.1/x.ISO", "ssh://192.0.2.1/x.iso", "s3://bucket/x.iso" };
	struct place *place = *state;

	for (size_t i = 0; i < ARRAY_LENGTH(locations); i++) {
		assert_int_equal(media_add_location(&place->ctx, &place->media, locations[i]), -EOPNOTSUPP);
		assert_non_null(strstr(context_detail(&place->ctx), "put the directory 'lifeboat' that is in the image on the server"));
		context_clear(&place->ctx);
	}
}

static void test_no_disks(void **state)
{
	struct place *place = *state;
	AUTO_FREE char *block = text_format("%s/sys/class/block", place->root);

	assert_int_equal(make_directories(block, 0755), 0);
	place->ctx.prefix = place->root;
	assert_int_equal(media_scan(&place->ctx, &place->media), 0);
	assert_int_equal(place->media.count, 0);
	assert_int_equal(media_add_location(&place->ctx, &place->media, "cdrom:"), -ENOENT);
	context_clear(&place->ctx);
	assert_int_equal(media_add_location(&place->ctx, &place->media, "12345678-1234-1234-1234-123456789abc"), -ENOENT);
}

/* What the rescue system was started from, and all that lies beneath it, is not touched. */
static void test_protected_disks(void **state)
{
	static const char *const devices[] = { "/dev/sr0", "/dev/sda1", "/dev/dm-0" }, *const disks[] = { "sr0", "sda", "sdb", "sdc" };
	struct place *place = *state;
	AUTO_FREE char *link = text_format("%s/sys/class/block/sda1", place->root);
	AUTO_STRV char **names = NULL, **none = NULL;

	put(place->root, "sys/devices/x/block/sda/sda1/partition", "1\n");
	put(place->root, "sys/class/block/dm-0/slaves/sdb/x", "");
	put(place->root, "sys/class/block/dm-0/slaves/sdc/x", "");
	assert_int_equal(symlink("../../devices/x/block/sda/sda1", link), 0);
	place->ctx.prefix = place->root;
	for (size_t i = 0; i < ARRAY_LENGTH(devices); i++)
		assert_int_equal(strv_append(&place->media.rescue_devices, devices[i]), 0);
	assert_int_equal(media_protected(&place->ctx, &place->media, NULL, &names), 0);
	assert_int_equal(strv_length(names), ARRAY_LENGTH(disks));
	for (size_t i = 0; i < ARRAY_LENGTH(disks); i++)
		assert_true(strv_contains(names, disks[i]));
	/* One of which nobody can tell protects nothing: that is said. */
	put(place->root, "sys/class/block/dm-1/slaves", "");
	assert_int_equal(strv_append(&place->media.rescue_devices, "/dev/dm-1"), 0);
	assert_int_equal(media_protected(&place->ctx, &place->media, NULL, &none), -ENOTDIR);
	assert_null(none);
	assert_non_null(strstr(context_detail(&place->ctx), "which disks dm-1 lies on cannot be told"));
	context_clear(&place->ctx);
}

static void test_mount_options_do_not_write(void **state)
{
	(void)state;
	assert_string_equal(mount_unreplayed_options("ext4"), "noload");
	assert_non_null(strstr(mount_unreplayed_options("xfs"), "norecovery"));
	assert_non_null(strstr(mount_unreplayed_options("btrfs"), "nologreplay"));
	assert_null(mount_unreplayed_options("iso9660"));
}

static int check_set(struct context *ctx, struct set *set, enum verify_depth depth)
{
	struct set_check *check = NULL;
	int r = set_check_start(ctx, set, depth, &check);

	if (r == 0)
		r = set_check_wait(ctx, check);
	assert_true(r == -ECANCELED || set_check_is_over(check));
	set_check_free(check);
	return r;
}

/* Every segment is read before anything is erased for it. */
static void test_whole_set_is_checked(void **state)
{
	struct place *place = *state;
	char set_id[37], byte;
	AUTO_FREE char *path = make_set(place, "set", set_id);
	AUTO_SET struct set *set = NULL;
	AUTO_FREE char *segment = NULL;
	const struct manifest *manifest;
	int fd;

	assert_int_equal(set_open(&place->ctx, path, &set), 0);
	assert_int_equal(check_set(&place->ctx, set, VERIFY_FULL), 0);
	assert_int_equal(check_set(&place->ctx, set, VERIFY_DIGEST), 0);
	manifest = set_manifest(set);
	segment = text_format("%s/%s", path, segment_name(manifest->segments + manifest->segment_count - 1).text);
	fd = open(segment, O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(pread(fd, &byte, 1, 40), 1);
	byte ^= 4;
	assert_int_equal(pwrite(fd, &byte, 1, 40), 1);
	close(fd);
	assert_int_equal(check_set(&place->ctx, set, VERIFY_DIGEST), -EBADMSG);
	context_clear(&place->ctx);
	assert_int_equal(check_set(&place->ctx, set, VERIFY_FULL), -EBADMSG);
	assert_non_null(strstr(context_detail(&place->ctx), segment_name(manifest->segments + manifest->segment_count - 1).text));
	context_clear(&place->ctx);
	context_cancel(&place->ctx);
	assert_int_equal(check_set(&place->ctx, set, VERIFY_FULL), -ECANCELED);
}

/* What is copied into memory is the set, and only a set that is whole is. */
static void test_copy(void **state)
{
	struct place *place = *state;
	char set_id[37], byte;
	AUTO_FREE char *path = make_set(place, "set", set_id), *copy = text_format("%s/memory/set", place->root), *segment = NULL;
	AUTO_SET struct set *set = NULL, *copied = NULL;
	int fd;

	assert_int_equal(set_open(&place->ctx, path, &set), 0);
	assert_true(memory_set_size(set) > set_manifest(set)->index_stored + set_manifest(set)->table_stored);
	if (memory_copy_set(&place->ctx, set, copy) < 0)
		fail_msg("%s", context_detail(&place->ctx));
	assert_int_equal(set_open(&place->ctx, copy, &copied), 0);
	assert_string_equal(set_manifest(copied)->sha256, set_manifest(set)->sha256);
	assert_int_equal(check_set(&place->ctx, copied, VERIFY_FULL), 0);
	assert_int_equal(run_simple(&place->ctx, "diff", "-r", path, copy, (char *)NULL), 0);
	assert_int_equal(run_simple(&place->ctx, "rm", "-r", copy, (char *)NULL), 0);
	segment = text_format("%s/%s", path, segment_name(set_manifest(set)->segments).text);
	fd = open(segment, O_RDWR | O_CLOEXEC);
	assert_int_equal(pread(fd, &byte, 1, 40), 1);
	byte ^= 4;
	assert_int_equal(pwrite(fd, &byte, 1, 40), 1);
	close(fd);
	assert_int_equal(memory_copy_set(&place->ctx, set, copy), -EBADMSG);
	assert_int_equal(access(copy, F_OK), -1);
}

static void test_kernel_of_a_local_system(void **state)
{
	static const char text[] =
		"set default=0\n# linux /boot/comment\nmenuentry 'Debian' {\n\tinsmod gzio\n"
		"\tlinux\t/boot/vmlinuz-6.1.0-1-amd64 root=UUID=abc ro  quiet $vt_handoff\n"
		"\tinitrd\t/boot/initrd.img-6.1.0-1-amd64\n}\n"
		"menuentry 'old' {\n\tlinux /boot/vmlinuz-5 root=/dev/sda1\n\tinitrd /boot/initrd.img-5\n}\n";
	struct local_kernel kernel;

	(void)state;
	assert_int_equal(local_boot_parse(text, &kernel), 0);
	assert_string_equal(kernel.kernel, "vmlinuz-6.1.0-1-amd64");
	assert_string_equal(kernel.initrd, "initrd.img-6.1.0-1-amd64");
	assert_string_equal(kernel.arguments, "root=UUID=abc ro quiet");
	local_kernel_done(&kernel);
	/* /boot is a filesystem of its own; there is no initrd. */
	assert_int_equal(local_boot_parse("linux /vmlinuz root=/dev/vda2\nmenuentry x\nlinux /other\ninitrd /late\n", &kernel), 0);
	assert_string_equal(kernel.kernel, "vmlinuz");
	assert_null(kernel.initrd);
	local_kernel_done(&kernel);
	assert_int_equal(local_boot_parse("menuentry 'Windows' {\nchainloader +1\n}\nlinuxefi\n", &kernel), -ENOENT);
	assert_int_equal(local_boot_parse("", &kernel), -ENOENT);
}

static void test_links_do_not_lead_out(void **state)
{
	struct place *place = *state;
	AUTO_FREE char *link = text_format("%s/boot", place->root), *outside = text_format("%s/out", place->root);
	AUTO_CLOSE int root_fd = open(place->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	AUTO_CLOSE int inside = -1;

	put(place->root, "inside/file", "mine");
	assert_int_equal(symlink("/inside", link), 0);
	assert_int_equal(symlink("../../../../../../etc", outside), 0);
	inside = root_open(root_fd, "boot/file", O_RDONLY, 0);
	assert_true(inside >= 0);
	assert_int_equal(root_open(root_fd, "out/passwd", O_RDONLY, 0), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_directory, setup, teardown),
		cmocka_unit_test_setup_teardown(test_same_set_in_two_places, setup, teardown),
		cmocka_unit_test_setup_teardown(test_tape, setup, teardown),
		cmocka_unit_test_setup_teardown(test_same_id_with_other_content, setup, teardown),
		cmocka_unit_test_setup_teardown(test_broken_set_is_listed_with_the_reason, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nothing_there, setup, teardown),
		cmocka_unit_test_setup_teardown(test_where_this_version_does_not_read, setup, teardown), cmocka_unit_test_setup_teardown(test_images_on_servers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_disks, setup, teardown),
		cmocka_unit_test_setup_teardown(test_protected_disks, setup, teardown),
		cmocka_unit_test(test_mount_options_do_not_write),
		cmocka_unit_test_setup_teardown(test_whole_set_is_checked, setup, teardown),
		cmocka_unit_test_setup_teardown(test_copy, setup, teardown),
		cmocka_unit_test(test_kernel_of_a_local_system),
		cmocka_unit_test_setup_teardown(test_links_do_not_lead_out, setup, teardown),
	};

	return cmocka_run_group_tests_name("media", tests, NULL, NULL);
}
