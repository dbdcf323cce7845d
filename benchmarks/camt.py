"""A camt.053 of 100 MB and 128,000 entries, read beside a bare lxml iterparse of the same file.

`python -m benchmarks.camt [entries]`. Both run by turns in this process, on processor time; the
peak of memory is that of a process that does nothing but read.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from lxml import etree

from adapters.statements import camt

ENTRIES = 128_000
TURNS = 3
TARGET, GOAL = 1.6, 1.2
MEMORY_TARGET_MB = 64
MB = 1_000_000

_NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"
_HEAD = (
    f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="{_NAMESPACE}"><BkToCstmrStmt>'
    "<GrpHdr><MsgId>1</MsgId></GrpHdr><Stmt><Id>1</Id><Acct><Id><Othr><Id>0110599520000001234569"
    "</Id></Othr></Id><Ccy>ARS</Ccy></Acct>\n"
)
_ENTRY = (
    '<Ntry><NtryRef>{n}</NtryRef><Amt Ccy="ARS">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>'
    "<Cd>BOOK</Cd></Sts><BookgDt><Dt>{day}</Dt></BookgDt><ValDt><Dt>{day}</Dt></ValDt>"
    "<AcctSvcrRef>BANK{n:012d}</AcctSvcrRef><BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd>"
    "<SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd><NtryDtls><TxDtls><Refs><EndToEndId>"
    "E2E-{n:012d}</EndToEndId><UETR>255ae394-9965-4438-ac86-{n:012d}</UETR></Refs>"
    '<Amt Ccy="ARS">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd><RltdPties><Dbtr><Pty><Nm>'
    "Comercio numero {n} SA</Nm></Pty></Dbtr><DbtrAcct><Id><Othr><Id>2850590{n:015d}</Id></Othr>"
    "</Id></DbtrAcct></RltdPties><RmtInf><Ustrd>Factura 0001-{n:08d}, gracias por su compra en la"
    " sucursal</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>\n"
)
_CHILD = """
import sys
from adapters.statements import camt
with open(sys.argv[1], "rb") as stream:
    for _ in camt.read(stream):
        pass
import resource
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def main() -> None:
    """Generate the file, read it both ways by turns, and print the table."""
    entries = int(sys.argv[1]) if len(sys.argv) > 1 else ENTRIES
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "camt053.xml"
        generate(file, entries)
        size = file.stat().st_size
        floor, ours = _by_turns(lambda: bare_iterparse(file), lambda: read_all(file))
        peak = _peak_mb(file)
    ratio = ours / floor
    print(f"camt.053 of {size / MB:.0f} MB, {entries:,} entries, the fastest of {TURNS} turns")
    print(f"{'bare lxml iterparse, all end events':40} {floor:7.2f} s {entries / floor:10,.0f}/s")
    print(f"{'camt.read':40} {ours:7.2f} s {entries / ours:10,.0f}/s")
    print(f"{'ratio':40} {ratio:7.2f}   target {TARGET}, goal {GOAL}")
    print(f"{'peak of a process that reads it':40} {peak:7.0f} MB target {MEMORY_TARGET_MB}")
    sys.exit(0 if ratio <= TARGET and peak <= MEMORY_TARGET_MB else 1)


def generate(file: Path, entries: int) -> None:
    """Write a camt.053 of so many entries."""
    with file.open("w", encoding="utf-8") as out:
        out.write(_HEAD)
        for n in range(entries):
            amount, day = f"{n % 99_991 + 1}.{n % 100:02d}", f"2026-11-{n % 28 + 1:02d}"
            out.write(_ENTRY.format(n=n, amount=amount, day=day))
        out.write("</Stmt></BkToCstmrStmt></Document>\n")


def bare_iterparse(file: Path) -> int:
    """All end events and nothing else, but that entries are dropped: else it is memory we time."""
    entry = f"{{{_NAMESPACE}}}Ntry"
    seen = 0
    for _, element in etree.iterparse(str(file), events=("end",)):
        if element.tag == entry:
            seen += 1
            element.clear(keep_tail=True)
            before = element.getprevious()
            parent = element.getparent()
            if parent is not None and before is not None and before.tag == entry:
                parent.remove(before)
    return seen


def read_all(file: Path) -> int:
    """Read every record of the file."""
    with file.open("rb") as stream:
        return sum(1 for _ in camt.read(stream))


def _by_turns(*ways: Callable[[], int]) -> tuple[float, ...]:
    best = [float("inf")] * len(ways)
    for _ in range(TURNS):
        for at, way in enumerate(ways):
            start = time.process_time()
            way()
            best[at] = min(best[at], time.process_time() - start)
    return tuple(best)


def _peak_mb(file: Path) -> float:
    child = subprocess.run(
        [sys.executable, "-c", _CHILD, str(file)], check=True, capture_output=True, text=True
    )
    return int(child.stdout) / 1_000


if __name__ == "__main__":
    main()
