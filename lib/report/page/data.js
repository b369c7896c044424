// The page's data: arrays in base64, each in a script element of its own (lib/report/markup.hpp).
const elements = new Map();
for (const element of document.querySelectorAll("script[data-name]")) elements.set(element.dataset.name, element);

function bytesOf(element) {
  const text = atob(element.textContent);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; ++i) bytes[i] = text.charCodeAt(i);
  return bytes;
}

// Numbers come as Float32Array (NaN: none) or Float64Array, bytes as Uint8Array, texts as an array; null where absent.
function read(name) {
  const element = elements.get(name);
  if (!element) return null;
  const bytes = bytesOf(element);
  switch (element.dataset.type) {
    case "none": return [];
    case "text": return new TextDecoder().decode(bytes).split("\n");
    case "f64": return new Float64Array(bytes.buffer);
    case "u8": return bytes;
    default: {
      const low = Number(element.dataset.low), high = Number(element.dataset.high);
      const whole = new Uint16Array(bytes.buffer), values = new Float32Array(whole.length);
      const step = (high - low) / 65534;
      for (let i = 0; i < whole.length; ++i) values[i] = whole[i] === 65535 ? NaN : low + step * whole[i];
      return values;
    }
  }
}

function readCloud(name) {
  if (!elements.has(name + ".x")) return null;
  const cloud = {name, times: read(name + ".times"), starts: read(name + ".starts"), x: read(name + ".x"), y: read(name + ".y"),
    weight: read(name + ".weight"), growth: read(name + ".growth"), names: read(name + ".names"),
    followed: read(name + ".followed")[0] === 1, arrows: null, colours: []};
  if (elements.has(name + ".arrow.x"))
    cloud.arrows = {starts: read(name + ".arrow.starts"), x: read(name + ".arrow.x"), y: read(name + ".arrow.y"),
      dx: read(name + ".arrow.dx"), dy: read(name + ".arrow.dy")};
  return cloud;
}

function readColours(clouds) {
  const colours = [];
  for (let c = 0; elements.has(`colour.${c}.name`); ++c) {
    const colour = {name: read(`colour.${c}.name`)[0], title: read(`colour.${c}.title`)[0], kind: read(`colour.${c}.kind`)[0], range: read(`colour.${c}.range`),
      labels: read(`colour.${c}.labels`), note: read(`colour.${c}.note`)[0]};
    colours.push(colour);
    for (const cloud of clouds)
      cloud.colours.push(read(`${cloud.name}.colour.${c}`) || (["growth", "weight"].includes(colour.name) ? cloud[colour.name] : null));
  }
  return colours;
}

const short = value => Number.isFinite(value) ? String(Number(value.toPrecision(3))) : "none";
