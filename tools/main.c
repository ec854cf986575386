/* SPDX-License-Identifier: MIT */
/*
 * stagefs: dispatch, --help, exit status. Each subcommand is in its own cmd_<name>.c.
 */
#include "cmd.h"
#include "out.h"
#include "report/report.h"
#include "util/log.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#define OPTION_WIDTH 24

extern const struct cmd cmd_index, cmd_mount, cmd_umount, cmd_exec, cmd_images, cmd_layers,
    cmd_report, cmd_build, cmd_stages, cmd_log, cmd_why, cmd_diff, cmd_tree, cmd_ls, cmd_cat,
    cmd_export, cmd_verify, cmd_rm, cmd_gc, cmd_df;

const struct cmd *const cmds[] = {
    &cmd_index,  &cmd_mount,  &cmd_umount, &cmd_exec, &cmd_build, &cmd_images, &cmd_stages,
    &cmd_layers, &cmd_tree,   &cmd_report, &cmd_log,  &cmd_why,   &cmd_diff,   &cmd_ls,
    &cmd_cat,    &cmd_export, &cmd_verify, &cmd_rm,   &cmd_gc,    &cmd_df,     NULL,
};

static const char intro[] =
    "stagefs: container images as directories\n"
    "\n"
    "  docker save app | stagefs mount - mnt     read an image, mount it\n"
    "  ls mnt/images/*/rootfs                    look around with any tool\n"
    "  stagefs umount mnt\n"
    "\n"
    "Commands:\n";

static int print_help(void)
{
	fputs(intro, stdout);
	for (const struct cmd *const *c = cmds; *c; c++)
		printf("  %-8s %-22s %s\n", (*c)->name, (*c)->args, (*c)->summary);
	fputs("\nstagefs help COMMAND tells more. INPUT is an archive of docker save, podman "
	      "save, "
	      "skopeo or\nbuildx, an OCI layout directory, or - for standard input.\n",
	      stdout);
	return 0;
}

static void print_opts(const struct opt *o)
{
	char name[64];
	int width; /* what is longer than the column still stands apart from its help */

	for (; o && o->name; o++) {
		snprintf(name, sizeof(name), "--%s%s%s", o->name, o->arg ? " " : "",
			 o->arg ? o->arg : "");
		width = MAX((int)strlen(name) + 1, OPTION_WIDTH);
		if (o->letter)
			printf("  -%c, %-*s %s\n", o->letter, width, name, o->help);
		else
			printf("      %-*s %s\n", width, name, o->help);
	}
}

static void print_reports(void)
{
	fputs("\nReports:\n", stdout);
	for (const struct report *const *r = reports; *r; r++)
		if ((*r)->scope == REPORT_IMAGE)
			printf("  %-10s %s\n", (*r)->name, (*r)->what);
}

static int print_cmd_help(const struct cmd *c)
{
	printf("stagefs %s [OPTION]...%s%s\n\n%s\n", c->name, c->args[0] ? " " : "", c->args,
	       c->summary);
	if (c->details)
		printf("\n%s\n", c->details);
	if (c->takes_report)
		print_reports();
	fputs("\nOptions:\n", stdout);
	print_opts(c->opts);
	print_opts(session_opts);
	fputs("\nExit status: 0 fine, 1 a negative verdict, 2 usage or failure.\n", stdout);
	return 0;
}

static void print_table(const struct cmd *c, const struct opt *o)
{
	for (; o && o->name; o++) {
		char letter[] = {'-', o->letter, 0};

		printf("%s\t--%s\t%s\t%s\t%s\n", c->name, o->name, o->letter ? letter : "",
		       o->arg ? o->arg : "", o->help);
	}
}

/*
 * What completions read, a tab-separated line each:
 *   COMMAND, operands, summary
 *   COMMAND, --option, -letter or "", argument or "", help
 *   COMMAND, =report, what it is
 */
static int print_tables(void)
{
	for (const struct cmd *const *c = cmds; *c; c++) {
		printf("%s\t%s\t%s\n", (*c)->name, (*c)->args, (*c)->summary);
		print_table(*c, (*c)->opts);
		print_table(*c, session_opts);
		for (const struct report *const *r = reports; (*c)->takes_report && *r; r++)
			if ((*r)->scope == REPORT_IMAGE)
				printf("%s\t=%s\t%s\n", (*c)->name, (*r)->name, (*r)->what);
	}
	return 0;
}

static const struct cmd *find(const char *name)
{
	for (const struct cmd *const *c = cmds; *c; c++)
		if (strcmp((*c)->name, name) == 0)
			return *c;
	return NULL;
}

static int fail(const struct err *err)
{
	if (err->code == -EPIPE)
		return 2; /* the reader of our output has gone: it needs no message */
	out_complain(err->msg[0] ? err->msg : "unknown error");
	return 2;
}

static int check_operands(const struct cmd *c, int n, struct err *err)
{
	if (n < c->min_args)
		return err_set(err, EINVAL, "usage: stagefs %s %s (see stagefs help %s)",
			       c->name, c->args, c->name);
	if (c->max_args >= 0 && n > c->max_args)
		return err_set(err, EINVAL, "too many arguments: stagefs %s %s", c->name,
			       c->args);
	return 0;
}

static int run_cmd(const struct cmd *c, int argc, char **argv, struct err *err)
{
	_cleanup_(session_release) struct session session = {0};
	struct opt_values o;
	int first, r;

	r = opts_parse(session_opts, c->opts, false, argc, argv, &o, &first, err);
	if (r < 0)
		return r;
	if (opts_has(&o, "help"))
		return print_cmd_help(c);
	r = check_operands(c, argc - first, err);
	if (r == 0)
		r = session_init(&session, &o, err);
	return r < 0 ? r : c->run(&session, &o, argc - first, argv + first, err);
}

static int special(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : "help";
	const struct cmd *c = argc > 2 ? find(argv[2]) : NULL;

	if (strcmp(word, "--version") == 0 || strcmp(word, "version") == 0)
		return printf("stagefs %s\n", STAGEFS_VERSION) < 0;
	if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0)
		return c ? print_cmd_help(c) : print_help();
	if (strcmp(word, "--tables") == 0)
		return print_tables();
	return -1;
}

int main(int argc, char **argv)
{
	struct err err = ERR_INIT;
	const struct cmd *c;
	int r = special(argc, argv);

	if (r >= 0)
		return r;
	log_set_sink(out_complain);
	signal(SIGPIPE, SIG_IGN);
	c = find(argv[1]);
	if (!c) {
		err_set(&err, EINVAL, "there is no command '%s' (see stagefs --help)", argv[1]);
		return fail(&err);
	}
	r = run_cmd(c, argc - 1, argv + 1, &err);
	if (r < 0)
		return fail(&err);
	if (fflush(stdout) != 0) {
		err_sys(&err, errno, "standard output");
		return fail(&err);
	}
	return r;
}
