/** Where the bundled program lies, with what it starts as other threads; undefined: it runs from its sources. Set once, by the launcher. */
let folder: string | undefined;

export function setProgramFolder(path: string): void {
  folder = path;
}

export function programFolder(): string | undefined {
  return folder;
}
