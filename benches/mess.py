"""How dirty exports are imported, by kind of mess: right, asked, refused, or wrong in silence.

Has the test of tests/it/mess judge so many exports, puts the table by kind into docs/IMPORT.md, and keeps the smallest example of each
failure where --examples says. Run it at the root of the sources; the exports are those of `segmenta generate mess --seed 0`.
"""

import argparse
import os
import pathlib
import subprocess
import tempfile

START, END = "<!-- table by kind -->\n", "<!-- end of the table -->\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--exports", type=int, default=2000)
    parser.add_argument("--examples", default="", help="file for the smallest example of each failure")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report = pathlib.Path(folder) / "report.md"
        names = {"SEGMENTA_MESS_EXPORTS": str(arguments.exports), "SEGMENTA_MESS_REPORT": str(report)}
        command = ["cargo", "test", "--release", "--test", "it", "mess::no_export"]
        # It fails where exports are read wrong in silence, and writes its report all the same.
        subprocess.run(command, env=os.environ | names, check=False)
        text = report.read_text()
    table, _, examples = text.partition("\n### ")
    page = pathlib.Path("docs/IMPORT.md")
    before, _, rest = page.read_text().partition(START)
    after = rest.partition(END)[2]
    page.write_text(f"{before}{START}\n{table.strip()}\n\n{END}{after}")
    if arguments.examples:
        pathlib.Path(arguments.examples).write_text("### " + examples)


if __name__ == "__main__":
    main()
