// A network that learns in the page. Each line of backward is a formula that the book derives.
(function () {
  var EPS = 1e-5;
  // y, and the slope from x and y.
  var ACTIVATIONS = {
    linear: [x => x, () => 1],
    sigmoid: [x => 1 / (1 + Math.exp(-x)), (x, y) => y * (1 - y)],
    tanh: [x => Math.tanh(x), (x, y) => 1 - y * y],
    relu: [x => Math.max(x, 0), x => (x > 0 ? 1 : 0)],
    leaky_relu: [x => Math.max(x, 0.1 * x), x => (x > 0 ? 1 : 0.1)],
    elu: [x => (x > 0 ? x : Math.expm1(x)), (x, y) => (x > 0 ? 1 : y + 1)],
    maxout: [x => x, () => 1] // the larger of two scores is taken before
  };
  // The same numbers in every browser.
  function generator(seed) { return () => (seed = (seed * 1664525 + 1013904223) % 4294967296) / 4294967296; }
  function times(n, make) { return Array.from({ length: n }, (_, i) => make(i)); }
  function each(rows, make) { return rows.map((row, n) => row.map((v, j) => make(v, n, j))); }
  function column(rows, j) { return rows.reduce((sum, row) => sum + row[j], 0); }
  function layer(inputs, units, name, norm, draw) {
    var pieces = name === "maxout" ? 2 : 1, reach = Math.sqrt(3 / inputs);
    var made = { name: name, norm: norm, W: [], b: [], gamma: times(units, () => 1), beta: times(units, () => 0) };
    for (var p = 0; p < pieces; p++) {
      made.W.push(times(inputs, () => times(units, () => (2 * draw() - 1) * reach)));
      made.b.push(times(units, () => (2 * draw() - 1) * 0.5));
    }
    return made;
  }
  function network(hidden, units, name, norm, seed) {
    var draw = generator(seed), found = [], inputs = 2;
    for (var l = 0; l < hidden; l++) { found.push(layer(inputs, units, name, norm, draw)); inputs = units; }
    found.push(layer(inputs, 1, "linear", false, draw));
    return found;
  }
  // What each layer made of x; `learning` takes mean and variance from x itself and keeps them.
  function forward(layers, x, learning) {
    return layers.map(function (at) {
      var made = { x: x };
      var sums = at.W.map((W, p) => x.map(row => at.b[p].map((b, j) => row.reduce((s, v, d) => s + v * W[d][j], b))));
      made.first = sums.length > 1 ? each(sums[0], (v, n, j) => v >= sums[1][n][j]) : null;
      made.z = sums.length > 1 ? each(sums[0], (v, n, j) => Math.max(v, sums[1][n][j])) : sums[0];
      if (at.norm) {
        if (learning) {
          at.mu = at.gamma.map((_, j) => column(made.z, j) / x.length);
          at.std = at.mu.map((mu, j) => Math.sqrt(made.z.reduce((s, r) => s + (r[j] - mu) ** 2, 0) / x.length + EPS));
        }
        made.x_hat = each(made.z, (v, n, j) => (v - at.mu[j]) / at.std[j]);
        made.z = each(made.x_hat, (v, n, j) => at.gamma[j] * v + at.beta[j]);
      }
      made.y = each(made.z, ACTIVATIONS[at.name][0]);
      x = made.y;
      return made;
    });
  }
  function loss(made, t) { // of sigmoid and cross-entropy together, without overflow
    return made[made.length - 1].y.reduce((s, row, n) =>
      s + Math.max(row[0], 0) - row[0] * t[n] + Math.log1p(Math.exp(-Math.abs(row[0]))), 0) / t.length;
  }
  function learn(layers, x, t, eta) {
    var made = forward(layers, x, true), m = x.length;
    var dy = made[made.length - 1].y.map((row, n) => [(ACTIVATIONS.sigmoid[0](row[0]) - t[n]) / m]);
    for (var l = layers.length - 1; l >= 0; l--) {
      var at = layers[l], was = made[l], slope = ACTIVATIONS[at.name][1];
      var dz = each(dy, (v, n, j) => v * slope(was.z[n][j], was.y[n][j]));
      if (at.norm) {
        var dgamma = at.gamma.map((_, j) => column(each(dz, (v, n, k) => v * was.x_hat[n][k]), j));
        var dbeta = at.beta.map((_, j) => column(dz, j)), gamma = at.gamma, std = at.std;
        dz = each(dz, (v, n, j) => gamma[j] / (m * std[j]) * (m * v - dbeta[j] - was.x_hat[n][j] * dgamma[j]));
        at.gamma = gamma.map((v, j) => v - eta * dgamma[j]);
        at.beta = at.beta.map((v, j) => v - eta * dbeta[j]);
      }
      var dx = was.x.map(row => row.map(() => 0));
      at.W.forEach(function (W, p) {
        var d = was.first ? each(dz, (v, n, j) => (was.first[n][j] === (p === 0) ? v : 0)) : dz;
        dx = each(dx, (v, n, i) => d[n].reduce((s, g, j) => s + g * W[i][j], v));
        at.W[p] = each(W, (v, i, j) => v - eta * d.reduce((s, row, n) => s + was.x[n][i] * row[j], 0));
        at.b[p] = at.b[p].map((v, j) => v - eta * column(d, j));
      });
      dy = dx;
    }
  }
  // Where values on a square net change their sign, as one path.
  function border(values, size, place) {
    var path = "";
    for (var r = 0; r < size - 1; r++) {
      for (var c = 0; c < size - 1; c++) {
        var corners = [[r, c], [r, c + 1], [r + 1, c + 1], [r + 1, c]], ends = [];
        corners.forEach(function (p, k) {
          var q = corners[(k + 1) % 4], a = values[p[0] * size + p[1]], b = values[q[0] * size + q[1]];
          if ((a > 0) !== (b > 0)) { ends.push(place(p[1] + (q[1] - p[1]) * a / (a - b), p[0] + (q[0] - p[0]) * a / (a - b))); }
        });
        for (var e = 0; e + 1 < ends.length; e += 2) { path += "M" + ends[e] + "L" + ends[e + 1]; }
      }
    }
    return path;
  }
  function playground(figure) {
    var data = JSON.parse(figure.querySelector("script").textContent), SIZE = 41, side = 300;
    var knobs = {}, layers, steps, low, wide, seed = 0, running = null;
    figure.querySelectorAll("[name]").forEach(knob => { knobs[knob.name] = knob; });
    function place(c, r) { return (c / (SIZE - 1) * side).toFixed(1) + " " + (side - r / (SIZE - 1) * side).toFixed(1); }
    function put(name, text) { figure.querySelector("." + name).textContent = text; }
    function show() {
      var of = data[knobs.data.value], made = forward(layers, of.x, true), found = loss(made, of.t);
      var right = made[made.length - 1].y.filter((row, n) => (row[0] > 0) === (of.t[n] === 1)).length;
      figure.dataset.loss = found;
      put("steps", steps);
      put("loss", found.toFixed(4));
      put("right", right + " / " + of.t.length);
      var net = times(SIZE * SIZE, k => [low + wide * (k % SIZE) / (SIZE - 1), low + wide * Math.floor(k / SIZE) / (SIZE - 1)]);
      var seen = forward(layers, net, false), last = seen.length - 1, out = seen[last].y.map(row => row[0]), cell = side / (SIZE - 1);
      figure.querySelector(".side").setAttribute("d", out.map((v, k) => (v > 0
        ? "M" + ((k % SIZE - 0.5) * cell).toFixed(1) + " " + (side - (Math.floor(k / SIZE) + 0.5) * cell).toFixed(1) + "h" + cell + "v" + cell + "h-" + cell + "z" : "")).join(""));
      figure.querySelector(".learned").setAttribute("d", border(out, SIZE, place));
      figure.querySelector(".trail").setAttribute("d", seen.slice(0, last).map(made =>
        made.z[0].map((_, j) => border(made.z.map(row => row[j]), SIZE, place)).join("")).join(""));
    }
    function begin() {
      var of = data[knobs.data.value], flat = [].concat.apply([], of.x);
      low = Math.min.apply(null, flat) - 0.3;
      wide = Math.max.apply(null, flat) + 0.3 - low;
      figure.querySelector(".points").innerHTML = of.x.map(function (p, n) {
        var x = (p[0] - low) / wide * side, y = side - (p[1] - low) / wide * side;
        return of.t[n] ? '<rect class="class-1" x="' + (x - 4) + '" y="' + (y - 4) + '" width="8" height="8"/>'
          : '<circle class="class-0" cx="' + x + '" cy="' + y + '" r="4.5"/>';
      }).join("");
      steps = 0;
      layers = network(Number(knobs.layers.value), Number(knobs.units.value), knobs.activation.value, knobs.norm.checked, seed);
      show();
    }
    function some(n) {
      var of = data[knobs.data.value];
      for (var k = 0; k < n; k++) { learn(layers, of.x, of.t, Number(knobs.eta.value)); }
      steps += n;
      show();
    }
    function stop() { clearInterval(running); running = null; figure.classList.remove("playing"); }
    figure.addEventListener("input", function (event) { if (event.target !== knobs.eta) { stop(); begin(); } });
    figure.addEventListener("click", function (event) {
      var button = event.target.closest("[data-do]"), what = button && button.dataset.do;
      if (what === "step") { stop(); some(1); }
      if (what === "again") { stop(); seed += 1; begin(); }
      if (what === "run" && running) { stop(); } else if (what === "run") {
        figure.classList.add("playing");
        running = setInterval(() => some(5), 60);
      }
    });
    begin();
  }
  document.addEventListener("DOMContentLoaded", function () { document.querySelectorAll(".playground").forEach(playground); });
})();
