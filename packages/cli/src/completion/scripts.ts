/** The command that the scripts call; its words are those of the line up to the cursor. */
export const COMPLETE = "__complete";

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

/** Each line of an answer is a word, or a word, a tab and what it means. No line: the shell goes on with files. */
const SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: `# bash completion for portolan: source <(portolan completion bash)
_portolan() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    COMPREPLY+=("\${line%%$'\t'*}")
  done < <(portolan ${COMPLETE} "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _portolan portolan
`,
  zsh: `#compdef portolan
# zsh completion for portolan: source <(portolan completion zsh)
_portolan() {
  local line
  local -a found
  for line in "\${(@f)$(portolan ${COMPLETE} "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    [[ -n "$line" ]] || continue
    if [[ "$line" == *$'\t'* ]]; then
      found+=("\${\${line%%$'\t'*}//:/\\:}:\${line#*$'\t'}")
    else
      found+=("\${line//:/\\:}")
    fi
  done
  if (( \${#found} )); then
    _describe portolan found
  else
    _files
  fi
}
compdef _portolan portolan
`,
  fish: `# fish completion for portolan: portolan completion fish | source
function __portolan_complete
    set -l words (commandline -opc) (commandline -ct)
    portolan ${COMPLETE} $words[2..] 2>/dev/null
end
complete -c portolan -f -n 'test -n "$(__portolan_complete)"' -a '(__portolan_complete)'
complete -c portolan -F -n 'test -z "$(__portolan_complete)"'
`,
};

export function completionScript(shell: Shell): string {
  return SCRIPTS[shell];
}
