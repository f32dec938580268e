#include "set.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "set_source.h"

struct set {
	struct set_source source;
	struct manifest *manifest;
};

/* The sentence for a location where no set was found. */
static int fail_open(struct context *ctx, const char *location, int r)
{
	if (r == -ENOENT)
		return context_fail(ctx, ENOENT, "there is no recovery set at %s: no " MANIFEST_NAME " is there", location);
	if (r == -EBADMSG)
		return context_fail(ctx, EBADMSG, "the recovery set at %s cannot be opened: the image it lies on is damaged", location);
	/* What libarchive says of a file that is none of its formats. */
	if (r == -EILSEQ)
		return context_fail(ctx, EBADMSG, "there is no recovery set at %s: it is neither a directory nor an ISO image",
				    location);
	return context_fail(ctx, -r, "the recovery set at %s cannot be opened: %s", location, strerror(-r));
}

bool set_is_address(const char *location)
{
	static const char *const schemes[] = { "nfs:", "smb:", "s3:", "ssh:", "tape:" };

	for (size_t i = 0; i < ARRAY_LENGTH(schemes); i++)
		if (!strncasecmp(location, schemes[i], strlen(schemes[i])))
			return true;
	return strstr(location, "://") || !strcmp(location, "-");
}

/* What cannot be found, and why: a name that is an address was not mistyped. */
static int fail_missing(struct context *ctx, const char *location)
{
	if (set_is_address(location) || !strcmp(location, "cdrom:"))
		return context_fail(ctx, EOPNOTSUPP, "%s: this version reads sets from directories and .iso files only; mount what the set lies "
				    "on, and name the directory", location);
	return context_fail(ctx, ENOENT, "there is nothing at %s: check the name", location);
}

/* Neither a directory nor a file: not opened, a fifo would wait and a tape would move. */
static bool is_openable(const struct stat *st)
{
	return S_ISDIR(st->st_mode) || S_ISREG(st->st_mode);
}

static int open_source(struct context *ctx, const char *location, struct set_source *source)
{
	struct stat st;
	int r;

	if (stat(location, &st) < 0)
		return errno == ENOENT ? fail_missing(ctx, location) : fail_open(ctx, location, -errno);
	if (S_ISBLK(st.st_mode))
		return context_fail(ctx, EINVAL, "%s is a device: mount it, and name the directory of the recovery set", location);
	if (!is_openable(&st))
		return context_fail(ctx, EINVAL, "there is no recovery set at %s: it is neither a directory nor an ISO image", location);
	source->location = strdup(location);
	if (!source->location)
		return context_oom(ctx);
	r = S_ISDIR(st.st_mode) ? source_open_directory(source, location) : source_open_image(source);
	return r < 0 ? fail_open(ctx, location, r) : 0;
}

static int load_manifest(struct context *ctx, struct set *set)
{
	AUTO_FREE void *text = NULL;
	size_t length = 0;
	int r = set->source.type->load(&set->source, MANIFEST_NAME, MANIFEST_LIMIT, &text, &length);

	if (r == -EFBIG)
		return context_fail(ctx, EBADMSG, "the manifest " MANIFEST_NAME " is not valid: it is too long");
	if (r == SOURCE_NO_FILE)
		return context_fail(ctx, EBADMSG, "the manifest " MANIFEST_NAME " at %s is no regular file", set->source.location);
	return r < 0 ? fail_open(ctx, set->source.location, r) : manifest_parse(ctx, text, length, &set->manifest);
}

int set_open(struct context *ctx, const char *location, struct set **ret)
{
	AUTO_SET struct set *set = calloc(1, sizeof(*set));
	int r;

	if (!set)
		return context_oom(ctx);
	r = open_source(ctx, location, &set->source);
	if (r == 0)
		r = load_manifest(ctx, set);
	if (r == 0)
		*ret = TAKE_POINTER(set);
	return r;
}

void set_close(struct set *set)
{
	if (!set)
		return;
	if (set->source.type)
		set->source.type->close(&set->source);
	free(set->source.location);
	manifest_free(set->manifest);
	free(set);
}

const struct manifest *set_manifest(const struct set *set)
{
	return set->manifest;
}

const char *set_location(const struct set *set)
{
	return set->source.location;
}

bool set_is_random_access(const struct set *set)
{
	return set->source.type->random_access;
}

/* The sentence for a member that could not be read; WHAT names it, STORED is its length in the manifest. */
static int fail_read(struct context *ctx, const struct set *set, int r, const char *name, const char *what, uint64_t stored)
{
	const char *location = set->source.location;

	switch (-r) {
	case ENOENT:
		return context_fail(ctx, EBADMSG, "%s %s is missing from the set at %s", what, name, location);
	case -SOURCE_NO_FILE:
		return context_fail(ctx, EBADMSG, "%s %s of the set at %s is no regular file", what, name, location);
	case EFBIG:
		return context_fail(ctx, EBADMSG, "%s %s is longer than the manifest says (%" PRIu64 " bytes)", what, name, stored);
	case ENOMEM:
		return context_fail(ctx, ENOMEM, "out of memory for %s %s (%" PRIu64 " bytes)", what, name, stored);
	case EBADMSG:
		return context_fail(ctx, EBADMSG, "%s %s cannot be read: the image %s, on which it lies, is damaged or cut short", what,
				    name, location);
	case EMFILE:
	case ENFILE:
		return context_fail(ctx, -r, "%s %s cannot be opened: %s", what, name, strerror(-r));
	default:
		/* ENXIO, ESTALE, EUCLEAN, EACCES, ...: to who reads a set they are one. */
		return context_fail(ctx, EIO, "%s %s cannot be read from %s: %s; check the medium", what, name, location, strerror(-r));
	}
}

/* A member of known length and digest; WHAT names it in sentences. */
static int load_checked(struct context *ctx, struct set *set, const char *name, const char *what, uint64_t stored,
			const char *sha256, void **ret)
{
	AUTO_FREE void *data = NULL;
	char found[DIGEST_HEX];
	size_t length = 0;
	int r = context_check_cancel(ctx);

	if (r < 0)
		return r;
	r = set->source.type->load(&set->source, name, stored, &data, &length);
	if (r < 0)
		return fail_read(ctx, set, r, name, what, stored);
	if (length < stored)
		return context_fail(ctx, EBADMSG, "%s %s is too short: %zu bytes instead of %" PRIu64, what, name, length,
				    stored);
	if (digest_buffer(data, length, found) < 0)
		return context_oom(ctx);
	if (strcmp(found, sha256))
		return context_fail(ctx, EBADMSG, "%s %s is damaged: its checksum is not the manifest's", what, name);
	*ret = TAKE_POINTER(data);
	return 0;
}

int set_segment_load(struct context *ctx, struct set *set, const struct segment *segment, void **ret)
{
	return load_checked(ctx, set, segment->name, "segment", segment->stored, segment->sha256, ret);
}

int set_index_read(struct context *ctx, struct set *set, uint64_t offset, void *buffer, size_t length)
{
	int r = set->source.type->read(&set->source, INDEX_NAME, offset, buffer, length);

	return r < 0 ? fail_read(ctx, set, r, INDEX_NAME, "the index", set->manifest->index_stored) : r;
}
