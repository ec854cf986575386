/* SPDX-License-Identifier: MIT */
#include "tar/write.h"

#include "util/buf.h"

#include <archive.h>
#include <archive_entry.h>

#include <sys/stat.h>
#include <sys/sysmacros.h>

struct tar_writer {
	struct archive *a;
	struct archive_entry *entry;
	struct buf text; /* names as C strings */
	uint64_t left;   /* data bytes that the current member still lacks */
};

static const mode_t type_bits[] = {
    [TAR_FILE] = AE_IFREG, [TAR_DIR] = AE_IFDIR,   [TAR_SYMLINK] = AE_IFLNK, [TAR_HARDLINK] = 0,
    [TAR_CHAR] = AE_IFCHR, [TAR_BLOCK] = AE_IFBLK, [TAR_FIFO] = AE_IFIFO,
};

void tar_writer_free(struct tar_writer *w)
{
	archive_entry_free(w->entry);
	archive_write_free(w->a);
	buf_release(&w->text);
	free(w);
}

static int failed(struct tar_writer *w, struct err *err, const char *what)
{
	int code = archive_errno(w->a);

	return err_set(err, code > 0 ? code : EIO, "%s: %s", what, archive_error_string(w->a));
}

int tar_writer_open(int fd, struct tar_writer **ret, struct err *err)
{
	_cleanup_(tar_writer_freep) struct tar_writer *w = calloc(1, sizeof(*w));

	if (!w)
		return err_oom(err);
	w->a = archive_write_new();
	w->entry = archive_entry_new();
	if (!w->a || !w->entry)
		return err_oom(err);
	/* Names are bytes. This process stays in the C locale: ASCII needs no extended header,
	 * and what is beyond it cannot be translated, so that libarchive writes it as it is,
	 * under hdrcharset=BINARY. As an option that word would stand in front of every member,
	 * and GNU tar complains of each. */
	if (archive_write_set_format_pax_restricted(w->a) != ARCHIVE_OK ||
	    archive_write_add_filter_none(w->a) != ARCHIVE_OK ||
	    archive_write_open_fd(w->a, fd) != ARCHIVE_OK)
		return failed(w, err, "cannot begin the tar");
	*ret = steal_ptr(&w);
	return 0;
}

/* libarchive wants C strings; names hold no NUL, as the walker and the index guarantee. */
static int set_text(struct tar_writer *w, struct bytes s,
		    void (*set)(struct archive_entry *, const char *))
{
	buf_clear(&w->text);
	buf_add_bytes(&w->text, s);
	if (buf_status(&w->text) < 0)
		return -ENOMEM;
	set(w->entry, buf_str(&w->text));
	return 0;
}

static int set_names(struct tar_writer *w, const struct tar_entry *e)
{
	int r = set_text(w, e->path, archive_entry_copy_pathname);

	if (r == 0 && e->type == TAR_SYMLINK)
		r = set_text(w, e->link, archive_entry_copy_symlink);
	if (r == 0 && e->type == TAR_HARDLINK)
		r = set_text(w, e->link, archive_entry_copy_hardlink);
	return r;
}

static int set_xattrs(struct tar_writer *w, const struct tar_entry *e)
{
	for (size_t i = 0; i < e->n_xattrs; i++) {
		const struct tar_xattr *x = &e->xattrs[i];

		buf_clear(&w->text);
		buf_add_bytes(&w->text, x->name);
		if (buf_status(&w->text) < 0)
			return -ENOMEM;
		archive_entry_xattr_add_entry(w->entry, buf_str(&w->text),
					      x->value.len ? x->value.ptr : "", x->value.len);
	}
	return 0;
}

static void set_attributes(struct tar_writer *w, const struct tar_entry *e)
{
	archive_entry_set_filetype(w->entry, type_bits[e->type]);
	archive_entry_set_perm(w->entry, e->mode & 07777);
	archive_entry_set_uid(w->entry, e->uid);
	archive_entry_set_gid(w->entry, e->gid);
	archive_entry_set_mtime(w->entry, e->mtime, (long)e->mtime_nsec);
	archive_entry_set_size(w->entry, (la_int64_t)w->left);
	if (e->type == TAR_CHAR || e->type == TAR_BLOCK) {
		archive_entry_set_rdevmajor(w->entry, e->rdev_major);
		archive_entry_set_rdevminor(w->entry, e->rdev_minor);
	}
}

static int short_data(struct tar_writer *w, struct err *err)
{
	return err_set(err, EINVAL, "member of the tar lacks %llu bytes of its data",
		       (unsigned long long)w->left);
}

int tar_writer_entry(struct tar_writer *w, const struct tar_entry *e, struct err *err)
{
	if (w->left)
		return short_data(w, err);
	archive_entry_clear(w->entry);
	w->left = e->type == TAR_FILE ? e->size : 0;
	set_attributes(w, e);
	if (set_names(w, e) < 0 || set_xattrs(w, e) < 0)
		return err_oom(err);
	/* WARN is about names that are not UTF-8, which is fine. */
	if (archive_write_header(w->a, w->entry) < ARCHIVE_WARN)
		return failed(w, err, "cannot write a header");
	return 0;
}

int tar_writer_data(struct tar_writer *w, const void *p, size_t n, struct err *err)
{
	const char *at = p;

	if (n > w->left)
		return err_set(err, EINVAL, "more data than the member of the tar has");
	while (n) {
		la_ssize_t done = archive_write_data(w->a, at, n);

		if (done <= 0)
			return failed(w, err, "cannot write data");
		at += done;
		n -= (size_t)done;
		w->left -= (uint64_t)done;
	}
	return 0;
}

int tar_writer_close(struct tar_writer *w, struct err *err)
{
	if (w->left)
		return short_data(w, err);
	return archive_write_close(w->a) == ARCHIVE_OK ? 0
						       : failed(w, err, "cannot end the tar");
}
