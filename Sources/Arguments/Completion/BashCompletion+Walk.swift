extension BashCompletion {
    /// The part that is the same for every program, but for the name of the function.
    ///
    /// Bash cuts words at `=` and `:` too. So the words are put together again by the spaces of
    /// the line, and what is offered is cut in the same way.
    static let walk = #"""
        # Offers values of the kind $1 that begin with $2, each after $3.
        FUNCTION_offer() {
            local line typed=$2 format='%q'
            # Behind a quote nothing is to be quoted again.
            [[ $typed == [\"\']* ]] && typed=${typed:1} format='%s'
            case $1 in
            text) ;;
            file) compopt -o default ;;
            folder) compopt -o filenames -o dirnames ;;
            *)
                while IFS= read -r line; do
                    line=${line%%$'\t'*}
                    [[ $line ]] && printf -v line "$format" "$line"
                    [[ $line && $line == "$typed"* ]] || continue
                    COMPREPLY+=("$3$line")
                done < <("$1" 2>/dev/null)
                ;;
            esac
        }

        # Reads the words before the cursor into $path, $taken, $ended and $pending.
        FUNCTION_walk() {
            local word letters
            for word; do
                if [[ $pending ]]; then
                    pending=''
                elif [[ ! $ended && $word == -- ]]; then
                    ended=1
                elif [[ ! $ended && $word == --*=* ]]; then
                    continue
                elif [[ ! $ended && $word == --* ]]; then
                    FUNCTION_kind "$word" && pending=$kind
                elif [[ ! $ended && $word == -?* ]]; then
                    letters=${word:1}
                    while [[ $letters ]] && ! FUNCTION_kind "-${letters:0:1}"; do
                        letters=${letters:1}
                    done
                    [[ ${#letters} == 1 ]] && pending=$kind
                elif ! FUNCTION_step "$word"; then
                    taken=$((taken + 1))
                fi
            done
        }

        FUNCTION() {
            local IFS=$' \t\n' path='' kind='' pending='' ended='' taken=0
            local line=${COMP_LINE:0:COMP_POINT} word current head mark
            local words=()
            COMPREPLY=()
            for word in "${COMP_WORDS[@]:0:COMP_CWORD+1}"; do
                if [[ ${#words[@]} == 0 || $line == [[:space:]]* ]]; then
                    line=${line#"${line%%[![:space:]]*}"}
                    words+=('')
                fi
                [[ $line == "$word"* ]] || word=$line
                line=${line#"$word"}
                words[-1]+=$word
            done
            current=${words[-1]}
            unset 'words[-1]'
            FUNCTION_walk "${words[@]:1}"

            if [[ $pending ]]; then
                FUNCTION_offer "$pending" "$current" ''
            elif [[ ! $ended && $current == --*=* ]]; then
                FUNCTION_kind "${current%%=*}" &&
                    FUNCTION_offer "$kind" "${current#*=}" "${current%%=*}="
            elif [[ ! $ended && $current == -* ]]; then
                FUNCTION_offer FUNCTION_options "$current" ''
            elif FUNCTION_word; then
                FUNCTION_offer "$kind" "$current" ''
            else
                FUNCTION_offer FUNCTION_commands "$current" ''
            fi

            for mark in '=' ':'; do
                if [[ $COMP_WORDBREAKS == *"$mark"* && $current == *"$mark"* ]]; then
                    head=${current%"$mark"*}$mark
                    COMPREPLY=("${COMPREPLY[@]#"$head"}")
                    current=${current#"$head"}
                fi
            done
        }
        """#
}
