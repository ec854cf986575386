#!/usr/bin/env bash
# stagefs-reports(5) has every schema with exactly the columns that the reports have, in their order.
. "$TESTS/lib/tap.sh" || exit
manual=$TESTS/../tools/man/stagefs-reports.5.scd
db=$scratch/index.db
sfs index -q --db "$db" "$(fixture webapp.docker-buildkit.tar)" >/dev/null

columns() { # arguments of stagefs report: "schema: columns" of the report, as it really is
	local json
	json=$(sfs report --db "$db" "$@" --format json | python3 -c 'import json, sys; print(json.load(sys.stdin)["schema"])') || return
	echo "$json: $(sfs report --db "$db" "$@" --format tsv | head -1 | tr '\t' ' ')"
}
of_scope() { # arguments that name the scope: all its tables
	local report n=0
	for report in $(sfs report --db "$db" "$@" nope 2>&1 | sed -n 's/.*(there are:\(.*\)).*/\1/p'); do
		case $report in summary | tree) continue ;; esac
		columns "$@" "$report" || return
		n=$((n + 1))
	done
	[ $n -gt 0 ]
}
real() {
	of_scope --index && of_scope webapp:production && of_scope --build webapp:production && of_scope webapp:production#build
}
documented() {
	awk '/^## / { if (schema) print schema ":" columns; schema = $2; columns = "" }
		/^# / { if (schema) print schema ":" columns; schema = "" }
		schema && /^\*[a-z0-9_]+\*$/ { gsub(/\*/, ""); columns = columns " " $0 }
		END { if (schema) print schema ":" columns }' "$manual"
}
check "every table can be asked for" eval 'real >"$scratch/real"'
check "the manual has its schema and columns, and no other" eval 'diff <(sort -u "$scratch/real") <(documented | sort)'
both() { [ "$(cut -d: -f1 "$scratch/real" | sort -u | wc -l)" -eq "$(sort -u "$scratch/real" | wc -l)" ]; }
check "a schema has one set of columns" both
finish
