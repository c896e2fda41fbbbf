// Bundles the host page and the observer: `node build.mjs SOURCES OUTPUT`, run by install.sh
// in the folder that has node_modules.
import { build } from "esbuild";

const [sources, output] = process.argv.slice(2);
const common = {
  bundle: true,
  minify: true,
  target: ["chrome120", "firefox128"],
  nodePaths: ["node_modules"],
  define: { global: "globalThis" },
  logLevel: "warning",
};
await build({ ...common, entryPoints: [`${sources}/host.ts`], outfile: `${output}/host.js`, format: "esm" });
await build({ ...common, entryPoints: [`${sources}/plain.ts`], outfile: `${output}/plain.js`, format: "esm" });
await build({
  ...common, entryPoints: [`${sources}/observer/observer.ts`], outfile: `${output}/observer.js`, format: "iife",
});
