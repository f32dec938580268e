/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any text as a file of the restored system that finishing reads and corrects: fstab, the menu, loader settings, what efibootmgr says.
 * What is corrected is right the second time.
 */
#include <fcntl.h>
#include <stdint.h>

#include "../../backend/machine/local_boot.h"
#include "../../backend/finish/drivers.h"
#include "../../backend/finish/firmware_entries.h"
#include "../../backend/finish/crypttab.h"
#include "../../backend/finish/device_table.h"
#include "../../backend/finish/fstab.h"
#include "../../backend/finish/grub_commands.h"
#include "../../backend/finish/grub_menu.h"
#include "../../backend/finish/setting_words.h"
#include "../../backend/finish/verity_tables.h"
#include "../unit/finish_case.h"
#include "text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct finish_case *it;

static void remove_case(void)
{
	void *state = it;

	case_teardown(&state);
}

static void make_case(void)
{
	static const char *const files[] = { "boot/vmlinuz-6.1.0", "boot/initrd.img-6.1.0", "vmlinuz", "initrd.img" };
	void *state;

	case_setup(&state);
	it = state;
	atexit(remove_case);
	for (size_t i = 0; i < ARRAY_LENGTH(files); i++)
		case_write_text(it, files[i], "x");
}

static void correct_fstab(const struct plan *plan, const char *text)
{
	AUTO_BUFFER struct buffer once = { 0 }, twice = { 0 };
	CLEANUP(fstab_notes_done) struct fstab_notes notes = { 0 }, more = { 0 };
	AUTO_FSTAB struct fstab fstab = { 0 };

	if (fstab_parse(text, &fstab) < 0 || fstab_correct(plan, -1, NULL, text, &once, &notes) < 0)
		abort();
	if (fstab_correct(plan, -1, NULL, once.data ? once.data : "", &twice, &more) != 0)
		abort();
}

static void correct_crypttab(const struct plan *plan, const char *text)
{
	AUTO_BUFFER struct buffer once = { 0 }, twice = { 0 };
	AUTO_STRV char **notes = NULL, **more = NULL, **names = NULL;

	if (crypttab_names(plan, text, &names) < 0 || crypttab_correct(plan, "etc/crypttab", text, &once, &notes) < 0 ||
	    crypttab_correct(plan, "etc/crypttab", once.data ? once.data : "", &twice, &more) != 0)
		abort();
}

static void correct_verity_tables(const struct plan *plan, const char *text)
{
	static const char *const files[] = { "etc/veritytab", "etc/integritytab" };

	for (size_t i = 0; i < ARRAY_LENGTH(files); i++) {
		AUTO_BUFFER struct buffer once = { 0 }, twice = { 0 };
		AUTO_STRV char **notes = NULL, **more = NULL;

		if (verity_table_correct(plan, files[i], text, &once, &notes) < 0 ||
		    verity_table_correct(plan, files[i], once.data ? once.data : "", &twice, &more) != 0)
			abort();
	}
}

static void correct_commands(const struct plan *plan, const char *text)
{
	AUTO_BUFFER struct buffer once = { 0 }, twice = { 0 };
	AUTO_STRV char **notes = NULL, **more = NULL;

	if (grub_commands_correct(plan, "boot/grub/custom.cfg", text, &once, &notes) < 0 ||
	    grub_commands_correct(plan, "boot/grub/custom.cfg", once.data ? once.data : "", &twice, &more) != 0)
		abort();
}

static void correct_words(const struct plan *plan, const char *text)
{
	const unsigned places = DEVICES_ON_COMMAND_LINE | DEVICES_IN_MOUNTS | DEVICES_IN_CRYPTOPTS | DEVICES_IN_UNITS | DEVICES_OF_INITRAMFS;
	AUTO_BUFFER struct buffer once = { 0 }, twice = { 0 };
	AUTO_STRV char **notes = NULL;
	AUTO_STRV char **more = NULL;

	if (setting_words_correct(plan, "etc/default/grub", text, places, &once, &notes) < 0 ||
	    setting_words_correct(plan, "etc/default/grub", once.data ? once.data : "", places, &twice, &more) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_FREE char *text = fuzz_text(data, size), *why = NULL;
	AUTO_FIRMWARE_ENTRIES struct firmware_entries entries = { 0 };
	CLEANUP(local_kernel_done) struct local_kernel kernel = { 0 };

	if (!it)
		make_case();
	correct_fstab(&it->plan, text);
	correct_crypttab(&it->plan, text);
	correct_verity_tables(&it->plan, text);
	correct_commands(&it->plan, text);
	correct_words(&it->plan, text);
	if (grub_menu_check_text(&it->plan, it->fd, text, &why) == 1 && !why)
		abort();
	if (local_boot_parse(text, &kernel) == 0 && !kernel.kernel)
		abort();
	if (firmware_entries_parse(text, &entries) < 0)
		abort();
	for (size_t i = 0; i < entries.count; i++)
		firmware_entry_is_of(entries.entries + i, "debian");
	drivers_are_listed(text, "virtio_blk");
	return 0;
}
