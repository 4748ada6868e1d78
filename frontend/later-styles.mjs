// The style sheet of all pages but the map. It comes with the first part of the app that is fetched: the script that loads
// the parts waits for `sheet()` as for a part's code, so that no page is drawn without it.

let address;
let coming;

/** Says where the style sheet lies. */
export function lies(at) {
  address = at;
}

/** Resolves once the style sheet is in force; one that did not come is asked for again the next time. */
export function sheet() {
  coming ??= new Promise((here, gone) => {
    if (!address) return here();
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = address;
    link.onload = here;
    link.onerror = () => {
      link.remove();
      coming = undefined;
      gone(new Error(`${address} did not come`));
    };
    document.head.append(link);
  });
  return coming;
}
