// What the page does around the start of the app: Trunk's initializer interface, called by Trunk and by our bundler alike.
export default function start() {
  return {
    onSuccess() {
      document.getElementById("starting")?.remove();
      document.getElementById("start-failed")?.remove();
    },
    onFailure(error) {
      // Whoever leaves before the app has come ends its loading, and that is no failure: a page that is left waits no second.
      setTimeout(() => {
        console.error("Mendmap could not start", error);
        document.getElementById("starting")?.remove();
        document.getElementById("start-failed")?.removeAttribute("hidden");
      }, 1000);
    },
  };
}
