"""Files of this machine for one job: those of a remote storage are fetched before it, and taken there after it."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath

from portrait.batch.storage import RemotePath, storage_of
from portrait.batch.storage.remote import remote_storage
from portrait.errors import PortraitError
from portrait.files.system.file_signature import FileSignature
from portrait.photo.outputs import Outputs
from portrait.photo.report import FileReport


@dataclass(frozen=True, slots=True)
class StagedOutputs(Outputs):
    """`Outputs` of which some belong on a remote storage.

    Attributes
    ----------
    places
        Where files of this machine belong, by their paths; others stay.
    signatures
        Of what was written there.
    """

    places: Mapping[Path, RemotePath] = field(default_factory=dict)
    signatures: dict[PurePath, FileSignature] = field(default_factory=dict)

    def write(self, path: Path, data: bytes | memoryview) -> None:
        """Write a file where it belongs; one that was created there in the meantime is not lost."""
        if (place := self.places.get(path)) is None:
            Outputs.write(self, path, data)
            return
        may_replace = self.may_replace(place)  # type: ignore[arg-type]  # it asks for a place
        try:
            signature = remote_storage(place.scheme).write(place, data, may_replace=may_replace)
        except FileExistsError:
            raise self.stranger_error([place]) from None
        self.signatures[place] = signature


@dataclass(frozen=True, slots=True)
class Staged:
    """The photo and the portrait of a job as files of this machine, and ``names``: what they stand for."""

    source: Path
    target: Path
    outputs: StagedOutputs
    names: Mapping[Path, PurePath]

    def told(self, report: FileReport) -> FileReport:
        """The report as it is told to the user."""
        return replace(
            report,
            input=self.names.get(self.source, self.source),
            output=self.names.get(report.output, report.output) if isinstance(report.output, Path) else report.output,
            warnings=tuple(map(self._told, report.warnings)),
        )

    def told_error(self, error: PortraitError) -> PortraitError:
        """The error as it is told to the user."""
        return type(error)(self._told(error.message), self._told(error.hint)) if self.names else error

    def _told(self, text: str) -> str:
        for path, place in self.names.items():
            text = text.replace(str(path), str(place))
        return text


@contextmanager
def staged(source: PurePath, target: PurePath, outputs: Outputs) -> Iterator[Staged]:
    """Context of the files of a job; raise `PortraitError` where the photo cannot be fetched."""
    with ExitStack() as stack:
        local_source, local_target = stack.enter_context(storage_of(source).fetched(source)), Path(target)
        names: dict[Path, PurePath] = {} if local_source == source else {local_source: source}
        places = {}
        if isinstance(target, RemotePath):
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="portrait-"))
            local_target = Path(folder) / target.name
            places[local_target] = target
        taken = StagedOutputs(outputs.may_replace, outputs.complaint, outputs.hint, places=places)
        yield Staged(local_source, local_target, taken, names | places)
