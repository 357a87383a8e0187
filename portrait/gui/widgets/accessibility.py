"""What screen readers and other programs are told about widgets that paint themselves: role, name, value."""

from typing import Any

from PySide6.QtCore import QObject
from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtWidgets import QAccessibleWidget, QWidget

_interfaces: dict[int, "PaintedInterface"] = {}  # Qt does not keep Python's half of them alive


class PaintedInterface(QAccessibleWidget):
    """Interface of a widget with an attribute ``accessible_role``, and with a value where it has `accessible_value`."""

    def __init__(self, widget: QWidget, role: QAccessible.Role) -> None:
        super().__init__(widget, role)
        self._widget = widget

    def text(self, kind: QAccessible.Text) -> str:
        """The text of a kind; the value is asked for anew."""
        value = getattr(self._widget, "accessible_value", None)
        if kind == QAccessible.Text.Value and value is not None:
            return str(value())
        return super().text(kind)


def install_interfaces() -> None:
    """Give widgets with an attribute ``accessible_role`` that role; once a process."""
    if not getattr(install_interfaces, "is_done", False):
        QAccessible.installFactory(_make_interface)
        install_interfaces.is_done = True  # type: ignore[attr-defined]


def announce_alert(widget: QWidget) -> None:
    """Let screen readers read a notice that has appeared."""
    QAccessible.updateAccessibility(QAccessibleEvent(widget, QAccessible.Event.Alert))


def _make_interface(name: str, thing: QObject) -> Any:
    """The interface of a widget that has a role of its own; None: Qt knows it."""
    role = getattr(thing, "accessible_role", None)
    if not isinstance(thing, QWidget) or not isinstance(role, QAccessible.Role):
        return None
    key = id(thing)
    if key not in _interfaces:
        _interfaces[key] = PaintedInterface(thing, role)
        thing.destroyed.connect(lambda: _interfaces.pop(key, None))
    return _interfaces[key]
