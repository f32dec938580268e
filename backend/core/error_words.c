/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "error_words.h"

#include <errno.h>
#include <string.h>

#include "sentence.h"

static const struct {
	int error;
	const char *text;
} errors[] = {
	{ EPERM, N_("Operation not permitted") },
	{ ENOENT, N_("No such file or directory") },
	{ EINTR, N_("Interrupted system call") },
	{ EIO, N_("Input/output error") },
	{ ENXIO, N_("No such device or address") },
	{ E2BIG, N_("Argument list too long") },
	{ ENOEXEC, N_("Exec format error") },
	{ EBADF, N_("Bad file descriptor") },
	{ ECHILD, N_("No child processes") },
	{ EAGAIN, N_("Resource temporarily unavailable") },
	{ ENOMEM, N_("Cannot allocate memory") },
	{ EACCES, N_("Permission denied") },
	{ EFAULT, N_("Bad address") },
	{ ENOTBLK, N_("Block device required") },
	{ EBUSY, N_("Device or resource busy") },
	{ EEXIST, N_("File exists") },
	{ EXDEV, N_("Invalid cross-device link") },
	{ ENODEV, N_("No such device") },
	{ ENOTDIR, N_("Not a directory") },
	{ EISDIR, N_("Is a directory") },
	{ EINVAL, N_("Invalid argument") },
	{ ENFILE, N_("Too many open files in system") },
	{ EMFILE, N_("Too many open files") },
	{ ENOTTY, N_("Inappropriate ioctl for device") },
	{ ETXTBSY, N_("Text file busy") },
	{ EFBIG, N_("File too large") },
	{ ENOSPC, N_("No space left on device") },
	{ ESPIPE, N_("Illegal seek") },
	{ EROFS, N_("Read-only file system") },
	{ EMLINK, N_("Too many links") },
	{ EPIPE, N_("Broken pipe") },
	{ EDOM, N_("Numerical argument out of domain") },
	{ ERANGE, N_("Numerical result out of range") },
	{ EDEADLK, N_("Resource deadlock avoided") },
	{ ENAMETOOLONG, N_("File name too long") },
	{ ENOSYS, N_("Function not implemented") },
	{ ENOTEMPTY, N_("Directory not empty") },
	{ ELOOP, N_("Too many levels of symbolic links") },
	{ ENODATA, N_("No data available") },
	{ EOVERFLOW, N_("Value too large for defined data type") },
	{ EILSEQ, N_("Invalid or incomplete multibyte or wide character") },
	{ EBADMSG, N_("Bad message") },
	{ EPROTO, N_("Protocol error") },
	{ EMSGSIZE, N_("Message too long") },
	{ EOPNOTSUPP, N_("Operation not supported") },
	{ EAFNOSUPPORT, N_("Address family not supported by protocol") },
	{ EADDRINUSE, N_("Address already in use") },
	{ EADDRNOTAVAIL, N_("Cannot assign requested address") },
	{ ENETDOWN, N_("Network is down") },
	{ ENETUNREACH, N_("Network is unreachable") },
	{ ECONNRESET, N_("Connection reset by peer") },
	{ ECONNABORTED, N_("Software caused connection abort") },
	{ ENOBUFS, N_("No buffer space available") },
	{ ENOTCONN, N_("Transport endpoint is not connected") },
	{ ETIMEDOUT, N_("Connection timed out") },
	{ ECONNREFUSED, N_("Connection refused") },
	{ EHOSTDOWN, N_("Host is down") },
	{ EHOSTUNREACH, N_("No route to host") },
	{ EALREADY, N_("Operation already in progress") },
	{ ESTALE, N_("Stale file handle") },
	{ EUCLEAN, N_("Structure needs cleaning") },
	{ EREMOTEIO, N_("Remote I/O error") },
	{ EDQUOT, N_("Disk quota exceeded") },
	{ ENOMEDIUM, N_("No medium found") },
	{ EMEDIUMTYPE, N_("Wrong medium type") },
	{ ECANCELED, N_("Operation canceled") },
	{ ENOKEY, N_("Required key not available") },
	{ EKEYREJECTED, N_("Key was rejected by service") },
};

bool error_words_are(const char *text)
{
	for (size_t i = 0; i < ARRAY_LENGTH(errors); i++)
		if (!strcmp(errors[i].text, text))
			return true;
	return false;
}

int error_words_row(size_t i, const char **ret_text)
{
	if (i >= ARRAY_LENGTH(errors))
		return 0;
	*ret_text = errors[i].text;
	return errors[i].error;
}
