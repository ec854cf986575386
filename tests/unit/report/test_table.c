/* SPDX-License-Identifier: MIT */
#include "report_fixture.h"

#include "report/table.h"

static const struct column columns[] = {{"path", COLUMN_TEXT},
					{"size", COLUMN_NUMBER},
					{"there", COLUMN_BOOL},
					{"note", COLUMN_TEXT}};

static struct buf fill(bool json, size_t rows)
{
	struct buf out = BUF_INIT;
	struct table t;

	table_begin(&t, "things", columns, ARRAY_SIZE(columns), json, &out);
	for (size_t i = 0; i < rows; i++) {
		table_text(&t, BYTES(NASTY));
		table_number(&t, json ? 1 : UINT64_MAX);
		table_bool(&t, i == 0);
		if (i == 0)
			table_unknown(&t);
		else
			table_str(&t, i == 1 ? NULL : "");
	}
	assert_int_equal(table_end(&t), 0);
	return out;
}

static void table__tsv_gives_the_exact_bytes_back(void **state)
{
	_cleanup_(buf_release) struct buf out = fill(false, 2);

	(void)state;
	assert_int_equal(tsv_rows(&out), 2);
	assert_tsv(&out, 1, "path", NASTY);
	assert_tsv(&out, 1, "size", "18446744073709551615");
	assert_tsv(&out, 1, "there", "true");
	assert_tsv(&out, 2, "there", "false");
	assert_tsv(&out, 1, "note", "");
	assert_non_null(strstr(buf_str(&out), NASTY_SHOWN));
}

static void table__an_empty_tsv_is_its_header(void **state)
{
	_cleanup_(buf_release) struct buf out = fill(false, 0);

	(void)state;
	assert_string_equal(buf_str(&out), "path\tsize\tthere\tnote\n");
}

static void table__json_is_json(void **state)
{
	_cleanup_(buf_release) struct buf out = fill(true, 3);
	json_t *root, *rows = json_rows(&out, "stagefs/things/1", &root);

	(void)state;
	assert_int_equal(json_array_size(rows), 3);
	assert_string_equal(json_string_value(json_object_get(json_array_get(rows, 0), "path")),
			    NASTY_SHOWN);
	assert_true(json_is_null(json_object_get(json_array_get(rows, 0), "note")));
	assert_true(json_is_null(json_object_get(json_array_get(rows, 1), "note")));
	assert_string_equal(json_string_value(json_object_get(json_array_get(rows, 2), "note")),
			    "");
	assert_true(json_is_true(json_object_get(json_array_get(rows, 0), "there")));
	json_decref(root);
}

static void table__numbers_stay_whole_in_json(void **state)
{
	struct buf out = BUF_INIT;
	struct table t;
	json_t *root, *rows;

	(void)state;
	table_begin(&t, "n", columns + 1, 1, true, &out);
	table_number(&t, INT64_MAX);
	assert_int_equal(table_end(&t), 0);
	rows = json_rows(&out, "stagefs/n/1", &root);
	assert_int_equal(json_integer_value(json_object_get(json_array_get(rows, 0), "size")),
			 INT64_MAX);
	json_decref(root);
	buf_release(&out);
}

static void table__an_empty_json_has_no_rows(void **state)
{
	_cleanup_(buf_release) struct buf out = fill(true, 0);
	json_t *root, *rows = json_rows(&out, "stagefs/things/1", &root);

	(void)state;
	assert_true(json_is_array(rows));
	assert_int_equal(json_array_size(rows), 0);
	json_decref(root);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(table__tsv_gives_the_exact_bytes_back),
	    cmocka_unit_test(table__an_empty_tsv_is_its_header),
	    cmocka_unit_test(table__json_is_json),
	    cmocka_unit_test(table__numbers_stay_whole_in_json),
	    cmocka_unit_test(table__an_empty_json_has_no_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
