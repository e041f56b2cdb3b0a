#!/usr/bin/env bash
# Tool: etcd-server 3.4.23-4+b4 of Debian 12, from its archive; needs apt-get, dpkg-deb, openssl and curl. etcd 3.7.3 does the same.
# Behaviour: with --client-cert-auth and authentication enabled, the JSON gateway answers 400 to whoever has a certificate with a
# CommonName, also with a good token and to a question for a token. The same certificate without one is let in.
# Before authentication is enabled, both are: enabling it locks all clients with ordinary certificates out of the gateway.
# A good guess: a certificate that was let in yesterday is let in with a token, or is the user that its CommonName names.
# Reason: the gateway speaks to etcd with the certificate of the server, and refuses before a token is looked at.
# Output seen:
#   CommonName, no users yet: 200
#   CommonName, asks for a token: 400 CommonName of client sending a request against gateway will be ignored and not used as expected
#   no CommonName, asks for a token: 200
#   no CommonName, with the token: 200
#   CommonName, with the token: 400 CommonName of client sending a request against gateway will be ignored and not used as expected
set -euo pipefail

expected='CommonName, no users yet: 200
CommonName, asks for a token: 400 CommonName of client sending a request against gateway will be ignored and not used as expected
no CommonName, asks for a token: 200
no CommonName, with the token: 200
CommonName, with the token: 400 CommonName of client sending a request against gateway will be ignored and not used as expected'

folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || { kill -9 "$server"; wait "$server" 2>>"$folder/log.txt" || true; }; rm -rf "$folder"' EXIT
cd "$folder"
apt-get download -qq etcd-server=3.4.23-4+b4 >install.txt 2>&1 || { cat install.txt >&2; exit 1; }
dpkg-deb -x etcd-server_*.deb etcd

key=(-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes)
openssl req -x509 "${key[@]}" -keyout ca.key -out ca.pem -days 2 -subj /CN=ca 2>>log.txt
echo subjectAltName=IP:127.0.0.1 >names
# sign FILE SUBJECT
sign() {
  openssl req "${key[@]}" -keyout "$1.key" -out "$1.csr" -subj "$2" 2>>log.txt
  openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names -out "$1.pem" 2>>log.txt
}
sign server /O=etcd
sign named /O=client/CN=mary
sign nameless /O=client

client=$((20000 + RANDOM % 5000)) peer=$((26000 + RANDOM % 5000))
url=https://127.0.0.1:$client own=http://127.0.0.1:$peer
etcd/usr/bin/etcd --data-dir data --log-level error --listen-client-urls "$url" --advertise-client-urls "$url" \
  --cert-file server.pem --key-file server.key --client-cert-auth --trusted-ca-file ca.pem \
  --listen-peer-urls "$own" --initial-advertise-peer-urls "$own" --initial-cluster "default=$own" >server.txt 2>&1 &
server=$!

# ask CERTIFICATE PATH BODY [TOKEN]: the answer, and its status on a line of its own
ask() {
  curl -s -m 5 -w '\n%{http_code}\n' --cacert ca.pem --cert "$1.pem" --key "$1.key" "$url/v3/$2" -d "$3" ${4:+-H "Authorization: $4"}
}
# the status, and what etcd says to it if it refuses
told() {
  local answer
  answer=$(ask "$@")
  case $answer in *200) echo 200 ;; *) echo "${answer##*$'\n'} ${answer%%$'\n'*}" ;; esac
}
read='{"key":"YQ=="}' login='{"name":"root","password":"p"}'

for _ in $(seq 100); do ask nameless kv/range "$read" | grep -q revision && break; sleep 0.1; done
before=$(told named kv/range "$read")
ask nameless auth/user/add "$login" >>log.txt
ask nameless auth/role/add '{"name":"root"}' >>log.txt
ask nameless auth/user/grant '{"user":"root","role":"root"}' >>log.txt
ask nameless auth/enable '{}' >>log.txt
token=$(ask nameless auth/authenticate "$login" | sed -n 's/.*"token":"\([^"]*\)".*/\1/p')

seen=$(
  echo "CommonName, no users yet: $before"
  echo "CommonName, asks for a token: $(told named auth/authenticate "$login")"
  echo "no CommonName, asks for a token: $(told nameless auth/authenticate "$login")"
  echo "no CommonName, with the token: $(told nameless kv/range "$read" "$token")"
  echo "CommonName, with the token: $(told named kv/range "$read" "$token")"
)
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED; expected:\n%s\n' "$expected" >&2; exit 1; }
