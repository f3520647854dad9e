// Sends the page's one form by itself; without scripts a person presses its button.
document.querySelector("form[data-onward]")?.requestSubmit();
