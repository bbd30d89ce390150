"""How a report is written: text, HTML, JUnit, CSV, annotations."""
