"""Where photos and portraits of a batch lie: folders of this machine, or storage that fsspec reaches by a URL."""

from portrait.batch.storage.interface import Storage
from portrait.batch.storage.local import LocalStorage
from portrait.batch.storage.remote import remote_storage
from portrait.batch.storage.remote_path import RemotePath, parse_place

__all__ = ["RemotePath", "Storage", "parse_place", "storage_of"]

_LOCAL = LocalStorage()


def storage_of(place: "object") -> Storage:
    """The storage that a path leads to; raise `PortraitError` where the packages for its URL are not installed."""
    return remote_storage(place.scheme) if isinstance(place, RemotePath) else _LOCAL
