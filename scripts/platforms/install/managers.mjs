// Package managers, with what they need in an empty folder and how they run the command.

// As npm names the programs that hold them.
const pnpm = "pnpm@10.34.9";
const yarn1 = "yarn@1.22.22";
const yarn4 = "@yarnpkg/cli-dist@4.18.1";

const npmrc = (registry) => ({ ".npmrc": `registry=${registry}\nignore-scripts=true\n` });
const yarnrc = (linker) => (registry) => ({
  ".yarnrc.yml": [
    `npmRegistryServer: "${registry}"`,
    'unsafeHttpWhitelist: ["127.0.0.1"]',
    `nodeLinker: ${linker}`,
    "enableScripts: false",
    "enableTelemetry: false",
    "enableImmutableInstalls: false",
    "enableGlobalCache: false",
    "",
  ].join("\n"),
  // Otherwise a folder above may be taken for the project's.
  "yarn.lock": "",
});

/**
 * `native` says whether the package of the platform is expected there, `ffmpeg` whether the bundled
 * programs are: they are optional packages too.
 */
export const managers = [
  { name: "npm", install: ["npm", "install"], files: npmrc, native: true },
  {
    name: "npm --omit=optional",
    install: ["npm", "install", "--omit=optional"],
    files: npmrc,
    native: false,
    ffmpeg: false,
  },
  { name: "pnpm", uses: pnpm, install: ["pnpm", "install"], files: npmrc, native: true },
  {
    name: "Yarn 1",
    uses: yarn1,
    install: ["yarn", "install", "--ignore-scripts"],
    files: npmrc,
    native: true,
  },
  {
    name: "Yarn 4, node_modules",
    uses: yarn4,
    install: ["yarn", "install"],
    files: yarnrc("node-modules"),
    native: true,
  },
  {
    name: "Yarn 4, PnP",
    uses: yarn4,
    install: ["yarn", "install"],
    files: yarnrc("pnp"),
    run: ["yarn", "exec"],
    native: true,
    // @ffmpeg-installer/ffmpeg looks for its programs in node_modules.
    ffmpeg: false,
  },
];
