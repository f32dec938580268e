/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sets and their index: members are found, bounded and checked wherever the set lies; nothing damaged is handed out. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <archive.h>
#include <archive_entry.h>
#include <cmocka.h>
#include <zstd.h>

#include "../../backend/core/file.h"
#include "../../backend/core/run.h"
#include "../../backend/set/content.h"
#include "../../backend/set/discs.h"
#include "../../backend/set/index.h"
#include "../../backend/set/segment_reader.h"
#include "../../backend/set/segment_table.h"
#include "../../backend/set/set.h"

#define SEGMENTS 3

struct fixture {
	char *directory;         /* fresh; holds the set */
	struct manifest *manifest;
	struct context ctx;
};

static int to_buffer(void *data, const void *bytes, size_t length)
{
	return buffer_append(data, bytes, length);
}

static void write_member(struct fixture *f, const char *name, const void *data, size_t length)
{
	AUTO_FREE char *path = text_format("%s/%s", f->directory, name);

	assert_int_equal(file_replace(AT_FDCWD, path, data, length, 0644), 0);
}

/* A segment of one file. */
static void make_segment(struct fixture *f, size_t number)
{
	AUTO_FREE char *path = text_format("file%zu", number), *content = malloc(30000);
	struct pax_entry entry = { .path = path, .mode = S_IFREG | 0644, .size = 30000 };
	struct segment *segment = &f->manifest->segments[number];
	AUTO_BUFFER struct buffer tar = { 0 };
	struct pax_writer *writer = pax_writer_new(to_buffer, &tar);
	size_t bound, n;
	ZSTD_CCtx *zstd = ZSTD_createCCtx();
	char *stored, sha256[DIGEST_HEX];

	for (size_t i = 0; i < 30000; i++)
		content[i] = (char)(i * i >> 3);
	assert_int_equal(pax_write_header(writer, &entry), 0);
	assert_int_equal(pax_write_data(writer, content, 30000), 0);
	assert_int_equal(pax_write_end(writer), 0);
	assert_int_equal(pax_write_close(writer), 0);
	pax_writer_free(writer);
	bound = ZSTD_compressBound(tar.length);
	stored = malloc(bound);
	ZSTD_CCtx_setParameter(zstd, ZSTD_c_checksumFlag, 1);
	n = ZSTD_compress2(zstd, stored, bound, tar.data, tar.length);
	ZSTD_freeCCtx(zstd);
	*segment = (struct segment){ .number = (uint32_t)number, .kind = (enum segment_kind)number, .bytes = tar.length,
				     .stored = (uint32_t)n, .entries = 1 };
	digest_buffer(stored, n, sha256);
	assert_true(digest_parse(sha256, segment->sha256));
	write_member(f, segment_name(segment).text, stored, n);
	free(stored);
}

static struct index_row row_of(size_t number, char *path)
{
	struct index_row row = { .path = path, .mode = S_IFREG | 0644, .size = 30000, .data = 30000, .first_segment = (uint32_t)number,
				 .last_segment = (uint32_t)number };

	memset(row.sha256, 'a', DIGEST_HEX - 1);
	return row;
}

/* Writes index.zst with the lines (NULL: proper rows of all segments), behind them frames without rows, and the manifest. */
static void finish_set_with(struct fixture *f, const char *lines, size_t empty_frames)
{
	AUTO_BUFFER struct buffer stored = { 0 }, table = { 0 };
	struct lines_writer *writer = lines_writer_new(to_buffer, &stored);
	AUTO_FREE char *text = NULL;
	size_t length;

	if (lines)
		assert_int_equal(lines_write(writer, lines, strlen(lines)), 0);
	for (size_t i = 0; i < SEGMENTS && !lines; i++) {
		AUTO_FREE char *path = text_format("file%zu", i);
		struct index_row row = row_of(i, path);

		if (i == 0)
			row = (struct index_row){ .path = ".", .mode = S_IFDIR | 0755 };
		assert_int_equal(index_write(writer, &row), 0);
	}
	assert_int_equal(lines_writer_finish(writer), 0);
	lines_writer_free(writer);
	for (size_t i = 0; i < empty_frames; i++) {
		char frame[32];

		assert_int_equal(buffer_append(&stored, frame, ZSTD_compress(frame, sizeof(frame), "", 0, 1)), 0);
	}
	f->manifest->index_stored = stored.length;
	digest_buffer(stored.data, stored.length, f->manifest->index_sha256);
	write_member(f, INDEX_NAME, stored.data, stored.length);
	assert_int_equal(segment_table_write(f->manifest, to_buffer, &table), 0);
	write_member(f, SEGMENT_TABLE_NAME, table.data, table.length);
	text = manifest_print(f->manifest, &length);
	write_member(f, MANIFEST_NAME, text, length);
}

static void finish_set(struct fixture *f, const char *lines)
{
	finish_set_with(f, lines, 0);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	char template[] = "/tmp/lifeboat-test-XXXXXX";
	AUTO_FREE char *segments = NULL;

	context_init(&f->ctx);
	f->directory = strdup(mkdtemp(template));
	segments = text_format("%s/segments", f->directory);
	assert_int_equal(mkdir(segments, 0755), 0);
	f->manifest = calloc(1, sizeof(*f->manifest));
	f->manifest->set_id = strdup("01234567-89ab-cdef-0123-456789abcdef");
	f->manifest->created = strdup("2026-01-02T03:04:05Z");
	f->manifest->tool = strdup("test");
	f->manifest->machine.firmware = strdup("bios");
	f->manifest->machine.loader = strdup("none");
	f->manifest->layout = layout_new();
	f->manifest->total_files = SEGMENTS;
	f->manifest->total_bytes = SEGMENTS * 30000;
	f->manifest->segments = calloc(SEGMENTS, sizeof(*f->manifest->segments));
	f->manifest->segment_count = SEGMENTS;
	for (size_t i = 0; i < SEGMENTS; i++)
		make_segment(f, i);
	finish_set(f, NULL);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	run_simple(&f->ctx, "rm", "-rf", f->directory, NULL);
	free(f->directory);
	manifest_free(f->manifest);
	context_done(&f->ctx);
	free(f);
	return 0;
}

/* Reads a segment to its end: number of entries, or -errno. DATA is taken over. */
static int count_entries(struct fixture *f, const struct segment *segment, void *data)
{
	struct segment_reader *reader = segment_reader_new();
	struct pax_entry entry = { 0 };
	int count = 0, r = segment_reader_start(&f->ctx, reader, segment, data);

	while (r >= 0 && (r = segment_read(&f->ctx, reader, &entry)) == 1)
		count++;
	pax_entry_done(&entry);
	segment_reader_free(reader);
	return r < 0 ? r : count;
}

static void check_whole_set(struct fixture *f, const char *location)
{
	static const size_t order[] = { 0, 1, 2, 1, 0, 2, 2 };
	AUTO_SET struct set *set = NULL;
	AUTO_INDEX struct index_reader *index = NULL;
	struct index_row row = { 0 };
	unsigned rows = 0;

	if (set_open(&f->ctx, location, &set) < 0)
		fail_msg("%s", context_detail(&f->ctx));
	assert_string_equal(set_location(set), location);
	for (size_t i = 0; i < ARRAY_LENGTH(order); i++) {
		const struct segment *segment = &set_manifest(set)->segments[order[i]];
		void *data = NULL;

		if (set_segment_load(&f->ctx, set, segment, &data) < 0)
			fail_msg("%s", context_detail(&f->ctx));
		assert_int_equal(count_entries(f, segment, data), 1);
	}
	assert_int_equal(index_open(&f->ctx, set, &index), 0);
	while (index_read(&f->ctx, index, &row) == 1)
		assert_int_equal(row.first_segment, rows++);
	assert_int_equal(rows, SEGMENTS);
	assert_string_equal(context_detail(&f->ctx), "");
}

static void test_directory(void **state)
{
	struct fixture *f = *state;

	check_whole_set(f, f->directory);
}

static void test_folder_lifeboat(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *outer = text_format("%s/outer", f->directory), *inner = text_format("%s/lifeboat", outer);

	assert_int_equal(mkdir(outer, 0755), 0);
	assert_int_equal(symlink(f->directory, inner), 0);
	check_whole_set(f, outer);
}

static void test_nothing_there(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *empty = text_format("%s/segments", f->directory), *none = text_format("%s/none", f->directory);
	AUTO_FREE char *file = text_format("%s/" INDEX_NAME, f->directory);
	struct set *set = NULL;

	assert_int_equal(set_open(&f->ctx, empty, &set), -ENOENT);
	assert_non_null(strstr(context_detail(&f->ctx), empty));
	context_clear(&f->ctx);
	assert_int_equal(set_open(&f->ctx, none, &set), -ENOENT);
	context_clear(&f->ctx);
	assert_true(set_open(&f->ctx, file, &set) < 0);
	assert_non_null(strstr(context_detail(&f->ctx), file));
	assert_null(set);
}

/* Damages segment 1 by the function; loading it must fail with a sentence that names it and holds WORD. */
static void check_damage(struct fixture *f, void (*damage)(const char *path, const char *other), const char *word)
{
	AUTO_FREE char *path = text_format("%s/segments/000001.tar.zst", f->directory);
	AUTO_FREE char *other = text_format("%s/segments/000002.tar.zst", f->directory);
	AUTO_SET struct set *set = NULL;
	void *data = NULL;

	damage(path, other);
	assert_int_equal(set_open(&f->ctx, f->directory, &set), 0);
	assert_int_equal(set_segment_load(&f->ctx, set, &set_manifest(set)->segments[0], &data), 0);
	free(data);
	data = NULL;
	assert_int_equal(set_segment_load(&f->ctx, set, &set_manifest(set)->segments[1], &data), -EBADMSG);
	assert_null(data);
	assert_non_null(strstr(context_detail(&f->ctx), "segments/000001.tar.zst"));
	if (!strstr(context_detail(&f->ctx), word))
		fail_msg("%s", context_detail(&f->ctx));
}

static void flip(const char *path, const char *other)
{
	int fd = open(path, O_RDWR);
	char c;

	(void)other;
	assert_int_equal(pread(fd, &c, 1, 50), 1);
	c ^= 16;
	assert_int_equal(pwrite(fd, &c, 1, 50), 1);
	close(fd);
}

static void cut(const char *path, const char *other)
{
	struct stat st;

	(void)other;
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(truncate(path, st.st_size - 1), 0);
}

static void grow(const char *path, const char *other)
{
	int fd = open(path, O_WRONLY | O_APPEND);

	(void)other;
	assert_int_equal(write(fd, "x", 1), 1);
	close(fd);
}

static void lose(const char *path, const char *other)
{
	(void)other;
	assert_int_equal(unlink(path), 0);
}

static void swap(const char *path, const char *other)
{
	assert_int_equal(rename(other, path), 0);
}

static void put_fifo(const char *path, const char *other)
{
	(void)other;
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
}

static void test_flipped_bit(void **state)
{
	check_damage(*state, flip, "damaged");
}

static void test_short(void **state)
{
	check_damage(*state, cut, "short");
}

static void test_long(void **state)
{
	check_damage(*state, grow, "long");
}

static void test_missing(void **state)
{
	check_damage(*state, lose, "missing");
}

static void test_swapped(void **state)
{
	check_damage(*state, swap, "");
}

static void test_fifo_in_place(void **state)
{
	check_damage(*state, put_fifo, "no regular file");
}

/* Reads segment 1 as if the manifest said so of its lengths and entries; must be refused with SENTENCE in what is said. */
static void check_lie(struct fixture *f, struct set *set, int64_t bytes, int64_t stored, int64_t entries, const char *sentence)
{
	struct segment segment = set_manifest(set)->segments[1];
	void *data = NULL;

	assert_int_equal(set_segment_load(&f->ctx, set, &segment, &data), 0);
	segment.bytes += (uint64_t)bytes;
	segment.stored += (uint64_t)stored;
	segment.entries += (uint64_t)entries;
	assert_int_equal(count_entries(f, &segment, data), -EBADMSG);
	if (!strstr(context_detail(&f->ctx), sentence))
		fail_msg("%s", context_detail(&f->ctx));
	context_clear(&f->ctx);
}

/* The manifest lies about the tar stream: never more is handed out, less is noticed. */
static void test_stream_length(void **state)
{
	struct fixture *f = *state;
	AUTO_SET struct set *set = NULL;

	assert_int_equal(set_open(&f->ctx, f->directory, &set), 0);
	check_lie(f, set, -512, 0, 0, "segment segments/000001.tar.zst is damaged: it holds more than the manifest says");
	check_lie(f, set, 512, 0, 0, "is damaged: it holds");
	check_lie(f, set, 0, -3, 0, "is damaged: its compressed data end too early");
	check_lie(f, set, 0, 0, 1, "is damaged: it holds 1 entries where the manifest says 2");
}

static void test_index_round_trip(void **state)
{
	struct fixture *f = *state;
	struct index_xattr xattrs[] = { { "security.a\"b\\c=%", "" }, { "user.\xff\n", "" } };
	char digest[DIGEST_HEX];
	struct index_row root = { .path = ".", .mode = S_IFDIR | 0755 }, rows[] = {
		{ .path = "a\n\"\\\xff%41", .mode = S_IFREG | 07755, .uid = 4294967294U, .gid = 3, .mtime = { -5, 999999999 },
		  .size = 1ULL << 62, .data = 5, .flags = 0x30, .hints = { 0x800, 4096, 0, 1 }, .changed = true, .xattrs = xattrs, .xattr_count = 2,
		  .last_segment = 2 },
		{ .path = "l", .mode = S_IFLNK | 0777, .link = "../x\t", .first_segment = 2, .last_segment = 2 },
		{ .path = "dev", .mode = S_IFBLK | 0600, .device = makedev(259, 1048575), .first_segment = 2, .last_segment = 2 },
	};
	AUTO_SET struct set *set = NULL;
	AUTO_INDEX struct index_reader *index = NULL;
	AUTO_BUFFER struct buffer lines = { 0 };
	struct index_row read = { 0 };

	digest_buffer("x", 1, digest);
	memcpy(rows[0].sha256, digest, DIGEST_HEX);
	memcpy(xattrs[0].sha256, digest, DIGEST_HEX);
	memcpy(xattrs[1].sha256, digest, DIGEST_HEX);
	assert_int_equal(index_row_print(&lines, &root), 0);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(index_row_print(&lines, &rows[i]), 0);
	f->manifest->total_files = 4;
	f->manifest->segments[0].entries = 2;
	finish_set(f, lines.data);
	assert_int_equal(set_open(&f->ctx, f->directory, &set), 0);
	assert_int_equal(index_open(&f->ctx, set, &index), 0);
	assert_int_equal(index_read(&f->ctx, index, &read), 1);
	for (size_t i = 0; i < 3; i++) {
		AUTO_BUFFER struct buffer again = { 0 }, once = { 0 };

		if (index_read(&f->ctx, index, &read) != 1)
			fail_msg("%s", context_detail(&f->ctx));
		assert_int_equal(index_row_print(&again, &read), 0);
		assert_int_equal(index_row_print(&once, &rows[i]), 0);
		assert_string_equal(again.data, once.data);
		assert_string_equal(read.path, rows[i].path);
	}
	assert_int_equal(index_read(&f->ctx, index, &read), 0);
}

/* Frames may hold no row: whoever waits for the next one can still be stopped. */
static void test_index_of_empty_frames(void **state)
{
	struct fixture *f = *state;

	/* More of them than are read at once. */
	finish_set_with(f, NULL, 100000);
	for (int cancelled = 0; cancelled < 2; cancelled++) {
		AUTO_SET struct set *set = NULL;
		AUTO_INDEX struct index_reader *index = NULL;
		struct index_row row = { 0 };

		assert_int_equal(set_open(&f->ctx, f->directory, &set), 0);
		assert_int_equal(index_open(&f->ctx, set, &index), 0);
		for (size_t i = 0; i < SEGMENTS; i++)
			assert_int_equal(index_read(&f->ctx, index, &row), 1);
		if (cancelled)
			context_cancel(&f->ctx);
		assert_int_equal(index_read(&f->ctx, index, &row), cancelled ? -ECANCELED : 0);
		index_row_done(&row);
	}
}

/* A row of TYPE at PATH. */
#define ROW(path, type) "{\"path\":\"" path "\",\"type\":\"" type "\",\"mode\":\"0755\",\"uid\":0,\"gid\":0,\"mtime\":[1,2],\"segments\":[0]}\n"
#define ROOT ROW(".", "directory")
#define GOOD_HEAD "{\"path\":\"a\",\"type\":\"directory\",\"mode\":\"0755\",\"uid\":0,\"gid\":0,\"mtime\":[1,2]"
/* A file of five bytes, with MORE. */
#define FILE(more) \
	"{\"path\":\"f\",\"type\":\"file\",\"mode\":\"0644\",\"uid\":0,\"gid\":0,\"mtime\":[1,2],\"size\":5,\"sha256\":" \
	"\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"" more ",\"segments\":[0]}\n"
#define GOOD GOOD_HEAD ",\"segments\":[0]}\n"

static int read_lines(struct fixture *f, const char *lines)
{
	AUTO_SET struct set *set = NULL;
	AUTO_INDEX struct index_reader *index = NULL;
	struct index_row row = { 0 };
	int r;

	finish_set(f, lines);
	context_clear(&f->ctx);
	assert_int_equal(set_open(&f->ctx, f->directory, &set), 0);
	r = index_open(&f->ctx, set, &index);
	while (r >= 0 && (r = index_read(&f->ctx, index, &row)) == 1)
		continue;
	return r;
}

static void test_index_refuses(void **state)
{
	static const char *const bad[] = {
		"", ROOT, ROOT ROOT GOOD GOOD, ROOT GOOD "{}\n", ROOT GOOD "x\n", ROOT GOOD "\n", ROOT GOOD GOOD_HEAD,
		ROOT GOOD GOOD_HEAD ",\"segments\":[0]}", ROOT GOOD GOOD_HEAD ",\"segments\":[3]}\n",
		ROOT GOOD GOOD_HEAD ",\"segments\":[]}\n", ROOT GOOD GOOD_HEAD ",\"segments\":[1,1]}\n",
		ROOT GOOD GOOD_HEAD ",\"segments\":[1,0]}\n", ROOT GOOD GOOD_HEAD ",\"segments\":[0,1,2]}\n",
		ROOT GOOD GOOD_HEAD ",\"segments\":[-1]}\n", ROOT GOOD GOOD_HEAD ",\"later\":1,\"segments\":[0]}\n",
		ROOT GOOD GOOD_HEAD ",\"size\":1,\"segments\":[0]}\n", ROOT GOOD GOOD_HEAD ",\"link\":\"x\",\"segments\":[0]}\n",
		ROOT GOOD GOOD_HEAD ",\"hard_link\":\"x\",\"segments\":[0]}\n",
		ROOT GOOD GOOD_HEAD ",\"device\":\"1:1\",\"segments\":[0]}\n", ROOT GOOD GOOD_HEAD ",\"flags\":\"q\",\"segments\":[0]}\n",
		ROOT GOOD "{\"path\":\"a\",\"type\":\"directory\",\"mode\":\"0755\",\"uid\":4294967295,\"gid\":0,\"mtime\":[1,2],\"segments\":[0]}\n",
		ROOT GOOD "{\"path\":\"a\",\"type\":\"directory\",\"mode\":\"0755\",\"uid\":0,\"gid\":4294967295,\"mtime\":[1,2],\"segments\":[0]}\n",
		ROOT GOOD "{\"path\":\"a\",\"type\":\"directory\",\"mode\":\"0755\",\"uid\":0,\"gid\":0,\"mtime\":[1,2,3],\"segments\":[0]}\n",
		ROOT GOOD "{\"path\":\"a\",\"path\":\"b\",\"type\":\"directory\",\"mode\":\"0755\",\"uid\":0,\"gid\":0,\"mtime\":[1,2],\"segments\":[0]}\n",
		ROOT GOOD "{\"path\":\"/a\",\"type\":\"directory\",\"mode\":\"0755\",\"uid\":0,\"gid\":0,\"mtime\":[1,2],\"segments\":[0]}\n",
		ROOT GOOD "{\"path\":\"%2e%2E\",\"type\":\"directory\",\"mode\":\"0755\",\"uid\":0,\"gid\":0,\"mtime\":[1,2],\"segments\":[0]}\n",
		ROOT GOOD "{\"path\":\"a%00\",\"type\":\"directory\",\"mode\":\"0755\",\"uid\":0,\"gid\":0,\"mtime\":[1,2],\"segments\":[0]}\n",
		ROOT GOOD "{\"path\":\"a\",\"type\":\"directory\",\"mode\":\"0855\",\"uid\":0,\"gid\":0,\"mtime\":[1,2],\"segments\":[0]}\n",
		ROOT GOOD "{\"path\":\"a\",\"type\":\"file\",\"mode\":\"0755\",\"uid\":0,\"gid\":0,\"mtime\":[1,2],\"size\":1,\"segments\":[0]}\n",
		ROOT GOOD "{\"path\":\"a\",\"type\":\"door\",\"mode\":\"0755\",\"uid\":0,\"gid\":0,\"mtime\":[1,2],\"segments\":[0]}\n",
		ROOT GOOD GOOD_HEAD ",\"flags\":\"010\",\"segments\":[0]}\n", ROOT GOOD GOOD_HEAD ",\"flags\":\"0\",\"segments\":[0]}\n",
		ROOT GOOD GOOD_HEAD ",\"xattrs\":{},\"segments\":[0]}\n", ROOT GOOD GOOD_HEAD ",\"changed\":false,\"segments\":[0]}\n",
		ROOT GOOD "{\"path\":\"a\",\"type\":\"directory\",\"mode\":\"755\",\"uid\":0,\"gid\":0,\"mtime\":[1,2],\"segments\":[0]}\n",
		ROOT GOOD FILE(",\"data\":5"), ROOT GOOD FILE(",\"data\":6"),
		ROOT GOOD ROW("dev", "fifo\",\"flags\":\"10"), ROOT GOOD ROW("dev", "fifo\",\"hints\":\"0 0 0 1"),
		ROOT GOOD ROW("d", "block\",\"device\":\"4096:1"), ROOT GOOD ROW("d", "block\",\"device\":\"1:1048576"),
		ROOT GOOD ROW("d", "directory\",\"hints\":\"800 4096 0 0"), ROOT GOOD ROW("d", "directory\",\"hints\":\"0 4096 0 0"),
		ROOT GOOD "{\"path\":\"a\",\"type\":\"fifo\",\"mode\":\"0755\",\"uid\":-1,\"gid\":0,\"mtime\":[1,2],\"segments\":[0]}\n",
		ROOT GOOD "{\"path\":\"a\",\"type\":\"fifo\",\"mode\":\"0755\",\"uid\":0,\"gid\":0,\"mtime\":[1,1000000000],\"segments\":[0]}\n",
	};
	struct fixture *f = *state;

	assert_int_equal(read_lines(f, ROOT GOOD GOOD), 0);
	assert_int_equal(read_lines(f, ROOT GOOD FILE(",\"data\":4")), 0);
	for (size_t i = 0; i < ARRAY_LENGTH(bad); i++)
		if (read_lines(f, bad[i]) != -EBADMSG || !*context_detail(&f->ctx))
			fail_msg("accepted: %s", bad[i]);
}

/* What stands where, docs/set-format.md: every reader refuses it. */
static void test_index_places(void **state)
{
	static const struct {
		const char *rows, *sentence;
	} cases[] = {
		{ GOOD GOOD GOOD, "its first row is not the directory '.'" },
		{ ROW(".", "fifo") GOOD GOOD, "its first row is not the directory '.'" },
		{ GOOD ROOT GOOD, "its first row is not the directory '.'" },
		{ ROOT GOOD ROOT, "'.' twice" },
		{ ROOT ROW(".lifeboat-pieces", "directory") GOOD, ".lifeboat-pieces is only for pieces" },
		{ ROOT GOOD ROW(".lifeboat-pieces", "fifo"), ".lifeboat-pieces is only for pieces" },
		{ ROOT GOOD ROW(".lifeboat-pieces/0/x", "fifo"), ".lifeboat-pieces is only for pieces" },
		{ ROOT GOOD ROW(".lifeboat-unmounted", "fifo"), ".lifeboat-unmounted and what lies directly in it" },
		{ ROOT ROW(".lifeboat-unmounted", "directory") ROW(".lifeboat-unmounted/a", "socket"),
		  ".lifeboat-unmounted and what lies directly in it" },
		{ ROOT ROW(".lifeboat-images", "directory") GOOD, "no part of an image of the layout" },
		{ ROOT GOOD ROW(".lifeboat-images/a", "fifo"), "no part of an image of the layout" },
		{ "", "it is empty" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
		if (read_lines(f, cases[i].rows) != -EBADMSG || !strstr(context_detail(&f->ctx), cases[i].sentence))
			fail_msg("%zu: %s", i, context_detail(&f->ctx));
	assert_int_equal(read_lines(f, ROOT ROW(".lifeboat-unmounted", "directory") ROW(".lifeboat-unmounted/a", "directory")), 0);
	assert_int_equal(read_lines(f, ROOT ROW(".lifeboat-unmountedx", "fifo") ROW(".lifeboat-pieces2", "fifo")), 0);
}

/* Writes an ISO image with all members in FOLDER, as libarchive does it. */
static void make_image(struct fixture *f, const char *image, const char *folder)
{
	static const char *const names[] = { MANIFEST_NAME, SEGMENT_TABLE_NAME, "segments/000000.tar.zst", "segments/000001.tar.zst",
					     "segments/000002.tar.zst", INDEX_NAME };
	struct archive *a = archive_write_new();

	archive_write_set_format_iso9660(a);
	assert_int_equal(archive_write_open_filename(a, image), ARCHIVE_OK);
	for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
		AUTO_FREE char *from = text_format("%s/%s", f->directory, names[i]), *to = text_format("%s%s", folder, names[i]);
		AUTO_FREE char *data = NULL;
		struct archive_entry *entry = archive_entry_new();
		size_t length;

		assert_int_equal(file_read(AT_FDCWD, from, 1 << 20, &data, &length), 0);
		archive_entry_set_pathname(entry, to);
		archive_entry_set_filetype(entry, AE_IFREG);
		archive_entry_set_perm(entry, 0644);
		archive_entry_set_size(entry, (la_int64_t)length);
		assert_int_equal(archive_write_header(a, entry), ARCHIVE_OK);
		assert_int_equal(archive_write_data(a, data, length), (la_ssize_t)length);
		archive_entry_free(entry);
	}
	assert_int_equal(archive_write_free(a), ARCHIVE_OK);
}

static void test_image(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *image = text_format("%s/set.iso", f->directory);

	make_image(f, image, "lifeboat/");
	check_whole_set(f, image);
	make_image(f, image, "");
	check_whole_set(f, image);
}

static void test_image_damage(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *image = text_format("%s/set.iso", f->directory), *lost = text_format("%s/lost.iso", f->directory);
	AUTO_SET struct set *set = NULL;
	struct set *none = NULL;
	AUTO_FREE char *segment = NULL, *bytes = NULL, *whole = NULL;
	size_t length, whole_length;
	void *data = NULL;
	char *at;

	f->manifest->segments[2].sha256[0] ^= 1;
	finish_set(f, NULL);
	make_image(f, image, "lifeboat/");
	make_image(f, lost, "elsewhere/");
	assert_int_equal(set_open(&f->ctx, image, &set), 0);
	assert_int_equal(set_segment_load(&f->ctx, set, &set_manifest(set)->segments[2], &data), -EBADMSG);
	assert_non_null(strstr(context_detail(&f->ctx), "damaged"));
	context_clear(&f->ctx);
	assert_int_equal(set_open(&f->ctx, lost, &none), -ENOENT);
	context_clear(&f->ctx);
	/* An image that was cut short in the middle of segment 1. */
	segment = text_format("%s/segments/000001.tar.zst", f->directory);
	assert_int_equal(file_read(AT_FDCWD, segment, 1 << 20, &bytes, &length), 0);
	assert_int_equal(file_read(AT_FDCWD, image, 1 << 22, &whole, &whole_length), 0);
	at = memmem(whole, whole_length, bytes, length);
	assert_non_null(at);
	assert_int_equal(truncate(image, at - whole + 100), 0);
	assert_int_equal(set_open(&f->ctx, image, &none), 0);
	assert_true(set_segment_load(&f->ctx, none, &set_manifest(none)->segments[1], &data) < 0);
	assert_non_null(strstr(context_detail(&f->ctx), "segments/000001.tar.zst cannot be read"));
	context_clear(&f->ctx);
	/* What lies behind the cut is not even there to be looked at. */
	assert_int_equal(set_segment_load(&f->ctx, none, &set_manifest(none)->segments[2], &data), -EBADMSG);
	assert_non_null(strstr(context_detail(&f->ctx), "is damaged or cut short"));
	assert_null(data);
	set_close(none);
}

/* The digest of a content does not depend on where its holes were seen. */
static void test_content_digest(void **state)
{
	static const uint64_t sizes[] = { 0, 1, 10, 300000, 5000000, (5ULL << 30) + 17 };
	AUTO_FREE char *zeros = calloc(1, 3 << 20);
	char plain[DIGEST_HEX], a[DIGEST_HEX], b[DIGEST_HEX];

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(sizes); i++) {
		AUTO_CONTENT_DIGEST struct content_digest *x = content_digest_new(sizes[i], 0), *y = content_digest_new(sizes[i], 0);
		uint64_t late = sizes[i] > 4000000 ? sizes[i] - 5 : 0;

		if (sizes[i] >= 10) {
			content_digest_update(x, 5, "abc", 3);
			content_digest_update(y, 0, zeros, 5);
			content_digest_update(y, 5, "a", 1);
			content_digest_update(y, 6, "bc", 2);
		}
		if (late) {
			content_digest_update(y, 8, zeros, 3 << 20);
			content_digest_update(y, late - 7, zeros, 7);
			content_digest_update(y, late, "end", 3);
			content_digest_update(x, late, "end\0\0", 5);
		}
		content_digest_finish(x, a);
		content_digest_finish(y, b);
		assert_string_equal(a, b);
		/* A plain SHA-256 below the limit. */
		if (sizes[i] == 10) {
			digest_buffer("\0\0\0\0\0abc\0\0", 10, plain);
			assert_string_equal(a, plain);
		}
	}
}

/* ---- on several discs ---- */

struct spread_set {
	struct fixture *f;
	char *one, *two, *away;  /* directories of the discs, and of what was taken out */
	unsigned asked;
	bool refuses;
};

static void copy_member(struct fixture *f, const char *name, const char *directory)
{
	AUTO_FREE char *from = text_format("%s/%s", f->directory, name), *to = text_format("%s/%s", directory, name);

	assert_int_equal(run_simple(&f->ctx, "install", "-D", "-m", "644", from, to, NULL), 0);
}

static void write_disc(struct fixture *f, struct discs *discs, uint32_t number, const char *directory)
{
	AUTO_FREE char *path = text_format("%s/" VOLUME_NAME, directory), *text = NULL;
	const struct disc *disc = &discs->list[number - 1];

	copy_member(f, MANIFEST_NAME, directory);
	copy_member(f, SEGMENT_TABLE_NAME, directory);
	if (number == 1)
		copy_member(f, INDEX_NAME, directory);
	for (uint32_t i = disc->first; i < disc->first + disc->count; i++)
		copy_member(f, segment_name(&f->manifest->segments[i]).text, directory);
	discs->number = number;
	text = discs_print(discs);
	assert_non_null(text);
	assert_int_equal(file_replace(AT_FDCWD, path, text, strlen(text), 0644), 0);
}

/* Segment 0 on the first disc, the others on the second. */
static void spread(struct fixture *f, struct spread_set *ret)
{
	struct disc list[] = { { "ONE", 0, 1 }, { "TWO", 1, SEGMENTS - 1 } };
	struct discs discs = { .set_id = f->manifest->set_id, .count = 2, .list = list };
	struct set *whole = NULL;

	*ret = (struct spread_set){ .f = f, .one = text_format("%s/disc-1", f->directory), .two = text_format("%s/disc-2", f->directory),
				    .away = text_format("%s/away", f->directory) };
	assert_int_equal(set_open(&f->ctx, f->directory, &whole), 0);
	assert_null(set_discs(whole));
	memcpy(discs.sha256, set_manifest(whole)->sha256, DIGEST_HEX);
	set_close(whole);
	write_disc(f, &discs, 1, ret->one);
	write_disc(f, &discs, 2, ret->two);
	assert_int_equal(mkdir(ret->away, 0755), 0);
}

static void spread_done(struct spread_set *set)
{
	free(set->one);
	free(set->two);
	free(set->away);
}

static void move_all(struct fixture *f, const char *from, const char *to)
{
	AUTO_FREE char *segments = text_format("%s/segments", from), *manifest = text_format("%s/" MANIFEST_NAME, from);
	AUTO_FREE char *volume = text_format("%s/" VOLUME_NAME, from), *table = text_format("%s/" SEGMENT_TABLE_NAME, from);

	assert_int_equal(run_simple(&f->ctx, "mv", segments, manifest, volume, table, to, NULL), 0);
}

/* Who is asked puts back what was taken out. */
static int put_back(void *data, struct context *ctx, const struct discs *discs, uint32_t number, char **ret_place)
{
	struct spread_set *set = data;

	set->asked++;
	assert_int_equal(number, 2);
	assert_string_equal(discs->list[number - 1].label, "TWO");
	if (set->refuses)
		return context_fail(ctx, EPERM, "given up");
	move_all(set->f, set->away, set->two);
	*ret_place = strdup(set->two);
	return 0;
}

/* A disc that is taken out while it is read is asked for, and the reading continues. */
static void test_disc_taken_out(void **state)
{
	struct fixture *f = *state;
	struct spread_set spread_set;
	struct set *set = NULL;
	char *data = NULL;

	spread(f, &spread_set);
	assert_int_equal(set_open(&f->ctx, spread_set.one, &set), 0);
	assert_int_equal(set_discs(set)->count, 2);
	assert_false(set_is_random_access(set));
	set_ask_for_discs(set, put_back, &spread_set);
	for (size_t i = 0; i < SEGMENTS; i++) {
		assert_int_equal(set_segment_load(&f->ctx, set, &set_manifest(set)->segments[i], (void **)&data), 0);
		free(TAKE_POINTER(data));
		if (i == 1)
			move_all(f, spread_set.two, spread_set.away);
	}
	assert_int_equal(spread_set.asked, 1);
	move_all(f, spread_set.two, spread_set.away);
	spread_set.refuses = true;
	assert_int_equal(set_segment_load(&f->ctx, set, &set_manifest(set)->segments[2], (void **)&data), -EPERM);
	assert_string_equal(context_detail(&f->ctx), "given up");
	context_clear(&f->ctx);
	/* Nobody is there to ask. */
	set_ask_for_discs(set, NULL, NULL);
	assert_int_equal(set_segment_load(&f->ctx, set, &set_manifest(set)->segments[2], (void **)&data), -ENOMEDIUM);
	assert_non_null(strstr(context_detail(&f->ctx), "disc 2 of 2 (TWO)"));
	context_clear(&f->ctx);
	assert_int_equal(set_segment_load(&f->ctx, set, &set_manifest(set)->segments[0], (void **)&data), 0);
	free(data);
	set_close(set);
	spread_done(&spread_set);
}

static void test_disc_file(void **state)
{
	static const char good[] = "{\"format\": \"lifeboat recovery set, volume\", \"version\": 1, \"set\": \"a\", \"sha256\": "
				   "\"0123456789012345678901234567890123456789012345678901234567890123\", \"number\": 1, \"volumes\": "
				   "[{\"label\": \"A\", \"first\": 0, \"count\": 3}, {\"label\": \"B\", \"first\": 3, \"count\": 0}]}";
	static const struct { const char *from, *to; } changes[] = {
		{ "volume\"", "volumes\"" }, { "\"version\": 1", "\"version\": 2" }, { "\"number\": 1", "\"number\": 3" }, { "\"number\": 1", "\"number\": 0" },
		{ "\"first\": 3", "\"first\": 2" }, { "\"first\": 0", "\"first\": 1" }, { "\"count\": 0", "\"count\": -1" }, { "\"B\"", "\"\"" },
		{ "\"B\"", "\"\\u001b\"" }, { "012345", "xyz" }, { "\"set\"", "\"sets\"" }, { "}]}", "}]" }, { "\"count\": 0", "\"count\": 99999999" },
	};
	struct discs *discs = NULL;

	(void)state;
	assert_int_equal(discs_parse(good, strlen(good), &discs), 0);
	assert_int_equal(discs_find(discs, 2), 1);
	assert_int_equal(discs_find(discs, 3), 0);
	assert_int_equal(discs_segments(discs), 3);
	discs_free(discs);
	for (size_t i = 0; i < ARRAY_LENGTH(changes); i++) {
		const char *at = strstr(good, changes[i].from);
		AUTO_FREE char *bad = text_format("%.*s%s%s", (int)(at - good), good, changes[i].to, at + strlen(changes[i].from));

		assert_int_equal(discs_parse(bad, strlen(bad), &discs), -EBADMSG);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_directory, setup, teardown),
		cmocka_unit_test_setup_teardown(test_folder_lifeboat, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nothing_there, setup, teardown),
		cmocka_unit_test_setup_teardown(test_flipped_bit, setup, teardown),
		cmocka_unit_test_setup_teardown(test_short, setup, teardown),
		cmocka_unit_test_setup_teardown(test_long, setup, teardown),
		cmocka_unit_test_setup_teardown(test_missing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_swapped, setup, teardown),
		cmocka_unit_test_setup_teardown(test_fifo_in_place, setup, teardown),
		cmocka_unit_test_setup_teardown(test_stream_length, setup, teardown),
		cmocka_unit_test_setup_teardown(test_index_round_trip, setup, teardown),
		cmocka_unit_test_setup_teardown(test_index_of_empty_frames, setup, teardown),
		cmocka_unit_test_setup_teardown(test_index_refuses, setup, teardown),
		cmocka_unit_test_setup_teardown(test_index_places, setup, teardown),
		cmocka_unit_test_setup_teardown(test_image, setup, teardown),
		cmocka_unit_test_setup_teardown(test_image_damage, setup, teardown),
		cmocka_unit_test_setup_teardown(test_disc_taken_out, setup, teardown),
		cmocka_unit_test(test_disc_file),
		cmocka_unit_test(test_content_digest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
