#!/usr/bin/env bash
# secrets.sh: make the secrets of a compose fleet, once; those that stand stay.
# They lie in secrets/ beside this file, readable to their owner alone.
set -euo pipefail
umask 077
cd "$(dirname "$0")"
mkdir -p secrets declarations/sources declarations/campaigns
chmod 755 declarations declarations/sources declarations/campaigns
word() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
keep() { [ -s "secrets/$1" ] || word > "secrets/$1"; cat "secrets/$1"; }
redis=$(keep redis_password) elastic=$(keep elastic_password) key=$(keep s3_key) secret=$(keep s3_secret)
token=$(keep serve_token) person=$(keep person_key)
keep grafana_password > /dev/null
# Mounted into containers whose users are not this one.
chmod 644 secrets/redis_password secrets/elastic_password secrets/grafana_password
cat > secrets/s3.env <<END
ROOT_ACCESS_KEY=$key
ROOT_SECRET_KEY=$secret
END
cat > secrets/probity.env <<END
PROBITY_REDIS_PASSWORD=$redis
PROBITY_ELASTICSEARCH_PASSWORD=$elastic
PROBITY_ARCHIVE_KEY=$key
PROBITY_ARCHIVE_SECRET=$secret
PROBITY_PERSON_KEY=$person
PROBITY_SERVE_TOKEN=$token
END
