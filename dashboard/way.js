"use strict";
// The picture of the data's way: where each box stands when the page is wide, and when it is a phone.
const Way = (() => {
  const boxes = {
    browser: { wide: [58, 190], tall: [180, 34] }, nginx: { wide: [236, 190], tall: [180, 118] },
    dist: { wide: [414, 50], tall: [48, 222] }, nodejs: { wide: [414, 140], tall: [136, 222] },
    crossbar: { wide: [414, 235], tall: [224, 222] }, files: { wide: [414, 330], tall: [312, 222] },
    mail: { wide: [592, 95], tall: [60, 336] }, db: { wide: [592, 215], tall: [180, 336] }, uploads: { wide: [592, 330], tall: [312, 336] },
  };
  const sizes = { wide: { view: "0 0 650 380", width: 100, height: 46 }, tall: { view: "0 0 360 376", width: 80, height: 44 } };
  const make = (name, attributes, text) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    if (text !== undefined) element.textContent = text;
    return element;
  };
  // From the side of one box to the side of the other, in a soft curve.
  function path(shape, from, to) {
    const size = sizes[shape], [x1, y1] = boxes[from][shape], [x2, y2] = boxes[to][shape];
    const w = size.width / 2, h = size.height / 2;
    if (shape === "wide" && Math.abs(x1 - x2) < 10 || shape === "tall" && Math.abs(y1 - y2) > 10) {
      const down = y2 > y1 ? 1 : -1, [a, b] = [y1 + h * down, y2 - h * down], middle = (a + b) / 2;
      return { d: `M${x1} ${a}C${x1} ${middle} ${x2} ${middle} ${x2} ${b}`, at: [(x1 + x2) / 2, middle] };
    }
    const right = x2 > x1 ? 1 : -1, [a, b] = [x1 + w * right, x2 - w * right], middle = (a + b) / 2;
    return { d: `M${a} ${y1}C${middle} ${y1} ${middle} ${y2} ${b} ${y2}`, at: [middle, (y1 + y2) / 2] };
  }
  function picture(shape, links, conditions, word) {
    const size = sizes[shape], svg = make("svg", { viewBox: size.view, class: shape, "aria-hidden": "true" });
    const drawn = links.filter((link) => boxes[link.from] && boxes[link.to]);
    const plates = [];
    for (const link of drawn) {
      const line = path(shape, link.from, link.to);
      svg.append(make("path", { d: line.d, class: `edge ${link.condition}` }));
      if (link.milliseconds === undefined || link.condition !== "up" || shape === "tall") continue;
      plates.push([line.at, word.milliseconds(link.milliseconds)]);
    }
    for (const [[x, y], text] of plates) {
      svg.append(make("rect", { x: x - 24, y: y - 8, width: 48, height: 16, rx: 8, class: "plate" }));
      svg.append(make("text", { x, y: y + 4, class: "small" }, text));
    }
    const names = new Set(drawn.flatMap((link) => [link.from, link.to]));
    for (const name of names) {
      const [x, y] = boxes[name][shape];
      svg.append(make("rect", { x: x - size.width / 2, y: y - size.height / 2, width: size.width, height: size.height, rx: 10,
        class: `box ${conditions[name] ?? ""}` }));
      svg.append(make("text", { x, y: y - 1 }, word.box(name)));
      svg.append(make("text", { x, y: y + 14, class: "small" }, word.under(name)));
    }
    return svg;
  }
  return { picture };
})();
