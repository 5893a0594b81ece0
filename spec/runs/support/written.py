"""Writes one log with NumPy and pandas, in as many ways as they have. Usage: written.py FOLDER"""
import csv
import os
import sys

import numpy as np

os.chdir(sys.argv[1])
LOG = {
    "epoch": [0, 1, 2, 3],
    "loss": [54629804.5, 27274448.25, 0.125, 1e-9],
    "zm": [0.0478, -0.0173, 1e-3, 3.0],
    "zu": [1, 2, 3, 4],
    "vm": [-1.5, 2.5, 3.5, 4.5],
    "vu": [0.5, 0.25, 0.125, 0.1],
}
names, rows = list(LOG), np.array(list(LOG.values())).T
for delimiter, comments, name in ((",", "# ", "comma"), (" ", "# ", "blank"), (";", "%", "semicolon"), ("\t", "", "tab")):
    np.savetxt("numpy-%s.txt" % name, rows, delimiter=delimiter, header=delimiter.join(names), comments=comments)
np.savetxt("numpy-footer.txt", rows, header="run 3\n" + " ".join(names), footer="done")
with open("csv-writer.csv", "w") as file:
    writer = csv.DictWriter(file, names)
    writer.writeheader()
    writer.writerows({name: LOG[name][k] for name in names} for k in range(4))
for suffix, change in (("f8", lambda a: a), ("big", lambda a: a.astype(">f8")), ("fortran", lambda a: np.asfortranarray(a[None]))):
    arrays = {("curves/" if name == "loss" else "curves/overlaps/") + name: change(np.array(LOG[name], dtype="f8")) for name in names[1:]}
    arrays["curves/flags"], arrays["curves/roots"] = np.array([True]), np.array([1j])
    arrays["curves/objects"] = np.array([{}], dtype=object)
    (np.savez if suffix == "big" else np.savez_compressed)("numpy-%s.npz" % suffix, **arrays)

try:
    import pandas as pd
except ImportError:
    sys.exit()
log = pd.DataFrame(LOG)
log.to_csv("pandas-index.csv")
log.to_csv("pandas-crlf.csv", index=False, **{"lineterminator" if pd.__version__ >= "1.5" else "line_terminator": "\r\n"})
log.to_csv("pandas-decimal.csv", sep=";", decimal=",", index=False)
log.to_csv("pandas-decimal-quoted.csv", decimal=",")
log.to_csv("pandas-utf16.tsv", sep="\t", encoding="utf-16")
log.to_csv("pandas-marked.csv", encoding="utf-8-sig", quoting=csv.QUOTE_ALL)
log.to_csv("pandas-format.csv.gz", float_format="%.17e")
for orient in ("records", "columns", "index", "split", "table"):
    log.to_json("pandas-%s.json" % orient, orient=orient, double_precision=15)
log.to_json("pandas-lines.jsonl", orient="records", lines=True, double_precision=15)
