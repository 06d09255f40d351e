#!/bin/sh
# runc for machines that may not grant CAP_SYS_RESOURCE, which a privileged container asks for.
# Usage: RUNC=… runc.sh ARGUMENT…
for word in "$@"; do
  case ${previous:-} in
    --bundle) sed -i 's/,"CAP_SYS_RESOURCE"//g; s/"CAP_SYS_RESOURCE",//g' "$word/config.json" ;;
    --process) sed -i 's/,"CAP_SYS_RESOURCE"//g; s/"CAP_SYS_RESOURCE",//g' "$word" ;;
  esac
  previous=$word
done
exec "$RUNC" "$@"
