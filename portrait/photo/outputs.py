"""Output files of a photo, with a check before the work and again at writing that no foreign file is replaced."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from portrait.errors import ImageFileError
from portrait.files.system.atomic import publish, write_considerately
from portrait.files.system.file_signature import FileSignature
from portrait.files.system.os_errors import is_there
from portrait.language import mark, tr
from portrait.photo.made_files import MadeFiles

_NOT_REMEMBERED = mark(
    "it could not be noted that Portrait made {path} ({reason}): the next time it counts as somebody else's"
)


@dataclass(frozen=True, slots=True)
class Outputs:
    """Writes the files of one photo and replaces only permitted files.

    Attributes
    ----------
    may_replace
        Decides whether an existing file may be replaced. By default none may.
    complaint, hint
        English texts of the error for files that may not be replaced; ``complaint`` contains ``{paths}``.
    remember
        Called for every file just before it gets its name; may raise OSError. None: files are not recorded.
    warnings
        Errors of ``remember``, one sentence each.
    """

    may_replace: Callable[[Path], bool] = lambda path: False
    complaint: str = mark("There is something already: {paths}")
    hint: str = mark("Choose another name or folder.")
    remember: Callable[[Path, FileSignature], None] | None = None
    warnings: list[str] = field(default_factory=list)

    def refuse_strangers(self, paths: Sequence[Path]) -> None:
        """Raise `ImageFileError`, with their names, when some of the files exist and may not be replaced."""
        strangers = [path for path in paths if is_there(path) and not self.may_replace(path)]
        if strangers:
            raise self.stranger_error(strangers)

    def stranger_error(self, paths: Sequence[PurePath]) -> ImageFileError:
        """The error for files that exist and may not be replaced."""
        return ImageFileError(tr(self.complaint, paths=", ".join(map(str, paths))), tr(self.hint))

    def write(self, path: Path, data: bytes | memoryview) -> None:
        """Write as `portrait.files.system.atomic.write_considerately`: a file created in the meantime is not lost."""
        write_considerately(
            path,
            data,
            require_replaceable=lambda path: self.refuse_strangers([path]),
            on_finished=lambda finished: self._remember(path, finished),
        )

    def publish(self, path: Path, finished: Path) -> None:
        """Give a complete file its name as `portrait.files.system.atomic.publish`, by the same rules."""
        publish(
            finished,
            path,
            require_replaceable=lambda path: self.refuse_strangers([path]),
            on_finished=lambda finished: self._remember(path, finished),
        )

    def _remember(self, path: Path, finished: Path) -> None:
        if self.remember is None:
            return
        try:
            self.remember(path, FileSignature.read(finished))
        except OSError as exc:
            self.warnings.append(tr(_NOT_REMEMBERED, path=path, reason=exc.strerror or exc))


def remembered_outputs(
    made: MadeFiles, source: Path | None, hint: str, *, named: Collection[Path | None] = (), overwrite: bool = False
) -> Outputs:
    """Outputs that may replace files that the app made from the same photo and that are unchanged since.

    Parameters
    ----------
    made
        Knows and takes what the app makes.
    source
        The photo; None for one that was pasted.
    hint
        Of the error for files that are kept.
    named
        Files that the user has named one by one: there a portrait of another photo is replaced too.
    overwrite
        Whether anything may be replaced.
    """

    def may_replace(path: Path) -> bool:
        return overwrite or made.knows(path, None if path in named else source)

    def remember(path: Path, signature: FileSignature) -> None:
        made.add(path, signature, source)

    complaint = mark("This would replace what Portrait did not make of this photo, or what was changed since: {paths}")
    return Outputs(may_replace, complaint, hint, remember)
