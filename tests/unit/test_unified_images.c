/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Command lines inside unified kernel images: found, judged, and told with what to do; files that are no such thing, or damaged. */
#include "finish_case.h"

#include "../../backend/finish/loader_settings.h"
#include "../../backend/finish/pe_sections.h"
#include "../../backend/finish/unified_images.h"

#define PE_AT 0x80u
#define TABLE (PE_AT + 24 + 112)
#define DATA 0x400u
#define SIZE 0x800u

/* An EFI program with COUNT sections, their contents at DATA and 0x100 bytes behind each other. */
static void make_image(unsigned char *image, size_t count, const char *const (*sections)[2])
{
	memset(image, 0, SIZE);
	memcpy(image, "MZ", 2);
	image[60] = PE_AT;
	memcpy(image + PE_AT, "PE\0\0", 4);
	image[PE_AT + 6] = (unsigned char)count;
	image[PE_AT + 20] = 112;
	for (size_t i = 0; i < count; i++) {
		unsigned char *section = image + TABLE + 40 * i;
		size_t length = strlen(sections[i][1]), at = DATA + 0x100 * i;

		memcpy(section, sections[i][0], strlen(sections[i][0]));
		section[8] = (unsigned char)length;
		section[16] = 0; /* raw: 0x100, filled with what nobody is to read */
		section[17] = 1;
		section[20] = (unsigned char)at;
		section[21] = (unsigned char)(at >> 8);
		memset(image + at, '#', 0x100);
		memcpy(image + at, sections[i][1], length);
	}
}

static bool says(char *const *notes, const char *part)
{
	for (; notes && *notes; notes++)
		if (strstr(*notes, part))
			return true;
	return false;
}

static void look(struct finish_case *it, struct finish_result *result)
{
	struct finish_options options = { .plan = &it->plan };
	struct finish_job job = { .options = &options, .result = result, .root_fd = it->fd };

	assert_int_equal(unified_images_finish(&job), 0);
	assert_false(job.broken);
}

static void test_told(void **state)
{
	static const char *const old[][2] = { { ".osrel", "ID=debian" }, { ".cmdline", "root=/dev/sda3 ro quiet\n" }, { ".uname", "6.12.1-amd64\n" } };
	static const char *const good[][2] = { { ".cmdline", "root=UUID=" ROOT_UUID " ro" } };
	static const char *const profiles[][2] = { { ".cmdline", "ro" }, { ".cmdlin", "root=/dev/sda3" }, { ".cmdline", "resume=/dev/sda4" } };
	struct finish_case *it = *state;
	struct finish_result result = { 0 };
	unsigned char image[SIZE];

	make_image(image, 3, old);
	case_write(it, "boot/efi/EFI/Linux/debian.efi", image, SIZE);
	make_image(image, 1, good);
	case_write(it, "boot/efi/EFI/Linux/good.efi", image, SIZE);
	make_image(image, 3, profiles);
	case_write(it, "efi/EFI/Linux/good.efi.extra.d/x.addon.efi", image, SIZE);
	look(it, &result);
	assert_int_equal(strv_length(result.reasons), 2);
	assert_true(says(result.reasons, "inside /boot/efi/EFI/Linux/debian.efi names what only the old machine had"));
	assert_true(says(result.reasons, "with the command line 'root=UUID=" ROOT_UUID " ro quiet' (ukify build --config=/etc/kernel/uki.conf "
					      "--uname=6.12.1-amd64)"));
	assert_true(says(result.reasons, "inside /efi/EFI/Linux/good.efi.extra.d/x.addon.efi names"));
	assert_true(says(result.reasons, "'resume=UUID=" SWAP_UUID "'"));
	finish_result_done(&result);
}

/* The program that the system has is named. */
static void test_programs(void **state)
{
	static const char *const old[][2] = { { ".cmdline", "root=/dev/sda3" }, { ".uname", "6.1" } };
	static const struct {
		const char *file, *told;
	} programs[] = {
		{ "usr/bin/kernel-install", "(kernel-install add 6.1 /lib/modules/6.1/vmlinuz)" },
		{ "usr/bin/mkinitcpio", "(mkinitcpio -P)" },
		{ "usr/bin/dracut", "(dracut --force --uefi --kver 6.1)" },
	};
	struct finish_case *it = *state;
	unsigned char image[SIZE];

	make_image(image, 2, old);
	case_write(it, "boot/EFI/Linux/a.efi", image, SIZE);
	for (size_t i = 0; i < ARRAY_LENGTH(programs); i++) {
		struct finish_result result = { 0 };
		AUTO_FREE char *path = text_format("%s/%s", it->directory, programs[i].file);

		case_write_text(it, programs[i].file, "#!/bin/sh\n");
		assert_int_equal(chmod(path, 0755), 0);
		look(it, &result);
		assert_true(says(result.reasons, programs[i].told));
		finish_result_done(&result);
	}
	/* The system says which. */
	struct finish_result result = { 0 };
	case_write_text(it, "etc/kernel/install.conf", "# x\nlayout=uki\n");
	look(it, &result);
	assert_true(says(result.reasons, "(kernel-install add"));
	finish_result_done(&result);
}

static void test_settings(void **state)
{
	struct finish_case *it = *state;
	struct finish_result result = { 0 };
	struct finish_options options = { .plan = &it->plan };
	struct finish_job job = { .options = &options, .result = &result, .root_fd = it->fd };

	case_write_text(it, "etc/kernel/uki.conf", "[UKI]\nCmdline=root=/dev/sda3 ro\nUname=6.1\n");
	assert_int_equal(loader_settings_finish(&it->ctx, &job), 0);
	case_check_text(it, "etc/kernel/uki.conf", "[UKI]\nCmdline=root=UUID=" ROOT_UUID " ro\nUname=6.1\n");
	strv_free(job.corrected);
	finish_result_done(&result);
}

/* Each byte of the headers set to each of some values: no section lies outside of the file. */
static void test_damage(void **state)
{
	static const char *const sections[][2] = { { ".cmdline", "root=/dev/sda3" }, { ".uname", "6.1" } };
	static const unsigned char values[] = { 0, 1, 0x7f, 0x80, 0xff };
	struct finish_case *it = *state;
	struct finish_result result = { 0 };
	unsigned char image[SIZE];
	struct pe_section section;
	size_t at = 0;

	make_image(image, 2, sections);
	assert_int_equal(pe_section_next(image, SIZE, SIZE, ".cmdline", &at, &section), 1);
	assert_true(section.offset == DATA && section.length == 14);
	assert_int_equal(pe_section_next(image, SIZE, SIZE, ".cmdline", &at, &section), 0);
	/* Cut off. */
	for (size_t length = 0; length < DATA; length++) {
		at = 0;
		assert_true(pe_section_next(image, length, length, ".cmdline", &at, &section) < 0);
	}
	for (size_t i = 0; i < DATA; i++)
		for (size_t k = 0; k < ARRAY_LENGTH(values); k++) {
			unsigned char kept = image[i];

			image[i] = values[k];
			for (at = 0; pe_section_next(image, SIZE, SIZE, ".cmdline", &at, &section) == 1;)
				assert_true(section.offset <= SIZE && section.length <= SIZE - section.offset);
			image[i] = kept;
		}
	image[TABLE + 23] = 0x7f; /* far behind the end */
	case_write(it, "boot/efi/EFI/Linux/damaged.efi", image, SIZE);
	case_write(it, "boot/efi/EFI/Linux/text.efi", "text", 4);
	look(it, &result);
	assert_true(says(result.reasons, "/boot/efi/EFI/Linux/damaged.efi could not be read"));
	assert_true(says(result.reasons, "/boot/efi/EFI/Linux/text.efi could not be read"));
	finish_result_done(&result);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE_TEST(test_told),
		CASE_TEST(test_programs),
		CASE_TEST(test_settings),
		CASE_TEST(test_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
