/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Is a file still the one that was indexed? Size, mtime, inode and device say so; ctime alone
 * may change for harmless reasons (chmod, link, rename), so then the bytes decide.
 */
#include "store/locations.h"

enum identity {
	IDENTITY_SAME,
	IDENTITY_TOUCHED, /* only ctime differs: hash before trusting */
	IDENTITY_CHANGED,
};

/* Of an open file, or -errno. */
int identity_of_fd(int fd, const struct archive_row *row) _must_check_;
/* Of a path, without opening; -ENOENT if it is gone. */
int identity_of_path(const struct archive_row *row) _must_check_;
/* Takes size and times from the file into the row. */
int identity_take(int fd, struct archive_row *row) _must_check_;
