/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The boot archive's contents and writing: merged names, order, the same bytes each time, errors that name what failed; and the
 * way of the output file into its place. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <archive.h>
#include <archive_entry.h>
#include <cmocka.h>
#define ZSTD_STATIC_LINKING_ONLY /* for the header of a frame */
#include <zstd.h>

#include "../../backend/core/bytes.h"
#include "../../backend/core/file.h"
#include "../../backend/image/contents.h"
#include "../../backend/image/grafts.h"
#include "../../backend/image/output.h"

struct place {
	struct context ctx;
	char *directory;         /* fresh */
	struct contents *contents;
};

static int set_up(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	context_init(&place->ctx);
	assert_int_equal(work_directory(&place->ctx, &place->directory), 0);
	place->contents = contents_new();
	*state = place;
	return 0;
}

static int tear_down(void **state)
{
	struct place *place = *state;

	contents_free(place->contents);
	work_done(&place->directory);
	context_done(&place->ctx);
	free(place);
	return 0;
}

static char *put(struct place *place, const char *name, const char *text)
{
	char *path = text_format("%s/%s", place->directory, name);

	assert_int_equal(file_replace(AT_FDCWD, path, text, strlen(text), 0751), 0);
	return path;
}

static char *write_archive(struct place *place, const char *name)
{
	char *path = text_format("%s/%s", place->directory, name);
	AUTO_CLOSE int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	struct contents_totals totals;
	struct stat st;
	int r = contents_write(&place->ctx, place->contents, fd, &totals);

	if (r < 0)
		fail_msg("%s", context_detail(&place->ctx));
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, totals.compressed);
	return path;
}

static void test_merged(void **state)
{
	static const char *const pairs[][2] = {
		{ "/bin/sh", "/usr/bin/sh" }, { "/sbin/init", "/usr/sbin/init" }, { "/lib/x/y", "/usr/lib/x/y" },
		{ "/lib64/ld.so", "/usr/lib64/ld.so" }, { "/usr/bin/sh", "/usr/bin/sh" }, { "/bin", "/bin" },
		{ "/library/x", "/library/x" }, { "/etc/passwd", "/etc/passwd" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(pairs); i++) {
		AUTO_FREE char *merged = contents_merged(pairs[i][0]);

		assert_string_equal(merged, pairs[i][1]);
	}
}

struct expected {
	const char *path;
	mode_t mode;
	const char *text;        /* content, or target of the link; NULL: neither */
};

static void check_next(struct archive *archive, const struct expected *expected)
{
	struct archive_entry *entry;

	assert_int_equal(archive_read_next_header(archive, &entry), ARCHIVE_OK);
	assert_string_equal(archive_entry_pathname(entry), expected->path);
	assert_int_equal(archive_entry_mode(entry), expected->mode);
	assert_int_equal(archive_entry_uid(entry), 0);
	assert_int_equal(archive_entry_mtime(entry), 0);
	if (S_ISLNK(expected->mode)) {
		assert_string_equal(archive_entry_symlink(entry), expected->text);
	} else if (S_ISREG(expected->mode)) {
		char data[64];
		la_ssize_t length = archive_read_data(archive, data, sizeof(data));

		assert_int_equal(length, strlen(expected->text));
		assert_memory_equal(data, expected->text, length);
	} else if (S_ISCHR(expected->mode)) {
		assert_int_equal(archive_entry_rdevmajor(entry), 5);
		assert_int_equal(archive_entry_rdevminor(entry), 1);
	}
}

static void test_archive(void **state)
{
	static const struct expected all[] = {
		{ "bin", S_IFLNK | 0777, "usr/bin" }, { "dev", S_IFDIR | 0755, NULL }, { "dev/console", S_IFCHR | 0600, NULL },
		{ "etc", S_IFDIR | 0755, NULL }, { "etc/motd", S_IFREG | 0644, "hello" }, { "tmp", S_IFDIR | 01777, NULL },
		{ "usr", S_IFDIR | 0755, NULL }, { "usr/bin", S_IFDIR | 0755, NULL }, { "usr/bin/tool", S_IFREG | 0700, "#!" },
	};
	struct place *place = *state;
	AUTO_FREE char *source = put(place, "source", "#!"), *path = NULL;
	struct archive *archive = archive_read_new();
	struct archive_entry *entry;

	assert_int_equal(contents_file(place->contents, "/bin/tool", 0700, source), 0);
	assert_int_equal(contents_text(place->contents, "/etc/motd", 0644, "hello"), 0);
	assert_int_equal(contents_directory(place->contents, "/tmp", 01777), 0);
	assert_int_equal(contents_character_device(place->contents, "/dev/console", 0600, 5, 1), 0);
	assert_int_equal(contents_link(place->contents, "/bin", "usr/bin"), 0);
	/* What is there stays. */
	assert_int_equal(contents_text(place->contents, "/usr/bin/tool", 0644, "other"), 0);
	assert_true(contents_has(place->contents, "/bin/tool"));
	assert_false(contents_has(place->contents, "/bin/other"));
	assert_int_equal(contents_bytes(place->contents), 2);
	path = write_archive(place, "archive");
	archive_read_support_format_cpio(archive);
	archive_read_support_filter_zstd(archive);
	assert_int_equal(archive_read_open_filename(archive, path, 65536), ARCHIVE_OK);
	for (size_t i = 0; i < ARRAY_LENGTH(all); i++)
		check_next(archive, &all[i]);
	assert_int_equal(archive_read_next_header(archive, &entry), ARCHIVE_EOF);
	archive_read_free(archive);
}

/* The same contents, added in another order and from other files, give the same bytes: one frame that the kernel can unpack. */
static void test_same_bytes(void **state)
{
	struct place *place = *state, other = { .directory = place->directory, .contents = contents_new() };
	AUTO_FREE char *a = put(place, "a", "text"), *b = put(place, "b", "text"), *first = NULL, *second = NULL, *one = NULL, *two = NULL;
	ZSTD_frameHeader header;
	size_t length = 0, other_length = 0;

	context_init(&other.ctx);
	contents_file(place->contents, "/x/one", 0600, a);
	contents_link(place->contents, "/x/two", "one");
	contents_link(other.contents, "/x/two", "one");
	contents_file(other.contents, "/x/one", 0600, b);
	first = write_archive(place, "first");
	second = write_archive(&other, "second");
	assert_int_equal(file_read(AT_FDCWD, first, 1 << 20, &one, &length), 0);
	assert_int_equal(file_read(AT_FDCWD, second, 1 << 20, &two, &other_length), 0);
	assert_int_equal(length, other_length);
	assert_memory_equal(one, two, length);
	assert_int_equal(ZSTD_findFrameCompressedSize(one, length), length);
	assert_int_equal(ZSTD_getFrameHeader(&header, one, length), 0);
	assert_true(header.windowSize <= 128u << 20);
	contents_free(other.contents);
	context_done(&other.ctx);
}

static void test_full_disk(void **state)
{
	struct place *place = *state;
	AUTO_CLOSE int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

	contents_text(place->contents, "/etc/motd", 0644, "hello");
	assert_int_equal(contents_write(&place->ctx, place->contents, fd, NULL), -ENOSPC);
	assert_non_null(strstr(context_detail(&place->ctx), "No space left"));
}

static void test_file_is_gone(void **state)
{
	struct place *place = *state;
	AUTO_FREE char *source = put(place, "source", "x");
	AUTO_CLOSE int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);

	contents_file(place->contents, "/etc/motd", 0644, source);
	assert_int_equal(unlink(source), 0);
	assert_int_equal(contents_write(&place->ctx, place->contents, fd, NULL), -ENOENT);
	assert_non_null(strstr(context_detail(&place->ctx), source));
}

static void test_cancel(void **state)
{
	struct place *place = *state;
	AUTO_FREE char *source = put(place, "source", "x");
	AUTO_CLOSE int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);

	contents_file(place->contents, "/etc/motd", 0644, source);
	context_cancel(&place->ctx);
	assert_int_equal(contents_write(&place->ctx, place->contents, fd, NULL), -ECANCELED);
}

/* Files of the machine come under their own names; links end at what they stand for. */
static void test_take(void **state)
{
	struct place *place = *state;
	AUTO_FREE char *source = put(place, "source", "x"), *link = text_format("%s/link", place->directory);
	AUTO_FREE char *missing = text_format("%s/missing", place->directory), *real = NULL;

	assert_int_equal(symlink("source", link), 0);
	assert_int_equal(contents_take(&place->ctx, place->contents, link, &real), 0);
	assert_string_equal(real, source);
	assert_true(contents_has(place->contents, link));
	assert_true(contents_has(place->contents, source));
	assert_int_equal(contents_take(&place->ctx, place->contents, missing, NULL), -ENOENT);
	assert_string_equal(context_detail(&place->ctx), "");
	assert_int_equal(contents_take(&place->ctx, place->contents, place->directory, NULL), -EINVAL);
}

static void test_output(void **state)
{
	struct place *place = *state;
	AUTO_FREE char *path = put(place, "out", "old"), *text = NULL, *folder = text_format("%s/", place->directory);
	struct output output = OUTPUT_NONE;
	struct stat st;

	umask(022);
	/* Given up: the old file stays and nothing lies beside it. */
	assert_int_equal(output_open(&place->ctx, path, false, &output), 0);
	assert_int_equal(write_all(output.fd, "new", 3), 0);
	text = strdup(output.temporary);
	output_done(&output);
	assert_int_equal(access(text, F_OK), -1);
	free(text);
	assert_int_equal(file_read(AT_FDCWD, path, 10, &text, NULL), 0);
	assert_string_equal(text, "old");
	free(text);
	/* Committed. */
	assert_int_equal(output_open(&place->ctx, path, false, &output), 0);
	assert_int_equal(write_all(output.fd, "new", 3), 0);
	assert_int_equal(output_commit(&place->ctx, &output), 0);
	output_done(&output);
	assert_int_equal(file_read(AT_FDCWD, path, 10, &text, NULL), 0);
	assert_string_equal(text, "new");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0644);
	assert_int_equal(output_open(&place->ctx, path, true, &output), 0);
	assert_int_equal(fstat(output.fd, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	output_done(&output);
	/* No file to write. */
	assert_int_equal(output_open(&place->ctx, "/dev/null", false, &output), -EINVAL);
	assert_int_equal(output_open(&place->ctx, folder, false, &output), -EISDIR);
	assert_int_equal(output_open(&place->ctx, "", false, &output), -EISDIR);
	assert_int_equal(output_open(&place->ctx, "/nonexistent/x", false, &output), -ENOENT);
}

static void test_grafts(void **state)
{
	struct place *place = *state;
	AUTO_FREE char *odd = put(place, "a=b\\c", "12345"), *broken = put(place, "a\nb", "x");
	AUTO_FREE char *expected = text_format("/x=%s/a\\=b\\\\c\n/y=", place->directory);
	struct grafts grafts = { 0 };

	assert_int_equal(grafts_add(&place->ctx, &grafts, "/x", odd), 0);
	assert_int_equal(grafts_add_text(&place->ctx, &grafts, place->directory, "/y", "abc", NULL), 0);
	assert_int_equal(grafts.bytes, 8);
	assert_memory_equal(grafts.paths.data, expected, strlen(expected));
	/* Earlier files are heavier: they come first on the medium. */
	assert_memory_equal(grafts.weights.data, "500000000 /x\n499999999 /y\n", grafts.weights.length);
	assert_int_equal(grafts_add(&place->ctx, &grafts, "/z", broken), -EINVAL);
	assert_int_equal(grafts_add(&place->ctx, &grafts, "/z", "/nonexistent"), -ENOENT);
	grafts_done(&grafts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_merged),
		cmocka_unit_test_setup_teardown(test_archive, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_same_bytes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_full_disk, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_file_is_gone, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_cancel, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_take, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_output, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_grafts, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("image_archive", tests, NULL, NULL);
}
