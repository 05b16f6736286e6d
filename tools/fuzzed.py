"""Fails on a parser of outside bytes without a fuzz target: every function of src's headers whose name says that it parses, reads,
decodes, checks or opens something must be called by a target, or stand here with the reason why it is not. Standard library
only."""

import re
import sys

import c_text

PARSER = re.compile(r"\b((?:df|sandbox)_\w*?_(?:parse|read|decode|check|valid|unseal|cursor|clean|feed)\w*|df_unseal)\s*\(")
THROUGH = {  # reached through what a target calls
    "df_event_parse_exceptions": "df_event_parse", "df_event_parse_meta": "df_event_parse", "df_event_parse_pairs": "df_event_parse",
    "df_event_parse_stack": "df_event_parse", "df_event_parse_threads": "df_event_parse",
    "df_context_breadcrumbs": "df_context_markdown", "df_context_threads": "df_context_markdown",
    "df_utf8_decode": "df_event_parse", "norm_agent_read": "df_sandbox_event_read", "df_unsealed": "df_token_cache_get",
    "df_config_check": "df_config_load", "df_config_check_whole": "df_config_load", "df_config_read_file": "df_config_load",
}
NOT_OUTSIDE = {
    "df_app_fault_check": "reads a row", "df_keys_check": "reads the database's key ids",
    "df_options_parse": "the user's own command line",
    "df_request_read": "hands bytes on", "df_head_check_framing": "libmicrohttpd's headers; df_raw_head_feed has seen the bytes",
    "df_key_file_read": "a file of the user's own", "df_cli_read_file": "reads a file whole",
    "df_budget_check": "counts", "df_limiter_check": "counts",
    "df_audit_check_row": "reads a row", "df_audit_check_end": "after the rows",
    "df_head_check_length": "as df_head_check_framing", "df_workflow_status_parse": "one of five words, by equality",
}


def main():
    targets = "\n".join(path.read_text() for path in (c_text.ROOT / "test" / "fuzz").glob("fuzz_*.c"))
    faults = []
    for path in c_text.files("src"):
        if path.suffix != ".h":
            continue
        for name in PARSER.findall(c_text.plain(path.read_text())):
            called = THROUGH.get(name, name)
            if name not in NOT_OUTSIDE and not re.search(rf"\b{called}\s*\(", targets):
                faults.append(f"{path.relative_to(c_text.ROOT)}: {name} has no fuzz target (test/fuzz), or say why in tools/fuzzed.py")
    print(*faults, sep="\n", end="\n" if faults else "")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
