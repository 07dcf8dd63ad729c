// Shows the santrals that the address asks for, such as #status=failed&label=city%3Dankara&q=crm.
"use strict";

const form = document.forms[0];
const count = document.getElementById("shown");
const lists = [...form.querySelectorAll("select")];
const nothing = document.getElementById("none");
const sections = [...document.querySelectorAll("section")].map((element) => ({
  element,
  status: element.dataset.status,
  cards: [...element.querySelectorAll("article")].map(cardOf),
}));

function cardOf(element) {
  const names = element.querySelector("details");
  const said = element.querySelector(".said").textContent;
  return {
    element,
    names,
    causes: (element.dataset.causes ?? "").split(" "),
    opensAtFirst: names?.open,
    santrals: [...element.querySelectorAll(".santral")].map((one) => santralOf(one, said)),
  };
}

// What is said of several santrals has {name} where each has its own.
function santralOf(element, said) {
  const name = element.querySelector("code").textContent;
  const text = fold(`${element.textContent} ${said.replaceAll("{name}", () => name)}`);
  const labels = [...element.querySelectorAll(".label")].map((label) => label.textContent);
  return { element, text, labels };
}

// So that "izmir" finds İzmir, and "Çorlu" corlu.
function fold(text) {
  const bare = text.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "");
  return bare.replaceAll("ı", "i");
}

function show() {
  const status = form.elements.status.value;
  const cause = form.elements.cause?.value ?? "";
  const labels = lists.map((list) => list.value).filter(Boolean);
  const words = fold(form.elements.q.value).split(/\s+/).filter(Boolean);
  const isFound = (santral) =>
    labels.every((label) => santral.labels.includes(label)) &&
    words.every((word) => santral.text.includes(word));
  let shown = 0;
  for (const section of sections) {
    const isAsked = !status || section.status === status;
    const found = isAsked ? sum(section.cards.map((card) => showCard(card, cause, isFound))) : 0;
    section.element.hidden = !found;
    shown += found;
  }
  count.textContent = shown;
  nothing.hidden = shown > 0;
}

function showCard({ element, names, causes, opensAtFirst, santrals }, cause, isFound) {
  const isAsked = !cause || causes.includes(cause);
  for (const santral of santrals) {
    santral.element.hidden = !(isAsked && isFound(santral));
  }
  const found = santrals.filter((santral) => !santral.element.hidden).length;
  element.hidden = !found;
  if (names) {
    names.open = opensAtFirst || found < santrals.length;
    names.querySelector("b").textContent = found;
  }
  return found;
}

function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0);
}

function readAddress() {
  const asked = new URLSearchParams(location.hash.slice(1));
  for (const name of ["status", "cause"]) {
    choose(form.elements[name], asked.get(name) ?? "");
  }
  for (const list of lists) {
    const values = [...list.options].map((option) => option.value);
    list.value = asked.getAll("label").find((label) => values.includes(label)) ?? "";
  }
  form.elements.q.value = asked.get("q") ?? "";
  show();
}

// A value that is none of the choices leaves "all" chosen; a plan may have no causes to choose from.
function choose(choices, value) {
  if (choices) {
    choices.value = "";
    choices.value = value;
  }
}

function writeAddress() {
  show();
  const asked = [...new FormData(form)].filter(([, value]) => value);
  history.replaceState(null, "", `#${new URLSearchParams(asked)}`);
}

form.addEventListener("input", writeAddress);
form.addEventListener("reset", () => setTimeout(writeAddress));
form.addEventListener("submit", (event) => event.preventDefault());
addEventListener("hashchange", readAddress);
document.documentElement.className = "filters";
readAddress();
