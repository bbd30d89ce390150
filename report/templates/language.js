// One of two languages is shown: the one asked for, the one chosen last, or the browser's.
(function () {
  var root = document.documentElement, key = "gradproof-language";
  function stored() { try { return localStorage.getItem(key); } catch (e) { return null; } }
  function show(language) {
    language = /^ko/i.test(language) ? "ko" : "en";
    root.dataset.lang = root.lang = language;
    document.querySelectorAll("[data-choose]").forEach(function (button) {
      button.setAttribute("aria-pressed", String(button.dataset.choose === language));
    });
    return language;
  }
  var asked = new URLSearchParams(location.search).get("lang");
  var first = asked || stored() || navigator.language || "en";
  root.classList.add("scripted");
  show(first);
  document.addEventListener("DOMContentLoaded", function () {
    show(first);
    document.querySelectorAll("[data-choose]").forEach(function (button) {
      button.addEventListener("click", function () {
        var language = show(button.dataset.choose);
        try { localStorage.setItem(key, language); } catch (e) { /* private mode: not remembered */ }
      });
    });
    var contents = document.querySelector(".contents details");
    if (window.matchMedia("(max-width: 64rem)").matches) { contents.removeAttribute("open"); }
  });
})();
