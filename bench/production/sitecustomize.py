"""Hides the packages of development that others import where they find them, as no image has them."""

import sys

sys.modules.update(dict.fromkeys(("rich", "uvloop", "yaml")))  # type: ignore[arg-type]  # None: there is none
