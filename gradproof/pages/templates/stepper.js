// A picture one can step through: its parts carry the steps at which they are seen and lit.
(function () {
  var still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  function numbers(text) { return (text || "").split(" ").filter(Boolean).map(Number); }
  function within(at, step) { return numbers(at).indexOf(step) >= 0; }
  function stepper(figure) {
    var steps = figure.querySelectorAll(".steps > li"), last = steps.length - 1;
    var now = figure.querySelector(".now"), count = figure.querySelector(".count");
    var playing = null, at = last;
    var parts = figure.querySelectorAll("[data-from], [data-lit]");
    function show(step, quiet) {
      at = Math.max(0, Math.min(last, step));
      parts.forEach(function (part) {
        if (part.dataset.from !== undefined) {
          var until = part.dataset.until === undefined ? Infinity : Number(part.dataset.until);
          part.classList.toggle("away", at < Number(part.dataset.from) || at >= until);
          part.classList.toggle("new", at === Number(part.dataset.from));
        }
        part.classList.toggle("lit", within(part.dataset.lit, at));
        part.classList.toggle("back", within(part.dataset.back, at));
      });
      now.innerHTML = steps[at].innerHTML;
      count.textContent = (at + 1) + " / " + (last + 1);
      figure.querySelectorAll("[data-go]").forEach(function (button) {
        var go = button.dataset.go;
        // Not disabled: that would take the focus, and the arrow keys with it.
        button.setAttribute("aria-disabled", (at === 0 && (go === "first" || go === "back")) ||
          (at === last && (go === "next" || go === "last")));
      });
      if (!quiet) { try { history.replaceState(null, "", "#" + figure.id + "=" + at); } catch (e) { /* a file */ } }
    }
    function stop() {
      if (playing) { clearInterval(playing); }
      playing = null;
      figure.classList.remove("playing");
    }
    function play() {
      if (at === last) { show(0); }
      figure.classList.add("playing");
      playing = setInterval(function () {
        if (at === last) { if (figure.dataset.loop !== undefined) { show(0, true); } else { stop(); } return; }
        show(at + 1, true);
      }, Number(figure.dataset.pace || 1600));
    }
    function go(where) {
      if (where === "play") { if (playing) { stop(); } else { play(); } return; }
      stop();
      show({ first: 0, back: at - 1, next: at + 1, last: last }[where]);
    }
    figure.classList.add("stepping");
    figure.querySelector(".all-steps").removeAttribute("open");
    figure.querySelectorAll("[data-go]").forEach(function (button) {
      button.addEventListener("click", function () { go(button.dataset.go); });
    });
    figure.addEventListener("keydown", function (event) {
      var keys = { ArrowRight: "next", ArrowLeft: "back", Home: "first", End: "last" };
      var typed = event.target.matches("input, select, textarea");
      if (keys[event.key] && !typed) { event.preventDefault(); go(keys[event.key]); }
    });
    // An equation leads to the step that finishes it.
    figure.querySelectorAll(".lit-rows .eq").forEach(function (equation) {
      var lit = equation.parentElement.dataset.lit.split(" ").filter(Boolean).map(Number);
      if (!lit.length) { return; }
      equation.setAttribute("role", "button");
      equation.tabIndex = 0;
      function lead(event) {
        if (event.type === "keydown" && event.key !== "Enter" && event.key !== " ") { return; }
        event.preventDefault();
        stop();
        show(lit[lit.length - 1]);
      }
      equation.addEventListener("click", lead);
      equation.addEventListener("keydown", lead);
    });
    var asked = location.hash.match(/^#(.+)=(\d+)$/);
    var mine = asked && asked[1] === figure.id;
    show(mine ? Number(asked[2]) : figure.dataset.start === "last" ? last : 0, true);
    if (mine) { figure.scrollIntoView(); }
    if (figure.dataset.loop !== undefined && !still && !mine) { play(); }
  }
  document.addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll("figure.stepper").forEach(stepper);
  });
})();
