# SPDX-License-Identifier: MIT
# fish completion of stagefs(1). Commands, options and reports come from `stagefs --tables`, read once per shell; images from
# `stagefs images`.

# The words behind the command, up to the cursor; fails where the command is not $argv[1].
function __stagefs_in
    set -l words (commandline -opc)
    test "$words[2]" = "$argv[1]"
end

function __stagefs_dashes
    contains -- -- (commandline -opc)
end

# How many operands stand before the cursor, of a command whose options with arguments are known.
function __stagefs_operands
    set -l words (commandline -opc)[3..-1]
    set -l n 0
    while set -q words[1]
        if contains -- $words[1] $__stagefs_with_argument
            set -e words[1]
        else if not string match -q -- '-*' $words[1]
            set n (math $n + 1)
        end
        set -e words[1]
    end
    echo $n
end

function __stagefs_operand # COMMAND N: is operand N of it being typed?
    __stagefs_in $argv[1]; and not __stagefs_dashes; and test (__stagefs_operands) -eq $argv[2]
end

# Column $argv[1] of the images. Names are escaped as in every TSV of stagefs.
function __stagefs_images
    set -l words (commandline -opc)
    set -l db
    if set -l at (contains -i -- --db $words)
        set db --db $words[(math $at + 1)]
    else
        set db (string match -- '--db=*' $words)
    end
    for value in (stagefs images -q --format tsv $db 2>/dev/null | tail -n +2 | cut -f$argv[1] | sort -u)
        printf '%b\n' $value
    end
end

# What follows "--" of exec: a command line of its own.
function __stagefs_inner
    set -l words (commandline -opc) (commandline -ct)
    set -l at (contains -i -- -- $words)
    complete -C (string join ' ' -- (string escape -- $words[(math $at + 1)..-2]) $words[-1])
end

# How the argument of an option is completed; a word of --tables to arguments of `complete`.
function __stagefs_argument
    switch $argv[1]
        case ''
            echo -f
        case FILE
            printf '%s\n' -r -F
        case OS/ARCH
            printf '%s\n' -x -a '(__stagefs_images 2)'
        case LIST
            printf '%s\n' -x -a '(__fish_append , inodes=stored inodes=content verify=open verify=always allow_other)'
        case '*|*'
            printf '%s\n' -x -a (string replace -a '|' ' ' -- $argv[1])
        case '*'
            echo -x
    end
end

complete -c stagefs -f
complete -c stagefs -n 'test (count (commandline -opc)) -eq 1' -l version -d 'the version'
set -g __stagefs_with_argument
for line in (stagefs --tables 2>/dev/null)
    set -l field (string split \t -- $line)
    set -l in "__stagefs_in $field[1]"
    switch $field[2]
        case '--*'
            set -l letter (string replace -- - '' $field[3])
            complete -c stagefs -n "$in; and not __stagefs_dashes" -l (string sub -s 3 -- $field[2]) \
                (string length -q -- $letter; and printf '%s\n' -s $letter) (__stagefs_argument $field[4]) -d $field[5]
            test -z "$field[4]"; or set -a __stagefs_with_argument $field[2] $field[3]
        case '=*'
            complete -c stagefs -n "__stagefs_operand $field[1] 1" -a (string sub -s 2 -- $field[2]) -d $field[3]
        case '*'
            complete -c stagefs -n 'test (count (commandline -opc)) -eq 1' -a $field[1] -d $field[3]
            complete -c stagefs -n "test (count (commandline -opc)) -eq 2; and __stagefs_in help" -a $field[1] -d $field[3]
            # An operand that can be an input or a directory is a file; an image can be an input too.
            switch $field[2]
                case '*IMAGE...*'
                    complete -c stagefs -n "$in" -F -a '(__stagefs_images 1)'
                case '*IMAGE*'
                    complete -c stagefs -n "__stagefs_operand $field[1] 0" -F -a '(__stagefs_images 1)'
                case '* -- *'
                    complete -c stagefs -n "$in; and not __stagefs_dashes" -F
                    complete -c stagefs -n "$in; and __stagefs_dashes" -a '(__stagefs_inner)'
                case '*INPUT*' '*DIR*'
                    complete -c stagefs -n "$in" -F
            end
    end
end
complete -c stagefs -n 'test (count (commandline -opc)) -eq 1' -a help -d 'the options of a command'
