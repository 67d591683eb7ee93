"""The main ways through the tab in WebKit, the engine of Safari."""

from tab_logs import VALIDATION
from webkit import webkit_window


def test_the_tab_is_there_and_its_main_ways_work_in_webkit(address):
    with webkit_window() as window:
        window.open(f"{address}/#mnist_tb&p.mnist_tb.run={VALIDATION}")
        window.wait("find('.legend .ramp')")
        window.run("find('.pairs tbody button').click()")
        window.wait("find('figure img')?.naturalWidth > 0")
        window.wait("location.hash.includes('p.mnist_tb.cell=')")
        link = window.run("return location.href")
        slider = "find(\"[data-key='slider A']\")"
        window.run(f"{slider}.value = 0; {slider}.dispatchEvent(new Event('input'))")
        window.wait("find('.side h1').textContent.includes('epoch 0')")
        window.run("find('.versus').click()")
        window.wait("find('.pair tbody tr:nth-child(3)')")
        window.open("about:blank")
        window.open(link)
        window.wait("find('.title h2') && find('.side h1').textContent.includes('epoch 5')")
