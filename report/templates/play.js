// Things to move that are no stepper: a slider of depth, and three vectors that one can turn.
(function () {
  function slider(input) {
    var figure = document.getElementById(input.dataset.depths);
    function show() {
      var depth = Number(input.value);
      input.closest("p").querySelector("output").textContent = depth;
      figure.querySelectorAll("[data-depth]").forEach(function (bar) {
        bar.classList.toggle("away", Number(bar.dataset.depth) > depth);
      });
    }
    input.addEventListener("input", show);
    show();
  }
  function turning(figure) {
    var vectors = {}, angle = -0.9, tilt = 0.65, from = null;
    figure.dataset.vectors.split(";").forEach(function (each) {
      var pair = each.split(":");
      vectors[pair[0]] = pair[1].split(",").map(Number);
    });
    var group = figure.querySelector(".turned"), ns = "http://www.w3.org/2000/svg";
    function flat(v) {
      var x = v[0] * Math.cos(angle) - v[1] * Math.sin(angle);
      var y = v[0] * Math.sin(angle) + v[1] * Math.cos(angle);
      return [165 + 64 * x, 150 - 64 * (v[2] * Math.cos(tilt) + y * Math.sin(tilt) * 0.8)];
    }
    function add(a, b, s) { return a.map(function (x, i) { return x + s * b[i]; }); }
    function put(tag, attributes, text) {
      var element = document.createElementNS(ns, tag);
      Object.keys(attributes).forEach(function (name) { element.setAttribute(name, attributes[name]); });
      if (text) { element.textContent = text; }
      group.appendChild(element);
    }
    function arrow(start, end, colour, name) {
      var a = flat(start), b = flat(end);
      put("line", { x1: a[0], y1: a[1], x2: b[0], y2: b[1], stroke: "var(--line-" + colour + ")", "stroke-width": 3 });
      put("circle", { cx: b[0], cy: b[1], r: 4, style: "fill:var(--line-" + colour + ");stroke:none" });
      put("text", { x: b[0] + 7, y: b[1] - 5, "class": "label" }, name);
    }
    function draw() {
      group.textContent = "";
      var zero = [0, 0, 0], one = vectors.one.map(function (v) { return v / 1.2; }), hat = vectors.x_hat;
      var corners = [[1, 1], [1, -1], [-1, -1], [-1, 1]].map(function (s) {
        return flat(add(one.map(function (v) { return v * s[0] * 1.3; }), hat, s[1] * 0.9)).join(",");
      });
      put("polygon", { points: corners.join(" "), style: "fill:var(--line-1);opacity:.14" });
      arrow(zero, one, 1, "1");
      arrow(zero, hat, 1, "x\u0302");
      arrow(add(vectors.dy, vectors.left, -1), vectors.dy, 3, "");
      arrow(zero, vectors.dy, 2, "dy");
      arrow(zero, vectors.left, 3, "dx");
    }
    figure.addEventListener("pointerdown", function (event) { from = [event.clientX, event.clientY, angle, tilt]; });
    window.addEventListener("pointerup", function () { from = null; });
    figure.addEventListener("pointermove", function (event) {
      if (!from) { return; }
      angle = from[2] + (event.clientX - from[0]) / 90;
      tilt = Math.max(-1.4, Math.min(1.4, from[3] + (event.clientY - from[1]) / 90));
      draw();
    });
    figure.addEventListener("keydown", function (event) {
      var turn = { ArrowLeft: [-0.15, 0], ArrowRight: [0.15, 0], ArrowUp: [0, -0.15], ArrowDown: [0, 0.15] }[event.key];
      if (!turn) { return; }
      event.preventDefault();
      angle += turn[0];
      tilt += turn[1];
      draw();
    });
    draw();
  }
  function along(figure) {
    function numbers(text) { return text.split(" ").map(Number); }
    var x = numbers(figure.dataset.x), input = figure.querySelector("input");
    var panels = Array.prototype.map.call(figure.querySelectorAll(".panel"), function (panel) {
      return { panel: panel, y: numbers(panel.dataset.y), slope: numbers(panel.dataset.slope) };
    });
    function place(a, b) { return [95 + 22 * a, 102 - 22 * b]; }
    function put(element, names, numbers) {
      names.forEach(function (name, i) { element.setAttribute(name, numbers[i]); });
    }
    function show() {
      var at = Number(input.value);
      figure.querySelector("output").textContent = x[at].toFixed(2);
      panels.forEach(function (each) {
        var y = each.y[at], slope = each.slope[at], run = 1.6 / Math.hypot(1, slope);
        put(each.panel.querySelector(".dot"), ["cx", "cy"], place(x[at], y));
        put(each.panel.querySelector(".tangent"), ["x1", "y1", "x2", "y2"],
          place(x[at] - run, y - run * slope).concat(place(x[at] + run, y + run * slope)));
        each.panel.querySelector(".y").textContent = y.toFixed(2);
        each.panel.querySelector(".slope").textContent = slope.toFixed(2);
      });
    }
    input.addEventListener("input", show);
    show();
  }
  function byEye(figure) {
    var points = figure.querySelectorAll("[data-x]"), line = figure.querySelector(".learned");
    var side = figure.querySelector(".side"), knobs = figure.querySelectorAll("[data-weight]");
    function place(p) { return [65 + 130 * p[0], 195 - 130 * p[1]]; }
    // The frame, cut along w.x = w_0: the part where the score is above 0.
    function cut(score) {
      var corners = [[-0.5, -0.5], [1.5, -0.5], [1.5, 1.5], [-0.5, 1.5]], kept = [], ends = [];
      corners.forEach(function (p, i) {
        var q = corners[(i + 1) % 4], a = score(p), b = score(q);
        if (a > 0) { kept.push(p); }
        if ((a > 0) !== (b > 0)) {
          var t = a / (a - b), r = [p[0] + t * (q[0] - p[0]), p[1] + t * (q[1] - p[1])];
          kept.push(r);
          ends.push(r);
        }
      });
      return [kept, ends];
    }
    function show() {
      var w = Array.prototype.map.call(knobs, function (knob) {
        knob.closest("p").querySelector("output").textContent = Number(knob.value).toFixed(2);
        return Number(knob.value);
      });
      function score(p) { return w[0] * p[0] + w[1] * p[1] - w[2]; }
      var wanted = figure.querySelector("[name=gate]:checked").value.split(" ").map(Number), right = 0;
      points.forEach(function (point, i) {
        point.setAttribute("class", "class-" + wanted[i]);
        var says = score([Number(point.dataset.x), Number(point.dataset.y)]) > 0 ? 1 : 0;
        right += says === wanted[i] ? 1 : 0;
      });
      var parts = cut(score), ends = parts[1].map(place);
      side.setAttribute("points", parts[0].map(place).join(" "));
      line.style.display = ends.length === 2 ? "" : "none";
      if (ends.length === 2) {
        ["x1", "y1", "x2", "y2"].forEach(function (name, i) { line.setAttribute(name, ends[i >> 1][i & 1]); });
      }
      figure.querySelector(".right").textContent = right + " / 4";
    }
    figure.addEventListener("input", show);
    show();
  }
  // A part of an equation and the same part of its line of code light up together.
  function parted(figure) {
    function light(event) {
      var part = event.target.closest && event.target.closest("[data-part]"), row = part && part.closest("li");
      figure.querySelectorAll("[data-part]").forEach(function (each) {
        each.classList.toggle("lit", !!row && row.contains(each) && each.dataset.part === part.dataset.part);
      });
    }
    ["pointerover", "focusin"].forEach(function (name) { figure.addEventListener(name, light); });
    ["pointerleave", "focusout"].forEach(function (name) {
      figure.addEventListener(name, function () { light({ target: figure }); });
    });
  }
  // The error of a quotient at the step that is chosen: numbers that Python computed.
  function vCurve(figure) {
    var h = figure.dataset.h.split(" "), input = figure.querySelector("input"), slope = Number(figure.dataset.slope);
    var rows = { ball: figure.dataset.forward.split(" "), dot: figure.dataset.central.split(" ") };
    function show() {
      var at = Number(input.value);
      figure.querySelector("output").textContent = h[at];
      Object.keys(rows).forEach(function (name, n) {
        var off = Math.abs(Number(rows[name][at]) - slope), line = figure.querySelectorAll("polyline")[n + 1];
        var point = line.points.getItem(at), dot = figure.querySelector("circle." + name);
        dot.setAttribute("cx", point.x);
        dot.setAttribute("cy", point.y);
        figure.querySelector("tr." + name + " .is").textContent = rows[name][at];
        figure.querySelector("tr." + name + " .off").textContent = off.toExponential(1);
      });
    }
    input.addEventListener("input", show);
    show();
  }
  // One of the runs that were made before.
  function runs(figure) {
    var inputs = Array.prototype.slice.call(figure.querySelectorAll("[data-values]"));
    function show() {
      var key = inputs.map(function (input) {
        input.closest("p").querySelector("output").textContent = input.dataset.values.split(" ")[input.value];
        return input.value;
      }).join("");
      figure.querySelectorAll(".map").forEach(function (map) { map.classList.toggle("on", map.dataset.run === key); });
    }
    figure.addEventListener("input", show);
    show();
  }
  document.addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll(".v-curve").forEach(vCurve);
    document.querySelectorAll(".runs").forEach(runs);
    document.querySelectorAll(".six-box").forEach(parted);
    document.querySelectorAll(".by-eye").forEach(byEye);
    document.querySelectorAll(".along").forEach(along);
    document.querySelectorAll("[data-depths]").forEach(slider);
    document.querySelectorAll(".turning").forEach(turning);
  });
})();
