// Points are written straight into the pixels of a canvas: tens of thousands a frame on any machine, without a GPU.

function parseColour(text) {
  const value = parseInt(text.trim().slice(1), 16);
  return [value >> 16 & 255, value >> 8 & 255, value & 255];
}

// Coverage of the pixels of a disc (or ring) around a point, for a picture of a given width: byte offsets and shares of 256.
function makeStamp(radius, width, opacity, ring) {
  const dx = [], dy = [], offset = [], share = [], reach = Math.ceil(radius + 1);
  for (let y = -reach; y <= reach; ++y)
    for (let x = -reach; x <= reach; ++x) {
      const distance = Math.hypot(x, y);
      let alpha = Math.min(1, Math.max(0, radius + .5 - distance));
      if (ring) alpha = Math.min(alpha, Math.max(0, 1 - Math.abs(distance - radius + .5)));
      if (alpha < .02) continue;
      dx.push(x);
      dy.push(y);
      offset.push((y * width + x) * 4);
      share.push(Math.round(alpha * opacity * 256));
    }
  return {reach, dx, dy, offset: Int32Array.from(offset), share: Int32Array.from(share)};
}

function splat(pixels, width, height, x, y, stamp, r, g, b) {
  const cx = Math.round(x), cy = Math.round(y), {reach, offset, share} = stamp;
  if (!(cx > -reach && cy > -reach && cx < width + reach && cy < height + reach)) return;
  const centre = (cy * width + cx) * 4, inside = cx >= reach && cy >= reach && cx < width - reach && cy < height - reach;
  for (let i = 0; i < offset.length; ++i) {
    if (!inside) {
      const px = cx + stamp.dx[i], py = cy + stamp.dy[i];
      if (px < 0 || py < 0 || px >= width || py >= height) continue;
    }
    const at = centre + offset[i], a = share[i];
    pixels[at] += (r - pixels[at]) * a >> 8;
    pixels[at + 1] += (g - pixels[at + 1]) * a >> 8;
    pixels[at + 2] += (b - pixels[at + 2]) * a >> 8;
  }
}

const kSizes = 8, kSmallest = .45, kLargest = 2.2;

// One canvas with the frame of all cells in it.
class View {
  constructor(canvas, bounds, background) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d", {alpha: false});
    this.bounds = bounds;
    this.ghosts = background;  // the cloud that is shown in grey behind
    this.count = 0;            // points of the last frame, for reading
    this.px = new Float32Array(0);
    this.py = new Float32Array(0);
  }

  resize(theme, perTime) {
    const width = Math.max(200, this.canvas.clientWidth), height = Math.round(Math.min(width * .8, 520));
    this.ratio = Math.min(2, window.devicePixelRatio || 1);
    this.width = Math.round(width * this.ratio);
    this.height = Math.round(height * this.ratio);
    this.canvas.style.height = height + "px";
    this.canvas.width = this.width;
    this.canvas.height = this.height;
    this.image = this.context.createImageData(this.width, this.height);
    this.theme = theme;
    this.radius = (perTime > 8000 ? 1.5 : perTime > 2500 ? 1.9 : perTime > 600 ? 2.6 : 3.4) * this.ratio * Math.min(1, Math.max(.75, width / 560));
    this.stamps = [];
    for (let k = 0; k < kSizes; ++k) this.stamps.push(makeStamp(this.radius * (kSmallest + (kLargest - kSmallest) * k / (kSizes - 1)), this.width, .85, false));
    this.plain = makeStamp(this.radius, this.width, .85, false);
    this.ring = makeStamp(this.radius + this.ratio, this.width, .8, true);
    this.paintBackground();
  }

  paintBackground() {
    const pixels = this.image.data, [r, g, b] = this.theme.paper;
    for (let i = 0; i < pixels.length; i += 4) {
      pixels[i] = r; pixels[i + 1] = g; pixels[i + 2] = b; pixels[i + 3] = 255;
    }
    const small = makeStamp(this.radius * .7, this.width, .7, false), [gr, gg, gb] = this.theme.ghost, cloud = this.ghosts;
    for (let i = 0; i < cloud.x.length; ++i) splat(pixels, this.width, this.height, this.atX(cloud.x[i]), this.atY(cloud.y[i]), small, gr, gg, gb);
    this.background = pixels.slice();
  }

  atX(x) { return (x - this.bounds[0]) / (this.bounds[1] - this.bounds[0]) * this.width; }
  atY(y) { return this.height - (y - this.bounds[2]) / (this.bounds[3] - this.bounds[2]) * this.height; }

  begin() {
    this.image.data.set(this.background);
    this.count = 0;
  }

  // frame: {count, x, y, weight (or null), colour}: arrays; a colour is a place in the lut, -1: none, -2: not shown.
  points(frame, lut, asRings) {
    const pixels = this.image.data, {width, height, theme: {none}, bounds} = this, {count, x, y, weight, colour} = frame;
    const sx = width / (bounds[1] - bounds[0]), sy = height / (bounds[3] - bounds[2]);
    if (!asRings) {
      if (this.px.length < count) {
        this.px = new Float32Array(count);
        this.py = new Float32Array(count);
      }
      this.count = count;
    }
    const perSize = (kSizes - 1) / (kLargest - kSmallest);
    for (let i = 0; i < count; ++i) {
      const px = (x[i] - bounds[0]) * sx, py = height - (y[i] - bounds[2]) * sy;
      if (colour[i] === -2) {
        if (!asRings) this.px[i] = this.py[i] = NaN;  // nor read
        continue;
      }
      if (asRings) {
        splat(pixels, width, height, px, py, this.ring, none[0], none[1], none[2]);
        continue;
      }
      this.px[i] = px;
      this.py[i] = py;
      let stamp = this.plain;
      if (weight) stamp = this.stamps[Math.max(0, Math.min(kSizes - 1, Math.round((Math.sqrt(weight[i]) - kSmallest) * perSize)))];
      const c = colour[i];
      if (c < 0) splat(pixels, width, height, px, py, stamp, none[0], none[1], none[2]);
      else splat(pixels, width, height, px, py, stamp, lut[c], lut[c + 1], lut[c + 2]);
    }
  }

  finish(arrows, from, to, longest, axes) {
    const c = this.context;
    c.putImageData(this.image, 0, 0);
    const slight = Math.max(.6, Math.min(1, this.width / this.ratio / 520));  // thinner arrows in small pictures
    if (arrows) {
      const unit = this.width / 18 / longest, sx = this.width / (this.bounds[1] - this.bounds[0]), sy = -this.height / (this.bounds[3] - this.bounds[2]);
      c.beginPath();
      for (let k = from; k < to; ++k) {
        const dx = arrows.dx[k] * sx * unit / this.width, dy = arrows.dy[k] * sy * unit / this.width, length = Math.hypot(dx, dy);
        if (!(length > 2 * this.ratio)) continue;
        const x = this.atX(arrows.x[k]), y = this.atY(arrows.y[k]), head = 4.5 * slight * this.ratio, ux = dx / length * head, uy = dy / length * head;
        c.moveTo(x, y);
        c.lineTo(x + dx, y + dy);
        c.moveTo(x + dx - ux - uy * .6, y + dy - uy + ux * .6);
        c.lineTo(x + dx, y + dy);
        c.lineTo(x + dx - ux + uy * .6, y + dy - uy - ux * .6);
      }
      c.lineJoin = c.lineCap = "round";
      c.strokeStyle = this.theme.halo;
      c.lineWidth = 3.2 * slight * this.ratio;
      c.stroke();
      c.strokeStyle = this.theme.ink;
      c.lineWidth = 1.3 * slight * this.ratio;
      c.stroke();
    }
    c.fillStyle = this.theme.muted;
    c.font = `${12 * this.ratio}px system-ui, sans-serif`;
    c.textAlign = "right";
    c.fillText(axes[0] + " \u2192", this.width - 8 * this.ratio, this.height - 8 * this.ratio);
    c.save();
    c.translate(16 * this.ratio, 8 * this.ratio);
    c.rotate(-Math.PI / 2);
    c.fillText(axes[1] + " \u2192", 0, 0);
    c.restore();
  }

  // The point nearest to a place in CSS pixels, within reach; -1: none.
  nearest(x, y, reach) {
    let best = -1, least = (reach * this.ratio) ** 2;
    for (let i = 0; i < this.count; ++i) {
      const d = (this.px[i] - x * this.ratio) ** 2 + (this.py[i] - y * this.ratio) ** 2;
      if (d < least) { least = d; best = i; }
    }
    return best;
  }
}

// The 95th percentile of arrow lengths as shares of the frame's width.
function longestArrow(clouds, bounds) {
  const lengths = [];
  for (const cloud of clouds)
    if (cloud.arrows)
      for (let k = 0; k < cloud.arrows.x.length; ++k)
        lengths.push(Math.hypot(cloud.arrows.dx[k] / (bounds[1] - bounds[0]), cloud.arrows.dy[k] / (bounds[3] - bounds[2])));
  lengths.sort((a, b) => a - b);
  return lengths[Math.floor(lengths.length * .95)] || 1;
}
