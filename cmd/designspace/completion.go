package main

import (
	"io"

	"github.com/urfave/cli/v2"

	"designspace/internal/suggest"
)

// shells are those that there is a script for.
var shells = []string{"bash", "zsh", "fish"}

func completionCommand() *cli.Command {
	return &cli.Command{
		Name:      "completion",
		Usage:     "print the completion script of a shell",
		UsageText: "designspace completion bash|zsh|fish",
		Description: `Enables completion in the shell: of verbs, flags and their values, spaces, models,
recipes and kinds of figures, run directories, and the columns and model ids of a
run. Put the line into the file that your shell reads at its start; fish takes
"designspace completion fish | source".

Example:
  source <(designspace completion bash)`,
		Action: completionAction,
	}
}

// Bash puts what is offered on the command line as it is, so that it is quoted:
// names in tables may be commands.
const bashCompletion = `_designspace() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do COMPREPLY+=("$(printf %q "$line")"); done < <("${COMP_WORDS[0]}" ` + completeVerb + ` "${COMP_WORDS[@]:1:$COMP_CWORD}" 2>/dev/null)
}
complete -o bashdefault -o default -F _designspace designspace
`

const zshCompletion = `#compdef designspace
_designspace() {
  local -a choices
  choices=("${(@f)$(${words[1]} ` + completeVerb + ` "${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n $choices[1] ]]; then compadd -a choices; else _files; fi
}
compdef _designspace designspace
`

const fishCompletion = `function __designspace_complete
  set -l words (commandline -opc)
  set -l current (commandline -ct)
  $words[1] ` + completeVerb + ` $words[2..-1] "$current" 2>/dev/null
end
complete -c designspace -a '(__designspace_complete)'
`

func completionAction(c *cli.Context) error {
	shell, err := only(c, "shell")
	if err != nil {
		return err
	}
	script, ok := map[string]string{"bash": bashCompletion, "zsh": zshCompletion, "fish": fishCompletion}[shell]
	if !ok {
		return usagef("completion %s: no script for this shell: choose %s", shell, suggest.Or(shells))
	}
	_, err = io.WriteString(c.App.Writer, script)
	return err
}
