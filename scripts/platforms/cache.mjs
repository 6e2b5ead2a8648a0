import { fileURLToPath } from "node:url";

/** The repository. */
export const root = fileURLToPath(new URL("../../", import.meta.url));

/** What is fetched or made for these tests only; git ignores it. */
export const cache = fileURLToPath(new URL("../../.platforms/", import.meta.url));
