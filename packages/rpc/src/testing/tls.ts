// A certificate for localhost that signs itself, and its key. For tests only: everybody can read them.
//
//   openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500 \
//     -subj /CN=localhost -addext "subjectAltName=DNS:localhost,IP:127.0.0.1" -keyout key.pem -out cert.pem

export const testCertificate = `-----BEGIN CERTIFICATE-----
MIIBmzCCAUGgAwIBAgIUUfzPJCCMWxSxpf6j4vlfuHA4migwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMzA4MzIwOVoYDzIxMjYxMDMw
MDgzMjA5WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAARhau1ViVeJ/0Jgv2Rx8RiIPhddprEStnBQhgsSuvNc1d4tCftkOltB
0gjjclLO8j+SkMw5KuyEjd1GN8Sr1WlGo28wbTAdBgNVHQ4EFgQUnr6DzoxkEGEs
NbPh2sLfjpY5+sswHwYDVR0jBBgwFoAUnr6DzoxkEGEsNbPh2sLfjpY5+sswDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDSAAwRQIgEivISw3vhzC660R3OElsYQE+1kZa2vs2CqFfeYr3y6ECIQCj
UF7PwarZVOoneU7ttY7I99OPW0fRdkYDOeAyJ/RVag==
-----END CERTIFICATE-----`

export const testKey = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQggt2HZsHY3Pf4m+Ao
Di6pDt6VVhSdB1pP8U1NI4f7mlmhRANCAARhau1ViVeJ/0Jgv2Rx8RiIPhddprES
tnBQhgsSuvNc1d4tCftkOltB0gjjclLO8j+SkMw5KuyEjd1GN8Sr1WlG
-----END PRIVATE KEY-----`

/** What either side refuses, of a server that has the certificate above, whatever is carried over TLS. */
export const tlsRefusals = [
  {
    name: "a server whose certificate nobody vouches for",
    server: {},
    client: {},
    message: /self-signed certificate/,
  },
  {
    name: "a server of another name",
    server: {},
    client: { ca: testCertificate, servername: "example.org" },
    message: /does not match certificate/,
  },
  {
    name: "a client without a certificate, where one is asked for",
    server: { requestCert: true, ca: testCertificate },
    client: { ca: testCertificate },
    message: /tlsv13 alert certificate required \(ERR_SSL_\w+\)$|closed|ended|ECONNRESET/,
  },
]
