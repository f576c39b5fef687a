// What makes the pages handier. Every page is whole without it.
"use strict";

// A form that is sent twice by a double click is sent once; back from the browser's memory, it can be sent again.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

// A choice among filters holds at once.
document.addEventListener("change", (event) => {
  if (event.target.matches("select[data-submit]")) event.target.form.requestSubmit();
});

// What cannot be taken back asks first.
document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-confirm]");
  if (button && !window.confirm(button.dataset.confirm)) event.preventDefault();
});

// A page that is to be printed has a button for it.
for (const button of document.querySelectorAll("button[data-print]")) button.hidden = false;
document.addEventListener("click", (event) => {
  if (event.target.closest("button[data-print]")) window.print();
});

// What is shown to be copied is marked by a click.
document.addEventListener("click", (event) => {
  if (event.target.matches("input[data-select]")) event.target.select();
});

// "/" leads to the search.
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select")) return;
  const search = document.querySelector("input[type=search]");
  if (search) {
    event.preventDefault();
    search.focus();
  }
});

// Times come in UTC and are shown in the browser's zone, with UTC at hand: in a tooltip, in print, and on request for the whole
// page. A statement is of days in UTC, and stays so.
const zone = document.querySelector("[data-zone]");
const asUtc = (text) => `${text} UTC`;

const here = (at) => {
  const two = (number) => String(number).padStart(2, "0");
  const day = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join("-");
  return { day, clock: [two(at.getHours()), two(at.getMinutes()), two(at.getSeconds())].join(":") };
};

const zoneName = () => {
  const minutes = -new Date().getTimezoneOffset();
  const hours = Math.trunc(Math.abs(minutes) / 60);
  const rest = Math.abs(minutes) % 60;
  const sign = minutes < 0 ? "\u2212" : "+";
  const offset = minutes ? `UTC${sign}${hours}${rest ? `:${String(rest).padStart(2, "0")}` : ""}` : "UTC";
  const name = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return name && name !== "UTC" ? `${name} (${offset})` : offset;
};

const span = (name, text) => {
  const part = document.createElement("span");
  part.className = name;
  part.textContent = text;
  return part;
};

const inBothZones = (within) => {
  for (const time of within.querySelectorAll("time[datetime*=T]")) {
    const at = new Date(time.dateTime);
    if (time.closest("[data-utc]") || time.firstElementChild || isNaN(at)) continue;
    const utc = time.textContent.trim();
    const { day, clock } = here(at);
    if (time.hasAttribute("data-ago")) {
      time.title = `${day} ${clock}`;
      continue;
    }
    time.title = asUtc(utc);
    time.replaceChildren(span("time__here", `${day} ${clock}`), span("time__utc", asUtc(utc)));
  }
  // The axis of a chart, unless it is of days; and what pointing at it shows.
  for (const label of within.querySelectorAll("text[data-at]")) {
    const clock = here(new Date(label.dataset.at)).clock;
    const utc = label.textContent;
    label.textContent = clock.slice(0, utc.length);
  }
  for (const title of within.querySelectorAll("title[data-at]")) {
    const { day, clock } = here(new Date(title.dataset.at));
    title.textContent = title.textContent.replace(/^.*$/m, (utc) => `${day} ${clock} (${asUtc(utc)})`);
  }
};

if (zone) {
  inBothZones(document);
  const [said, button] = zone.children;
  const utc = said.textContent;
  const show = (times) => {
    document.documentElement.dataset.times = times;
    said.textContent = times === "utc" ? utc : `${zone.dataset.zone} ${zoneName()}.`;
    button.textContent = times === "utc" ? button.dataset.here : button.dataset.utc;
  };
  if (document.querySelector(".time__here")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      show(document.documentElement.dataset.times === "utc" ? "here" : "utc");
    });
    show("here");
  }
}

// The overview reloads its changing part while the page is visible and the session lasts.
const live = document.querySelector("[data-live]");
if (live) {
  const EVERY_MS = 5000;
  let timer;

  const say = (state) => {
    for (const text of document.querySelectorAll("[data-live-state]")) {
      text.hidden = text.dataset.liveState !== state;
    }
  };

  const replace = (html) => {
    // What has the focus keeps it.
    const held = live.contains(document.activeElement) && document.activeElement.getAttribute("href");
    live.innerHTML = html;
    inBothZones(live);
    if (held) live.querySelector(`a[href="${CSS.escape(held)}"]`)?.focus({ preventScroll: true });
  };

  const refresh = async () => {
    let again = true;
    try {
      const answer = await fetch(live.dataset.live, { redirect: "manual" });
      if (answer.ok) {
        const html = await answer.text();
        // A marked text would lose its mark.
        if (document.getSelection().isCollapsed) replace(html);
        say("on");
      } else if (answer.status >= 500) {
        say("away");
      } else {
        // It leads to sign-in, or is refused.
        again = false;
        say("out");
      }
    } catch {
      say("away");
    }
    if (again) begin();
  };

  const begin = () => {
    clearTimeout(timer);
    if (!document.hidden) timer = setTimeout(refresh, EVERY_MS);
  };

  document.addEventListener("visibilitychange", () => {
    clearTimeout(timer);
    if (!document.hidden && document.querySelector("[data-live-state=out]").hidden) refresh();
  });
  say("on");
  begin();
}
