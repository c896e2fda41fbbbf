// The page around Element Call: logs in, opens the call, and lets tests look inside.

import { login, enter } from "./session";
import { parameters, title, type Parameters } from "./parameters";
import { openCall } from "./widget";
import { controls, type Controls } from "./controls";

const element = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T;

async function run(page: Controls): Promise<void> {
  const heading = title(location.hash);
  if (heading) element("title").textContent = document.title = heading;
  const wanted = parameters(location.hash);
  step("Signing in …");
  const client = await login(wanted);
  if (wanted.displayName) await client.setDisplayName(wanted.displayName).catch(() => undefined);
  step("Entering the room …");
  const room = await enter(client, wanted.room);
  await started(wanted);
  step("Opening Element Call …");
  const frame = element<HTMLIFrameElement>("call");
  const api = openCall(client, room, wanted, frame, {
    joined: () => page.joined(),
    left: () => {
      page.left();
      frame.hidden = true;
      finish(wanted);
    },
  });
  page.opened(client, room, api);
  frame.hidden = false;
}

function step(text: string): void {
  element("step").textContent = text;
}

/** A person starts with a click, which also lets the browser play sound. */
function started(wanted: Parameters): Promise<void> {
  if (wanted.auto) return Promise.resolve();
  return button("Open the call", "Ready.");
}

function finish(wanted: Parameters): void {
  if (wanted.auto) return step("The call has ended.");
  void button("Call again", "You have left the call.").then(() => location.reload());
}

function button(label: string, text: string): Promise<void> {
  step(text);
  element("progress").classList.add("done");
  const start = element<HTMLButtonElement>("start");
  start.textContent = label;
  start.hidden = false;
  start.focus();
  return new Promise((clicked) => {
    start.onclick = () => {
      start.hidden = true;
      element("progress").classList.remove("done");
      clicked();
    };
  });
}

const page = controls(element<HTMLIFrameElement>("call"));
run(page).catch((error: unknown) => {
  const text = error instanceof Error ? error.message : String(error);
  page.failed(text);
  step("This did not work.");
  element("progress").classList.add("done");
  const problem = element("problem");
  problem.textContent = text;
  problem.hidden = false;
});
