/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What cryptsetup is told of a container, which containers are not made, and who keeps keys. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../backend/core/bytes.h"
#include "../../backend/core/file.h"
#include "../../backend/core/run.h"
#include "../../backend/fit/fit_parts.h"
#include "../../backend/stack/luks_arguments.h"
#include "../../backend/stack/luks_slots.h"
#include "../../backend/stack/recreate.h"
#include "../../backend/storage/luks_keys.h"
#include "../../backend/storage/scratch.h"
#include "machine.h"

#define UUID "11223344-5566-7788-99aa-bbccddeeff00"

struct fixture {
	struct layout *layout;
	struct node *disk, *container, *filesystem;
};

static struct node *add(struct layout *layout, enum node_type type, const char *id, const char *on)
{
	struct node *node = layout_add(layout, type, id);

	if (on)
		assert_int_equal(strv_append(&node->on, on), 0);
	return node;
}

static void set(struct node *node, const char *const properties[])
{
	for (; *properties; properties += 2)
		assert_int_equal(node_property_set(node, properties[0], properties[1]), 0);
}

/* A container on a disk, with a filesystem in it that is mounted at PATH. */
static void begin(struct fixture *f, const char *const properties[], const char *path)
{
	f->layout = layout_new();
	f->disk = add(f->layout, NODE_DISK, "disk:0", NULL);
	f->disk->device = strdup("/dev/vda");
	f->disk->size = 64 << 20;
	f->container = add(f->layout, NODE_LUKS, "luks:1", "disk:0");
	f->container->uuid = strdup(UUID);
	f->container->device = strdup("/dev/mapper/cr_data");
	f->filesystem = add(f->layout, NODE_FILESYSTEM, "fs:1", "luks:1");
	f->filesystem->filesystem.kind = strdup("ext4");
	add(f->layout, NODE_MOUNT, "mount:0", "fs:1")->mount.path = strdup(path);
	set(f->container, properties);
}

static void end(struct fixture *f)
{
	layout_free(f->layout);
}

static const char *const second[] = { "version", "2", "cipher", "aes-xts-plain64", "payload_offset", "16777216", "sector_size", "4096", "hash", "sha256",
				      "subsystem", "site", "metadata_size", "16384", "keyslots_size", "16744448", "payload_size", "dynamic", "opened_as", "cr_data",
				      "keyslot_0_type", "pbkdf2", "keyslot_0_hash", "sha512", "keyslot_0_iterations", "1000", "keyslot_0_key_size", "64",
				      "keyslot_1_type", "argon2id", "keyslot_1_time", "7", "keyslot_1_memory", "1048576", "keyslot_1_cpus", "4",
				      "keyslot_1_key_size", "64", NULL };
static const char *const first[] = { "version", "1", "cipher", "aes-cbc-essiv:sha256", "payload_offset", "2097152", "hash", "sha1", "key_size", "32",
				     "keyslot_0_type", "pbkdf2", "keyslot_0_iterations", "200000", "opened_as", "old", NULL };

static void assert_words(char **argv, const char *expected)
{
	AUTO_BUFFER struct buffer line = { 0 };

	for (char **word = argv; *word; word++)
		assert_true(buffer_append(&line, " ", word != argv) == 0 && buffer_append(&line, *word, strlen(*word)) == 0);
	assert_string_equal(line.data, expected);
	strv_free(argv);
}

static void assert_format(const struct fixture *f, bool trial, const char *expected)
{
	char **argv = NULL;

	assert_int_equal(luks_format_arguments(f->layout, f->container, trial, &argv), 0);
	assert_words(argv, expected);
}

#define BEGIN_2 "cryptsetup luksFormat --batch-mode --key-file=- --type=luks2 --uuid=" UUID " --cipher=aes-xts-plain64 --key-size 512 --hash=sha256 " \
		 "--offset 32768 --label=-data --subsystem=site --sector-size 4096 --luks2-metadata-size 16384 --luks2-keyslots-size 16744448 "
#define FORMAT_2 BEGIN_2 "--pbkdf=argon2id "
#define FORMAT_2_GRUB BEGIN_2 "--pbkdf=pbkdf2 "
#define FORMAT_1 "cryptsetup luksFormat --batch-mode --key-file=- --type=luks1 --uuid=" UUID " --cipher=aes-cbc-essiv:sha256 --key-size 256 --hash=sha1 " \
		 "--offset 4096 "

/* A passphrase costs what one did, not what a chip's key does; a trial is the same but for that. */
static void test_formats(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, second, "/data");
	f.container->label = strdup("-data");
	assert_format(&f, false, FORMAT_2 "--pbkdf-force-iterations 7 --pbkdf-memory 1048576 --pbkdf-parallel 4");
	assert_format(&f, true, FORMAT_2 "--pbkdf-force-iterations 4 --pbkdf-memory 32 --pbkdf-parallel 1");
	end(&f);
	/* GRUB has to open it. */
	begin(&f, second, "/");
	f.container->label = strdup("-data");
	assert_format(&f, false, FORMAT_2_GRUB "--pbkdf-force-iterations 1000");
	end(&f);
	begin(&f, first, "/data");
	assert_format(&f, false, FORMAT_1 "--pbkdf-force-iterations 200000");
	assert_format(&f, true, FORMAT_1 "--pbkdf-force-iterations 1000");
	end(&f);
}

static void test_opening_and_more_keys(void **state)
{
	char **argv = NULL;
	struct fixture f;

	(void)state;
	begin(&f, second, "/data");
	assert_int_equal(luks_open_arguments(f.container, &argv), 0);
	assert_words(argv, "cryptsetup open --type=luks --key-file=-");
	assert_int_equal(node_property_set(f.container, "flags", "allow-discards,no-read-workqueue"), 0);
	argv = NULL;
	assert_int_equal(luks_open_arguments(f.container, &argv), 0);
	assert_words(argv, "cryptsetup open --type=luks --key-file=- --allow-discards --perf-no_read_workqueue --persistent");
	argv = NULL;
	assert_int_equal(luks_add_key_arguments(f.layout, f.container, &argv), 0);
	assert_words(argv, "cryptsetup luksAddKey --batch-mode --key-file=- --pbkdf=pbkdf2 --pbkdf-force-iterations 1000");
	end(&f);
}

/* Whether the filesystem in it comes back; why not holds WORDS. */
static void assert_not_made(const char *key, const char *value, const char *path, const char *words)
{
	AUTO_FREE char *why = NULL;
	struct fixture f;

	begin(&f, second, path);
	if (key)
		assert_int_equal(node_property_set(f.container, key, value), 0);
	assert_int_equal(can_recreate(f.layout, f.filesystem, &why), !words);
	if (words && key) {
		free(TAKE_POINTER(why));
		assert_false(can_recreate(f.layout, f.container, &why));
	}
	if (words)
		assert_non_null(strstr(why, words));
	end(&f);
}

static void test_what_is_not_made(void **state)
{
	(void)state;
	assert_not_made(NULL, NULL, "/data", NULL);
	assert_not_made("integrity", "hmac(sha256)", "/data", "hmac(sha256)");
	assert_not_made("requirements", "online-reencrypt-v2", "/data", "online-reencrypt-v2");
	assert_not_made("payload_offset", "0", "/data", "header lies on another device");
	assert_not_made("payload_size", "1048576", "/data", "do not reach to the end");
}

/* Nothing is known of what is in one that was closed. */
static void test_a_closed_one_is_not_made(void **state)
{
	AUTO_FREE char *why = NULL;
	struct layout *layout = layout_new();
	struct node *container;

	(void)state;
	add(layout, NODE_DISK, "disk:0", NULL);
	container = add(layout, NODE_LUKS, "luks:1", "disk:0");
	container->uuid = strdup(UUID);
	set(container, (const char *const[]){ "version", "2", "cipher", "aes-xts-plain64", "payload_offset", "16777216", NULL });
	assert_false(can_recreate(layout, container, &why));
	assert_non_null(strstr(why, "closed"));
	layout_free(layout);
}

/* What OPENED was called is called DEVICE while it is restored, where the machine has a container called "taken". */
static void assert_named(const char *opened, const char *device)
{
	struct layout *present = layout_new();
	struct context ctx;
	struct fixture f;

	context_init(&ctx);
	begin(&f, second, "/data");
	add(present, NODE_DISK, "disk:9", NULL);
	set(add(present, NODE_LUKS, "luks:9", "disk:9"), (const char *const[]){ "opened_as", "taken", NULL });
	assert_int_equal(node_property_set(f.container, "opened_as", opened), 0);
	assert_int_equal(fit_names(&ctx, present, f.layout), 0);
	assert_string_equal(f.container->device, device);
	end(&f);
	layout_free(present);
	context_done(&ctx);
}

static void test_names(void **state)
{
	(void)state;
	assert_named("cr_data", "/dev/mapper/cr_data");
	assert_named("a.b+c-d", "/dev/mapper/a.b+c-d");
	assert_named("taken", "/dev/mapper/taken-1");
	assert_named("../md0", "/dev/mapper/luks-" UUID);
	assert_named("-x", "/dev/mapper/luks-" UUID);
}

static void test_keys_are_kept_by_container(void **state)
{
	struct target target = { 0 };

	(void)state;
	assert_null(luks_keys_of(&target, "luks:1"));
	assert_int_equal(luks_keys_set(&target, "luks:1", "one\0more", 8, strdup("header"), 6), 0);
	assert_int_equal(luks_keys_set(&target, "luks:2", "two", 3, NULL, 0), 0);
	assert_memory_equal(luks_keys_of(&target, "luks:1")->key, "one\0more", 8);
	assert_int_equal(luks_keys_set(&target, "luks:1", "three", 5, NULL, 0), 0);
	assert_int_equal(target.key_count, 2);
	assert_int_equal(luks_keys_of(&target, "luks:1")->length, 5);
	assert_null(luks_keys_of(&target, "luks:1")->header);
	luks_keys_wipe(&target);
	assert_int_equal(target.key_count, 0);
}

/* The header of a container with the passphrase "right", as a capture keeps it. New memory. */
static char *kept_header(struct context *ctx, const struct fixture *f, size_t *ret_length)
{
	struct scratch AUTO_SCRATCH scratch = SCRATCH_NONE;
	char **argv = NULL, *header;

	assert_int_equal(scratch_open(ctx, f->disk->size, 1, &scratch), 0);
	assert_int_equal(luks_format_arguments(f->layout, f->container, true, &argv), 0);
	assert_int_equal(strv_append(&argv, scratch.path), 0);
	assert_int_equal(run_program(ctx, &(struct run){ .argv = (const char *const *)argv, .input = "right", .input_length = 5 }, NULL), 0);
	strv_free(argv);
	*ret_length = 16 << 20;
	header = malloc(*ret_length);
	assert_non_null(header);
	assert_int_equal(read_full_at(scratch.fd, header, *ret_length, 0), *ret_length);
	return header;
}

/* Before anything is erased. */
static void test_a_passphrase_is_tried_on_the_kept_header(void **state)
{
	struct fixture f;
	struct target target = { 0 };
	struct context ctx;
	AUTO_FREE char *header = NULL;
	size_t length;

	(void)state;
	if (!run_is_present(NULL, "cryptsetup"))
		skip();
	context_init(&ctx);
	begin(&f, second, "/data");
	target.result = f.layout;
	header = kept_header(&ctx, &f, &length);
	assert_int_equal(luks_slots_try(&ctx, &target, f.container, header, length, "right", 5), 1);
	assert_int_equal(luks_slots_try(&ctx, &target, f.container, header, length, "wrong", 5), 0);
	memset(header, 0, length);
	assert_true(luks_slots_try(&ctx, &target, f.container, header, length, "right", 5) < 0);
	end(&f);
	context_done(&ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_formats),
		cmocka_unit_test(test_opening_and_more_keys),
		cmocka_unit_test(test_what_is_not_made),
		cmocka_unit_test(test_a_closed_one_is_not_made),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_keys_are_kept_by_container),
		cmocka_unit_test(test_a_passphrase_is_tried_on_the_kept_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
