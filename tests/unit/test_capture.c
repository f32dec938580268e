/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Capture without root: choices of mounts and patterns, pieces, hard links whose first name goes, cancel, what stays after failures. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <linux/magic.h>
#include <cmocka.h>

#include "../../backend/capture/capture.h"
#include "../../backend/capture/exclude.h"
#include "../../backend/capture/listing.h"
#include "../../backend/capture/automounts.h"
#include "../../backend/capture/entry_metadata.h"
#include "../../backend/capture/metadata.h"
#include "../../backend/capture/parts.h"
#include "../../backend/capture/report.h"
#include "../../backend/capture/segment_writer.h"
#include "../../backend/capture/swap_files.h"
#include "../../backend/core/file.h"
#include "../../backend/core/run.h"
#include "../../backend/devices/mount_picture.h"
#include "../../backend/set/index.h"
#include "../../backend/set/set.h"
#include "../../backend/set/verify.h"
#include "../../backend/sink/names.h"

struct fixture {
	char *directory;
	char *root, *output;
	struct context ctx;
	const char *gone;        /* removed when the walk meets the output directory */
	const char *replaced;    /* another file gets its name there */
	bool cancel;             /* cancelled there */
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	char template[] = "/tmp/lifeboat-test-XXXXXX";

	context_init(&f->ctx);
	f->directory = strdup(mkdtemp(template));
	f->root = text_format("%s/root", f->directory);
	f->output = text_format("%s/root/sub/set", f->directory);
	assert_int_equal(mkdir(f->root, 0755), 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	context_clear(&f->ctx);
	atomic_store(&f->ctx.cancelled, false);
	run_simple(&f->ctx, "rm", "-rf", f->directory, NULL);
	free(f->directory);
	free(f->root);
	free(f->output);
	context_done(&f->ctx);
	free(f);
	return 0;
}

static void make_file(struct fixture *f, const char *name, const void *data, size_t length)
{
	AUTO_FREE char *path = text_format("%s/%s", f->root, name);

	assert_int_equal(file_replace(AT_FDCWD, path, data, length, 0644), 0);
}

static void make_directory(struct fixture *f, const char *name)
{
	AUTO_FREE char *path = text_format("%s/%s", f->root, name);

	assert_int_equal(mkdir(path, 0755), 0);
}

static void make_link(struct fixture *f, const char *from, const char *to)
{
	AUTO_FREE char *source = text_format("%s/%s", f->root, from), *path = text_format("%s/%s", f->root, to);

	assert_int_equal(link(source, path), 0);
}

static void test_patterns(void **state)
{
	static const struct {
		const char *pattern, *path;
		bool matches;
	} cases[] = {
		{ "*.log", "var/log/x.log", true }, { "*.log", "x.log", true }, { "*.log", "x.log/y", false }, { "/x", "x", true },
		{ "/x", "a/x", false }, { "/var/*", "var/a", true }, { "/var/*", "var/a/b", false }, { "/var/*", "var", false },
		{ "log/x", "var/log/x", true }, { "log/x", "var/blog/x", false }, { "\xff*", "a/\xff\xfe", true }, { "[", "a", false },
		{ ".*", ".hidden", true }, { "*", "anything", true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		char *patterns[] = { (char *)"no match", (char *)cases[i].pattern, NULL };

		if (exclude_match(patterns, cases[i].path) != (cases[i].matches ? 1 : -1))
			fail_msg("%s: %s", cases[i].pattern, cases[i].path);
	}
	assert_int_equal(exclude_match(NULL, "a"), -1);
}

/* Puts TEXT below the fixture's directory as a file of /proc, and makes the context read there. */
static void make_proc(struct fixture *f, const char *name, const char *text)
{
	AUTO_FREE char *path = text_format("%s/proc/%s", f->directory, name), *parent = strdup(path);

	*strrchr(parent, '/') = '\0';
	assert_int_equal(make_directories(parent, 0755), 0);
	assert_int_equal(file_replace(AT_FDCWD, path, text, strlen(text), 0644), 0);
	f->ctx.prefix = f->directory;
}

static void test_swap_files(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *text = text_format("Filename\tType\tSize\tUsed\tPriority\n%s/root/swap\\040file\tfile\t1\t0\t-2\n"
					   "%s/root/new\\040(deleted)\tfile\t1\t0\t-4\n/dev/none partition 1 0 -3\n",
					   f->directory, f->directory);
	AUTO_FREE char *path = text_format("%s/swap file", f->root), *new_path = text_format("%s/new", f->root);
	AUTO_CLOSE int fd = open(f->root, O_RDONLY | O_DIRECTORY);
	AUTO_MOUNT_TREE struct mount_tree *tree = NULL;
	struct swap_files *swaps = NULL;
	struct volumes *volumes = NULL;
	struct stat swap, root, new;

	make_file(f, "swap file", "x", 1);
	/* It has the name that a swap file in use had before it was deleted. */
	make_file(f, "new", "x", 1);
	make_proc(f, "self/mountinfo", "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 0:9 / /net rw - nfs server:/ rw\n");
	make_proc(f, "swaps", text);
	assert_int_equal(mount_tree_read(&f->ctx, f->root, &tree), 0);
	assert_int_equal(volumes_open(&f->ctx, tree, fd, &volumes), 0);
	assert_int_equal(stat(path, &swap), 0);
	assert_int_equal(stat(f->root, &root), 0);
	assert_int_equal(stat(new_path, &new), 0);
	assert_int_equal(swap_files_read(&f->ctx, tree, volumes, &swaps), 0);
	assert_true(swap_files_contain(swaps, &swap));
	assert_false(swap_files_contain(swaps, &root));
	assert_false(swap_files_contain(swaps, &new));
	swap_files_free(swaps);
	volumes_free(volumes);
}

/* The output directory is met in the middle of the walk, before any file was read. */
static void meet_output(void *data, json_t *event)
{
	struct fixture *f = data;
	const char *text = json_string_value(json_object_get(event, "text"));

	if (!text || !strstr(text, "the recovery set itself"))
		return;
	if (f->gone) {
		AUTO_FREE char *path = text_format("%s/%s", f->root, f->gone);

		unlink(path);
	}
	if (f->replaced)
		make_file(f, f->replaced, "another", 7);
	if (f->cancel)
		context_cancel(&f->ctx);
}

static int run_capture(struct fixture *f, const struct capture_options *more, struct capture_result *result)
{
	struct capture_options options = *more;

	options.output = f->output;
	options.root = f->root;
	f->ctx.listener = meet_output;
	f->ctx.listener_data = f;
	return capture_run(&f->ctx, &options, result);
}

static void verify_output(struct fixture *f, uint64_t files)
{
	AUTO_SET struct set *set = NULL;
	struct verify_result result;

	if (set_open(&f->ctx, f->output, &set) < 0 || set_verify(&f->ctx, set, NULL, &result) < 0)
		fail_msg("%s", context_detail(&f->ctx));
	assert_int_equal(result.files, files);
}

/* The row of PATH; a test that asks for one that is not there fails. */
static void find_row(struct fixture *f, const char *path, struct index_row *row)
{
	AUTO_SET struct set *set = NULL;
	AUTO_INDEX struct index_reader *index = NULL;

	assert_int_equal(set_open(&f->ctx, f->output, &set), 0);
	assert_int_equal(index_open(&f->ctx, set, &index), 0);
	while (index_read(&f->ctx, index, row) == 1)
		if (!strcmp(row->path, path))
			return;
	fail_msg("%s is not in the set", path);
}

static void test_plain_tree(void **state)
{
	struct fixture *f = *state;
	struct capture_result result;
	struct index_row row = { 0 };
	char digest[DIGEST_HEX];

	make_directory(f, "sub");
	make_file(f, "file", "content", 7);
	make_file(f, "sub/other", "", 0);
	make_link(f, "file", "sub/linked");
	assert_int_equal(run_capture(f, &(struct capture_options){ .label = "label" }, &result), 0);
	assert_int_equal(result.files, 5);
	assert_int_equal(result.bytes, 7);
	assert_int_equal(result.changed + result.unreadable, 0);
	verify_output(f, 5);
	find_row(f, "file", &row);
	digest_buffer("content", 7, digest);
	assert_string_equal(row.sha256, digest);
	find_row(f, "sub/linked", &row);
	assert_string_equal(row.hard_link, "file");
	index_row_done(&row);
}

/* Directories continue in further segments, each parent before what lies in it; numbers that were set aside in vain are empty segments. */
static void test_segments_of_directories(void **state)
{
	struct fixture *f = *state;
	struct capture_result result;
	struct index_row row = { 0 };
	AUTO_SET struct set *set = NULL;
	size_t directories = 0, used = 0;
	char path[64] = "d";

	make_directory(f, "sub");
	for (size_t i = 0; i < 12; i++, strcat(path, "/d"))
		make_directory(f, path);
	make_file(f, "d/d/d/file", "content", 7);
	assert_int_equal(run_capture(f, &(struct capture_options){ .directories_bytes = 4096 }, &result), 0);
	verify_output(f, 15);
	find_row(f, "d/d/d/d/d/d/d/d/d/d/d/d", &row);
	assert_true(row.first_segment > 0 && row.first_segment == row.last_segment);
	find_row(f, "d/d/d/file", &row);
	assert_int_equal(set_open(&f->ctx, f->output, &set), 0);
	for (size_t i = 0; i < set_manifest(set)->segment_count; i++) {
		directories += set_manifest(set)->segments[i].kind == SEGMENT_DIRECTORIES;
		used += set_manifest(set)->segments[i].kind == SEGMENT_DIRECTORIES && set_manifest(set)->segments[i].entries;
	}
	assert_true(used > 1 && used <= directories && row.first_segment == directories);
	index_row_done(&row);
}

/* What no reader takes is refused when it would be written, not when all is captured. */
static void test_writer_limits(void **state)
{
	struct fixture *f = *state;
	struct capture_options options = { 0 };
	struct capture_result result = { 0 };
	struct manifest manifest = { 0 };
	struct capture capture = { .ctx = &f->ctx, .options = &options, .manifest = &manifest, .result = &result, .level = 1 };
	struct segment_writer *writer = segment_writer_new(&capture);

	pthread_mutex_init(&capture.lock, NULL);
	assert_int_equal(capture_exclude(&capture, "first", "reason"), 0);
	manifest.lost_count = EXCLUDED_LIMIT - 1;
	assert_int_equal(capture_exclude(&capture, "too many", "reason"), -EFBIG);
	assert_non_null(strstr(context_detail(&f->ctx), "exclude the directory they lie in"));
	context_clear(&f->ctx);
	manifest.lost_count = 0;
	capture.lines_length = EXCLUDED_TEXT_LIMIT - 10;
	assert_int_equal(capture_exclude(&capture, "too long", "reason"), -EFBIG);
	context_clear(&f->ctx);
	assert_int_equal(segment_begin(writer, SEGMENTS_LIMIT, SEGMENT_FILES), -EFBIG);
	assert_non_null(strstr(context_detail(&f->ctx), "--segment-size"));
	context_clear(&f->ctx);
	strv_free(manifest.excluded);
	segment_writer_free(writer);
	pthread_mutex_destroy(&capture.lock);
}

static void test_pieces(void **state)
{
	struct fixture *f = *state;
	const size_t length = 1000000;
	AUTO_FREE char *data = malloc(length);
	struct capture_result result;
	struct index_row row = { 0 };
	char digest[DIGEST_HEX];

	for (size_t i = 0; i < length; i++)
		data[i] = (char)(i * 2654435761u >> 13);
	make_directory(f, "sub");
	make_file(f, "large", data, length);
	make_file(f, "small", data, 100);
	assert_int_equal(run_capture(f, &(struct capture_options){ .segment_bytes = 65536, .workers = 4 }, &result), 0);
	verify_output(f, 4);
	find_row(f, "large", &row);
	digest_buffer(data, length, digest);
	assert_string_equal(row.sha256, digest);
	assert_int_equal(row.last_segment - row.first_segment + 1, 16);
	index_row_done(&row);
}

/* Of a tree that lies in another system nothing is told by that system's files, wherever links lead. */
static void test_absolute_links(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *link = text_format("%s/etc/os-release", f->root);
	AUTO_SET struct set *set = NULL;
	struct capture_result result;

	make_directory(f, "sub");
	make_directory(f, "etc");
	make_file(f, "etc/lifeboat-test-release", "PRETTY_NAME=\"Inside\"\n", 21);
	assert_int_equal(symlink("/etc/lifeboat-test-release", link), 0);
	assert_int_equal(run_capture(f, &(struct capture_options){ 0 }, &result), 0);
	assert_int_equal(set_open(&f->ctx, f->output, &set), 0);
	assert_string_equal(set_manifest(set)->machine.os, "Inside");
}

/* The first name vanishes between walk and reading: the next name carries the content. */
static void test_first_name_goes(void **state)
{
	struct fixture *f = *state;
	struct capture_result result;
	struct index_row row = { 0 };

	make_directory(f, "sub");
	make_directory(f, "sub/x");
	make_file(f, "first", "content", 7);
	make_link(f, "first", "sub/x/second");
	make_link(f, "first", "sub/x/third");
	make_file(f, "vanishes", "x", 1);
	f->gone = "first";
	assert_int_equal(run_capture(f, &(struct capture_options){ 0 }, &result), 0);
	assert_int_equal(result.changed, 1);
	verify_output(f, 6);
	find_row(f, "sub/x/second", &row);
	if (row.hard_link)
		assert_string_equal(row.hard_link, "sub/x/third");
	else
		assert_int_equal(row.size, 7);
	index_row_done(&row);
}

/* Another file gets the first name between walk and reading: the additional names stay names of the former. */
static void test_first_name_is_replaced(void **state)
{
	struct fixture *f = *state;
	struct capture_result result;
	struct index_row row = { 0 };
	char former[DIGEST_HEX], another[DIGEST_HEX];
	bool second_is_link;

	make_directory(f, "sub");
	make_directory(f, "sub/x");
	make_file(f, "first", "content", 7);
	make_link(f, "first", "sub/x/second");
	make_link(f, "first", "sub/x/third");
	f->replaced = "first";
	digest_buffer("content", 7, former);
	digest_buffer("another", 7, another);
	assert_int_equal(run_capture(f, &(struct capture_options){ 0 }, &result), 0);
	verify_output(f, 6);
	find_row(f, "first", &row);
	assert_string_equal(row.sha256, another);
	find_row(f, "sub/x/second", &row);
	second_is_link = row.hard_link;
	assert_string_equal(second_is_link ? row.hard_link : row.sha256, second_is_link ? "sub/x/third" : former);
	find_row(f, "sub/x/third", &row);
	assert_string_equal(second_is_link ? row.sha256 : row.hard_link, second_is_link ? former : "sub/x/second");
	index_row_done(&row);
}

/* A name that is removed and created again while a directory is read may be given twice. */
static void test_doubled_names(void **state)
{
	static const struct {
		const char *name;
		ino_t inode;
	} given[] = { { "b", 9 }, { "a", 7 }, { "state", 3 }, { "c", 5 }, { "state", 8 }, { "state", 3 } };
	struct listed_name *names = calloc(ARRAY_LENGTH(given), sizeof(*names));
	size_t count, states = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(given); i++)
		names[i] = (struct listed_name){ strdup(given[i].name), given[i].inode };
	count = listed_names_order(names, ARRAY_LENGTH(given));
	assert_int_equal(count, 4);
	for (size_t i = 0; i < count; i++) {
		states += !strcmp(names[i].name, "state");
		assert_true(i == 0 || names[i - 1].inode < names[i].inode);
	}
	assert_int_equal(states, 1);
	assert_int_equal(listed_names_order(names, 0), 0);
	listed_names_free(names, count);
}

/* What cannot be read is not "none": only where the filesystem has no such thing. */
static void test_unreadable_attributes(void **state)
{
	struct pax_entry entry = { .path = (char *)"x" };
	unsigned long flags = 1;
	int pipes[2];

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(metadata_flags(pipes[0], &flags), 0);
	assert_int_equal(flags, 0);
	close(pipes[0]);
	close(pipes[1]);
	assert_int_equal(metadata_flags(pipes[0], &flags), -EBADF);
	assert_int_equal(metadata_xattrs(pipes[0], NULL, &entry), -EBADF);
}

static long pretended_type; /* 0: what the kernel says */

/* In the place of the library's. */
int fstatfs(int fd, struct statfs *status)
{
	int r = (int)syscall(SYS_fstatfs, fd, status);

	if (pretended_type)
		status->f_type = pretended_type;
	return r;
}

/* With a policy of SELinux the kernel lists a label of each file on FAT, which cannot be restored there. */
static void test_attributes_of_fat(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *path = text_format("%s/labelled", f->directory);
	AUTO_CLOSE int fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	struct pax_entry fat = { 0 }, other = { 0 };

	assert_true(fd >= 0);
	if (fsetxattr(fd, "user.label", "x", 1, 0) < 0)
		skip();
	pretended_type = MSDOS_SUPER_MAGIC;
	assert_int_equal(metadata_xattrs(fd, NULL, &fat), 0);
	pretended_type = 0;
	assert_int_equal(fat.xattr_count, 0);
	assert_int_equal(metadata_xattrs(fd, NULL, &other), 0);
	assert_int_equal(other.xattr_count, 1);
	pax_entry_done(&other);
}

/* A reader refuses the id that is none: it must not get into a set. */
static void test_owner_of_nobody(void **state)
{
	struct fixture *f = *state;
	struct capture_result result = { 0 };
	struct capture capture = { .ctx = &f->ctx, .result = &result, .manifest = calloc(1, sizeof(struct manifest)) };
	const struct stat st = { .st_mode = S_IFREG | 0644, .st_uid = (uid_t)-1, .st_gid = 7 };
	struct pax_entry entry = { .path = (char *)"odd" };

	pthread_mutex_init(&capture.lock, NULL);
	assert_int_equal(entry_take_stat(&capture, &st, &entry), 0);
	assert_int_equal(entry.uid, 65534);
	assert_int_equal(entry.gid, 7);
	assert_int_equal(result.unreadable, 1);
	assert_non_null(strstr(capture.manifest->lost[0], "/odd: its owner or group is 4294967295"));
	capture_reports_free(&capture);
	manifest_free(capture.manifest);
	pthread_mutex_destroy(&capture.lock);
}

static void test_automount_names(void **state)
{
	static const struct {
		const char *path, *unit;
	} names[] = { { "efi", "efi.mount" }, { "boot/efi", "boot-efi.mount" }, { "mnt/a-b c", "mnt-a\\x2db\\x20c.mount" },
		      { ".hidden/.x", "\\x2ehidden-.x.mount" }, { "\xff", "\\xff.mount" } };
	static const char *const local[] = { "UUID=1", "LABEL=x", "PARTUUID=2", "PARTLABEL=EFI System", "/dev/sda1" };
	static const char *const remote[] = { "server:/x", "//server/share", "tmpfs", "", "/srv/image", "none" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
		AUTO_FREE char *name = automount_unit_name(names[i].path);

		assert_string_equal(name, names[i].unit);
	}
	for (size_t i = 0; i < ARRAY_LENGTH(local); i++)
		assert_true(automount_is_local(local[i]));
	for (size_t i = 0; i < ARRAY_LENGTH(remote); i++)
		assert_false(automount_is_local(remote[i]));
}

static void test_cancel_leaves_nothing(void **state)
{
	struct fixture *f = *state;
	struct capture_result result;
	struct stat st;

	make_directory(f, "sub");
	make_file(f, "file", "content", 7);
	f->cancel = true;
	assert_int_equal(run_capture(f, &(struct capture_options){ 0 }, &result), -ECANCELED);
	assert_int_equal(stat(f->output, &st), -1);
	assert_int_equal(errno, ENOENT);
}

static void test_refusals(void **state)
{
	struct fixture *f = *state;
	struct capture_result result;
	struct stat st;

	make_directory(f, "sub");
	make_directory(f, ".lifeboat-pieces");
	assert_int_equal(run_capture(f, &(struct capture_options){ 0 }, &result), -EEXIST);
	assert_int_equal(stat(f->output, &st), -1);
	context_clear(&f->ctx);
	assert_int_equal(run_capture(f, &(struct capture_options){ .level = 99 }, &result), -EINVAL);
	context_clear(&f->ctx);
	make_directory(f, "sub/set");
	make_file(f, "sub/set/mine", "x", 1);
	assert_int_equal(run_capture(f, &(struct capture_options){ 0 }, &result), -ENOTEMPTY);
	assert_non_null(strstr(context_detail(&f->ctx), f->output));
	free(f->root);
	f->root = strdup("/nonexistent");
	context_clear(&f->ctx);
	assert_int_equal(run_capture(f, &(struct capture_options){ 0 }, &result), -ENOENT);
}

/* A set of a million segments is cleared like a smaller one. */
static void test_names_of_segments(void **state)
{
	static const char *const good[] = { "000000.tar.zst", "999999.tar.zst", "1000000.tar.zst", "4294967295.tar.zst" };
	static const char *const bad[] = { "00000.tar.zst", "0000001.tar.zst", "12345678901.tar.zst", "000000.tar", "000000.tar.zst.part", "x00000.tar.zst", "" };

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		assert_true(name_is_segment(good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_false(name_is_segment(bad[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_of_segments),
		cmocka_unit_test(test_patterns),
		cmocka_unit_test_setup_teardown(test_swap_files, setup, teardown),
		cmocka_unit_test_setup_teardown(test_plain_tree, setup, teardown),
		cmocka_unit_test_setup_teardown(test_segments_of_directories, setup, teardown),
		cmocka_unit_test_setup_teardown(test_writer_limits, setup, teardown),
		cmocka_unit_test_setup_teardown(test_pieces, setup, teardown),
		cmocka_unit_test_setup_teardown(test_absolute_links, setup, teardown),
		cmocka_unit_test_setup_teardown(test_first_name_goes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_first_name_is_replaced, setup, teardown),
		cmocka_unit_test(test_doubled_names),
		cmocka_unit_test(test_unreadable_attributes),
		cmocka_unit_test_setup_teardown(test_attributes_of_fat, setup, teardown),
		cmocka_unit_test_setup_teardown(test_owner_of_nobody, setup, teardown),
		cmocka_unit_test(test_automount_names),
		cmocka_unit_test_setup_teardown(test_cancel_leaves_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refusals, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
