#!/usr/bin/env bash
# Tool: etcd-server 3.4.23-4+b4 of Debian 12, from its archive; needs apt-get, dpkg-deb and curl.
# Behaviour: with authentication enabled, whoever has no user, and whoever may read nothing, compacts the history of all keys.
# The same client may not read a key. Old revisions are gone for all users then.
# A good guess: what changes the store of all users wants a user, or root.
# Reason: the layer of etcd 3.4 that checks permissions (authApplierV3) looks at ranges, puts, deletions, transactions, leases,
# users and roles, and has no line for a compaction. etcd 3.7.3 refuses both.
# Output seen:
#   read by nobody: etcdserver: user name is empty
#   read by a user without roles: etcdserver: permission denied
#   compaction by nobody: done
#   revision 2, read by root: etcdserver: mvcc: required revision has been compacted
#   compaction by a user without roles: done
#   revision 3, read by root: etcdserver: mvcc: required revision has been compacted
set -euo pipefail

expected='read by nobody: etcdserver: user name is empty
read by a user without roles: etcdserver: permission denied
compaction by nobody: done
revision 2, read by root: etcdserver: mvcc: required revision has been compacted
compaction by a user without roles: done
revision 3, read by root: etcdserver: mvcc: required revision has been compacted'

folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || { kill -9 "$server"; wait "$server" 2>>"$folder/log.txt" || true; }; rm -rf "$folder"' EXIT
cd "$folder"
apt-get download -qq etcd-server=3.4.23-4+b4 >install.txt 2>&1 || { cat install.txt >&2; exit 1; }
dpkg-deb -x etcd-server_*.deb etcd

client=$((20000 + RANDOM % 5000)) peer=$((26000 + RANDOM % 5000))
url=http://127.0.0.1:$client own=http://127.0.0.1:$peer
etcd/usr/bin/etcd --data-dir data --log-level error --listen-client-urls "$url" --advertise-client-urls "$url" \
  --listen-peer-urls "$own" --initial-advertise-peer-urls "$own" --initial-cluster "default=$own" >server.txt 2>&1 &
server=$!

# ask PATH BODY [TOKEN]: the whole answer
ask() { curl -s -m 5 "$url/v3/$1" -d "$2" ${3:+-H "Authorization: $3"}; }
# what etcd says to it: its message, or `done`
told() { ask "$@" | sed -n 's/.*"message":"\([^"]*\)".*/\1/p' | grep . || echo done; }
token() { ask auth/authenticate "{\"name\":\"$1\",\"password\":\"p\"}" | sed 's/.*"token":"\([^"]*\)".*/\1/'; }

for _ in $(seq 100); do ask kv/range '{"key":"YQ=="}' | grep -q revision && break; sleep 0.1; done
for value in MQ== Mg== Mw== NA==; do ask kv/put "{\"key\":\"YQ==\",\"value\":\"$value\"}" >>log.txt; done # revisions 2 to 5
for user in root other; do ask auth/user/add "{\"name\":\"$user\",\"password\":\"p\"}" >>log.txt; done
ask auth/role/add '{"name":"root"}' >>log.txt
ask auth/user/grant '{"user":"root","role":"root"}' >>log.txt
ask auth/enable '{}' >>log.txt
root=$(token root) other=$(token other)

seen=$(
  echo "read by nobody: $(told kv/range '{"key":"YQ=="}')"
  echo "read by a user without roles: $(told kv/range '{"key":"YQ=="}' "$other")"
  echo "compaction by nobody: $(told kv/compaction '{"revision":"3"}')"
  echo "revision 2, read by root: $(told kv/range '{"key":"YQ==","revision":"2"}' "$root")"
  echo "compaction by a user without roles: $(told kv/compaction '{"revision":"4"}' "$other")"
  echo "revision 3, read by root: $(told kv/range '{"key":"YQ==","revision":"3"}' "$root")"
)
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED; expected:\n%s\n' "$expected" >&2; exit 1; }
