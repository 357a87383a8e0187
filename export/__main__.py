"""``python -m export``."""

from export.cli.application import main

raise SystemExit(main())
