#!/usr/bin/env bash
# A whole agent in bash and curl: eval "$(sweepd env)" && bash agent.sh SWEEP_ID
set -euo pipefail
api=${WANDB_BASE_URL:?}/api/v1 key=${WANDB_API_KEY:?} sweep=${1:?the id of a sweep}

call() { # path body: sent again until the server answers; an answer that was lost costs nothing
  local answer
  until answer=$(curl -sS --max-time 60 -w '\n%{http_code}' "$api$1" -d "$2" \
    -H "Authorization: Bearer $key" -H 'Content-Type: application/json') && ((${answer##*$'\n'} < 500)); do
    sleep 2
  done
  answer=${answer%$'\n'*}
  [[ $answer == *'"code":"lease_lost"'* ]] && return 9
  [[ $answer == *'"type":"about:blank"'* ]] && { echo "$answer" >&2; exit 1; }
  echo "$answer"
}

train() { # config step: your training, one row of metrics at a time
  [[ $1 =~ \"x\":([^,}]+) ]] && local x=${BASH_REMATCH[1]}
  [[ $1 =~ \"y\":([^,}]+) ]] && local y=${BASH_REMATCH[1]}
  awk -v x="$x" -v y="$y" -v step="$2" 'BEGIN { printf "{\"step\":%d,\"loss\":%.6f}", step, (x - 0.3)^2 + y + 1 / (step + 1) }'
}

run() { # id token config
  for step in 0 1 2 3 4; do
    answer=$(call "/runs/$1/metrics" "{\"token\":\"$2\",\"offset\":$step,\"rows\":[$(train "$3" $step)]}") || return
    [[ $answer == *'"stop":true'* ]] && break
  done
  call "/runs/$1/finish" "{\"token\":\"$2\",\"state\":\"finished\"}"
}

while :; do
  ask="{\"agent\":\"$HOSTNAME:$$\",\"request_id\":\"$RANDOM$RANDOM$RANDOM\",\"wait_s\":20}"
  asked=$(call "/sweeps/$sweep/lease" "$ask")
  if [[ $asked =~ \"run\":\{\"id\":\"([^\"]+)\".*\"config\":(\{[^}]*\})\}.*\"token\":\"([^\"]+)\" ]]; then
    run "${BASH_REMATCH[1]}" "${BASH_REMATCH[3]}" "${BASH_REMATCH[2]}" || (($? == 9))
  else
    [[ $asked =~ \"sweep_state\":\"(finished|canceled)\" ]] && break
    sleep "$([[ $asked =~ \"retry_after_s\":([0-9.]+) ]] && echo "${BASH_REMATCH[1]}")"
  fi
done
