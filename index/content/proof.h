/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Proof that stored bytes are the layer: all of them decoded, SHA-256 equal to the DiffID.
 * Needed before the first use of a location nobody has hashed, and when the archive's ctime
 * moved. What was proven is written to the index where it can be, else kept in the ledger.
 * Folder-private.
 */
#include "content/opened.h"

/* 0 equal, -EBADMSG not, with a message. points: collects seek points of gzip, or NULL. */
int proof_hash(const struct opened *o, struct seekpoints *points, struct err *err) _must_check_;
/*
 * Hashes, if that is necessary, and remembers the verdict; a moved ctime is then o's. now: what
 * identity_take gave before o->stored was made. -EBADMSG as proof_hash, -ESTALE if the bytes
 * were right once, or if the file changes meanwhile; -EAGAIN if only its ctime does: once more.
 */
int proof_need(const struct opener *opener, struct opened *o, const struct archive_row *now,
	       struct seekpoints *points, struct err *err) _must_check_;
