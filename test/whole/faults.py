"""Faults inside a real devflow process: killed when it is about to take its n-th outward step, or with a clock that is wrong.
The library of test/faults is loaded into it; a file that both have mapped says what to do. Layout: test/faults/control.h."""

import mmap
import os
import pathlib
import struct

HEAD = struct.Struct("<iiiiq")
STEP_BYTES, STEPS = 32, 1000


class Faults:
    """env() is for the process; one of these may be handed from a killed process to its successor."""

    def __init__(self, folder, program):
        self.library = pathlib.Path(program).parent / "test" / "faults" / "libfaults.so"
        assert self.library.exists(), f"{self.library} is not built"
        self.path = pathlib.Path(folder) / "faults"
        self.path.write_bytes(bytes(HEAD.size + STEP_BYTES * STEPS))
        with open(self.path, "r+b") as file:
            self.map = mmap.mmap(file.fileno(), 0)

    def env(self):
        asan = ":".join(filter(None, [os.environ.get("ASAN_OPTIONS"), "verify_asan_link_order=0"]))
        return {"LD_PRELOAD": str(self.library), "DEVFLOW_FAULTS": str(self.path), "ASAN_OPTIONS": asan}

    def put(self, at, format, value):
        struct.pack_into(format, self.map, at, value)

    def arm(self, kill_at=0):
        """Count from here on, and kill at that step; 0 only counts."""
        self.disarm()
        self.put(8, "<i", 0)
        self.put(4, "<i", kill_at)
        self.put(0, "<i", 1)

    def disarm(self):
        self.put(0, "<i", 0)

    @property
    def taken(self):
        """How many steps since it was armed, the one it was killed at included."""
        return HEAD.unpack_from(self.map)[2]

    @property
    def steps(self):
        """What these steps were."""
        n = min(self.taken, STEPS)
        rows = (self.map[HEAD.size + i * STEP_BYTES:HEAD.size + (i + 1) * STEP_BYTES] for i in range(n))
        return [row.split(b"\0")[0].decode() for row in rows]

    def clock_ahead(self, seconds):
        self.put(16, "<q", seconds)
