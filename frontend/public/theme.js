// Before the first paint: the theme that was chosen, if one was.
try {
  var chosen = localStorage.getItem('insightboard.theme')
  if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.theme = chosen
} catch {
  // Storage is shut: the system's theme it is.
}
