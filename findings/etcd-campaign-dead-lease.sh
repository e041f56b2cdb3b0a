#!/usr/bin/env bash
# Tool: etcd-server 3.4.23-4+b4 of Debian 12, from its archive; needs apt-get, dpkg-deb and curl. etcd 3.7.3 does the same.
# Behaviour: the server stands still for longer than the leases of the leader and of a candidate who waits. The candidate's campaign
# then returns 200 with a key of its own: that key is not there, its lease is dead, and nobody leads.
# A good guess: whose campaign returns without an error has been elected.
# Reason: campaign waits until all older keys are deleted, and does not look at its own.
# Output seen:
#   first: status 200
#   second, behind the pause: status 200, with a key
#   that key: count 0
#   its lease: TTL -1
#   leader: election: no leader
set -euo pipefail

expected='first: status 200
second, behind the pause: status 200, with a key
that key: count 0
its lease: TTL -1
leader: election: no leader'

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

# ask PATH BODY: the answer, and its status on a line of its own
ask() { curl -s -m 30 -w '\n%{http_code}\n' "$url/v3/$1" -d "$2"; }
# of NAME: the text of a member of the answer
of() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p"; }
status() { tail -n 1; }

for _ in $(seq 100); do ask kv/range '{"key":"YQ=="}' | grep -q revision && break; sleep 0.1; done
ask lease/grant '{"ID":"11","TTL":"3"}' >>log.txt
ask lease/grant '{"ID":"12","TTL":"4"}' >>log.txt
ask election/campaign '{"name":"ZQ==","value":"YQ==","lease":"11"}' >first.txt
ask election/campaign '{"name":"ZQ==","value":"Yg==","lease":"12"}' >second.txt &
second=$!
sleep 1
kill -STOP "$server"
sleep 6
kill -CONT "$server"
wait "$second"
key=$(sed 's/.*"leader"://' second.txt | of key)
sleep 1

seen=$(
  echo "first: status $(status <first.txt)"
  echo "second, behind the pause: status $(status <second.txt)${key:+, with a key}"
  count=$(ask kv/range "{\"key\":\"$key\"}" | of count)
  echo "that key: count ${count:-0}"
  echo "its lease: TTL $(ask lease/timetolive '{"ID":"12"}' | of TTL)"
  echo "leader: $(ask election/leader '{"name":"ZQ=="}' | of message)"
)
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED; expected:\n%s\n' "$expected" >&2; exit 1; }
