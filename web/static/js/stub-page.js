// The code behind the stub's QR code stands after "#", which no browser sends to a server: it is filled in here, on the phone.
const field = document.getElementById("code");
const code = decodeURIComponent(location.hash.slice(1));
if (field && /^[0-9A-Za-z]{5}-?[0-9A-Za-z]{5}$/.test(code)) {
  field.value = code.toUpperCase();
  history.replaceState(null, "", location.pathname + location.search);
}
