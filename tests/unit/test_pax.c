/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tar dialect: what is written is read back, foreign readers understand it, and nothing malformed passes. */
#include <archive.h>
#include <archive_entry.h>
#include <endian.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/sysmacros.h>

#include <cmocka.h>

#include "../../backend/set/acl.h"
#include "../../backend/set/pax.h"
#include "../../backend/set/ustar.h"
#include "../../backend/set/xattr.h"
#include "../pax_source.h"

static int fail_sink(void *data, const void *bytes, size_t length)
{
	(void)data, (void)bytes, (void)length;
	return -ENOSPC;
}

static void write_entry(struct pax_writer *writer, const struct pax_entry *entry, const char *content)
{
	assert_int_equal(pax_write_header(writer, entry), 0);
	if (content)
		assert_int_equal(pax_write_data(writer, content, pax_entry_data(entry)), 0);
	assert_int_equal(pax_write_end(writer), 0);
}

/* One entry as a whole archive. */
static void archive_of(struct buffer *buffer, const struct pax_entry *entry, const char *content)
{
	struct pax_writer *writer = pax_writer_new(write_buffer, buffer);

	write_entry(writer, entry, content);
	assert_int_equal(pax_write_close(writer), 0);
	pax_writer_free(writer);
}

static void assert_entry_equal(const struct pax_entry *a, const struct pax_entry *b)
{
	assert_string_equal(a->path, b->path);
	assert_int_equal(a->mode, b->mode);
	assert_int_equal(a->uid, b->uid);
	assert_int_equal(a->gid, b->gid);
	assert_int_equal(a->mtime.tv_sec, b->mtime.tv_sec);
	assert_int_equal(a->mtime.tv_nsec, b->mtime.tv_nsec);
	assert_int_equal(a->size, b->size);
	assert_int_equal(!a->link, !b->link);
	if (a->link)
		assert_string_equal(a->link, b->link);
	assert_int_equal(a->hard_link, b->hard_link);
	assert_int_equal(a->device, b->device);
	assert_int_equal(a->flags, b->flags);
	assert_true(hints_are_same(&a->hints, &b->hints));
	assert_int_equal(a->xattr_count, b->xattr_count);
	for (size_t i = 0; i < a->xattr_count; i++) {
		assert_string_equal(a->xattrs[i].name, b->xattrs[i].name);
		assert_int_equal(a->xattrs[i].length, b->xattrs[i].length);
		assert_memory_equal(a->xattrs[i].value, b->xattrs[i].value, a->xattrs[i].length);
	}
	assert_int_equal(!a->extents, !b->extents);
	assert_int_equal(a->extent_count, b->extent_count);
	for (size_t i = 0; i < a->extent_count; i++)
		assert_memory_equal(&a->extents[i], &b->extents[i], sizeof(a->extents[i]));
	assert_int_equal(!a->piece_of, !b->piece_of);
	if (a->piece_of)
		assert_string_equal(a->piece_of, b->piece_of);
	assert_int_equal(a->piece_offset, b->piece_offset);
	assert_int_equal(a->whole_size, b->whole_size);
	assert_int_equal(a->recipe, b->recipe);
}

/* Writes the entry, reads it back (in steps of STEP bytes) and compares all of it. */
static void check_round_trip(const struct pax_entry *entry, const char *content, size_t step)
{
	AUTO_BUFFER struct buffer archive = { 0 }, data = { 0 };
	struct source source = { .step = step };
	struct pax_entry read = { 0 };
	struct pax_reader *reader;
	struct context ctx;
	const void *bytes;
	ssize_t n;

	context_init(&ctx);
	archive_of(&archive, entry, content);
	assert_int_equal(archive.length % 512, 0);
	source.data = archive.data;
	source.length = archive.length;
	reader = pax_reader_new(read_source, &source, "the archive");
	if (pax_read(&ctx, reader, &read) != 1)
		fail_msg("%s: %s", entry->path, context_detail(&ctx));
	assert_entry_equal(entry, &read);
	while ((n = pax_read_data(&ctx, reader, &bytes)) > 0)
		assert_int_equal(buffer_append(&data, bytes, (size_t)n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(data.length, pax_entry_data(entry));
	if (content)
		assert_memory_equal(data.data, content, data.length);
	assert_int_equal(pax_read(&ctx, reader, &read), 0);
	assert_int_equal(pax_read(&ctx, reader, &read), 0);
	pax_reader_free(reader);
	context_done(&ctx);
}

static char *repeat(const char *text, size_t length)
{
	char *string = malloc(length + 1);

	for (size_t i = 0; i < length; i++)
		string[i] = text[i % strlen(text)];
	string[length] = '\0';
	return string;
}

/* user::rw-,user:1000:r--,group::r--,mask::rw-,other::--- */
static const unsigned char acl_value[] = { 2, 0, 0, 0, 1, 0, 6, 0, 255, 255, 255, 255, 2, 0, 4, 0, 0xe8, 3, 0, 0, 4, 0, 4, 0,
					   255, 255, 255, 255, 16, 0, 6, 0, 255, 255, 255, 255, 32, 0, 0, 0, 255, 255, 255, 255 };

static void test_types(void **state)
{
	const struct pax_entry entries[] = {
		{ .path = ".", .mode = S_IFDIR | 0755, .mtime = { 1, 0 } },
		{ .path = "a b\nc\xff\xfe", .mode = S_IFREG | 06755, .uid = 1000, .gid = 7, .mtime = { 5, 999999999 }, .size = 5 },
		{ .path = "empty", .mode = S_IFREG },
		{ .path = "link", .mode = S_IFLNK | 0777, .link = "../../etc/\xff" },
		{ .path = "hard", .mode = S_IFREG | 0600, .link = "a/b", .hard_link = true },
		{ .path = "dev/char", .mode = S_IFCHR | 0600, .device = makedev(4095, 1048575) },
		{ .path = "dev/block", .mode = S_IFBLK | 0600, .device = makedev(8, 1) },
		{ .path = "dev/fifo", .mode = S_IFIFO | 0600 },
		{ .path = "dev/socket", .mode = S_IFSOCK | 01777 },
		{ .path = "owner", .mode = S_IFREG, .uid = 4294967294U, .gid = 2097152 },
		{ .path = "flags", .mode = S_IFREG, .flags = 0x20000030 },
		{ .path = "hints", .mode = S_IFREG, .hints = { 0x10800, 65536, UINT32_MAX, 42 } },
		{ .path = ".lifeboat-pieces/0/00000001", .mode = S_IFREG, .piece_of = "big", .piece_offset = 100, .whole_size = 105,
		  .size = 5 },
		{ .path = "big", .mode = S_IFREG, .whole_size = 100, .size = 5 },
		{ .path = ".lifeboat-pieces/0/target", .mode = S_IFREG, .link = "big", .hard_link = true, .recipe = true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(entries); i++) {
		check_round_trip(&entries[i], "12345", 0);
		check_round_trip(&entries[i], "12345", 1);
	}
}

static void test_times(void **state)
{
	static const struct timespec times[] = { { 0, 0 }, { -1, 0 }, { -1, 500000000 }, { -2, 1 }, { -2145916800, 999999999 },
						 { 13569465600, 1 }, { 8589934592, 0 }, { 1700000000, 100 }, { -1, 999999999 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(times); i++)
		check_round_trip(&(struct pax_entry){ .path = "f", .mode = S_IFREG, .mtime = times[i] }, NULL, 0);
}

static void test_long_paths(void **state)
{
	static const size_t lengths[] = { 99, 100, 101, 155, 156, 200, 255, 256, 257, 300, 983, 4095, 4096, 70000 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(lengths); i++) {
		AUTO_FREE char *path = repeat("name/", lengths[i]), *flat = repeat("n", lengths[i]);
		bool fits = lengths[i] <= NAME_MAX;

		if (path[lengths[i] - 1] == '/')
			path[lengths[i] - 1] = 'x';
		check_round_trip(&(struct pax_entry){ .path = path, .mode = S_IFREG }, NULL, 0);
		check_round_trip(&(struct pax_entry){ .path = path, .mode = S_IFDIR }, NULL, 0);
		if (fits)
			check_round_trip(&(struct pax_entry){ .path = flat, .mode = S_IFDIR }, NULL, 0);
		check_round_trip(&(struct pax_entry){ .path = "l", .mode = S_IFLNK | 0777, .link = flat }, NULL, 7);
		check_round_trip(&(struct pax_entry){ .path = fits ? flat : "n", .mode = S_IFREG, .link = path, .hard_link = true }, NULL, 0);
	}
}

static void test_xattrs(void **state)
{
	struct pax_xattr xattrs[] = {
		{ "security.capability", "\1\0\0\2\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20 },
		{ "security.selinux", "system_u:object_r:bin_t:s0", 27 },
		{ "system.posix_acl_access", (void *)acl_value, sizeof(acl_value) },
		{ "trusted.\xff\n", "a\nb=c", 5 },
		{ "user.a=b%3Dc%", "", 0 },
	};

	(void)state;
	check_round_trip(&(struct pax_entry){ .path = "f", .mode = S_IFREG, .xattrs = xattrs, .xattr_count = 5 }, NULL, 0);
	xattrs[2].name = "system.posix_acl_default";
	check_round_trip(&(struct pax_entry){ .path = "d", .mode = S_IFDIR, .xattrs = xattrs, .xattr_count = 5 }, NULL, 0);
	check_round_trip(&(struct pax_entry){ .path = "f", .mode = S_IFLNK | 0777, .link = "x", .xattrs = xattrs, .xattr_count = 1 },
			 NULL, 3);
}

/* security.capability as struct vfs_ns_cap_data has it: MAGIC, a bit, ROOT, in LENGTH bytes. */
static bool capability_is_valid(uint32_t magic, uint32_t root, size_t length)
{
	uint32_t words[7] = { htole32(magic), htole32(1), 0, 0, 0, htole32(root), 0 };

	return xattr_value_is_valid("security.capability", words, length);
}

/* What the kernel takes of each kind of attribute: cap_convert_nscap(), fs/btrfs/props.c, xattr(7). */
static void test_xattr_limits(void **state)
{
	(void)state;
	assert_true(capability_is_valid(0x02000000, 0, 20) && capability_is_valid(0x02000001, 0, 20));
	assert_true(capability_is_valid(0x03000001, 1000, 24));
	assert_false(capability_is_valid(0x02000003, 0, 20) || capability_is_valid(0x02000001, 0, 24) || capability_is_valid(0x02000001, 0, 12));
	assert_false(capability_is_valid(0x01000001, 0, 12) || capability_is_valid(0x03000001, 1, 20) || capability_is_valid(0x03000001, 0, 24));
	assert_false(capability_is_valid(0x03000001, UINT32_MAX, 24) || capability_is_valid(0x02000001, 0, 0) || capability_is_valid(0x02000001, 0, 28));
	assert_true(xattr_value_is_valid("btrfs.compression", "zstd", 4) && !xattr_value_is_valid("btrfs.compression", "", 0));
	assert_true(xattr_value_is_valid("user.x", "", 0) && xattr_value_is_valid("security.ima", "", 0));
	assert_true(xattr_fits_type("user.x", S_IFDIR) && xattr_fits_type("trusted.x", S_IFLNK) && xattr_fits_type("security.capability", S_IFLNK));
	assert_false(xattr_fits_type("user.x", S_IFLNK) || xattr_fits_type("user.x", S_IFIFO) || xattr_fits_type("user.x", S_IFBLK));
	assert_false(xattr_fits_type("system.posix_acl_default", S_IFREG) || xattr_fits_type("system.posix_acl_access", S_IFLNK));
	assert_true(xattr_is_kept("trusted.x") && !xattr_is_kept("trusted.") && !xattr_is_kept("system.posix_acl_accessory"));
	assert_false(xattr_is_kept("btrfs.other") || xattr_is_kept("trusted.SGI_ACL_FILE") || xattr_is_kept("user"));
}

static void test_sparse(void **state)
{
	struct pax_extent middle[] = { { 4096, 5 }, { 1ULL << 40, 3 } }, whole[] = { { 0, 8 } };
	AUTO_FREE char *path = repeat("deep/er", 300);

	(void)state;
	check_round_trip(&(struct pax_entry){ .path = path, .mode = S_IFREG, .size = 1ULL << 50, .extents = middle,
					      .extent_count = 2 }, "12345abc", 0);
	check_round_trip(&(struct pax_entry){ .path = "s", .mode = S_IFREG, .size = (1ULL << 40) + 3, .extents = middle,
					      .extent_count = 2 }, "12345abc", 1);
	check_round_trip(&(struct pax_entry){ .path = "hole", .mode = S_IFREG, .size = 1000, .extents = middle }, NULL, 0);
	check_round_trip(&(struct pax_entry){ .path = "none", .mode = S_IFREG, .size = 8, .extents = whole, .extent_count = 1 },
			 "12345678", 0);
}

static void test_acl_text(void **state)
{
	AUTO_FREE char *text = acl_text_from_value(acl_value, sizeof(acl_value));
	AUTO_FREE void *value = NULL;
	size_t length = 0;

	(void)state;
	assert_string_equal(text, "user::rw-,user:1000:r--,group::r--,mask::rw-,other::---");
	assert_int_equal(acl_value_from_text(text, &value, &length), 0);
	assert_int_equal(length, sizeof(acl_value));
	assert_memory_equal(value, acl_value, length);
	for (const char **bad = (const char *[]){ "", "user", "user:", "user::rwxx", "user:a:rwx", "mask:3:rwx", "user:-1:rwx",
						  "user:4294967295:rwx", "user::xwr", "user::rw-,", "x::rwx", NULL }; *bad; bad++) {
		void *unused;

		assert_int_equal(acl_value_from_text(*bad, &unused, &length), -EINVAL);
	}
}

/* libarchive, the other reader people have, sees paths, sparse parts, attributes and ACLs as they are. */
static void test_libarchive_reads(void **state)
{
	struct pax_xattr xattrs[] = { { "system.posix_acl_access", (void *)acl_value, sizeof(acl_value) }, { "user.x", "v\0w", 3 } };
	struct pax_extent extents[] = { { 8192, 5 } };
	struct pax_entry entry = { .path = "dir/sparse", .mode = S_IFREG | 0660, .uid = 3000000, .mtime = { 5, 250000000 },
				   .size = 20000, .extents = extents, .extent_count = 1, .xattrs = xattrs, .xattr_count = 2 };
	AUTO_BUFFER struct buffer archive = { 0 };
	struct archive *a = archive_read_new();
	struct archive_entry *e;
	const void *bytes;
	const char *name;
	size_t size;
	la_int64_t offset;

	(void)state;
	archive_of(&archive, &entry, "hello");
	archive_read_support_format_tar(a);
	assert_int_equal(archive_read_open_memory(a, archive.data, archive.length), ARCHIVE_OK);
	assert_int_equal(archive_read_next_header(a, &e), ARCHIVE_OK);
	assert_string_equal(archive_entry_pathname(e), "dir/sparse");
	assert_int_equal(archive_entry_size(e), 20000);
	assert_int_equal(archive_entry_uid(e), 3000000);
	assert_int_equal(archive_entry_mtime(e), 5);
	assert_int_equal(archive_entry_mtime_nsec(e), 250000000);
	assert_int_equal(archive_entry_acl_count(e, ARCHIVE_ENTRY_ACL_TYPE_ACCESS), 5);
	assert_int_equal(archive_entry_xattr_reset(e), 1);
	assert_int_equal(archive_entry_xattr_next(e, &name, &bytes, &size), ARCHIVE_OK);
	assert_string_equal(name, "user.x");
	assert_int_equal(size, 3);
	assert_memory_equal(bytes, "v\0w", 3);
	assert_int_equal(archive_read_data_block(a, &bytes, &size, &offset), ARCHIVE_OK);
	assert_int_equal(offset, 8192);
	assert_int_equal(size, 5);
	assert_memory_equal(bytes, "hello", 5);
	assert_int_equal(archive_read_next_header(a, &e), ARCHIVE_EOF);
	archive_read_free(a);
}

static void test_writer_refuses(void **state)
{
	struct pax_extent overlap[] = { { 0, 5 }, { 4, 3 } }, beyond[] = { { 5, 5 } }, empty[] = { { 0, 0 } };
	const struct pax_entry entries[] = {
		{ .path = "", .mode = S_IFREG }, { .path = "/a", .mode = S_IFREG }, { .path = "a/../b", .mode = S_IFREG },
		{ .path = "a//b", .mode = S_IFREG }, { .path = "./a", .mode = S_IFREG }, { .path = "a/", .mode = S_IFDIR },
		{ .path = "a", .mode = 0644 }, { .path = "a", .mode = S_IFLNK }, { .path = "a", .mode = S_IFREG, .hard_link = true },
		{ .path = "a", .mode = S_IFREG, .hard_link = true, .link = "../b" },
		{ .path = "a", .mode = S_IFREG, .size = UINT64_MAX }, { .path = "a", .mode = S_IFREG, .mtime = { 0, 1000000000 } },
		{ .path = "a", .mode = S_IFREG, .size = 9, .extents = overlap, .extent_count = 2 },
		{ .path = "a", .mode = S_IFREG, .size = 9, .extents = beyond, .extent_count = 1 },
		{ .path = "a", .mode = S_IFREG, .size = 9, .extents = empty, .extent_count = 1 },
		{ .path = "a", .mode = S_IFREG, .piece_of = "/b", .whole_size = 3 },
	};
	AUTO_BUFFER struct buffer archive = { 0 };
	struct pax_writer *writer = pax_writer_new(write_buffer, &archive);

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(entries); i++)
		assert_int_equal(pax_write_header(writer, &entries[i]), -EINVAL);
	assert_int_equal(archive.length, 0);
	assert_int_equal(pax_write_header(writer, &(struct pax_entry){ .path = "a", .mode = S_IFREG, .size = 3 }), 0);
	assert_int_equal(pax_write_data(writer, "1234", 4), -EINVAL);
	assert_int_equal(pax_write_data(writer, "12", 2), 0);
	assert_int_equal(pax_write_end(writer), -EIO);
	assert_int_equal(pax_write_close(writer), -EIO);
	pax_writer_free(writer);
	writer = pax_writer_new(fail_sink, NULL);
	assert_int_equal(pax_write_header(writer, &entries[6]), -EINVAL);
	assert_int_equal(pax_write_header(writer, &(struct pax_entry){ .path = "a", .mode = S_IFREG }), -ENOSPC);
	assert_int_equal(pax_write_close(writer), -ENOSPC);
	pax_writer_free(writer);
}

/* Reads the whole archive; what pax_read() or pax_read_data() said last. */
static int read_all(const char *data, size_t length, size_t step)
{
	struct source source = { data, length, 0, step };
	struct pax_reader *reader = pax_reader_new(read_source, &source, "the archive");
	struct pax_entry entry = { 0 };
	struct context ctx;
	const void *bytes;
	int r;

	context_init(&ctx);
	while ((r = pax_read(&ctx, reader, &entry)) == 1)
		while ((r = (int)pax_read_data(&ctx, reader, &bytes)) > 0)
			continue;
	if (r < 0)
		assert_true(*context_detail(&ctx) != '\0');
	pax_entry_done(&entry);
	pax_reader_free(reader);
	context_done(&ctx);
	return r;
}

/* An archive of one file with the given extended header, made by hand. */
static void craft(struct buffer *archive, const char *records, size_t length, char type, const char *name, const char *link,
		  size_t size)
{
	static const char zeros[1024];
	struct ustar block;

	archive->length = 0;
	for (int i = 0; i < 2; i++) {
		if (i == 0 && !length)
			continue;
		memset(&block, 0, sizeof(block));
		memcpy(block.magic, "ustar", 6);
		memcpy(block.version, "00", 2);
		memcpy(block.name, name, strlen(name));
		if (link && i)
			memcpy(block.link, link, strlen(link));
		block.type = i ? type : 'x';
		snprintf(block.size, sizeof(block.size), "%011zo", i ? size : length);
		snprintf(block.checksum, sizeof(block.checksum), "%06o", ustar_sum(&block));
		buffer_append(archive, &block, sizeof(block));
		if (i == 0) {
			buffer_append(archive, records, length);
			buffer_append(archive, zeros, (512 - length % 512) % 512);
		}
	}
	buffer_append(archive, zeros, (size + 511) / 512 * 512);
	buffer_append(archive, zeros, sizeof(zeros));
}

/* Appends "LENGTH RECORD\n" with the right length. */
static void add_record(struct buffer *records, const char *record, size_t length)
{
	size_t total = length + 3;
	AUTO_FREE char *line = NULL;

	total += total >= 99 ? 2 : total >= 9;
	line = text_format("%zu ", total);
	buffer_append(records, line, strlen(line));
	buffer_append(records, record, length);
	buffer_append(records, "\n", 1);
}

static void test_reader_refuses_malformed_records(void **state)
{
	static const char *const bad[] = { "5 a=b\n", "06 a=b\n", "x", "7 path\n", "7 path=", "99999999999 path=a\n",
					   "9 path=a\nx", "10 path=a\n 1", "9path=aa\n", "3 \n" };
	AUTO_BUFFER struct buffer archive = { 0 };

	(void)state;
	craft(&archive, "9 path=a\n", 9, '0', "n", NULL, 0);
	assert_int_equal(read_all(archive.data, archive.length, 0), 0);
	for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
		craft(&archive, bad[i], strlen(bad[i]), '0', "n", NULL, 0);
		if (read_all(archive.data, archive.length, 0) != -EBADMSG)
			fail_msg("accepted: %s", bad[i]);
	}
}

static void test_reader_refuses_records(void **state)
{
	static const char *const good[] = { "path=a", "SCHILY.xattr.user.a=v", "mtime=-1.500000000", "mtime=-0.000000001", "mtime=-1", "mtime=0", "LIFEBOAT.flags=10", "LIFEBOAT.hints=0 0 0 7", "LIFEBOAT.recipe=1",
					    "uid=4294967294", "SCHILY.acl.access=user::rw-,group::r--,other::---" };
	static const char *const bad[] = {
		"path=/a", "path=a/..", "path=", "atime=12", "size=-1", "size=99999999999999999999", "uid=4x", "uid=4294967295", "gid=4294967295", "uid=4294967296",
		"mtime=1.x", "mtime=1.5", "mtime=1.000000000", "mtime=-0", "mtime=01", "mtime=1.", "uid=07", "LIFEBOAT.flags=0", "LIFEBOAT.flags=010", "SCHILY.acl.access=user::rw-,user:07:r--,group::r--,mask::r--,other::---", "mtime=1.0123456789", "mtime=-", "mtime=", "LIFEBOAT.type=socket", "LIFEBOAT.flags=xy", "LIFEBOAT.hints=0 0 0 0", "LIFEBOAT.hints=800 65536", "LIFEBOAT.hints=800 65536 0 0 ",
		"LIFEBOAT.flags=80000", "LIFEBOAT.hints=1 0 0 0", "LIFEBOAT.hints=0 0 0 4294967296", "LIFEBOAT.hints=0 0 0 -1", "LIFEBOAT.hints=0x800 1 0 0",
		"LIFEBOAT.later=1", "LIFEBOAT.recipe=2", "LIFEBOAT.piece_of=a", "LIFEBOAT.piece_offset=12", "GNU.sparse.major=1",
		"GNU.sparse.major=0", "SCHILY.acl.access=user::rq", "SCHILY.acl.access=user::rw-", "SCHILY.acl.access=user::rw-,user:1:rw-,group::r--,other::---",
		"SCHILY.acl.access=group::r--,user::rw-,other::---", "SCHILY.acl.default=user::rw-,group::r--,other::---",
		"SCHILY.xattr.user.=v", "SCHILY.xattr.security.=v", "SCHILY.xattr.a=v", "SCHILY.xattr.system.posix_acl_other=v",
		"SCHILY.xattr.security.capability=v", "SCHILY.xattr.system.posix_acl_access=v", "SCHILY.xattr.btrfs.compression=v",
		"LIFEBOAT.hints=1000 4096 0 0", "LIFEBOAT.hints=0 4096 0 0", "LIFEBOAT.hints=800 0 4096 0", "SCHILY.xattr.=v", "linkpath=a", "a", "=",
	};
	AUTO_BUFFER struct buffer archive = { 0 }, records = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(good); i++) {
		records.length = 0;
		add_record(&records, good[i], strlen(good[i]));
		craft(&archive, records.data, records.length, '0', "n", NULL, 0);
		if (read_all(archive.data, archive.length, 0) != 0)
			fail_msg("refused: %s", good[i]);
		add_record(&records, good[i], strlen(good[i]));
		craft(&archive, records.data, records.length, '0', "n", NULL, 0);
		if (read_all(archive.data, archive.length, 0) != -EBADMSG)
			fail_msg("accepted doubled: %s", good[i]);
	}
	for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
		records.length = 0;
		add_record(&records, bad[i], strlen(bad[i]));
		craft(&archive, records.data, records.length, '0', "n", NULL, 0);
		if (read_all(archive.data, archive.length, 0) != -EBADMSG)
			fail_msg("accepted: %s", bad[i]);
	}
	records.length = 0;
	add_record(&records, "path=a\0b", 8);
	craft(&archive, records.data, records.length, '0', "n", NULL, 0);
	assert_int_equal(read_all(archive.data, archive.length, 0), -EBADMSG);
}

static void test_reader_refuses_blocks(void **state)
{
	static const struct {
		char type;
		const char *name, *link;
		size_t size;
	} bad[] = {
		{ '0', "/etc/passwd", NULL, 0 }, { '0', "../a", NULL, 0 }, { '0', "a/../../b", NULL, 0 }, { '0', "", NULL, 0 },
		{ '5', "/", NULL, 0 }, { '0', "a/", NULL, 0 }, { '1', "a", "../b", 0 }, { '1', "a", "/etc/shadow", 0 },
		{ '1', "a", NULL, 0 }, { '2', "a", NULL, 0 }, { '0', "a", "b", 0 }, { '5', "a", NULL, 512 }, { '7', "a", NULL, 0 },
		{ 'g', "a", NULL, 0 }, { 'L', "a", NULL, 3 }, { 'S', "a", NULL, 0 }, { '\0', "a", NULL, 0 }, { '5', "./a/", NULL, 0 },
	};
	AUTO_BUFFER struct buffer archive = { 0 };

	(void)state;
	craft(&archive, "", 0, '5', "./", NULL, 0);
	assert_int_equal(read_all(archive.data, archive.length, 0), 0);
	for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
		craft(&archive, "", 0, bad[i].type, bad[i].name, bad[i].link, bad[i].size);
		if (read_all(archive.data, archive.length, 0) != -EBADMSG)
			fail_msg("accepted: type %c, %s", bad[i].type, bad[i].name);
	}
}

static void test_reader_refuses_damage(void **state)
{
	struct pax_xattr xattrs[] = { { "user.x", "value", 5 } };
	struct pax_extent extents[] = { { 512, 700 }, { 4096, 3 } };
	struct pax_entry entry = { .path = "file", .mode = S_IFREG, .mtime = { 1, 2 }, .size = 5000, .extents = extents,
				   .extent_count = 2, .xattrs = xattrs, .xattr_count = 1 };
	AUTO_FREE char *content = repeat("data", 703);
	AUTO_BUFFER struct buffer archive = { 0 };

	(void)state;
	archive_of(&archive, &entry, content);
	assert_int_equal(read_all(archive.data, archive.length, 0), 0);
	/* Cut anywhere: never taken for whole. */
	for (size_t length = 0; length < archive.length; length += 13)
		assert_int_equal(read_all(archive.data, length, 0), -EBADMSG);
	/* One bit of each header's bytes. */
	for (size_t at = 0; at < 500; at++) {
		archive.data[at] ^= 4;
		assert_int_equal(read_all(archive.data, archive.length, 0), -EBADMSG);
		archive.data[at] ^= 4;
	}
	/* Bytes after the end. */
	assert_int_equal(buffer_append(&archive, "x", 1), 0);
	assert_int_equal(read_all(archive.data, archive.length, 0), -EBADMSG);
}

static void craft_sparse(struct buffer *archive, const char *map, uint64_t real, size_t stored)
{
	char records[256];
	int n = snprintf(records, sizeof(records), "22 GNU.sparse.major=1\n22 GNU.sparse.minor=0\n21 GNU.sparse.name=f\n");
	size_t data;

	n += snprintf(records + n, sizeof(records) - (size_t)n, "30 GNU.sparse.realsize=%06llu\n", (unsigned long long)real);
	craft(archive, records, (size_t)n, '0', "GNUSparseFile.0/f", NULL, stored);
	data = archive->length - 1024 - (stored + 511) / 512 * 512;
	memcpy(archive->data + data, map, strlen(map));
}

static void test_reader_refuses_maps(void **state)
{
	static const char *const bad[] = { "", "x", "2\n0\n1\n", "1\n0\n600\n", "1\n100001\n1\n", "1\n99999\n2\n", "1\n10\n7\n", "2\n5\n2\n4\n2\n",
					   "9999999999999999999\n", "200\n0\n0\n", "1\n-1\n3\n", "2\n0\n0\n0\n1\n", "1\n5\n0\n" };
	AUTO_BUFFER struct buffer archive = { 0 };

	(void)state;
	craft_sparse(&archive, "2\n10\n7\n100000\n0\n", 100000, 519);
	assert_int_equal(read_all(archive.data, archive.length, 0), 0);
	for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
		craft_sparse(&archive, bad[i], 100000, 519);
		if (read_all(archive.data, archive.length, 0) != -EBADMSG)
			fail_msg("accepted: %s", bad[i]);
	}
}

static void test_path_is_safe(void **state)
{
	(void)state;
	for (const char **p = (const char *[]){ ".", "a", "a/b", "...", "a/.b", "..a/b..", "\xff", NULL }; *p; p++)
		assert_true(pax_path_is_safe(*p));
	char name[NAME_MAX + 2];

	memset(name, 'n', sizeof(name) - 1);
	name[NAME_MAX + 1] = '\0';
	/* No filesystem takes a longer name. */
	assert_false(pax_path_is_safe(name));
	name[NAME_MAX] = '\0';
	assert_true(pax_path_is_safe(name));
	for (const char **p = (const char *[]){ "", "/", "/a", "a/", "a//b", "..", "../a", "a/..", "a/./b", "./a", "a/.", NULL }; *p; p++)
		assert_false(pax_path_is_safe(*p));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_long_paths),
		cmocka_unit_test(test_xattrs),
		cmocka_unit_test(test_xattr_limits),
		cmocka_unit_test(test_sparse),
		cmocka_unit_test(test_acl_text),
		cmocka_unit_test(test_libarchive_reads),
		cmocka_unit_test(test_writer_refuses),
		cmocka_unit_test(test_reader_refuses_malformed_records),
		cmocka_unit_test(test_reader_refuses_records),
		cmocka_unit_test(test_reader_refuses_blocks),
		cmocka_unit_test(test_reader_refuses_damage),
		cmocka_unit_test(test_reader_refuses_maps),
		cmocka_unit_test(test_path_is_safe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
