# What run and package share: how a Windows program is built on this machine. Sourced by bash.

root=$(cd "$here/../.." && pwd)
target=x86_64-pc-windows-gnu
cache=$(realpath -m "${CARGO_TARGET_DIR:-$root/target}")/windows

fail() { echo "$0: $*" >&2; exit 1; }
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }
step() { printf '== %s (%ss)\n' "$*" "$SECONDS" >&2; }

# Debian packages, by name; nothing is done when they are all there.
need() {
  local package missing=()
  for package in "$@"; do
    [ "$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null)" = "install ok installed" ] || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  step "installing ${missing[*]}"
  as_root timeout 300 apt-get update -qq >&2 || fail "apt-get update failed"
  as_root timeout 1500 env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    "${missing[@]}" >&2 || fail "could not install ${missing[*]}"
}

# MinGW's linker, and Rust's standard library for Windows.
need_compiler() {
  need gcc-mingw-w64-x86-64
  command -v rustup >/dev/null || fail "rustup is missing"
  # The folder: rustup takes the toolchain that is set for the project.
  (cd "$root" && timeout 300 rustup target add "$target" >&2) || fail "rustup could not add $target"
}

# cargo COMMAND ARGUMENTS..., for Windows: includes the C runtime, and leaves out this machine's paths. It
# replaces the calling shell, so it has to be called in a subshell.
become_windows_cargo() {
  local command=$1 flags="-C target-feature=+crt-static"
  shift
  flags+=" --remap-path-prefix=$root=wshub --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=cargo"
  cd "$root"
  unset RUSTFLAGS CARGO_ENCODED_RUSTFLAGS
  export CARGO_TARGET_DIR=$cache
  export CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUSTFLAGS=$flags CARGO_PROFILE_RELEASE_STRIP=symbols
  export CARGO_PROFILE_DEV_DEBUG=0 # for nobody to read; a panic tells its line without
  exec timeout --kill-after=10 1500 cargo "$command" --target "$target" "$@"
}
