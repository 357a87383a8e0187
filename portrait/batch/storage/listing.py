"""A look at a storage that lists a folder once instead of asking for each of its files."""

import threading
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import PurePath

from portrait.batch.storage.remote_files import RemoteFiles
from portrait.errors import PortraitError

_MOST_FOLDERS = 4


class RecentListings:
    """The `Look` of a remote storage: the last folders that were asked about, as they were then; safe for threads."""

    def __init__(self, storage: RemoteFiles) -> None:
        self._storage = storage
        self._lock = threading.Lock()
        self._folders: OrderedDict[PurePath, Mapping[str, tuple[int, int]]] = OrderedDict()

    def is_there(self, path: PurePath) -> bool:
        return path.name in self._listing(path.parent)

    def version(self, file: PurePath) -> tuple[int, int]:
        version = self._listing(file.parent).get(file.name, (-1, -1))
        # A web server lists names only.
        return self._storage.version(file) if version[0] < 0 and self.is_there(file) else version

    def _listing(self, folder: PurePath) -> Mapping[str, tuple[int, int]]:
        with self._lock:
            if folder not in self._folders:
                self._folders[folder] = self._list(folder)
                if len(self._folders) > _MOST_FOLDERS:
                    self._folders.popitem(last=False)
            self._folders.move_to_end(folder)
            return self._folders[folder]

    def _list(self, folder: PurePath) -> Mapping[str, tuple[int, int]]:
        try:
            return {entry.name: (entry.status.st_size, entry.status.mark) for entry in self._storage.entries(folder)}
        except PortraitError:
            return {}  # nothing was written there yet; for another reason the next step raises
