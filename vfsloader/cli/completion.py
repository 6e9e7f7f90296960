"""``completion``: scripts that let a shell complete commands, options, ids and paths."""

from __future__ import annotations

from typing import Annotated, Literal

from cyclopts import App, Parameter

from vfsloader.cli.app import Json, UsageError
from vfsloader.cli.output import answer, print_json, print_script

#: Lets `eval "$(vfsloader completion zsh)"` do what the script does as a file in a folder of zsh's own.
_AFTERWARDS = {"zsh": "\n(( $+functions[compdef] )) && compdef _cyclopts_vfsloader vfsloader\n"}
Shell = Literal["bash", "zsh", "fish", "powershell"]


def add_commands(app: App) -> None:
    """Add the command."""

    def completion(
        shell: Annotated[Shell | None, Parameter(help="the shell (default: the one that runs this)")] = None,
        /,
        *,
        install: Annotated[bool, Parameter(help="put the script where the shell finds it")] = False,
        json: Json = False,
    ) -> int:
        """Write the script that lets a shell complete commands, options, ids of mods and paths."""
        wanted = shell or _detect()
        if install:
            path = app.install_completion(shell=wanted)
            text = f"{wanted} completes vfsloader from now on, in new windows: {path}"
            return answer({"shell": wanted, "path": str(path)}, text, json=json)
        script = app.generate_completion(shell=wanted) + _AFTERWARDS.get(wanted, "")
        if json:
            print_json({"shell": wanted, "script": script})
        else:
            print_script(script)
        return 0

    app.command(completion)


def _detect() -> Shell:
    from cyclopts.completion import ShellDetectionError, detect_shell

    try:
        return detect_shell()
    except ShellDetectionError:
        raise UsageError("which shell? Write vfsloader completion bash, zsh, fish or powershell") from None
