/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The probe on machines that are data: names and identities from /sys alone, tables and contents from image files, mounts from a
 * mount table with all that makes one hard.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "../../backend/probe/probe.h"
#include "../../backend/devices/disk_busy.h"
#include "machine.h"
#include "md_fixture.h"

static void warned(const struct seen *seen, const char *text)
{
	if (!seen->warnings || !strstr(seen->warnings, text))
		fail_msg("no warning \"%s\" in: %s", text, seen->warnings ? seen->warnings : "nothing");
}

static struct layout *probe(struct seen *seen, const char *root)
{
	const struct probe_options options = { .root = root };
	struct layout *layout = NULL;

	if (layout_probe(&seen->ctx, &options, &layout))
		fail_msg("%s", context_detail(&seen->ctx));
	return layout;
}

static struct node *disk_named(const struct layout *layout, const char *name)
{
	for (size_t i = 0; i < layout->count; i++)
		if (layout->nodes[i]->type == NODE_DISK && !strcmp(layout->nodes[i]->disk.name, name))
			return layout->nodes[i];
	return NULL;
}

static void same(const char *what, const char *expected, const char *found)
{
	if ((!expected != !found) || (expected && strcmp(expected, found)))
		fail_msg("%s: \"%s\" instead of \"%s\"", what, found ? found : "nothing", expected ? expected : "nothing");
}

struct identity {
	const char *name, *model, *serial, *wwn, *by_path, *transport;
};

static const struct identity identities[] = {
	{ "vda", NULL, "LB-ROOT-01", NULL, "pci-0000:00:04.0", "virtio" },
	{ "sda", "Samsung SSD 870 EVO 1TB", "S6PTNM0T512345B", "0x5002538f41234567", "pci-0000:00:1f.2-ata-2.0", "sata" },
	{ "sdb", "QEMU HARDDISK", "QM00005", NULL, "pci-0000:00:1f.2-ata-3.1.0", "sata" },
	{ "sdc", "QEMU QEMU HARDDISK", "SCSI-7", "0x600a0980383041306c2b4d6a58505a76",
	  "pci-0000:00:05.0-scsi-0:0:1:300", "scsi" },
	{ "sdd", "SanDisk Ultra", "4C530001230101123456", NULL, "pci-0000:00:14.0-usb-0:1:1.0-scsi-0:0:0:0", "usb" },
	{ "sde", "SEAGATE ST4000NM0023", "Z1Z0ABCD0000", "0x5000c50057abcdef",
	  "pci-0000:01:00.0-sas-exp0x500056b36789abff-phy3-lun-0", "sas" },
	{ "sdf", "HITACHI OPEN-V", "50 0D4CF0001", "0x60060e8010049cfd00000001049cfd00",
	  "pci-0000:00:03.0-fc-0x50060e801049cfd1-lun-1", "fc" },
	{ "sdg", "LIO-ORG disk1", "a1b2c3d4", NULL, "ip-192.0.2.7:3260-iscsi-iqn.2004-04.org.example:disk1-lun-1", "iscsi" },
	{ "sdi", "Generic Flash", NULL, NULL, "pci-0000:00:06.0-scsi-0:0:0:1", "scsi" },
	{ "nvme0n1", "KINGSTON SNV2S1000G", "50026B7785ABCDEF", "eui.00000000000000000026b7785abcdef5",
	  "pci-0000:03:00.0-nvme-1", "nvme" },
	{ "mmcblk0", "DG4016", "0x12345678", NULL, "platform-fe340000.mmc", "mmc" },
};

static void test_identities(void **state)
{
	struct seen seen;
	struct layout *layout;
	struct node *disk;
	size_t disks = 0;

	(void)state;
	seen_begin(&seen, "buses");
	layout = probe(&seen, NULL);
	for (size_t i = 0; i < layout->count; i++)
		disks += layout->nodes[i]->type == NODE_DISK;
	/* Loop, memory, discs, arrays, boot areas, drives without a medium and single paths are none. */
	assert_int_equal(disks, ARRAY_LENGTH(identities));
	for (size_t i = 0; i < ARRAY_LENGTH(identities); i++) {
		const struct identity *identity = &identities[i];

		disk = disk_named(layout, identity->name);
		assert_non_null(disk);
		same("model", identity->model, disk->disk.model);
		same("serial", identity->serial, disk->disk.serial);
		same("WWN", identity->wwn, disk->disk.wwn);
		same("by-path", identity->by_path, disk->disk.by_path);
		same("transport", identity->transport, disk->disk.transport);
	}
	disk = disk_named(layout, "sdc");
	assert_int_equal(disk->size, 4294967296);
	assert_int_equal(disk->disk.physical_sector, 4096);
	assert_true(disk->disk.rotational && !disk->disk.removable && !disk->disk.read_only);
	disk = disk_named(layout, "sdi");
	assert_true(disk->disk.removable && disk->disk.read_only);
	layout_free(layout);
	seen_end(&seen);
}

static void test_unreadable_is_not_blank(void **state)
{
	struct seen seen;
	struct layout *layout;
	struct node *content;

	(void)state;
	seen_begin(&seen, "buses");
	layout = probe(&seen, NULL);
	content = layout_child(layout, disk_named(layout, "vda")->id, NODE_TYPE_COUNT, 0);
	assert_non_null(content);
	assert_string_equal(content->filesystem.kind, FILESYSTEM_UNKNOWN);
	warned(&seen, "disk vda cannot be read");
	layout_free(layout);
	seen_end(&seen);
}

/* The images are made once: nothing changes them but their copies. */
static char images[] = "/tmp/lifeboat-images-XXXXXX";

static int make_images(void **state)
{
	pid_t child;
	int status;

	(void)state;
	if (!mkdtemp(images))
		return -1;
	child = fork();
	if (child == 0) {
		execl("tests/data/make-disks", "make-disks", images, NULL);
		_exit(127);
	}
	return waitpid(child, &status, 0) == child && WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -1;
}

static int remove_images(void **state)
{
	(void)state;
	machine_remove(strdup(images));
	return 0;
}

/* The machine with its disks in place. */
static void set_up_virtio(struct seen *seen, const char *mountinfo)
{
	static const char *const disks[] = { "vda", "vdb", "vdc", "vdd" };

	seen_begin(seen, "virtio");
	machine_write(seen->root, "/proc/self/mountinfo", mountinfo, strlen(mountinfo));
	for (size_t i = 0; i < ARRAY_LENGTH(disks); i++) {
		AUTO_FREE char *link_path = text_format("%s/dev/%s", seen->root, disks[i]);
		AUTO_FREE char *target = text_format("%s/%s", images, disks[i]);

		machine_parent(link_path);
		assert_int_equal(symlink(target, link_path), 0);
	}
}

static void test_gpt(void **state)
{
	struct seen seen;
	struct layout *layout;
	struct node *disk, *partition;

	(void)state;
	set_up_virtio(&seen, "");
	layout = probe(&seen, NULL);
	disk = disk_named(layout, "vda");
	same("table", "gpt", disk->disk.table);
	same("table id", "11111111-2222-3333-4444-555555555555", disk->disk.table_id);
	assert_false(disk->disk.boot_code);
	assert_null(layout_child(layout, disk->id, NODE_PARTITION, 5));
	partition = layout_child(layout, disk->id, NODE_PARTITION, 1);
	assert_string_equal(partition->id, "part:0.2");
	assert_int_equal(partition->partition.number, 2);
	assert_int_equal(partition->partition.start, 2 << 20);
	assert_int_equal(partition->size, 40 << 20);
	same("kind", "C12A7328-F81F-11D2-BA4B-00A0C93EC93B", partition->partition.kind);
	same("uuid", "aaaaaaaa-bbbb-cccc-dddd-000000000002", partition->partition.uuid);
	same("name", "EFI System", partition->partition.name);
	same("role", "primary", partition->partition.role);
	assert_true(partition->partition.attributes == (UINT64_C(1) << 63 | 1));
	partition = layout_child(layout, disk->id, NODE_PARTITION, 0);
	assert_null(layout_child(layout, partition->id, NODE_TYPE_COUNT, 0));
	assert_null(seen.warnings);
	layout_free(layout);
	seen_end(&seen);
}

static void test_mbr(void **state)
{
	static const struct {
		unsigned number;
		uint64_t start, size;
		const char *kind, *role;
		bool active;
	} expected[] = {
		{ 1, 1, 16, "0x83", "primary", true },
		{ 2, 17, 60, "0x05", "extended", false },
		{ 5, 18, 8, "0x82", "logical", false },
		{ 6, 27, 16, "0x83", "logical", false },
	};
	struct seen seen;
	struct layout *layout;
	struct node *disk;

	(void)state;
	set_up_virtio(&seen, "");
	layout = probe(&seen, NULL);
	disk = disk_named(layout, "vdb");
	same("table", "dos", disk->disk.table);
	same("table id", "0xdeadbeef", disk->disk.table_id);
	assert_true(disk->disk.boot_code);
	for (size_t i = 0; i < ARRAY_LENGTH(expected); i++) {
		struct node *partition = layout_child(layout, disk->id, NODE_PARTITION, i);

		assert_int_equal(partition->partition.number, expected[i].number);
		assert_int_equal(partition->partition.start, expected[i].start << 20);
		assert_int_equal(partition->size, expected[i].size << 20);
		same("kind", expected[i].kind, partition->partition.kind);
		same("role", expected[i].role, partition->partition.role);
		assert_int_equal(partition->partition.active, expected[i].active);
		assert_null(partition->partition.uuid);
	}
	assert_null(layout_child(layout, disk->id, NODE_PARTITION, ARRAY_LENGTH(expected)));
	layout_free(layout);
	seen_end(&seen);
}

struct parameter {
	const char *id, *key, *value;
};

static const struct parameter parameters[] = {
	{ "fs:33333333-0000-0000-0000-000000000001", "block_size", "1024" },
	{ "fs:33333333-0000-0000-0000-000000000001", "inode_size", "256" },
	{ "fs:33333333-0000-0000-0000-000000000001", "inodes", "4096" },
	{ "fs:33333333-0000-0000-0000-000000000001", "reserved_blocks", "1966" },
	{ "fs:33333333-0000-0000-0000-000000000001", "errors", "remount-ro" },
	{ "fs:33333333-0000-0000-0000-000000000001", "default_mount_options", "journal_data_writeback,user_xattr,acl" },
	{ "fs:33333333-0000-0000-0000-000000000001", "extended_mount_options", "nodelalloc" },
	{ "fs:33333333-0000-0000-0000-000000000001", "journal_size", "4194304" },
	{ "fs:33333333-0000-0000-0000-000000000001", "flex_bg_size", "16" },
	{ "fs:33333333-0000-0000-0000-000000000001", "features",
	  "has_journal,ext_attr,resize_inode,dir_index,filetype,extent,flex_bg,sparse_super,large_file,huge_file,dir_nlink,"
	  "extra_isize,metadata_csum" },
	{ "fs:22222222-0000-0000-0000-000000000001", "features", "filetype,sparse_super" },
	{ "fs:22222222-0000-0000-0000-000000000001", "inode_size", "128" },
	{ "fs:22222222-0000-0000-0000-000000000001", "journal_size", NULL },
	{ "fs:44444444-0000-0000-0000-000000000001", "block_size", "4096" },
	{ "fs:44444444-0000-0000-0000-000000000001", "sector_size", "512" },
	{ "fs:44444444-0000-0000-0000-000000000001", "inode_size", "1024" },
	{ "fs:44444444-0000-0000-0000-000000000001", "directory_block_size", "8192" },
	{ "fs:44444444-0000-0000-0000-000000000001", "crc", "1" },
	{ "fs:44444444-0000-0000-0000-000000000001", "reflink", "1" },
	{ "fs:44444444-0000-0000-0000-000000000001", "rmapbt", "1" },
	{ "fs:44444444-0000-0000-0000-000000000001", "bigtime", "0" },
	{ "fs:44444444-0000-0000-0000-000000000001", "finobt", "1" },
	{ "fs:44444444-0000-0000-0000-000000000001", "inobtcount", "1" },
	{ "fs:44444444-0000-0000-0000-000000000001", "ftype", "1" },
	{ "fs:44444444-0000-0000-0000-000000000001", "sparse", "1" },
	{ "fs:44444444-0000-0000-0000-000000000001", "nrext64", "0" },
	{ "fs:44444444-0000-0000-0000-000000000001", "naming", "2" },
	{ "fs:44444444-0000-0000-0000-000000000001", "unknown_features", NULL },
	{ "fs:55555555-0000-0000-0000-000000000001", "sector_size", "4096" },
	{ "fs:55555555-0000-0000-0000-000000000001", "node_size", "16384" },
	{ "fs:55555555-0000-0000-0000-000000000001", "checksum", "xxhash" },
	{ "fs:55555555-0000-0000-0000-000000000001", "features", "extref,skinny-metadata" },
	{ "fs:55555555-0000-0000-0000-000000000001", "runtime_features", "free-space-tree" },
	{ "fs:55555555-0000-0000-0000-000000000001", "metadata_profile", "single" },
	{ "fs:55555555-0000-0000-0000-000000000001", "devices", "1" },
	{ "fs:ABCD-1234", "fat_bits", "32" },
	{ "fs:ABCD-1234", "cluster_sectors", "1" },
	{ "fs:ABCD-1234", "sector_size", "512" },
	{ "fs:ABCD-1234", "reserved_sectors", "32" },
	{ "fs:ABCD-1234", "fats", "2" },
};

static void test_parameters(void **state)
{
	struct seen seen;
	struct layout *layout;

	(void)state;
	set_up_virtio(&seen, "");
	layout = probe(&seen, NULL);
	for (size_t i = 0; i < ARRAY_LENGTH(parameters); i++) {
		struct node *node = layout_find(layout, parameters[i].id);

		if (!node)
			fail_msg("%s is not there", parameters[i].id);
		same(parameters[i].key, parameters[i].value, node_property(node, parameters[i].key));
	}
	layout_free(layout);
	seen_end(&seen);
}

static void test_contents(void **state)
{
	static const struct {
		const char *id, *kind, *on, *label;
		uint64_t size;
	} expected[] = {
		{ "fs:ABCD-1234", "vfat", "part:0.2", "ESP", 40 << 20 },
		{ "fs:33333333-0000-0000-0000-000000000001", "ext4", "part:0.3", "root", 64 << 20 },
		{ "fs:44444444-0000-0000-0000-000000000001", "xfs", "part:0.4", "data", 310 << 20 },
		{ "fs:55555555-0000-0000-0000-000000000001", "btrfs", "part:0.5", "pool", 120 << 20 },
		{ "fs:22222222-0000-0000-0000-000000000001", "ext2", "part:1.1", NULL, 16 << 20 },
		{ "fs:22222222-0000-0000-0000-000000000003", "ext3", "part:1.6", NULL, 16 << 20 },
		{ "fs:77777777-0000-0000-0000-000000000001", "ext4", "disk:2", NULL, 32 << 20 },
	};
	struct seen seen;
	struct layout *layout;
	struct node *node;

	(void)state;
	set_up_virtio(&seen, "");
	layout = probe(&seen, NULL);
	for (size_t i = 0; i < ARRAY_LENGTH(expected); i++) {
		node = layout_find(layout, expected[i].id);
		assert_non_null(node);
		same("kind", expected[i].kind, node->filesystem.kind);
		same("on", expected[i].on, node->on[0]);
		same("label", expected[i].label, node->label);
		same("uuid", expected[i].id + 3, node->uuid);
		assert_int_equal(node->size, expected[i].size);
		assert_true(node->used > 0 && node->used < node->size);
		assert_int_equal(layout_find(layout, node->on[0])->used, node->used);
	}
	node = layout_find(layout, "swap:66666666-0000-0000-0000-000000000001");
	assert_string_equal(node->label, "swap0");
	assert_int_equal(node->size, 8 << 20);
	assert_int_equal(node->swap.page_size, 4096);
	assert_int_equal(node->used, 0);
	node = disk_named(layout, "vdd");
	assert_null(layout_child(layout, node->id, NODE_TYPE_COUNT, 0));
	assert_null(node->disk.table);
	layout_free(layout);
	seen_end(&seen);
}

static const char mountinfo[] =
	"20 1 0:19 / /proc rw,nosuid - proc proc rw\n"
	"22 1 254:3 / / rw,relatime shared:1 master:2 - ext4 /dev/root rw,errors=remount-ro\n"
	"23 22 254:4 / /srv/with\\040space\\011\\012\\134end rw,noatime - xfs /dev/vda4 rw\n"
	"24 22 254:4 /sub /mnt/bound rw - xfs /dev/vda4 rw\n"
	"25 22 254:3 / /mnt/again rw - ext4 /dev/root rw\n"
	"26 22 254:17 / /boot rw - ext2 /dev/vdb1 rw\n"
	"27 22 254:22 / /hidden rw - ext3 /dev/vdb6 rw\n"
	"28 22 0:45 / /hidden rw - tmpfs none rw\n"
	"29 22 0:46 / /net rw - nfs4 server:/export rw\n"
	"30 22 253:0 / /volume rw - ext4 /dev/mapper/vg-lv rw\n"
	"31 22 0:47 / /pool ro - btrfs /dev/vda5 rw\n"
	"32 26 254:32 / /boot/efi/\\377 rw - ext4 /dev/vdc rw\n";

static void test_mounts(void **state)
{
	static const struct {
		const char *path, *on, *options;
	} expected[] = {
		{ "/", "fs:33333333-0000-0000-0000-000000000001", "rw,relatime" },
		{ "/boot", "fs:22222222-0000-0000-0000-000000000001", "rw" },
		{ "/boot/efi/\377", "fs:77777777-0000-0000-0000-000000000001", "rw" },
		{ "/pool", "fs:55555555-0000-0000-0000-000000000001", "ro" },
		{ "/srv/with space\t\n\\end", "fs:44444444-0000-0000-0000-000000000001", "rw,noatime" },
	};
	struct seen seen;
	struct layout *layout;
	size_t mounts = 0;

	(void)state;
	set_up_virtio(&seen, mountinfo);
	machine_line(seen.root, (char[]){ "link /sys/dev/block/253:0 ../../devices/virtual/block/dm-0" });
	layout = probe(&seen, NULL);
	for (size_t i = 0; i < layout->count; i++) {
		struct node *node = layout->nodes[i];

		if (node->type != NODE_MOUNT)
			continue;
		assert_true(mounts < ARRAY_LENGTH(expected));
		same("path", expected[mounts].path, node->mount.path);
		same("on", expected[mounts].on, node->on[0]);
		same("options", expected[mounts].options, node->mount.options);
		mounts++;
	}
	assert_int_equal(mounts, ARRAY_LENGTH(expected));
	warned(&seen, "/volume lies on dm-0");
	layout_free(layout);
	seen_end(&seen);
}

static void test_swap_in_use(void **state)
{
	static const char swaps[] = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"
				    "/dev/vdb5                               partition\t8188\t\t0\t\t-2\n"
				    "/swapfile                               file\t8188\t\t100\t\t-3\n";
	struct seen seen;
	struct layout *layout;
	char *why = NULL;

	(void)state;
	set_up_virtio(&seen, "");
	machine_write(seen.root, "/proc/swaps", swaps, strlen(swaps));
	layout = probe(&seen, NULL);
	assert_int_equal(layout_find(layout, "swap:66666666-0000-0000-0000-000000000001")->used, 4096);
	assert_true(disk_is_busy(&seen.ctx, disk_named(layout, "vdb"), &why));
	assert_string_equal(why, "vdb5 is used as swap");
	free(why);
	assert_false(disk_is_busy(&seen.ctx, disk_named(layout, "vda"), NULL));
	layout_free(layout);
	seen_end(&seen);
}

static void test_below_a_root(void **state)
{
	static const char table[] = "22 1 254:32 / / rw - ext4 /dev/vdc rw\n"
				    "23 22 254:3 / /mnt/target rw - ext4 /dev/vda3 rw\n"
				    "24 23 254:4 / /mnt/target/data rw - xfs /dev/vda4 rw\n"
				    "25 22 254:17 / /mnt/targets rw - ext2 /dev/vdb1 rw\n"
				    "26 22 254:3 /home /mnt/home rw - ext4 /dev/vda3 rw\n";
	struct seen seen;
	struct layout *layout;

	(void)state;
	set_up_virtio(&seen, table);
	layout = probe(&seen, "/mnt/target");
	assert_non_null(disk_named(layout, "vda"));
	assert_null(disk_named(layout, "vdb"));
	assert_null(disk_named(layout, "vdc"));
	/* All of the disk, with paths as the tree has them. */
	assert_non_null(layout_find(layout, "fs:ABCD-1234"));
	same("path", "/", layout_find(layout, "mount:0")->mount.path);
	same("path", "/data", layout_find(layout, "mount:1")->mount.path);
	assert_null(layout_find(layout, "mount:2"));
	layout_free(layout);
	/* A plain directory, and a bound one, are plain trees. */
	layout = probe(&seen, "/mnt");
	assert_int_equal(layout->count, 0);
	layout_free(layout);
	layout = probe(&seen, "/mnt/home");
	assert_int_equal(layout->count, 0);
	layout_free(layout);
	seen_end(&seen);
}

static void copy_image(struct seen *seen, const char *from, const char *to)
{
	AUTO_FREE char *source = text_format("%s/%s", images, from);
	AUTO_FREE char *target = text_format("%s/dev/%s", seen->root, to);
	pid_t child;
	int status;

	unlink(target);
	child = fork();
	if (child == 0) {
		execlp("cp", "cp", "--sparse=always", source, target, NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void change_image(struct seen *seen, const char *name, off_t offset, const void *data, size_t length)
{
	AUTO_FREE char *path = text_format("%s/dev/%s", seen->root, name);
	AUTO_CLOSE int fd = open(path, O_WRONLY | O_CLOEXEC);

	assert_int_equal(pwrite(fd, data, length, offset), (ssize_t)length);
}

static void resize_disk(struct seen *seen, const char *name, uint64_t sectors)
{
	AUTO_FREE char *line = text_format("file /sys/block/%s/size %llu", name, (unsigned long long)sectors);

	machine_line(seen->root, line);
}

static void assert_unknown(const struct layout *layout, const char *name)
{
	struct node *disk = disk_named(layout, name), *content;

	assert_non_null(disk);
	assert_null(disk->disk.table);
	assert_null(layout_child(layout, disk->id, NODE_PARTITION, 0));
	content = layout_child(layout, disk->id, NODE_TYPE_COUNT, 0);
	assert_non_null(content);
	assert_string_equal(content->filesystem.kind, FILESYSTEM_UNKNOWN);
}

static void test_copies_of_a_disk(void **state)
{
	struct seen seen;
	struct layout *layout;

	(void)state;
	set_up_virtio(&seen, "");
	copy_image(&seen, "vdc", "vdd");
	resize_disk(&seen, "vdd", 65536);
	layout = probe(&seen, NULL);
	/* The same UUID twice: two nodes. */
	assert_string_equal(layout_child(layout, "disk:2", NODE_FILESYSTEM, 0)->id, "fs:77777777-0000-0000-0000-000000000001");
	assert_string_equal(layout_child(layout, "disk:3", NODE_FILESYSTEM, 0)->uuid, "77777777-0000-0000-0000-000000000001");
	layout_free(layout);
	seen_end(&seen);
}

static void test_two_signatures(void **state)
{
	struct seen seen;
	struct layout *layout;

	(void)state;
	set_up_virtio(&seen, "");
	copy_image(&seen, "vdc", "vdc");
	/* An XFS superblock in front of the ext4 one, with sizes that make sense. */
	{
		unsigned char sb[512];
		AUTO_FREE char *path = text_format("%s/vda", images);
		AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);

		assert_int_equal(pread(fd, sb, sizeof(sb), 106 << 20), (ssize_t)sizeof(sb));
		change_image(&seen, "vdc", 0, sb, sizeof(sb));
	}
	layout = probe(&seen, NULL);
	assert_unknown(layout, "vdc");
	warned(&seen, "vdc carries signatures of several contents");
	layout_free(layout);
	seen_end(&seen);
}

static void test_damaged_tables(void **state)
{
	/* Entry 2 of the MBR: from sector 2048, as entry 1. */
	static const unsigned char overlapping[16] = { 0, 0, 0, 0, 0x83, 0, 0, 0, 0, 8, 0, 0, 0, 16, 0, 0 };
	struct seen seen;
	struct layout *layout;

	(void)state;
	set_up_virtio(&seen, "");
	copy_image(&seen, "vdb", "vdb");
	change_image(&seen, "vdb", 446 + 16, overlapping, sizeof(overlapping));
	layout = probe(&seen, NULL);
	assert_unknown(layout, "vdb");
	warned(&seen, "the partition table of disk vdb is damaged: partitions 1 and 2 overlap");
	layout_free(layout);
	seen_end(&seen);

	/* A table that was written for a larger disk. */
	set_up_virtio(&seen, "");
	copy_image(&seen, "vdb", "vdb");
	{
		AUTO_FREE char *path = text_format("%s/dev/vdb", seen.root);

		assert_int_equal(truncate(path, 20 << 20), 0);
	}
	resize_disk(&seen, "vdb", 40960);
	layout = probe(&seen, NULL);
	assert_unknown(layout, "vdb");
	layout_free(layout);
	seen_end(&seen);
}

static void test_lost_primary_gpt(void **state)
{
	static const unsigned char zeros[1024];
	struct seen seen;
	struct layout *layout;

	(void)state;
	set_up_virtio(&seen, "");
	copy_image(&seen, "vda", "vda");
	/* No protective MBR, no first header: only the second GPT tells that there is something. */
	change_image(&seen, "vda", 0, zeros, sizeof(zeros));
	layout = probe(&seen, NULL);
	assert_unknown(layout, "vda");
	layout_free(layout);
	seen_end(&seen);
}

static void test_foreign_members(void **state)
{
	struct seen seen;
	static const char json[] =
		"{\"keyslots\":{\"1\":{\"type\":\"luks2\",\"key_size\":64,\"area\":{\"encryption\":\"aes-xts-plain64\"},\"af\":"
		"{\"type\":\"luks1\",\"hash\":\"sha512\"},\"priority\":2,\"kdf\":"
		"{\"type\":\"argon2id\",\"time\":4,\"memory\":1048576,\"cpus\":2,\"salt\":\"c2FsdA==\"}}},\"segments\":{\"0\":{\"type\":"
		"\"crypt\",\"offset\":\"16777216\",\"encryption\":\"aes-xts-plain64\",\"sector_size\":4096,\"size\":\"1048576\",\"iv_tweak\":\"8\"}},\"digests\":{\"0\":{\"hash\":"
		"\"sha1\",\"segments\":[\"1\"]},\"1\":{\"hash\":\"sha256\",\"segments\":[\"0\"],\"salt\":\"c2FsdA==\"}},\"tokens\":{\"0\":{\"type\":"
		"\"systemd-tpm2\"}},\"config\":{\"keyslots_size\":\"16744448\",\"flags\":[\"allow-discards\",\"no-read-workqueue\"],"
		"\"requirements\":{\"mandatory\":[\"online-reencrypt-v2\"]}}}";
	struct layout *layout;
	struct node *luks;

	(void)state;
	set_up_virtio(&seen, "");
	copy_image(&seen, "vdd", "vdd");
	{
		/* A LUKS2 header, as far as it is looked at. */
		unsigned char header[4096] = { 'L', 'U', 'K', 'S', 0xba, 0xbe, 0, 2 };

		header[14] = 0x40;
		memcpy(header + 24, "secret", 6);
		memcpy(header + 168, "88888888-0000-0000-0000-000000000001", 36);
		change_image(&seen, "vdd", 0, header, sizeof(header));
		change_image(&seen, "vdd", sizeof(header), json, sizeof(json));
	}
	layout = probe(&seen, NULL);
	luks = layout_find(layout, "luks:88888888-0000-0000-0000-000000000001");
	assert_non_null(luks);
	assert_int_equal(luks->type, NODE_LUKS);
	assert_string_equal(luks->on[0], "disk:3");
	same("version", "2", node_property(luks, "version"));
	same("cipher", "aes-xts-plain64", node_property(luks, "cipher"));
	same("payload", "16777216", node_property(luks, "payload_offset"));
	same("sector", "4096", node_property(luks, "sector_size"));
	same("kdf", "argon2id", node_property(luks, "keyslot_1_type"));
	same("memory", "1048576", node_property(luks, "keyslot_1_memory"));
	same("key", "64", node_property(luks, "keyslot_1_key_size"));
	same("token", "systemd-tpm2", node_property(luks, "token_0"));
	same("flags", "allow-discards,no-read-workqueue", node_property(luks, "flags"));
	same("requirements", "online-reencrypt-v2", node_property(luks, "requirements"));
	same("hash", "sha256", node_property(luks, "hash"));
	same("anti-forensic hash", "sha512", node_property(luks, "keyslot_1_af_hash"));
	same("priority", "2", node_property(luks, "keyslot_1_priority"));
	same("length", "1048576", node_property(luks, "payload_size"));
	same("tweak", "8", node_property(luks, "iv_tweak"));
	for (size_t i = 0; i < luks->property_count; i++)
		assert_null(strstr(luks->properties[i].value, "c2FsdA"));
	layout_free(layout);
	seen_end(&seen);
}

/* Member NUMBER of a degraded RAID5 of three with metadata 1.x, whose superblock lies at OFFSET. */
static void make_member(struct seen *seen, const char *disk, unsigned number, uint64_t offset)
{
	static const uint16_t roles[] = { 0, 2, 0xffff, 0xfffe };
	static const struct md_array array = { .name = "srv:data", .level = 5, .layout = 2, .disks = 3, .sectors = 4096, .chunk = 1024,
					       .bitmap = true, .roles = roles, .role_count = ARRAY_LENGTH(roles) };
	unsigned char sb[4096];

	md_superblock(sb, &array, number, offset);
	copy_image(seen, disk, disk);
	change_image(seen, disk, (off_t)offset, sb, sizeof(sb));
}

static void test_array(void **state)
{
	static const unsigned char zeros[8192];
	struct seen seen;
	struct layout *layout;
	struct node *raid;

	(void)state;
	set_up_virtio(&seen, "");
	make_member(&seen, "vdc", 1, 4096);
	change_image(&seen, "vdc", 0, zeros, 4096);
	make_member(&seen, "vdd", 2, 4096);
	layout = probe(&seen, NULL);
	raid = layout_find(layout, "raid:" MD_UUID);
	assert_non_null(raid);
	assert_int_equal(strv_length(raid->on), 2);
	same("metadata", "1.2", node_property(raid, "metadata"));
	same("level", "raid5", node_property(raid, "level"));
	same("algorithm", "2", node_property(raid, "algorithm"));
	same("name", "srv:data", node_property(raid, "name"));
	same("chunk", "524288", node_property(raid, "chunk_size"));
	same("component", "2097152", node_property(raid, "component_size"));
	same("disks", "3", node_property(raid, "raid_disks"));
	same("bitmap", "internal", node_property(raid, "bitmap"));
	same("first role", "2", node_property(raid, "member_0_role"));
	same("second role", "spare", node_property(raid, "member_1_role"));
	same("offset", "1048576", node_property(raid, "member_1_data_offset"));
	same("member", "12121212-1212-1212-1212-121212121212", node_property(raid, "member_1_uuid"));
	layout_free(layout);
	seen_end(&seen);
}

static void test_replacement_in_an_array(void **state)
{
	static const uint16_t roles[] = { 0, 1, 1 };
	static const unsigned char zeros[4096];
	struct md_array array = { .name = "a", .level = 1, .disks = 2, .sectors = 4096, .roles = roles, .role_count = ARRAY_LENGTH(roles), .events = 7 };
	struct layout *layout;
	struct seen seen;
	struct node *raid;

	(void)state;
	set_up_virtio(&seen, "");
	for (unsigned i = 0; i < 2; i++) {
		const char *disk = i ? "vdd" : "vdc";
		unsigned char sb[4096];

		array.features = i ? 0x10 | 0x40 : 0x40;
		md_superblock(sb, &array, 1 + i, 4096);
		copy_image(&seen, disk, disk);
		change_image(&seen, disk, 0, zeros, sizeof(zeros));
		change_image(&seen, disk, 4096, sb, sizeof(sb));
	}
	layout = probe(&seen, NULL);
	raid = layout_find(layout, "raid:" MD_UUID);
	assert_non_null(raid);
	same("the place", "1", node_property(raid, "member_0_role"));
	same("no place yet", "spare", node_property(raid, "member_1_role"));
	same("why", "1", node_property(raid, "member_1_replacement"));
	same("log", "1", node_property(raid, "partial_parity_log"));
	layout_free(layout);
	seen_end(&seen);
}

/* A member that was replaced before the array grew, and is there again: it tells what is no longer true. */
static void test_old_member_of_an_array(void **state)
{
	static const uint16_t roles[] = { 0, 1, 2, 3 }, replaced[] = { 0, 0xfffe, 1, 3 };
	static const unsigned char zeros[4096];

	(void)state;
	for (unsigned old = 0; old < 2; old++) {
		const char *const disks[] = { old ? "vdc" : "vdd", old ? "vdd" : "vdc" };
		struct md_array array = { .name = "a", .level = 5, .layout = 2, .disks = 3, .sectors = 4096, .chunk = 1024, .bitmap = true, .roles = roles,
					  .role_count = ARRAY_LENGTH(roles), .events = 7 };
		unsigned char sb[4096];
		struct layout *layout;
		struct seen seen;
		struct node *raid;

		set_up_virtio(&seen, "");
		for (unsigned i = 0; i < 2; i++) {
			md_superblock(sb, &array, 1 + i, 4096);
			copy_image(&seen, disks[i], disks[i]);
			change_image(&seen, disks[i], 0, zeros, sizeof(zeros));
			change_image(&seen, disks[i], 4096, sb, sizeof(sb));
			array = (struct md_array){ .name = "b", .level = 6, .disks = 4, .sectors = 8192, .chunk = 1024, .roles = replaced,
						   .role_count = ARRAY_LENGTH(roles), .events = 1000, .flags = 3 };
		}
		layout = probe(&seen, NULL);
		raid = layout_find(layout, "raid:" MD_UUID);
		assert_non_null(raid);
		same("level", "raid6", node_property(raid, "level"));
		same("disks", "4", node_property(raid, "raid_disks"));
		same("name", "b", node_property(raid, "name"));
		same("events", "1000", node_property(raid, "events"));
		assert_null(node_property(raid, "bitmap"));
		assert_null(node_property(raid, "algorithm"));
		assert_int_equal(raid->size, 2 * 8192 * 512);
		same("its role", "faulty", node_property(raid, old ? "member_0_role" : "member_1_role"));
		same("the role of its replacement", "1", node_property(raid, old ? "member_1_role" : "member_0_role"));
		same("its count", "7", node_property(raid, old ? "member_0_events" : "member_1_events"));
		same("flags", "write-mostly,failfast", node_property(raid, old ? "member_1_flags" : "member_0_flags"));
		layout_free(layout);
		seen_end(&seen);
	}
}

#define DISK_SIZE (65536u * 512)     /* of vdc */

/* Where the superblock lies tells the version. */
static void test_array_versions(void **state)
{
	static const struct {
		const char *version;
		uint64_t offset;
	} rows[] = { { "1.0", (DISK_SIZE - 8192) & ~4095u }, { "1.1", 0 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		static const unsigned char zeros[8192];
		struct seen seen;
		struct layout *layout;
		struct node *raid;

		set_up_virtio(&seen, "");
		copy_image(&seen, "vdc", "vdc");
		change_image(&seen, "vdc", 0, zeros, sizeof(zeros));
		make_member(&seen, "vdc", 1, rows[i].offset);
		if (rows[i].offset)
			change_image(&seen, "vdc", 0, zeros, sizeof(zeros));
		layout = probe(&seen, NULL);
		raid = layout_find(layout, "raid:" MD_UUID);
		if (!raid)
			fail_msg("no array of version %s", rows[i].version);
		same("metadata", rows[i].version, node_property(raid, "metadata"));
		same("role", "2", node_property(raid, "member_0_role"));
		/* Two of three members of 2 MiB hold data. */
		assert_int_equal(raid->size, 2 * 4096 * 512);
		layout_free(layout);
		seen_end(&seen);
	}
}

static void test_old_array(void **state)
{
	static const unsigned char zeros[8192];
	unsigned char sb[4096] = { 0 };
	struct seen seen;
	struct layout *layout;
	struct node *raid;

	(void)state;
	md_put(sb, 0xa92b4efc, 4);
	md_put(sb + 8, 90, 4);
	md_put(sb + 4 * 5, 0x11223344, 4);
	md_put(sb + 4 * 7, 1, 4);
	md_put(sb + 4 * 8, 4096, 4);
	md_put(sb + 4 * 9, 2, 4);
	md_put(sb + 4 * 10, 2, 4);
	md_put(sb + 4 * 11, 3, 4);
	md_put(sb + 4 * 13, 0x55667788, 4);
	md_put(sb + 4 * (992 + 3), 1, 4);
	md_put(sb + 4 * (992 + 4), 6, 4);
	set_up_virtio(&seen, "");
	copy_image(&seen, "vdc", "vdc");
	change_image(&seen, "vdc", 0, zeros, sizeof(zeros));
	change_image(&seen, "vdc", (DISK_SIZE & ~65535u) - 65536, sb, sizeof(sb));
	layout = probe(&seen, NULL);
	raid = layout_child(layout, disk_named(layout, "vdc")->id, NODE_RAID, 0);
	assert_non_null(raid);
	same("metadata", "0.90", node_property(raid, "metadata"));
	same("level", "raid1", node_property(raid, "level"));
	same("component", "4194304", node_property(raid, "component_size"));
	same("minor", "3", node_property(raid, "preferred_minor"));
	same("role", "1", node_property(raid, "member_0_role"));
	assert_int_equal(raid->size, 4194304);
	layout_free(layout);
	seen_end(&seen);
}

static void test_bcache(void **state)
{
	static const unsigned char magic[16] = { 0xc6, 0x85, 0x73, 0xf6, 0x4e, 0x1a, 0x45, 0xca, 0x82, 0x65, 0xf5, 0x7f, 0x48, 0xba, 0x6d, 0x81 };
	static const unsigned char zeros[8192];
	unsigned char sb[4096] = { 0 };
	struct seen seen;
	struct layout *layout;
	struct node *node;

	(void)state;
	md_put(sb + 8, 8, 8);
	md_put(sb + 16, 4, 8);                  /* a backing device with an offset */
	memcpy(sb + 24, magic, sizeof(magic));
	memset(sb + 40, 0x11, 16);
	memset(sb + 56, 0x22, 16);
	md_put(sb + 184, 16, 8);
	md_put(sb + 192, 1, 2);
	set_up_virtio(&seen, "");
	copy_image(&seen, "vdc", "vdc");
	change_image(&seen, "vdc", 0, zeros, sizeof(zeros));
	change_image(&seen, "vdc", 4096, sb, sizeof(sb));
	layout = probe(&seen, NULL);
	node = layout_child(layout, disk_named(layout, "vdc")->id, NODE_FILESYSTEM, 0);
	assert_non_null(node);
	assert_string_equal(node->filesystem.kind, "bcache");
	same("role", "backing", node_property(node, "role"));
	same("set", "22222222-2222-2222-2222-222222222222", node_property(node, "set_uuid"));
	same("offset", "8192", node_property(node, "data_offset"));
	same("block", "512", node_property(node, "block_size"));
	layout_free(layout);
	seen_end(&seen);
}

static void test_damaged_superblocks(void **state)
{
	struct seen seen;
	struct layout *layout;
	struct node *node;
	static const unsigned char huge[] = { 0xff, 0xff, 0xff, 0xff };

	(void)state;
	set_up_virtio(&seen, "");
	copy_image(&seen, "vdc", "vdc");
	/* More free blocks than blocks. */
	change_image(&seen, "vdc", 1024 + 12, huge, sizeof(huge));
	layout = probe(&seen, NULL);
	node = layout_child(layout, disk_named(layout, "vdc")->id, NODE_FILESYSTEM, 0);
	/* libblkid may doubt its checksum; what counts is that nothing of it is believed. */
	assert_non_null(node);
	assert_int_equal(node->property_count, 0);
	layout_free(layout);
	seen_end(&seen);
}

static void test_round_trip(void **state)
{
	struct seen seen;
	struct layout *layout, *again = NULL;
	json_t *json;

	(void)state;
	set_up_virtio(&seen, mountinfo);
	layout = probe(&seen, NULL);
	json = layout_to_json(layout);
	assert_int_equal(layout_from_json(&seen.ctx, json, &again), 0);
	assert_int_equal(again->count, layout->count);
	assert_null(layout_find(again, "part:0.1")->device);
	json_decref(json);
	layout_free(again);
	layout_free(layout);
	seen_end(&seen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_identities),
		cmocka_unit_test(test_unreadable_is_not_blank),
		cmocka_unit_test(test_gpt),
		cmocka_unit_test(test_mbr),
		cmocka_unit_test(test_parameters),
		cmocka_unit_test(test_contents),
		cmocka_unit_test(test_mounts),
		cmocka_unit_test(test_swap_in_use),
		cmocka_unit_test(test_below_a_root),
		cmocka_unit_test(test_copies_of_a_disk),
		cmocka_unit_test(test_two_signatures),
		cmocka_unit_test(test_damaged_tables),
		cmocka_unit_test(test_lost_primary_gpt),
		cmocka_unit_test(test_foreign_members),
		cmocka_unit_test(test_array),
		cmocka_unit_test(test_replacement_in_an_array),
		cmocka_unit_test(test_old_member_of_an_array),
		cmocka_unit_test(test_array_versions),
		cmocka_unit_test(test_old_array),
		cmocka_unit_test(test_bcache),
		cmocka_unit_test(test_damaged_superblocks),
		cmocka_unit_test(test_round_trip),
	};

	return cmocka_run_group_tests_name("probe", tests, make_images, remove_images);
}
