"""Uses a report as a reader would, in headless Chromium; run by run.py.

    check_page.py CHROMIUM PAGE.html [FOLDER for screenshots]

Checked: nothing on the console and no request but the page itself; the slider by keyboard, the play button, hovering, reading cells
by keyboard, colours, layout, theme; no sideways scrolling on a telephone; axe-core finds nothing, at two widths in both themes.
Printed, not checked: first paint, frames per second while the slider moves, and the processor time that the page's own thread takes
for one, which a busy machine changes less.
"""

import sys
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

failures = []

# Moves the slider by one step a frame for a second and a half.
FRAMES = """async () => {
  const slider = document.getElementById("slider"), canvas = document.querySelector("#view-predicted canvas");
  let frames = 0;
  const start = performance.now();
  while (performance.now() - start < 1500) {
    slider.value = String((Number(slider.value) + 1) % 200);
    slider.dispatchEvent(new Event("input"));
    await new Promise(requestAnimationFrame);
    ++frames;
  }
  return frames / (performance.now() - start) * 1000;
}"""
PICTURE = "() => [...document.querySelectorAll('.view:not([hidden]) canvas')].map(c => c.toDataURL()).join()"


def frames(page):
    """Frames a second, and milliseconds of the main thread's processor time a frame."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def busy():
        metrics = session.send("Performance.getMetrics")["metrics"]
        return next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration")

    before = busy()
    rate = page.evaluate(FRAMES)
    return rate, (busy() - before) * 1000 / (rate * 1.5)


def check(good, what):
    if not good:
        failures.append(what)
        print(f"FAILED: {what}")


def text(page, selector):
    return page.locator(selector).inner_text()


def opens(page):
    """Where the page opens: at the first time predicted cells are the observed ones, and say nothing."""
    stops = page.locator("#stops button")
    if stops.count() > 1:
        check(stops.first.get_attribute("aria-current") == "false", "the page opens at an inner time")
        here = page.locator("#stops button[aria-current=true]")
        check(here.count() == 1 or stops.count() == 9, "the page opens at a measured time")
        check(page.locator("#slider").input_value() != "0", "the slider opens at that time, too")


def use(page):
    """The controls, one after the other."""
    before, now = page.evaluate(PICTURE), text(page, "#now")
    page.locator("#slider").focus()
    for _ in range(30):
        page.keyboard.press("ArrowRight")
    page.wait_for_timeout(200)
    check(text(page, "#now") != now, "the slider's keys change the time")
    check(page.evaluate(PICTURE) != before, "the slider's keys change the picture")
    check(page.get_attribute("#slider", "aria-valuetext") == text(page, "#now"), "the slider says its time")

    now = text(page, "#now")
    page.click("#play")
    page.wait_for_timeout(700)
    check(text(page, "#now") != now, "play moves the time")
    check("Pause" in text(page, "#play"), "while it plays the button pauses")
    page.click("#play")
    page.wait_for_timeout(100)
    now = text(page, "#now")
    page.wait_for_timeout(300)
    check(text(page, "#now") == now, "paused, the time stands still")

    page.locator("#stops button").nth(1).click()
    page.wait_for_timeout(200)
    check(page.locator("#stops button").nth(1).get_attribute("aria-current") == "true", "a stop goes to its time")

    box = page.locator("#view-observed canvas").bounding_box()
    found = ""
    for k in range(400):
        page.mouse.move(box["x"] + box["width"] * ((k * 37) % 100) / 100, box["y"] + box["height"] * (k // 4) / 100)
        if page.locator("#tip").is_visible():
            found = text(page, "#tip")
            break
    check("\n" in found and "growth" in found and "undefined" not in found, f"hovering reads a cell, found '{found}'")
    page.locator("#view-predicted canvas").focus()
    page.keyboard.press("ArrowRight")
    check("from " in page.locator("#reading").text_content(), "the arrow keys read a predicted cell")
    page.keyboard.press("Escape")
    check(not page.locator("#tip").is_visible(), "escape closes the reading")

    before, legend = page.evaluate(PICTURE), text(page, "#legend")
    shown = page.locator("#colour").evaluate("colour => colour.selectedIndex")  # a page begins with any of them
    page.select_option("#colour", index=1 if shown == 0 else 0)
    page.wait_for_timeout(200)
    check(text(page, "#legend") != legend, "another colour has another legend")
    check(page.evaluate(PICTURE) != before, "another colour is another picture")
    groups = page.locator("#legend button")
    for index in range(page.locator("#colour option").count() if groups.count() == 0 else 0):
        page.select_option("#colour", index=index)
        if groups.count() > 0:
            break
    expected = page.locator("#colour option", has_text="lineage").count() > 0  # the test's own page; others may have none
    check(groups.count() > 0 or not expected, "groups in the legend can be chosen")
    if groups.count() > 0:
        page.wait_for_timeout(200)
        before = page.evaluate(PICTURE)
        groups.first.press("Enter")
        page.wait_for_timeout(200)
        check(groups.first.get_attribute("aria-pressed") == "true", "a group of the legend can be chosen by keyboard")
        check(page.evaluate(PICTURE) != before, "a chosen group is shown alone")
        groups.first.click()
        page.wait_for_timeout(200)
        check(page.evaluate(PICTURE) == before, "chosen again, all are shown")
    page.select_option("#layout", "one")
    page.wait_for_timeout(200)
    check(not page.locator("#view-observed").is_visible(), "overlaid there is one picture")
    check("rings" in text(page, "#view-predicted h3"), "overlaid, it says what the rings are")
    page.select_option("#layout", "two")
    if page.locator("#metric").count() > 0:  # a page may be without scores
        shown = page.locator(".metric:visible h3").inner_text()
        page.select_option("#metric", index=1)
        check(page.locator(".metric:visible").count() == 1, "one metric is shown at a time")
        check(page.locator(".metric:visible h3").inner_text() != shown, "another metric has another chart")
        page.select_option("#metric", index=0)
    before = page.evaluate("document.documentElement.dataset.theme")
    page.click("#theme")
    check(page.evaluate("document.documentElement.dataset.theme") != before, "the theme changes")
    page.click("#theme")


def main():
    chromium, path = sys.argv[1], Path(sys.argv[2])
    pictures = Path(sys.argv[3]) if len(sys.argv) > 3 else None
    print(f"{path.name}: {path.stat().st_size / 1e6:.2f} MB")
    check(path.stat().st_size < 5e6, "the page is smaller than 5 MB")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for width in (1400, 400):
            for theme in ("light", "dark"):
                name = f"{width} {theme}"
                context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme)
                page = context.new_page()
                page.on("console", lambda m, name=name: check(False, f"{name}: console: {m.text}"))
                page.on("pageerror", lambda e, name=name: check(False, f"{name}: error: {e}"))
                page.on("request", lambda r, name=name: check(r.url == path.as_uri(), f"{name}: asks for {r.url}"))
                page.goto(path.as_uri())
                page.wait_for_timeout(600)
                opens(page)
                paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN")
                check(page.evaluate("document.documentElement.dataset.theme") == theme, f"{name}: the system's theme")
                check(page.evaluate("document.documentElement.scrollWidth") <= width, f"{name}: no sideways scrolling")
                for violation in Axe().run(page).response["violations"]:
                    where = "; ".join(str(node["target"]) for node in violation["nodes"][:3])
                    check(False, f"{name}: axe {violation['id']} ({violation['impact']}): {violation['help']}: {where}")
                rate, cost = frames(page)
                print(f"{name}: first paint {paint:.0f} ms, {rate:.0f} frames a second, {cost:.1f} ms of processor time each")
                if pictures:
                    pictures.mkdir(parents=True, exist_ok=True)
                    page.locator("#slider").fill("90")
                    page.wait_for_timeout(300)
                    page.screenshot(path=pictures / f"{width}_{theme}.png", full_page=True)
                if name == "1400 light":
                    use(page)
                context.close()
        browser.close()
    print(f"{len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
