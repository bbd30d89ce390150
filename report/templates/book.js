// The reader's language, theme and place are kept; contents fold on small screens.
(function () {
  var root = document.documentElement;
  function kept(key) { try { return localStorage.getItem(key); } catch (e) { return null; } }
  function keep(key, value) { try { localStorage.setItem(key, value); } catch (e) { /* private mode */ } }
  var theme = kept("gradproof-theme");
  if (theme) { root.dataset.theme = theme; }
  root.classList.add("scripted");
  document.addEventListener("DOMContentLoaded", function () {
    keep("gradproof-language", root.lang);
    document.querySelector(".theme").addEventListener("click", function () {
      var dark = root.dataset.theme ? root.dataset.theme === "dark"
        : window.matchMedia("(prefers-color-scheme: dark)").matches;
      root.dataset.theme = dark ? "light" : "dark";
      keep("gradproof-theme", root.dataset.theme);
    });
    // The other language opens at the paragraph that is being read.
    document.querySelectorAll("a.language").forEach(function (link) {
      link.addEventListener("click", function () {
        var inView = Array.prototype.find.call(document.querySelectorAll("main [id]"), function (each) {
          return each.getBoundingClientRect().bottom > 70;
        });
        var stepping = location.hash.indexOf("=") > 0 ? location.hash : null;
        var place = stepping || (inView && window.scrollY > 200 ? "#" + inView.id : "");
        link.href = link.getAttribute("href").split("#")[0] + place;
        keep("gradproof-language", link.lang);
      });
    });
    // Titles, headings and terms that hold what is typed, in any script.
    var field = document.querySelector(".search input"), list = document.querySelector(".found");
    var index = JSON.parse(document.querySelector("script.index").textContent);
    field.addEventListener("input", function () {
      var typed = field.value.trim().toLowerCase();
      list.textContent = "";
      index.filter(function (each) { return typed && each[0].toLowerCase().indexOf(typed) >= 0; })
        .slice(0, 12).forEach(function (each) {
          var item = document.createElement("li"), link = document.createElement("a");
          link.href = each[1];
          link.textContent = each[0];
          item.appendChild(link);
          list.appendChild(item);
        });
    });
    // What is copied of an equation is its LaTeX.
    document.addEventListener("copy", function (event) {
      var chosen = window.getSelection();
      if (!chosen.rangeCount) { return; }
      var part = chosen.getRangeAt(0).cloneContents(), found = part.querySelectorAll("math");
      var around = chosen.getRangeAt(0).commonAncestorContainer;
      var inside = (around.closest ? around : around.parentElement).closest("math");
      if (!found.length && !inside) { return; }
      found.forEach(function (each) { each.replaceWith("$" + each.getAttribute("data-latex") + "$"); });
      event.clipboardData.setData("text/plain", inside ? "$" + inside.getAttribute("data-latex") + "$" : part.textContent);
      event.preventDefault();
    });
    // A long equation is set a little smaller before it has to scroll.
    function fit() {
      document.querySelectorAll(".eq").forEach(function (box) {
        var math = box.querySelector("math");
        if (!math || !box.clientWidth) { return; }
        math.style.fontSize = "";
        var most = box.clientWidth / box.scrollWidth, size = parseFloat(getComputedStyle(math).fontSize);
        if (most < 1) { math.style.fontSize = Math.max(size * most * 0.98, 10) + "px"; }
        if (box.scrollWidth > box.clientWidth + 1) { box.tabIndex = 0; } else { box.removeAttribute("tabindex"); }
      });
    }
    fit();
    window.addEventListener("resize", fit);
    document.addEventListener("toggle", fit, true);
    window.addEventListener("beforeprint", function () {
      document.querySelectorAll("main details").forEach(function (each) { each.open = true; });
    });
    var contents = document.querySelector(".contents details");
    if (window.matchMedia("(max-width: 64rem)").matches) { contents.removeAttribute("open"); }
    var links = document.querySelectorAll('.contents a[href^="#"]');
    if (links.length && window.IntersectionObserver) {
      var watch = new IntersectionObserver(function (seen) {
        seen.forEach(function (each) {
          if (!each.isIntersecting) { return; }
          links.forEach(function (link) {
            link.classList.toggle("reading", link.getAttribute("href") === "#" + each.target.id);
          });
        });
      }, { rootMargin: "-10% 0px -75% 0px" });
      links.forEach(function (link) {
        var target = document.getElementById(link.getAttribute("href").slice(1));
        if (target) { watch.observe(target); }
      });
    }
  });
})();
