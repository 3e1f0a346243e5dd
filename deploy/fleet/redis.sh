#!/usr/bin/env bash
# Redis, one server or a Cluster of three masters with a replica each; sourced by the scripts beside it.

redis_setup() { # PIECE
  local i dir cluster=()
  need redis-server redis-server
  need redis-cli redis-tools
  if [ "$1" = cluster ]; then
    cluster=(--cluster-enabled yes --cluster-config-file nodes.conf --cluster-node-timeout 2000
      --cluster-announce-ip 127.0.0.1 --cluster-require-full-coverage no)
  fi
  for ((i = 1; i <= $(count "$1"); i++)); do
    dir=$(node_dir "$1" "$i")
    [ ! -e "$dir/start" ] || continue
    mkdir -p "$dir"
    # noeviction: a full Redis refuses what is new and forgets nothing;
    # set-max-intset-entries: the seen-sets of a frontier stay integer sets;
    # hash-max-listpack-entries: hashes of many groups are not searched from end to end
    echo "exec redis-server --port $(port "$1" "$i") --bind 127.0.0.1 --dir . --daemonize no --save '' \
      --appendonly yes --appendfsync everysec --maxmemory-policy noeviction --maxmemory ${PROBITY_FLEET_REDIS_MEMORY:-2gb} \
      --set-max-intset-entries 4096 --hash-max-listpack-entries 64 ${cluster[*]}" >"$dir/start"
  done
}

redis_says() { redis-cli -h 127.0.0.1 -p "$@" 2>/dev/null; } # PORT COMMAND...

redis_answers() { [ "$(redis_says "$(port "$1" "$2")" ping)" = PONG ]; } # PIECE NODE

# redis_ready PIECE: every node answers; of a Cluster, every node sees all
# slots served and three replicas that follow.
redis_ready() {
  local i
  for ((i = 1; i <= $(count "$1"); i++)); do redis_answers "$1" "$i" || return 1; done
  [ "$1" = cluster ] || return 0
  cluster_make || return 1
  for ((i = 1; i <= 6; i++)); do
    redis_says "$(port cluster "$i")" cluster info | grep -q 'cluster_state:ok' || return 1
    redis_says "$(port cluster "$i")" cluster info | grep -q 'cluster_slots_ok:16384' || return 1
  done
  [ "$(cluster_roles | grep -c ' slave up')" = 3 ]
}

# cluster_make joins fresh nodes; those that know each other stay as they are.
cluster_make() {
  local i hosts=() made=$RUN/cluster/made
  [ ! -e "$made" ] || return 0
  for ((i = 1; i <= 6; i++)); do hosts+=("127.0.0.1:$(port cluster "$i")"); done
  redis-cli --cluster create "${hosts[@]}" --cluster-replicas 1 --cluster-yes >"$RUN/cluster/create.log" 2>&1 || return 1
  touch "$made"
}

# cluster_roles: a line "NODE master|slave up|down" for each node that answers.
cluster_roles() {
  local i info role link
  for ((i = 1; i <= 6; i++)); do
    info=$(redis_says "$(port cluster "$i")" info replication | tr -d '\r') || continue
    role=$(sed -n 's/^role://p' <<<"$info")
    link=$(sed -n 's/^master_link_status://p' <<<"$info")
    echo "$i $role ${link:-up}"
  done
}
