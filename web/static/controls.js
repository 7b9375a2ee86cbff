// Runs for each gr.HTML made by `live_html`; Gradio provides element, props, trigger and watch.
// Buttons with data-action report their data-… attributes as a "select" event; a form reports its fields.
const narrow = () => window.matchMedia("(max-width: 760px)").matches;

function copied(text) {
  if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
  // The clipboard API is closed to pages that came over plain HTTP from another machine.
  const box = document.createElement("textarea");
  box.value = text;
  box.style.position = "fixed";
  box.style.opacity = "0";
  document.body.append(box);
  box.select();
  const done = document.execCommand("copy");
  box.remove();
  return done ? Promise.resolve() : Promise.reject(new Error("copy refused"));
}

function flash(control, text) {
  const before = control.textContent;
  control.textContent = text;
  setTimeout(() => { control.textContent = before; }, 1800);
}

element.addEventListener("click", (event) => {
  const control = event.target.closest("[data-action]");
  if (!control || control.tagName === "FORM") return;
  const { action } = control.dataset;
  if (action === "copy") {
    copied(control.dataset.copy).then(() => flash(control, "Đã sao chép"), () => flash(control, "Không sao chép được"));
    return;
  }
  if (action === "vote") {
    for (const thumb of control.parentElement.querySelectorAll("[data-action=vote]")) {
      thumb.setAttribute("aria-pressed", String(thumb === control));
    }
  }
  if (action === "cite") {
    for (const cite of element.querySelectorAll(".cite-open")) cite.classList.remove("cite-open");
    control.classList.add("cite-open");
    // On a narrow screen the panel stands below, out of sight.
    if (narrow()) document.getElementById("evidence").scrollIntoView({ block: "start", behavior: "smooth" });
  }
  trigger("select", { ...control.dataset });
});

element.addEventListener("submit", (event) => {
  event.preventDefault();
  trigger("select", { ...event.target.dataset, fields: Object.fromEntries(new FormData(event.target)) });
});

if (props.live) {
  element.setAttribute("role", "log");
  element.setAttribute("aria-live", "polite");
  watch("value", () => {
    element.setAttribute("aria-busy", String(element.querySelector(".pending") !== null));
    const questions = element.querySelectorAll(".question");
    const last = questions[questions.length - 1];
    if (!last) return;
    const scroller = element.parentElement.closest("[id]");
    if (narrow()) last.scrollIntoView({ block: "start" });
    else scroller.scrollTop += last.getBoundingClientRect().top - scroller.getBoundingClientRect().top - 12;
  });
}

watch("value", () => {
  const mark = element.querySelector("mark");
  const provision = element.querySelector(".provision");
  if (mark && provision) provision.scrollTop = mark.offsetTop - provision.offsetTop - 40;
  if (!props.follow) return;
  const block = element.clientHeight > window.innerHeight ? "start" : "nearest";
  // Later, for what holds the element may itself become visible by the same event.
  setTimeout(() => element.scrollIntoView({ block, behavior: "smooth" }), 100);
});
