"""The cases share the fixtures of the whole-program suite. Both folders have a conftest.py, so that one gets another name."""

import importlib.util
import pathlib
import sys

WHOLE = pathlib.Path(__file__).resolve().parents[1] / "whole"
sys.path.insert(0, str(WHOLE))
spec = importlib.util.spec_from_file_location("whole_conftest", WHOLE / "conftest.py")
module = importlib.util.module_from_spec(spec)
sys.modules["whole_conftest"] = module
spec.loader.exec_module(module)
globals().update({name: value for name, value in vars(module).items() if not name.startswith("__")})
