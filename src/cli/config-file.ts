/**
 * The configuration's file.
 */

/** Its name. It is looked for in the current folder, and its paths are relative to that. */
export const CONFIG_FILE = 'loopproof.config.json';
