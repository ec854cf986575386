/* SPDX-License-Identifier: MIT */
/*
 * Twins: stored files that are equal in all that a reader can see.
 *
 * Content (by both hashes), size, mode, owner, mtime and xattrs make the key. Of all entries
 * with one key the one with the smallest id is the representative: its twin is NULL, the twin
 * of the others is its id. Layers get their ids inside the transaction that fills them, so a
 * layer committed later never has a smaller representative.
 *
 * Both statements group the candidates with a window, once: asking for each entry anew would
 * be quadratic in the copies of one file, and a hostile layer may have a million of them.
 */
#include "store/layers.h"
#include "store/store_internal.h"

int entries_find_twins(struct db *db, int64_t layer, struct err *err)
{
	return stmt_run_layer(db, STMT_TWINS_FIND, layer, err);
}

int twins_repoint(struct db *db, int64_t layer, struct err *err)
{
	return stmt_run_layer(db, STMT_TWINS_LOST, layer, err);
}
