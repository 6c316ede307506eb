"""Reads the suite's reports: a table for each end, the expectation behind each failed case.

    verdicts.py REPORTS CASES BROKEN

REPORTS holds server/ and client/, as the suite wrote them; CASES is how many verdicts each must
have; BROKEN counts the runs that failed before there were verdicts. Only OK and INFORMATIONAL
pass, for a case's behavior and for how it closed.
"""

import html
import json
import re
import sys
from collections import Counter
from pathlib import Path

VERDICTS = ["OK", "INFORMATIONAL", "NON-STRICT", "FAILED", "UNIMPLEMENTED"]
PASSING = {"OK", "INFORMATIONAL"}
SIDES = {"server": "our server, the suite as its client", "client": "our client, the suite as its server"}
GROUPS = {
    "1": "framing",
    "2": "pings and pongs",
    "3": "reserved bits",
    "4": "opcodes",
    "5": "fragmentation",
    "6": "UTF-8",
    "7": "closing",
    "9": "limits",
    "10": "fragmented send",
    "12": "compressed echoes",
    "13": "compression negotiated",
}


def in_words(text):
    """A sentence of the suite, without its markup."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", text or "")).split())


def verdicts_of(folder):
    """The suite's verdicts by case, in the order of the cases."""
    index = folder / "index.json"
    if not index.exists():
        return {}
    agents = json.loads(index.read_text())
    cases = {case: verdict for agent in agents.values() for case, verdict in agent.items()}
    return dict(sorted(cases.items(), key=lambda item: [int(part) for part in item[0].split(".")]))


def table(verdicts):
    """Verdicts counted by group: what each case did / how it closed."""
    rows = {}
    for case, verdict in verdicts.items():
        did, closed = rows.setdefault(case.split(".")[0], (Counter(), Counter()))
        did[verdict["behavior"]] += 1
        closed[verdict["behaviorClose"]] += 1
    rows["all"] = (sum((did for did, _ in rows.values()), Counter()),
                   sum((closed for _, closed in rows.values()), Counter()))
    others = sorted({name for row in rows["all"] for name in row} - set(VERDICTS))
    columns = VERDICTS + others
    print(f"{'group':<20}" + "".join(f"{name:>15}" for name in columns))
    for group, (did, closed) in rows.items():
        name = f"{group:>3} {GROUPS.get(group, '')}"
        print(f"{name:<20}" + "".join(f"{f'{did[column]} / {closed[column]}':>15}" for column in columns))


def explain(folder, case, verdict):
    """What a failed case wanted and what it got."""
    print(f"FAILED {folder.name} {case}: behavior {verdict['behavior']}, close {verdict['behaviorClose']}")
    report = folder / verdict["reportfile"]
    if not report.exists():
        print(f"    no report at {report.name}")
        return
    told = json.loads(report.read_text(errors="replace"))
    for label, key in [("does", "description"), ("expects", "expectation"), ("result", "result"),
                       ("close", "resultClose"), ("close code", "remoteCloseCode")]:
        print(f"    {label}: {in_words(str(told.get(key)))}")


def main(reports, wanted, broken):
    passed = 0
    failed = broken
    for side, title in SIDES.items():
        folder = reports / side
        verdicts = verdicts_of(folder)
        print(f"\n{title}: cases by what they did / how they closed")
        table(verdicts)
        bad = {case: verdict for case, verdict in verdicts.items()
               if not {verdict["behavior"], verdict["behaviorClose"]} <= PASSING}
        for case, verdict in bad.items():
            explain(folder, case, verdict)
        if len(verdicts) != wanted:
            print(f"FAILED {side}: {len(verdicts)} cases have a verdict, not {wanted}")
            failed += 1
        passed += len(verdicts) - len(bad)
        failed += len(bad)
    print(f"\n{passed} passed, {failed} failed", flush=True)
    return 0 if failed == 0 else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
