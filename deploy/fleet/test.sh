#!/usr/bin/env bash
# The suites of every backend, against the servers in the environment.
#
#   test.sh [-run REGEXP | any flag of go test]...
#
# Addresses (written by up.sh to PROBITY_FLEET/env, which is read first):
#   PROBITY_TEST_REDIS, PROBITY_TEST_REDIS_CLUSTER                  host:port, comma separated
#   PROBITY_TEST_ELASTICSEARCH, PROBITY_TEST_ELASTICSEARCH_CLUSTER  URLs, comma separated
#   PROBITY_TEST_ELASTICSEARCH_HOME                                 folder of an Elasticsearch 8 to start one from
#   PROBITY_TEST_S3_SERVER                                          program of an S3 server to start with TLS
#   PROBITY_TEST_S3                                                 http://KEY:SECRET@host:port/bucket
# One that is missing is a failure: nothing may be skipped here. Every package
# whose tests name one of the variables is run on the single servers, and what
# knows Redis or Elasticsearch again on the clusters. GOTEST: another go test.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=lib.sh
. "$here/lib.sh"
cd "$here/../.."
case ${1:-} in -h | --help) usage ;; esac
# shellcheck disable=SC1091
[ ! -e "$FLEET/env" ] || . "$FLEET/env"

for v in PROBITY_TEST_REDIS PROBITY_TEST_REDIS_CLUSTER PROBITY_TEST_ELASTICSEARCH PROBITY_TEST_ELASTICSEARCH_CLUSTER \
  PROBITY_TEST_ELASTICSEARCH_HOME PROBITY_TEST_S3 PROBITY_TEST_S3_SERVER; do
  [ -n "${!v:-}" ] || die "$v is missing: make fleet-up, or set it"
done

# packages REGEXP: those below the root whose tests match it, or import a
# package that does.
packages() {
  local dir helpers=''
  while read -r dir; do helpers+="|\"probity/${dir#./}\""; done < <(folders "$1" --include='*.go' --exclude='*_test.go')
  folders "$1$helpers" --include='*_test.go' | grep -vx .
}

folders() { # REGEXP FLAG...: those with a file that matches, of the files that grep's flags say
  grep -rlE "${@:2}" "$1" . | while read -r file; do dirname "$file"; done | sort -u
}

read -ra gotest <<<"${GOTEST:-${GO:-go} test}"
# Much of it waits for leases and gaps of a server's clock to end: more at once
# than there are processors. Vetted it was with all others.
flags=(-count=1 -timeout 20m -parallel 6 -vet=off)
status=0
run() { # REGEXP FLAG...
  local dirs
  mapfile -t dirs < <(packages "$1")
  shift
  [ ${#dirs[@]} -gt 0 ] || die "no package has tests for the fleet"
  "${gotest[@]}" "${flags[@]}" "${dirs[@]}" "$@" || status=1
}

say "single servers"
run 'PROBITY_TEST_(REDIS|ELASTICSEARCH|S3)' "$@"
say "the whole house"
"${gotest[@]}" "${flags[@]}" -parallel 2 -run '^TestAFleet' . || status=1
say "clusters"
export PROBITY_TEST_REDIS=$PROBITY_TEST_REDIS_CLUSTER PROBITY_TEST_ELASTICSEARCH=$PROBITY_TEST_ELASTICSEARCH_CLUSTER
run 'PROBITY_TEST_(REDIS|ELASTICSEARCH)' "$@"
exit "$status"
