/* SPDX-License-Identifier: GPL-3.0-or-later */
/* POSIX ACLs between the kernel's form (the value of system.posix_acl_access and system.posix_acl_default, linux/posix_acl_xattr.h)
 * and the text of POSIX.1e draft 17 with numeric ids, which SCHILY.acl.* records hold.
 */
#ifndef LIFEBOAT_SET_ACL_H
#define LIFEBOAT_SET_ACL_H

#include <stdbool.h>
#include <stddef.h>

#define ACL_ACCESS "system.posix_acl_access"
#define ACL_DEFAULT "system.posix_acl_default"

/* "user::rw-,user:1000:r--,group::r--,mask::r--,other::---" in a new string. NULL when the value has no such text (EINVAL) or
 * memory ran out (errno ENOMEM). */
char *acl_text_from_value(const void *value, size_t length);
/* Does the kernel take the value? Entries in the order of their tags; whoever names a user or a group has a mask. */
bool acl_value_is_valid(const void *value, size_t length);
/* The kernel's form in a new buffer. 0, -EINVAL for text that is not as above, -ENOMEM. */
int acl_value_from_text(const char *text, void **ret, size_t *ret_length);

#endif
