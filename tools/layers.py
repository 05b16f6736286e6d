"""Fails on an include that points upward, and on a library used outside its place. The table is that of
docs/decisions/001-shape.md. Standard library only."""

import re
import sys

import c_text

# folder: what it may include of ours, a folder or one header
LAYERS = {
    "base": [],
    "domain": ["base"],
    "workflow": ["base"],
    "port": ["base", "domain", "workflow"],
    "service": ["base", "domain", "port"],
    "worker": ["base", "domain", "workflow", "port", "service"],
    "provider": ["base", "domain", "port"],
    "adapter": ["base", "domain", "workflow", "port"],
    "http": ["base", "domain", "port", "service"],
    "sandbox": ["base", "domain", "http/server.h", "http/router.h"],
    "cli": ["base", "domain", "port", "http/server.h"],
    "lib": ["base", "domain", "port", "service", "provider", "adapter"],
    "app": ["base", "domain", "workflow", "port", "service", "worker", "provider", "adapter", "http", "sandbox", "cli"],
}
# library header: the only files or folders that see it
LIBRARIES = {
    "yyjson.h": ["base/json_"],
    "microhttpd.h": ["http/server"],
    "sqlite3.h": ["adapter/sqlite"],
    "libpq-fe.h": ["adapter/postgres"],
    "curl/": ["adapter/curl", "base/url"],
    "openssl/": ["base/crypto", "base/arena", "adapter/redis_tls"],
    "hiredis/": ["adapter/redis_"],
    "zlib.h": ["sandbox/", "base/"],
}
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+(["<])([^">]+)[">]', re.MULTILINE)


def faults(path):
    name = path.relative_to(c_text.ROOT / "src").as_posix()
    folder = name.split("/")[0]
    text = path.read_text(encoding="utf-8")
    for match in INCLUDE.finditer(text):
        kind, header = match.groups()
        place = f"src/{name}:{text.count(chr(10), 0, match.start()) + 1}"
        if kind == '"' and "/" in header:
            allowed = [folder, *LAYERS.get(folder, [])]
            if header not in allowed and header.split("/")[0] not in allowed:
                yield f"{place}: {folder} may not include {header}; it may include {', '.join(allowed)}"
        for library, places in LIBRARIES.items():
            if header.startswith(library) and not name.startswith(tuple(places)):
                yield f"{place}: {header} is seen by {', '.join(places)}* alone"


def main():
    unknown = sorted({p.relative_to(c_text.ROOT / "src").parts[0] for p in c_text.files("src")} - set(LAYERS))
    found = [f"src/{folder}: a folder that no layer names" for folder in unknown]
    found += [fault for path in c_text.files("src") for fault in faults(path)]
    print(*found, sep="\n", end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
