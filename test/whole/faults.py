"""Faults inside a real devflow process: killed when it is about to take its n-th outward step, with a clock that is wrong, or with
an n-th call that fails: of the allocator, the disk, the database, the network, the resolver.
The library of test/faults is loaded into it; a file that both have mapped says what to do. Layout: test/faults/control.h."""

import mmap
import os
import pathlib
import struct

HEAD = struct.Struct("<iiiiqiiiiiiii")
STEP_BYTES, STEPS = 32, 1000
MEMORY, DISK, STORE, NETWORK, NAMES = range(1, 6)
FOR_EVER = 2**31 - 1


class Faults:
    """env() is for the process; one of these may be handed from a killed process to its successor."""

    def __init__(self, folder, program):
        self.library = pathlib.Path(program).parent / "test" / "faults" / "libfaults.so"
        self.memory_library = self.library.with_name("libfaults_memory.so")
        assert self.library.exists(), f"{self.library} is not built"
        self.path = pathlib.Path(folder) / "faults"
        self.path.write_bytes(bytes(HEAD.size + STEP_BYTES * STEPS))
        with open(self.path, "r+b") as file:
            self.map = mmap.mmap(file.fileno(), 0)

    def env(self, memory=False):
        """With memory=True allocations can fail too; not in a sanitized build."""
        libraries = [self.library] + ([self.memory_library] if memory else [])
        asan = ":".join(filter(None, [os.environ.get("ASAN_OPTIONS"), "verify_asan_link_order=0"]))
        return {"LD_PRELOAD": " ".join(map(str, libraries)), "DEVFLOW_FAULTS": str(self.path), "ASAN_OPTIONS": asan}

    def put(self, at, format, *values):
        struct.pack_into(format, self.map, at, *values)

    def arm(self, kill_at=0, kill_port=0):
        """Count from here on, and kill at that step, or when it is about to send to that port; 0 only counts."""
        self.disarm()
        self.put(52, "<i", kill_port)
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

    def fail(self, kind, at=0, times=1, port=0, code=0, delay_ms=0):
        """From here on: count the calls of that kind, and fail the at-th and those after it."""
        self.put(24, "<i", 0)
        self.put(28, "<iiiiii", at, times, 0, port, code, delay_ms)
        self.put(24, "<i", kind)

    def heal(self):
        """Nothing fails any more; how many calls there were."""
        self.put(24, "<i", 0)
        return self.calls

    @property
    def calls(self):
        return HEAD.unpack_from(self.map)[8]
