"""The form of the Batch page: input folder, output folder, and whether to make finished portraits again."""

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QWidget

from portrait.gui.widgets.path_row import FolderRow, lay_out_rows
from portrait.language import tr


class BatchForm(QWidget):
    """The form at the top of the Batch page."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.input_row = FolderRow(tr("Folder of photos"), tr("Folder with photos, sub-folders included"))
        self.output_row = FolderRow(tr("Folder for portraits"), tr("Folder for the portraits"))
        self.restart_box = QCheckBox(tr("Make finished portraits again"))
        self.restart_box.setToolTip(tr("Without this, photos that were done before are skipped"))
        for row in (self.input_row, self.output_row):
            row.changed.connect(self.changed)
        lay_out_rows(self, ((tr("&Photos"), self.input_row), (tr("Por&traits"), self.output_row)), self.restart_box)

    @property
    def folders(self) -> tuple[Path, Path] | None:
        """Input and output folder; None until both are given."""
        source, target = self.input_row.folder, self.output_row.folder
        return None if source is None or target is None else (source, target)

    def set_input_folder(self, folder: Path) -> None:
        """Set the input folder, and propose an output folder beside it."""
        self.input_row.set_folder(folder)
        self.output_row.set_folder(folder.with_name(f"{folder.name}-portraits"))
