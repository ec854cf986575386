/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * struct ledger: what this process found out about locations, beyond what the index says, or
 * may not be told (a read-only index). Folder-private.
 *
 * An entry counts for one state of the file: when the file changes in any way, even its ctime,
 * the entry is void. The oldest of 256 entries is forgotten for a new one: then the bytes are
 * hashed again, nothing worse.
 * Threads: safe.
 */
#include "store/locations.h"

enum verdict {
	VERDICT_NONE,
	VERDICT_PROVEN,  /* its bytes hash to the DiffID */
	VERDICT_REFUTED, /* they do not: never read from here */
	VERDICT_SHAKY,   /* some read failed: take another place if there is one */
	VERDICT_CHANGED, /* not what was indexed: the log has been told */
};

struct ledger;

int ledger_new(struct ledger **ret) _must_check_;
void ledger_free(struct ledger *l);
DEFINE_CLEANUP(struct ledger *, ledger_free)

/*
 * now: what identity_take gave before the bytes were read that the verdict is about. (Asked of
 * the file afterwards, it could be the identity of other bytes.) VERDICT_CHANGED is kept for an
 * archive as a whole: location NULL.
 */
enum verdict ledger_get(struct ledger *l, const struct archive_row *now, int64_t archive,
			const struct location_row *location);
/* True if that is news. */
bool ledger_set(struct ledger *l, const struct archive_row *now, int64_t archive,
		const struct location_row *location, enum verdict verdict);
