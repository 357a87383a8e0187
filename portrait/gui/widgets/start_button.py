"""The button that starts what a page does, and ends it while it runs."""

from portrait.gui.widgets.buttons import SymbolButton
from portrait.language import tr

_LEAST_WIDTH_PX = 96  # as wide with either text


class StartButton(SymbolButton):
    """The main action of its page while nothing runs.

    Parameters
    ----------
    end_text
        On the button while something runs: Stop or Cancel.
    """

    def __init__(self, end_text: str) -> None:
        super().__init__("start", tr("Start"), is_primary=True)
        self._end_text = end_text
        self.setMinimumWidth(_LEAST_WIDTH_PX)

    def show_running(self, is_running: bool) -> None:
        """Offer to end what runs, or to start."""
        self.setText(self._end_text if is_running else tr("Start"))
        self.set_symbol("stop" if is_running else "start")
        self.set_primary(not is_running)
