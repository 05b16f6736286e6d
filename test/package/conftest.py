"""The fixtures of test/whole, for what is released."""

import importlib.util
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "test" / "whole"))

_spec = importlib.util.spec_from_file_location("whole", ROOT / "test" / "whole" / "conftest.py")
whole = importlib.util.module_from_spec(_spec)
sys.modules["whole"] = whole
_spec.loader.exec_module(whole)
globals().update({name: value for name, value in vars(whole).items() if not name.startswith("_") and name != "ROOT"})
