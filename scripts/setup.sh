# Sourced by the scripts here: makes .venv from the lock, with uv from PATH or, where there is none, from PyPI.
# Needs bash and Python >= 3.11.
set -euo pipefail
unset PYTHONDONTWRITEBYTECODE # the clouds' SDKs are large: compiling them anew at each start takes seconds

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$root"

find_python() {
  local name
  # the environment's own first: for another name of the same interpreter, uv would make the environment anew
  for name in .venv/bin/python python3 python3.13 python3.12 python3.11 python; do
    if command -v "$name" >/dev/null 2>&1 &&
      "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
      command -v "$name"
      return 0
    fi
  done
  echo "groundplan needs Python 3.11 or newer; install it, or put it on PATH." >&2
  return 1
}

find_uv() {
  if command -v uv >/dev/null 2>&1; then
    command -v uv
    return 0
  fi
  local home=".groundplan/uv"
  if [ ! -x "$home/bin/uv" ]; then
    echo "uv is not here: taking it from PyPI into $home" >&2
    "$(find_python)" -m venv "$home" >&2 && "$home/bin/python" -m pip install --quiet --disable-pip-version-check "uv>=0.9" >&2
  fi
  echo "$PWD/$home/bin/uv"
}

# setup GROUP-OR-EXTRA...: the environment that the lock describes, nothing else.
setup() {
  local uv python
  uv="$(find_uv)"
  python="$(find_python)"
  UV_PYTHON_DOWNLOADS=never "$uv" sync --quiet --locked --inexact --python "$python" "$@"
  export PATH="$root/.venv/bin:$PATH" VIRTUAL_ENV="$root/.venv"
}
