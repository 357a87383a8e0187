"""``portrait photo - -o -``: a photo from standard input, its portrait to standard output.

Both pass through files of a temporary folder, so that the same code makes the same portrait: readers need to seek, and
nothing is written to standard output before the portrait is complete.
"""

import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import IO, TYPE_CHECKING

import typer

from portrait.errors import PortraitError
from portrait.files.formats import output_suffix
from portrait.language import tr

if TYPE_CHECKING:
    from portrait.photo.options import FileOptions
    from portrait.photo.report import FileReport

PIPE = Path("-")


@dataclass(frozen=True, slots=True)
class Pipes:
    """What stands for the two pipes.

    Attributes
    ----------
    inputs
        The photos; a file holds that of standard input.
    output
        What ``-o`` names; a file takes the place of standard output.
    names
        Names of those files in messages.
    """

    inputs: Sequence[Path]
    output: Path
    names: dict[Path, str]

    @property
    def is_stdout(self) -> bool:
        """Whether the portrait goes to standard output."""
        return self.output in self.names

    def about(self, path: Path) -> Path:
        """The path under which users know a file."""
        return Path(self.names.get(path, path))

    def told(self, error: PortraitError) -> PortraitError:
        """An error in which the pipes have their names."""
        message, hint = error.message, error.hint
        for path, name in self.names.items():
            message, hint = message.replace(str(path), name), hint.replace(str(path), name)
        return PortraitError(message, hint)

    def report(self, report: "FileReport") -> "FileReport":
        """A report in which the pipes are called ``-``."""
        return replace(report, input=self._dash(report.input), output=self._dash(report.output))

    def send(self) -> None:
        """Write a finished portrait to standard output."""
        if self.is_stdout and self.output.exists():
            stream = typer.get_binary_stream("stdout")
            stream.write(self.output.read_bytes())
            stream.flush()

    def _dash(self, path: PurePath) -> PurePath:
        return PIPE if path in self.names else path


@contextmanager
def open_pipes(inputs: Sequence[Path], output: Path, options: "FileOptions", *, as_json: bool) -> Iterator[Pipes]:
    """Read standard input if ``-`` is one of the inputs, and make room for standard output if ``-`` is the output.

    Raises
    ------
    typer.BadParameter
        A pipe that is a terminal, ``-`` twice, several photos or ``--json`` for standard output.
    PortraitError
        What came through the pipe is no photo.
    """
    _refuse_misuse(inputs, output, as_json=as_json)
    names: dict[Path, str] = {}
    with tempfile.TemporaryDirectory(prefix="portrait-") as folder:
        sources = [_receive(Path(folder), options, names) if path == PIPE else path for path in inputs]
        if output == PIPE:
            is_transparent = options.background.kind == "transparent"
            suffix = output_suffix(sources[0], options.save.naming_format, is_transparent=is_transparent)
            (Path(folder) / "out").mkdir()
            output = Path(folder) / "out" / f"portrait{suffix}"
            names[output] = tr("standard output")
        yield Pipes(sources, output, names)


def is_terminal(stream: IO[str] | None) -> bool:
    """Whether a standard stream is a terminal; a program without a console has none."""
    return stream is not None and stream.isatty()


def _refuse_misuse(inputs: Sequence[Path], output: Path, *, as_json: bool) -> None:
    if inputs.count(PIPE) > 1:
        raise typer.BadParameter(tr("standard input holds one photo; give - once"), param_hint="IN")
    if PIPE in inputs and is_terminal(sys.stdin):
        raise typer.BadParameter(
            tr("standard input is a terminal; pipe a photo into it: portrait photo - -o - < in.jpg > out.jpg"),
            param_hint="IN",
        )
    if output != PIPE:
        return
    if len(inputs) > 1:
        raise typer.BadParameter(tr("one portrait fits into standard output; give one photo only"), param_hint="-o")
    if as_json:
        raise typer.BadParameter(tr("standard output is taken by the portrait"), param_hint="--json")
    if is_terminal(sys.stdout):
        raise typer.BadParameter(
            tr("standard output is a terminal; send it to a file or a program: portrait photo IN -o - > out.jpg"),
            param_hint="-o",
        )


def _receive(folder: Path, options: "FileOptions", names: dict[Path, str]) -> Path:
    """Write what comes from standard input to a file, with the suffix of its format."""
    from portrait.files.content_suffix import content_suffix

    nameless = folder / "in"
    with nameless.open("wb") as file:
        shutil.copyfileobj(typer.get_binary_stream("stdin"), file)
    names[nameless] = tr("standard input")
    try:
        named = folder / f"stdin{content_suffix(nameless, options.max_megapixels)}"
    except PortraitError as exc:
        raise Pipes((), PIPE, names).told(exc) from exc
    names[named] = names.pop(nameless)
    return nameless.rename(named)
