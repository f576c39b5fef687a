"""Prints the text of each page of a PDF, as JSON."""

import json
import sys

import pypdf

print(json.dumps([page.extract_text() for page in pypdf.PdfReader(sys.argv[1]).pages]))
