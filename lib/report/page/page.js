// What the controls do. State is the slider's time, the colour and the layout; every change draws one frame.
const $ = id => document.getElementById(id);
const root = document.documentElement;

const themeChanged = [];
function setTheme(theme) {
  root.dataset.theme = theme;
  $("theme").textContent = theme === "dark" ? "Light" : "Dark";
  for (const listener of themeChanged) listener();
}
$("theme").addEventListener("click", () => setTheme(root.dataset.theme === "dark" ? "light" : "dark"));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", event => setTheme(event.matches ? "dark" : "light"));
setTheme(root.dataset.theme);

if ($("metric"))
  $("metric").addEventListener("change", event => {
    for (const panel of document.querySelectorAll(".metric")) panel.hidden = panel.dataset.panel !== event.target.value;
  });

if ($("cells")) startCells();

function startCells() {
  const observed = readCloud("observed"), predicted = readCloud("predicted");
  const clouds = [observed, predicted].filter(Boolean), colours = readColours(clouds);
  const bounds = read("bounds"), axes = read("axes"), unit = read("unit")[0];
  const ramps = [read("ramp.0"), read("ramp.1"), read("ramp.2")];
  const longest = longestArrow(clouds, bounds);
  const first = Math.min(...clouds.map(c => c.times[0])), last = Math.max(...clouds.map(c => c.times[c.times.length - 1]));
  const slider = $("slider"), steps = Number(slider.max);
  const views = clouds.map(cloud => ({cloud, box: $("view-" + cloud.name), view: null, frame: null, words: ""}));
  for (const v of views) {
    v.box.hidden = false;
    v.view = new View(v.box.querySelector("canvas"), bounds, observed || predicted);
    v.label = v.box.querySelector("h3 span");
  }
  $("arrows-field").hidden = !clouds.some(c => c.arrows);
  slider.disabled = $("play").disabled = !(last > first);

  const timeOf = place => first + (last - first) * place / steps;
  let time = first, colour = 0, only = -1, pending = false, playing = 0, startedAt = 0;  // only: the group shown alone

  function nearestTime(times, t) {
    let best = 0;
    for (let k = 1; k < times.length; ++k) if (Math.abs(times[k] - t) < Math.abs(times[best] - t)) best = k;
    return best;
  }

  // How a value becomes a place in a ramp of bytes; -1: none. Light yellow is kept off white, dark violet off black.
  function colourOf(kind, range) {
    if (kind === 2) return value => only >= 0 && value !== only ? -2 : Number.isNaN(value) ? -1 : value % (ramps[2].length / 3) * 3;
    const dark = root.dataset.theme === "dark", low = kind === 0 && dark ? 50 : 0, high = kind === 0 && !dark ? 230 : 255;
    const scale = (high - low) / (range[1] - range[0]);
    return value => Number.isNaN(value) ? -1 : 3 * Math.round(Math.max(low, Math.min(high, low + (value - range[0]) * scale)));
  }

  // The points of a cloud at a time: followed particles between two predicted times lie between their places.
  function frameOf(cloud, t) {
    const c = colours[colour], place = colourOf(c.kind, c.range), values = cloud.colours[colour];
    let k = nearestTime(cloud.times, t), share = 0;
    if (cloud.followed) {
      k = 0;
      while (k + 2 < cloud.times.length && cloud.times[k + 1] <= t) ++k;
      share = Math.max(0, Math.min(1, (t - cloud.times[k]) / (cloud.times[k + 1] - cloud.times[k])));
    }
    const a = cloud.starts[k], b = cloud.followed ? cloud.starts[k + 1] : a, count = cloud.starts[k + 1] - a;
    const between = list => {
      if (!list || share === 0) return list && list.subarray(a, a + count);
      const values = new Float32Array(count);
      for (let i = 0; i < count; ++i) values[i] = list[a + i] + share * (list[b + i] - list[a + i]);
      return values;
    };
    const shown = cloud.followed ? cloud.times[k] + share * (cloud.times[k + 1] - cloud.times[k]) : cloud.times[k];
    const value = c.name === "time" ? new Float32Array(count).fill(shown) : !values ? new Float32Array(count).fill(NaN)
      : c.kind === 2 ? values.subarray(a, a + count) : between(values);
    const placed = new Int32Array(count);
    for (let i = 0; i < count; ++i) placed[i] = place(value[i]);
    return {count, time: shown, near: share > .5 ? k + 1 : k, x: between(cloud.x), y: between(cloud.y), value,
      weight: between(cloud.weight), growth: between(cloud.growth), colour: placed,
      name: i => cloud.names ? cloud.names[cloud.followed ? i : a + i] : ""};
  }

  function draw() {
    pending = false;
    const overlaid = views.length === 2 && $("layout").value === "one", lut = ramps[colours[colour].kind];
    for (const v of views) {
      v.frame = frameOf(v.cloud, time);
      if (overlaid && v.cloud === observed) continue;
      v.view.begin();
      if (overlaid) v.view.points(views[0].frame, lut, true);
      v.view.points(v.frame, lut, false);
      const arrows = $("arrows").checked ? v.cloud.arrows : null, k = v.frame.near;
      v.view.finish(arrows, arrows ? arrows.starts[k] : 0, arrows ? arrows.starts[k + 1] : 0, longest, axes);
      const far = Math.abs(v.frame.time - time) > 1e-9 * Math.max(1, Math.abs(last));
      const rings = overlaid ? `, rings: observed at ${short(views[0].frame.time)}` : "";
      const words = `at ${unit} ${short(v.frame.time)}${far ? " (nearest)" : ""}, ${v.frame.count.toLocaleString("en")} shown${rings}`;
      if (words !== v.words) v.label.textContent = v.words = words;
    }
    const now = `${unit} ${short(time)}`;
    $("now").textContent = now;
    slider.setAttribute("aria-valuetext", now);
    for (const stop of $("stops").children) stop.setAttribute("aria-current", String(Math.abs(Number(stop.value) - time) < (last - first) / steps));
  }
  function redraw() {
    if (pending) return;
    pending = true;
    requestAnimationFrame(draw);
  }
  function goTo(t) {
    time = t;
    slider.value = String(Math.round((t - first) / (last - first || 1) * steps));
    hideTip();
    redraw();
  }

  function layOut() {
    const style = getComputedStyle(root), get = name => style.getPropertyValue(name);
    const theme = {paper: parseColour(get("--paper")), ghost: parseColour(get("--ghost")), none: parseColour(get("--axis")),
      ink: get("--ink").trim(), muted: get("--muted").trim(), halo: get("--paper").trim() + "b0"};
    const overlaid = views.length === 2 && $("layout").value === "one";
    if (views.length === 2) views[0].box.hidden = overlaid;
    $("views").classList.toggle("two", views.length === 2 && !overlaid);
    for (const v of views)
      if (!v.box.hidden) v.view.resize(theme, v.cloud.x.length / v.cloud.times.length);
    legend();
    redraw();
  }

  function legend() {
    const c = colours[colour], box = $("legend");
    box.replaceChildren();
    const add = (text, css, kind = "span") => {
      const span = document.createElement(kind);
      span.textContent = text;
      if (css) {
        const mark = document.createElement("i");
        mark.style.background = css;
        span.prepend(mark);
      }
      box.append(span);
      return span;
    };
    const rgb = at => `rgb(${ramps[c.kind][at]},${ramps[c.kind][at + 1]},${ramps[c.kind][at + 2]})`;
    if (c.kind === 2) c.labels.forEach((label, k) => {
      const group = add(label, rgb(k * 3), "button");
      group.type = "button";
      group.title = "Show this group alone, or all again";
      group.setAttribute("aria-pressed", String(only === k));
      group.addEventListener("click", () => {
        only = only === k ? -1 : k;
        [...box.querySelectorAll("button")].forEach((other, at) => other.setAttribute("aria-pressed", String(only === at)));
        hideTip();
        redraw();
      });
    });
    else {
      const place = colourOf(c.kind, c.range), bar = document.createElement("span"), stops = [];
      for (let k = 0; k <= 10; ++k) stops.push(rgb(place(c.range[0] + (c.range[1] - c.range[0]) * k / 10)));
      bar.className = "scale";
      bar.style.background = `linear-gradient(90deg, ${stops.join(",")})`;
      add(`${c.title}: ${short(c.range[0])}`);
      box.append(bar);
      add(short(c.range[1]));
    }
    if (predicted && predicted.weight) add("larger: more weight");
    const unknown = clouds.filter(cloud => c.name !== "time" && !cloud.colours[colour]).map(cloud => cloud.name);
    if (unknown.length > 0) add(`not known of ${unknown.join(" and ")} cells (grey)`);
    $("colour-note").textContent = c.note ? " " + c.note : "";
  }

  // Reading a cell: with the mouse, a finger, or the arrow keys on a focused picture.
  const tip = $("tip"), ring = $("ring");
  function hideTip() { tip.hidden = ring.hidden = true; }
  function describe(v, i) {
    const f = v.frame, c = colours[colour], lines = [];
    lines.push((v.cloud === predicted ? "from " : "") + (f.name(i) || "cell " + (i + 1)), `${unit} ${short(f.time)}`);
    if (f.weight) lines.push(`weight ${short(f.weight[i])}`);
    if (f.growth) lines.push(`growth ${short(f.growth[i])} per ${unit === "time" ? "unit of time" : unit}`);
    if (!["time", "weight", "growth"].includes(c.name)) {
      const value = f.value[i];
      lines.push(`${c.name}: ${Number.isNaN(value) ? "not known" : c.kind === 2 ? c.labels[value] : short(value)}`);
    }
    return lines.join("\n");
  }
  function readAt(v, x, y, reach) {
    const i = v.view.nearest(x, y, reach);
    if (i < 0) { hideTip(); return; }
    const text = describe(v, i), box = v.view.canvas.getBoundingClientRect();
    tip.textContent = text;
    tip.hidden = false;
    const left = box.left + v.view.px[i] / v.view.ratio, top = box.top + v.view.py[i] / v.view.ratio;
    ring.hidden = false;
    ring.style.left = left + "px";
    ring.style.top = top + "px";
    tip.style.left = Math.max(4, Math.min(window.innerWidth - tip.offsetWidth - 4, left + 12)) + "px";
    tip.style.top = Math.max(4, top - tip.offsetHeight - 10) + "px";
    return text;
  }
  for (const v of views) {
    const canvas = v.view.canvas;
    canvas.addEventListener("pointermove", event => {
      const box = canvas.getBoundingClientRect();
      readAt(v, event.clientX - box.left, event.clientY - box.top, event.pointerType === "touch" ? 24 : 10);
    });
    canvas.addEventListener("pointerleave", hideTip);
    canvas.addEventListener("blur", hideTip);
    const at = {x: NaN, y: NaN};
    canvas.addEventListener("keydown", event => {
      const move = {ArrowLeft: [-12, 0], ArrowRight: [12, 0], ArrowUp: [0, -12], ArrowDown: [0, 12]}[event.key];
      if (event.key === "Escape") hideTip();
      if (!move) return;
      event.preventDefault();
      const box = canvas.getBoundingClientRect();
      at.x = Math.max(0, Math.min(box.width, (Number.isNaN(at.x) ? box.width / 2 : at.x) + move[0]));
      at.y = Math.max(0, Math.min(box.height, (Number.isNaN(at.y) ? box.height / 2 : at.y) + move[1]));
      const text = readAt(v, at.x, at.y, 1e4);
      if (text) $("reading").textContent = text.replaceAll("\n", ", ");
    });
  }

  // Times to go to: measured ones, as many as there is room for.
  const marks = [...(observed || predicted).times], every = Math.ceil(marks.length / 9);
  marks.forEach((t, k) => {
    if (k % every !== 0) return;
    const stop = document.createElement("button");
    stop.type = "button";
    stop.value = String(t);
    stop.textContent = short(t);
    stop.setAttribute("aria-label", `Go to ${unit} ${short(t)}`);
    stop.style.left = (t - first) / (last - first || 1) * 100 + "%";
    stop.addEventListener("click", () => { pause(); goTo(t); });
    $("stops").append(stop);
  });

  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  function pause() {
    cancelAnimationFrame(playing);
    playing = 0;
    $("play").textContent = "\u25b6 Play";
  }
  function play() {
    $("play").textContent = "\u23f8 Pause";
    if (time >= last) time = first;
    startedAt = performance.now() - (time - first) / (last - first) * 8000;
    const step = now => {
      const passed = Math.max(0, now - startedAt) / 8000;
      // Who asked for less motion gets a picture a second.
      const share = calm.matches ? Math.floor(passed * 8) / 8 : passed;
      goTo(Math.min(last, first + share * (last - first)));
      if (passed >= 1) pause(); else playing = requestAnimationFrame(step);
    };
    playing = requestAnimationFrame(step);
  }
  $("play").addEventListener("click", () => playing ? pause() : play());
  slider.addEventListener("input", () => { pause(); time = timeOf(Number(slider.value)); hideTip(); redraw(); });
  $("colour").addEventListener("change", event => { colour = Number(event.target.value); only = -1; legend(); redraw(); });
  $("layout").addEventListener("change", layOut);
  $("arrows").addEventListener("change", redraw);
  themeChanged.push(layOut);
  let width = window.innerWidth;
  window.addEventListener("scroll", hideTip, {passive: true});
  window.addEventListener("resize", () => { if (window.innerWidth !== width) { width = window.innerWidth; layOut(); } });
  // It opens in the middle: where predictions start, their cells are the observed ones and say nothing.
  const start = predicted ? predicted.times[0] : first, later = marks.filter(t => t > start && t <= last);
  goTo(later.length > 0 ? later[Math.floor((later.length - 1) / 2)] : first);
  layOut();
}
