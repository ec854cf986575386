#!/usr/bin/env bash
# The manual and --help say the same of every command.
. "$TESTS/lib/tap.sh" || exit
manual=$TESTS/../tools/man/stagefs.1.scd
commands=$(sfs --tables | cut -f1 | sort -u)

for c in $commands; do
	check "$c: the same operands and options" python3 "$TESTS/lib/manual-options" "$STAGEFS" "$manual" "$c"
	alike() { [ "$(sfs "$c" --help)" = "$(sfs help "$c")" ] && [ "$(sfs "$c" -h)" = "$(sfs help "$c")" ]; }
	check "$c: --help, -h and help are one text" alike
done
same_list() { # of commands: in the manual, in --help, in the dispatch
	sed -n '/^# COMMANDS/,/^# OPTIONS/s/^\*\([a-z]*\)\*.*/\1/p' "$manual" | sort >"$scratch/manual"
	sfs --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' | sort >"$scratch/help"
	echo "$commands" | diff "$scratch/manual" - && echo "$commands" | diff "$scratch/help" -
}
check "the manual has every command and no other" same_list
limits() { # the message about an unknown limit lists them
	sfs index --limit nope=1 x 2>&1 | grep -o '[a-z]*-[a-z-]*\|layers\|manifests\|entries\|depth\|ratio\|findings' | sort -u >"$scratch/listed"
	sed -n '/^# LIMITS/,/^# EXIT/p' "$manual" | tr -c 'a-z-' '\n' | sort -u >"$scratch/words"
	[ "$(wc -l <"$scratch/listed")" -gt 10 ] && [ -z "$(comm -23 "$scratch/listed" "$scratch/words")" ]
}
check "and every limit" limits
words() { # of -o: what the manual says is taken
	local w n=0
	for w in $(sed -n '/\*--options\*/,/^$/p' "$manual" | grep -oP '(?<![a-z])_[a-z=_]+_(?![a-z])' | sed 's|^_||; s|_$||' | sort -u); do
		sfs mount -o "$w" /nonexistent/"$w" 2>&1 | grep -q 'mount option' && { echo "$w"; return 1; }
		n=$((n + 1))
	done
	[ $n -ge 8 ]
}
check "and words of mount -o that exist" words
finish
