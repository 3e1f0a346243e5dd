#!/usr/bin/env bash
# An S3 server: the Versity gateway on a folder; sourced by the scripts beside it.

S3_VERSION=v1.8.0
S3_SERVER=$FLEET/bin/versitygw

s3_fetch() {
  [ ! -x "$S3_SERVER" ] || return 0
  say "building versitygw $S3_VERSION, once: a minute or two"
  GOBIN=$FLEET/bin GOFLAGS='' "${GO:-go}" install "github.com/versity/versitygw/cmd/versitygw@$S3_VERSION" >&2
}

s3_setup() {
  local dir
  dir=$(node_dir s3 1)
  need curl curl
  alone versitygw s3_fetch
  [ ! -e "$dir/start" ] || return 0
  mkdir -p "$dir"/{data,meta}
  # what belongs to an object lies beside it, since not every file system has extended attributes
  echo "exec $S3_SERVER --access '$S3_KEY' --secret '$S3_SECRET' --port 127.0.0.1:$S3_PORT --keep-alive --quiet \
    posix --sidecar $dir/meta $dir/data" >"$dir/start"
}

# s3_ready: it answers, and the bucket is there. The digest is that of no
# bytes, which an older curl does not send by itself.
s3_ready() {
  local code
  code=$(curl -sS --max-time 3 -o /dev/null -w '%{http_code}' -X PUT \
    -H x-amz-content-sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 --user "$S3_KEY:$S3_SECRET" \
    --aws-sigv4 aws:amz:us-east-1:s3 "http://127.0.0.1:$S3_PORT/$S3_BUCKET") || return 1
  [ "$code" = 200 ] || [ "$code" = 409 ]
}
