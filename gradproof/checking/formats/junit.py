"""The report as JUnit XML, as build servers read it: one test case per gradient.

REFUTED is a failure; what is UNDECIDED or unmatched, and files that cannot be examined, are
errors. Elements and attributes are those of Jenkins' schema (junit-10.xsd).
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path, PurePath
from xml.etree import ElementTree as Xml

from gradproof.checking.formats.failures import detail_of, failure_lines
from gradproof.checking.formats.inert import one_line, written_out
from gradproof.checking.formats.report_style import Style
from gradproof.checking.records import GradientResult, Report


def write_junit(report: Report, path: Path, language: str = "en") -> None:
    """Write the report. Raises OSError."""
    tree = Xml.ElementTree(junit(report, language))
    Xml.indent(tree)
    tree.write(path, encoding="utf-8", xml_declaration=True)


def junit(report: Report, language: str = "en") -> Xml.Element:
    """The report as an XML tree: a test suite per file."""
    root = Xml.Element("testsuites", name="gradproof")
    for file in report.files:
        part = report.about(file)
        cases = [_gradient(each, language) for each in part.gradients]
        cases += [
            _error(file, each.name, "unmatched", each.reason, language) for each in part.unmatched
        ]
        name = PurePath(file).name
        cases += [_error(file, name, "not examined", e.reason, language) for e in part.errors]
        suite = Xml.SubElement(root, "testsuite", {"name": one_line(file), **_counts(cases)})
        suite.set("skipped", "0")
        suite.set("time", _seconds(part))
        suite.extend(cases)
    for key, count in _counts(root.iter("testcase")).items():
        root.set(key, count)
    root.set("time", _seconds(report))
    return root


def _seconds(report: Report) -> str:
    return f"{sum(each.seconds for each in report.gradients):.3f}"


def _counts(cases: Iterable[Xml.Element]) -> dict[str, str]:
    kinds = [next(iter(case)).tag for case in cases]
    return {
        "tests": str(len(kinds)), "failures": str(kinds.count("failure")),
        "errors": str(kinds.count("error")),
    }  # fmt: skip


def _gradient(result: GradientResult, language: str) -> Xml.Element:
    case = _case(result.file, result.what, result.seconds)
    if result.holds:
        detail = detail_of(result, language)
        Xml.SubElement(case, "system-out").text = written_out(f"{result.verdict} {detail}")
        return case
    kind = "failure" if result.verdict == "REFUTED" else "error"
    head, *lines = failure_lines(result, language)
    found = Xml.SubElement(case, kind, message=written_out(head), type=result.verdict)
    found.text = written_out("\n".join([head, *lines]))
    return case


def _error(file: str, name: str, kind: str, reason: str, language: str) -> Xml.Element:
    case = _case(file, name, 0.0)
    said = written_out(Style(language).said(reason))
    Xml.SubElement(case, "error", message=said, type=kind).text = said
    return case


def _case(file: str, name: str, seconds: float) -> Xml.Element:
    place = ".".join(PurePath(file).with_suffix("").parts).strip("./\\")
    return Xml.Element(
        "testcase", classname=one_line(place), name=one_line(name), time=f"{seconds:.3f}"
    )
