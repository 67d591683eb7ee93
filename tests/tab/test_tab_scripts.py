"""The tab's JavaScript: its pure parts, run in a real browser, and the rules that its sources keep."""

import re
from pathlib import Path

import pytest
from servers import chromium_page
from tab_browser import STATIC, modules_served, require_chromium

FORBIDDEN = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|\bvar |console\.|debugger"
)
SOURCES = sorted(STATIC.glob("*.js"))


@pytest.fixture(scope="module")
def page():
    require_chromium()
    with chromium_page() as page:
        yield page


TESTS = ["matrix_tests", "text_tests", "view_tests", "picture_tests", "dom_tests", "confidence_tests", "curve_tests"]


@pytest.mark.parametrize("name", TESTS)
def test_the_pure_parts(page, name):
    with modules_served() as address:
        page.goto(f"{address}/js/blank.html")
        script = f"""async () => {{
            const {{ failures }} = await import("/js/check.js");
            const {{ tests }} = await import("/js/{name}.js");
            return [Object.keys(tests).length, await failures(tests)];
        }}"""
        ran, failed = page.evaluate(script)
    assert ran > 5
    assert failed == []


def test_the_sources_keep_the_house_rules():
    assert max(len(path.read_text().splitlines()) for path in STATIC.glob("*.css")) < 300
    exported, imported = set(), set()
    for path in SOURCES:
        text = path.read_text()
        lines = text.splitlines()
        assert len(lines) < 300, path.name
        assert max(map(len, lines)) <= 120, path.name
        code = re.sub(r"/\*.*?\*/|(?<!:)//[^\n]*", "", text, flags=re.DOTALL)
        assert not FORBIDDEN.search(code), path.name
        assert re.findall(r"https?://[^\"' ]+", code) in ([], ["http:"], ["http://www.w3.org/2000/svg"]), path.name
        for names, module in re.findall(r"import \{([^}]+)\} from \"\./(\w+\.js)\"", code):
            used = {name.strip() for name in names.split(",") if name.strip()}
            imported |= {(module, name) for name in used}
            body = code.replace(f"{{{names}}}", "")
            assert all(re.search(rf"\b{name}\b", body) for name in used), f"{path.name} imports what it does not use"
        found = re.findall(r"^(/\*\*.*?\*/\n)?export (?:async )?(?:function|const|class) (\w+)", text, re.S | re.M)
        exported |= {(path.name, name) for _, name in found}
    assert imported <= exported
    tests = "".join(path.read_text() for path in (Path(__file__).parent / "js").glob("*.js"))
    unused = {name for module, name in exported - imported if name not in tests} - {"render"}
    assert unused == set()
