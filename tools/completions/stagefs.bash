# SPDX-License-Identifier: MIT
# bash completion of stagefs(1). Commands, options and reports come from `stagefs --tables`, images from `stagefs images`.
# Does not need the bash-completion package. What has no completion here is left to readline: files.
#
# Shared by the functions (dynamic scope): words, cur (the last of them), quote (what cur begins with, or nothing), plain (cur
# without quoting), command (stagefs as it was called), db (--db of the line).

# words: those up to the cursor, the last one unfinished. COMP_WORDS is not it: readline also splits at the colons of image
# names, at '@' and at '='.
_stagefs_words() {
	local line=${COMP_LINE:0:COMP_POINT} i word
	words=()
	for ((i = 0; i <= COMP_CWORD; i++)); do
		if ((i == 0)) || [[ $line == [[:space:]]* ]]; then
			line=${line#"${line%%[![:space:]]*}"}
			words+=('')
		fi
		word=${COMP_WORDS[i]}
		((i < COMP_CWORD)) || word=$line
		words[${#words[@]} - 1]+=$word
		line=${line#"$word"}
	done
}

# Of these words, those that begin with what is typed, quoted for the shell. readline replaces only what stands behind the last
# unquoted character that splits words for it, or from it on if that is '@'.
_stagefs_reply() {
	local breaks=${COMP_WORDBREAKS//[[:space:]\"\']/} word kept=
	if [[ ! $quote && $breaks ]]; then
		kept=${cur%"${cur##*[$breaks]}"}
		while [[ $kept == *\\? ]]; do
			kept=${kept%??}
			kept=${kept%"${kept##*[$breaks]}"}
		done
		kept=${kept%@} kept=${kept//\\/}
	fi
	for word; do
		[[ $word == "$plain"* ]] || continue
		word=${word#"$kept"}
		[[ $quote ]] || printf -v word %q "$word"
		COMPREPLY+=("$word")
	done
}

# A column of the images, each value once. Names are escaped as in every TSV of stagefs.
_stagefs_images() {
	local line values=()
	while IFS= read -r line; do
		[[ $line != *\\* ]] || printf -v line %b "$line"
		[[ ! $line ]] || values+=("$line")
	done < <("$command" images -q --format tsv ${db:+--db "$db"} 2>/dev/null | tail -n +2 | cut -f"$1" | sort -u)
	_stagefs_reply "${values[@]}"
}

_stagefs_nothing() { compopt +o default +o bashdefault 2>/dev/null; }

# What an option's argument or an operand of this name can be.
_stagefs_value() {
	case $1 in
	IMAGE) _stagefs_images 1 ;; # or an INPUT, where no image begins so
	OS/ARCH) _stagefs_images 2 ;;
	REPORT) _stagefs_reply "${reports[@]}" ;;
	INPUT | DIR | FILE) ;;
	CMD) COMPREPLY=($(compgen -c -- "$plain")) ;;
	LIST) # words with commas between them
		local typed=${plain%"${plain##*,}"} one=(inodes={stored,content} verify={open,always} allow_other)
		_stagefs_reply "${one[@]/#/$typed}"
		compopt -o nospace 2>/dev/null
		;;
	*'|'*)
		local IFS='|'
		_stagefs_reply $1
		;;
	*) _stagefs_nothing ;;
	esac
}

# The name of operand $1 (from 0) by a usage such as "IMAGE [PATH]" or "INPUT... -- [CMD...]": the last repeats.
_stagefs_operand() {
	local names
	read -ra names <<<"${2//[\[\].]/}"
	[[ ${names[*]} != *' -- '* ]] || names=("${names[0]}")
	local last=$((${#names[@]} - 1))
	((last < 0)) || _stagefs_value "${names[$1 < last ? $1 : last]}"
}

_stagefs() {
	local cur quote= plain words command=$1 db= line usage= i operands=0 ended= wants=
	local -A args=()
	local options=() reports=()
	_stagefs_words
	cur=${words[${#words[@]} - 1]} plain=${cur//\\/}
	case $cur in [\'\"]*) quote=${cur:0:1} plain=${cur:1} ;; esac

	if ((${#words[@]} <= 2)) || [[ ${words[1]} == help ]]; then
		((${#words[@]} <= 3)) || return
		_stagefs_reply $("$command" --tables 2>/dev/null | cut -f1 | uniq) help
		[[ $cur != -* ]] || _stagefs_reply --help --version
		return
	fi
	while IFS= read -r line; do
		[[ $line == "${words[1]}"$'\t'* ]] || continue
		line=${line#*$'\t'}
		local first=${line%%$'\t'*} rest=${line#*$'\t'}
		case $first in
		--*) # name, letter, argument
			options+=("$first")
			local letter=${rest%%$'\t'*}
			rest=${rest#*$'\t'}
			args[$first]=${rest%%$'\t'*}
			[[ ! $letter ]] || args[$letter]=${rest%%$'\t'*}
			;;
		=*) reports+=("${first#=}") ;;
		*) usage=$first ;;
		esac
	done < <("$command" --tables 2>/dev/null)

	for ((i = 2; i < ${#words[@]} - 1; i++)); do
		line=${words[i]}
		if [[ $wants ]]; then
			[[ $wants != --db ]] || db=$line
			wants=
		elif [[ $ended || $line != -?* ]]; then
			((++operands))
		elif [[ $line == -- ]]; then
			ended=1
		elif [[ $line == --db=* ]]; then
			db=${line#*=}
		elif [[ ${args[$line]} ]]; then
			wants=$line
		fi
	done

	if [[ $wants ]]; then
		_stagefs_value "${args[$wants]}"
	elif [[ $ended && $usage == *' -- '* ]]; then
		_stagefs_value CMD
	elif [[ ! $ended && $cur == --*=* ]]; then
		plain=${plain#*=} cur=${cur#*=}
		_stagefs_value "${args[${words[${#words[@]} - 1]%%=*}]:-none}"
	elif [[ ! $ended && $cur == -* ]]; then
		_stagefs_reply "${options[@]}"
	else
		_stagefs_operand "$operands" "$usage"
	fi
}

complete -o bashdefault -o default -F _stagefs stagefs
