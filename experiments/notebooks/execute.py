"""Runs a notebook anew and prints what its cells print. Needs nbclient and ipykernel.

    python3 experiments/notebooks/execute.py experiments/notebooks/edf.ipynb
"""

import pathlib
import sys

import nbformat
from nbclient import NotebookClient

path = pathlib.Path(sys.argv[1])
notebook = nbformat.read(path, as_version=4)
NotebookClient(notebook, timeout=300, resources={"metadata": {"path": path.parent}}).execute()
for cell in notebook.cells:
    for output in cell.get("outputs", []):
        if output.output_type == "stream" and output.name == "stdout":
            print(output.text, end="")
