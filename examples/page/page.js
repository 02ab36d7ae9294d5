// A model in a page: loaded from its bytes, it predicts at each edit. A text from a form means what it means in a CSV.
import { Classifier } from "@softmax/core";

const bytes = await (await fetch("./penguins.safetensors")).arrayBuffer();
const classifier = await Classifier.load(new Uint8Array(bytes));

const form = document.querySelector("form");
const output = document.querySelector("output");

function show() {
  const row = Object.fromEntries(new FormData(form));
  const { label, probabilities } = classifier.predict(row);
  const percent = ({ label, probability }) => `${label} ${(100 * probability).toFixed(1)} %`;
  output.textContent = `${label} (${probabilities.map(percent).join(", ")})`;
}

form.addEventListener("input", show);
show();
