/* SPDX-License-Identifier: MIT */
#include "archive/archive.h"

#include "imagemake.h"
#include "opened.h"
#include "tarmake.h"
#include "test.h"

static const struct made_layer layers[] = {
    {.content = {"layer one", 9}},
    {.content = {"layer two", 9}},
};

static void end_with_index(struct buf *tar, const char *descriptors)
{
	_cleanup_(buf_release) struct buf index = BUF_INIT;

	image_index(&index, descriptors);
	tar_file(tar, "index.json", buf_bytes(&index));
	tar_end(tar);
}

/* A blob that is an index of `descriptors`; its own descriptor goes to desc. */
static void add_index_blob(struct buf *tar, struct buf *desc, const char *descriptors,
			   const char *extra)
{
	_cleanup_(buf_release) struct buf index = BUF_INIT;

	image_index(&index, descriptors);
	image_blob(tar, buf_bytes(&index));
	image_descriptor(desc, MADE_OCI_INDEX, buf_bytes(&index), extra);
}

static void oci__reads_an_image_with_its_descriptors(void **state)
{
	_cleanup_(archive_freep) struct archive *a = NULL;
	_cleanup_(buf_release) struct buf tar = BUF_INIT;
	char text[DIGEST_TEXT_MAX], want[DIGEST_TEXT_MAX];
	struct archive_image *img;

	(void)state;
	image_oci(&tar, "app:1", layers, 2);
	a = assert_opened(&tar);
	assert_string_equal(a->format, "oci-archive");
	assert_int_equal(a->images.n, 1);
	img = &a->images.v[0];
	assert_name(img, 0, "app:1");
	assert_int_equal(img->layers.n, 2);
	assert_blob(&img->layers.v[1].blob, layers[1].content);
	assert_int_equal(img->layers.v[1].size, 9);
	assert_string_equal(img->layers.v[1].media_type, MADE_OCI_LAYER);
	assert_string_equal(digest_format(&img->layers.v[1].blob_digest, text),
			    image_digest(layers[1].content, want));
	assert_string_equal(digest_format(&img->manifest_digest, text),
			    image_digest(bytes_make(img->manifest, img->manifest_len), want));
	assert_int_equal(buf_str(&a->notes)[0], 0);
}

static void oci__a_tag_stays_a_tag(void **state)
{
	_cleanup_(archive_freep) struct archive *a = NULL;
	_cleanup_(buf_release) struct buf tar = BUF_INIT;

	(void)state;
	image_oci(&tar, "latest", layers, 1);
	a = assert_opened(&tar);
	assert_name(&a->images.v[0], 0, "latest");
}

static void oci__an_image_without_a_name_has_none(void **state)
{
	_cleanup_(archive_freep) struct archive *a = NULL;
	_cleanup_(buf_release) struct buf tar = BUF_INIT;

	(void)state;
	image_oci(&tar, NULL, layers, 1);
	a = assert_opened(&tar);
	assert_int_equal(a->images.v[0].names.n, 0);
}

static void oci__the_platforms_of_one_index_share_an_event(void **state)
{
	_cleanup_(archive_freep) struct archive *a = NULL;
	_cleanup_(buf_release) struct buf tar = BUF_INIT, list = BUF_INIT, top = BUF_INIT;

	(void)state;
	image_blobs(&tar, &list, &layers[0], 1, "");
	buf_add_char(&list, ',');
	image_blobs(&tar, &list, &layers[1], 1, "");
	add_index_blob(&tar, &top, buf_str(&list),
		       ",\"annotations\":{\"io.containerd.image.name\":\"docker.io/x/y:1\"}");
	end_with_index(&tar, buf_str(&top));
	a = assert_opened(&tar);
	assert_int_equal(a->images.n, 2);
	assert_name(&a->images.v[0], 0, "docker.io/x/y:1");
	assert_name(&a->images.v[1], 0, "docker.io/x/y:1");
	assert_int_equal(a->images.v[0].names.v[0].event, a->images.v[1].names.v[0].event);
}

static void oci__two_descriptors_are_two_events(void **state)
{
	_cleanup_(archive_freep) struct archive *a = NULL;
	_cleanup_(buf_release) struct buf tar = BUF_INIT, list = BUF_INIT;

	(void)state;
	image_blobs(&tar, &list, &layers[0], 1,
		    ",\"annotations\":{\"org.opencontainers.image.ref.name\":\"x:1\"}");
	buf_add_char(&list, ',');
	image_blobs(&tar, &list, &layers[1], 1,
		    ",\"annotations\":{\"org.opencontainers.image.ref.name\":\"x:1\"}");
	end_with_index(&tar, buf_str(&list));
	a = assert_opened(&tar);
	assert_int_equal(a->images.n, 2);
	assert_true(a->images.v[0].names.v[0].event < a->images.v[1].names.v[0].event);
}

static void oci__an_index_named_twice_gives_all_its_images_both_names(void **state)
{
	_cleanup_(archive_freep) struct archive *a = NULL;
	_cleanup_(buf_release) struct buf tar = BUF_INIT, list = BUF_INIT, inner = BUF_INIT,
					  top = BUF_INIT;

	(void)state;
	image_blobs(&tar, &list, &layers[0], 1, "");
	image_index(&inner, buf_str(&list));
	image_blob(&tar, buf_bytes(&inner));
	image_descriptor(&top, MADE_OCI_INDEX, buf_bytes(&inner),
			 ",\"annotations\":{\"org.opencontainers.image.ref.name\":\"x:1\"}");
	buf_add_char(&top, ',');
	image_descriptor(&top, MADE_OCI_INDEX, buf_bytes(&inner),
			 ",\"annotations\":{\"org.opencontainers.image.ref.name\":\"x:2\"}");
	end_with_index(&tar, buf_str(&top));
	a = assert_opened(&tar);
	assert_int_equal(a->images.n, 1);
	assert_name(&a->images.v[0], 0, "x:1");
	assert_name(&a->images.v[0], 1, "x:2");
}

static void oci__a_platform_that_was_not_saved_is_left_out(void **state)
{
	_cleanup_(archive_freep) struct archive *a = NULL;
	_cleanup_(buf_release) struct buf tar = BUF_INIT, list = BUF_INIT, top = BUF_INIT;

	(void)state;
	image_blobs(&tar, &list, &layers[0], 1, "");
	buf_add_char(&list, ',');
	image_descriptor(&list, MADE_OCI_MANIFEST, BYTES("not saved"),
			 ",\"platform\":{\"os\":\"linux\",\"architecture\":\"arm64\"}");
	add_index_blob(&tar, &top, buf_str(&list), "");
	end_with_index(&tar, buf_str(&top));
	a = assert_opened(&tar);
	assert_int_equal(a->images.n, 1);
	assert_string_equal(buf_str(&a->notes), "1 platform that is not in the archive");
}

static void oci__an_archive_with_no_platform_at_all_is_refused(void **state)
{
	_cleanup_(buf_release) struct buf tar = BUF_INIT, list = BUF_INIT, top = BUF_INIT;

	(void)state;
	image_descriptor(&list, MADE_OCI_MANIFEST, BYTES("not saved"), "");
	add_index_blob(&tar, &top, buf_str(&list), "");
	end_with_index(&tar, buf_str(&top));
	assert_refused(&tar, "only 1 platform that is not in the archive");
}

static void oci__a_top_level_blob_must_be_there(void **state)
{
	_cleanup_(buf_release) struct buf tar = BUF_INIT, list = BUF_INIT;

	(void)state;
	image_descriptor(&list, MADE_OCI_MANIFEST, BYTES("not there"), "");
	end_with_index(&tar, buf_str(&list));
	assert_refused(&tar, "is listed and not in the archive");
}

static void oci__attestations_and_signatures_are_noted(void **state)
{
	_cleanup_(archive_freep) struct archive *a = NULL;
	_cleanup_(buf_release) struct buf tar = BUF_INIT, list = BUF_INIT;

	(void)state;
	image_blobs(&tar, &list, &layers[0], 1, "");
	buf_add_char(&list, ',');
	image_blobs(&tar, &list, &layers[1], 1,
		    ",\"platform\":{\"os\":\"unknown\",\"architecture\":\"unknown\"}");
	buf_add_char(&list, ',');
	image_descriptor(&list, MADE_OCI_MANIFEST, BYTES("x"),
			 ",\"annotations\":{\"org.opencontainers.image.ref.name\":\"sha256-"
			 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
			 ".sig\"}");
	end_with_index(&tar, buf_str(&list));
	a = assert_opened(&tar);
	assert_int_equal(a->images.n, 1);
	assert_string_equal(buf_str(&a->notes), "1 attestation, 1 signature");
}

static void oci__nesting_has_an_end(void **state)
{
	_cleanup_(buf_release) struct buf tar = BUF_INIT, list = BUF_INIT;

	(void)state;
	image_blobs(&tar, &list, &layers[0], 1, "");
	for (int i = 0; i < 9; i++) {
		_cleanup_(buf_release) struct buf above = BUF_INIT;

		add_index_blob(&tar, &above, buf_str(&list), "");
		buf_clear(&list);
		buf_add_bytes(&list, buf_bytes(&above));
		if (i == 7) {
			_cleanup_(buf_release) struct buf fine = BUF_INIT;

			buf_add_bytes(&fine, buf_bytes(&tar));
			end_with_index(&fine, buf_str(&list));
			archive_close(assert_opened(&fine));
		}
	}
	end_with_index(&tar, buf_str(&list));
	assert_refused(&tar, "nested deeper than 8");
}

static void assert_index_refused(const char *index, const char *words)
{
	_cleanup_(buf_release) struct buf tar = BUF_INIT;

	tar_file(&tar, "index.json", bytes_from_str(index));
	tar_end(&tar);
	assert_refused(&tar, words);
}

static void oci__wrong_indexes_are_refused(void **state)
{
	(void)state;
	assert_index_refused("[]", "index.json: not an image index");
	assert_index_refused("{\"manifests\":{}}", "\"manifests\" is not an array");
	assert_index_refused("{\"manifests\":[7]}", "index.json: ");
	assert_index_refused("{\"manifests\":[],\"layers\":[]}", "also holds \"layers\"");
	assert_index_refused("{\"mediaType\":\"" MADE_OCI_MANIFEST "\",\"manifests\":[]}",
			     "mediaType");
	assert_index_refused("{\"manifests\":null}", "lists none");
	assert_index_refused("{}", "lists none");
}

static void oci__a_document_must_be_what_it_is_listed_as(void **state)
{
	_cleanup_(buf_release) struct buf tar = BUF_INIT, inner = BUF_INIT, list = BUF_INIT;

	(void)state;
	image_index(&inner, "");
	image_blob(&tar, buf_bytes(&inner));
	image_descriptor(&list, MADE_OCI_MANIFEST, buf_bytes(&inner), "");
	end_with_index(&tar, buf_str(&list));
	assert_refused(&tar, "not the one it is listed with");
}

static void oci__limits_bound_documents(void **state)
{
	_cleanup_(buf_release) struct buf tar = BUF_INIT, list = BUF_INIT;
	struct limits limits = default_limits;
	struct archive *a = NULL;
	struct err err = ERR_INIT;

	(void)state;
	image_blobs(&tar, &list, &layers[0], 1, "");
	buf_add_char(&list, ',');
	image_blobs(&tar, &list, &layers[1], 1, "");
	end_with_index(&tar, buf_str(&list));
	limits.manifests = 1;
	assert_int_equal(open_tar_limited(&tar, &limits, &a, &err), -EFBIG);
	assert_non_null(strstr(err.msg, "limit manifests"));
}

static void oci__equal_descriptors_are_one_image(void **state)
{
	_cleanup_(archive_freep) struct archive *a = NULL;
	_cleanup_(buf_release) struct buf tar = BUF_INIT, one = BUF_INIT, list = BUF_INIT;

	(void)state;
	image_blobs(&tar, &one, &layers[0], 1,
		    ",\"annotations\":{\"org.opencontainers.image.ref.name\":\"x:1\"}");
	for (int i = 0; i < 1000; i++)
		buf_addf(&list, "%s%s", i ? "," : "", buf_str(&one));
	end_with_index(&tar, buf_str(&list));
	a = assert_opened(&tar);
	assert_int_equal(a->images.n, 1);
	assert_int_equal(a->images.v[0].names.n, 1);
}

static void oci__directories_are_layouts_too(void **state)
{
	_cleanup_(archive_freep) struct archive *a = NULL;
	struct err err = ERR_INIT;
	struct tmpdir t;

	(void)state;
	tmpdir_make(&t);
	tmpdir_file(&t, "index.json", BYTES("{\"manifests\":[]}"));
	assert_true(open_tmpdir(&t, &a, &err) < 0);
	assert_non_null(strstr(err.msg, "lists none"));
	tmpdir_remove(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(oci__reads_an_image_with_its_descriptors),
	    cmocka_unit_test(oci__a_tag_stays_a_tag),
	    cmocka_unit_test(oci__an_image_without_a_name_has_none),
	    cmocka_unit_test(oci__the_platforms_of_one_index_share_an_event),
	    cmocka_unit_test(oci__two_descriptors_are_two_events),
	    cmocka_unit_test(oci__an_index_named_twice_gives_all_its_images_both_names),
	    cmocka_unit_test(oci__a_platform_that_was_not_saved_is_left_out),
	    cmocka_unit_test(oci__an_archive_with_no_platform_at_all_is_refused),
	    cmocka_unit_test(oci__a_top_level_blob_must_be_there),
	    cmocka_unit_test(oci__attestations_and_signatures_are_noted),
	    cmocka_unit_test(oci__nesting_has_an_end),
	    cmocka_unit_test(oci__wrong_indexes_are_refused),
	    cmocka_unit_test(oci__a_document_must_be_what_it_is_listed_as),
	    cmocka_unit_test(oci__limits_bound_documents),
	    cmocka_unit_test(oci__equal_descriptors_are_one_image),
	    cmocka_unit_test(oci__directories_are_layouts_too),
	};

	return cmocka_run_group_tests_name("archive/oci", tests, NULL, NULL);
}
