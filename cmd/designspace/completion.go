package main

import (
	"fmt"
	"io"

	"github.com/urfave/cli/v2"
)

func completionCommand() *cli.Command {
	return &cli.Command{
		Name:      "completion",
		Usage:     "print the completion script of a shell",
		UsageText: "designspace completion bash|zsh|fish",
		Description: `Enables completion of verbs and flags in the shell.

Example:
  source <(designspace completion bash)`,
		Action: completion,
	}
}

const bashCompletion = `_designspace() {
  local words=("${COMP_WORDS[@]:0:$COMP_CWORD}") cur="${COMP_WORDS[COMP_CWORD]}"
  [[ $cur == -* ]] && words+=("${cur/%--/-}")
  COMPREPLY=($(compgen -W "$("${words[@]}" --generate-bash-completion 2>/dev/null)" -- "$cur"))
}
complete -o bashdefault -o default -F _designspace designspace
`

const zshCompletion = `#compdef designspace
_designspace() {
  local -a choices
  local cur=${words[CURRENT]}
  if [[ $cur == -* ]]; then
    choices=("${(@f)$(${words[1,CURRENT-1]} ${cur/%--/-} --generate-bash-completion 2>/dev/null)}")
  else
    choices=("${(@f)$(${words[1,CURRENT-1]} --generate-bash-completion 2>/dev/null)}")
  fi
  if [[ -n $choices[1] ]]; then _describe value choices; else _files; fi
}
compdef _designspace designspace
`

func completion(c *cli.Context) error {
	shell, err := only(c, "shell")
	if err != nil {
		return err
	}
	script := ""
	switch shell {
	case "bash":
		script = bashCompletion
	case "zsh":
		script = zshCompletion
	case "fish":
		if script, err = c.App.ToFishCompletion(); err != nil {
			return err
		}
	default:
		return usagef("completion %s: no script for this shell: choose bash, zsh or fish", shell)
	}
	_, err = io.WriteString(c.App.Writer, script)
	if err != nil {
		return fmt.Errorf("completion: %w", err)
	}
	return nil
}
