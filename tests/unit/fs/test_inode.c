/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "fs/inode.h"
#include "store/layers.h"

static void inode__root_is_what_fuse_insists_on(void **state)
{
	struct inode i = inode_decode(1);

	(void)state;
	assert_int_equal(i.class, INODE_FIXED);
	assert_int_equal(i.kind, 0);
	assert_int_equal(inode_fixed(0, 0), 1);
}

static void inode__stored_is_the_rowid(void **state)
{
	static const int64_t ids[] = {ENTRY_ID(1, 0), ENTRY_ID(1, 1),
				      ENTRY_ID(123456, ENTRY_SEQ_MAX), (1LL << 53) - 1};

	(void)state;
	for (size_t k = 0; k < ARRAY_SIZE(ids); k++) {
		struct inode i = inode_decode(inode_stored(ids[k]));

		assert_int_equal(inode_stored(ids[k]), ids[k]);
		assert_int_equal(i.class, INODE_STORED);
		assert_int_equal(i.entry, ids[k]);
	}
}

static void inode__stored_refuses_what_is_no_rowid(void **state)
{
	static const int64_t ids[] = {0, -1, 1, ENTRY_ID(1, 0) - 1, 1LL << 53, INT64_MIN};

	(void)state;
	for (size_t k = 0; k < ARRAY_SIZE(ids); k++)
		assert_int_equal(inode_stored(ids[k]), 0);
}

static void assert_dir_round_trip(struct view_id v, uint32_t index)
{
	uint64_t ino = inode_dir(&v, index);
	struct inode i = inode_decode(ino);

	assert_true(ino >> 62 == 1);
	assert_int_equal(i.class, INODE_DIR);
	assert_int_equal(i.view.kind, v.kind);
	assert_int_equal(i.view.id, v.id);
	assert_int_equal(i.view.pos, v.pos);
	assert_int_equal(i.index, index);
}

static void inode__dir_round_trips(void **state)
{
	static const enum view_kind kinds[] = {VIEW_ROOTFS, VIEW_STEP, VIEW_IMAGE_LAYER};
	static const int64_t ids[] = {1, 2, 4095, (1 << 23) - 1};
	static const uint32_t positions[] = {0, 1, 127, 1024, 2047};
	static const uint32_t indexes[] = {0, 1, 54500, (1u << 24) - 1};

	(void)state;
	for (size_t a = 0; a < ARRAY_SIZE(kinds); a++)
		for (size_t b = 0; b < ARRAY_SIZE(ids); b++)
			for (size_t c = 0; c < ARRAY_SIZE(positions); c++)
				for (size_t d = 0; d < ARRAY_SIZE(indexes); d++)
					assert_dir_round_trip(
					    (struct view_id){kinds[a], ids[b], positions[c]},
					    indexes[d]);
	assert_dir_round_trip((struct view_id){VIEW_LAYER, (1LL << 34) - 1, 0}, 5);
	assert_dir_round_trip((struct view_id){VIEW_DUPLICATES, (1LL << 34) - 1, 0}, 5);
}

/* The kernel moves the dentry of a directory that shows at two places. */
static void inode__views_never_share_a_directory(void **state)
{
	struct view_id v[] = {
	    {VIEW_ROOTFS, 3, 2},      {VIEW_STEP, 3, 2},       {VIEW_STEP, 3, 1},
	    {VIEW_IMAGE_LAYER, 3, 2}, {VIEW_LAYER, 3, 0},      {VIEW_ROOTFS, 4, 2},
	    {VIEW_IMAGE_LAYER, 3, 1}, {VIEW_DUPLICATES, 3, 0},
	};

	(void)state;
	for (size_t a = 0; a < ARRAY_SIZE(v); a++)
		for (size_t b = 0; b < a; b++)
			assert_int_not_equal(inode_dir(&v[a], 9), inode_dir(&v[b], 9));
}

static void inode__dir_refuses_what_does_not_fit(void **state)
{
	struct view_id id_wide = {VIEW_ROOTFS, 1 << 23, 1}, pos_wide = {VIEW_STEP, 1, 2048};
	struct view_id none = {VIEW_ROOTFS, 0, 1}, odd = {VIEW_LAYER, 1, 1};
	struct view_id layer_wide = {VIEW_LAYER, 1LL << 34, 0}, good = {VIEW_LAYER, 1, 0};

	(void)state;
	assert_int_equal(inode_dir(&id_wide, 0), 0);
	assert_int_equal(inode_dir(&pos_wide, 0), 0);
	assert_int_equal(inode_dir(&none, 0), 0);
	assert_int_equal(inode_dir(&odd, 0), 0);
	assert_int_equal(inode_dir(&layer_wide, 0), 0);
	assert_int_equal(inode_dir(&good, 1u << 24), 0);
	assert_int_not_equal(inode_dir(&good, 0), 0);
}

static void inode__fixed_and_rendered_round_trip(void **state)
{
	uint64_t tag = (UINT64_C(1) << INODE_TAG_BITS) - 1;
	uint64_t generation = (UINT64_C(1) << INODE_GENERATION_BITS) - 1;
	uint32_t slot = (1u << INODE_SLOT_BITS) - 1;
	struct inode f = inode_decode(inode_fixed(63, tag));
	struct inode r = inode_decode(inode_rendered(slot, generation));

	(void)state;
	assert_int_equal(f.class, INODE_FIXED);
	assert_int_equal(f.kind, 63);
	assert_int_equal(f.tag, tag);
	assert_int_equal(r.class, INODE_RENDERED);
	assert_int_equal(r.slot, slot);
	assert_int_equal(r.generation, generation);
	assert_int_equal(inode_fixed(64, 0), 0);
	assert_int_equal(inode_fixed(1, tag + 1), 0);
	assert_int_equal(inode_rendered(slot + 1, 0), 0);
	assert_int_equal(inode_rendered(0, generation + 1), 0);
}

/* Numbers that nobody made, as from a stale file handle. */
static void inode__strange_numbers_are_none(void **state)
{
	static const uint64_t strange[] = {
	    0,
	    2,
	    100,
	    (1u << 24) - 1,
	    UINT64_C(1) << 53,
	    UINT64_C(1) << 63,
	    UINT64_MAX,
	    UINT64_C(1) << 62,                     /* view of kind 0 */
	    UINT64_C(1) << 62 | UINT64_C(1) << 58, /* ROOTFS of image 0 */
	    UINT64_C(1) << 62 | UINT64_C(14) << 58 | UINT64_C(1) << 35,
	};

	(void)state;
	for (size_t k = 0; k < ARRAY_SIZE(strange); k++)
		assert_int_equal(inode_decode(strange[k]).class, INODE_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(inode__root_is_what_fuse_insists_on),
	    cmocka_unit_test(inode__stored_is_the_rowid),
	    cmocka_unit_test(inode__stored_refuses_what_is_no_rowid),
	    cmocka_unit_test(inode__dir_round_trips),
	    cmocka_unit_test(inode__views_never_share_a_directory),
	    cmocka_unit_test(inode__dir_refuses_what_does_not_fit),
	    cmocka_unit_test(inode__fixed_and_rendered_round_trip),
	    cmocka_unit_test(inode__strange_numbers_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
